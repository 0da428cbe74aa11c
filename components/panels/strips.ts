import type { Role } from '../../themes/theme.ts';
import { RESET } from '../terminal/painter.ts';
import type { Brush, Part } from './line.ts';

const HEIGHTS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A share that is no number, or infinite, draws nothing rather than everything. */
const within = (share: number, low: number, high: number): number =>
  Number.isFinite(share) ? Math.min(high, Math.max(low, share)) : 0;

const empty = (w: number): Part => ' '.repeat(w);

const joined = (runs: readonly (readonly [string, Role])[], w: number, brush: Brush): Part => ({
  painted: runs
    .map(([text, role]) => (text === '' ? '' : brush.painter.paint(role, text)))
    .join(''),
  cells: w,
});

/** A bar from the left, a share of 0 to 1 of `w` cells; empty where there is no number. */
export function bar(share: number | null, w: number, brush: Brush, role: Role): Part {
  if (share === null || w < 1) return empty(Math.max(0, w));
  const sure = within(share, 0, 1);
  const steps = brush.ascii ? w : 2 * w;
  // More than nothing is at least one step, so that small does not look like none.
  const filled = sure > 0 ? Math.max(1, Math.round(sure * steps)) : 0;
  // Half a row high, so that neighbouring rows stay apart and a full ladder does not glare.
  const glyphs = brush.ascii
    ? '#'.repeat(filled)
    : '▄'.repeat(filled >> 1) + ((filled & 1) === 1 ? '▖' : '');
  return [glyphs.padEnd(w), role];
}

/** `bar` grown from the right edge. */
export function barLeftwards(share: number | null, w: number, brush: Brush, role: Role): Part {
  if (share === null || w < 1) return empty(Math.max(0, w));
  const sure = within(share, 0, 1);
  const steps = brush.ascii ? w : 2 * w;
  const filled = sure > 0 ? Math.max(1, Math.round(sure * steps)) : 0;
  const glyphs = brush.ascii
    ? '#'.repeat(filled)
    : ((filled & 1) === 1 ? '▗' : '') + '▄'.repeat(filled >> 1);
  return [glyphs.padStart(w), role];
}

/** A bar from the middle, −1 (all to the left) to +1 (all to the right), in `w` cells, an odd number. */
export function bipolar(
  position: number | null,
  w: number,
  brush: Brush,
  [negative, positive]: readonly [Role, Role],
): Part {
  const half = (w - 1) >> 1;
  const rest = w - 1 - 2 * half;
  const axis = brush.ascii ? '|' : '│';
  const share = position === null ? 0 : within(position, -1, 1);
  const halves = Math.round(Math.abs(share) * half * 2);
  const full = halves >> 1;
  const isHalf = (halves & 1) === 1;
  const [block, left, right] = brush.ascii ? ['=', '', ''] : ['━', '╺', '╸'];
  const toLeft =
    share < 0 ? ((isHalf ? left : '') + block.repeat(full)).padStart(half) : ' '.repeat(half);
  const toRight =
    share > 0 ? (block.repeat(full) + (isHalf ? right : '')).padEnd(half) : ' '.repeat(half);
  return joined(
    [
      [toLeft, negative],
      [axis, 'grid'],
      [toRight + ' '.repeat(rest), positive],
    ],
    w,
    brush,
  );
}

/** A part of an axis from −1 to +1 with its zero in the middle, in `w` cells, an odd number; only the axis where it is not known. */
export function interval(
  span: readonly [number, number] | null,
  w: number,
  brush: Brush,
  role: Role,
): Part {
  const half = (w - 1) >> 1;
  const [axis, fill] = brush.ascii ? ['|', '='] : ['│', '━'];
  const cells: (readonly [string, Role])[] = Array.from({ length: w }, (_, x) =>
    x === half ? [axis, 'grid'] : [' ', role],
  );
  if (span !== null) {
    const at = (share: number): number => Math.round(within(share, -1, 1) * half) + half;
    const [low, high] = [Math.min(at(span[0]), at(span[1])), Math.max(at(span[0]), at(span[1]))];
    for (let x = low; x <= high; x += 1) {
      if (low !== high && x !== half) cells[x] = [fill, role];
    }
  }
  return joined(merged(cells), w, brush);
}

/** Neighbours of one role as one run, so that a row needs few colour changes. */
function merged(cells: readonly (readonly [string, Role])[]): (readonly [string, Role])[] {
  const runs: [string, Role][] = [];
  for (const [text, role] of cells) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === role) last[0] += text;
    else runs.push([text, role]);
  }
  return runs;
}

/** Where a value from −1 to +1 stands among its quantiles. */
export interface Spread {
  readonly low: number | null;
  readonly middle: number | null;
  readonly high: number | null;
  readonly now: number | null;
}

/** An axis from −1 to +1 in `w` cells, an odd number: from the low to the high quantile, a tick at the median, a dot at the value of now. */
export function quantiles(
  { low, middle, high, now }: Spread,
  w: number,
  brush: Brush,
  [span, dot]: readonly [Role, Role],
): Part {
  const half = (w - 1) >> 1;
  const [free, fill, axis, tick, mark] = brush.ascii
    ? ['-', '=', '|', '+', 'o']
    : ['─', '━', '│', '┃', '●'];
  const at = (share: number): number => Math.round(within(share, -1, 1) * half) + half;
  const cells: (readonly [string, Role])[] = Array.from({ length: w }, (_, x) =>
    x === half ? [axis, 'grid'] : [free, 'grid'],
  );
  if (low !== null && high !== null) {
    for (let x = Math.min(at(low), at(high)); x <= Math.max(at(low), at(high)); x += 1) {
      cells[x] = [fill, span];
    }
  }
  if (middle !== null) cells[at(middle)] = [tick, span];
  if (now !== null) cells[at(now)] = [mark, dot];
  return joined(merged(cells), w, brush);
}

/** How much of a line is used, with a mark on it where each threshold lies; shares from 0 to 1. */
export function meter(
  share: number | null,
  mark: number | null | readonly number[],
  w: number,
  brush: Brush,
  role: Role,
): Part {
  if (w < 1) return empty(0);
  const [used, free, tick] = brush.ascii ? ['=', '-', '|'] : ['━', '─', '┃'];
  const full = share === null ? 0 : Math.round(within(share, 0, 1) * w);
  const cells: (readonly [string, Role])[] = Array.from({ length: w }, (_, x) =>
    x < full ? [used, role] : [free, 'grid'],
  );
  for (const one of typeof mark === 'number' ? [mark] : (mark ?? [])) {
    cells[Math.min(w - 1, Math.round(within(one, 0, 1) * w))] = [tick, 'title'];
  }
  return joined(merged(cells), w, brush);
}

/** A bar from the left that is sure up to `low`, likely up to `share` and possible up to `high`; shares from 0 to 1 of `w` cells. */
export function banded(
  [low, share, high]: readonly [number, number, number],
  w: number,
  brush: Brush,
  role: Role,
): Part {
  const glyphs = brush.ascii ? '#=.' : '█▓░';
  let text = '';
  for (const [i, end] of [low, share, high].entries()) {
    const sure = within(end, 0, 1);
    const cells = sure > 0 ? Math.max(1, Math.round(sure * w)) : 0;
    text += glyphs[i]!.repeat(Math.max(0, cells - text.length));
  }
  return [text.padEnd(w), role];
}

/** What a stretch of a ribbon looks like, and how grave it is. */
export interface Stretch {
  readonly glyph: string;
  readonly ascii: string;
  readonly role: Role;
  /** Where several share a cell, the gravest is seen, the newest of equals. */
  readonly gravity: number;
}

/** States over time, the newest at the right, evenly over `w` cells; blank where nothing is known. */
export function ribbon(stretches: readonly (Stretch | null)[], w: number, brush: Brush): Part {
  const { length } = stretches;
  if (w < 1 || length === 0) return empty(Math.max(0, w));
  const cells = Array.from({ length: w }, (_, x): readonly [string, Role] => {
    const from = Math.floor((x * length) / w);
    const to = Math.max(from + 1, Math.floor(((x + 1) * length) / w));
    let seen: Stretch | null = null;
    for (const one of stretches.slice(from, to)) {
      if (one !== null && (seen === null || one.gravity >= seen.gravity)) seen = one;
    }
    return seen === null ? [' ', 'dim'] : [brush.ascii ? seen.ascii : seen.glyph, seen.role];
  });
  return joined(merged(cells), w, brush);
}

/** Two amounts as parts of one line: what belongs to the first at the left, to the second at the right. */
export function split(
  first: number | null,
  second: number | null,
  w: number,
  brush: Brush,
  [left, right]: readonly [Role, Role],
): Part {
  const total = (first ?? 0) + (second ?? 0);
  const glyphs = brush.ascii ? ['=', '-'] : ['━', '━'];
  if (first === null || second === null || !(total > 0) || !Number.isFinite(total)) {
    return [(brush.ascii ? '.' : '─').repeat(w), 'grid'];
  }
  const cells = Math.round(within(first / total, 0, 1) * w);
  return joined(
    [
      [glyphs[0]!.repeat(cells), left],
      [glyphs[1]!.repeat(w - cells), right],
    ],
    w,
    brush,
  );
}

/** One column of `stacks`: what it holds of either kind. */
export interface Stack {
  readonly low: number;
  readonly high: number;
}

/**
 * Columns over `h` rows, the tallest over the whole height, each in the colours of its larger part: the more it holds the brighter.
 * Always `columns.length` cells wide.
 */
export function stacks(
  columns: readonly Stack[],
  h: number,
  brush: Brush,
  [low, high]: readonly ['long', 'short'],
): string[] {
  const totals = columns.map((column) => column.low + column.high);
  const most = Math.max(0, ...totals.filter(Number.isFinite));
  const shares = totals.map((total) => (most > 0 ? within(total / most, 0, 1) : 0));
  const begins = columns.map((column, x) => {
    const side = column.low >= column.high ? low : high;
    const { painter } = brush;
    return painter.hasRamps ? painter.ramp(side, 0.35 + 0.4 * shares[x]!) : painter.sgr(side);
  });
  const steps = brush.ascii ? 1 : 8;
  return Array.from({ length: h }, (_, y) => {
    const below = (h - 1 - y) * steps;
    let row = '';
    let style = '';
    for (const [x, share] of shares.entries()) {
      const here = Math.min(steps, Math.max(0, Math.round(share * h * steps) - below));
      const next = here === 0 ? '' : begins[x]!;
      if (next !== style) row += style === '' ? next : RESET + next;
      style = next;
      row += brush.ascii ? (here > 0 ? '#' : ' ') : HEIGHTS[here]!;
    }
    return style === '' ? row : row + RESET;
  });
}
