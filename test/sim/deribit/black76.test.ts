import { describe, expect, test } from 'vitest';
import { black76 } from '../../../src/sim/deribit/black76.ts';
import * as stats from '../../../src/stats/black76.ts';

describe('an option of the simulated venue', () => {
  // ticker.BTC-25DEC26-76000-C of 2026-09-30: forward 84,222.23, mark volatility 38.25 %, rho 121.30652.
  const years = (1_798_185_600_000 - 1_790_755_217_219) / (365 * 86_400_000);
  const call = black76('call', 84_222.23, 76_000, 0.3825, years);
  const put = black76('put', 84_222.23, 76_000, 0.3825, years);

  test('answers to interest as the real one says', () => {
    expect(Math.abs(call.rho / 121.30652 - 1)).toBeLessThan(1e-3);
    // Of call and put together it is what the strike loses.
    expect(call.rho - put.rho).toBeCloseTo((76_000 * years) / 100, 9);
  });

  test('is worth what Black’s formula says', () => {
    const { rho, ...others } = call;
    expect(others).toEqual(stats.black76('call', 84_222.23, 76_000, 0.3825, years));
  });
});
