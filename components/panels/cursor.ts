/** Which row of a panel is chosen. */
export interface Cursor {
  /** Of the row, wherever it stands now. */
  readonly key: string;
  /** Place among the rows when it was chosen: once it is gone, what stands there now is chosen. */
  readonly at: number;
  /** Whether the view goes where the row goes; not once it was scrolled away from. */
  readonly follows: boolean;
}

/** Rows of a panel that can be chosen, in the order shown. */
export interface RowList {
  readonly keys: readonly string[];
  /** The line of a row among all those that scroll; ascending. */
  readonly lineOf: (at: number) => number;
}

/** What of a panel is seen: lines that scroll from `from` on, `page` of them, and at most `max` above the first. */
export interface ListView {
  readonly from: number;
  readonly page: number;
  readonly max: number;
  readonly list: RowList;
}

/** Place of the chosen row among the rows as they are now, the first unless something was chosen; −1 where there is none. */
export function chosenAt(keys: readonly string[], cursor: Cursor | null | undefined): number {
  if (keys.length === 0) return -1;
  if (cursor === null || cursor === undefined) return 0;
  // Several rows may have one key: the one that was meant stands where it stood.
  if (keys[cursor.at] === cursor.key) return cursor.at;
  const found = keys.indexOf(cursor.key);
  return found >= 0 ? found : Math.min(cursor.at, keys.length - 1);
}

/** First line shown of a panel that was scrolled to `scroll`: moved so far that the chosen row is seen where the view follows it. */
export function firstLine(
  list: RowList,
  cursor: Cursor | null | undefined,
  scroll: number,
  room: number,
  max: number,
): number {
  const from = Math.min(max, Math.max(0, scroll));
  const at = chosenAt(list.keys, cursor);
  if (at < 0 || cursor?.follows !== true) return from;
  const line = list.lineOf(at);
  return Math.min(max, Math.max(0, line - room + 1, Math.min(from, line)));
}

/** Movements in a list, by their actions. */
export type Move =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'halfPageUp'
  | 'halfPageDown'
  | 'top'
  | 'bottom';

export const isMove = (action: string): action is Move => action in STEPS;

const STEPS: Readonly<Record<Move, (page: number) => number>> = {
  up: () => -1,
  down: () => 1,
  pageUp: (page) => -page,
  pageDown: (page) => page,
  halfPageUp: (page) => -Math.max(1, page >> 1),
  halfPageDown: (page) => Math.max(1, page >> 1),
  top: () => Number.NEGATIVE_INFINITY,
  bottom: () => Number.POSITIVE_INFINITY,
};

/**
 * Place of the row that lies `step` lines from the chosen one, or from the edge of the view where that one was left behind; the chosen one's own where
 * no row lies within reach, or where it lies ahead.
 */
function rowFrom(at: number, step: number, { from, page, list }: ListView): number {
  const { keys, lineOf } = list;
  const sign = Math.sign(step);
  const edge = sign > 0 ? from - 1 : from + page;
  const line = lineOf(at);
  const isBehind = sign * (edge - line) >= 0;
  const isAhead = sign > 0 ? line >= from + page : line < from;
  if (isAhead) return at;
  const start = isBehind ? edge : line;
  /** How far a row lies in the direction of the step. */
  const distance = (row: number): number => sign * (lineOf(row) - start);
  const isRow = (row: number): boolean => row >= 0 && row < keys.length;
  let next = at + sign;
  while (isRow(next) && distance(next) <= 0) next += sign;
  if (!isRow(next)) return at;
  const reach = Math.abs(step);
  if (distance(next) <= reach) {
    while (isRow(next + sign) && distance(next + sign) <= reach) next += sign;
    return next;
  }
  const isReached = sign > 0 ? lineOf(next) < from + page + step : lineOf(next) >= from + step;
  return isReached ? next : at;
}

/**
 * The chosen row and the first line shown after a movement. A row gives way to the next one that is within reach; where there is none, the lines
 * themselves scroll.
 */
export function movedCursor(
  move: Move,
  cursor: Cursor | null,
  view: ListView,
): { readonly cursor: Cursor; readonly scroll: number } {
  const { from, page, max, list } = view;
  const step = STEPS[move](page);
  const isEnd = !Number.isFinite(step);
  const at = chosenAt(list.keys, cursor);
  const last = list.keys.length - 1;
  const next = isEnd ? (step < 0 ? 0 : last) : rowFrom(at, step, view);
  const bounded = (value: number): number => Math.min(max, Math.max(0, value));
  const chosen = list.lineOf(next);
  const isMoved = next !== at;
  const isLong = Math.abs(step) > 1 || !isMoved;
  const scrolled = bounded(isEnd ? step : isLong ? from + step : from);
  // Only a row that was just chosen pulls the view: scrolling on from it may leave it behind.
  const scroll =
    isMoved && !isEnd ? bounded(Math.max(chosen - page + 1, Math.min(scrolled, chosen))) : scrolled;
  return {
    cursor: {
      key: list.keys[next]!,
      at: next,
      follows: chosen >= scroll && chosen < scroll + page,
    },
    scroll,
  };
}
