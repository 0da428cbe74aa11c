import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { driftOf, driftSentence, windowStats, zScore } from '../../src/signals/drift.ts';

const UNIT = { alpha: 1, beta: 1, gamma: 0 };

describe('drift', () => {
  test.each([
    [0.879027, -0.329804, 0.392051, 0.289907, -0.1293, 0.160607],
    [0.849597, 1.52436, -1.107102, -1.295092, -1.687621, -2.982713],
    [2.2397, 1.8094, -1.5057, -4.0525, -2.7244, -6.7769],
  ])('of z %d, %d, %d is the golden row of the specification', (zF, zOi, zB, mu1, mu2, mu) => {
    const parts = driftOf(zOi, zF, zB, UNIT);
    const digits = mu === -6.7769 ? 3 : 5;
    expect(parts.mu1).toBeCloseTo(mu1, digits);
    expect(parts.mu2).toBeCloseTo(mu2, digits);
    expect(parts.mu).toBeCloseTo(mu, digits);
    expect(parts.mu3).toBe(0);
    expect(parts.d).toBe(Math.abs(parts.mu));
  });

  const z = fc.double({ min: -12, max: 12, noNaN: true });

  test.prop([z, z, z])(
    'turns around with its funding and basis, and not with all three',
    (oi, f, b) => {
      const straight = driftOf(oi, f, b, UNIT);
      expect(driftOf(oi, -f, -b, UNIT).mu).toBeCloseTo(-straight.mu, 9);
      expect(driftOf(-oi, f, b, UNIT).mu).toBeCloseTo(-straight.mu, 9);
      expect(driftOf(-oi, -f, -b, UNIT).mu).toBeCloseTo(straight.mu, 9);
    },
  );

  test.prop([z, z, z, fc.double({ min: 0.1, max: 5, noNaN: true })])(
    'is linear in its weights',
    (oi, f, b, weight) => {
      const scaled = driftOf(oi, f, b, { alpha: weight, beta: weight, gamma: 0 });
      expect(scaled.mu).toBeCloseTo(weight * driftOf(oi, f, b, UNIT).mu, 9);
    },
  );

  test('is not told when a score is missing, and neither are the terms that rest on it', () => {
    const without = driftOf(1, Number.NaN, 2, UNIT);
    expect(without.mu1).toBeNaN();
    expect(without.mu2).toBe(2);
    expect(without.mu).toBeNaN();
    expect(without.d).toBeNaN();
  });

  test('is not told when γ is set and no dated future is known: nothing stands in for it', () => {
    const weights = { ...UNIT, gamma: 0.5 };
    expect(driftOf(1, 1, 1, weights).mu).toBeNaN();
    expect(driftOf(1, 1, 1, weights, 2).mu3).toBe(1);
  });

  test.each([
    [
      2.2397,
      1.8094,
      -1.5057,
      -6.7769,
      'funding rich (z +2.2) while OI builds (z +1.8) and basis falls (z −1.5), longs crowd in: pressure down',
    ],
    [
      -1,
      -2,
      0.5,
      -3,
      'funding cheap (z −1.0) while OI unwinds (z −2.0) and basis widens (z +0.5), shorts leave: pressure down',
    ],
    [
      -1,
      2,
      0.5,
      3,
      'funding cheap (z −1.0) while OI builds (z +2.0) and basis widens (z +0.5), shorts crowd in: pressure up',
    ],
    [
      1,
      -2,
      0.5,
      1,
      'funding rich (z +1.0) while OI unwinds (z −2.0) and basis widens (z +0.5), longs leave: pressure up',
    ],
    [
      1,
      0,
      0,
      0,
      'funding rich (z +1.0) while OI steady (z 0.0) and basis steady (z 0.0): no pressure',
    ],
  ])('says in one sentence which quadrant it is', (zF, zOi, zB, mu, sentence) => {
    expect(driftSentence(zOi, zF, zB, mu)).toBe(sentence);
  });

  test('tells four stories for the four quadrants, and the two in which μ1 presses down apart', () => {
    const story = (zOi: number, zF: number): string => {
      const { mu } = driftOf(zOi, zF, 0, UNIT);
      return driftSentence(zOi, zF, 0, mu).replace(/.*, /, '');
    };
    expect(story(1, 1)).toBe('longs crowd in: pressure down');
    expect(story(-1, -1)).toBe('shorts leave: pressure down');
    expect(story(1, -1)).toBe('shorts crowd in: pressure up');
    expect(story(-1, 1)).toBe('longs leave: pressure up');
  });

  test.prop([z, z, z])('claims nothing of a score that is next to nothing', (oi, f, b) => {
    const sentence = driftSentence(oi, f, b, 1);
    expect(sentence.includes('funding steady')).toBe(Math.abs(f) < 0.2);
    expect(sentence.includes('OI steady')).toBe(Math.abs(oi) < 0.2);
    expect(sentence.includes('basis steady')).toBe(Math.abs(b) < 0.2);
    expect(/crowd in|leave/.test(sentence)).toBe(Math.abs(f) >= 0.2 && Math.abs(oi) >= 0.2);
  });

  test('names expiry pressure where there is any', () => {
    const steadyZ = 0.2;
    expect(driftSentence(1, 1, 1, 2, { steadyZ, mu3: 0.4 })).toContain(', expiry presses up: ');
    expect(driftSentence(1, 1, 1, 2, { steadyZ, mu3: -0.4 })).toContain('expiry presses down');
    expect(driftSentence(1, 1, 1, 2, { steadyZ })).not.toContain('expiry');
  });
});

describe('a z-score', () => {
  const window = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 1e6) },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    ),
    { minLength: 30, maxLength: 168 },
  );

  test.prop([window])(
    'is (x − mean) / sample sd over the finite values, x among them',
    (values) => {
      const x = values.at(-1)!;
      const finite = values.filter(Number.isFinite);
      fc.pre(Number.isFinite(x) && finite.length >= 24 && new Set(finite).size > 5);
      const mean = finite.reduce((a, b) => a + b, 0) / finite.length;
      const variance =
        finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (finite.length - 1);
      const score = zScore(values, 24);
      expect('z' in score ? score.z : score.reason).toBeCloseTo(
        (x - mean) / Math.sqrt(variance),
        9,
      );
    },
  );

  test.prop([
    fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 24, maxLength: 168 }),
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: -1e6, max: 1e6 }),
  ])('does not depend on unit or origin', (values, factor, shift) => {
    fc.pre(new Set(values).size > 1);
    const z = (list: readonly number[]) => {
      const score = zScore(list, 24);
      return 'z' in score ? score.z : Number.NaN;
    };
    expect(z(values.map((value) => value * factor + shift))).toBeCloseTo(z(values), 7);
  });

  const ramp = (length: number) => Array.from({ length }, (_, i) => i);
  const holes = (length: number) => Array.from({ length }, () => Number.NaN);

  test('warms up until 24 values are there, and says how many are', () => {
    expect(zScore([...holes(145), ...ramp(23)], 24)).toEqual({ reason: 'warming 23/168' });
    expect(zScore([...holes(144), ...ramp(24)], 24)).toHaveProperty('z');
    expect(zScore([...holes(131), ...ramp(37)], 48)).toEqual({ reason: 'warming 37/168' });
  });

  test('has no value where the newest cell has none, whatever came before', () => {
    expect(zScore([...ramp(100), Number.NaN], 24)).toEqual({ reason: 'no value' });
    expect(zScore([], 24)).toEqual({ reason: 'no value' });
    expect(zScore([...ramp(100), Number.NEGATIVE_INFINITY], 24)).toEqual({ reason: 'no value' });
  });

  test('has no variance where a venue clamps its funding, and is no alarm', () => {
    const clamped = Array.from({ length: 168 }, () => 0.0001);
    expect(zScore(clamped, 24)).toEqual({ reason: 'no variance' });
    // The same with a last value off by the last bit, which an epsilon would blow up to (n − 1)/√n = 12.9.
    expect(zScore([...clamped.slice(1), 0.0001 + 1.4e-20], 24)).toEqual({ reason: 'no variance' });
  });

  test('of the first move after a clamp is the largest that a window can give', () => {
    const clamped = Array.from({ length: 167 }, () => 0.0001);
    const score = zScore([...clamped, 0.0002], 24);
    expect('z' in score && score.z).toBeCloseTo(167 / Math.sqrt(168), 9);
  });

  test('stays right far from zero, where naive sums fail', () => {
    const values = ramp(168).map((i) => 1e9 + (i % 7) * 1e-3);
    const { mean, sd } = windowStats(values);
    expect(mean).toBeCloseTo(1e9 + 0.003, 5);
    expect(sd).toBeCloseTo(0.002 * Math.sqrt(168 / 167), 8);
  });
});
