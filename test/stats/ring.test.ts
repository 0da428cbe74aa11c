import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import {
  createRing,
  popRing,
  pushRing,
  replaceLast,
  ringAt,
  ringLast,
  ringSize,
  ringToArray,
} from '../../src/stats/ring.ts';
import { revivals } from './support/revived.ts';

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ push: fc.double() }) },
    { weight: 2, arbitrary: fc.constant('pop' as const) },
    { weight: 1, arbitrary: fc.record({ replace: fc.double() }) },
  ),
  { maxLength: 300, size: 'max' },
);

test.prop([fc.integer({ min: 1, max: 130 }), steps])(
  'behaves as an array that loses its first element when it grows too long',
  (capacity, script) => {
    const ring = createRing(capacity);
    const twin: number[] = [];
    for (const step of script) {
      if (step === 'pop') {
        expect(popRing(ring)).toBe(twin.shift() ?? Number.NaN);
      } else if ('push' in step) {
        twin.push(step.push);
        expect(pushRing(ring, step.push)).toBe(twin.length > capacity ? twin.shift() : Number.NaN);
      } else {
        replaceLast(ring, step.replace);
        if (twin.length > 0) twin[twin.length - 1] = step.replace;
      }
      expect(ringSize(ring)).toBe(twin.length);
      expect(ringLast(ring)).toBe(twin.at(-1) ?? Number.NaN);
    }
    expect([...ringToArray(ring)]).toEqual(twin);
    expect(twin.map((_, i) => ringAt(ring, i))).toEqual(twin);
  },
);

test('has no number outside its size', () => {
  const ring = createRing(3);
  pushRing(ring, 7);
  for (const i of [-1, 1, 2, Number.NaN]) expect(ringAt(ring, i)).toBeNaN();
});

test('allocates for what it holds, never beyond its capacity', () => {
  const ring = createRing(1_000);
  expect(ring.data.length).toBeLessThan(100);
  for (let i = 0; i < 5_000; i++) pushRing(ring, i);
  expect(ring.data.length).toBe(1_000);
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'refuses a capacity of %s',
  (capacity) => {
    expect(() => createRing(capacity)).toThrow('Invariant: a capacity');
  },
);

test.each(revivals)('goes on after a checkpoint as if there had been none', (revive) => {
  const ring = createRing(40);
  for (let i = 0; i < 57; i++) pushRing(ring, i);
  const copy = revive(ring);
  for (let i = 0; i < 57; i++) expect(pushRing(copy, i)).toBe(pushRing(ring, i));
  expect(ringToArray(copy)).toEqual(ringToArray(ring));
});
