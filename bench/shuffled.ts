import { nextUint32, type Random } from '../src/stats/random.ts';

/** The same items in an order that the seed decides. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = nextUint32(random) % (i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
