/** A window over numbers with all of them in one sorted array: the obvious exact quantile. */
interface SortedWindow {
  readonly values: Float64Array;
  readonly sorted: Float64Array;
  /** Index of the oldest number in `values`. */
  head: number;
}

/** A full window. */
export const createSortedWindow = (values: Float64Array): SortedWindow => ({
  values: values.slice(),
  sorted: values.slice().sort(),
  head: 0,
});

function lowerBound(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The oldest number goes, `x` comes: what lies between their places moves by one. */
export function pushSorted(window: SortedWindow, x: number): void {
  const { values, sorted, head } = window;
  const from = lowerBound(sorted, values[head]!);
  const to = lowerBound(sorted, x);
  values[head] = x;
  window.head = head + 1 === values.length ? 0 : head + 1;
  if (to > from) {
    sorted.copyWithin(from, from + 1, to);
    sorted[to - 1] = x;
  } else {
    sorted.copyWithin(to + 1, to, from);
    sorted[to] = x;
  }
}

/** Type 7 of Hyndman and Fan, as ours. */
export function quantileOfSorted({ sorted }: SortedWindow, p: number): number {
  const rank = (sorted.length - 1) * p;
  const below = Math.floor(rank);
  const low = sorted[below]!;
  return below === rank ? low : low + (rank - below) * (sorted[below + 1]! - low);
}
