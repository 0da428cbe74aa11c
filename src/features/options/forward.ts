import { median, type OptionRow } from './row.ts';

/** Where the forward of an expiry comes from, the best first. */
export type ForwardSource =
  /** What the venue itself prices this expiry with. */
  | 'venue'
  /** Put-call parity at the strikes nearest to the money. */
  | 'parity'
  /** The dated future of that day. */
  | 'future';

export interface Forward {
  readonly value: number;
  readonly source: ForwardSource;
}

/** Strikes that parity is asked at. */
const PARITY_STRIKES = 3;

/** The newest that stands beside an option; of several at that instant the median. */
function venueForward(rows: readonly OptionRow[]): number | undefined {
  const told = rows.filter(({ underlying }) => underlying !== null);
  if (told.length === 0) return undefined;
  const newest = told.reduce((latest, { ts }) => Math.max(latest, ts ?? 0), 0);
  return median(told.filter(({ ts }) => (ts ?? 0) === newest).map(({ underlying }) => underlying!));
}

/**
 * F = K + (C − P), and F = K / (1 − (C − P)) where prices are in coins: the median over the strikes where call and put differ least, which are those at the money.
 */
function parityForward(rows: readonly OptionRow[], priceIn: 'coin' | 'quote'): number | undefined {
  const puts = new Map(rows.filter(({ type }) => type === 'put').map((row) => [row.strike, row]));
  const found: { readonly apart: number; readonly forward: number }[] = [];
  for (const { type, strike, price } of rows) {
    const other = puts.get(strike)?.price ?? null;
    if (type !== 'call' || price === null || other === null) continue;
    const difference = price - other;
    const forward = priceIn === 'coin' ? strike / (1 - difference) : strike + difference;
    const apart = Math.abs(priceIn === 'coin' ? difference : difference / strike);
    if (forward > 0 && Number.isFinite(forward)) found.push({ apart, forward });
  }
  if (found.length === 0) return undefined;
  found.sort((a, b) => a.apart - b.apart);
  return median(found.slice(0, PARITY_STRIKES).map(({ forward }) => forward));
}

/** The forward of an expiry, quote currency; undefined when nobody and nothing tells it. The index is none: it knows no carry. */
export function forwardOf(
  rows: readonly OptionRow[],
  priceIn: 'coin' | 'quote',
  future: number | null,
): Forward | undefined {
  const venue = venueForward(rows);
  if (venue !== undefined) return { value: venue, source: 'venue' };
  const parity = parityForward(rows, priceIn);
  if (parity !== undefined) return { value: parity, source: 'parity' };
  return future === null ? undefined : { value: future, source: 'future' };
}
