import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  decimalsOf,
  fromSteps,
  gridFromText,
  isOnGrid,
  stepOf,
  toSteps,
} from '../../src/model/grid.ts';

const grid = fc.record({
  units: fc.constantFrom(1, 5, 25),
  scale: fc.constantFrom(1, 10, 100, 1000, 1e5, 1e8),
});

describe('a grid', () => {
  test('is read off the text of its step', () => {
    expect(gridFromText('0.10')).toEqual({ units: 1, scale: 10 });
    expect(gridFromText('0.00000100')).toEqual({ units: 1, scale: 1e6 });
    expect(gridFromText('5')).toEqual({ units: 5, scale: 1 });
    expect(gridFromText('0.025')).toEqual({ units: 25, scale: 1000 });
  });

  test('is not made of what is no positive decimal', () => {
    for (const text of [
      '',
      '0',
      '0.000',
      '-1',
      '1e-3',
      '.1',
      '1.',
      ' 1',
      '1,0',
      '0.0000000000000001',
    ])
      expect(gridFromText(text), text).toBeUndefined();
  });

  test.prop([grid, fc.integer({ min: 0, max: 2 ** 40 })])(
    'takes steps to the very double that their text parses to, and back',
    (given, steps) => {
      const value = fromSteps(steps, given);
      const exact = BigInt(steps) * BigInt(given.units);
      const digits = exact.toString().padStart(decimalsOf(given) + 1, '0');
      const cut = digits.length - decimalsOf(given);
      expect(value).toBe(Number(`${digits.slice(0, cut)}.${digits.slice(cut)}`));
      expect(toSteps(value, given)).toBe(steps);
      expect(isOnGrid(value, given)).toBe(true);
    },
  );

  test('knows what lies between its steps', () => {
    expect(isOnGrid(61_800.25, { units: 1, scale: 10 })).toBe(false);
    expect(isOnGrid(61_800.2, { units: 1, scale: 10 })).toBe(true);
  });

  test('has a step and as many decimals as write it', () => {
    expect(stepOf({ units: 25, scale: 1000 })).toBe(0.025);
    expect(decimalsOf({ units: 25, scale: 1000 })).toBe(3);
    expect(decimalsOf({ units: 5, scale: 1 })).toBe(0);
  });
});
