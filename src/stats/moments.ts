import { roundingOf } from './double-double.ts';
import { assertMeasurable } from './invariant.ts';
import { createRing, popRing, pushRing, type Ring, ringAt } from './ring.ts';

/** Below this standard deviation a window counts as having no variance (SPEC §5). */
const NO_VARIANCE = 1e-12;

/** The sums are built anew when the mean is more than 8 sd away from their origin … */
const FARTHEST_ORIGIN = 8;
/** … or when the sum of squares is this small a part of what it was. */
const COLLAPSED = 2 ** -28;

/**
 * Mean and standard deviation of the numbers in a window, kept as the window moves.
 *
 * Held as double-double sums of the deviations x − origin and of their rounded squares; what goes
 * out is exactly what came in. A number much larger than the rest leaves no error behind, and
 * neither does a mean that wanders off: both make the sums be built anew from the window. That is
 * two passes, and it takes a mean moved by 8 sd or squares fallen 2²⁸-fold, so a number costs
 * constant time on average. The sd is good to a relative 1e−13 whatever has passed through, down
 * to differences of 1e−140, whose squares are no proper doubles any more.
 *
 * Everywhere in this folder NaN stands for "there is no such number".
 */
export interface Moments {
  readonly values: Ring;
  origin: number;
  /** Σ(x − origin) is `sum + sumRest`; the rest is what the roundings of the sum left out. */
  sum: number;
  sumRest: number;
  /** Σ(x − origin)², likewise. */
  squares: number;
  squaresRest: number;
  /** Largest Σ(x − origin)² since the sums were last started. */
  squaresPeak: number;
  /** How often the sums were started at a new origin; who sums around it too compares this. */
  starts: number;
  newest: number;
  /** How many numbers up to the newest were equal in a row; some may have left the window. */
  run: number;
}

/** An empty window over the last `capacity` numbers. */
export function createMoments(capacity: number): Moments {
  return momentsOver(createRing(capacity));
}

/** Moments of an empty ring that its owner fills, calling `followMoments` after every change. */
export function momentsOver(values: Ring): Moments {
  return {
    values,
    origin: 0,
    sum: 0,
    sumRest: 0,
    squares: 0,
    squaresRest: 0,
    squaresPeak: 0,
    starts: 0,
    newest: Number.NaN,
    run: 0,
  };
}

/** Takes `x` in; the oldest number goes when the window is full. */
export function pushMoments(moments: Moments, x: number): void {
  assertMeasurable(x);
  followMoments(moments, pushRing(moments.values, x), x);
}

/** Takes the oldest number out, as a window bounded by time does. @returns it, NaN when empty. */
export function evictOldestMoments(moments: Moments): number {
  const oldest = popRing(moments.values);
  followMoments(moments, oldest, Number.NaN);
  return oldest;
}

/** Brings the sums in line with the ring after `left` left it and `entered` entered (NaN: none). */
export function followMoments(moments: Moments, left: number, entered: number): void {
  const { origin, values } = moments;
  // Written out twice: through a helper that keeps its sums in the object, a push takes half as
  // long again.
  let { sum, sumRest, squares, squaresRest } = moments;
  if (!Number.isNaN(left)) {
    const deviation = origin - left;
    const square = -(deviation * deviation);
    sumRest += roundingOf(sum, deviation, sum + deviation);
    sum += deviation;
    squaresRest += roundingOf(squares, square, squares + square);
    squares += square;
  }
  if (!Number.isNaN(entered)) {
    const deviation = entered - origin;
    const square = deviation * deviation;
    sumRest += roundingOf(sum, deviation, sum + deviation);
    sum += deviation;
    squaresRest += roundingOf(squares, square, squares + square);
    squares += square;
    moments.run = entered === moments.newest ? moments.run + 1 : 1;
    moments.newest = entered;
  }
  moments.sum = sum;
  moments.sumRest = sumRest;
  moments.squares = squares;
  moments.squaresRest = squaresRest;
  if (values.size === 0) clear(moments);
  else if (moments.run >= values.size) startAt(moments, moments.newest);
  else if (needsRebuild(moments, sum + sumRest, squares + squaresRest)) rebuild(moments);
}

/** How many numbers the window holds now. */
export function momentsCount(moments: Moments): number {
  return moments.values.size;
}

/** Arithmetic mean; NaN when the window is empty. */
export function momentsMean(moments: Moments): number {
  const { size } = moments.values;
  if (size === 0) return Number.NaN;
  return moments.origin + (moments.sum + moments.sumRest) / size;
}

/** Sample standard deviation (n − 1): exactly 0 when all numbers are equal; NaN below two numbers. */
export function momentsSd(moments: Moments): number {
  const { size } = moments.values;
  if (size < 2) return Number.NaN;
  const sum = moments.sum + moments.sumRest;
  const squares = moments.squares + moments.squaresRest - (sum * sum) / size;
  return Math.sqrt(Math.max(0, squares) / (size - 1));
}

/** Whether the window holds numbers and every one equals the others; no rounding is involved. */
export function momentsAllEqual(moments: Moments): boolean {
  const { size } = moments.values;
  return size > 0 && moments.run >= size;
}

/**
 * z-score: how many standard deviations `x` lies above the window's mean.
 *
 * @returns NaN below two numbers, and for a window without variance (sd < 1e−12, or every value
 * equal): any epsilon there would turn a clamped funding rate into an alarm (SPEC §5).
 */
export function momentsZ(moments: Moments, x: number): number {
  const sd = momentsSd(moments);
  if (!(sd >= NO_VARIANCE)) return Number.NaN;
  return (x - momentsMean(moments)) / sd;
}

function needsRebuild(moments: Moments, sum: number, squares: number): boolean {
  if (squares > moments.squaresPeak) moments.squaresPeak = squares;
  else if (squares < moments.squaresPeak * COLLAPSED) return true;
  // (sum/n)² > 8² · variance, free of divisions. An origin that is the double nearest to the mean
  // already cannot be bettered.
  const n = moments.values.size;
  return (
    sum * sum * (1 + FARTHEST_ORIGIN ** 2) > FARTHEST_ORIGIN ** 2 * n * squares &&
    moments.origin + sum / n !== moments.origin
  );
}

function rebuild(moments: Moments): void {
  startAt(moments, ringAt(moments.values, 0));
  sumWindow(moments);
  startAt(moments, momentsMean(moments));
  sumWindow(moments);
  moments.squaresPeak = moments.squares + moments.squaresRest;
}

function sumWindow(moments: Moments): void {
  const { origin, values } = moments;
  let { sum, sumRest, squares, squaresRest } = moments;
  for (let i = 0; i < values.size; i++) {
    const deviation = ringAt(values, i) - origin;
    const square = deviation * deviation;
    sumRest += roundingOf(sum, deviation, sum + deviation);
    sum += deviation;
    squaresRest += roundingOf(squares, square, squares + square);
    squares += square;
  }
  moments.sum = sum;
  moments.sumRest = sumRest;
  moments.squares = squares;
  moments.squaresRest = squaresRest;
}

function clear(moments: Moments): void {
  startAt(moments, 0);
  moments.newest = Number.NaN;
  moments.run = 0;
}

/** Also where every number equals `origin`: the sums are then known exactly. */
function startAt(moments: Moments, origin: number): void {
  moments.origin = origin;
  moments.sum = 0;
  moments.sumRest = 0;
  moments.squares = 0;
  moments.squaresRest = 0;
  moments.squaresPeak = 0;
  moments.starts += 1;
}
