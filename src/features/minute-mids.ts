import type { InstrumentState } from '../market/state.ts';
import { lastSteps } from '../market/trail.ts';
import { MINUTE, type Micros } from '../model/units.ts';
import type { Entries, InstrumentInput } from './feature.ts';

/**
 * Mids of the last `count` whole minutes up to `until`, oldest first; NaN for a minute of which none is known. The one source of every family that lives on
 * minutes: mids that were sampled live, and where perpscope was not listening the closes of the venue's own bars, which are trades and lie up to half a spread
 * beside the mid.
 */
export const minuteMids = (
  { history }: InstrumentState,
  until: Micros,
  count: number,
): Float64Array =>
  Float64Array.from(lastSteps(history.priceTrail, until, count), (mid) => mid ?? Number.NaN);

/** Readings that change with the minutes alone, as they were last made. */
export interface MinuteEntries {
  /** Of which whole minute, and how many minutes the trail had by then; −1 before the first. */
  minute: number;
  minutes: number;
  entries: Entries;
}

export const createMinuteEntries = (): MinuteEntries => ({ minute: -1, minutes: -1, entries: {} });

const minuteOf = (now: Micros): number => Math.floor(now / MINUTE);

/** Makes the readings anew once a minute, and when minutes have been back-filled. */
export function tickMinutes(
  memory: MinuteEntries,
  input: InstrumentInput,
  make: (input: InstrumentInput) => Entries,
): void {
  const minute = minuteOf(input.now);
  const minutes = input.state.history.priceTrail.size;
  if (memory.minute === minute && memory.minutes === minutes) return;
  memory.minute = minute;
  memory.minutes = minutes;
  memory.entries = make(input);
}

/** The readings of this minute: as its ticks made them, or made for whoever asks where none has come yet. */
export const readMinutes = (
  memory: MinuteEntries,
  input: InstrumentInput,
  make: (input: InstrumentInput) => Entries,
): Entries => (memory.minute === minuteOf(input.now) ? memory.entries : make(input));
