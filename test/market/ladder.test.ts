import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import {
  bestAskTicks,
  bestBidTicks,
  clearLadder,
  createLadder,
  farCount,
  type Ladder,
  levelCount,
  lotsAt,
  MAX_SLOTS,
  MIN_SLOTS,
  pruneFar,
  rescaleLadder,
  type Side,
  setLevel,
  setLevels,
  slotsFor,
  topLevels,
} from '../../src/market/ladder.ts';

const SIDES = ['bid', 'ask'] as const;

/** The obvious ladder: a map per side, sorted when somebody looks. */
type Twin = Record<Side, Map<number, number>>;

function sorted(twin: Twin, side: Side): number[] {
  const better = side === 'bid' ? -1 : 1;
  return [...twin[side]].sort(([a], [b]) => better * (a - b)).flat();
}

function levels(ladder: Ladder, side: Side, n = levelCount(ladder, side)): number[] {
  const out: number[] = [];
  topLevels(ladder, side, n, out);
  return out;
}

function expectTwins(ladder: Ladder, twin: Twin): void {
  const bids = sorted(twin, 'bid');
  const asks = sorted(twin, 'ask');
  expect(levels(ladder, 'bid')).toEqual(bids);
  expect(levels(ladder, 'ask')).toEqual(asks);
  expect(bestBidTicks(ladder)).toBe(bids[0] ?? NaN);
  expect(bestAskTicks(ladder)).toBe(asks[0] ?? NaN);
}

/** Every level stands where the window says it does, and half of the window lies behind the touch. */
function expectRoomBehindTouch(ladder: Ladder): void {
  for (const side of SIDES) {
    const half = ladder[side];
    if (half.best === -Infinity) continue;
    expect(half.best - half.base).toBeGreaterThanOrEqual(ladder.slots / 2);
    expect(half.best - half.base).toBeLessThan(ladder.slots);
    for (const key of half.far.keys()) expect(key).toBeLessThan(half.base);
  }
}

type Step =
  | { do: 'set'; side: Side; offset: number; lots: number }
  | { do: 'eatTouch'; side: Side; levels: number }
  | { do: 'wander'; by: number }
  | { do: 'rescale'; ticks: number; lots: number; slots: number }
  | { do: 'clear'; slots: number }
  | { do: 'clone' };

const slotsArbitrary = fc.constantFrom(MIN_SLOTS, 2 * MIN_SLOTS);

/** Distances at which words of the bitmap, halves of a window and windows end. */
const AROUND_EDGES = [32, 1024, 2048, 3072, 4096, 6144, 8192].flatMap((edge) =>
  [-1, 0, 1].flatMap((by) => [edge + by, -edge - by]),
);

const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      side: fc.constantFrom(...SIDES),
      offset: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: -40, max: 40 }) },
        { weight: 6, arbitrary: fc.constantFrom(...AROUND_EDGES) },
        { weight: 2, arbitrary: fc.integer({ min: -5000, max: 5000 }) },
        { weight: 1, arbitrary: fc.integer({ min: -90_000, max: 90_000 }) },
      ),
      lots: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e9 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('eatTouch' as const),
      side: fc.constantFrom(...SIDES),
      levels: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wander' as const),
      by: fc.oneof(
        fc.integer({ min: -3000, max: 3000 }),
        fc.integer({ min: -50_000, max: 50_000 }),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({
        do: fc.constant('rescale' as const),
        ticks: fc.constantFrom(1, 2, 5, 10),
        lots: fc.constantFrom(1, 10, 1000),
        slots: slotsArbitrary,
      }),
      fc.record({ do: fc.constant('clear' as const), slots: slotsArbitrary }),
      fc.record({ do: fc.constant('clone' as const) }),
    ),
  },
);

describe('a ladder', () => {
  test('takes no memory before its first level', () => {
    const ladder = createLadder();
    expect(ladder.bid.lots.byteLength + ladder.ask.marks.byteLength).toBe(0);
    setLevel(ladder, 'bid', 100, 0);
    expect(ladder.bid.lots.byteLength).toBe(0);
    setLevel(ladder, 'bid', 100, 3);
    expect(ladder.bid.lots.length).toBe(ladder.slots);
    expect(ladder.ask.lots.byteLength).toBe(0);
  });

  propertyTest.prop([
    fc.constantFrom(200_000, 618_002, 3_000_000_000_000),
    fc.array(stepArbitrary, { minLength: 1, maxLength: 120 }),
  ])(
    'holds the levels of a sorted map through far jumps, slides, finer grids and a copy in the middle',
    (start, steps) => {
      let ladder = createLadder();
      let twin: Twin = { bid: new Map(), ask: new Map() };
      let center = start;
      const set = (side: Side, tick: number, lots: number) => {
        setLevel(ladder, side, tick, lots);
        if (lots === 0) twin[side].delete(tick);
        else twin[side].set(tick, lots);
        expect(lotsAt(ladder, side, tick)).toBe(lots);
      };
      for (const step of steps) {
        if (step.do === 'set') set(step.side, center + step.offset, step.lots);
        if (step.do === 'eatTouch')
          for (const tick of sorted(twin, step.side)
            .filter((_, i) => i % 2 === 0)
            .slice(0, step.levels))
            set(step.side, tick, 0);
        if (step.do === 'wander') center += step.by;
        if (step.do === 'clear') {
          clearLadder(ladder, step.slots);
          twin = { bid: new Map(), ask: new Map() };
        }
        if (step.do === 'rescale') {
          rescaleLadder(ladder, step.ticks, step.lots, step.slots);
          const finer = (side: Side) =>
            new Map([...twin[side]].map(([tick, lots]) => [tick * step.ticks, lots * step.lots]));
          twin = { bid: finer('bid'), ask: finer('ask') };
          center *= step.ticks;
        }
        if (step.do === 'clone') ladder = structuredClone(ladder);
        expectTwins(ladder, twin);
        expectRoomBehindTouch(ladder);
      }
    },
  );

  propertyTest.prop([
    fc.constantFrom(200_000, 618_002, 3_000_000_000_000),
    fc.array(
      fc.tuple(
        fc.constantFrom(...SIDES),
        fc.array(
          fc.tuple(
            fc.oneof(
              fc.integer({ min: -40, max: 40 }),
              fc.integer({ min: -600, max: 600 }),
              fc.integer({ min: -5000, max: 5000 }),
            ),
            fc.constantFrom(0, 0, 1, 2, 3),
          ),
          { maxLength: 60 },
        ),
      ),
      { minLength: 1, maxLength: 30 },
    ),
  ])('takes a message as it would take its levels one by one', (start, messages) => {
    const whole = createLadder();
    const single = createLadder();
    for (const [side, changes] of messages) {
      const ticks = changes.map(([offset, lots]) => [start + offset, lots] as const);
      setLevels(whole, side, Float64Array.from(ticks.flat()));
      for (const [tick, lots] of ticks) setLevel(single, side, tick, lots);
      expect(whole).toEqual(single);
    }
  });

  test('follows its touch down and up over every edge of words and windows', () => {
    const distances = AROUND_EDGES.filter((edge) => edge > 0);
    for (const side of SIDES)
      for (const top of [1e6, 1e6 + 17, 1e6 + 31])
        for (const first of distances)
          for (const second of distances) {
            const ladder = createLadder();
            const twin: Twin = { bid: new Map(), ask: new Map() };
            const worse = side === 'bid' ? -1 : 1;
            const ticks = [0, first, first + second, first + 2 * second].map(
              (d) => top + worse * d,
            );
            for (const [i, tick] of ticks.entries()) {
              setLevel(ladder, side, tick, i + 1);
              twin[side].set(tick, i + 1);
            }
            for (const tick of ticks.slice(0, 3)) {
              setLevel(ladder, side, tick, 0);
              twin[side].delete(tick);
              expectTwins(ladder, twin);
              expectRoomBehindTouch(ladder);
            }
            for (const tick of [ticks[1]!, ticks[0]!]) {
              setLevel(ladder, side, tick, 9);
              twin[side].set(tick, 9);
              expectTwins(ladder, twin);
              expectRoomBehindTouch(ladder);
            }
          }
  });

  test('finds the level at the far end of the window from the touch at its top', () => {
    for (let start = 1e6; start < 1e6 + 32; start++) {
      const ladder = createLadder();
      setLevel(ladder, 'bid', start, 1);
      const bottom = start - MIN_SLOTS * 0.75;
      const top = bottom + MIN_SLOTS - 1;
      setLevel(ladder, 'bid', bottom, 2);
      setLevel(ladder, 'bid', top, 3);
      setLevel(ladder, 'bid', start, 0);
      expect(farCount(ladder, 'bid')).toBe(0);
      expect(levels(ladder, 'bid')).toEqual([top, 3, bottom, 2]);
      setLevel(ladder, 'bid', top, 0);
      expect(bestBidTicks(ladder)).toBe(bottom);
      expectRoomBehindTouch(ladder);
    }
  });

  test('a copy and its original go their own ways', () => {
    const ladder = createLadder();
    setLevel(ladder, 'bid', 100, 5);
    setLevel(ladder, 'bid', -90_000, 5);
    const copy = structuredClone(ladder);
    setLevel(ladder, 'bid', 100, 0);
    setLevel(ladder, 'bid', -90_000, 0);
    expect(levels(copy, 'bid')).toEqual([100, 5, -90_000, 5]);
    expect(levels(ladder, 'bid')).toEqual([]);
  });

  test('has no touch when a side is empty', () => {
    const ladder = createLadder();
    expect(bestBidTicks(ladder)).toBeNaN();
    expect(bestAskTicks(ladder)).toBeNaN();
    setLevel(ladder, 'ask', 5, 1);
    setLevel(ladder, 'ask', 5, 0);
    expect(bestAskTicks(ladder)).toBeNaN();
    expect(levelCount(ladder, 'ask')).toBe(0);
  });

  test('gives the best levels first and says how many there were', () => {
    const ladder = createLadder();
    for (const tick of [100, 98, 95, 20_000, -70_000]) setLevel(ladder, 'ask', tick, tick + 1e5);
    const out = new Float64Array(6).fill(-1);
    expect(topLevels(ladder, 'ask', 2, out)).toBe(2);
    expect([...out]).toEqual([-70_000, 30_000, 95, 100_095, -1, -1]);
    expect(levels(ladder, 'ask', 99)).toEqual([
      -70_000, 30_000, 95, 100_095, 98, 100_098, 100, 100_100, 20_000, 120_000,
    ]);
  });

  test('keeps everything near the touch in the window while the market trends', () => {
    const ladder = createLadder(slotsFor(2000));
    for (let tick = 1e6; tick < 1.05e6; tick++) {
      setLevel(ladder, 'bid', tick, 7);
      setLevel(ladder, 'bid', tick - 1000, 0);
    }
    expect(levelCount(ladder, 'bid')).toBe(1000);
    expect(farCount(ladder, 'bid')).toBe(0);
    for (let tick = 1.05e6 - 1; tick >= 1e6; tick--) {
      setLevel(ladder, 'bid', tick - 1000, 7);
      setLevel(ladder, 'bid', tick, 0);
    }
    expect(bestBidTicks(ladder)).toBe(999_999);
    expect(farCount(ladder, 'bid')).toBe(0);
  });

  test('forgets the worst half of its far levels and says where its knowledge ends', () => {
    const ladder = createLadder();
    setLevel(ladder, 'ask', 1000, 1);
    for (let i = 1; i <= 100; i++) setLevel(ladder, 'ask', 1000 + 10_000 * i, i);
    expect(farCount(ladder, 'ask')).toBe(100);
    const end = pruneFar(ladder, 'ask');
    expect(farCount(ladder, 'ask')).toBe(50);
    const rest = levels(ladder, 'ask');
    expect(rest.at(-2)).toBe(end);
    expect(end).toBe(1000 + 10_000 * 50);
    expect(lotsAt(ladder, 'ask', 1000 + 10_000 * 51)).toBe(0);
  });
});

test.each([
  [0, MIN_SLOTS],
  [512, MIN_SLOTS],
  [513, 2 * MIN_SLOTS],
  [1545, 4 * MIN_SLOTS],
  [6180, 16 * MIN_SLOTS],
  [1e9, MAX_SLOTS],
])('a reach of %i ticks takes a window of %i slots', (reach, slots) => {
  expect(slotsFor(reach)).toBe(slots);
});
