import { nextNormal, type Random } from '../stats/random.ts';

/** FNV-1a over text and numbers: independent streams for one seed and many purposes. */
export function seedOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    for (const char of `${part}|`) {
      hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
    }
  }
  return hash >>> 0;
}

/** Log-normal with the given median; the mean is median · exp(sigma² / 2). */
export function nextLogNormal(random: Random, median: number, sigma: number): number {
  return median * Math.exp(sigma * nextNormal(random));
}
