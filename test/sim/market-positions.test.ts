import { describe, expect, test } from 'vitest';
import {
  close,
  createPositions,
  cross,
  heldLots,
  liquidationPrice,
  lotsWithin,
  open,
} from '../../src/sim/market-positions.ts';

describe('a liquidation price', () => {
  test('is that of the specification for 20× at 100 with 0.5 % maintenance', () => {
    expect(liquidationPrice('long', 100, 20, 0.005)).toBeCloseTo(95.477, 3);
    expect(liquidationPrice('short', 100, 20, 0.005)).toBeCloseTo(104.478, 3);
  });

  test('is nearer for more leverage', () => {
    const at = (leverage: number) => liquidationPrice('long', 100, leverage, 0.005);
    expect(at(100)).toBeGreaterThan(at(50));
    expect(at(50)).toBeGreaterThan(at(10));
  });
});

describe('cohorts', () => {
  const crowd = () => {
    const positions = createPositions(100);
    open(positions, 'long', 100, 1000, 0.5, 0.005);
    open(positions, 'short', 100, 1000, 0.5, 0.005);
    return positions;
  };

  test('hold what was opened', () => {
    const positions = crowd();
    expect(heldLots(positions.long)).toBeCloseTo(1000, 9);
    expect(heldLots(positions.short)).toBeCloseTo(1000, 9);
  });

  test('die where the price crosses their liquidation price, and only once', () => {
    const positions = crowd();
    expect(cross(positions, 'long', 99.9)).toBe(0);
    const expected = lotsWithin(positions, 'long', 98);
    const died = cross(positions, 'long', 98);
    expect(died).toBeCloseTo(expected, 9);
    expect(died).toBeGreaterThan(100);
    expect(cross(positions, 'long', 98)).toBe(0);
    expect(positions.long.dying).toBeCloseTo(died, 9);
    expect(heldLots(positions.long)).toBeCloseTo(1000, 9);
    expect(cross(positions, 'short', 98)).toBe(0);
  });

  test('shrink in proportion when the market closes positions, the dying excepted', () => {
    const positions = crowd();
    cross(positions, 'short', 102);
    const { dying } = positions.short;
    const reachable = lotsWithin(positions, 'short', 110);
    close(positions.short, (1000 - dying) / 2, 1000);
    expect(positions.short.dying).toBe(dying);
    expect(lotsWithin(positions, 'short', 110)).toBeCloseTo(reachable / 2, 9);
    expect(heldLots(positions.short)).toBeCloseTo(dying + (1000 - dying) / 2, 9);
  });

  test('survive any number of closings without losing precision', () => {
    const positions = crowd();
    let held = 1000;
    for (let round = 0; round < 400; round++) {
      close(positions.long, held * 0.05, held);
      held *= 0.95;
      open(positions, 'long', 100, 10, 0.3, 0.005);
      held += 10;
    }
    expect(heldLots(positions.long) / held).toBeCloseTo(1, 9);
  });
});
