import type { EngineEvent } from '../../model/event.ts';
import type { RawRecord } from '../../model/record.ts';
import type { Micros } from '../../model/units.ts';
import { shown, type Wire } from '../wire.ts';
import type { FundingClock } from './intervals.ts';
import type { Listed } from './listings.ts';
import type { Product } from './product.ts';

/** What a Binance decoder remembers between records. Plain data. */
export interface BinanceState {
  /** By wire symbol. */
  readonly listings: Map<string, Listed>;
  /** Symbols that the last complete `exchangeInfo` holds but that are not traded here: how many, by status. */
  readonly leftOut: Map<string, number>;
  /** Names that have been reported as unfamiliar. */
  readonly unfamiliar: Set<string>;
  /** Hours by symbol of the last `fundingInfo`; null before the first. It lists only what differs from 8 h. */
  fundingHours: ReadonlyMap<string, number> | null;
  readonly fundingClocks: Map<string, FundingClock>;
}

export const createState = (): BinanceState => ({
  listings: new Map(),
  leftOut: new Map(),
  unfamiliar: new Set(),
  fundingHours: null,
  fundingClocks: new Map(),
});

/** What one record has been found to say so far. Nothing of it counts before the whole record has been read. */
export interface Draft {
  readonly product: Product;
  readonly state: BinanceState;
  readonly chan: string;
  readonly tsLocal: Micros;
  readonly events: EngineEvent[];
  /** Listings that this record adds or changes. */
  readonly listings: Map<string, Listed>;
  /** Names that this record shows for the first time. */
  readonly unfamiliar: string[];
  /** Further changes of the state. */
  readonly commits: (() => void)[];
  /** The venue's latest event time in a socket message. */
  tsEvent: Micros | null;
}

export const createDraft = (product: Product, state: BinanceState, record: RawRecord): Draft => ({
  product,
  state,
  chan: record.chan,
  tsLocal: record.t,
  events: [],
  listings: new Map(),
  unfamiliar: [],
  commits: [],
  tsEvent: null,
});

/** The record has been read to its end: the state now knows what it said. */
export function commit(draft: Draft): void {
  for (const [symbol, listed] of draft.listings) draft.state.listings.set(symbol, listed);
  for (const name of draft.unfamiliar) draft.state.unfamiliar.add(name);
  for (const change of draft.commits) change();
}

/** Names reported per decoder; a venue that keeps inventing is told off once and no more. */
const NAMES_KEPT = 256;

/** Reports something this venue never sent before, once per decoder. */
export function noteUnfamiliar(draft: Draft, what: string): void {
  const { state, unfamiliar } = draft;
  const known = state.unfamiliar.size + unfamiliar.length;
  if (known > NAMES_KEPT) return;
  const name = known === NAMES_KEPT ? `more than ${NAMES_KEPT} unfamiliar names` : what;
  if (state.unfamiliar.has(name) || unfamiliar.includes(name)) return;
  unfamiliar.push(name);
  draft.events.push({
    kind: 'unfamiliar',
    feed: draft.product.feed,
    what: name,
    tsLocal: draft.tsLocal,
  });
}

/** Reports the fields of a message that are not among the known ones. */
export function noteFields(
  draft: Draft,
  kind: string,
  message: Wire,
  known: ReadonlySet<string>,
): void {
  for (const field in message)
    if (!known.has(field)) noteUnfamiliar(draft, `${kind}.${shown(field)}`);
}
