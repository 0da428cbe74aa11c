import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  createBudget,
  halve,
  noteVenueCount,
  spend,
  usedOf,
  waitMs,
} from '../../src/feed/rest-budget.ts';
import { MINUTE, type Micros, SECOND } from '../../src/model/units.ts';

const START = 1_700_000_040 * SECOND;
const at = (seconds: number) => Math.round(START + seconds * SECOND) as Micros;
const pool = { name: 'toy', budget: 100, limit: 200, windowMs: 60_000 };

describe('a budget', () => {
  test.prop([
    fc.array(
      fc.record({
        pause: fc.integer({ min: 0, max: 20_000 }),
        weight: fc.integer({ min: 1, max: 100 }),
        priority: fc.constantFrom('book' as const, 'poll' as const, 'backfill' as const),
      }),
      { maxLength: 80 },
    ),
    fc.option(fc.integer({ min: 0, max: 300 })),
  ])('is never exceeded within any span of a window, whoever asks', (asks, halvedAt) => {
    const budget = createBudget(pool);
    const sent: { at: number; weight: number }[] = [];
    let now = START;
    for (const { pause, weight, priority } of asks) {
      now += pause * 1000;
      if (halvedAt !== null && now > at(halvedAt)) halve(budget, at(halvedAt));
      const wait = waitMs(budget, weight, priority, now as Micros);
      if (wait > 0) {
        // Being told to wait means that waiting helps.
        expect(wait).toBeLessThanOrEqual(60_000);
        continue;
      }
      spend(budget, weight, now as Micros);
      sent.push({ at: now, weight });
    }
    for (const { at: end } of sent) {
      const within = sent.filter((each) => each.at <= end && each.at > end - 60 * SECOND);
      expect(within.reduce((sum, each) => sum + each.weight, 0)).toBeLessThanOrEqual(100);
    }
  });

  test.prop([fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 })])(
    'lets a request go when the time it named is up',
    (first, second) => {
      const budget = createBudget(pool);
      spend(budget, first, at(0));
      const wait = waitMs(budget, second, 'book', at(1));
      expect(waitMs(budget, second, 'book', (at(1) + wait * 1000) as Micros)).toBe(0);
    },
  );

  test('keeps the rest of itself for books while history is fetched', () => {
    const budget = createBudget(pool);
    spend(budget, 60, at(0));
    expect(waitMs(budget, 1, 'backfill', at(1))).toBeGreaterThan(0);
    expect(waitMs(budget, 30, 'poll', at(1))).toBe(0);
    expect(waitMs(budget, 40, 'book', at(1))).toBe(0);
    expect(waitMs(budget, 41, 'book', at(1))).toBeCloseTo(59_000, 0);
  });

  test('counts what others behind the same address spend, until the venue begins a new minute', () => {
    const budget = createBudget(pool);
    spend(budget, 10, at(30));
    noteVenueCount(budget, 95, at(31));
    expect(usedOf(budget, at(32))).toBe(95);
    const wait = waitMs(budget, 20, 'book', at(32));
    const next = (Math.floor(at(32) / MINUTE) + 1) * MINUTE;
    expect(wait).toBeCloseTo((next - at(32)) / 1000, 3);
    expect(usedOf(budget, next as Micros)).toBe(10);
  });

  test('is halved until five minutes after requests go on', () => {
    const budget = createBudget(pool);
    halve(budget, at(60));
    spend(budget, 50, at(100));
    expect(waitMs(budget, 1, 'book', at(101))).toBeGreaterThan(0);
    spend(budget, 50, at(300));
    expect(waitMs(budget, 1, 'book', at(359))).toBeGreaterThan(0);
    expect(waitMs(budget, 50, 'book', at(361))).toBe(0);
  });

  test('does not starve a request that is heavier than half of it', () => {
    const budget = createBudget(pool);
    halve(budget, at(60));
    expect(waitMs(budget, 80, 'backfill', at(61))).toBe(0);
    spend(budget, 10, at(61));
    const wait = waitMs(budget, 95, 'backfill', at(62));
    expect(waitMs(budget, 95, 'backfill', (at(62) + wait * 1000) as Micros)).toBe(0);
  });

  test('never lets through what is heavier than all of it', () => {
    expect(waitMs(createBudget(pool), 101, 'book', at(0))).toBe(Number.POSITIVE_INFINITY);
  });
});
