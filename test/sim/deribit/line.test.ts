import { describe, expect, test } from 'vitest';
import { createEngine } from '../../../src/engine/engine-state.ts';
import { step } from '../../../src/engine/step.ts';
import { createDecoderState, decodeRecord } from '../../../src/feed/decode.ts';
import type { MarketState } from '../../../src/market/state.ts';
import type { FeedReport } from '../../../src/model/record.ts';
import { textOf } from '../../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../../src/model/settings.ts';
import { protocolOf } from '../../../src/venues/index.ts';
import { START_MS } from '../../support/line.ts';
import { VenueLine } from '../../support/venue-line.ts';

const INVERSE = 'deribit:BTC/USD:BTC';
const HOUR_MS = 3_600_000;

type Options = Partial<Parameters<typeof VenueLine.start>[0]>;

async function withLine(options: Options, tell: (line: VenueLine) => Promise<void>): Promise<void> {
  const line = await VenueLine.start({
    seed: 7,
    venues: ['deribit'],
    lacks: /no spot of this venue|no open.interest/,
    ...options,
  });
  try {
    await tell(line);
  } finally {
    await line.close();
  }
}

/** What an engine knows that was fed these records. */
function marketOf({ records, assets }: VenueLine): MarketState {
  const decoder = createDecoderState();
  const engine = createEngine({
    settings: DEFAULT_SETTINGS,
    assets,
    source: 'demo',
    origin: 'demo',
  });
  for (const record of records)
    for (const event of decodeRecord(decoder, protocolOf, record)) step(engine, event);
  return engine.market;
}

const answersTo = (line: VenueLine, request: string): string[] =>
  line.records
    .filter(({ chan }) => chan.startsWith(`rest:/public/${request}`))
    .map(({ msg }) => textOf(msg));

test('without a fault everything is whole, live and familiar, and the past joins the present', async () => {
  await withLine({}, async (line) => {
    await line.live();
    await line.pass(20);
    expect(line.proven()).toBe(2);
    const { rejected, unfamiliarNames, suspects } = line.trustIn('deribit');
    expect([rejected, unfamiliarNames, suspects]).toEqual([0, [], []]);
    expect(line.reportsOf('deribit', 'restFailed')).toEqual([]);
    const perp = marketOf(line).instruments.get(INVERSE)!;
    expect(perp).toMatchObject({
      interval: { hours: 8, basis: 'default' },
      predicted: { nextFundingTs: null },
    });
    // What was paid until eight o'clock of the same day.
    const eight = Math.floor(START_MS / (8 * HOUR_MS)) * 8 * HOUR_MS;
    expect(perp.settled!.tsExchange).toBe(eight * 1000);
    expect(line.frame.funding.byVenue['deribit']).toMatchObject({
      nextFundingTs: { state: 'absent', reason: 'continuous funding' },
      settled: { state: 'live' },
      predicted: { state: 'live' },
    });
  });
});

test('the chain of options is told: marks of all, greeks and both volatilities near the money', async () => {
  await withLine({}, async (line) => {
    await line.live();
    await line.pass(12);
    const { options, instruments } = marketOf(line);
    const quotes = [...options.values()].map(({ quote }) => quote);
    expect(quotes).toHaveLength(150);
    for (const quote of quotes) expect([quote?.markIv, quote?.openInterest]).not.toContain(null);
    const withGreeks = [...options.values()].filter(({ quote }) => quote?.delta !== null);
    expect(withGreeks).toHaveLength(4 * 3 * 2);
    const index = instruments.get(INVERSE)!.mark!.indexPrice!;
    for (const { instrument, quote } of withGreeks) {
      expect(Math.abs(instrument.option!.strike / index - 1)).toBeLessThan(0.08);
      const { bidIv, askIv, markIv, delta } = quote!;
      expect(bidIv!).toBeLessThan(markIv!);
      expect(askIv!).toBeGreaterThan(markIv!);
      expect(Math.sign(delta!)).toBe(instrument.option!.type === 'call' ? 1 : -1);
    }
    const shown = line.frame.options!;
    expect(shown).toMatchObject({ venue: 'deribit', settle: 'BTC', excluded: [] });
    expect(shown.expiries).toHaveLength(5);
    for (const expiry of shown.expiries)
      expect(expiry).toMatchObject({
        forwardSource: 'venue',
        ivSource: 'venue',
        atmIv: { state: 'live' },
        rr25: { state: 'live' },
        gex: { state: 'live' },
      });
    // The index of the simulated venue is the volatility at the money of thirty days.
    const dvol = shown.dvol.value!;
    expect(Math.abs(shown.atmIv30d.value! / dvol - 1)).toBeLessThan(0.02);
    expect(shown.ivRank).toMatchObject({ state: 'live' });
    expect(shown.ivRank).not.toHaveProperty('partial');
  });
});

test('dated futures have a touch and no book, and their curve is there', async () => {
  await withLine({}, async (line) => {
    await line.live();
    await line.pass(3);
    const dated = [...marketOf(line).instruments.values()].filter(
      ({ instrument }) => instrument.kind === 'future',
    );
    expect(dated).toHaveLength(3);
    for (const { hasBook, touch, mark, openInterest, volume24h } of dated) {
      expect(hasBook).toBe(false);
      expect(touch!.ask).toBeGreaterThan(touch!.bid);
      expect([mark, openInterest, volume24h]).not.toContain(null);
    }
  });
});

test('every liquidation that was filled in the book is told, with the side that died', async () => {
  await withLine({ scenario: 'cascade' }, async (line) => {
    await line.live();
    const told = () => line.eventsOf('liquidation');
    await line.until('somebody died', () => told().length > 3, 400);
    interface Print {
      readonly liquidation?: string;
      readonly direction: string;
      readonly amount: number;
    }
    const prints = line.records
      .filter(({ chan }) => chan.startsWith('trades.'))
      .flatMap(({ msg }) => JSON.parse(textOf(msg)).params.data as Print[])
      .filter(({ liquidation }) => liquidation === 'T');
    const sides = (of: readonly boolean[]) => [of.filter(Boolean).length, of.length];
    const events = told().map(({ event }) => event.text.startsWith('long'));
    expect(sides(events)).toEqual(sides(prints.map(({ direction }) => direction === 'sell')));
  });
}, 60_000);

test('where no subscription begins a book it is asked for, and an answer of a while ago is brought up to date', async () => {
  const faults = [
    { kind: 'noBeginning', target: 'book.BTC-PERPETUAL.100ms', count: 20 },
    { kind: 'staleSnapshot', symbol: 'BTC-PERPETUAL' },
  ] as never;
  await withLine({ faults }, async (line) => {
    const answers = () => answersTo(line, 'get_order_book?instrument_name=BTC-PERPETUAL');
    await line.until('asked', () => answers().length > 0, 120);
    const { change_id: id } = JSON.parse(answers()[0]!).result as { change_id: number };
    expect(id).toBeLessThan(line.sims[0]!.book('deribit', 'BTC-PERPETUAL').updateId);
    await line.live(60);
    await line.pass(1);
    expect(line.proven()).toBe(2);
  });
});

describe('eight o’clock', () => {
  test('brings the tickers of the options that begin, and those of what was delivered go', async () => {
    const options = {
      startMs: Date.UTC(2026, 10, 27, 7, 59, 20),
      numbers: { listingsEveryMs: 30_000, listingsPhaseMs: 0 },
    };
    await withLine(options, async (line) => {
      await line.live();
      const streamsOf = <K extends 'subscribed' | 'unsubscribed'>(kind: K) =>
        (line.reportsOf('deribit', kind) as Extract<FeedReport, { kind: 'subscribed' }>[]).flatMap(
          ({ streams }) => streams,
        );
      const heard = (day: string) =>
        streamsOf('subscribed').some((stream) => stream.startsWith(`ticker.BTC-${day}-`));
      expect(heard('27NOV26')).toBe(true);
      // The second day after: the first has been listed since yesterday.
      expect(heard('29NOV26')).toBe(false);
      await line.until('the day after tomorrow', () => heard('29NOV26'), 150);
      const given = () => streamsOf('unsubscribed');
      await line.until('what was delivered is given up', () =>
        given().includes('ticker.BTC-27NOV26.100ms'),
      );
      expect(given().some((stream) => stream.startsWith('ticker.BTC-27NOV26-'))).toBe(true);
      // The week after has a future of its own by now.
      await line.until('the next week', () =>
        streamsOf('subscribed').includes('ticker.BTC-4DEC26.100ms'),
      );
      await line.pass(6);
      await line.live();
      expect(line.proven()).toBe(2);
      for (const kind of ['bookResyncing', 'feedLost', 'streamSuspect'] as const)
        expect(line.eventsOf(kind).map(({ event }) => event.text)).toEqual([]);
      const { options: known } = marketOf(line);
      expect([...known.keys()].filter((id) => id.includes('-261127-'))).toEqual([]);
      const born = [...known.values()].filter(({ instrument }) =>
        instrument.id.includes('-261129-'),
      );
      expect(born).toHaveLength(30);
      expect(born.filter(({ quote }) => quote?.delta !== null)).toHaveLength(6);
    });
  }, 60_000);
});
