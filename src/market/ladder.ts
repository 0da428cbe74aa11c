import type { Levels } from '../model/event.ts';

/** A side of the book: people who want to buy, people who want to sell. */
export type Side = 'bid' | 'ask';

/**
 * One side of a ladder.
 *
 * Levels are filed under a key that grows towards the touch: the tick for bids, the negated tick for asks. So "better"
 * is "greater" on both sides and one implementation serves both.
 *
 * Keys in `[base, base + slots)` live in a ring (`lots[key & mask]`); worse ones live in `far`. Nothing is better than `best`, and `best` is inside
 * the window, so no key above the window exists.
 *
 * One bit per slot says where a level may rest: a clear one is empty for certain, a set one may have been emptied since. So a change is two writes
 * without a question asked, and whoever walks over the slots skips the empty ones.
 */
interface Half {
  lots: Float64Array;
  marks: Int32Array;
  /** Lowest key of the window. */
  base: number;
  /** Key of the touch; -Infinity when the side is empty. */
  best: number;
  readonly far: Map<number, number>;
}

/**
 * Price levels of one instrument by integer tick, in integer lots. Plain data: it survives `structuredClone`.
 *
 * Built for bursts of changes near the touch: a level costs one array write, the touch is known without a search,
 * and nothing is allocated while prices stay within the window (performance.md §6).
 */
export interface Ladder {
  /** Slots of the window per side, a power of two. */
  slots: number;
  readonly bid: Half;
  readonly ask: Half;
}

/** Fewest and most slots of a window: 8 and 512 KiB per side. */
export const MIN_SLOTS = 2 ** 10;
export const MAX_SLOTS = 2 ** 16;

/** Without memory until the first level: most listings of a venue never have a book here. */
const createHalf = (): Half => ({
  lots: new Float64Array(0),
  marks: new Int32Array(0),
  base: 0,
  best: -Infinity,
  far: new Map(),
});

export const createLadder = (slots = MIN_SLOTS): Ladder => ({
  slots,
  bid: createHalf(),
  ask: createHalf(),
});

/**
 * Slots that keep at least `reachTicks` ticks behind the touch inside the window, within the limits above.
 *
 * Half of the window always lies behind the touch; the rest is room for the touch to wander without moving the window.
 */
export function slotsFor(reachTicks: number): number {
  let slots = MIN_SLOTS;
  while (slots < MAX_SLOTS && slots < 2 * reachTicks) slots *= 2;
  return slots;
}

/** Removes every level. With another number of `slots` the windows are made anew, with their next level. */
export function clearLadder(ladder: Ladder, slots = ladder.slots): void {
  for (const half of [ladder.bid, ladder.ask]) {
    if (slots === ladder.slots) {
      half.lots.fill(0);
      half.marks.fill(0);
    } else {
      half.lots = new Float64Array(0);
      half.marks = new Int32Array(0);
    }
    half.base = 0;
    half.best = -Infinity;
    half.far.clear();
  }
  ladder.slots = slots;
}

/** Greatest key of the window below `key` whose slot is marked; -Infinity when there is none. */
function nextMark(half: Half, key: number): number {
  const { marks } = half;
  const words = marks.length;
  if (words === 0) return -Infinity;
  const slot = key & (words * 32 - 1);
  let word = slot >>> 5;
  // The slots of the first word at or above `slot` are the far end of the ring: they come last, in the extra round.
  let bits = marks[word]! & ((1 << (slot & 31)) - 1);
  for (let round = 0; bits === 0 && round < words; round++) {
    word = word === 0 ? words - 1 : word - 1;
    bits = marks[word]!;
  }
  if (bits === 0) return -Infinity;
  const found = word * 32 + 31 - Math.clz32(bits);
  const distance = (slot - found) & (words * 32 - 1);
  const next = key - (distance === 0 ? words * 32 : distance);
  return next >= half.base ? next : -Infinity;
}

/** Greatest key of the window below `key` at which a level rests; -Infinity when there is none. */
function nextWorse(half: Half, key: number): number {
  const { lots } = half;
  let next = nextMark(half, key);
  while (next !== -Infinity && lots[next & (lots.length - 1)] === 0) next = nextMark(half, next);
  return next;
}

/** Writes into a slot of the window. */
function write(half: Half, slot: number, lots: number): void {
  half.lots[slot] = lots;
  half.marks[slot >>> 5]! |= 1 << slot;
}

/** Clears the marks of the words that lie between two keys of the window altogether, where nothing rests any more. */
function sweep(half: Half, from: number, below: number): void {
  const { marks } = half;
  for (let key = (Math.floor(from / 32) + 1) * 32; key + 32 <= below; key += 32)
    marks[(key & (32 * marks.length - 1)) >>> 5] = 0;
}

/** Moves the window so that `key`, about to be the touch, stands a quarter below its top. */
function slideTo(half: Half, key: number): void {
  const slots = half.lots.length;
  const mask = slots - 1;
  const base = key - slots * 0.75;
  if (base > half.base) {
    let level = nextWorse(half, Math.min(base, half.base + slots));
    while (level !== -Infinity) {
      const slot = level & mask;
      half.far.set(level, half.lots[slot]!);
      half.lots[slot] = 0;
      level = nextWorse(half, level);
    }
    half.base = base;
    return;
  }
  half.base = base;
  for (const [level, lots] of half.far) {
    if (level < base) continue;
    half.far.delete(level);
    write(half, level & mask, lots);
  }
}

/** The touch left `key`: the next level becomes the touch. */
function fallBack(half: Half, key: number): void {
  let best = nextWorse(half, key);
  if (best !== -Infinity) sweep(half, best, key);
  else for (const level of half.far.keys()) best = Math.max(best, level);
  half.best = best;
  if (best !== -Infinity && best - half.base < half.lots.length / 2) slideTo(half, best);
}

/**
 * Sets the size of one level; 0 lots removes it. The hot primitive of every book.
 *
 * @param tick whole price steps.
 * @param lots whole size steps, not negative.
 */
export function setLevel(ladder: Ladder, side: Side, tick: number, lots: number): void {
  const half = side === 'bid' ? ladder.bid : ladder.ask;
  const key = side === 'bid' ? tick : -tick;
  if (key > half.best) {
    if (lots === 0) return;
    if (half.lots.length === 0) {
      half.lots = new Float64Array(ladder.slots);
      half.marks = new Int32Array(ladder.slots / 32);
    }
    if (half.best === -Infinity || key - half.base >= half.lots.length) slideTo(half, key);
    half.best = key;
  } else if (key < half.base) {
    if (lots === 0) half.far.delete(key);
    else half.far.set(key, lots);
    return;
  }
  write(half, key & (half.lots.length - 1), lots);
  if (lots === 0 && key === half.best) fallBack(half, key);
}

/**
 * Sets the levels of one side, `[ticks, lots, …]`, to the effect of `setLevel` on one after the other. What lies inside the window, nearly all of every
 * message, is written here; the rest is left to `setLevel`.
 */
export function setLevels(ladder: Ladder, side: Side, levels: Levels): void {
  const half = side === 'bid' ? ladder.bid : ladder.ask;
  const isBid = side === 'bid';
  const { length } = levels;
  let { best, base, lots, marks } = half;
  // Of an empty side nothing is known to lie inside.
  let top = best === -Infinity ? -Infinity : base + lots.length;
  for (let i = 0; i < length; i += 2) {
    const tick = levels[i]!;
    const size = levels[i + 1]!;
    const key = isBid ? tick : -tick;
    if (key >= base && key < top) {
      // Where nothing rests beyond the touch nothing can be taken away.
      if (key > best && size === 0) continue;
      const slot = key & (lots.length - 1);
      lots[slot] = size;
      marks[slot >>> 5]! |= 1 << slot;
      if (key < best) continue;
      if (size !== 0) {
        half.best = key;
        best = key;
        continue;
      }
      fallBack(half, key);
    } else setLevel(ladder, side, tick, size);
    ({ best, base, lots, marks } = half);
    top = best === -Infinity ? -Infinity : base + lots.length;
  }
}

/** Ticks of the best bid; NaN when nobody bids. */
export const bestBidTicks = ({ bid }: Ladder): number => (bid.best === -Infinity ? NaN : bid.best);

/** Ticks of the best ask; NaN when nobody asks. */
export const bestAskTicks = ({ ask }: Ladder): number => (ask.best === -Infinity ? NaN : -ask.best);

/** Lots that rest at `tick`; 0 when none are known. */
export function lotsAt(ladder: Ladder, side: Side, tick: number): number {
  const half = ladder[side];
  const key = side === 'bid' ? tick : -tick;
  if (key > half.best) return 0;
  return key < half.base ? (half.far.get(key) ?? 0) : half.lots[key & (half.lots.length - 1)]!;
}

/** Number of levels of a side. Walks over all of them. */
export function levelCount(ladder: Ladder, side: Side): number {
  const half = ladder[side];
  let count = half.far.size;
  for (let key = half.best; key !== -Infinity; key = nextWorse(half, key)) count++;
  return count;
}

/** Number of levels of a side that lie outside its window. */
export const farCount = (ladder: Ladder, side: Side): number => ladder[side].far.size;

/** Lowest key of a side at which a level rests; Infinity when there is none. */
function worstKey(half: Half): number {
  if (half.far.size > 0) {
    let worst = Infinity;
    for (const key of half.far.keys()) worst = Math.min(worst, key);
    return worst;
  }
  const { lots, marks, base, best } = half;
  const mask = lots.length - 1;
  for (let key = base; key <= best; key++) {
    const word = marks[(key & mask) >>> 5];
    if (word === 0) key += 31 - (key & 31);
    else if (lots[key & mask] !== 0) return key;
  }
  return Infinity;
}

/** Tick of the worst level of a side; NaN when there is none. */
export function worstTicks(ladder: Ladder, side: Side): number {
  const key = worstKey(ladder[side]);
  if (key === Infinity) return NaN;
  return side === 'bid' ? key : -key;
}

/** Forgets the `count` worst levels of a side. */
export function dropWorst(ladder: Ladder, side: Side, count: number): void {
  for (let left = count; left > 0; left--) {
    const tick = worstTicks(ladder, side);
    if (Number.isNaN(tick)) return;
    setLevel(ladder, side, tick, 0);
  }
}

/** Sets the levels of one side like `setLevels`. @returns by how many levels the side has grown. */
export function setLevelsCounted(ladder: Ladder, side: Side, levels: Levels): number {
  let grown = 0;
  for (let i = 0; i < levels.length; i += 2) {
    const tick = levels[i]!;
    const lots = levels[i + 1]!;
    const isThere = lotsAt(ladder, side, tick) !== 0;
    if (isThere !== (lots !== 0)) grown += isThere ? -1 : 1;
    setLevel(ladder, side, tick, lots);
  }
  return grown;
}

/**
 * Writes the best `n` levels of a side, best first, into `out` as `[ticks, lots, ticks, lots, …]`.
 *
 * @returns how many levels were written: fewer than `n` when the side has no more. `out` is not shortened.
 */
export function topLevels(
  ladder: Ladder,
  side: Side,
  n: number,
  out: number[] | Float64Array,
): number {
  const half = ladder[side];
  const sign = side === 'bid' ? 1 : -1;
  const mask = half.lots.length - 1;
  let count = 0;
  for (let key = half.best; key !== -Infinity && count < n; key = nextWorse(half, key)) {
    out[2 * count] = sign * key;
    out[2 * count + 1] = half.lots[key & mask]!;
    count++;
  }
  if (count === n || half.far.size === 0) return count;
  for (const key of [...half.far.keys()].sort((a, b) => b - a).slice(0, n - count)) {
    out[2 * count] = sign * key;
    out[2 * count + 1] = half.far.get(key)!;
    count++;
  }
  return count;
}

/**
 * Expresses the same levels on finer grids: every tick becomes `tickFactor` ticks, every lot `lotFactor` lots.
 *
 * @param slots of the new windows, which have to reach `tickFactor` times as many ticks.
 */
export function rescaleLadder(
  ladder: Ladder,
  tickFactor: number,
  lotFactor: number,
  slots = ladder.slots,
): void {
  const levels = (['bid', 'ask'] as const).map((side) => {
    const out = new Float64Array(2 * levelCount(ladder, side));
    topLevels(ladder, side, out.length / 2, out);
    return [side, out] as const;
  });
  clearLadder(ladder, slots);
  for (const [side, out] of levels)
    for (let i = 0; i < out.length; i += 2)
      setLevel(ladder, side, out[i]! * tickFactor, out[i + 1]! * lotFactor);
}

/**
 * Forgets the worst half of the levels outside the window of a side.
 *
 * @returns tick of the worst level that is still known: beyond it the book is no longer known.
 */
export function pruneFar(ladder: Ladder, side: Side): number {
  const { far } = ladder[side];
  const keys = Float64Array.from(far.keys()).sort();
  const cut = keys[keys.length >>> 1]!;
  for (const key of keys) if (key < cut) far.delete(key);
  return side === 'bid' ? cut : -cut;
}
