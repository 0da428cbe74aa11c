import { describe, expect, test } from 'vitest';
import { cellWidth } from '../../components/format/cell-width.ts';
import { scanTable } from '../../src/app/scan-text.ts';
import { scanOf } from '../../src/engine/scan-of.ts';
import { step } from '../../src/engine/step.ts';
import { SECOND } from '../../src/model/units.ts';
import { engineFor } from '../support/engine.ts';
import { at } from '../support/market.ts';
import { FEED, idOf, report, universe } from '../support/universe.ts';

function scanWith(silent: Readonly<Record<string, number>> = {}) {
  const engine = engineFor({ assets: [], universe: true });
  const more = [
    {
      kind: 'liquidation' as const,
      instrument: idOf(2),
      liquidatedSide: 'short' as const,
      price: 500,
      size: 25,
      tsExchange: null,
      tsLocal: at(3),
    },
    report({ kind: 'rest', pool: FEED, used: 612, limit: 2400, state: 'ok', until: at(0) }, at(4)),
  ];
  for (const event of universe({ perps: 3, seconds: 20, books: [1], silent, more }))
    step(engine, event);
  return scanOf(engine, engine.now);
}

describe('a scan as a table', () => {
  test('names its source, how much there is of it and what was asked for it', () => {
    const [heading, titles, ...rows] = scanTable(scanWith(), 240);
    expect(heading).toBe(
      '2026-03-10 12:00:20 UTC · demo · 3 perps · books 1/1 · binance-usdm 612/2400',
    );
    expect(titles).toMatch(/^ {3}# perp +price +1h % +24h % +volume /);
    expect(rows).toHaveLength(3);
  });

  test('is one line a perp, aligned, with what is absent as a dash', () => {
    const [, titles, first, second] = scanTable(scanWith(), 240);
    expect(first).toMatch(/^ {3}1 C1\/USDT +1000\.2 +\+100\.04 +\+25\.03 +\$1\.00B /);
    expect(second).toMatch(/^ {3}2 C2\/USDT /);
    const oib = titles!.indexOf('OIB');
    expect(first!.slice(oib - 3, oib + 3).trim()).toBe('+0.50');
    expect(second!.slice(oib - 3, oib + 3).trim()).toBe('—');
    // A lower bound of less than an hour: the graver of the two marks stands.
    expect(second).toContain('½$12.50K');
    expect(first).toContain('long build');
    expect(first).toContain('03:59:40');
  });

  test.each([20, 40, 80, 100, 120, 160, 200, 240])('never takes more than %i cells', (width) => {
    for (const line of scanTable(scanWith({ '!miniTicker@arr': 5 }), width))
      expect(cellWidth(line)).toBeLessThanOrEqual(width);
  });

  test('has more columns where there is more room, and whole ones only', () => {
    const titlesAt = (width: number) =>
      scanTable(scanWith(), width)[1]!
        .trim()
        .split(/\s{2,}/);
    const counts = [40, 80, 120, 160, 240].map((width) => titlesAt(width).length);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(titlesAt(80).at(-1)).toBe('fund 8h %');
    expect(titlesAt(240).at(-1)).toBe('says');
  });

  test('marks what is stale and says so above', () => {
    const [, notes, , row] = scanTable(scanWith({ '!miniTicker@arr': 5 }), 240);
    expect(notes).toContain(
      `price stale: 3 of 3 rows, up to ${Math.round((15.998 * SECOND) / 1e6)} s`,
    );
    expect(row).toMatch(/ 1000\.0! /);
    expect(row).toMatch(/\$1\.00B! /);
  });
});
