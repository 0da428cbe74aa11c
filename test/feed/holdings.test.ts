import { describe, expect, test } from 'vitest';
import { Holdings, heldAs } from '../../src/feed/holdings.ts';
import type { KeptCoverage } from '../../src/model/kept.ts';
import { HOUR, type Micros, micros } from '../../src/model/units.ts';
import type { HistoryPart, RestRequest } from '../../src/venues/protocol.ts';

const HOUR_MS = 3_600_000;
/** 2026-03-10T12:20Z. */
const NOW_MS = Date.UTC(2026, 2, 10, 12, 20);
const NOW = micros(NOW_MS * 1000);
const at = (hour: number): number => Date.UTC(2026, 2, 10, hour);
const HELD = heldAs('bar1h', HOUR_MS);

const request = (fromMs: number, toMs: number, change: Partial<HistoryPart> = {}): RestRequest => ({
  url: `${fromMs}-${toMs}`,
  chan: 'rest:/bars',
  weight: 1,
  pool: 'toy',
  priority: 'backfill',
  symbol: null,
  history: {
    symbol: 'BTC',
    series: 'bar1h',
    stepMs: HOUR_MS,
    fromMs,
    toMs,
    part: (from, to) => request(from, to, change),
    ...change,
  },
});

const wanted = (holdings: Holdings, asked: RestRequest): string | undefined =>
  holdings.wanted('toy', asked, NOW_MS)?.url;

describe('what is asked for of the past', () => {
  test('is all of it where nothing is held', () => {
    const asked = request(at(0), at(13));
    expect(new Holdings().wanted('toy', asked, NOW_MS)).toBe(asked);
  });

  test('is what is not held: from the first missing row to the last', () => {
    const holdings = new Holdings();
    holdings.note('toy', 'BTC', HELD, at(0) * 1000, at(8) * 1000);
    expect(wanted(holdings, request(at(2), at(13)))).toBe(`${at(9)}-${at(12)}`);
    holdings.note('toy', 'BTC', HELD, at(11) * 1000, at(12) * 1000);
    expect(wanted(holdings, request(at(2), at(13)))).toBe(`${at(9)}-${at(10)}`);
  });

  test('is nothing where all of it is held, rows that are yet to come apart', () => {
    const holdings = new Holdings();
    holdings.note('toy', 'BTC', HELD, at(0) * 1000, at(12) * 1000);
    expect(wanted(holdings, request(at(2), at(13)))).toBe(undefined);
  });

  test('does not depend on what is held of other feeds, symbols and series, nor of finer rows', () => {
    const holdings = new Holdings();
    const all = [0, at(20) * 1000] as const;
    holdings.note('other', 'BTC', HELD, ...all);
    holdings.note('toy', 'ETH', HELD, ...all);
    holdings.note('toy', 'BTC', heldAs('mark1h', HOUR_MS), ...all);
    holdings.note('toy', 'BTC', heldAs('bar1h', HOUR_MS / 12), ...all);
    expect(wanted(holdings, request(at(2), at(13)))).toBe(`${at(2)}-${at(13)}`);
  });

  test('is the whole request where it does not say what it asks for', () => {
    const { history: _, ...plain } = request(at(2), at(13));
    expect(new Holdings().wanted('toy', plain, NOW_MS)).toBe(plain);
  });

  test('counts rows by the clock, whatever instant a request begins with', () => {
    const holdings = new Holdings();
    holdings.note('toy', 'BTC', HELD, at(3) * 1000, at(12) * 1000);
    expect(wanted(holdings, request(at(2) + 1, NOW_MS))).toBe(undefined);
    expect(wanted(holdings, request(at(2), NOW_MS))).toBe(`${at(2)}-${at(2)}`);
  });

  test('joins spans that touch, in whatever order they are noted', () => {
    const holdings = new Holdings();
    for (const hour of [5, 3, 9, 7, 4, 8, 6, 10, 12, 11])
      holdings.note('toy', 'BTC', HELD, at(hour - 1) * 1000 + 1, at(hour) * 1000);
    expect(wanted(holdings, request(at(3), at(12)))).toBe(undefined);
    expect(wanted(holdings, request(at(1), at(12)))).toBe(`${at(1)}-${at(2)}`);
  });
});

describe('an answer', () => {
  const answered = (last: Micros | null): { holdings: Holdings; told: KeptCoverage[] } => {
    const told: KeptCoverage[] = [];
    const holdings = new Holdings((coverage) => told.push(coverage));
    holdings.answered('toy', request(at(0), at(13)).history!, last, NOW);
    return { holdings, told };
  };

  test('holds what it was asked for up to its last row', () => {
    const { holdings, told } = answered(micros(at(12) * 1000));
    expect(wanted(holdings, request(at(0), at(13)))).toBe(undefined);
    expect(told).toEqual([
      {
        kind: 'coverage',
        feed: 'toy',
        symbol: 'BTC',
        what: HELD,
        from: at(0) * 1000,
        to: at(12) * 1000,
      },
    ]);
  });

  test('without its newest rows is not the end of it: venues publish late', () => {
    const { holdings } = answered(micros(at(10) * 1000));
    expect(wanted(holdings, request(at(0), at(13)))).toBe(`${at(11)}-${at(12)}`);
  });

  test('without any row holds the time in which there is none, but for the last two hours', () => {
    const { holdings, told } = answered(null);
    expect(wanted(holdings, request(at(0), at(13)))).toBe(`${at(11)}-${at(12)}`);
    expect(told[0]!.to).toBe(NOW - 2 * HOUR);
  });
});
