import type { Marks, Reading } from '../../src/model/reading.ts';
import type { Role } from '../../themes/theme.ts';
import { cellWidth, cleanText, fitted } from '../format/cell-width.ts';
import { readingRole, reading as readingText } from '../format/reading.ts';
import type { Brush, Part } from './line.ts';

/** The signs that stand before a value which is not the whole truth, the most serious first, with what the help says about them. */
export const MARK_SIGNS: readonly {
  readonly mark: 'sampled' | 'partial' | 'estimated' | 'polled' | 'provisional';
  readonly sign: string;
  readonly ascii: string;
  readonly meaning: string;
}[] = [
  {
    mark: 'partial',
    sign: '½',
    ascii: '/',
    meaning:
      'partial: a band wider than the known depth, a window longer than what was heard, or less than all venues',
  },
  {
    mark: 'sampled',
    sign: '≥',
    ascii: '>',
    meaning: 'sampled: the venue publishes only a part, so this is a lower bound',
  },
  {
    mark: 'estimated',
    sign: '~',
    ascii: '~',
    meaning: 'estimated: a model of ours, not something a venue published',
  },
  {
    mark: 'polled',
    sign: '¦',
    ascii: ':',
    meaning: 'polled: asked for now and then, not streamed',
  },
  {
    mark: 'provisional',
    sign: '*',
    ascii: '*',
    meaning: 'provisional: its hourly cell is still open',
  },
];

/** The sign of a reading's most serious mark, one cell; empty when it has none. */
export function markSign(marks: Marks, ascii: boolean): string {
  const found = MARK_SIGNS.find(({ mark }) => marks[mark] === true);
  if (found === undefined) return '';
  return ascii ? found.ascii : found.sign;
}

export interface ShownOptions {
  /** What the value means when it is certain: a role, or one that depends on the value. */
  readonly role?: Role | undefined;
  /** Whether the sign of its marks stands before the value. Only false where the same sign stands on the row already. */
  readonly hasSign?: boolean;
}

/** A reading in exactly `width` cells (its age stands in the panel's border), in the role of its state, the sign of its marks right before the value. */
export function shown<T>(
  reading: Reading<T>,
  width: number,
  format: (value: T, width: number) => string,
  brush: Brush,
  options: ShownOptions = {},
): Part {
  const { ascii } = brush;
  const sign =
    options.hasSign === false || reading.state === 'absent' ? '' : markSign(reading, ascii);
  const room = Math.max(0, width - sign.length);
  const text = readingText(reading, room, format, { ageCells: 0, ascii });
  if (sign === '') return [text, readingRole(reading, options.role)];
  const signed = fitted(
    text.replace(/^ */, (space) => space + sign),
    width,
    { ascii },
  );
  return [signed, readingRole(reading, options.role)];
}

/**
 * A reading that is a word, left-aligned in exactly `width` cells. The word keeps the role of its meaning when it is provisional or
 * estimated: its sign says so.
 */
export function shownWord<T extends string>(
  reading: Reading<T>,
  width: number,
  brush: Brush,
  role: Role = 'text',
): Part {
  const { ascii } = brush;
  const text =
    reading.state === 'absent'
      ? ascii
        ? '-'
        : '—'
      : markSign(reading, ascii) + cleanText(reading.value);
  return [fitted(text, width, { ascii }), roleIn(reading, role)];
}

/** Longest word that is shown whole; what an engine says is shorter. */
const WORD_CELLS = 24;

/** Cells of a word with its sign, for where it need not stand in a column. */
export const wordCells = (reading: Reading<string>): number =>
  reading.state === 'absent'
    ? 1
    : Math.min(WORD_CELLS, cellWidth(cleanText(reading.value)) + markSign(reading, true).length);

/** `rising` above zero, `falling` below, `text` at zero and where there is no value. */
export const signRole = (reading: Reading<number>): Role => {
  if (reading.state === 'absent' || reading.value === 0) return 'text';
  return reading.value > 0 ? 'rising' : 'falling';
};

/** The role of something drawn from a reading: of its state where it is not live, else of its meaning. */
export const roleIn = (reading: Reading<unknown>, meaning: Role): Role =>
  reading.state === 'live' ? meaning : reading.state;

/** Whether a book's known depth has no end because every level of that side is known: the opposite of knowing nothing. */
export const isWholeSide = (known: Reading): boolean =>
  known.state === 'absent' && known.reason === 'whole side known';

/** Age of the oldest stale reading anywhere in a value made of plain data; undefined when nothing in it is stale. */
export function oldestAge(node: unknown): number | undefined {
  let oldest: number | undefined;
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('state' in value && value.state === 'stale' && 'age' in value) {
      oldest = Math.max(oldest ?? 0, Number(value.age));
      return;
    }
    for (const child of Object.values(value)) look(child);
  };
  look(node);
  return oldest;
}

/** A reading's name and why it is not live. */
export interface Reason {
  readonly subject: string;
  readonly state: 'stale' | 'absent';
  readonly reason: string;
  readonly age?: number;
}

/** Of the named readings those that are stale or absent, with why. The same reason for several is one row. */
export function reasonsOf(named: readonly (readonly [string, Reading<unknown>])[]): Reason[] {
  const byReason = new Map<string, { subjects: string[]; reason: Reason }>();
  for (const [subject, reading] of named) {
    if (reading.state === 'live') continue;
    const reason: Reason =
      reading.state === 'absent'
        ? { subject, state: 'absent', reason: cleanText(reading.reason) }
        : { subject, state: 'stale', reason: 'stale', age: reading.age };
    const key = `${reason.state} ${reason.reason} ${reason.age ?? ''}`;
    const known = byReason.get(key);
    if (known === undefined) byReason.set(key, { subjects: [subject], reason });
    else known.subjects.push(subject);
  }
  return [...byReason.values()].map(({ subjects, reason }) => ({
    ...reason,
    subject: subjects.join(', '),
  }));
}
