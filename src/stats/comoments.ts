import { accumulate, accumulated } from './double-double.ts';
import { assertMeasurable } from './invariant.ts';
import {
  createMoments,
  followMoments,
  type Moments,
  momentsAllEqual,
  momentsMean,
  momentsSd,
} from './moments.ts';
import { type LinearFit, linearRegression } from './regression.ts';
import { popRing, pushRing, ringAt, ringSize, ringToArray } from './ring.ts';

/** Closer to a perfect fit than this, 1 − r² is made of rounding and the residuals are summed. */
const NEARLY_PERFECT = 1e-6;

/**
 * Correlation and regression of pairs (x, y) in a window, kept as the window moves: the moments of
 * both sides and the double-double sum of (x − origin of x)(y − origin of y).
 */
export interface Comoments {
  readonly x: Moments;
  readonly y: Moments;
  readonly products: Float64Array;
  /** Starts of both sides that `products` takes account of. */
  starts: number;
}

/** An empty window over the last `capacity` pairs. */
export function createComoments(capacity: number): Comoments {
  return {
    x: createMoments(capacity),
    y: createMoments(capacity),
    products: new Float64Array(2),
    starts: 0,
  };
}

/** Takes a pair in; the oldest pair goes when the window is full. */
export function pushComoments(comoments: Comoments, x: number, y: number): void {
  assertMeasurable(x);
  assertMeasurable(y);
  const leftX = pushRing(comoments.x.values, x);
  const leftY = pushRing(comoments.y.values, y);
  follow(comoments, leftX, leftY, x, y);
}

/** Takes the oldest pair out, as a window bounded by time does. */
export function evictOldestComoments(comoments: Comoments): void {
  const leftX = popRing(comoments.x.values);
  const leftY = popRing(comoments.y.values);
  follow(comoments, leftX, leftY, Number.NaN, Number.NaN);
}

/** How many pairs the window holds now. */
export function comomentsCount(comoments: Comoments): number {
  return ringSize(comoments.x.values);
}

/**
 * Pearson's correlation, −1 … 1.
 *
 * @returns NaN below two pairs, or when every x or every y is equal.
 */
export function comomentsCorrelation(comoments: Comoments): number {
  const { x, y } = comoments;
  const scale = momentsSd(x) * momentsSd(y);
  if (!(scale > 0)) return Number.NaN;
  return Math.max(-1, Math.min(1, covariance(comoments) / scale));
}

/** Ordinary least squares of y on x; NaN where there is no such number (see `LinearFit`). */
export function comomentsFit(comoments: Comoments): LinearFit {
  const { x, y } = comoments;
  const n = comomentsCount(comoments);
  const r = comomentsCorrelation(comoments);
  const unexplained = 1 - r * r;
  if (!(n >= 3 && unexplained >= NEARLY_PERFECT)) {
    return linearRegression(ringToArray(x.values), ringToArray(y.values));
  }
  const slope = covariance(comoments) / momentsSd(x) ** 2;
  return {
    n,
    slope,
    intercept: momentsMean(y) - slope * momentsMean(x),
    t: r * Math.sqrt((n - 2) / unexplained),
    r2: r * r,
  };
}

/** Sample covariance (n − 1). */
function covariance({ x, y, products }: Comoments): number {
  const n = ringSize(x.values);
  const sumX = x.sum + x.sumRest;
  const sumY = y.sum + y.sumRest;
  return (accumulated(products, 0) - (sumX * sumY) / n) / (n - 1);
}

function follow(
  comoments: Comoments,
  leftX: number,
  leftY: number,
  enteredX: number,
  enteredY: number,
): void {
  const { x, y, products } = comoments;
  followMoments(x, leftX, enteredX);
  followMoments(y, leftY, enteredY);
  const starts = x.starts + y.starts;
  if (starts !== comoments.starts) {
    comoments.starts = starts;
    sumProducts(comoments);
    return;
  }
  if (!Number.isNaN(leftX)) accumulate(products, 0, -((leftX - x.origin) * (leftY - y.origin)));
  if (!Number.isNaN(enteredX)) {
    accumulate(products, 0, (enteredX - x.origin) * (enteredY - y.origin));
  }
}

function sumProducts({ x, y, products }: Comoments): void {
  products.fill(0);
  // Where all numbers of a side are equal they are its origin, and every product is 0.
  if (momentsAllEqual(x) || momentsAllEqual(y)) return;
  const n = ringSize(x.values);
  for (let i = 0; i < n; i++) {
    const product = (ringAt(x.values, i) - x.origin) * (ringAt(y.values, i) - y.origin);
    accumulate(products, 0, product);
  }
}
