import type { Reading } from '../../src/model/reading.ts';
import type { Role } from '../../themes/theme.ts';
import { fitted } from './cell-width.ts';
import { absentMark, dash } from './number.ts';
import { ageText } from './time.ts';

/** What the screen needs to know of a number: SPEC §2's live, stale or absent, and the marks that travel with it. */
export interface Shown<T = number> {
  readonly state: 'live' | 'stale' | 'absent';
  readonly value: T | null;
  /** Microseconds, when stale. */
  readonly age?: number;
  /** Why, when absent. */
  readonly reason?: string;
  readonly provisional?: boolean;
  readonly sampled?: boolean;
  readonly partial?: boolean;
  readonly estimated?: boolean;
  readonly polled?: boolean;
}

/** Cells that `reading` keeps free for an age unless told otherwise: a space and `47h`, at most `9.9s`. */
const AGE_CELLS = 5;

export interface ReadingOptions {
  /** Cells at the end for the age of a stale value, 5 unless given. 0 only where the age stands elsewhere in the same panel. */
  readonly ageCells?: number;
  readonly ascii?: boolean;
}

/**
 * A reading in exactly `width` cells: the value in its own format, `—` when absent, and in a column of its own the age when stale. The
 * column stays empty while live, so a value does not move when it turns stale.
 */
export function reading<T>(
  shown: Shown<T>,
  width: number,
  format: (value: T, width: number) => string,
  options: ReadingOptions = {},
): string {
  const ageCells = Math.min(width, options.ageCells ?? AGE_CELLS);
  const valueCells = width - ageCells;
  if (shown.state === 'absent' || shown.value === null) {
    return dash(valueCells, options) + ' '.repeat(ageCells);
  }
  const text = fitted(format(shown.value, valueCells), valueCells, { align: 'right' });
  if (ageCells === 0) return text;
  const age = shown.state === 'stale' && shown.age !== undefined ? ageText(shown.age) : '';
  return text + (age.length <= ageCells ? age : '!').padStart(ageCells);
}

/** An absent reading with its reason, left-aligned: `— warming 37/168`. */
export const absentReason = (reason: string, width: number, ascii = false): string =>
  fitted(`${absentMark(ascii)} ${reason}`, width, { ascii });

/**
 * The role a reading is drawn in: absent and stale before everything, then provisional and estimated, then the role its meaning has when it
 * is certain (`text` unless given).
 */
export function readingRole(shown: Shown<unknown>, whenLive: Role = 'text'): Role {
  if (shown.state === 'absent') return 'absent';
  if (shown.state === 'stale') return 'stale';
  if (shown.provisional === true) return 'provisional';
  if (shown.estimated === true) return 'estimated';
  return whenLive;
}

/** A reading in words: `—` and the reason when absent, the age when stale, the marks in brackets. */
export function said<T>(reading: Reading<T>, format: (value: T) => string): string {
  if (reading.state === 'absent') return `— (${reading.reason})`;
  const marks = [
    reading.state === 'stale' ? `stale ${ageText(reading.age).trim()}` : '',
    reading.provisional ? 'provisional' : '',
    reading.sampled ? 'sampled' : '',
    reading.partial ? 'partial' : '',
    reading.estimated ? 'estimated' : '',
    reading.polled ? 'polled' : '',
    reading.nEff === undefined ? '' : `n ${reading.nEff}`,
  ].filter((mark) => mark !== '');
  const text = format(reading.value).trim();
  return marks.length === 0 ? text : `${text} (${marks.join(', ')})`;
}
