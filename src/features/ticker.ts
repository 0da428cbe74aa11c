import { staleAfter } from '../market/cadence.ts';
import type { InstrumentState } from '../market/state.ts';
import { absent, observed, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';

/**
 * A number of the rolling 24 h ticker. It is as alive as the ticker's stream and not as this listing's own last change: streams of all listings name only
 * what has changed.
 */
function tickerReading(
  state: InstrumentState,
  value: number | undefined,
  what: string,
  now: Micros,
  settings: EngineSettings,
): Reading {
  const { cadences, instrument } = state;
  return value === undefined
    ? absent(`no ${what}: ${instrument.venue}`)
    : observed(
        value,
        cadences.volume24h.lastTs as Micros,
        now,
        staleAfter(cadences.volume24h, settings),
      );
}

/** Traded in the last 24 h, base coin. */
export const volumeReading = (
  state: InstrumentState,
  now: Micros,
  settings: EngineSettings,
): Reading => tickerReading(state, state.volume24h?.size, '24 h volume', now, settings);

/** The same in quote currency, as USD. */
export const volumeUsdReading = (
  state: InstrumentState,
  now: Micros,
  settings: EngineSettings,
): Reading => tickerReading(state, state.volume24h?.notional, '24 h volume', now, settings);

/** Price of the first trade of the last 24 h. */
export const openPriceReading = (
  state: InstrumentState,
  now: Micros,
  settings: EngineSettings,
): Reading => tickerReading(state, state.volume24h?.openPrice, 'price of 24 h ago', now, settings);

/** Price of the last trade: the ticker's, or of a trade heard since. */
export function lastPriceReading(
  state: InstrumentState,
  now: Micros,
  settings: EngineSettings,
): Reading {
  const { volume24h, lastTrade, cadences } = state;
  // A ticker without a last price says nothing against the trade that was heard.
  const isTold = volume24h !== null && volume24h.lastPrice !== undefined;
  if (lastTrade === null || (isTold && volume24h.tsLocal > lastTrade.tsLocal))
    return tickerReading(state, volume24h?.lastPrice, 'trade', now, settings);
  const ts = Math.max(lastTrade.tsLocal, cadences.volume24h.lastTs) as Micros;
  return observed(lastTrade.price, ts, now, staleAfter(cadences.volume24h, settings));
}
