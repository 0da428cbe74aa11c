import type { OptionQuote } from '../../model/event.ts';
import type { Micros } from '../../model/units.ts';
import { createDecoderMemory, type DecoderMemory, type Draft as SharedDraft } from '../draft.ts';

/** What a message says of an option, and when the venue said it. Each kind of message knows only some of it. */
export interface OptionFacts {
  /** Tickers, summaries and the bulk stream. */
  readonly mark?: Stated<'markPrice' | 'markIv'>;
  /** Tickers and summaries. */
  readonly market?: Stated<'bidPrice' | 'askPrice' | 'underlyingPrice' | 'openInterest' | 'volume'>;
  /** Tickers alone. */
  readonly greeks?: Stated<'bidIv' | 'askIv' | 'delta' | 'gamma' | 'vega' | 'theta'>;
}

type Stated<K extends keyof OptionQuote> = Pick<OptionQuote, K> & {
  readonly tsExchange: Micros;
  readonly tsLocal: Micros;
};

/** What was last told of a perp or dated future. */
export interface Told {
  /** As it stands on the wire. */
  readonly openInterest: number | null;
  /** When open interest and volume were last told. */
  readonly tsLocal: Micros;
}

/** What a Deribit decoder remembers between records. Plain data. */
export interface DeribitState extends DecoderMemory {
  /** By wire symbol. */
  readonly told: Map<string, Told>;
  /** Newest mark price of perps: where the money of their options is. */
  readonly marks: Map<string, number>;
  /** By wire symbol: instant of the newest stretch of eight hours whose funding was told. */
  readonly settled: Map<string, Micros>;
  /** By wire symbol. */
  readonly options: Map<string, OptionFacts>;
}

export const createState = (): DeribitState => ({
  ...createDecoderMemory(),
  told: new Map(),
  marks: new Map(),
  settled: new Map(),
  options: new Map(),
});

/** What one record has been found to say so far. */
export interface Draft extends SharedDraft {
  readonly state: DeribitState;
}
