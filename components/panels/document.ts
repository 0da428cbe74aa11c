import type { Reading } from '../../src/model/reading.ts';
import { cellWidth, cleanText, fitted } from '../format/cell-width.ts';
import { age } from '../format/time.ts';
import { firstLine, type RowList } from './cursor.ts';
import { type Brush, blank, exactly, line, type Part, wrapped } from './line.ts';
import type { PanelOptions, Picture } from './panel.ts';
import { oldestAge, type Reason } from './shown.ts';

/** A heading inside a panel: the words, then a rule to the right edge. */
export function heading(text: string, w: number, brush: Brush): string {
  const rule = (brush.ascii ? '-' : '─').repeat(Math.max(0, w - text.length - 1));
  return line([[text, 'header'], ' ', [rule, 'grid']], w, brush);
}

/** Rows that the names behind one reason may take. */
const MOST_SUBJECT_ROWS = 4;

/** Why something is not live and what that is, under a heading; empty when everything is live. */
export function reasonRows(reasons: readonly Reason[], w: number, brush: Brush): string[] {
  if (reasons.length === 0) return [];
  const { ascii } = brush;
  const words = reasons.map(({ reason, age: old }) =>
    old === undefined ? reason : `stale for ${age(old, 4).trim()}`,
  );
  const cells = Math.min(Math.max(...words.map(cellWidth)), Math.floor(w * 0.45));
  return [
    heading('not live', w, brush),
    ...reasons.flatMap(({ subject, state }, i) =>
      wrapped(subject, w - cells - 2, MOST_SUBJECT_ROWS, ascii).map((text, row) =>
        line([[fitted(row === 0 ? words[i]! : '', cells, { ascii }), state], '  ', text], w, brush),
      ),
    ),
  ];
}

/** Says that a filter leaves no row of a table; nothing where one is left or there is no filter. */
export function noneAdmitted(
  rows: readonly unknown[],
  filter: string | undefined,
  w: number,
  brush: Brush,
): string[] {
  if (rows.length > 0 || filter === undefined || filter === '') return [];
  return [
    line(
      [[fitted(`no row has '${cleanText(filter)}'`, w, { ascii: brush.ascii }), 'absent']],
      w,
      brush,
    ),
  ];
}

/** Longest reason that stands in a panel's corner. */
const CORNER_CELLS = 24;

/**
 * What a panel's corner says of its numbers: why its main one is absent, else how old the oldest stale one among `rows` is; nothing when all
 * are live.
 */
export function stateCorner(
  main: Reading<unknown>,
  rows: unknown,
  ascii: boolean,
): readonly Part[] {
  if (main.state === 'absent') {
    const reason = cleanText(main.reason);
    const cells = Math.min(CORNER_CELLS, cellWidth(reason));
    return cells === 0 ? [] : [[fitted(reason, cells, { ascii }), 'absent']];
  }
  const oldest = oldestAge(rows);
  return oldest === undefined ? [] : [[`stale ${age(oldest, 4).trim()}`, 'stale']];
}

/** Rows of which some can be chosen: each of those by its key, and where it stands among all. */
export interface Block {
  readonly rows: readonly string[];
  readonly keys: readonly string[];
  readonly lines: readonly number[];
}

/** Blocks below one another with the rows that can be chosen where they come to lie. */
export function stacked(blocks: readonly (Block | readonly string[])[]): {
  readonly rows: readonly string[];
  readonly list: RowList;
  readonly block: Block;
} {
  const rows: string[] = [];
  const keys: string[] = [];
  const lines: number[] = [];
  for (const block of blocks) {
    if (!('rows' in block)) {
      rows.push(...block);
      continue;
    }
    keys.push(...block.keys);
    lines.push(...block.lines.map((at) => rows.length + at));
    rows.push(...block.rows);
  }
  return { rows, list: { keys, lineOf: (at) => lines[at]! }, block: { rows, keys, lines } };
}

/** Another block to the right of one whose rows can be chosen, or of plain rows to its left. */
export function besideBlock(
  left: Block | readonly string[],
  right: Block | readonly string[],
  leftCells: number,
  w: number,
  gap = 2,
): Block {
  const block =
    'rows' in left ? left : 'rows' in right ? right : { rows: left, keys: [], lines: [] };
  const rowsOf = (one: Block | readonly string[]): readonly string[] =>
    'rows' in one ? one.rows : one;
  return { ...block, rows: beside(rowsOf(left), rowsOf(right), leftCells, w, gap) };
}

/** The first so many rows of a block. */
export function firstRows({ rows, keys, lines }: Block, most: number): Block {
  const kept = lines.filter((at) => at < most);
  return { rows: rows.slice(0, most), keys: keys.slice(0, kept.length), lines: kept };
}

/** Rows of which only those that are seen need be made. */
export interface Rows {
  readonly length: number;
  slice(from: number, to: number): readonly string[];
}

/**
 * Rows that may be more than fit: `sticky` stays, the rest scrolls under it. The corner says how much is hidden above and below. Where `list` says that
 * rows can be chosen, the chosen one stays in view.
 */
export function scrolled(
  sticky: readonly string[],
  rows: Rows,
  w: number,
  h: number,
  { scroll, cursor }: Pick<PanelOptions, 'scroll' | 'cursor'>,
  corner: readonly Part[],
  brush: Brush,
  list?: RowList,
): Picture {
  const room = Math.max(0, h - sticky.length);
  const max = Math.max(0, rows.length - room);
  const from =
    list === undefined
      ? Math.min(max, Math.max(0, scroll))
      : firstLine(list, cursor, scroll, room, max);
  const [up, down] = brush.ascii ? ['^', 'v'] : ['↑', '↓'];
  const hidden: Part[] =
    max === 0
      ? []
      : [
          [
            [from > 0 ? `${up}${from}` : '', from < max ? `${down}${max - from}` : '']
              .filter(Boolean)
              .join(' '),
            'dim',
          ],
        ];
  return {
    rows: exactly([...sticky, ...rows.slice(from, from + room)], w, h),
    extent: {
      min: 0,
      max,
      page: Math.max(1, room),
      ...(list !== undefined && list.keys.length > 0 && { list }),
    },
    corner:
      corner.length > 0 && hidden.length > 0 ? [...corner, ' ', ...hidden] : [...corner, ...hidden],
  };
}

/** What stands below a panel's numbers. */
export interface Lower {
  /** Of the chart, in the zoom. */
  readonly title: string;
  /** Draws the chart in exactly so many rows. */
  readonly chart: (h: number) => readonly string[];
  readonly reasons: readonly Reason[];
}

/** Rows a chart has at least in the zoom, where the panel can scroll; elsewhere it is left out when it would have fewer than `LEAST_CHART`. */
const ZOOMED_CHART = 8;
const LEAST_CHART = 4;

/**
 * A panel's numbers, below them a chart over what is left of `h` rows, and in the zoom why numbers are not live. `above` rows are taken by
 * what does not scroll.
 */
export function withLower(
  numbers: readonly string[],
  lower: Lower,
  above: number,
  zoomed: boolean,
  w: number,
  h: number,
  brush: Brush,
): string[] {
  const reasons = zoomed ? reasonRows(lower.reasons, w, brush) : [];
  const below = reasons.length > 0 ? [blank(w), ...reasons] : [];
  const left = h - above - numbers.length - below.length - 1;
  const room = zoomed ? Math.max(ZOOMED_CHART, left - 1) : left;
  if (room < LEAST_CHART) return [...numbers, ...below];
  const title = zoomed ? [heading(lower.title, w, brush)] : [];
  return [...numbers, blank(w), ...title, ...lower.chart(room), ...below];
}

/** Two blocks side by side with a gap, in rows of exactly `w` cells; the left one is `leftCells` wide. */
export function beside(
  left: readonly string[],
  right: readonly string[],
  leftCells: number,
  w: number,
  gap = 2,
): string[] {
  const rightCells = w - leftCells - gap;
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, y) => (left[y] ?? blank(leftCells)) + blank(gap) + (right[y] ?? blank(rightCells)),
  );
}

/** Rows that can be made in any width; none where there is nothing to say. */
export type Flowing = (w: number) => readonly string[];

/** Blocks with a blank row between them: two and two side by side where either then has `least` cells, else all below one another. */
export function arranged(blocks: readonly Flowing[], w: number, least: number): string[] {
  const gap = 3;
  const told = blocks.filter((block) => block(w).length > 0);
  const isWide = w >= 2 * least + gap;
  const rows: string[] = [];
  for (let i = 0; i < told.length; i += isWide ? 2 : 1) {
    const [left, right] = [told[i]!, isWide ? told[i + 1] : undefined];
    const cells = right === undefined ? w : (w - gap) >> 1;
    const own = left(cells);
    if (rows.length > 0) rows.push(blank(w));
    rows.push(...(right === undefined ? own : beside(own, right(w - cells - gap), cells, w, gap)));
  }
  return rows;
}
