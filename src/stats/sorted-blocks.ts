/** Numbers in a block. Fewer make the upper level longer, more make each insertion move more. */
const BLOCK = 512;
/** Two neighbours that shrink to this many numbers together become one; below BLOCK, so that the
 * next insertion does not split them again. */
const MERGED = 448;
const FIRST_ALLOCATION = 32;

/**
 * A sorted multiset of numbers on two levels: a sequence of sorted blocks, and above it the
 * largest number and the count of each, the counts as a Fenwick tree. Insert, remove and
 * "k-th smallest" are two short searches; nothing is approximated.
 *
 * Memory follows the numbers: blocks are two thirds full as a rule and a quarter at worst; the
 * space of emptied blocks is used again and never grows beyond the largest count so far asks.
 *
 * Source: Fenwick 1994, "A new data structure for cumulative frequency tables".
 */
export interface SortedBlocks {
  size: number;
  /** Blocks in use. Places 0 … blocks − 1 of the arrays below are theirs, in ascending order. */
  blocks: number;
  /** The blocks themselves, by id. */
  pool: Float64Array;
  /** Place → id of the block there; behind the used places, the ids that are free. */
  ids: Int32Array;
  /** Place → how many numbers the block there holds. */
  counts: Int32Array;
  /** Place → the largest number of the block there; −Infinity where there is none. */
  tops: Float64Array;
  /** Fenwick tree over `counts`, from 1; its length − 1 is a power of two. */
  tree: Int32Array;
}

/** An empty multiset. */
export function createSortedBlocks(): SortedBlocks {
  return {
    size: 0,
    blocks: 1,
    pool: new Float64Array(FIRST_ALLOCATION),
    ids: new Int32Array(1),
    counts: new Int32Array(1),
    tops: Float64Array.of(Number.NEGATIVE_INFINITY),
    tree: new Int32Array(2),
  };
}

/** Adds `x`, which is not NaN. */
export function insertSorted(sorted: SortedBlocks, x: number): void {
  let place = Math.min(placeOf(sorted, x), sorted.blocks - 1);
  if (sorted.counts[place] === BLOCK) {
    split(sorted, place);
    if (x > sorted.tops[place]!) place += 1;
  }
  if (sorted.size === sorted.pool.length) sorted.pool = enlarged(sorted.pool);
  const { pool, counts, tops } = sorted;
  const start = sorted.ids[place]! * BLOCK;
  const end = start + counts[place]!;
  const at = lowerBound(pool, start, end, x);
  if (at < end) pool.copyWithin(at + 1, at, end);
  pool[at] = x;
  tops[place] = pool[end]!;
  adjust(sorted, place, 1);
}

/** Takes one number equal to `x` out. @returns whether there was one. */
export function removeSorted(sorted: SortedBlocks, x: number): boolean {
  const { pool, counts, tops } = sorted;
  const place = placeOf(sorted, x);
  if (place === sorted.blocks) return false;
  const start = sorted.ids[place]! * BLOCK;
  const end = start + counts[place]!;
  const at = lowerBound(pool, start, end, x);
  if (at === end || pool[at] !== x) return false;
  pool.copyWithin(at, at + 1, end);
  adjust(sorted, place, -1);
  tops[place] = counts[place] === 0 ? Number.NEGATIVE_INFINITY : pool[end - 2]!;
  joinNeighbours(sorted, place);
  return true;
}

/** The number with `k` numbers before it in ascending order (0 = smallest); NaN outside 0 … size − 1. */
export function sortedAt(sorted: SortedBlocks, k: number): number {
  if (!(k >= 0 && k < sorted.size)) return Number.NaN;
  const { tree } = sorted;
  let place = 0;
  let left = k;
  for (let step = tree.length - 1; step > 0; step >>= 1) {
    const next = place + step;
    if (next < tree.length && tree[next]! <= left) {
      place = next;
      left -= tree[next]!;
    }
  }
  return sorted.pool[sorted.ids[place]! * BLOCK + left]!;
}

/** How many numbers are smaller than `x`. */
export function countBelow(sorted: SortedBlocks, x: number): number {
  const place = placeOf(sorted, x);
  if (place === sorted.blocks) return sorted.size;
  let before = 0;
  for (let i = place; i > 0; i &= i - 1) before += sorted.tree[i]!;
  const start = sorted.ids[place]! * BLOCK;
  return before + lowerBound(sorted.pool, start, start + sorted.counts[place]!, x) - start;
}

/** The first place whose block reaches up to `x`; `blocks` when none does. */
function placeOf(sorted: SortedBlocks, x: number): number {
  return lowerBound(sorted.tops, 0, sorted.blocks, x);
}

/** The first index in [from, to) of ascending `data` whose number is not below `x`, else `to`. */
function lowerBound(data: Float64Array, from: number, to: number, x: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (data[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function adjust(sorted: SortedBlocks, place: number, by: 1 | -1): void {
  const { tree } = sorted;
  sorted.size += by;
  sorted.counts[place]! += by;
  for (let i = place + 1; i < tree.length; i += i & -i) tree[i]! += by;
}

/** The upper half of the block at `place` becomes the block at `place + 1`. */
function split(sorted: SortedBlocks, place: number): void {
  if (sorted.blocks === sorted.ids.length) enlarge(sorted);
  const { pool, ids, counts, tops, blocks } = sorted;
  const id = ids[blocks]!;
  for (const array of [ids, counts, tops]) array.copyWithin(place + 2, place + 1, blocks);
  ids[place + 1] = id;
  const start = ids[place]! * BLOCK;
  const middle = start + BLOCK / 2;
  pool.copyWithin(id * BLOCK, middle, start + BLOCK);
  counts[place] = BLOCK / 2;
  counts[place + 1] = BLOCK / 2;
  tops[place + 1] = tops[place]!;
  tops[place] = pool[middle - 1]!;
  sorted.blocks += 1;
  countAgain(sorted);
}

/** An empty block has no place in the order; small ones would waste memory. */
function joinNeighbours(sorted: SortedBlocks, place: number): void {
  const { counts, blocks } = sorted;
  const count = counts[place]!;
  const most = count === 0 ? BLOCK : MERGED - count;
  if (place + 1 < blocks && counts[place + 1]! <= most) joinNext(sorted, place);
  else if (place > 0 && counts[place - 1]! <= most) joinNext(sorted, place - 1);
}

/** The block at `place` takes in the one behind it. */
function joinNext(sorted: SortedBlocks, place: number): void {
  const { pool, ids, counts, tops, blocks } = sorted;
  const gone = place + 1;
  const id = ids[gone]!;
  const start = id * BLOCK;
  pool.copyWithin(ids[place]! * BLOCK + counts[place]!, start, start + counts[gone]!);
  counts[place]! += counts[gone]!;
  tops[place] = Math.max(tops[place]!, tops[gone]!);
  for (const array of [ids, counts, tops]) array.copyWithin(gone, gone + 1, blocks);
  ids[blocks - 1] = id;
  counts[blocks - 1] = 0;
  sorted.blocks -= 1;
  countAgain(sorted);
}

/** Blocks come and go once in hundreds of numbers, so the tree over them is simply made again. */
function countAgain(sorted: SortedBlocks): void {
  const { tree, counts } = sorted;
  tree.fill(0);
  for (let i = 1; i < tree.length; i++) {
    tree[i]! += counts[i - 1]!;
    const parent = i + (i & -i);
    if (parent < tree.length) tree[parent]! += tree[i]!;
  }
}

/** Twice the blocks; the ids behind the used places are the free ones. */
function enlarge(sorted: SortedBlocks): void {
  const { blocks } = sorted;
  sorted.pool = enlarged(sorted.pool);
  sorted.tops = enlarged(sorted.tops);
  sorted.counts = enlarged(sorted.counts);
  sorted.ids = enlarged(sorted.ids);
  for (let i = blocks; i < sorted.ids.length; i++) sorted.ids[i] = i;
  sorted.tree = new Int32Array(sorted.ids.length + 1);
}

function enlarged<T extends Float64Array | Int32Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
  larger.set(array);
  return larger;
}
