import { describe, expect, test } from 'vitest';
import { emptyHistory, remember } from '../../../components/history.ts';
import { type ChartInput, chart, timesAgo } from '../../../components/panels/graphs.ts';
import { HOUR, micros } from '../../../src/model/units.ts';
import { brushOf, plain } from '../../support/drawn.ts';
import { frame, series } from '../../support/frames.ts';

const history = emptyHistory();
remember(history, series());
remember(history, frame());

const INPUT: ChartInput = {
  history,
  asset: 'BTC',
  now: frame().tsLocal,
  hours: 168,
  curves: [{ name: 'price', of: ({ price }) => price, track: 'price' }],
  format: (value) => value.toFixed(0),
};

const textOf = (input: ChartInput, w = 60, h = 12, ascii = false): string[] =>
  chart(input, w, h, brushOf(0, ascii)).map((row) => plain(row));

describe('a chart', () => {
  test('is labelled in time before now and in the format of its numbers', () => {
    const rows = textOf(INPUT);
    expect(rows.at(-1)).toMatch(/-7d.*-1d +now$/);
    expect(rows.some((row) => /^6\d{4}┤/.test(row))).toBe(true);
  });

  test('ends where the market is now', () => {
    const price = (frame().price as { value: number }).value;
    const flat = series().cells.map((cell) => ({ ...cell, price: 60_000 }));
    const past = emptyHistory();
    remember(past, { ...series(), cells: flat });
    remember(past, frame());
    const rows = textOf({ ...INPUT, history: past, format: (v) => v.toFixed(0) });
    expect(price).toBeGreaterThan(61_000);
    // The only thing above the flat line is the last column.
    expect(rows[0]!.trimEnd().length).toBe(60);
    expect(rows[0]!.slice(10, 55).trim()).toBe('');
  });

  test('leaves a gap where cells are missing', () => {
    const whole = series();
    const holed = emptyHistory();
    remember(holed, {
      ...whole,
      cells: whole.cells.filter((_, i, all) => i < all.length - 100 || i >= all.length - 60),
    });
    const inked = (rows: string[]) =>
      Array.from({ length: 50 }, (_, x) => rows.slice(0, -2).some((row) => row[10 + x]?.trim()));
    const gaps = inked(textOf({ ...INPUT, history: holed })).filter((is) => !is).length;
    expect(gaps).toBeGreaterThan(8);
    expect(inked(textOf(INPUT)).filter((is) => !is).length).toBeLessThan(3);
  });

  test('a second curve on its own scale fills the same height, and the legend says so', () => {
    const rows = textOf({
      ...INPUT,
      curves: [
        { name: 'OI', of: ({ openInterest }) => openInterest },
        { name: 'price', of: ({ price }) => price, hasOwnScale: true },
      ],
    });
    expect(rows[0]!.trimEnd()).toBe('━━ OI   ━━ price (own scale)');
    expect(rows.some((row) => /^9\d{4}┤/.test(row))).toBe(true);
    expect(rows.some((row) => /^6\d{4}┤/.test(row))).toBe(false);
  });

  test('draws again when an hour, a live end, the size or the colours change, and not before', () => {
    const first = chart(INPUT, 60, 12, brushOf());
    expect(chart({ ...INPUT, curves: [...INPUT.curves] }, 60, 12, brushOf())).toBe(first);
    expect(chart(INPUT, 61, 12, brushOf())).not.toBe(first);
    expect(chart({ ...INPUT, now: micros(INPUT.now + HOUR) }, 60, 12, brushOf())).not.toEqual(
      first,
    );
    expect(chart(INPUT, 60, 12, brushOf(24))).not.toEqual(first);
  });

  test('speaks plainly in ASCII', () => {
    expect(textOf(INPUT, 60, 12, true).join('')).toMatch(/^[ -~]*$/);
  });
});

test('an axis of the last minutes is labelled in minutes, a shorter one in seconds', () => {
  expect(timesAgo(900)).toEqual(['-15m', '-10m', '-5m', 'now']);
  expect(timesAgo(450)).toEqual(['-7.5m', '-5m', '-2.5m', 'now']);
  expect(timesAgo(60)).toEqual(['-1m', '-40s', '-20s', 'now']);
});
