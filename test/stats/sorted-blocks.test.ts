import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { createRandom, nextNormal, nextUniform, type Random } from '../../src/stats/random.ts';
import {
  countBelow,
  createSortedBlocks,
  insertSorted,
  removeSorted,
  type SortedBlocks,
  sortedAt,
} from '../../src/stats/sorted-blocks.ts';
import { revivals } from './support/revived.ts';

function contents(sorted: SortedBlocks): number[] {
  return Array.from({ length: sorted.size }, (_, k) => sortedAt(sorted, k));
}

function ascending(values: Iterable<number>): number[] {
  return [...values].sort((a, b) => a - b);
}

const digit = fc.integer({ min: 0, max: 9 });
test.prop([fc.array(fc.record({ x: digit, isRemoved: fc.boolean() }))])(
  'is a multiset that gives back exactly what it was given',
  (steps) => {
    const sorted = createSortedBlocks();
    const twin: number[] = [];
    for (const { x, isRemoved } of steps) {
      if (isRemoved) {
        const at = twin.indexOf(x);
        expect(removeSorted(sorted, x)).toBe(at >= 0);
        if (at >= 0) twin.splice(at, 1);
      } else {
        twin.push(x);
        insertSorted(sorted, x);
      }
      expect(contents(sorted)).toEqual(ascending(twin));
      expect(countBelow(sorted, x)).toBe(twin.filter((y) => y < x).length);
    }
    expect(sortedAt(sorted, -1)).toBeNaN();
    expect(sortedAt(sorted, twin.length)).toBeNaN();
  },
);

const shapes: [string, (i: number, random: Random) => number][] = [
  ['noise', (_, random) => nextNormal(random)],
  ['a rise', (i, random) => i + nextUniform(random)],
  ['a fall', (i) => -i],
  ['a saw', (i) => i % 2_500],
  ['few levels', (_, random) => Math.floor(4 * nextUniform(random))],
  ['a clamp', () => 0.0001],
  ['bursts of noise between clamps', (i, random) => (i % 3_000 < 700 ? nextNormal(random) : 0)],
];

test.each(shapes)('stays sorted and compact while %s grows, passes and drains', (_, shape) => {
  const random = createRandom(3);
  const sorted = createSortedBlocks();
  const window: number[] = [];
  const most = 6_000;
  const expectSame = () => {
    const order = ascending(window);
    expect(contents(sorted)).toEqual(order);
    for (const x of window.slice(0, 20)) expect(countBelow(sorted, x)).toBe(order.indexOf(x));
    expect(countBelow(sorted, Number.POSITIVE_INFINITY)).toBe(window.length);
    // A quarter full at worst, in a pool that doubles; never smaller than its first allocation.
    expect(sorted.pool.length).toBeLessThanOrEqual(Math.max(512, most * 8));
  };
  for (let i = 0; i < 20_000; i++) {
    const x = shape(i, random);
    window.push(x);
    insertSorted(sorted, x);
    if (window.length > most) expect(removeSorted(sorted, window.shift()!)).toBe(true);
    if (i % 2_500 === 0) expectSame();
  }
  const pool = sorted.pool.length;
  while (window.length > 0) {
    expect(removeSorted(sorted, window.shift()!)).toBe(true);
    if (window.length % 1_500 === 0) expectSame();
  }
  expect([sorted.size, sorted.blocks]).toEqual([0, 1]);
  for (let i = 0; i < 3_000; i++) insertSorted(sorted, i);
  expect(contents(sorted)).toEqual(Array.from({ length: 3_000 }, (_, i) => i));
  expect(sorted.pool.length).toBe(pool);
});

test('gives up a block that empties beside one too full to join', () => {
  const sorted = createSortedBlocks();
  const low = Array.from({ length: 256 }, (_, i) => i);
  const high = Array.from({ length: 257 }, (_, i) => 256 + i);
  const between = Array.from({ length: 240 }, (_, i) => 10 + i / 1_000);
  for (const x of [...low, ...high, ...between]) insertSorted(sorted, x);
  expect(sorted.blocks).toBe(2);
  for (const x of high) expect(removeSorted(sorted, x)).toBe(true);
  expect(sorted.blocks).toBe(1);
  insertSorted(sorted, 300);
  expect(contents(sorted)).toEqual(ascending([...low, ...between, 300]));
  for (const x of low) expect(removeSorted(sorted, x)).toBe(true);
  expect(contents(sorted)).toEqual([...between, 300]);
});

test('joins blocks that thin out, so that a sparse remainder does not hold the whole order', () => {
  const sorted = createSortedBlocks();
  for (let i = 0; i < 50_000; i++) insertSorted(sorted, i);
  for (let i = 0; i < 50_000; i++) if (i % 50 !== 0) removeSorted(sorted, i);
  expect(contents(sorted)).toEqual(Array.from({ length: 1_000 }, (_, i) => 50 * i));
  expect(sorted.blocks).toBeLessThanOrEqual(8);
});

test.each(revivals)('goes on after a checkpoint as if there had been none', (revive) => {
  const random = createRandom(5);
  const sorted = createSortedBlocks();
  const values = Array.from({ length: 4_000 }, () => nextNormal(random));
  for (const x of values) insertSorted(sorted, x);
  for (const x of values.slice(0, 2_500)) removeSorted(sorted, x);
  const copy = revive(sorted);
  for (const each of [sorted, copy]) {
    for (const x of values.slice(2_500, 3_500)) removeSorted(each, x);
    for (const x of values.slice(0, 3_000)) insertSorted(each, x);
  }
  expect(copy).toEqual(sorted);
  expect(contents(copy)).toEqual(ascending([...values.slice(3_500), ...values.slice(0, 3_000)]));
});
