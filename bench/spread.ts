/** Median over the turns of a race, with the 10th and the 90th percentile. */
export interface Spread {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((x, y) => x - y);
  const at = (p: number): number => sorted[Math.round((sorted.length - 1) * p)] ?? Number.NaN;
  return { value: at(0.5), low: at(0.1), high: at(0.9) };
}
