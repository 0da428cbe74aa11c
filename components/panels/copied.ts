import type { Reading } from '../../src/model/reading.ts';
import { cleanText } from '../format/cell-width.ts';
import { said } from '../format/reading.ts';
import { chosenAt } from './cursor.ts';
import type { PanelOptions } from './panel.ts';

/** Wide enough for any number; the padding is cut off again. */
const CELLS = 20;

/** A number with its name, as it stands on the clipboard: with its marks, or the reason why it is absent. */
export const cell = (
  name: string,
  reading: Reading,
  format: (value: number, width: number) => string,
): string => `${name} ${cleanText(said(reading, (value) => format(value, CELLS)))}`;

/** The chosen one of rows with these keys, told cell by cell; null without one. */
export function chosenRow<Row>(
  rows: readonly Row[],
  keys: readonly string[],
  { cursor }: PanelOptions,
  tell: (row: Row) => readonly string[],
): string | null {
  const row = rows[chosenAt(keys, cursor)];
  return row === undefined ? null : tell(row).join('\t');
}
