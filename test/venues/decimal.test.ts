import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { fromSteps, gridFromText } from '../../src/model/grid.ts';
import {
  commonGrid,
  decimalGrid,
  decimalsIn,
  OFF_GRID,
  stepsIn,
  textOfNumber,
} from '../../src/venues/decimal.ts';

const grid = (text: string) => gridFromText(text)!;

describe('steps of a decimal text', () => {
  test('are read without rounding', () => {
    expect(stepsIn('61800.20', grid('0.10'))).toBe(618002);
    expect(stepsIn('61800.2', grid('0.01'))).toBe(6180020);
    expect(stepsIn('0.00006547', grid('0.00000001'))).toBe(6547);
    expect(stepsIn('61800.25', grid('0.05'))).toBe(1236005);
    expect(stepsIn('120', grid('10'))).toBe(12);
    expect(stepsIn('0.000', grid('0.001'))).toBe(0);
  });
  test('do not exist between two steps', () => {
    expect(stepsIn('61800.25', grid('0.10'))).toBe(OFF_GRID);
    expect(stepsIn('61800.23', grid('0.05'))).toBe(OFF_GRID);
    expect(stepsIn('125', grid('10'))).toBe(OFF_GRID);
  });
  test('of a large number on a fine grid are told from their neighbours', () => {
    expect(stepsIn('20000.12345', grid('0.00001'))).toBe(2_000_012_345);
    expect(stepsIn('20000.123456', grid('0.00001'))).toBe(OFF_GRID);
  });
  test.each(['', '.', '.5', '5.', '-1', '+1', '1e5', '1,5', ' 1', '1 ', '0x10', 'NaN', '1.2.3'])(
    'do not exist for %j',
    (text) => {
      expect(stepsIn(text, grid('0.01'))).toBeNaN();
    },
  );
  test('do not exist beyond 2^53', () => {
    expect(stepsIn('9007199254740991', grid('1'))).toBe(Number.MAX_SAFE_INTEGER);
    expect(stepsIn('9007199254740992', grid('1'))).toBeNaN();
    expect(stepsIn('9'.repeat(400), grid('1'))).toBeNaN();
    expect(stepsIn('90071992547.41', grid('0.000001'))).toBeNaN();
  });
  test('of a part of a text are those of the part alone', () => {
    expect(stepsIn('["61800.20"]', grid('0.10'), 2, 10)).toBe(618002);
  });
  test.prop([fc.integer({ min: 0, max: 9_007_199_254 }), fc.integer({ min: 0, max: 8 })])(
    'are the inverse of writing them out',
    (steps, decimals) => {
      const on = decimalGrid(decimals);
      const text = fromSteps(steps, on).toFixed(decimals);
      expect(stepsIn(text, on)).toBe(steps);
      expect(stepsIn(`${text}${decimals === 0 ? '.' : ''}000`, on)).toBe(steps);
    },
  );
});

test('decimals are counted without the zeros at the end', () => {
  expect(['61800.20', '5', '5.00', '0.00006547', '100'].map(decimalsIn)).toEqual([1, 0, 0, 8, 0]);
});

describe('a JSON number as text', () => {
  test('has its exponent written out', () => {
    expect(textOfNumber(1e-7)).toBe('0.0000001');
    expect(textOfNumber(-1.25e-8)).toBe('-0.0000000125');
    expect(textOfNumber(1.5e21)).toBe('1500000000000000000000');
    expect(textOfNumber(61800.2)).toBe('61800.2');
    expect(textOfNumber(Number.NaN)).toBeUndefined();
    expect(textOfNumber(Number.POSITIVE_INFINITY)).toBeUndefined();
  });
  test.prop([fc.double({ noNaN: true, noDefaultInfinity: true })])(
    'means the same number',
    (value) => {
      const text = textOfNumber(value)!;
      expect(text).not.toContain('e');
      expect(Number(text)).toBe(value === 0 ? 0 : value);
    },
  );
});

describe('the common grid', () => {
  test('is the finer one where it divides the other', () => {
    expect(commonGrid(grid('0.1'), grid('0.01'))).toEqual(grid('0.01'));
    expect(commonGrid(grid('0.01'), grid('0.1'))).toEqual(grid('0.01'));
    expect(commonGrid(grid('10'), grid('1'))).toEqual(grid('1'));
  });
  test('divides both where neither divides the other', () => {
    expect(commonGrid(grid('0.2'), grid('0.05'))).toEqual(grid('0.05'));
    expect(commonGrid(grid('0.25'), grid('0.1'))).toEqual(grid('0.05'));
  });
  test.prop([
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 0, max: 6 }),
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 0, max: 6 }),
  ])('holds every step of both, by whole factors', (unitsA, a, unitsB, b) => {
    const one = { units: unitsA, scale: 10 ** a };
    const other = { units: unitsB, scale: 10 ** b };
    const both = commonGrid(one, other);
    for (const each of [one, other]) {
      const factor = (each.units * (both.scale / each.scale)) / both.units;
      expect(Number.isInteger(factor)).toBe(true);
    }
  });
});
