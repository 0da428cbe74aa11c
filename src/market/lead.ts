import type { Instrument } from '../model/instrument.ts';
import type { InstrumentState } from './state.ts';

/** Listings that an asset's own numbers are read off. */
export interface Lead {
  /** The perp that leads; null while none is listed. */
  readonly perp: InstrumentState | null;
  /** The spot listing of the same venue in the same quote currency; any spot while there is no perp. */
  readonly spot: InstrumentState | null;
}

/** Quote currencies in the order of preference: where the volume is. Others come after them, coin-margined contracts last. */
const QUOTES = ['USDT', 'USDC', 'FDUSD', 'BUSD'];

/** What is polled leads only where nothing is streamed. */
const POLLED = 2 * QUOTES.length + 2;

function rankOf({ base, quote, settle, polledEveryMs }: Instrument): number {
  const behind = polledEveryMs === undefined ? 0 : POLLED;
  if (settle === base) return behind + QUOTES.length + 1;
  const rank = QUOTES.indexOf(quote);
  return behind + (rank < 0 ? QUOTES.length : rank);
}

/** The perp of the preferred quote currency leads; of equals the one that was listed first, so the order of the venues decides. */
export function leadOf(listed: readonly InstrumentState[]): Lead {
  let perp: InstrumentState | null = null;
  for (const state of listed)
    if (
      state.instrument.kind === 'perp' &&
      (perp === null || rankOf(state.instrument) < rankOf(perp.instrument))
    )
      perp = state;
  let spot: InstrumentState | null = null;
  for (const state of listed) {
    const { kind, venue, quote } = state.instrument;
    if (kind !== 'spot') continue;
    const isBeside =
      perp === null || (venue === perp.instrument.venue && quote === perp.instrument.quote);
    if (isBeside && (spot === null || rankOf(state.instrument) < rankOf(spot.instrument)))
      spot = state;
  }
  return { perp, spot };
}
