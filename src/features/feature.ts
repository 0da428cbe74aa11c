import type { InstrumentState } from '../market/state.ts';
import type { Definitions, Grounds } from '../model/definition.ts';
import type { Trade } from '../model/event.ts';
import type { Asset, Instrument } from '../model/instrument.ts';
import type { KeptMinuteRows } from '../model/kept.ts';
import { absent, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';
import type { BookSample } from './book-sample.ts';

/** Readings by name; the names appear as they are in every frame. */
export type Entries = Readonly<Record<string, Reading<number | string>>>;

/** What an instrument's feature sees: the past up to `now`, nothing later. */
export interface InstrumentInput {
  readonly now: Micros;
  readonly settings: EngineSettings;
  readonly state: InstrumentState;
  /** The book at `now`. */
  readonly sample: BookSample;
  /** How long the instrument's feed has been lost or silent; null while it lives. A quiet flow is zero only on a living feed. */
  readonly silentFor: Micros | null;
  /** At a tick under the notional clock: the number of the sample that falls due at it, null for none (see `snapshotAt`). */
  readonly snapshot?: number | null;
}

/** What an asset's feature sees. */
export interface AssetInput {
  readonly now: Micros;
  readonly settings: EngineSettings;
  readonly asset: Asset;
  /** The asset's leading perp and the spot listing of the same venue, where there are any. */
  readonly perp: InstrumentInput | undefined;
  readonly spot: InstrumentInput | undefined;
}

/** The same when it is asked for its readings: with those of the instruments' own features. */
export interface AssetReadInput extends AssetInput {
  readonly perpEntries: Entries;
  readonly spotEntries: Entries;
}

/**
 * One family of numbers about an instrument. Its memory `S` is plain data that lives in the engine's state. `read` leaves it as it is, so that
 * frames can be made at any time and as often as anyone likes.
 *
 * Adding one touches its file, its test and one line in `index.ts`: frames, JSON and the schema take the entries as they come.
 */
export interface InstrumentFeature<S> {
  readonly name: string;
  readonly appliesTo: (instrument: Instrument) => boolean;
  /** What it is made of, where not every listing has that: of a dated contract most venues are asked for its prices alone. It is not read where there is none. */
  readonly needs?: 'book' | 'quote';
  readonly create: (settings: EngineSettings) => S;
  readonly onTrade?: (memory: S, trade: Trade, instrument: Instrument) => void;
  /** Once a second, with the last known state. */
  readonly onTick?: (memory: S, input: InstrumentInput) => void;
  readonly read: (memory: S, input: InstrumentInput) => Entries;
  /** What each of its entries is, by name. */
  readonly define: Definitions;
  /** What an entry rests on at this instant: window, count, what was left out. Undefined where its inputs say all. */
  readonly explain?: (memory: S, input: InstrumentInput, name: string) => Grounds | undefined;
  /** Of a memory that outlives the run: the rows by the minute that are newer than `after`, under a name of their own. Undefined for none. */
  readonly keep?: (memory: S, after: number) => KeptRows | undefined;
  /** Takes such rows back, ascending, before anything else has been heard. */
  readonly recall?: (memory: S, rows: KeptRows) => void;
}

/** What a feature keeps of one listing. */
export type KeptRows = Omit<KeptMinuteRows, 'kind' | 'instrument'>;

/** Whether a listing has what a family is made of: a book (and with it trades), or a best bid and ask at least. */
export function hasNeeds(
  { needs }: Pick<AnyInstrumentFeature, 'needs'>,
  { instrument, hasBook, touch }: InstrumentState,
): boolean {
  if (needs === undefined || hasBook || instrument.kind !== 'future') return true;
  return needs === 'quote' && touch !== null;
}

/** One family of numbers about an asset, from several of its instruments. */
export interface AssetFeature<S> {
  readonly name: string;
  readonly create: (settings: EngineSettings) => S;
  readonly onTick?: (memory: S, input: AssetInput) => void;
  readonly read: (memory: S, input: AssetReadInput) => Entries;
  readonly define: Definitions;
  readonly explain?: (memory: S, input: AssetReadInput, name: string) => Grounds | undefined;
}

/** A feature whose memory nobody else needs to know. */
export type AnyInstrumentFeature = InstrumentFeature<unknown>;
export type AnyAssetFeature = AssetFeature<unknown>;

/** Hides the type of a feature's memory: only the feature itself ever gets it back. */
export const instrumentFeature = <S>(feature: InstrumentFeature<S>): AnyInstrumentFeature =>
  feature as AnyInstrumentFeature;
export const assetFeature = <S>(feature: AssetFeature<S>): AnyAssetFeature =>
  feature as AnyAssetFeature;

/** A number another feature of the same second has read, under its name. */
export function numberOf(entries: Entries, name: string): Reading {
  const reading = entries[name];
  if (reading === undefined) return absent(`no ${name}`);
  if (reading.state !== 'absent' && typeof reading.value !== 'number')
    return absent(`${name} is no number`);
  return reading as Reading;
}

export const anyInstrument = (): boolean => true;
export const perpsOnly = (instrument: Instrument): boolean => instrument.kind === 'perp';
