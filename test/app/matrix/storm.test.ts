import { describe, expect, test } from 'vitest';
import type { FaultSpec } from '../../../src/sim/faults.ts';
import { seedOf } from '../../../src/sim/seed.ts';
import type { VenueSim } from '../../../src/sim/venue-sim.ts';
import { simulatedVenues } from '../../../src/sim/venues.ts';
import type { Visit } from '../../../src/sim/visits.ts';
import { protocolOf } from '../../../src/venues/index.ts';
import { START_MS } from '../../support/line.ts';
import { VenueLine } from '../../support/venue-line.ts';
import { HYPERLIQUID_MOMENT } from './matrix.ts';

/** `STORM_SEED=7 vitest run test/app/matrix/storm.test.ts` */
const SEED = Number(process.env['STORM_SEED'] ?? 20_261_125);

/** For how long everything fails. */
const STORM_SECONDS = 60;
/** Within so many seconds after it everything is whole and live again. */
const AFTERMATH_SECONDS = 120;

/** So many within any stretch of that length. */
interface Limit {
  readonly what: Visit['what'];
  readonly most: number;
  readonly windowMs: number;
  /** Only what is asked at a path that begins so. */
  readonly target?: string;
}

/** What venues document of handshakes and messages: venues.md §2.2, §2.8, §3.1, §4.1, §5.1, §6.1. */
const LIMITS: Readonly<Record<string, readonly Limit[]>> = {
  binance: [{ what: 'handshake', most: 300, windowMs: 300_000 }],
  bybit: [
    { what: 'handshake', most: 500, windowMs: 300_000 },
    { what: 'request', most: 600, windowMs: 5000 },
  ],
  okx: [
    { what: 'handshake', most: 3, windowMs: 1000 },
    { what: 'message', most: 480, windowMs: 3_600_000 },
  ],
  deribit: [{ what: 'handshake', most: 32, windowMs: 60_000 }],
  hyperliquid: [
    { what: 'handshake', most: 30, windowMs: 60_000 },
    { what: 'message', most: 2000, windowMs: 60_000 },
  ],
};

/** The most that came within any stretch of that length. */
function busiest(visits: readonly Visit[], windowMs: number): number {
  const times = visits.map(({ atMs }) => atMs).toSorted((left, right) => left - right);
  let most = 0;
  let from = 0;
  for (const [index, atMs] of times.entries()) {
    while (times[from]! <= atMs - windowMs) from++;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

const isLimit = ({ status }: Visit): boolean => status === 429 || status === 418 || status === 403;

function expectWithinLimits({ venue, visits }: VenueSim): void {
  for (const limit of LIMITS[venue] ?? []) {
    const counted = visits.filter(
      ({ what, target }) => what === limit.what && target.startsWith(limit.target ?? ''),
    );
    expect([venue, limit, busiest(counted, limit.windowMs) <= limit.most]).toEqual([
      venue,
      limit,
      true,
    ]);
  }
}

const feedsOf = ({ endpoints }: VenueSim): readonly string[] => Object.keys(endpoints);

/** Nothing was spent beyond what a feed allows itself, by its own count and the venue's where it tells. */
function expectWithinBudgets(line: VenueLine): void {
  for (const feed of line.sims.flatMap(feedsOf)) {
    const protocol = protocolOf(feed)!;
    const budgets = new Map(
      protocol.pools(protocol.defaults).map(({ name, budget }) => [name, budget]),
    );
    for (const { pool, used } of line.reportsOf(feed, 'rest'))
      expect([feed, pool, used <= budgets.get(pool)!]).toEqual([feed, pool, true]);
  }
}

/** What feeds did from an instant of the venue's clock on, as one line per venue. */
function print(line: VenueLine, sinceMs: number): void {
  for (const sim of line.sims) {
    const visits = sim.visits.filter(({ atMs }) => atMs >= sinceMs);
    const count = (what: Visit['what']) => visits.filter((visit) => visit.what === what).length;
    console.log(
      `${sim.venue}, ${feedsOf(sim).length} feeds: ${count('handshake')} handshakes, ${count('message')} messages, ${count('request')} requests, ${visits.filter(isLimit).length} refused`,
    );
  }
}

describe(`when everything fails everywhere at once, seed ${SEED}`, () => {
  const stormMs = STORM_SECONDS * 1000;
  const storm: readonly FaultSpec[] = [
    { kind: 'rateLimited', durationMs: stormMs },
    { kind: 'slow', delayMs: 6000, durationMs: stormMs },
    { kind: 'refuseSockets', durationMs: stormMs / 2 },
  ];

  const start = (name: string, faults: readonly FaultSpec[] = []) =>
    VenueLine.start({
      seed: seedOf(SEED, name),
      venues: simulatedVenues,
      momentOf: HYPERLIQUID_MOMENT,
      faults,
    });

  /** Lets the storm pass and everybody recover, and proves that nobody was asked more than he bears. */
  async function survive(line: VenueLine, timersMost: number): Promise<void> {
    const sinceMs = START_MS + line.seconds * 1000;
    const records = line.records.length;
    let timers = 0;
    for (let second = 0; second < STORM_SECONDS; second += 1) {
      await line.pass(1);
      timers = Math.max(timers, line.clock.pending);
    }
    const heard = line.records.length - records;
    const noted = [...line.noted.keys()];
    for (const { venue } of line.sims)
      expect(noted.filter((note) => note.startsWith(venue))).not.toEqual([]);
    await line.until('the storm is over', () => line.isOver, 5);
    const over = line.seconds;
    await line.live(AFTERMATH_SECONDS);
    const after = line.seconds - over;
    await line.pass(10);
    expect(line.troubles()).toEqual([]);
    await line.settled();
    const books = line.proven();
    for (const sim of line.sims) expectWithinLimits(sim);
    expectWithinBudgets(line);
    // What waits is what waited before, and a few attempts: nothing piles up, nothing spins.
    expect(timers).toBeLessThan(timersMost);
    expect(heard).toBeLessThan(100 * STORM_SECONDS * line.sims.length);
    print(line, sinceMs);
    console.log(
      `whole again after ${after.toFixed(1)} s, ${books} books, ${timers} timers at most`,
    );
  }

  test('nobody is asked more than he bears, and all comes back', { timeout: 300_000 }, async () => {
    const line = await start('storm');
    try {
      await line.live(60);
      await line.pass(5);
      const calm = line.clock.pending;
      line.noted.clear();
      line.inject(...storm, { kind: 'disconnect' });
      await survive(line, 2 * calm + 50);
    } finally {
      await line.close();
    }
  });

  test('a start into it is late, and nothing else', { timeout: 300_000 }, async () => {
    const line = await start('cold', storm);
    try {
      await survive(line, 200);
    } finally {
      await line.close();
    }
  });

  test('a venue that demands silence for ten minutes has it', { timeout: 120_000 }, async () => {
    const line = await VenueLine.start({
      seed: seedOf(SEED, 'silence'),
      venues: ['bybit'],
      feeds: ['bybit-linear'],
      lacks: /no spot of this venue/,
      faults: [{ kind: 'forbidden', count: 1 }],
    });
    try {
      await line.live(700);
      const [sim] = line.sims;
      const requests = sim!.visits.filter(({ what }) => what === 'request');
      const refused = requests.findLast(({ status }) => status === 403)!;
      const next = requests.find(({ atMs }) => atMs > refused.atMs)!;
      expect(next.atMs - refused.atMs).toBeGreaterThanOrEqual(600_000);
      expect(requests.indexOf(next)).toBeLessThan(10);
      expect(line.proven()).toBe(1);
    } finally {
      await line.close();
    }
  });
});
