import { type Grid, gridFromText } from '../../model/grid.ts';
import type { Instrument, SizeUnit } from '../../model/instrument.ts';
import { microsFromMillis } from '../../model/units.ts';
import { type ListingRules, noteUnfamiliar } from '../draft.ts';
import {
  type Listed,
  listedFrom,
  listedOf,
  ONE,
  place,
  retireUnseen,
  type Stated,
  symbolOf,
  takeList,
} from '../listed.ts';
import {
  arrayOf,
  decimalOf,
  isAbsent,
  Malformed,
  objectOf,
  shown,
  stampOf,
  textOf,
  type Wire,
} from '../wire.ts';
import type { Draft } from './draft.ts';

export const VENUE = 'okx';
export const FEED = 'okx';

/** Levels per side that the `books` channel shows (venues.md §4.2). */
export const BOOK_LEVELS = 400;

type Terms = Pick<
  Instrument,
  'symbol' | 'kind' | 'base' | 'quote' | 'settle' | 'expiry' | 'sizeUnit'
>;

/** Prices of OKX are per single coin: what other venues list by the bundle has the multiplier in its contract (venues.md §1.2). */
const stated = (terms: Terms, contract: Grid): Omit<Stated, 'priceGrid' | 'sizeGrid'> => ({
  ...terms,
  bookRule: 'chained',
  bookLevels: BOOK_LEVELS,
  bundle: { asset: terms.base, coins: 1 },
  contract,
});

/** `BTC-USD-260327-92000-C`. */
const OPTION = /^[^-]+-[^-]+-\d{6}-[\d.]+-[CP]$/;

/** Whether a symbol is an option. We make no chain of them, so what is said of them is left aside. */
export const isOption = (symbol: string): boolean => OPTION.test(symbol);

/**
 * Terms of a symbol that no listing explains, read off its spelling: `BTC-USDT`, `BTC-USDT-SWAP`, `BTC-USD-260327`. What a contract is worth stays
 * unknown.
 */
function inferTerms(symbol: string): Terms {
  const [base = '', quote = '', term, ...more] = symbol.split('-');
  const isKnown = base !== '' && quote !== '' && more.length === 0;
  if (isKnown && term === undefined)
    return { symbol, kind: 'spot', base, quote, settle: null, expiry: null, sizeUnit: 'base' };
  const settle = quote === 'USD' ? base : quote;
  const terms = { symbol, base, quote, settle, sizeUnit: 'contracts' } as const;
  if (isKnown && term === 'SWAP') return { ...terms, kind: 'perp', expiry: null };
  const date = /^(\d\d)(\d\d)(\d\d)$/.exec(term ?? '');
  if (!isKnown || date === null) throw new Malformed(`unknown symbol ${shown(symbol)}`);
  // Dated contracts expire at 08:00 UTC of the day in their name (venues.md §1.1).
  const expiry = microsFromMillis(
    Date.UTC(2000 + Number(date[1]), Number(date[2]) - 1, Number(date[3]), 8),
  );
  return { ...terms, kind: 'future', expiry };
}

/** What is known about OKX's listings. An index stands behind every contract, and is named after its coins. */
export const RULES: ListingRules<Draft> = {
  venue: VENUE,
  feed: FEED,
  decimalsAtMost: 12,
  infer: (symbol) => stated(inferTerms(symbol), ONE),
  announced(draft, { kind, symbol, base, quote }) {
    if (kind === 'spot') return;
    const { byIndex } = draft.state;
    const index = `${base}-${quote}`;
    draft.commits.push(() => {
      const symbols = byIndex.get(index) ?? [];
      if (!symbols.includes(symbol)) byIndex.set(index, [...symbols, symbol]);
    });
  },
};

/** Listings that an index stands behind and that trade, or of which nothing but messages is known. */
export const listingsBehind = (draft: Draft, index: string): Listed[] =>
  (draft.state.byIndex.get(index) ?? [])
    .map((symbol) => listedOf(draft, symbol))
    .filter(({ isTrading, instrument }) => isTrading || instrument.inferred);

function gridOf(value: unknown, name: string): Grid {
  const grid = gridFromText(decimalOf(value, name));
  if (grid === undefined || grid.units > 1e9) throw new Malformed(`${name}: not a step`);
  return grid;
}

/** What one contract is worth: `ctVal` × `ctMult` of `ctValCcy`. */
function contractOf(row: Wire): Grid {
  const value = gridOf(row['ctVal'], 'ctVal');
  const times = isAbsent(row['ctMult']) ? ONE : gridOf(row['ctMult'], 'ctMult');
  const contract = { units: value.units * times.units, scale: value.scale * times.scale };
  if (contract.units > 1e12 || contract.scale > 1e12) throw new Malformed('ctVal: not a contract');
  return contract;
}

/** `uly` is the index behind a contract, `BTC-USD`; the newer `instFamily` may say more than that. */
function coinsOf(row: Wire, isLinear: boolean): { base: string; quote: string } {
  for (const field of ['uly', 'instFamily']) {
    const name = row[field];
    const [base = '', quote = '', ...more] = typeof name === 'string' ? name.split('-') : [];
    if (base !== '' && quote !== '' && more.length === 0) return { base, quote };
  }
  const value = textOf(row['ctValCcy'], 'ctValCcy');
  const settle = textOf(row['settleCcy'], 'settleCcy');
  return isLinear ? { base: value, quote: settle } : { base: settle, quote: value };
}

function contractTerms(row: Wire, symbol: string, isDated: boolean): Terms {
  const type = textOf(row['ctType'], 'ctType');
  if (type !== 'linear' && type !== 'inverse') throw new Malformed(`ctType: ${shown(type)}`);
  const coins = coinsOf(row, type === 'linear');
  const valueIn = isAbsent(row['ctValCcy']) ? null : textOf(row['ctValCcy'], 'ctValCcy');
  const unit: SizeUnit | null =
    valueIn === null
      ? type === 'linear'
        ? 'base'
        : 'quote'
      : valueIn === coins.base
        ? 'base'
        : valueIn === coins.quote
          ? 'quote'
          : null;
  if (unit === null) throw new Malformed(`ctValCcy: ${shown(valueIn ?? '')}`);
  const settle = textOf(row['settleCcy'], 'settleCcy');
  const terms = { symbol, ...coins, settle, sizeUnit: unit };
  if (!isDated) return { ...terms, kind: 'perp', expiry: null };
  return { ...terms, kind: 'future', expiry: stampOf(row['expTime'], 'expTime') };
}

const spotTerms = (row: Wire, symbol: string): Terms => ({
  symbol,
  kind: 'spot',
  base: textOf(row['baseCcy'], 'baseCcy'),
  quote: textOf(row['quoteCcy'], 'quoteCcy'),
  settle: null,
  expiry: null,
  sizeUnit: 'base',
});

/** Types of instruments that are listed here, by `instType`; options and margin pairs are known and left out. */
const KINDS: Readonly<Record<string, Instrument['kind']>> = {
  SPOT: 'spot',
  SWAP: 'perp',
  FUTURES: 'future',
};
const LEFT_OUT: ReadonlySet<string> = new Set(['OPTION', 'MARGIN']);

/** One row of `instruments`; undefined for types that are not ours. */
function listedOfRow(draft: Draft, row: Wire, isTrading: boolean): Listed | undefined {
  const type = textOf(row['instType'], 'instType');
  const kind = KINDS[type];
  if (kind === undefined) {
    if (!LEFT_OUT.has(type)) noteUnfamiliar(draft, `instType ${shown(type)}`);
    return undefined;
  }
  const symbol = symbolOf(row['instId'], 'instId');
  const terms =
    kind === 'spot' ? spotTerms(row, symbol) : contractTerms(row, symbol, kind === 'future');
  return listedFrom(
    draft,
    {
      ...stated(terms, kind === 'spot' ? ONE : contractOf(row)),
      priceGrid: gridOf(row['tickSz'], 'tickSz'),
      sizeGrid: gridOf(row['lotSz'], 'lotSz'),
    },
    { isTrading, inferred: false },
  );
}

/** A row that does not trade may lack anything: what is about to begin has no terms yet. */
function readRow(draft: Draft, row: Wire, isTrading: boolean): Listed | undefined {
  try {
    return listedOfRow(draft, row, isTrading);
  } catch (error) {
    if (isTrading || !(error instanceof Malformed)) throw error;
    return undefined;
  }
}

/**
 * `GET /api/v5/public/instruments` and the `instruments` channel → a listing for everything that is `live`: swaps, dated futures, spot pairs. What is in
 * another state is announced only when a message of it comes. A row that cannot be read costs itself, not the others.
 *
 * @param completeType  the `instType` of which this is everything; null when it is but a part: then those that are missing are not thereby gone.
 * @see https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments
 */
export function instruments(draft: Draft, body: unknown, completeType: string | null): void {
  const rows = arrayOf(body, 'instruments');
  const seen = takeList(draft, 'instruments', rows, 'instId', (row) => {
    const wire = objectOf(row, 'instrument');
    const listed = readRow(draft, wire, textOf(wire['state'], 'state') === 'live');
    if (listed !== undefined) place(draft, listed);
    return listed?.instrument.symbol;
  });
  const kind = completeType === null ? undefined : KINDS[completeType];
  // A list of nothing is an answer gone wrong, not the end of the venue.
  if (kind !== undefined && rows.length > 0)
    retireUnseen(draft, seen, (instrument) => instrument.kind === kind);
}
