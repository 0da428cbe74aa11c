import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { expect } from 'vitest';
import { fitted } from '../../../components/format/cell-width.ts';
import { type Column, table } from '../../../components/panels/table.ts';
import { brushOf, plain } from '../../support/drawn.ts';

const column = (title: string, w: number, drop: number, more = {}): Column<number> => ({
  title,
  w,
  drop,
  cell: (row, cells) => fitted(String(row), cells, { align: 'right' }),
  ...more,
});

const COLUMNS = [
  column('name', 6, 0, { align: 'left' }),
  column('one', 5, 2),
  column('two', 5, 1),
  column('bar', 4, 3, { grow: 10 }),
];

const rows = (w: number, options = {}) => table(COLUMNS, [1, 22], w, brushOf(), options).map(plain);

test('drops the least important columns first and keeps the first one always', () => {
  const titles = (w: number) => rows(w)[0]!.trim().split(/\s+/);
  expect(titles(40)).toEqual(['name', 'one', 'two', 'bar']);
  expect(titles(19)).toEqual(['name', 'one', 'two']);
  expect(titles(13)).toEqual(['name', 'two']);
  expect(titles(8)).toEqual(['name']);
});

test('a column that may grow takes what is left, and gaps stay small', () => {
  const [header] = rows(60);
  expect(header!.trimEnd().length).toBeLessThanOrEqual(6 + 5 + 5 + 14 + 9);
});

test('marks the column it is sorted by and the direction', () => {
  expect(rows(40, { sort: { title: 'two', reversed: false } })[0]).toContain('two▾');
  expect(rows(40, { sort: { title: 'two', reversed: true } })[0]).toContain('two▴');
});

test.prop([fc.integer({ min: 1, max: 80 }), fc.array(fc.integer(), { maxLength: 5 })])(
  'every row is exactly as wide as asked for',
  (w, values) => {
    for (const row of table(COLUMNS, values, w, brushOf(24))) {
      expect(stringWidth(plain(row))).toBe(w);
    }
  },
);
