import { staleAfter } from '../market/cadence.ts';
import type { InstrumentState } from '../market/state.ts';
import { asOf } from '../market/trail.ts';
import { absent, derive, live, observed, type Reading } from '../model/reading.ts';
import type { OiChangeType } from '../model/regime.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, MINUTE, type Micros } from '../model/units.ts';
import { markReadings } from './basis.ts';
import { instrumentFeature, perpsOnly } from './feature.ts';
import { volumeReading } from './ticker.ts';

/** How much older than asked for the earlier value may be: back-fill of the distant past is hourly. */
const toleranceOf = (hours: number): number => (hours <= 1 ? 10 * MINUTE : HOUR);

/** Open interest in base coin, one side; stale when the poll is. */
export function openInterestReading(
  state: InstrumentState,
  now: Micros,
  settings: EngineSettings,
): Reading {
  const { openInterest, cadences, instrument } = state;
  return openInterest === null
    ? absent(`no open interest: ${instrument.venue}`)
    : observed(
        openInterest.size,
        openInterest.tsLocal,
        now,
        staleAfter(cadences.openInterest, settings),
      );
}

function earlier(
  state: InstrumentState,
  what: 'openInterestTrail' | 'priceTrail',
  now: Micros,
  hours: number,
): Reading {
  const value = asOf(state.history[what], now - hours * HOUR, toleranceOf(hours));
  return Number.isNaN(value)
    ? absent(`warming ${hours} h of ${what === 'priceTrail' ? 'price' : 'open interest'}`)
    : live(value);
}

/** Coin OI `hours` ago. */
export const openInterestBefore = (state: InstrumentState, now: Micros, hours: number): Reading =>
  earlier(state, 'openInterestTrail', now, hours);

/** Change of price over `hours`, as a fraction. */
function priceChange(state: InstrumentState, price: Reading, now: Micros, hours: number): Reading {
  return derive(
    [price, earlier(state, 'priceTrail', now, hours)] as const,
    (value, before) => (value - before) / before,
  );
}

/** Which positions came or went, by the signs of the two changes (SPEC §4). An inference: every contract has both sides. Zero counts as up. */
export function oiChangeType(price: number, openInterest: number): OiChangeType {
  if (price >= 0) return openInterest >= 0 ? 'long build' : 'short squeeze';
  return openInterest >= 0 ? 'short build' : 'long liquidation';
}

/** What the same two signs say about the move (SPEC §8). */
export function oiDivergence(price: number, openInterest: number): string {
  switch (oiChangeType(price, openInterest)) {
    case 'long build':
      return 'bullish, new longs';
    case 'short build':
      return 'bearish, new shorts';
    case 'short squeeze':
      return 'short squeeze, rally may be weak';
    case 'long liquidation':
      return 'long liquidation, selling may exhaust';
  }
}

/**
 * Open interest of a perp (SPEC §4, §8): coin and USD at mark, change over 1, 4 and 24 h, what the hour's change means beside price, and
 * OI / 24 h volume (days to cover).
 */
export const openInterest = instrumentFeature<null>({
  name: 'openInterest',
  appliesTo: perpsOnly,
  create: () => null,
  read(_, { state, now, settings, sample }) {
    const coin = openInterestReading(state, now, settings);
    const { mark } = markReadings(state, now, settings);
    const volume = volumeReading(state, now, settings);
    const before = openInterestBefore(state, now, 1);
    const change = (hours: number): Reading =>
      derive(
        [coin, openInterestBefore(state, now, hours)] as const,
        (size, then) => (size - then) / then,
      );
    const change1h = change(1);
    const price1h = priceChange(state, sample.mid, now, 1);
    return {
      oiCoin: coin,
      oiUsd: derive([coin, mark] as const, (size, price) => size * price),
      oiChange1h: change1h,
      oiChange4h: change(4),
      oiChange24h: change(24),
      oiChange1hUsd: derive(
        [coin, before, mark] as const,
        (size, then, price) => (size - then) * price,
      ),
      priceChange1h: price1h,
      priceChange24h: priceChange(state, sample.mid, now, 24),
      oiChangeType: derive([price1h, change1h] as const, oiChangeType),
      oiPriceDivergence: derive([price1h, change1h] as const, oiDivergence),
      oiNorm: derive([coin, volume] as const, (size, traded) => size / traded),
      volume24h: volume,
    };
  },
});
