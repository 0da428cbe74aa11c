import type { EngineSettings } from '../model/settings.ts';
import { type Micros, SECOND } from '../model/units.ts';
import { anyInstrument, type InstrumentInput, instrumentFeature } from './feature.ts';

/** What a listing has traded since its last sample, quote currency, and how many samples it has had. */
interface ClockMemory {
  traded: number;
  samples: number;
}

/**
 * The notional clock (SPEC §4, sampling): a busy market is sampled more often than a quiet one. With `sampling.clock = 'notional'` the families that
 * live on samples of the book (depth of the hour, imbalance, impulse response) take one at the first tick at which the listing has traded another
 * `sampling.notional` since its last sample; however much more it was, it is one. The families are the same under either clock, and so are the spans of
 * their windows: what changes is which seconds are in them. Makes no numbers of its own.
 */
export const notionalClock = instrumentFeature<ClockMemory>({
  name: 'notionalClock',
  appliesTo: anyInstrument,
  create: () => ({ traded: 0, samples: 0 }),
  define: {},
  onTrade(memory, { price, size }) {
    memory.traded += price * size;
  },
  read: () => ({}),
});

/** The input of a tick with what the notional clock says to it; as it is under the clock of seconds. */
export function withSnapshot(input: InstrumentInput, memory: unknown): InstrumentInput {
  const { clock, notional } = input.settings.sampling;
  if (clock === 'time') return input;
  const state = memory as ClockMemory;
  if (state.traded < notional) return { ...input, snapshot: null };
  state.traded = 0;
  state.samples += 1;
  return { ...input, snapshot: state.samples };
}

/** Number of the sample that falls due at this tick, neighbours being one apart; null for none. */
export const snapshotAt = ({ now, settings, snapshot = null }: InstrumentInput): number | null =>
  settings.sampling.clock === 'time' ? Math.floor(now / SECOND) : snapshot;

/** How many samples a span holds when it is full, and whether it is not yet. */
export interface Fullness {
  readonly full: number;
  readonly isPartial: boolean;
}

/**
 * Whether `count` samples fill a span: under the clock of seconds there is one for each of them; under the notional clock as many as there were trades
 * for, once it has been sampled for as long.
 *
 * @param since time of the first sample ever taken; 0 before it.
 */
export function fullness(
  count: number,
  span: Micros,
  since: number,
  now: Micros,
  { sampling }: EngineSettings,
): Fullness {
  const seconds = span / SECOND;
  return sampling.clock === 'time'
    ? { full: seconds, isPartial: count < seconds }
    : { full: count, isPartial: since === 0 || now - since < span };
}

/** Names the clock among what a number rests on, where it is not that of seconds. */
export const clockParameter = ({ sampling }: EngineSettings): { readonly clock?: string } =>
  sampling.clock === 'time' ? {} : { clock: `notional $${sampling.notional}` };
