import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  type Cursor,
  chosenAt,
  firstLine,
  type ListView,
  type Move,
  movedCursor,
  type RowList,
} from '../../../components/panels/cursor.ts';

const listOf = (lines: readonly number[], keys = lines.map((line) => `row ${line}`)): RowList => ({
  keys,
  lineOf: (at) => lines[at]!,
});

/** A panel with rows at these lines out of so many, of which a page is seen. */
function panelOf(lines: readonly number[], all: number, page: number) {
  const list = listOf(lines);
  const max = Math.max(0, all - page);
  let cursor: Cursor | null = null;
  let scroll = 0;
  const view = (): ListView => ({
    from: firstLine(list, cursor, scroll, page, max),
    page,
    max,
    list,
  });
  return {
    press(...moves: Move[]) {
      for (const move of moves) ({ cursor, scroll } = movedCursor(move, cursor, view()));
      return { line: lines[chosenAt(list.keys, cursor)], from: view().from };
    },
    view,
  };
}

const range = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i);
const MOVES = [
  'up',
  'down',
  'pageUp',
  'pageDown',
  'halfPageUp',
  'halfPageDown',
  'top',
  'bottom',
] as const;

describe('in a table as long as its panel', () => {
  test('down and up go row by row, and the view follows at its edges', () => {
    const panel = panelOf(range(10), 10, 4);
    expect(panel.press('down', 'down', 'down')).toEqual({ line: 3, from: 0 });
    expect(panel.press('down')).toEqual({ line: 4, from: 1 });
    expect(panel.press('up', 'up', 'up')).toEqual({ line: 1, from: 1 });
    expect(panel.press('up', 'up', 'up')).toEqual({ line: 0, from: 0 });
  });

  test('pages keep the row where it is in the view, the ends are the ends', () => {
    const panel = panelOf(range(20), 20, 5);
    expect(panel.press('down', 'pageDown')).toEqual({ line: 6, from: 5 });
    expect(panel.press('halfPageUp')).toEqual({ line: 4, from: 3 });
    expect(panel.press('bottom')).toEqual({ line: 19, from: 15 });
    expect(panel.press('down', 'pageDown')).toEqual({ line: 19, from: 15 });
    expect(panel.press('top')).toEqual({ line: 0, from: 0 });
  });
});

describe('in a document with rows among other lines', () => {
  test('lines after the last row can be reached, and the way back ends at that row', () => {
    const panel = panelOf([1, 2], 12, 4);
    expect(panel.press('down', 'down')).toEqual({ line: 2, from: 1 });
    expect(panel.press('down', 'down', 'down')).toEqual({ line: 2, from: 4 });
    expect(panel.press('bottom')).toEqual({ line: 2, from: 8 });
    expect(panel.press('pageUp', 'up')).toEqual({ line: 2, from: 3 });
    expect(panel.press('up', 'up')).toEqual({ line: 1, from: 1 });
  });

  test('a gap between two blocks of rows is leapt where the next row is in sight', () => {
    const panel = panelOf([1, 2, 6, 7], 9, 9);
    expect(panel.press('down', 'down')).toEqual({ line: 6, from: 0 });
    expect(panel.press('up')).toEqual({ line: 2, from: 0 });
  });

  test('a row that no line of the view shows yet is scrolled to, not jumped to', () => {
    const panel = panelOf([20, 21], 30, 5);
    expect(panel.press('down')).toEqual({ line: 20, from: 1 });
    expect(panel.press('pageDown', 'pageDown', 'pageDown')).toEqual({ line: 20, from: 16 });
    expect(panel.press('down')).toEqual({ line: 21, from: 17 });
  });

  test.prop([
    fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 20 }),
    fc.integer({ min: 1, max: 12 }),
    fc.array(fc.constantFrom(...MOVES), { maxLength: 40 }),
  ])('every row and every line can be reached, and nothing beyond', (unsorted, page, moves) => {
    const lines = unsorted.toSorted((a, b) => a - b);
    const all = lines.at(-1)! + 5;
    const panel = panelOf(lines, all, page);
    for (const move of moves) {
      const { from, line } = panel.press(move);
      expect(from).toBeGreaterThanOrEqual(0);
      expect(from).toBeLessThanOrEqual(Math.max(0, all - page));
      expect(lines).toContain(line);
    }
    panel.press('top');
    const seen = new Set<number>();
    const chosen = new Set<number>();
    for (let i = 0; i < 2 * all + lines.length; i += 1) {
      const { from, line } = panel.press('down');
      for (const one of range(page, from)) seen.add(one);
      chosen.add(line!);
    }
    expect(lines.slice(1).every((line) => chosen.has(line))).toBe(true);
    expect(range(all - 1).every((line) => seen.has(line) || line < page)).toBe(true);
  });
});

describe('while rows change', () => {
  const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 30,
  });

  test.prop([keys, fc.nat(), fc.integer(), fc.integer({ min: 1, max: 8 }), fc.nat(40)])(
    'the chosen row is the same wherever it is sorted to, and it is seen',
    (before, nth, salt, room, scroll) => {
      const at = nth % before.length;
      const cursor: Cursor = { key: before[at]!, at, follows: true };
      const weight = (key: string): number =>
        [...key].reduce((sum, c) => (sum * 31 + c.charCodeAt(0) + salt) % 1009, 7);
      const after = before.toSorted((a, b) => weight(a) - weight(b));
      const now = chosenAt(after, cursor);
      expect(after[now]).toBe(before[at]);
      const list = listOf(range(after.length), after);
      const from = firstLine(list, cursor, scroll, room, Math.max(0, after.length - room));
      expect(now).toBeGreaterThanOrEqual(from);
      expect(now).toBeLessThan(from + room);
    },
  );

  test('a row that is gone leaves its place to the one that stands there, within what is left', () => {
    const cursor: Cursor = { key: 'c', at: 2, follows: true };
    expect(chosenAt(['a', 'b', 'd', 'e'], cursor)).toBe(2);
    expect(chosenAt(['a'], cursor)).toBe(0);
    expect(chosenAt([], cursor)).toBe(-1);
  });

  test('of rows with one key each can be chosen', () => {
    const list = listOf(range(3), ['same', 'same', 'same']);
    const view = { from: 0, page: 3, max: 0, list };
    const { cursor: second } = movedCursor('down', null, view);
    const { cursor: third } = movedCursor('down', second, view);
    expect(chosenAt(list.keys, third)).toBe(2);
  });

  test('what was scrolled away from is not pulled back by new rows', () => {
    const list = listOf(range(3));
    const cursor: Cursor = { key: 'row 0', at: 0, follows: false };
    expect(firstLine(list, cursor, 7, 4, 20)).toBe(7);
  });
});
