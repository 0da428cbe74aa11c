import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { RegimeLabel } from '../../src/model/regime.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { type RegimeInputs, regimeOf } from '../../src/signals/regime.ts';

const CALM: RegimeInputs = {
  oiShock: 0,
  oiChange: 0.001,
  fundingZ: 0,
  liquidationZ: 0,
  depthRank: 0.5,
};
const label = (inputs: Partial<RegimeInputs>, previous: RegimeLabel | null = null) =>
  regimeOf({ ...CALM, ...inputs }, previous, DEFAULT_SETTINGS.regime);

const LONG = 'crowded carry long';
const SHORT = 'crowded carry short';
const STRESS = 'deleveraging stress';

describe('the regime', () => {
  test('is stress from an OI shock of −2 on', () => {
    expect(label({ oiShock: -1.9999 })).toBe('neutral');
    expect(label({ oiShock: -2 })).toBe(STRESS);
  });

  test('is stress when a liquidation spike meets a thin book, and by neither alone', () => {
    expect(label({ liquidationZ: 3, depthRank: 0.19 })).toBe(STRESS);
    expect(label({ liquidationZ: 3, depthRank: 0.2 })).toBe('neutral');
    expect(label({ liquidationZ: 2.99, depthRank: 0.01 })).toBe('neutral');
  });

  test('is crowded carry on the side that pays, while OI grows', () => {
    expect(label({ fundingZ: 1 })).toBe(LONG);
    expect(label({ fundingZ: 0.99 })).toBe('neutral');
    expect(label({ fundingZ: -1 })).toBe(SHORT);
    expect(label({ fundingZ: 5, oiChange: 0 })).toBe('neutral');
    expect(label({ fundingZ: -5, oiChange: -0.01 })).toBe('neutral');
  });

  test('is stress before it is anything else', () => {
    expect(label({ oiShock: -2, fundingZ: 5 })).toBe(STRESS);
    expect(label({ liquidationZ: 4, depthRank: 0, fundingZ: -5 })).toBe(STRESS);
  });

  test('is left only when its cause has fallen below three quarters of the threshold', () => {
    expect(label({ oiShock: -1.5 }, STRESS)).toBe(STRESS);
    expect(label({ oiShock: -1.49 }, STRESS)).toBe('neutral');
    expect(label({ liquidationZ: 2.25, depthRank: 0.26 }, STRESS)).toBe(STRESS);
    expect(label({ liquidationZ: 2.24, depthRank: 0.26 }, STRESS)).toBe('neutral');
    expect(label({ liquidationZ: 2.25, depthRank: 0.27 }, STRESS)).toBe('neutral');
    expect(label({ fundingZ: 0.75 }, LONG)).toBe(LONG);
    expect(label({ fundingZ: 0.74 }, LONG)).toBe('neutral');
    expect(label({ fundingZ: -0.75 }, SHORT)).toBe(SHORT);
    expect(label({ fundingZ: -0.75 }, LONG)).toBe('neutral');
  });

  test('keeps the hysteresis of one label from another', () => {
    expect(label({ oiShock: -1.6 }, LONG)).toBe('neutral');
    expect(label({ fundingZ: 0.8 }, STRESS)).toBe('neutral');
  });

  test('cannot be told without OI shock or funding, unless stress shows all the same', () => {
    expect(label({ oiShock: Number.NaN })).toBeUndefined();
    expect(label({ fundingZ: Number.NaN })).toBeUndefined();
    expect(label({ oiShock: -3, fundingZ: Number.NaN })).toBe(STRESS);
    expect(label({ oiShock: Number.NaN, liquidationZ: 4, depthRank: 0.1 })).toBe(STRESS);
  });

  test('is not raised by what is missing', () => {
    expect(label({ liquidationZ: Number.NaN, depthRank: 0 })).toBe('neutral');
    expect(label({ liquidationZ: 9, depthRank: Number.NaN })).toBe('neutral');
    expect(label({ oiChange: Number.NaN, fundingZ: 3 })).toBe('neutral');
  });

  const z = fc.double({ min: -6, max: 6, noNaN: true });
  const inputs = fc.record({
    oiShock: z,
    oiChange: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
    fundingZ: z,
    liquidationZ: z,
    depthRank: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const labels = fc.constantFrom<RegimeLabel | null>(null, 'neutral', STRESS, LONG, SHORT);

  test.prop([inputs, labels])(
    'settles: judged again with itself before, it stays',
    (given, previous) => {
      const first = regimeOf(given, previous, DEFAULT_SETTINGS.regime)!;
      expect(regimeOf(given, first, DEFAULT_SETTINGS.regime)).toBe(first);
    },
  );

  test.prop([inputs, labels, fc.double({ min: -0.5, max: 0.5, noNaN: true })])(
    'is ex ante: a price that comes with the inputs changes nothing',
    (given, previous, priceChange) => {
      expect(
        regimeOf({ ...given, priceChange } as RegimeInputs, previous, DEFAULT_SETTINGS.regime),
      ).toBe(regimeOf(given, previous, DEFAULT_SETTINGS.regime));
    },
  );
});
