import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { judgeAgainst } from '../../src/signals/gate.ts';

const { gate } = DEFAULT_SETTINGS;

describe('the gate', () => {
  test('opens strictly above the quantile', () => {
    expect(judgeAgainst(2, 2, gate).active).toBe(false);
    expect(judgeAgainst(2.0000001, 2, gate).active).toBe(true);
    expect(judgeAgainst(1.9, 2, gate).active).toBe(false);
    expect(judgeAgainst(3, 2, gate).quantile).toBe(2);
  });

  test('opens strictly above a fixed threshold, too, whichever is lower', () => {
    const fixed = { ...gate, threshold: 1.5 };
    expect(judgeAgainst(1.5, 2, fixed).active).toBe(false);
    expect(judgeAgainst(1.6, 2, fixed).active).toBe(true);
    expect(judgeAgainst(2.5, 2, { ...gate, threshold: 9 }).active).toBe(true);
  });

  test('is not open where D is not known', () => {
    expect(judgeAgainst(Number.NaN, 2, { ...gate, threshold: 1 }).active).toBe(false);
  });
});
