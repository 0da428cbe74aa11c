import type { Reading } from '../../src/model/reading.ts';
import { cleanText } from '../format/cell-width.ts';
import { said } from '../format/reading.ts';
import type { PanelOptions } from './panel.ts';

/** Wide enough for any number; the padding is cut off again. */
const CELLS = 20;

/** A number with its name, as it stands on the clipboard: with its marks, or the reason why it is absent. */
export const cell = (
  name: string,
  reading: Reading,
  format: (value: number, width: number) => string,
): string => `${name} ${cleanText(said(reading, (value) => format(value, CELLS)))}`;

/** The first of rows that scroll under a header, told cell by cell; null without one. */
export function firstRow<Row>(
  rows: readonly Row[],
  { scroll }: PanelOptions,
  tell: (row: Row) => readonly string[],
): string | null {
  const row = rows[Math.min(Math.max(0, scroll), rows.length - 1)];
  return row === undefined ? null : tell(row).join('\t');
}
