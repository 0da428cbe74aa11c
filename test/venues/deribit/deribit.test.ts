import { describe, expect, test } from 'vitest';
import { deribit } from '../../../src/venues/deribit/deribit.ts';
import type { FeedSettings } from '../../../src/venues/protocol.ts';
import { askedIn } from '../../../src/venues/requests.ts';
import { Decoder, datedRow, NOW_MS, optionRow, perpRow } from './support/decoder.ts';

const { defaults } = deribit;
const HOUR_MS = 3_600_000;
const FUTURES = 'get_instruments?currency=any&kind=future&expired=false';
const OPTIONS = 'get_instruments?currency=any&kind=option&expired=false';

/** A chain of one expiry: calls and puts at these strikes. */
const chain = (day: string, at: number, strikes: readonly number[]) =>
  strikes.flatMap((strike) =>
    (['call', 'put'] as const).map((type) =>
      optionRow(`BTC-${day}-${strike}-${type === 'call' ? 'C' : 'P'}`, strike, type, {
        expiration_timestamp: at,
      }),
    ),
  );

/** A venue with two perps of BTC, a dated future, and two expiries of nine strikes. */
function listed(): Decoder {
  const decoder = new Decoder();
  const strikes = [60, 65, 70, 75, 80, 85, 90, 95, 100].map((thousands) => thousands * 1000);
  decoder.answer(FUTURES, [
    perpRow('BTC-PERPETUAL'),
    perpRow('BTC_USDC-PERPETUAL'),
    perpRow('ETH-PERPETUAL'),
    datedRow('BTC-25DEC26'),
  ]);
  decoder.answer(OPTIONS, [
    ...chain('25DEC26', Date.UTC(2026, 11, 25, 8), strikes),
    ...chain('16OCT26', Date.UTC(2026, 9, 16, 8), strikes),
  ]);
  return decoder;
}

const withMarks = (decoder: Decoder): Decoder => {
  decoder.answer('get_book_summary_by_currency?currency=BTC&kind=future', [
    { instrument_name: 'BTC-PERPETUAL', creation_timestamp: NOW_MS, mark_price: 83_000 },
  ]);
  return decoder;
};

describe('what is watched of an asset', () => {
  test('are its perps, its dated futures, and the options nearest to the money', () => {
    const symbols = deribit.symbols(withMarks(listed()).state, ['BTC']);
    expect(symbols.slice(0, 3)).toEqual(['BTC_USDC-PERPETUAL', 'BTC-PERPETUAL', 'BTC-25DEC26']);
    // The first expiry first, the nearest strike first, calls and puts.
    expect(symbols.slice(3, 7)).toEqual([
      'BTC-16OCT26-85000-C',
      'BTC-16OCT26-85000-P',
      'BTC-16OCT26-80000-C',
      'BTC-16OCT26-80000-P',
    ]);
    expect(symbols).toHaveLength(3 + 2 * 2 * 9);
  });

  test('are no options while nobody knows where the money is', () => {
    expect(deribit.symbols(listed().state, ['BTC'])).toEqual([
      'BTC_USDC-PERPETUAL',
      'BTC-PERPETUAL',
      'BTC-25DEC26',
    ]);
  });

  test('is nothing where it is not listed', () => {
    expect(deribit.symbols(withMarks(listed()).state, ['DOGE'])).toEqual([]);
  });
});

describe('the socket', () => {
  const symbols = deribit.symbols(withMarks(listed()).state, ['BTC']);
  const [plan, ...others] = deribit.connections(defaults, symbols);
  const streams = plan!.streams.map(({ stream }) => stream);

  test('is one, and carries everything', () => {
    expect(others).toEqual([]);
    expect(plan).toMatchObject({
      name: 'public',
      url: 'wss://www.deribit.com/ws/api/v2',
      alternates: ['wss://streams.deribit.com/ws/api/v2'],
    });
    expect(streams.slice(0, 8)).toEqual([
      'ticker.BTC_USDC-PERPETUAL.100ms',
      'book.BTC_USDC-PERPETUAL.100ms',
      'trades.BTC_USDC-PERPETUAL.100ms',
      'ticker.BTC-PERPETUAL.100ms',
      'book.BTC-PERPETUAL.100ms',
      'trades.BTC-PERPETUAL.100ms',
      'ticker.BTC-25DEC26.100ms',
      'markprice.options.btc_usd',
    ]);
    // That of the coin, and none of what is settled in dollars.
    expect(streams.filter((stream) => stream.includes('volatility'))).toEqual([
      'deribit_volatility_index.btc_usd',
    ]);
    expect(streams.slice(-2)).toEqual(['instrument.state.any.any', 'platform_state']);
  });

  test('hears three strikes of each of the nearest expiries', () => {
    const options = streams.filter((stream) => /-[CP]\./.test(stream));
    expect(options).toHaveLength(2 * 3 * 2);
    expect(options[0]).toBe('ticker.BTC-16OCT26-85000-C.agg2');
    const fewer: FeedSettings = {
      ...defaults,
      numbers: { optionExpiries: 1, optionStrikes: 1 },
    };
    const heard = deribit
      .connections(fewer, symbols)[0]!
      .streams.filter(({ stream }) => /-[CP]\./.test(stream));
    expect(heard.map(({ stream }) => stream)).toEqual([
      'ticker.BTC-16OCT26-85000-C.agg2',
      'ticker.BTC-16OCT26-85000-P.agg2',
    ]);
  });

  test('hangs a book on its own stream, which begins anew with every subscription', () => {
    const carriers = plan!.streams.filter(({ carriesBook }) => carriesBook);
    expect(carriers.map(({ stream, startsAnew }) => [stream, startsAnew])).toEqual([
      ['book.BTC_USDC-PERPETUAL.100ms', true],
      ['book.BTC-PERPETUAL.100ms', true],
    ]);
  });

  test('judges what may be silent by a ticker that never is', () => {
    for (const { stream, firstFrameMs, sibling } of plan!.streams) {
      expect(firstFrameMs !== null || sibling !== null, stream).toBe(true);
      if (sibling !== null) expect(streams).toContain(sibling);
    }
  });

  test('stays within the rules of the venue', () => {
    expect(plan!.messagesPerSecond).toBeLessThanOrEqual(3);
    expect(plan!.streamsPerMessage).toBeLessThanOrEqual(500);
    expect(plan!.silenceMs).toBeGreaterThan(20_000);
  });

  test('leaves out channels that are switched off', () => {
    const without: FeedSettings = {
      ...defaults,
      hosts: { wsAlternate: '' },
      channels: {
        ...defaults.channels,
        ticker: '',
        option: '',
        marks: '',
        volatility: '',
        platform: '',
      },
    };
    const [quiet] = deribit.connections(without, symbols);
    expect(quiet).not.toHaveProperty('alternates');
    expect(quiet!.streams.map(({ stream }) => stream)).toEqual([
      'book.BTC_USDC-PERPETUAL.100ms',
      'trades.BTC_USDC-PERPETUAL.100ms',
      'book.BTC-PERPETUAL.100ms',
      'trades.BTC-PERPETUAL.100ms',
      'ticker.BTC-25DEC26.100ms',
      'instrument.state.any.any',
    ]);
    for (const { sibling } of quiet!.streams) expect(sibling).toBeNull();
  });

  test('is none without symbols', () => {
    expect(deribit.connections(defaults, [])).toEqual([]);
  });
});

describe('a book', () => {
  test('that is lost is subscribed anew, and asked for where that does not help', () => {
    const recover = (need: 'lost' | 'waiting' | 'audit', attempt: number) =>
      deribit.recover(defaults, 'BTC-PERPETUAL', need, attempt);
    for (const need of ['lost', 'waiting'] as const)
      for (const attempt of [1, 2])
        expect(recover(need, attempt)).toEqual({
          kind: 'resubscribe',
          stream: 'book.BTC-PERPETUAL.100ms',
        });
    const asked = {
      kind: 'request',
      request: {
        url: 'https://www.deribit.com/api/v2/public/get_order_book?instrument_name=BTC-PERPETUAL&depth=10000',
        chan: 'rest:/public/get_order_book?instrument_name=BTC-PERPETUAL&depth=10000',
        priority: 'book',
        symbol: 'BTC-PERPETUAL',
      },
    };
    expect(recover('lost', 3)).toMatchObject(asked);
    expect(recover('audit', 1)).toMatchObject(asked);
  });
});

describe('requests', () => {
  const symbols = deribit.symbols(withMarks(listed()).state, ['BTC']);
  const pools = deribit.pools(defaults);

  test('begin with the listings and with where the money is', () => {
    expect(deribit.bootstrap(defaults).map(({ chan }) => chan)).toEqual([
      'rest:/public/get_instruments?currency=any&kind=future&expired=false',
      'rest:/public/get_instruments?currency=any&kind=option&expired=false',
      'rest:/public/get_book_summary_by_currency?currency=BTC&kind=future',
      'rest:/public/get_book_summary_by_currency?currency=ETH&kind=future',
      'rest:/public/get_book_summary_by_currency?currency=USDC&kind=future',
    ]);
  });

  test('stay within half of what is taken for the limit, and one at least fits', () => {
    expect(pools).toEqual([{ name: 'deribit', limit: 10, budget: 5, windowMs: 1000 }]);
    const all = [
      ...deribit.bootstrap(defaults),
      ...deribit.polls(defaults, symbols).map(({ request }) => request),
      ...deribit.backfill(defaults, symbols, NOW_MS),
      deribit.clock(defaults),
    ];
    for (const request of all) {
      expect(request.pool).toBe('deribit');
      expect(request.weight).toBeLessThanOrEqual(5);
    }
  });

  test('poll the chain of each currency every ten seconds, and what was paid behind the hour', () => {
    const polls = deribit.polls(defaults, symbols);
    const of = (method: string) =>
      polls.filter(({ request }) => askedIn(request.chan)!.path === `/public/${method}`);
    expect(
      of('get_book_summary_by_currency')
        .filter(({ everyMs }) => everyMs === 10_000)
        .map(({ request }) => request.chan),
    ).toEqual(['rest:/public/get_book_summary_by_currency?currency=BTC&kind=option']);
    const paid = of('get_funding_rate_history');
    expect(paid).toMatchObject([
      { everyMs: HOUR_MS, phaseMs: 20_000 },
      { everyMs: HOUR_MS, phaseMs: 20_000 },
    ]);
    const { query } = askedIn(paid[0]!.requestAt!(NOW_MS).chan)!;
    expect([query.get('start_timestamp'), query.get('end_timestamp')]).toEqual([
      `${NOW_MS - 25 * HOUR_MS}`,
      `${NOW_MS}`,
    ]);
    const [days, ...others] = of('get_volatility_index_data');
    expect(others).toEqual([]);
    // A day is over at midnight.
    expect(days).toMatchObject({ everyMs: 24 * HOUR_MS, phaseMs: 120_000 });
    const asked = askedIn(days!.requestAt!(NOW_MS).chan)!.query;
    expect(Object.fromEntries(asked)).toEqual({
      currency: 'BTC',
      start_timestamp: `${NOW_MS - 366 * 24 * HOUR_MS}`,
      end_timestamp: `${NOW_MS}`,
      resolution: '1D',
    });
    expect(of('get_instruments')).toHaveLength(2);
    // Behind 08:00, when contracts end and begin.
    for (const { everyMs, phaseMs } of of('get_instruments'))
      expect([HOUR_MS % everyMs, phaseMs]).toEqual([0, 45_000]);
    // Nothing of what is polled runs at a rate that leaves no room for books.
    const perSecond = polls.reduce(
      (sum, { request, everyMs }) => sum + (request.weight * 1000) / everyMs,
      0,
    );
    expect(perSecond).toBeLessThan(1);
  });

  test('bring 37 days of funding and prices, a day of minutes, and of dated futures the hours', () => {
    const asked = deribit.backfill(defaults, symbols, NOW_MS).map(({ chan }) => askedIn(chan)!);
    const spans = (method: string, symbol: string, resolution?: string) =>
      asked
        .filter(
          ({ path, query }) =>
            path === `/public/${method}` &&
            query.get('instrument_name') === symbol &&
            query.get('resolution') === resolution,
        )
        .map(({ query }) => [
          Number(query.get('start_timestamp')),
          Number(query.get('end_timestamp')),
        ]);
    const funding = spans('get_funding_rate_history', 'BTC-PERPETUAL');
    expect(funding).toHaveLength(2);
    // Newest first, without a hole, none longer than an answer holds.
    expect(funding[0]![1]).toBe(NOW_MS);
    expect(funding[1]![1]).toBe(funding[0]![0]! - 1);
    for (const [from, to] of funding) expect(to! - from!).toBeLessThan(720 * HOUR_MS);
    expect(NOW_MS - funding[1]![0]!).toBeGreaterThanOrEqual((37 * 24 - 1) * HOUR_MS);
    expect(spans('get_tradingview_chart_data', 'BTC-PERPETUAL', '60')).toHaveLength(1);
    expect(spans('get_tradingview_chart_data', 'BTC-PERPETUAL', '1')).toHaveLength(1);
    expect(spans('get_tradingview_chart_data', 'BTC-25DEC26', '60')).toHaveLength(1);
    expect(spans('get_tradingview_chart_data', 'BTC-25DEC26', '1')).toHaveLength(0);
    // What is held of it need not be asked for again; of the volatility index nothing is, and it is one request.
    for (const { history, chan } of deribit.backfill(defaults, symbols, NOW_MS))
      expect(history === undefined, chan).toBe(chan.includes('get_volatility_index_data'));
    expect(asked.some(({ query }) => /-[CP]$/.test(query.get('instrument_name')!))).toBe(false);
  });
});
