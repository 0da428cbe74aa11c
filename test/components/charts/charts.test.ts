import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { barBothWays, barLeft, barRight } from '../../../components/charts/bars.ts';
import { brailleLine } from '../../../components/charts/braille.ts';
import { gauge } from '../../../components/charts/gauge.ts';
import { heatmap } from '../../../components/charts/heatmap.ts';
import { lineChart } from '../../../components/charts/line-chart.ts';
import { scatter } from '../../../components/charts/scatter.ts';
import { sparkline } from '../../../components/charts/sparkline.ts';
import { stackedBar } from '../../../components/charts/stacked-bar.ts';
import { cellWidth } from '../../../components/format/cell-width.ts';
import { painterFor } from '../../../components/terminal/painter.ts';
import { dark } from '../../../themes/dark.ts';
import { noColour } from '../../../themes/no-colour.ts';

const ESC = '\u001B';
const plain = (row: string): string => row.replaceAll(new RegExp(`${ESC}\\[[0-9;]*m`, 'g'), '');

const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ noDefaultInfinity: true, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, 0, -0, 5e-324, 1e308, -1e308) },
);
const values = fc.oneof(
  fc.array(value, { maxLength: 60 }),
  fc.array(fc.constantFrom(Number.NaN, 3), { maxLength: 5 }),
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 500, maxLength: 600 }),
);
const width = fc.integer({ min: 0, max: 60 });
const height = fc.integer({ min: 0, max: 16 });
const painter = fc.constantFrom(
  painterFor(dark, 24),
  painterFor(dark, 8),
  painterFor(dark, 4),
  painterFor(dark, 0),
  painterFor(noColour, 24),
);
const ascii = fc.boolean();
const size = fc.record({ width, height, painter, ascii });

/** Printable ASCII and colour sequences only. */
const isAscii = (rows: readonly string[]): boolean =>
  rows.every((row) => /^[ -~]*$/.test(plain(row)));

const isClosed = (row: string): boolean =>
  !row.includes(ESC) || /^\[(?:0|27)m/.test(row.slice(row.lastIndexOf(ESC) + 1));

/** Exactly the cells asked for, nothing but colours in them, nothing left open, ASCII where asked for. */
function expectShape(
  rows: readonly string[],
  wanted: { readonly width: number; readonly height: number; readonly ascii?: boolean },
): void {
  expect(rows).toHaveLength(wanted.height);
  for (const row of rows) {
    expect(cellWidth(row), JSON.stringify(row)).toBe(wanted.width);
    expect(isClosed(row), JSON.stringify(row)).toBe(true);
    expect(plain(row)).not.toContain(ESC);
    expect(row).not.toMatch(/undefined|NaN/);
  }
  if (wanted.ascii === true) expect(isAscii(rows)).toBe(true);
}

describe('every chart fills exactly its cells', () => {
  test.prop([
    fc.array(values, { minLength: 0, maxLength: 3 }),
    size,
    fc.array(fc.string({ maxLength: 6 }), { maxLength: 5 }),
  ])('line chart', (series, box, labels) => {
    const rows = lineChart({
      ...box,
      series: series.map((one) => ({ values: one })),
      levels: [{ value: 3, role: 'warn' }],
      labels: labels.map((label) => label.replaceAll(/[^ -~]/g, '')),
    });
    expectShape(rows, box);
  });

  test.prop([values, width, fc.constantFrom('last', 'mean', 'peak', 'sum'), fc.boolean(), ascii])(
    'sparkline',
    (one, cells, reduce, braille, isAsciiOnly) => {
      fc.pre(reduce !== 'sum' || one.every((v) => !(Math.abs(v) > 1e300)));
      const row = sparkline(one, cells, { reduce, braille, ascii: isAsciiOnly });
      expectShape([row], { width: cells, height: 1, ascii: isAsciiOnly });
    },
  );

  test.prop([values, size, fc.boolean()])('braille line', (one, box, fill) => {
    expectShape(brailleLine({ ...box, values: one, fill }), box);
  });

  test.prop([fc.double(), width, ascii])('bars', (share, cells, isAsciiOnly) => {
    const wanted = { height: 1, ascii: isAsciiOnly };
    expectShape([barRight(share, cells, isAsciiOnly)], { ...wanted, width: cells });
    expectShape([barLeft(share, cells, isAsciiOnly)], { ...wanted, width: cells });
    const { left, right } = barBothWays(share, cells, isAsciiOnly);
    expectShape([left + right], { ...wanted, width: cells });
  });

  test.prop([fc.array(values, { maxLength: 8 }), size])('heatmap', (grid, box) => {
    expectShape(heatmap({ ...box, grid }), box);
    expectShape(heatmap({ ...box, grid, trace: grid[0] ?? [] }), box);
  });

  test.prop([fc.array(value, { maxLength: 8 }), size])('gauge', (shares, box) => {
    const parts = shares.map((share) => ({ share, role: 'long' as const }));
    expectShape([gauge({ ...box, parts })], { ...box, height: 1 });
  });

  const parts = fc.array(
    fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(Number.NaN)),
    { maxLength: 4 },
  );
  test.prop([
    fc.array(fc.record({ label: fc.constantFrom('okx', 'binance', ''), parts }), { maxLength: 9 }),
    size,
  ])('stacked bars', (stacks, box) => {
    expectShape(stackedBar({ ...box, stacks }), box);
  });
});

describe('what is not a number', () => {
  const box = { width: 20, height: 6, painter: painterFor(dark, 24) };
  const draws: readonly (readonly [string, (value: number) => unknown])[] = [
    ['line chart', (v) => lineChart({ ...box, series: [{ values: [1, v, 2] }] })],
    ['sparkline', (v) => sparkline([1, v, 2], 10)],
    ['braille line', (v) => brailleLine({ ...box, values: [1, v, 2] })],
    ['heatmap', (v) => heatmap({ ...box, grid: [[1, v]] })],
    ['stacked bars', (v) => stackedBar({ ...box, stacks: [{ label: 'a', parts: [1, v] }] })],
  ];
  test.each(draws)('%s refuses infinities', (_, draw) => {
    expect(() => draw(Infinity)).toThrow(RangeError);
    expect(() => draw(-Infinity)).toThrow(RangeError);
    expect(() => draw(Number.NaN)).not.toThrow();
  });

  test('sizes that are not whole cells are refused', () => {
    expect(() => sparkline([1], 2.5)).toThrow(RangeError);
    expect(() => sparkline([1], -1)).toThrow(RangeError);
    expect(() => lineChart({ ...box, width: Number.NaN, series: [] })).toThrow(RangeError);
    expect(() => lineChart({ ...box, min: Number.NaN, series: [] })).toThrow(RangeError);
  });
});

describe('line chart', () => {
  const painter24 = painterFor(dark, 24);
  const box = { width: 30, height: 8, painter: painter24 };
  const dotsOf = (rows: readonly string[]): number =>
    plain(rows.join('')).replaceAll(/[^\u2800-\u28ff]/g, '').length;

  test('draws axes with units and times around the line', () => {
    const rows = lineChart({
      ...box,
      series: [{ values: Array.from({ length: 50 }, (_, i) => i) }],
      min: 0,
      max: 50,
      labels: ['12:00', '13:00', '14:00'],
      yFormat: (v) => `${v} bps`,
    }).map(plain);
    expect(rows).toEqual([
      '50 bps┤                   ⡠⠔⠊⠁',
      '      │              ⢀⡠⠔⠒⠉    ',
      '      │          ⢀⣀⠤⠒⠁        ',
      '25 bps┤       ⣀⠤⠚⠁            ',
      '      │   ⣀⠴⠒⠉                ',
      ' 0 bps┤⡤⠒⠉                    ',
      '      └┬──────────┬──────────┬',
      '       12:00    13:00    14:00',
    ]);
  });

  test('times that do not all fit stay evenly apart, and the last one is always there', () => {
    const days = ['-7d', '-6d', '-5d', '-4d', '-3d', '-2d', '-1d', 'now'];
    for (let width = 14; width <= 60; width++) {
      const axis = lineChart({
        ...box,
        width,
        series: [{ values: [0, 1, 2] }],
        labels: days,
        yFormat: () => '0',
      }).at(-1)!;
      const at = plain(axis)
        .trim()
        .split(/ +/)
        .map((label) => days.indexOf(label));
      expect(at.at(-1)).toBe(7);
      const gaps = new Set(at.slice(1).map((day, i) => day - at[i]!));
      expect(gaps.size, `${width} cells: ${at}`).toBeLessThanOrEqual(1);
    }
  });

  test('the last value stands at the right edge and the first at the left, however many there are', () => {
    for (const length of [2, 3, 7, 40, 58, 59, 60, 100, 116, 117, 1000, 12_345]) {
      const rows = lineChart({
        ...box,
        series: [{ values: Array.from({ length }, (_, i) => i) }],
        yFormat: () => '0',
      }).map(plain);
      const body = rows.slice(0, 6);
      expect(body[0]![29], `${length} values`).not.toBe(' ');
      expect(body[5]![2], `${length} values`).not.toBe(' ');
    }
  });

  test('the axis has round numbers, and short ones where nothing round fits', () => {
    const labels = (values: number[], height: number): string[] =>
      lineChart({ ...box, height, series: [{ values }] })
        .map((row) => /^ *([-0-9.KMB]+)┤/.exec(plain(row))?.[1])
        .filter((label) => label !== undefined);
    expect(labels([59_900.0009, 60_099.9993], 10)).toEqual(['60050', '60000', '59950']);
    expect(labels([0.000_101, 0.000_199], 8)).toEqual(['0.000175', '0.000150', '0.000125']);
    expect(labels([12.1, 12.1 + 1e-9], 8).every((label) => label.length <= 14)).toBe(true);
    expect(labels([1.2e9, 3.4e9], 12)).toEqual(['3.00B', '2.00B']);
    expect(labels([1.2e9, 1.200_000_4e9], 8)).toEqual(['1200000400', '1200000200', '1200000000']);
  });

  test('a gap is not drawn, least of all as zero', () => {
    const series = Array.from({ length: 56 }, (_, i) => (i >= 20 && i < 36 ? Number.NaN : 50));
    const rows = lineChart({ ...box, min: 0, max: 100, series: [{ values: series }] }).map(plain);
    const line = rows.slice(0, 6).find((row) => /[\u2800-\u28ff]/.test(row))!;
    const drawn = rows.slice(0, 6).filter((row) => /[\u2800-\u28ff]/.test(row));
    expect(drawn).toHaveLength(1);
    expect(line.slice(4)).toMatch(/^[\u2800-\u28ff]+ {6,9}[\u2800-\u28ff]+$/);
  });

  test('a value between two gaps is one dot', () => {
    const lonely = [Number.NaN, Number.NaN, 5, Number.NaN, Number.NaN];
    expect(dotsOf(lineChart({ ...box, series: [{ values: lonely }] }))).toBe(1);
    expect(dotsOf(lineChart({ ...box, series: [{ values: [5] }] }))).toBe(1);
  });

  test('a single spike among thousands of values survives', () => {
    const flat = new Array<number>(10_000).fill(1);
    flat[7321] = 100;
    const rows = lineChart({ ...box, series: [{ values: flat }] }).map(plain);
    expect(rows[0]).toMatch(/[\u2800-\u28ff]/);
  });

  test('each line has its own colour, the last one on top', () => {
    const rows = lineChart({
      ...box,
      series: [
        { values: [1, 1], role: 'long' },
        { values: [1, 1], role: 'short' },
        { values: [2, 2] },
      ],
    }).join('');
    expect(rows).toContain(painter24.sgr('short'));
    expect(rows).not.toContain(painter24.sgr('long'));
    expect(rows).toContain(painter24.series(2));
  });

  test('nothing known is a dash, with axes', () => {
    const rows = lineChart({ ...box, series: [{ values: [Number.NaN] }] }).map(plain);
    expect(rows.join('')).toContain('—');
    expect(rows[6]).toContain('└');
    expect(dotsOf(rows)).toBe(0);
  });

  test('more lines than can be told apart are refused', () => {
    const series = Array.from({ length: 9 }, () => ({ values: [1] }));
    expect(() => lineChart({ ...box, series })).toThrow('at most 8 lines');
  });

  test('in ASCII each line has its own mark', () => {
    const rows = lineChart({
      ...box,
      ascii: true,
      series: [{ values: [0, 0] }, { values: [1, 1] }],
    }).map(plain);
    expect(rows[5]).toContain('*******');
    expect(rows[0]).toContain('+++++++');
  });

  test('a small one does without axes', () => {
    const rows = lineChart({ ...box, height: 2, series: [{ values: [1, 2, 3] }] }).map(plain);
    expect(rows.join('')).not.toMatch(/[│└]/);
    expect(dotsOf(rows)).toBeGreaterThan(10);
  });
});

describe('blessed-contrib behind it', () => {
  test('adds no handlers to the process', () => {
    const names = process.eventNames();
    const counts = () => names.map((name) => process.listenerCount(name));
    const before = counts();
    lineChart({
      series: [{ values: [1, 2] }],
      width: 20,
      height: 6,
      painter: painterFor(dark, 24),
    });
    gauge({ parts: [{ share: 0.5, role: 'long' }], width: 9, painter: painterFor(dark, 24) });
    expect(process.eventNames()).toEqual(names);
    expect(counts()).toEqual(before);
  });
});

describe('sparkline', () => {
  test('has the newest value at the right', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([7, 0], 4)).toBe('  █▁');
    expect(sparkline([0, 7, Number.NaN, 7], 4)).toBe('▁█ █');
    expect(sparkline([], 3)).toBe('   ');
    expect(sparkline([2, 2, 2], 3)).toBe('▅▅▅');
  });

  test('shares cells as told', () => {
    const series = [0, 8, 1, 1, 8, 0];
    expect(sparkline(series, 3, { min: 0, max: 8 })).toBe('█▂▁');
    expect(sparkline(series, 3, { min: 0, max: 8, reduce: 'mean' })).toBe('▅▂▅');
    expect(sparkline(series, 3, { min: 0, max: 8, reduce: 'peak' })).toBe('█▂█');
    expect(sparkline(series, 3, { min: 0, max: 16, reduce: 'sum' })).toBe('▅▂▅');
  });

  test('holds two values to a cell in braille', () => {
    expect(sparkline([0, 3, 3, 0], 2, { braille: true })).toBe('⣸⣇');
    expect(sparkline([3], 2, { braille: true })).toBe(' ⢰');
  });

  test('has an ASCII form', () => {
    expect(sparkline([0, 7], 2, { ascii: true })).toBe('_#');
  });
});

describe('braille line', () => {
  test('runs through its values', () => {
    expect(brailleLine({ values: [0, 1], width: 4, height: 1 })).toEqual(['⣀⠤⠒⠉']);
    expect(brailleLine({ values: [0, 1], width: 4, height: 1, fill: true })).toEqual(['⣀⣤⣶⣿']);
    expect(
      brailleLine({ values: [1, Number.NaN, Number.NaN, 1], min: 0, width: 2, height: 1 }),
    ).toEqual(['⠁⠈']);
  });

  test('has an ASCII form', () => {
    expect(brailleLine({ values: [0, 1, 2], width: 3, height: 1, ascii: true })).toEqual([".-'"]);
    expect(brailleLine({ values: [0, 5], width: 2, height: 2, ascii: true, fill: true })).toEqual([
      ' |',
      ".'",
    ]);
  });
});

describe('bars', () => {
  test('grow by eighths', () => {
    expect(barRight(0.5, 4)).toBe('██  ');
    expect(barRight(0.3, 4)).toBe('█▎  ');
    expect(barLeft(0.5, 4)).toBe('  ██');
    expect(barLeft(0.3, 4)).toBe(`  ${ESC}[7m▊${ESC}[27m█`);
    expect(barRight(0.3, 10, true)).toBe('###       ');
    expect(barLeft(0.3, 10, true)).toBe('       ###');
  });

  test('something is never nothing, and nothing never something', () => {
    expect(barRight(1e-9, 4)).toBe('▏   ');
    expect(barRight(0, 4)).toBe('    ');
    expect(barRight(Number.NaN, 4)).toBe('    ');
    expect(barRight(-1, 4)).toBe('    ');
    expect(barRight(7, 4)).toBe('████');
  });

  test('leave the middle in the direction of the value', () => {
    expect(barBothWays(-1, 6)).toEqual({ left: '███', right: '   ' });
    expect(barBothWays(1, 7)).toEqual({ left: '   ', right: '████' });
  });
});

describe('heatmap', () => {
  const painter24 = painterFor(dark, 24);
  test('puts two values into a cell', () => {
    const [row] = heatmap({ grid: [[1], [0]], width: 1, height: 1, painter: painter24 });
    expect(row).toBe(`${painter24.ramp('heat', 1, 0)}▀${ESC}[0m`);
  });

  test('leaves gaps to the terminal', () => {
    const draw = (grid: number[][]) =>
      plain(heatmap({ grid, width: 1, height: 1, painter: painter24 })[0]!);
    expect(draw([[Number.NaN], [1]])).toBe('▄');
    expect(draw([[1], [Number.NaN]])).toBe('▀');
    expect(draw([[Number.NaN], [Number.NaN]])).toBe(' ');
  });

  test('keeps what is hot when there is less room than values', () => {
    const grid = Array.from({ length: 40 }, () => new Array<number>(40).fill(0));
    grid[17]![33] = 9;
    const rows = heatmap({ grid, width: 5, height: 3, painter: painter24 });
    expect(rows.join('')).toContain(painter24.ramp('heat', 1).slice(2, -1));
  });

  test('draws a line over the grid, an arrow where it ran out of it, nothing where it has a gap', () => {
    const grid = [[1, 1, 1, 1]];
    const trace = [0.4, -0.1, 1.2, Number.NaN];
    const draw = (isAscii: boolean) =>
      heatmap({ grid, trace, width: 4, height: 2, painter: painter24, ascii: isAscii }).map(plain);
    expect(draw(false)).toEqual(['─↑▀▀', '▀▀↓▀']);
    expect(draw(true)).toEqual(['-^@@', '@@v@']);
  });

  test('zero everywhere is cold', () => {
    const rows = heatmap({ grid: [[0, 0]], width: 2, height: 1, painter: painter24 });
    expect(rows[0]).toContain(painter24.ramp('heat', 0, 0));
  });

  test('becomes density where colours cannot be told apart', () => {
    const grid = [[0, 1, 2, 3, 4]];
    expect(
      plain(heatmap({ grid, width: 5, height: 1, painter: painterFor(noColour, 24) })[0]!),
    ).toBe(' ░▒▓█');
    expect(
      heatmap({ grid, width: 5, height: 1, painter: painterFor(noColour, 24), ascii: true })[0],
    ).toBe(' :+#@');
  });
});

describe('gauge', () => {
  const on = (parts: readonly number[], width = 10, ascii = true): string =>
    plain(
      gauge({
        parts: parts.map((share) => ({ share, role: 'long' as const })),
        width,
        painter: painterFor(dark, 24),
        ascii,
      }),
    );

  test('gives every part its cells', () => {
    expect(on([0.6, 0.4])).toBe('######====');
    expect(on([0.2])).toBe('##........');
    expect(on([0.1, 0.1, 0.1])).toBe('#=+.......');
    expect(on([1])).toBe('##########');
    expect(on([0])).toBe('..........');
    expect(on([])).toBe('..........');
    expect(on([Number.NaN, 0.5])).toBe('=====.....');
    expect(on([0.001])).toBe('#.........');
    expect(on([0.8, 0.8])).toBe('########==');
  });

  test.prop([
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
    fc.integer({ min: 1, max: 80 }),
  ])('never draws a part more than a cell off', (shares, width) => {
    const total = shares.reduce((sum, share) => sum + share, 0) || 1;
    const parts = shares.map((share) => share / Math.max(1, total));
    const row = on(parts, width);
    for (const [i, part] of parts.entries()) {
      const drawn = row.split('#=+:'[i]!).length - 1;
      expect(Math.abs(drawn - part * width)).toBeLessThanOrEqual(parts.length);
    }
    const filled = row.replaceAll('.', '').length;
    const sum = parts.reduce((a, b) => a + b, 0);
    expect(Math.abs(filled - sum * width)).toBeLessThanOrEqual(parts.length);
  });
});

describe('stacked bars', () => {
  const draw = (stacks: { label: string; parts: number[] }[], width = 13, height = 6): string[] =>
    stackedBar({ stacks, width, height, painter: painterFor(dark, 24), ascii: true }).map(plain);

  test('stand beside each other with sums above and names below', () => {
    expect(
      draw([
        { label: 'okx', parts: [2, 1, 1] },
        { label: 'bybit', parts: [1, 1] },
      ]),
    ).toEqual([
      ' 4.00        ',
      '++++++       ',
      '======  2.00 ',
      '###### ======',
      '###### ######',
      ' okx   bybit ',
    ]);
  });

  test('say when a part is missing', () => {
    const rows = draw([
      { label: 'a', parts: [2, Number.NaN] },
      { label: 'b', parts: [Number.NaN] },
    ]);
    expect(rows.join('\n')).toContain('>2.00');
    expect(rows[4]).toBe('######   -   ');
  });

  test('leave a sum out that has no room: cut digits would be another number', () => {
    const rows = draw(
      [
        { label: 'okx', parts: [123_456] },
        { label: 'a', parts: [1] },
      ],
      7,
      4,
    );
    expect(rows).toEqual(['       ', '###    ', '###    ', 'okx  a ']);
  });

  test('show at least a trace of what is not nothing', () => {
    const stacks = [
      { label: 'a', parts: [1e9] },
      { label: 'b', parts: [1] },
      { label: 'c', parts: [0] },
    ];
    const rows = stackedBar({ stacks, width: 5, height: 5, painter: painterFor(dark, 24) });
    expect(rows.map(plain)).toEqual(['     ', '█    ', '█    ', '█ ▁ 0', 'a b c']);
  });

  test('refuse what cannot be stacked', () => {
    expect(() => draw([{ label: 'a', parts: [-1] }])).toThrow('not negative');
  });
});

describe('a scatter', () => {
  const dots = fc.array(
    fc.record({ x: value, y: value, glyph: fc.constantFrom('o', '@'), style: fc.constant('') }),
    { maxLength: 20 },
  );
  const corners = ['one', 'two', 'three', 'four'] as const;

  test.prop([dots, size, fc.boolean()])(
    'fills its box, whatever the points',
    (some, box, cross) => {
      const ends = { min: -1, max: 1 };
      const rows = scatter({ dots: some, x: ends, y: ends, ...box, hasCross: cross, corners });
      expectShape(rows, box);
      if (box.ascii) expect(isAscii(rows)).toBe(true);
    },
  );

  test('has a line through zero only where zero is', () => {
    const draw = (min: number) =>
      scatter({
        dots: [],
        x: { min: 0, max: 1 },
        y: { min, max: 2 },
        width: 5,
        height: 3,
        painter: painterFor(dark, 0),
        hasCross: true,
      });
    expect(draw(-2)).toEqual(['│    ', '┼────', '│    ']);
    expect(draw(1)).toEqual(['│    ', '│    ', '│    ']);
  });

  test('puts a point into the quadrant of its signs, and what lies outside at the edge', () => {
    const at = (x: number, y: number): readonly [number, number] => {
      const rows = scatter({
        dots: [{ x, y, glyph: '@', style: '' }],
        x: { min: -1, max: 1 },
        y: { min: -1, max: 1 },
        width: 21,
        height: 11,
        painter: painterFor(dark, 0),
      });
      const row = rows.findIndex((text) => text.includes('@'));
      return [rows[row]!.indexOf('@'), row];
    };
    expect(at(0, 0)).toEqual([10, 5]);
    expect(at(0.5, 0.5)).toEqual([15, 3]);
    expect(at(-0.5, -0.6)).toEqual([5, 8]);
    expect(at(1e308, -1e308)).toEqual([20, 10]);
  });
});
