import type { BookSample } from '../../src/features/book-sample.ts';
import type { Entries, InstrumentInput } from '../../src/features/feature.ts';
import { applyToMarket, createMarketState, type InstrumentState } from '../../src/market/state.ts';
import type { EngineEvent, Levels } from '../../src/model/event.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { absent, live, type Reading } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import { HOUR, type Micros, micros, SECOND } from '../../src/model/units.ts';
import { listingOf } from './tape.ts';

/** A whole hour from which tests count: 2026-03-10T12:00Z. */
export const T0 = micros(Date.UTC(2026, 2, 10, 12) * 1000);

export const at = (seconds: number): Micros => micros(T0 + seconds * SECOND);
export const hours = (count: number): number => count * HOUR;

/** What events say of a listing; without `instrument` and `tsExchange`, which the helper adds. */
export type Said = { readonly kind: string; readonly tsLocal: Micros } & Record<string, unknown>;

/** A listing in a market of its own, and a way to tell it things. */
export function listed(
  kind: 'perp' | 'spot' = 'perp',
  changes: Partial<Instrument> = {},
): { readonly state: InstrumentState; readonly tell: (...events: readonly Said[]) => void } {
  const instrument = { ...listingOf('binance', 'BTC', kind), ...changes };
  const market = createMarketState('any');
  applyToMarket(market, { kind: 'listing', instrument, tsLocal: T0 });
  return {
    state: market.instruments.get(instrument.id)!,
    tell: (...events) => {
      for (const event of events)
        applyToMarket(market, {
          instrument: instrument.id,
          tsExchange: null,
          ...event,
        } as unknown as EngineEvent);
    },
  };
}

export const levels = (...pairs: readonly (readonly [ticks: number, lots: number])[]): Levels =>
  Float64Array.from(pairs.flat());

/** A book snapshot, on the grid of the tape's BTC perp: 0.1 per tick, 0.001 coins per lot. */
export const snapshot = (
  tsLocal: Micros,
  bids: Levels,
  asks: Levels,
  more: { readonly lastId?: number; readonly limit?: number } = {},
): Said => ({ kind: 'bookSnapshot', tsLocal, lastId: 1, limit: 1000, bids, asks, ...more });

const NOTHING = absent('no book here');

/** A sample of which only what is given is known. */
const sampleWith = (known: Partial<BookSample>): BookSample => ({
  bid: NOTHING,
  ask: NOTHING,
  bidSize: NOTHING,
  askSize: NOTHING,
  mid: NOTHING,
  microprice: NOTHING,
  spreadBps: NOTHING,
  depthBid: NOTHING,
  depthAsk: NOTHING,
  oib: NOTHING,
  bandBps: 25,
  knownBidBps: NOTHING,
  knownAskBps: NOTHING,
  ...known,
});

/** What an instrument's feature sees. */
export const inputWith = (
  state: InstrumentState,
  now: Micros,
  more: {
    readonly sample?: Partial<BookSample>;
    readonly silentFor?: Micros;
    readonly settings?: EngineSettings;
  } = {},
): InstrumentInput => ({
  now,
  settings: more.settings ?? DEFAULT_SETTINGS,
  state,
  sample: sampleWith(more.sample ?? {}),
  silentFor: more.silentFor ?? null,
});

/** The value of a live reading; anything else fails the test with the reading in the message. */
export function liveValue<T>(reading: Reading<T> | undefined): T {
  if (reading?.state !== 'live') throw new Error(`not live: ${JSON.stringify(reading)}`);
  return reading.value;
}

/** The number of a live entry. */
export function numberIn(entries: Entries, name: string): number {
  const value = liveValue(entries[name]);
  if (typeof value !== 'number') throw new Error(`${name} is no number: ${value}`);
  return value;
}

/** Why an entry is absent. */
export function reasonIn(entries: Entries, name: string): string {
  const reading = entries[name];
  if (reading?.state !== 'absent') throw new Error(`${name} is ${JSON.stringify(reading)}`);
  return reading.reason;
}

export const liveOib = (value: number): Partial<BookSample> => ({ oib: live(value) });
