/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** Seeded jitter: the same seed gives the same delays, so that a test can tell them beforehand (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Delay before another attempt: min(`longestMs`, 0.5 s · 2ⁿ) · U(0.5, 1.5) (venues.md §1.6).
 *
 * @param attempt n: 0 for the first attempt after a loss.
 */
export const backoffMs = (attempt: number, random: Random, longestMs = 30_000): number =>
  Math.min(longestMs, 500 * 2 ** attempt) * (0.5 + random());
