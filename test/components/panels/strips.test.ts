import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { describe, expect } from 'vitest';
import { widthOf } from '../../../components/panels/line.ts';
import {
  banded,
  bar,
  barLeftwards,
  bipolar,
  interval,
  meter,
  quantiles,
  ribbon,
  split,
  stacks,
} from '../../../components/panels/strips.ts';
import { brushOf, plain } from '../../support/drawn.ts';

const brush = brushOf();
const textOf = (part: ReturnType<typeof bar>): string => {
  if (typeof part === 'string') return part;
  return 'painted' in part ? plain(part.painted) : part[0];
};

const anyNumber = fc.oneof(fc.double(), fc.constant(null));
const odd = fc.integer({ min: 1, max: 60 }).map((n) => 2 * n + 1);

describe('every strip', () => {
  test.prop([anyNumber, anyNumber, odd, fc.boolean()])(
    'takes exactly its cells for any number there is, and for none',
    (a, b, w, ascii) => {
      const pen = brushOf(24, ascii);
      const span = a === null || b === null ? null : ([a, b] as const);
      for (const part of [
        bar(a, w, pen, 'bid'),
        bipolar(a, w, pen, ['falling', 'rising']),
        interval(span, w, pen, 'rising'),
        meter(a, b, w, pen, 'accent'),
        barLeftwards(a, w, pen, 'ask'),
        quantiles({ low: a, middle: b, high: a, now: b }, w, pen, ['accent', 'bid']),
        split(a, b, w, pen, ['long', 'short']),
      ]) {
        expect(widthOf(part)).toBe(w);
        expect(stringWidth(textOf(part))).toBe(w);
        if (ascii) expect(textOf(part)).toMatch(/^[ -~]*$/);
      }
    },
  );
});

test('a bar that grows leftwards is the mirror of the one that grows rightwards', () => {
  const mirror = { '▖': '▗' } as Record<string, string>;
  for (const share of [0, 0.1, 0.5, 0.74, 1]) {
    const right = textOf(bar(share, 7, brush, 'bid'));
    const left = textOf(barLeftwards(share, 7, brush, 'ask'));
    expect(left).toBe(
      [...right]
        .reverse()
        .map((glyph) => mirror[glyph] ?? glyph)
        .join(''),
    );
  }
});

test('quantiles are a stretch with a tick at the median and a dot at now', () => {
  const part = quantiles({ low: -0.5, middle: 0.5, high: 1, now: 0 }, 9, brush, ['accent', 'bid']);
  expect(textOf(part)).toBe('──━━●━┃━━');
  const none = { low: null, middle: null, high: null, now: null };
  expect(textOf(quantiles(none, 9, brush, ['accent', 'bid']))).toBe('────│────');
});

describe('a bar', () => {
  test('is full at one, empty at nothing, and goes by half cells', () => {
    expect(textOf(bar(1, 4, brush, 'bid'))).toBe('▄▄▄▄');
    expect(textOf(bar(0.375, 4, brush, 'bid'))).toBe('▄▖  ');
    expect(textOf(bar(0, 4, brush, 'bid'))).toBe('    ');
    expect(textOf(bar(null, 4, brush, 'bid'))).toBe('    ');
  });

  test.prop([
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ])('of the larger share is never the shorter one', (a, b) => {
    const inked = (share: number) => textOf(bar(share, 30, brush, 'bid')).trimEnd().length;
    if (a <= b) expect(inked(a)).toBeLessThanOrEqual(inked(b));
  });
});

describe('a bar from the middle', () => {
  test('leaves it in the direction of its sign', () => {
    expect(textOf(bipolar(0.5, 9, brush, ['ask', 'bid']))).toBe('    │━━  ');
    expect(textOf(bipolar(-0.625, 9, brush, ['ask', 'bid']))).toBe(' ╺━━│    ');
    expect(textOf(bipolar(null, 9, brush, ['ask', 'bid']))).toBe('    │    ');
  });

  test.prop([fc.double({ min: -1, max: 1, noNaN: true })])('mirrors', (value) => {
    const flip = (text: string) =>
      [...text].reverse().join('').replaceAll('╺', 'x').replaceAll('╸', '╺').replaceAll('x', '╸');
    const roles = ['ask', 'bid'] as const;
    expect(flip(textOf(bipolar(value, 21, brush, roles)))).toBe(
      textOf(bipolar(-value, 21, brush, roles)),
    );
  });
});

test('a waterfall step runs from where the sum stood to where it stands', () => {
  expect(textOf(interval([0, -0.5], 9, brush, 'falling'))).toBe('  ━━│    ');
  expect(textOf(interval([-0.5, -1], 9, brush, 'falling'))).toBe('━━━ │    ');
  expect(textOf(interval([0, 0], 9, brush, 'rising'))).toBe('    │    ');
});

test('a meter marks its threshold', () => {
  expect(textOf(meter(0.5, 0.7, 10, brush, 'accent'))).toBe('━━━━━──┃──');
  expect(textOf(meter(null, null, 4, brush, 'accent'))).toBe('────');
});

test('a meter marks each of several thresholds', () => {
  expect(textOf(meter(0.5, [0.2, 0.7], 10, brush, 'accent'))).toBe('━━┃━━──┃──');
});

test('a banded bar is sure, likely and possible one after the other, and small is not nothing', () => {
  expect(textOf(banded([0.3, 0.5, 0.9], 10, brush, 'long'))).toBe('███▓▓░░░░ ');
  expect(textOf(banded([0, 0.01, 0.01], 10, brush, 'long'))).toBe('▓         ');
  expect(textOf(banded([0, 0, Infinity], 3, brush, 'long'))).toBe('   ');
});

test('a ribbon shows the gravest of what shares a cell, and nothing where nothing is known', () => {
  const of = (glyph: string, gravity: number) => ({
    glyph,
    ascii: '#',
    role: 'text' as const,
    gravity,
  });
  const [calm, grave] = [of('─', 0), of('█', 2)];
  expect(textOf(ribbon([null, calm, grave, calm, calm, calm], 3, brush))).toBe('─█─');
  expect(textOf(ribbon([null, calm], 4, brush))).toBe('  ──');
  expect(textOf(ribbon([], 4, brush))).toBe('    ');
});

test('two amounts share a line in proportion, and nothing is claimed where one is missing', () => {
  const painted = split(3, 1, 8, brushOf(24), ['long', 'short']) as { painted: string };
  const [long, short] = painted.painted.split('\u001B[0m');
  expect([plain(long!).length, plain(short!).length]).toEqual([6, 2]);
  expect(textOf(split(null, 1, 4, brush, ['long', 'short']))).toBe('────');
  expect(textOf(split(0, 0, 4, brush, ['long', 'short']))).toBe('────');
});

describe('stacks', () => {
  test('the tallest fills the height, the others in proportion', () => {
    const columns = [
      { low: 4, high: 0 },
      { low: 0, high: 2 },
      { low: 0, high: 0 },
    ];
    expect(stacks(columns, 2, brush, ['long', 'short']).map(plain)).toEqual(['█  ', '██ ']);
  });

  test.prop([
    fc.array(fc.record({ low: fc.double({ min: 0 }), high: fc.double({ min: 0 }) }), {
      maxLength: 50,
    }),
    fc.integer({ min: 1, max: 12 }),
    fc.boolean(),
  ])('are rectangles whatever they hold', (columns, h, ascii) => {
    const rows = stacks(columns, h, brushOf(24, ascii), ['long', 'short']);
    expect(rows).toHaveLength(h);
    for (const row of rows) expect(stringWidth(plain(row))).toBe(columns.length);
  });
});
