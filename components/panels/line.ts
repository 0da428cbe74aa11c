import type { Role } from '../../themes/theme.ts';
import { cellWidth, fitted, forEachGrapheme } from '../format/cell-width.ts';
import type { Painter } from '../terminal/painter.ts';

/** What rows are drawn with. */
export interface Brush {
  readonly painter: Painter;
  /** No box, block or Braille glyphs: `-`, `#` and letters. */
  readonly ascii: boolean;
}

/** A piece of a row: plain text in the role `text`, text in a role, or something already painted that takes `cells` cells. */
export type Part =
  | string
  | readonly [text: string, role: Role]
  | { readonly painted: string; readonly cells: number };

/** Cells a part takes. */
export const widthOf = (part: Part): number => {
  if (typeof part === 'string') return cellWidth(part);
  return 'painted' in part ? part.cells : cellWidth(part[0]);
};

/** Cells that parts take one after the other. */
export const cellsOf = (parts: readonly Part[]): number =>
  parts.reduce((sum, part) => sum + widthOf(part), 0);

/** What stands for a character that ASCII lacks, cell for cell. */
const ASCII_FOR: Readonly<Record<string, string>> = {
  '—': '-',
  '−': '-',
  '…': '~',
  '≥': '>',
  '±': '+',
  '→': '>',
  '≤': '<',
  '≈': '~',
  '·': '*',
  '×': 'x',
  '²': '2',
  '′': "'",
  '§': 'S',
  Δ: 'd',
  Σ: 'S',
  α: 'a',
  β: 'b',
  γ: 'g',
  λ: 'l',
  μ: 'u',
  ρ: 'r',
  σ: 's',
};

/** The same text in ASCII, exactly as wide: what has no likeness becomes `?`. */
export function asciiOnly(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  let out = '';
  forEachGrapheme(text, (grapheme, cells) => {
    out += /^[ -~]$/.test(grapheme) ? grapheme : (ASCII_FOR[grapheme] ?? '?'.repeat(cells));
  });
  return out;
}

/** The parts one after the other in exactly `w` cells: cut where they do not fit, filled with spaces. */
export function line(parts: readonly Part[], w: number, brush: Brush): string {
  const { painter, ascii } = brush;
  let left = w;
  let row = '';
  for (const part of parts) {
    if (left <= 0) break;
    const isPainted = typeof part === 'object' && 'painted' in part;
    const cells = widthOf(part);
    if (cells === 0) continue;
    if (isPainted) {
      row += cells <= left ? part.painted : fitted(part.painted, left, { ascii });
    } else {
      const [raw, role] = typeof part === 'string' ? ([part, 'text'] as const) : part;
      const text = ascii ? asciiOnly(raw) : raw;
      // Spaces that do not fit are no loss worth a mark.
      const cut = cells > left ? fitted(text.trimEnd(), left, { ascii }) : text;
      row += painter.paint(role, cut);
    }
    left -= Math.min(cells, left);
  }
  return left > 0 ? row + ' '.repeat(left) : row;
}

/** The parts that fit whole into `w` cells, from the first one on: notes at the end go rather than being cut. */
export function thatFit(parts: readonly Part[], w: number): readonly Part[] {
  let used = 0;
  const first = parts.findIndex((part) => {
    used += widthOf(part);
    return used > w;
  });
  return first < 0 ? parts : parts.slice(0, first);
}

/** Parts at the left and at the right end of a row. The right ones go first when both do not fit. */
export function spread(
  left: readonly Part[],
  right: readonly Part[],
  w: number,
  brush: Brush,
): string {
  const leftCells = cellsOf(left);
  const rightCells = cellsOf(right);
  if (leftCells + 1 + rightCells > w) return line(left, w, brush);
  return line([...left, ' '.repeat(w - leftCells - rightCells), ...right], w, brush);
}

/** Items one after the other in as many rows as they need, with two cells between them; none is broken in two. */
export function flowed(items: readonly (readonly Part[])[], w: number, brush: Brush): string[] {
  const rows: Part[][] = [];
  let used = Infinity;
  for (const item of items) {
    const cells = cellsOf(item);
    if (used + 2 + cells <= w) {
      rows.at(-1)!.push('  ', ...item);
      used += 2 + cells;
    } else {
      rows.push([...item]);
      used = cells;
    }
  }
  return rows.map((parts) => line(parts, w, brush));
}

export const blank = (w: number): string => ' '.repeat(w);

/** Exactly `h` rows: cut at the end or filled with blank ones. */
export const exactly = (rows: readonly string[], w: number, h: number): string[] =>
  Array.from({ length: h }, (_, y) => rows[y] ?? blank(w));

/**
 * A text broken at spaces into rows of at most `w` cells, at most `max` rows; the last one is cut with `…` when there was more.
 */
export function wrapped(text: string, w: number, max: number, ascii = false): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    const longer = row === '' ? word : `${row} ${word}`;
    if (cellWidth(longer) <= w) {
      row = longer;
      continue;
    }
    if (rows.length === max - 1) {
      rows.push(fitted(longer, w, { ascii }));
      return rows;
    }
    if (row !== '') rows.push(row);
    row = cellWidth(word) <= w ? word : fitted(word, w, { ascii });
  }
  if (row !== '' && rows.length < max) rows.push(row);
  return rows;
}
