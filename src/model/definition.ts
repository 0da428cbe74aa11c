/** What a number is measured in, as a reader has to know it. */
export type Unit =
  | 'price'
  | 'coins'
  | 'usd'
  | 'fraction'
  | 'bps'
  | 'count'
  | 'ratio'
  | 'sd'
  | 'seconds'
  | 'minutes'
  | 'hours'
  | 'days'
  | 'µs'
  | 'text'
  | (string & {});

/** What a listing has told us or we keep of it: what numbers are made of in the end. */
export type Fact =
  | 'book'
  | 'trades'
  | 'mark'
  | 'index'
  | 'predicted'
  | 'settled'
  | 'interval'
  | 'openInterest'
  | 'volume24h'
  | 'liquidations'
  | 'options'
  | 'volatility'
  | `history.${string}`;

/** Whose: the listing the number is about, or one of the asset's leading pair. */
export type Owner = 'own' | 'perp' | 'spot';

/** One input of a number. */
export type Input =
  /** Something known of a listing. */
  | { readonly fact: Fact; readonly of: Owner }
  /** Another number of a feature family, by its name. */
  | { readonly entry: string; readonly of: Owner }
  /** Another number of the frame, by its path; `*` stands for what the asking path has in that place. */
  | { readonly path: string };

export const fact = (name: Fact, of: Owner = 'own'): Input => ({ fact: name, of });
export const entry = (name: string, of: Owner = 'own'): Input => ({ entry: name, of });
export const path = (name: string): Input => ({ path: name });

/** What a number is, in words that hold at every instant: the part of an explanation that does not move. */
export interface Definition {
  /** In the desk's words and symbols: `(mark − index) / index`. */
  readonly formula: string;
  readonly unit: Unit;
  /** Where it is written: `SPEC §4`, a paper. */
  readonly source: string;
  readonly inputs: readonly Input[];
}

/** Definitions by the name of an entry, or by the path of a number in the frame with `*` for what is named by the market. */
export type Definitions = Readonly<Record<string, Definition>>;

/** What moved: the part of an explanation that only holds at one instant. */
export interface Grounds {
  /** The window it was made over. */
  readonly window?: {
    /** How far back it reaches, µs. */
    readonly span: number;
    /** Samples in it, and how many a full one holds. */
    readonly count: number;
    readonly full: number;
    /** Distinct facts among them where samples repeat (SPEC §2). */
    readonly nEff?: number;
  };
  /** Numbers that are neither inputs nor results: thresholds in force, means, standard deviations, weights. */
  readonly parameters?: Readonly<Record<string, number | string | null>>;
  /** What was left out, each with its reason. */
  readonly excluded?: readonly string[];
}
