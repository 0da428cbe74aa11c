import { staleAfter } from '../market/cadence.ts';
import type { InstrumentState } from '../market/state.ts';
import { asOf } from '../market/trail.ts';
import { type Definition, entry, fact } from '../model/definition.ts';
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

const changeOver = (span: string): Definition => ({
  formula: `(OI now − OI ${span} ago) / OI ${span} ago, in coin`,
  unit: 'fraction',
  source: 'SPEC §8',
  inputs: [entry('oiCoin'), fact('history.openInterestTrail')],
});

const priceOver = (span: string): Definition => ({
  formula: `(mid now − mid ${span} ago) / mid ${span} ago`,
  unit: 'fraction',
  source: 'SPEC §8',
  inputs: [entry('mid'), fact('history.priceTrail')],
});

/**
 * Open interest of a perp (SPEC §4, §8): coin and USD at mark, change over 1, 4 and 24 h, what the hour's change means beside price, and
 * OI / 24 h volume (days to cover).
 */
export const openInterest = instrumentFeature<null>({
  name: 'openInterest',
  appliesTo: perpsOnly,
  create: () => null,
  define: {
    oiCoin: {
      formula: 'open interest, one side',
      unit: 'coins',
      source: 'SPEC §3',
      inputs: [fact('openInterest')],
    },
    oiUsd: {
      formula: 'open interest · mark',
      unit: 'usd',
      source: 'SPEC §8',
      inputs: [entry('oiCoin'), entry('mark')],
    },
    oiChange1h: changeOver('1 h'),
    oiChange4h: changeOver('4 h'),
    oiChange24h: changeOver('24 h'),
    oiChange1hUsd: {
      formula: '(OI now − OI 1 h ago) · mark',
      unit: 'usd',
      source: 'SPEC §8',
      inputs: [entry('oiCoin'), fact('history.openInterestTrail'), entry('mark')],
    },
    priceChange1h: priceOver('1 h'),
    priceChange24h: priceOver('24 h'),
    oiChangeType: {
      formula: 'by the signs of the price change and the OI change over 1 h',
      unit: 'text',
      source: 'SPEC §4',
      inputs: [entry('priceChange1h'), entry('oiChange1h')],
    },
    oiPriceDivergence: {
      formula: 'by the signs of the price change and the OI change over 1 h',
      unit: 'text',
      source: 'SPEC §8',
      inputs: [entry('priceChange1h'), entry('oiChange1h')],
    },
    oiNorm: {
      formula: 'open interest / 24 h volume',
      unit: 'days',
      source: 'SPEC §4',
      inputs: [entry('oiCoin'), entry('volume24h')],
    },
    volume24h: {
      formula: 'traded in the last 24 h',
      unit: 'coins',
      source: 'SPEC §3',
      inputs: [fact('volume24h')],
    },
  },
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
