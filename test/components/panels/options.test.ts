import { describe, expect, test } from 'vitest';
import { panels } from '../../../components/panels/index.ts';
import { expiryLabel, selectOptions } from '../../../components/panels/options/select.ts';
import { absent } from '../../../src/model/reading.ts';
import { drawn } from '../../support/drawn.ts';
import { frame } from '../../support/frames.ts';

const chain = () => {
  const { options } = frame();
  if (options === null) throw new Error('Invariant: the fixture has options');
  return options;
};

describe('selecting the options', () => {
  test('writes an expiry as desks do', () => {
    expect(expiryLabel(Date.UTC(2027, 2, 26, 8) * 1000)).toBe('26MAR27');
    expect(expiryLabel(Number.MAX_VALUE)).toBe('—');
  });

  test('lays strikes from the highest to the lowest, parted by the forward', () => {
    const [view] = selectOptions(frame())!.strikes;
    const forward = view!.forward.value!;
    const strikes = [...view!.above, ...view!.below].map(({ strike }) => strike);
    expect(strikes).toEqual([...strikes].sort((a, b) => b - a));
    expect(view!.above.every(({ strike }) => strike > forward)).toBe(true);
    expect(view!.below.every(({ strike }) => strike <= forward)).toBe(true);
    expect(view!.above.length * view!.below.length).toBeGreaterThan(0);
  });

  test('draws bars as shares of the largest side, and marks max pain once', () => {
    for (const view of selectOptions(frame())!.strikes) {
      const rows = [...view.above, ...view.below];
      expect(Math.max(...rows.flatMap((row) => [row.callShare, row.putShare]))).toBe(1);
      expect(rows.filter((row) => row.isMaxPain)).toHaveLength(1);
    }
  });

  test('leaves an expiry without an IV out of the term structure instead of guessing it', () => {
    const one = frame();
    const options = chain();
    const expiries = options.expiries.map((expiry, i) =>
      i === 1 ? { ...expiry, atmIv: absent('no quotes near the money') } : expiry,
    );
    const rows = selectOptions({ ...one, options: { ...options, expiries } })!;
    expect(rows.term).toHaveLength(3);
    expect(rows.reasons).toContainEqual(
      expect.objectContaining({ reason: 'no quotes near the money', subject: '28NOV26 ATM' }),
    );
  });

  test('keeps at most two dozen strikes and says how many it left out', () => {
    const one = frame();
    const options = chain();
    const oiByStrike = options.oiByStrike.map(({ expiry }) => ({
      expiry,
      strikes: Array.from({ length: 60 }, (_, i) => [1000 * (i + 30), 5, 7] as const),
    }));
    const [view] = selectOptions({ ...one, options: { ...options, oiByStrike } })!.strikes;
    expect(view!.above.length + view!.below.length).toBe(24);
    expect(view!.beyond).toBe(36);
  });
});

describe('the options panel', () => {
  test('without options is one sentence', () => {
    const rows = drawn(panels.options, { ...frame(), options: null }, 80, 6);
    expect(rows.filter((row) => row !== '')).toEqual([
      'no options: no venue watched lists them, or none was heard of yet',
    ]);
  });

  test('in a narrow box has DVOL, put/call and the nearest expiries', () => {
    expect(drawn(panels.options, frame(), 25, 5)).toEqual([
      'DVOL  54.2 rk  63 pc  71',
      'P/C OI 0.92 vol 1.31',
      'expiry     ATM %     RR25',
      '21NOV26     52.3     -5.3',
      '28NOV26     49.2     -4.4',
    ]);
  });

  test('in a wider one adds what they say and the term structure', () => {
    const text = drawn(panels.options, frame(), 52, 19).join('\n');
    expect(text).toMatch(/DVOL +54\.2 +rank +63 % pct +71 % +premium rich/);
    expect(text).toMatch(/P\/C OI +0\.92 neutral +vol +1\.31 bearish/);
    expect(text).toMatch(/7d +50\.5 30d +46\.2 90d +43\.7 180d +— +backwardation/);
    expect(text).toMatch(/0d +8d +/);
  });

  test('zoomed has the strikes with forward and max pain, and what ties or was left out', () => {
    const text = drawn(panels.options, frame(), 196, 70, { zoomed: true }).join('\n');
    expect(text).toMatch(/open interest by strike, 21NOV26/);
    expect(text).toMatch(/─ forward 61,832\.4/);
    expect(text).toMatch(/◆ max pain +63,000/);
    expect(text).toMatch(/◆ +63,000/);
    expect(text).toMatch(/64,000 .*│.* +~[+-]\$\d/);
    expect(drawn(panels.options, frame(), 116, 30, { zoomed: true }).join('\n')).toContain(
      'premium rich',
    );
    expect(text).toContain('28NOV26: 64000 tie for the least pain');
    expect(text).toContain('left out: 2026-11-21: 3 quotes older than an hour');
    expect(text).toMatch(/not live ─+\nbeyond the last expiry +IV 180d/);
  });
});
