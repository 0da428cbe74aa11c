/** Numbers to draw, oldest first. NaN is a gap: it is left blank and never drawn as zero. */
export type Values = ArrayLike<number>;

/** Lowest and highest value shown. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A chart is drawn into whole cells, and into a screen's worth of them at most. */
export function assertCells(...cells: readonly number[]): void {
  for (const count of cells) {
    if (!Number.isInteger(count) || count < 0 || count > 4096) {
      throw new RangeError(`Invariant: a chart has 0 to 4096 whole cells a side, not ${count}`);
    }
  }
}

/**
 * The range of some series, undefined when every value is a gap.
 *
 * @throws RangeError on an infinite value: whoever divided by zero should have called the reading absent.
 */
export function rangeOf(series: readonly Values[]): Range | undefined {
  let min = Infinity;
  let max = -Infinity;
  for (const values of series) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      if (value === Infinity || value === -Infinity) {
        throw new RangeError('Invariant: a chart draws finite values and gaps');
      }
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min <= max ? { min, max } : undefined;
}

/** A range with given ends where they are given; a range without extent is opened a little, so that a constant lies in the middle. */
export function openedRange(
  found: Range | undefined,
  min: number | undefined,
  max: number | undefined,
): Range {
  if (!Number.isFinite(min ?? 0) || !Number.isFinite(max ?? 0)) {
    throw new RangeError('Invariant: the ends of a scale are finite');
  }
  const low = min ?? found?.min ?? (max === undefined ? 0 : Math.min(0, max));
  const high = max ?? found?.max ?? Math.max(1, low);
  if (low < high) return { min: low, max: high };
  const middle = found === undefined ? low : found.min;
  const margin = middle === 0 ? 1 : Math.max(Number.MIN_VALUE, Math.abs(middle) / 100);
  return {
    min: min ?? Math.max(-Number.MAX_VALUE, Math.min(high, middle) - margin),
    max: max ?? Math.min(Number.MAX_VALUE, Math.max(low, middle) + margin),
  };
}

/** Where a value lies between the ends of a range: 0 at `min`, 1 at `max`, beyond them outside. 0.5 where the range has no extent. */
export function position(value: number, { min, max }: Range): number {
  const extent = max - min;
  // The halves keep a range from −1e308 to 1e308 finite.
  if (extent === Infinity) return (value / 2 - min / 2) / (max / 2 - min / 2);
  return extent > 0 ? (value - min) / extent : 0.5;
}

export const clamped = (share: number): number => Math.min(1, Math.max(0, share));

/** Round numbers within a range, at least two and about `count` of them, from below. Both ends where round numbers are too coarse. */
export function ticks(range: Range, count: number): readonly number[] {
  for (const finer of [1, 2, 4]) {
    const found = multiples(range, roundStep((range.max - range.min) / (count * finer)));
    if (found.length >= 2) return found;
  }
  return [range.min, range.max];
}

/** Multiples of a step within a range; none when they would not be distinct numbers. */
function multiples({ min, max }: Range, step: number): number[] {
  const first = Math.ceil(min / step);
  const last = Math.floor(max / step);
  if (!(last >= first && last - first < 100)) return [];
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** Decimals in which numbers this far apart are told apart, three digits of the distance. */
export function decimalsOfExtent(extent: number): number {
  if (!(extent > 0) || extent === Infinity) return 0;
  return Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(extent))));
}

function roundStep(rough: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((f) => f * magnitude >= rough * (1 - 1e-9)) ?? 10;
  return factor * magnitude;
}

/** How several values share one cell: the newest (a state), their mean, the largest magnitude, or their sum (a flow). */
export type Reduce = 'last' | 'mean' | 'peak' | 'sum';

function reduced(values: Values, from: number, to: number, reduce: Reduce): number {
  let result = Number.NaN;
  let count = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    count++;
    if (reduce === 'last' || count === 1) result = value;
    else if (reduce === 'peak') result = Math.abs(value) > Math.abs(result) ? value : result;
    else if (reduce === 'sum') result += value;
    // A running mean does not overflow where a sum would.
    else result += value / count - result / count;
  }
  return result;
}

/** At most `count` values, newest last; where there are more they share cells evenly. */
export function resampled(values: Values, count: number, reduce: Reduce): number[] {
  const { length } = values;
  const cells = Math.min(count, length);
  return Array.from({ length: cells }, (_, i) =>
    reduced(
      values,
      Math.floor((i * length) / cells),
      Math.floor(((i + 1) * length) / cells),
      reduce,
    ),
  );
}

/** At most `2 · pairs` values that keep every peak: of each stretch its lowest and highest, in the order in which they came. */
export function peaks(values: Values, pairs: number): number[] {
  const { length } = values;
  if (length <= 2 * pairs) return Array.from(values);
  const kept: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const from = Math.floor((pair * length) / pairs);
    const to = Math.floor(((pair + 1) * length) / pairs);
    let low = from;
    let high = from;
    for (let i = from; i < to; i++) {
      if (!(values[i]! >= values[low]!)) low = Number.isNaN(values[i]!) ? low : i;
      if (!(values[i]! <= values[high]!)) high = Number.isNaN(values[i]!) ? high : i;
    }
    kept.push(values[Math.min(low, high)]!, values[Math.max(low, high)]!);
  }
  return kept;
}

/** Exactly `count` values, those between two neighbours interpolated; a gap stays one, a value between two gaps stays alone. */
export function stretched(values: Values, count: number): number[] {
  const last = values.length - 1;
  const out = new Array<number>(count).fill(Number.NaN);
  const placeOf = (i: number): number =>
    last === 0 ? count - 1 : Math.round((i * (count - 1)) / last);
  for (let i = 0; i <= last; i++) {
    const to = placeOf(i);
    out[to] = values[i]!;
    if (i === 0) continue;
    const from = placeOf(i - 1);
    const before = values[i - 1]!;
    for (let x = from + 1; x < to; x++) {
      const share = (x - from) / (to - from);
      out[x] = before * (1 - share) + values[i]! * share;
    }
  }
  return out;
}
