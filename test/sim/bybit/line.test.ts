import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../../src/model/event.ts';
import { seedOf } from '../../../src/sim/seed.ts';
import { BybitLine, FEEDS, INVERSE, LINEAR, type LineOptions } from './support/line.ts';

/** `FAULT_SEED=7 vitest run test/sim/bybit/line.test.ts` tells the same stories of other markets. */
const SEED = Number(process.env['FAULT_SEED'] ?? 20_261_125);
const DEPTH = 'orderbook.1000.BTCUSDT';

/** Starts a line, waits until it is whole and live, lets the story happen, and proves afterwards that every book is the venue's. */
function story(
  name: string,
  options: Omit<LineOptions, 'seed'>,
  tell: (line: BybitLine) => Promise<void>,
): void {
  test(name, { timeout: 180_000 }, async () => {
    const line = await BybitLine.start({ seed: seedOf(SEED, name), ...options });
    try {
      await line.live();
      await tell(line);
      expect(line.proven()).toBe(3);
    } finally {
      await line.close();
    }
  });
}

const trust = (line: BybitLine, id = LINEAR) =>
  line.books.find(({ instrument }) => instrument === id)!;

/** Proves that nothing was dropped, lost or suspected. */
function expectUnmoved(line: BybitLine): void {
  for (const kind of ['bookResyncing', 'feedLost', 'streamSuspect'] as const)
    expect(line.eventsOf(kind).map(({ event }) => event.text)).toEqual([]);
}

describe('Bybit from end to end', () => {
  story('is whole and live in all families, with nothing unfamiliar', {}, async (line) => {
    await line.pass(5);
    expectUnmoved(line);
    for (const feed of FEEDS)
      expect(line.trustIn(feed)).toMatchObject({ rejected: 0, unfamiliar: 0, suspects: [] });
    expect([...line.instruments.keys()]).toEqual(
      expect.arrayContaining([
        LINEAR,
        INVERSE,
        'bybit:BTC/USDT',
        'bybit:BTC/USDT:USDT-261225',
        'bybit:BTC/USD:BTC-261225',
      ]),
    );
    const { funding, openInterest } = line.frame;
    expect(funding.byVenue['bybit']).toMatchObject({
      predicted: { state: 'live' },
      settled: { state: 'live' },
      intervalHours: { value: 8 },
    });
    expect(openInterest.change1h.state).toBe('live');
  });

  story('counts the same coin alike in coins and in dollars', {}, async (line) => {
    const told = line.tell();
    for (const id of [LINEAR, INVERSE]) {
      const of = <K extends EngineEvent['kind']>(kind: K) =>
        told.filter(
          (event): event is Extract<EngineEvent, { kind: K }> =>
            event.kind === kind && 'instrument' in event && event.instrument === id,
        );
      const volume = of('volume24h').at(-1)!;
      const { markPrice } = of('markPrice').at(-1)!;
      expect(volume.notional / volume.size / markPrice).toBeCloseTo(1, 1);
      const { size } = of('openInterest').at(-1)!;
      // The past was fetched, and is of the present's size.
      const past = of('historyPage').filter(({ series }) => series === 'openInterest');
      const rows = past.flatMap((each) => each.rows);
      expect(rows.length).toBeGreaterThan(24);
      for (const { value } of rows) expect(Math.abs(Math.log(value / size))).toBeLessThan(0.5);
    }
  });

  story(
    'learns of listings that come in pages',
    { server: { listingsPerPage: 2 } },
    async (line) => {
      expect(line.instruments.has('bybit:BTC/USDT:USDT-261225')).toBe(true);
      expect(line.messages('bybit-linear', 'rest:/v5/market/instruments-info').length).toBe(2);
    },
  );

  story(
    'reads books of 200 levels where the settings say so',
    { channels: { depth: 'orderbook.200.{symbol}' } },
    async (line) => {
      await line.pass(3);
      expect(line.instruments.get(LINEAR)!.bookLevels).toBe(200);
      expectUnmoved(line);
    },
  );

  const idle = { idle: { afterMs: 30_000, silent: 'client', closing: 'cut' } } as const;

  story('pings keep a socket that would be cut', { server: { rules: idle } }, async (line) => {
    await line.pass(45);
    expectUnmoved(line);
  });

  story(
    'a socket without pings is cut, and opened anew',
    { server: { rules: idle }, numbers: { pingEveryMs: 10_000_000 } },
    async (line) => {
      await line.until('cut', () => line.eventsOf('feedLost').length > 0);
      await line.live();
    },
  );

  story('numbers that skip all the time are taken for what they are', {}, async (line) => {
    line.inject({ kind: 'skippedIds', family: 'linear', target: DEPTH, durationMs: 300_000 });
    await line.until('lenient', () => trust(line).lenient, 60);
    expect(trust(line).gaps).toBe(4);
    await line.until('jumps', () => trust(line).jumps > 10, 100);
    expect(line.troubles()).toMatchObject([{ subject: LINEAR, state: 'suspect' }]);
    // Whether that is right is compared with the REST book every minute; an answer that is old or slow does no harm.
    const target = '/v5/market/orderbook';
    line.inject({ kind: 'staleSnapshot', target }, { kind: 'slow', target, delayMs: 2000 });
    await line.until('compared', () => trust(line).snapshotChecks > 0, 200);
    expect(trust(line)).toMatchObject({ status: 'whole', snapshotMismatches: 0 });
    // A new connection begins without prejudice.
    line.clearFaults();
    line.inject({ kind: 'disconnect', family: 'linear' });
    await line.until('strict again', () => !trust(line).lenient, 10);
    await line.live();
  });

  story(
    'liquidations name the position that died, and all are told',
    { scenario: 'cascade' },
    async (line) => {
      const told = () => line.eventsOf('liquidation', LINEAR);
      await line.until('some', () => told().length > 3, 600);
      const rows = line
        .messages<{ data: { S: string }[] }>('bybit-linear', 'allLiquidation.BTCUSDT')
        .flatMap(({ data }) => data);
      expect(told().map(({ event }) => event.data['side'])).toEqual(
        rows.map(({ S }) => (S === 'Buy' ? 'long' : 'short')),
      );
      await line.live();
    },
  );
});
