import { absent, derive, live, type Reading } from '../../model/reading.ts';
import type { EngineSettings } from '../../model/settings.ts';
import { HOUR, type Micros } from '../../model/units.ts';
import type { ChainNumbers } from './chain.ts';
import { percentileIn } from './term.ts';

/** A put/call ratio hour by hour, oldest first: at most `putCallWindowHours` of them, of the hours since the first. */
export interface RatioHistory {
  readonly hours: number[];
  readonly values: number[];
}

/** What is remembered of an asset's options. Plain data. */
export interface OptionsMemory {
  /** As of the last look; null while there are none. */
  chain: ChainNumbers | null;
  readonly putCallOi: RatioHistory;
  readonly putCallVolume: RatioHistory;
}

const createHistory = (): RatioHistory => ({ hours: [], values: [] });

export const createOptionsMemory = (): OptionsMemory => ({
  chain: null,
  putCallOi: createHistory(),
  putCallVolume: createHistory(),
});

/** Adds the ratio of an hour that has just begun, once; what is older than the window goes. */
function noteHour(history: RatioHistory, hour: number, ratio: Reading, windowHours: number): void {
  const { hours, values } = history;
  while (hours.length > 0 && hours[0]! <= hour - windowHours) {
    hours.shift();
    values.shift();
  }
  if (ratio.state !== 'live' || hours.at(-1) === hour) return;
  hours.push(hour);
  values.push(ratio.value);
}

/** Takes in a look at the chain: the ratios of the first look of each hour are remembered. */
export function noteChain(
  memory: OptionsMemory,
  chain: ChainNumbers | null,
  now: Micros,
  settings: EngineSettings,
): void {
  memory.chain = chain;
  if (chain === null) return;
  const hour = Math.floor(now / HOUR);
  const { putCallWindowHours } = settings.options;
  noteHour(memory.putCallOi, hour, chain.putCallOi, putCallWindowHours);
  noteHour(memory.putCallVolume, hour, chain.putCallVolume, putCallWindowHours);
}

/** Share of the remembered hours in which a ratio was lower; absent while they are too few, `partial` until the window is full. */
export function ratioPercentile(
  ratio: Reading,
  { values }: RatioHistory,
  { options }: EngineSettings,
): Reading {
  const { putCallMinHours, putCallWindowHours } = options;
  if (ratio.state === 'absent') return ratio;
  if (values.length < putCallMinHours) return absent(`warming ${values.length}/${putCallMinHours}`);
  const window = live(0, values.length < putCallWindowHours ? { partial: true } : {});
  return derive([ratio, window] as const, (value) => percentileIn(values, value));
}
