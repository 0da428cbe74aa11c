import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { backoffMs, createRandom } from '../../src/feed/random.ts';

test.prop([fc.integer({ min: 0, max: 2000 }), fc.integer()])(
  'the n-th delay is min(30 s, 0.5 s · 2ⁿ), give or take a half',
  (attempt, seed) => {
    const base = Math.min(30_000, 500 * 2 ** attempt);
    const delay = backoffMs(attempt, createRandom(seed));
    expect(delay).toBeGreaterThanOrEqual(base * 0.5);
    expect(delay).toBeLessThan(base * 1.5);
  },
);

test.prop([fc.integer()])('the same seed gives the same jitter, within [0, 1)', (seed) => {
  const [one, other] = [createRandom(seed), createRandom(seed)];
  for (let i = 0; i < 20; i += 1) {
    const value = one();
    expect(value).toBe(other());
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(1);
  }
});

test('jitter spreads evenly', () => {
  const random = createRandom(7);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i += 1) counts[Math.floor(random() * 10)]! += 1;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
