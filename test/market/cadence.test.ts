import { describe, expect, test } from 'vitest';
import { createCadence, hear, staleAfter } from '../../src/market/cadence.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { micros } from '../../src/model/units.ts';

const heard = (...seconds: readonly number[]) => {
  const cadence = createCadence();
  for (const second of seconds) hear(cadence, micros(second * 1e6));
  return cadence;
};
const every = (gap: number, count: number) => Array.from({ length: count }, (_, i) => i * gap);
const limit = (cadence: ReturnType<typeof heard>) => staleAfter(cadence, DEFAULT_SETTINGS) / 1e6;

describe('a cadence', () => {
  test('is stale three usual periods after the last sign of life', () => {
    expect(limit(heard(...every(10, 30)))).toBeCloseTo(30, 9);
    expect(limit(heard(...every(2, 30)))).toBeCloseTo(6, 9);
  });

  test('is never stale before the floor, however fast it is', () => {
    expect(limit(heard(...every(0.1, 100)))).toBe(3);
    expect(limit(createCadence())).toBe(3);
    expect(limit(heard(1))).toBe(3);
  });

  test('learns a new pace', () => {
    const slow = [...every(1, 20), ...every(20, 200).map((second) => 40 + second)];
    expect(limit(heard(...slow))).toBeCloseTo(60, 0);
  });

  test('does not learn patience from an outage', () => {
    const before = limit(heard(...every(10, 50)));
    const after = limit(heard(...every(10, 50), 490 + 86_400));
    expect(after).toBeLessThan(before * 1.2);
  });

  test('expects what it was told until it has heard enough, whatever came first', () => {
    const told = createCadence(60e6);
    for (const second of [0, 1]) hear(told, micros(second * 1e6));
    expect(limit(told)).toBe(180);
    for (let second = 2; second < 12; second += 1) hear(told, micros(second * 1e6));
    expect(limit(told)).toBe(3);
  });
});
