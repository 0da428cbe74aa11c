import { definitionOf, isReading, valueAt } from '../../src/frame/explain.ts';
import type { Frame } from '../../src/frame/frame.ts';
import type { Unit } from '../../src/model/definition.ts';
import type { Reading } from '../../src/model/reading.ts';
import type { Role } from '../../themes/theme.ts';
import { cleanText } from '../format/cell-width.ts';
import { valueText } from '../format/lineage.ts';
import { readingRole, said } from '../format/reading.ts';
import { ageText, clock } from '../format/time.ts';
import { worded } from '../format/words.ts';

/** A number of a row with its name: in words, so that a reason stands where there is none. Safe to draw. */
export interface DetailLine {
  readonly label: string;
  readonly text: string;
  readonly role: Role;
}

export interface DetailSection {
  readonly heading: string;
  readonly lines: readonly DetailLine[];
}

/** All that is known of one row of a panel. */
export interface Detail {
  /** What the row is about. */
  readonly title: string;
  /** Those without a line are left out. */
  readonly sections: readonly DetailSection[];
}

/** What no reading is: a word, a count. */
export const wordLine = (label: string, text: string | null, role: Role = 'text'): DetailLine =>
  text === null || text === ''
    ? { label, text: '—', role: 'absent' }
    : { label, text: cleanText(text), role };

/** A reading with its age, its marks, or the reason why it is absent. */
export const readingLine = <T>(
  label: string,
  reading: Reading<T>,
  format: (value: T) => string,
): DetailLine => ({ label, text: cleanText(said(reading, format)), role: readingRole(reading) });

/** Instants of a frame are larger than any span or count in it. */
const FIRST_INSTANT = 1e14;

const isPlain = (value: unknown): value is string | number | boolean | null =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

function plainText(value: string | number | boolean | null, unit: Unit | null): string | null {
  if (typeof value === 'number')
    return valueText(value, value > FIRST_INSTANT && unit === null ? 'µs' : unit);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value;
}

/** A word, a count, an instant or a yes or no that no reading holds. */
export const plainLine = (
  label: string,
  value: string | number | boolean | null,
  unit: Unit | null = null,
): DetailLine => wordLine(label, plainText(value, unit));

/** What a row of a table in a frame is called by. */
const nameOf = (row: unknown, at: number): string => {
  const table = row as Readonly<Record<string, unknown>>;
  return String(table['pool'] ?? table['instrument'] ?? table['venue'] ?? at + 1);
};

/**
 * All that a frame says below a path, a line for each number and word. Lists of numbers, such as the levels of a book, are left out.
 *
 * @param units of what is no reading, by name: spans that are not told from counts by themselves.
 */
export function linesAt(
  frame: Frame,
  path: string,
  units: Readonly<Record<string, Unit>> = {},
): DetailLine[] {
  const lines: DetailLine[] = [];
  const look = (value: unknown, at: string, words: readonly string[]): void => {
    const label = cleanText(words.map(worded).join(' '));
    const unit = (): Unit | null =>
      units[words.at(-1) ?? ''] ?? definitionOf(frame, at)?.unit ?? null;
    if (isReading(value)) {
      const own = unit();
      lines.push(readingLine(label, value, (known) => valueText(known, own)));
    } else if (isPlain(value)) {
      lines.push(plainLine(label, value, unit()));
    } else if (Array.isArray(value)) {
      if (value.length === 0) return;
      if (value.every((item) => typeof item === 'string'))
        lines.push(wordLine(label, value.join('; ')));
      else if (!value.some((item) => Array.isArray(item) || isPlain(item)))
        for (const [i, item] of value.entries())
          look(item, `${at}.${i}`, [...words.slice(0, -1), nameOf(item, i)]);
    } else if (typeof value === 'object' && value !== null)
      for (const [key, below] of Object.entries(value))
        look(below, `${at}.${key}`, [...words, key]);
  };
  look(valueAt(frame, path), path, []);
  return lines;
}

/** When each kind of fact about a listing was last heard. */
export function heardSection(frame: Frame, instrument: string): DetailSection {
  const heard = frame.heard[instrument as keyof Frame['heard']] ?? {};
  return {
    heading: 'last heard, UTC',
    lines: Object.entries(heard).flatMap(([fact, ts]) =>
      typeof ts === 'number'
        ? [
            wordLine(
              worded(fact),
              `${clock(ts, 8)}, ${ageText(frame.tsLocal - ts).trim()} ago`,
              'dim',
            ),
          ]
        : [],
    ),
  };
}

/** A detail as text, a line for each number. */
export const detailAsText = ({ title, sections }: Detail): string =>
  [
    title,
    ...sections.flatMap(({ heading, lines }) =>
      lines.length === 0
        ? []
        : [`${heading}:`, ...lines.map(({ label, text }) => `  ${label}  ${text}`)],
    ),
    '',
  ].join('\n');
