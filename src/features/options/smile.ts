import { black76, impliedVolatility } from '../../stats/black76.ts';
import type { OptionRow } from './row.ts';

const YEAR = 365 * 86_400e6;

/** Years between two instants, µs; a year has 365 days, and the last of them may be a fraction. */
export const yearsBetween = (from: number, to: number): number => (to - from) / YEAR;

/** Who says what the volatilities are: the venue, or we, from prices. */
export type IvSource = 'venue' | 'black76';

/** The volatility of one strike. */
export interface SmilePoint {
  readonly strike: number;
  /** Fraction a year. */
  readonly iv: number;
  /** Of a call there, to the forward; null while the time to the expiry is unknown and the venue says none. */
  readonly callDelta: number | null;
}

export interface Smile {
  /** By rising strike. */
  readonly points: readonly SmilePoint[];
  readonly source: IvSource;
  /** Options whose price allows no volatility. */
  readonly outOfBounds: number;
}

/** What the smile of one expiry is made from. */
export interface SmileInput {
  readonly rows: readonly OptionRow[];
  readonly priceIn: 'coin' | 'quote';
  readonly forward: number;
  readonly expiry: number;
  /** Now; null when the time of the quotes is unknown. */
  readonly at: number | null;
}

/** The volatility at which Black-76 gives the price of an option, with the forward and the time that its price was made with. NaN for none. */
function ivFromPrice(
  { type, strike, price, underlying, ts }: OptionRow,
  { priceIn, forward: ofExpiry, expiry, at }: SmileInput,
): number {
  const forward = underlying ?? ofExpiry;
  const since = ts ?? at;
  if (price === null || since === null) return Number.NaN;
  const inQuote = priceIn === 'coin' ? price * forward : price;
  return impliedVolatility(type, forward, strike, inQuote, yearsBetween(since, expiry));
}

function callDeltaOf(
  row: OptionRow,
  iv: number,
  { forward, expiry, at }: SmileInput,
): number | null {
  if (row.delta !== null) return row.type === 'call' ? row.delta : 1 + row.delta;
  if (at === null) return null;
  const { delta } = black76('call', forward, row.strike, iv, yearsBetween(at, expiry));
  return Number.isNaN(delta) ? null : delta;
}

/**
 * Volatility by strike: of the option that is out of the money there, which is the one that is traded, else of the other. The venue's own marks; only where an expiry has
 * none at all, those that Black-76 finds in its prices.
 */
export function smileOf(input: SmileInput): Smile {
  const { rows, forward } = input;
  const source: IvSource = rows.some(({ markIv }) => markIv !== null && markIv > 0)
    ? 'venue'
    : 'black76';
  const byStrike = new Map<number, { row: OptionRow; iv: number; isOut: boolean }>();
  let outOfBounds = 0;
  for (const row of rows) {
    const iv = source === 'venue' ? (row.markIv ?? Number.NaN) : ivFromPrice(row, input);
    if (!(iv > 0)) {
      if (source === 'black76' && row.price !== null && input.at !== null) outOfBounds += 1;
      continue;
    }
    const isOut = row.type === 'call' ? row.strike >= forward : row.strike < forward;
    const known = byStrike.get(row.strike);
    if (known === undefined || (isOut && !known.isOut))
      byStrike.set(row.strike, { row, iv, isOut });
  }
  const points = [...byStrike.values()]
    .map(({ row, iv }) => ({ strike: row.strike, iv, callDelta: callDeltaOf(row, iv, input) }))
    .sort((a, b) => a.strike - b.strike);
  return { points, source, outOfBounds };
}

/** Value at `x` on the line through two points. */
const between = (x: number, x0: number, y0: number, x1: number, y1: number): number =>
  x0 === x1 ? (y0 + y1) / 2 : y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);

/** Whether two strikes are near enough to each other to say what lies between them. Where deltas are unknown nobody can tell that they are not. */
const areNear = (lower: SmilePoint, upper: SmilePoint, widestGap: number): boolean =>
  lower.callDelta === null ||
  upper.callDelta === null ||
  lower.callDelta - upper.callDelta <= widestGap;

/**
 * Volatility at the money: at the forward of the expiry, between the strikes on both sides of it, with total variance linear in ln(K/F). Undefined where no strike
 * stands on one side, or they are farther apart than `widestGap` in delta.
 */
export function atmOf({ points }: Smile, forward: number, widestGap: number): number | undefined {
  const above = points.findIndex(({ strike }) => strike >= forward);
  const upper = points[above];
  if (upper === undefined) return undefined;
  if (upper.strike === forward) return upper.iv;
  const lower = points[above - 1];
  if (lower === undefined || !areNear(lower, upper, widestGap)) return undefined;
  const x = (strike: number) => Math.log(strike / forward);
  return Math.sqrt(between(0, x(lower.strike), lower.iv ** 2, x(upper.strike), upper.iv ** 2));
}

/**
 * Volatility where a call has this delta, between neighbouring strikes, linear in delta. Searched from the money outwards: up for deltas below ½, down for those above.
 * Undefined where the strikes do not reach so far or are farther apart than `widestGap`, or deltas are unknown.
 */
export function ivAtCallDelta(
  { points }: Smile,
  forward: number,
  callDelta: number,
  widestGap: number,
): number | undefined {
  const told = points.filter((point) => point.callDelta !== null);
  const first = told.findIndex(({ strike }) => strike >= forward);
  const money = first < 0 ? told.length : first;
  const isUp = callDelta < 0.5;
  const step = isUp ? 1 : -1;
  for (let at = isUp ? Math.max(1, money) : Math.min(money, told.length - 1); ; at += step) {
    const lower = told[at - 1];
    const upper = told[at];
    if (lower === undefined || upper === undefined) return undefined;
    if (lower.callDelta! >= callDelta && upper.callDelta! <= callDelta)
      return areNear(lower, upper, widestGap)
        ? between(callDelta, lower.callDelta!, lower.iv, upper.callDelta!, upper.iv)
        : undefined;
  }
}
