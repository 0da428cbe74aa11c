import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { setHour } from '../../src/market/hourly.ts';
import { copyFunding8h, fundingFacts, storedFunding8h } from '../../src/market/stored-cells.ts';
import { HOUR } from '../../src/model/units.ts';
import { at, listed, T0 } from '../support/market.ts';

const FIRST = T0 / HOUR;

/** Hours between settlements, one after the other: some of a venue that changes its interval, some with a hole. */
const gaps = fc.array(fc.constantFrom(1, 4, 8, 8, 8, 19), { minLength: 1, maxLength: 20 });
const sampled = fc.array(fc.nat(80), { maxLength: 10 });

describe('funding of the closed cells', () => {
  test.prop(
    [gaps, sampled, fc.constantFrom(1, 4, 8, null), fc.constantFrom('predicted', 'settled')],
    { numRuns: 80 },
  )('copied in a row is what each cell says by itself', (distances, live, interval, which) => {
    const { state, tell } = listed();
    if (interval !== null)
      tell({ kind: 'fundingInterval', tsLocal: at(1), hours: interval, basis: 'listed' });
    let hour = FIRST - 20;
    for (const [i, distance] of distances.entries()) {
      hour += distance;
      setHour(state.history.fundingSettled, hour, 1, 0.0001 * (1 + (i % 4)));
    }
    for (const i of live) setHour(state.history.funding8h, FIRST + i, 1, 0.01 + i);
    const out = new Float64Array(80);
    copyFunding8h(state, FIRST, 80, which, out);
    const single = Array.from({ length: 80 }, (_, i) => storedFunding8h(state, FIRST + i, which));
    expect([...out]).toEqual(single);
  });

  test('count as facts the settlements among them', () => {
    const week = new Float64Array(168).fill(0.0001);
    expect(fundingFacts(week, 8)).toBe(21);
    expect(fundingFacts(week, 1)).toBe(168);
    expect(fundingFacts(week, Number.NaN)).toBe(168);
    expect(fundingFacts([Number.NaN, 0.1], 8)).toBe(1);
  });
});
