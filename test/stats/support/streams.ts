import { fc } from '@fast-check/vitest';

/** No quantity on a market is that small, and its square would not be a double. */
const noSpeck = (x: number) => (Math.abs(x) < 1e-40 ? 0 : x);

/** Numbers as feeds have them: clamped, nearly constant on a high level, plain, and outliers. */
const marketNumber = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0.0001, 0.0001, -0.0001, 0, -0) },
  { weight: 3, arbitrary: fc.integer({ min: -50, max: 50 }).map((ticks) => 64_000 + ticks / 10) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }).map((k) => 1 + k * Number.EPSILON) },
  { weight: 3, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }).map(noSpeck) },
  { weight: 1, arbitrary: fc.constantFrom(1e9, -1e9, 1e100, -1e100, 1e-30) },
);

/** Streams that stay of one kind for a while, so that windows of each kind fill and empty. */
export const marketStream = fc
  .array(
    fc.oneof(
      fc.array(marketNumber, { minLength: 1, maxLength: 12 }),
      fc
        .tuple(marketNumber, fc.integer({ min: 1, max: 30 }))
        .map(([x, times]) => Array<number>(times).fill(x)),
      fc
        .tuple(marketNumber, fc.double({ min: -1e-9, max: 1e-9, noNaN: true }).map(noSpeck))
        .map(([x, step]) => Array.from({ length: 20 }, (_, i) => x + step * ((i * 7) % 5))),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((runs) => runs.flat());
