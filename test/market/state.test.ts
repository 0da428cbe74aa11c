import { describe, expect, test } from 'vitest';
import { sampleBook } from '../../src/features/book-sample.ts';
import { closeOf, hourAt, hourOf } from '../../src/market/hourly.ts';
import {
  applyToMarket,
  askToRenew,
  createMarketState,
  type MarketChange,
} from '../../src/market/state.ts';
import type { EngineEvent, HistoryPage } from '../../src/model/event.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import type { FeedReport } from '../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { HOUR, type Micros, micros } from '../../src/model/units.ts';
import { at, levels, snapshot, T0 } from '../support/market.ts';
import { listingOf } from '../support/tape.ts';

const BTC = listingOf('binance', 'BTC', 'perp');
const NOW = hourOf(T0);

/** A market of these listings, and what telling it something asks for. */
function marketOf(...listings: readonly Instrument[]) {
  const market = createMarketState('any');
  for (const instrument of listings)
    applyToMarket(market, { kind: 'listing', instrument, tsLocal: T0 });
  const tell = (event: object): readonly MarketChange[] =>
    applyToMarket(market, {
      instrument: listings[0]?.id,
      tsExchange: null,
      tsLocal: at(1),
      ...event,
    } as unknown as EngineEvent);
  return { market, tell, state: (id = BTC.id) => market.instruments.get(id)! };
}

const page = (
  series: HistoryPage['series'],
  rows: readonly (readonly [hour: number, value: number])[],
  tsLocal: Micros = at(60),
) => ({
  kind: 'historyPage',
  series,
  tsLocal,
  rows: rows.map(([hour, value]) => ({ ts: micros(closeOf(NOW) + hour * HOUR), value })),
});
const kinds = (changes: readonly MarketChange[]) => changes.map(({ kind }) => kind);

describe('history', () => {
  test('goes into the cell in which a row was first known', () => {
    const { tell, state } = marketOf(BTC);
    tell({
      kind: 'historyPage',
      series: 'openInterest',
      rows: [{ ts: micros(closeOf(NOW - 1) + 5 * 60e6), value: 7 }],
    });
    expect(hourAt(state().history.openInterest, NOW)).toBe(7);
  });

  test('asks for another look only when a closed cell reads differently', () => {
    const { tell } = marketOf(BTC);
    expect(
      kinds(
        tell(
          page('openInterest', [
            [-2, 5],
            [-1, 6],
          ]),
        ),
      ),
    ).toEqual(['history']);
    expect(
      tell(
        page('openInterest', [
          [-2, 5],
          [-1, 6],
        ]),
      ),
    ).toEqual([]);
    // The cell that closes at 13:00 is open at 12:01.
    expect(tell(page('openInterest', [[0.01, 6]]))).toEqual([]);
    expect(kinds(tell(page('openInterest', [[-3, 5]])))).toEqual(['history']);
  });

  test('takes bars apart: close, range, volume and the share of buyers', () => {
    const { tell, state } = marketOf(BTC);
    const ts = closeOf(NOW);
    tell({
      kind: 'historyPage',
      series: 'bar1h',
      rows: [{ ts, value: 10, high: 12, low: 9, volume: 8, buyVolume: 2 }],
    });
    const { close, high, low, volume, buyShare } = state().history;
    expect([close, high, low, volume, buyShare].map((series) => hourAt(series, NOW))).toEqual([
      10, 12, 9, 8, 0.25,
    ]);
    tell({
      kind: 'historyPage',
      series: 'bar1h',
      rows: [{ ts: closeOf(NOW - 1), value: 1, volume: 0, buyVolume: 0 }],
    });
    expect(hourAt(buyShare, NOW - 1)).toBeNaN();
  });

  test('of settlements is news only when one is added to what was known, and it is fresh', () => {
    const { tell, state } = marketOf(BTC);
    expect(
      kinds(
        tell(
          page('fundingSettled', [
            [-8, 0.1],
            [0, 0.2],
          ]),
        ),
      ),
    ).toEqual(['history']);
    expect(state().settled).toEqual({ fundingRate: 0.2, tsExchange: T0 });
    expect(
      tell(
        page(
          'fundingSettled',
          [
            [-8, 0.1],
            [0, 0.2],
          ],
          at(600),
        ),
      ),
    ).toEqual([]);
    const next = at(8 * 3600 + 20);
    expect(
      tell(
        page(
          'fundingSettled',
          [
            [0, 0.2],
            [8, 0.3],
          ],
          next,
        ),
      ),
    ).toMatchObject([
      { kind: 'settled', fundingRate: 0.3, tsExchange: T0 + 8 * HOUR },
      { kind: 'history' },
    ]);
    // Days later, after a pause: history again.
    expect(kinds(tell(page('fundingSettled', [[16, 0.4]], at(40 * 3600))))).toEqual(['history']);
    // An older page takes nothing back.
    tell(page('fundingSettled', [[-16, 9]], at(40 * 3600)));
    expect(state().settled?.fundingRate).toBe(0.4);
  });
});

describe('funding intervals', () => {
  const told = (hours: number) => ({ kind: 'fundingInterval', hours, basis: 'listed' });

  test('are told when they change, and make the past worth another look', () => {
    const { tell } = marketOf(BTC);
    expect(kinds(tell(told(8)))).toEqual(['history']);
    expect(tell(told(8))).toEqual([]);
    expect(tell(told(4))).toMatchObject([
      { kind: 'history', series: 'fundingSettled' },
      { kind: 'intervalChanged', from: 8, to: 4 },
    ]);
  });
});

describe('a lost connection', () => {
  const dated: Instrument = {
    ...BTC,
    id: 'binance:BTC/USDT:USDT-260327',
    symbol: 'BTCUSDT_260327',
    kind: 'future',
  };
  const spot = listingOf('binance', 'BTC', 'spot');
  const whole = () => {
    const made = marketOf(BTC, dated, spot);
    for (const { id } of [BTC, dated, spot])
      made.tell({ ...snapshot(at(1), levels([10, 1]), levels([11, 1])), instrument: id });
    return made;
  };
  const report = (what: Partial<FeedReport>) => ({
    kind: 'feed',
    feed: 'binance-usdm',
    report: { kind: 'disconnected', connection: 'public', reason: 'closed 1006', ...what },
  });
  const status = ({ state }: ReturnType<typeof whole>) =>
    [BTC, dated, spot].map(({ id }) => state(id).book.status);

  test('drops the books of its own streams, by the whole word', () => {
    const market = whole();
    const changes = market.tell(report({ streams: ['btcusdt@depth@100ms'] }));
    expect(status(market)).toEqual(['resyncing', 'whole', 'whole']);
    expect(changes).toMatchObject([
      { kind: 'feedLost', reason: 'public: closed 1006' },
      { kind: 'bookResyncing', instrument: BTC.id, reason: 'resyncing: closed 1006' },
    ]);
    const other = whole();
    other.tell(report({ streams: ['btcusdt_260327@depth'] }));
    expect(status(other)).toEqual(['whole', 'resyncing', 'whole']);
  });

  test('drops only the books when it says which of its streams carry them', () => {
    const market = whole();
    market.tell(
      report({
        streams: ['btcusdt@aggTrade', 'btcusdt_260327@depth'],
        books: ['btcusdt_260327@depth'],
      }),
    );
    expect(status(market)).toEqual(['whole', 'resyncing', 'whole']);
    const trades = whole();
    expect(kinds(trades.tell(report({ streams: ['btcusdt@aggTrade'], books: [] })))).toEqual([
      'feedLost',
    ]);
    expect(status(trades)).toEqual(['whole', 'whole', 'whole']);
  });

  test('that was replaced without a break changes nothing', () => {
    const market = whole();
    expect(market.tell(report({ streams: [] }))).toEqual([]);
    expect(status(market)).toEqual(['whole', 'whole', 'whole']);
  });

  test('is told to be back once, however it was tried', () => {
    const market = whole();
    const tell = (what: Partial<FeedReport>) => kinds(market.tell(report(what)));
    expect(tell({ kind: 'connected' })).toEqual([]);
    tell({ streams: ['btcusdt@depth'] });
    expect(tell({ kind: 'connecting' })).toEqual([]);
    expect(tell({ kind: 'connected' })).toEqual(['feedBack']);
    expect(tell({ kind: 'connected' })).toEqual([]);
  });

  test.each([
    ['orderbook.200.BTCUSDT', 'BTCUSDT', true],
    ['books:BTC-USDT-SWAP', 'BTC-USDT-SWAP', true],
    ['books:BTC-USDT-SWAP', 'BTC-USDT', false],
    ['book.BTC-PERPETUAL.100ms', 'BTC-PERPETUAL', true],
    ['l2Book:BTC', 'BTC', true],
    ['l2Book:WBTC', 'BTC', false],
    ['!forceOrder@arr', 'BTCUSDT', false],
  ])('of %s concerns %s: %s', (stream, symbol, concerns) => {
    const market = marketOf({ ...BTC, symbol });
    market.tell(snapshot(at(1), levels([10, 1]), levels([11, 1])));
    market.tell(report({ streams: [stream] }));
    expect(market.state().book.status).toBe(concerns ? 'resyncing' : 'whole');
  });
});

describe('a dated future', () => {
  const dated: Instrument = { ...BTC, id: 'binance:BTC/USDT:USDT-270326', kind: 'future' };

  test('has no book as long as nobody streams one, and a best bid and ask all the same', () => {
    const { tell, state } = marketOf(dated);
    tell({ kind: 'touch', bid: 99, ask: 101, tsLocal: at(1) });
    expect(state(dated.id).hasBook).toBe(false);
    expect(sampleBook(state(dated.id), at(2), DEFAULT_SETTINGS)).toMatchObject({
      mid: { state: 'live', value: 100 },
      depthBid: { state: 'absent', reason: 'no book: binance' },
    });
  });

  test('has one from the first message on', () => {
    const { tell, state } = marketOf(dated);
    tell({ ...snapshot(at(1), levels([100, 1]), levels([102, 1])), instrument: dated.id });
    expect(state(dated.id)).toMatchObject({ hasBook: true, book: { status: 'whole' } });
  });
});

test('listings of assets that nobody asked for are left out, and so is all that is said of them', () => {
  const market = createMarketState(['SOL']);
  applyToMarket(market, { kind: 'listing', instrument: BTC, tsLocal: T0 });
  expect(market.instruments.size).toBe(0);
  const trade = {
    kind: 'trade',
    instrument: BTC.id,
    aggressor: 'buy',
    price: 1,
    size: 1,
    id: null,
    tsExchange: null,
    tsLocal: at(1),
  } as const;
  expect(applyToMarket(market, trade)).toEqual([]);
});

describe('a whole book that knows all of its band', () => {
  const [bids, asks] = [levels([600_000, 5]), levels([600_001, 4])];
  const delta = (id: number, seconds: number, bid: number) => ({
    kind: 'bookDelta',
    firstId: id,
    lastId: id,
    previousId: id - 1,
    bids: levels([600_000, bid]),
    asks: levels(),
    tsLocal: at(seconds),
  });

  test('asks for a snapshot every ten minutes all the same, and is compared with it', () => {
    const { tell, state } = marketOf(BTC);
    expect(kinds(tell(delta(1, 1, 5)))).toEqual(['snapshotWanted']);
    tell(snapshot(at(2), bids, asks));
    expect(askToRenew(state(), 25, at(590))).toBe(false);
    expect(askToRenew(state(), 25, at(601))).toBe(true);
    expect(askToRenew(state(), 25, at(602))).toBe(false);
    tell(delta(2, 602, 6));
    tell(delta(3, 603, 7));
    // As of a moment ago, with a level that the running book does not have.
    tell(snapshot(at(604), levels([600_000, 6], [599_999, 1]), asks, { lastId: 2 }));
    expect(state().book).toMatchObject({ status: 'whole', lastId: 3, recent: null });
    expect(state().book.counts).toMatchObject({ snapshotChecks: 1, snapshotMismatches: 1 });
    expect(askToRenew(state(), 25, at(1202))).toBe(true);
  });

  test('finds what it needs the next time when the snapshot was older than the question', () => {
    const { tell, state } = marketOf(BTC);
    tell(delta(1, 1, 5));
    tell(snapshot(at(2), bids, asks));
    tell(delta(2, 3, 6));
    expect(askToRenew(state(), 25, at(601))).toBe(true);
    tell(delta(3, 602, 7));
    tell(snapshot(at(603), bids, asks, { lastId: 1 }));
    expect(state().book.counts).toMatchObject({ snapshotChecks: 0 });
    expect(askToRenew(state(), 25, at(1201))).toBe(true);
    tell(delta(4, 1202, 8));
    tell(snapshot(at(1203), levels([600_000, 7]), asks, { lastId: 3 }));
    expect(state().book.counts).toMatchObject({ snapshotChecks: 1, snapshotMismatches: 0 });
  });
});
