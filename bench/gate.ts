import type { Made } from './contenders/contender.ts';
import { type BookTop, hashOf, type Tape, type Truth } from './tapes/tape.ts';

/** How far the imbalances of a run may lie from the formula, summed over the run. */
const OIB_TOLERANCE = 1e-7;
/** Sums of prices times sizes are taken in different orders of rounding. */
const NOTIONAL_TOLERANCE = 1e-9;

/** Imbalances that were compared outside the timed turns: what the contender said of its books, and the truth. */
export interface Comparison {
  /** Σ |contender − truth|. */
  difference: number;
  count: number;
}

const levelsText = (levels: BookTop['bids']): string => JSON.stringify(levels);

function firstDifference(ours: Float64Array, truth: Float64Array): string {
  const at = truth.findIndex((value, i) => !Object.is(value, ours[i]));
  const side = at % 2 === 0 ? 'bid' : 'ask';
  return `best ${side} after message ${at >>> 1} is ${ours[at]}, not ${truth[at]}`;
}

function topDifference(made: readonly BookTop[], { tops }: Truth): string | undefined {
  if (made.length !== tops.length) return `${made.length} books, not ${tops.length}`;
  for (const [i, truth] of tops.entries())
    for (const side of ['bids', 'asks'] as const)
      if (levelsText(made[i]![side]) !== levelsText(truth[side]))
        return `final top of the ${side} of book ${i} differs`;
  return undefined;
}

function takenDifference(taken: readonly number[], truth: Float64Array): string | undefined {
  if (taken.length !== truth.length) return `${taken.length} imbalances, not ${truth.length}`;
  let difference = 0;
  for (const [i, value] of taken.entries()) difference += Math.abs(value - truth[i]!);
  return difference <= OIB_TOLERANCE ? undefined : `imbalances differ by ${difference} in sum`;
}

/**
 * Whether a contender has really done the work: the same level changes, the same best bid and ask after every message, the same top of every book,
 * the same imbalances.
 *
 * @returns what differs, for people; nothing when all is equal.
 */
export function differencesOf(made: Made, { truth }: Tape, compared: Comparison): string[] {
  const out: (string | undefined)[] = [];
  const changes = made.changes();
  if (changes !== truth.changes) out.push(`${changes} level changes, not ${truth.changes}`);
  if (hashOf(made.touches) !== hashOf(truth.touches))
    out.push(firstDifference(made.touches, truth.touches));
  out.push(topDifference(made.tops(), truth));
  if (made.taken !== null) out.push(takenDifference(made.taken, truth.imbalances));
  if (!(compared.difference <= OIB_TOLERANCE))
    out.push(`imbalances differ by ${compared.difference} in sum of ${compared.count}`);
  if (made.trades !== null) {
    const { count, notional } = made.trades;
    if (count !== truth.trades.count) out.push(`${count} trades, not ${truth.trades.count}`);
    const away = Math.abs(notional - truth.trades.notional);
    if (!(away <= NOTIONAL_TOLERANCE * truth.trades.notional))
      out.push(`traded ${notional}, not ${truth.trades.notional}`);
  }
  return out.filter((difference) => difference !== undefined);
}
