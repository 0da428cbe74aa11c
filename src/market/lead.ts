import type { Instrument, Venue } from '../model/instrument.ts';
import type { InstrumentState } from './state.ts';

/** What is known of a listing, as far as it decides which one leads. */
export interface Candidate {
  readonly instrument: Pick<
    Instrument,
    'kind' | 'venue' | 'base' | 'quote' | 'settle' | 'polledEveryMs'
  >;
}

/** Listings that an asset's own numbers are read off. */
export interface Lead<Listed extends Candidate = InstrumentState> {
  /** The perp that leads; null while none is listed. */
  readonly perp: Listed | null;
  /** The spot listing of the same venue in the same quote currency; any spot while there is no perp. */
  readonly spot: Listed | null;
}

/** Quote currencies in the order of preference: where the volume is. Others come after them, coin-margined contracts last. */
const QUOTES = ['USDT', 'USDC', 'FDUSD', 'BUSD'];

/** What is polled leads only where nothing is streamed. */
const POLLED = 2 * QUOTES.length + 2;

function rankOf({ base, quote, settle, polledEveryMs }: Candidate['instrument']): number {
  const behind = polledEveryMs === undefined ? 0 : POLLED;
  if (settle === base) return behind + QUOTES.length + 1;
  const rank = QUOTES.indexOf(quote);
  return behind + (rank < 0 ? QUOTES.length : rank);
}

/**
 * Orders listings as an asset's own numbers prefer them: by quote currency, then by venue, whichever venue was heard first. Of equals the one that was
 * listed first stays in front.
 */
export function byPreference(venues: readonly Venue[]): (a: Candidate, b: Candidate) => number {
  const placeOf = (venue: Venue): number => {
    const place = venues.indexOf(venue);
    return place < 0 ? venues.length : place;
  };
  return ({ instrument: a }, { instrument: b }) =>
    rankOf(a) - rankOf(b) || placeOf(a.venue) - placeOf(b.venue);
}

/** The most preferred perp leads, beside it the spot of its venue and quote currency. */
export function leadOf<Listed extends Candidate>(
  listed: readonly Listed[],
  venues: readonly Venue[],
): Lead<Listed> {
  const preferred = [...listed].sort(byPreference(venues));
  const perp = preferred.find(({ instrument }) => instrument.kind === 'perp') ?? null;
  const spot = preferred.find(({ instrument: { kind, venue, quote } }) => {
    const isBeside =
      perp === null || (venue === perp.instrument.venue && quote === perp.instrument.quote);
    return kind === 'spot' && isBeside;
  });
  return { perp, spot: spot ?? null };
}
