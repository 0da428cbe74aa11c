import type { ExpiryNumbers } from '../features/options/expiry.ts';
import type { ForwardSource } from '../features/options/forward.ts';
import type { IvSource } from '../features/options/smile.ts';
import type { Asset } from '../model/instrument.ts';
import type { Reading } from '../model/reading.ts';
import { FRAME_VERSION } from './frame.ts';

/** Numbers of an expiry that a line has, in their order. */
const NUMBERS = [
  'days',
  'forward',
  'atmIv',
  'rr25',
  'bf25',
  'maxPain',
  'putCallOi',
  'putCallVolume',
  'gex',
  'oiCoin',
] as const satisfies readonly (keyof ExpiryNumbers)[];

/** Name of a number that may be missing in an options line. */
export type OptionsNumber = (typeof NUMBERS)[number];

/** One expiry of an option chain in a file (`perpscope options`): numbers, or null with the reason under `reasons`. */
export interface OptionsLine extends Readonly<Record<OptionsNumber, number | null>> {
  readonly v: typeof FRAME_VERSION;
  readonly type: 'options';
  readonly source: 'file';
  /** Null where the file does not say of what the options are. */
  readonly asset: Asset | null;
  /** ISO 8601, UTC. */
  readonly expiry: string;
  /** What counts as now, ISO 8601; null when the file does not say. */
  readonly at: string | null;
  readonly forwardSource: ForwardSource | null;
  readonly ivSource: IvSource | null;
  /** Strikes that tie for max pain; empty when one stands alone. */
  readonly maxPainTies: readonly number[];
  /** Options of this expiry in the file. */
  readonly options: number;
  readonly reasons: Readonly<Partial<Record<OptionsNumber, string>>>;
  /** Numbers that rest on a model of ours, and those that some of the options are missing from. */
  readonly estimated: readonly OptionsNumber[];
  readonly partial: readonly OptionsNumber[];
  /** What was left out. */
  readonly excluded: readonly string[];
}

/** An instant as lines of a file have it: to the second where it is whole. */
const isoOf = (ts: number): string => new Date(ts / 1000).toISOString().replace('.000Z', 'Z');

/** An expiry as a line. */
export function optionsLine(
  numbers: ExpiryNumbers,
  of: { readonly asset: Asset | null; readonly at: number | null; readonly options: number },
): OptionsLine {
  const values = {} as Record<OptionsNumber, number | null>;
  const reasons: Partial<Record<OptionsNumber, string>> = {};
  const estimated: OptionsNumber[] = [];
  const partial: OptionsNumber[] = [];
  for (const name of NUMBERS) {
    const reading: Reading = numbers[name];
    values[name] = reading.value;
    if (reading.state === 'absent') {
      reasons[name] = reading.reason;
      continue;
    }
    if (reading.estimated === true) estimated.push(name);
    if (reading.partial === true) partial.push(name);
  }
  const { days, forward, atmIv, rr25, bf25, maxPain, putCallOi, putCallVolume, gex, oiCoin } =
    values;
  return {
    v: FRAME_VERSION,
    type: 'options',
    source: 'file',
    asset: of.asset,
    expiry: isoOf(numbers.expiry),
    at: of.at === null ? null : isoOf(of.at),
    days,
    forward,
    forwardSource: numbers.forwardSource,
    atmIv,
    rr25,
    bf25,
    ivSource: numbers.ivSource,
    maxPain,
    maxPainTies: numbers.maxPainTies,
    putCallOi,
    putCallVolume,
    gex,
    oiCoin,
    options: of.options,
    reasons,
    estimated,
    partial,
    excluded: numbers.excluded,
  };
}
