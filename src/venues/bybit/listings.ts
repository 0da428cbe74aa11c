import { type Grid, gridFromText } from '../../model/grid.ts';
import type { Instrument } from '../../model/instrument.ts';
import { microsFromMillis } from '../../model/units.ts';
import { type Bundle, unbundle } from '../bundles.ts';
import { type ListingRules, noteUnfamiliar } from '../draft.ts';
import {
  type Listed,
  listedFrom,
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
  isObject,
  Malformed,
  objectOf,
  shown,
  sizeOf,
  stampOf,
  textOf,
  type Wire,
} from '../wire.ts';
import type { Draft } from './draft.ts';
import { hoursOf, tellInterval } from './funding.ts';
import { BOOK_LEVELS, type Product, VENUE } from './product.ts';

const MONTHS = 'JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC'.split(',');
/** Month codes of dated inverse contracts. */
const MONTH_CODES = 'FGHJKMNQUVXZ';

/** Contracts expire at 08:00 UTC (venues.md §1.1). */
const expiryOn = (year: number, month: number, day: number) =>
  microsFromMillis(Date.UTC(2000 + year, month, day, 8));

/** Day of the last Friday of a month. */
function lastFriday(year: number, month: number): number {
  const last = new Date(Date.UTC(2000 + year, month + 1, 0));
  return last.getUTCDate() - ((last.getUTCDay() + 2) % 7);
}

/** Quote coins, longest first, by which an unlisted spot symbol is read; only for recordings that hold no listings. */
const SPOT_QUOTES = 'USDT,USDC,USDE,USD1,USDQ,USDR,BRL,BTC,DAI,ETH,EUR,MNT,PLN,SOL,TRY,GBP,USD'
  .split(',')
  .sort((a, b) => b.length - a.length);

type Terms = Pick<
  Instrument,
  'symbol' | 'kind' | 'base' | 'quote' | 'settle' | 'expiry' | 'sizeUnit'
>;

const OPTION = /-\d+(?:\.\d+)?-[CP](?:-[A-Z]+)?$/;

/** Whether a symbol is spelled like an option's: `BTC-27MAR26-90000-C`, `…-C-USDT`. They have a socket of their own that is not subscribed. */
export const isOption = (symbol: string): boolean => OPTION.test(symbol);

/** A coin and the dollars that it is quoted in, of a linear contract: `BTCUSDT`, `BTCPERP` and, in dated names, `BTC` mean USDC where none is named. */
function linearPair(pair: string, isDated: boolean): { base: string; quote: string } | undefined {
  if (pair.endsWith('USDT') && pair !== 'USDT') return { base: pair.slice(0, -4), quote: 'USDT' };
  if (isDated) return { base: pair, quote: 'USDC' };
  return pair.endsWith('PERP') && pair !== 'PERP'
    ? { base: pair.slice(0, -4), quote: 'USDC' }
    : undefined;
}

/** Terms of a contract that no listing explains. Recordings keep linear and inverse ones together, so both are read whatever the family. */
function inferContract(symbol: string): Terms | undefined {
  const dated = /^(.+)-(\d{1,2})([A-Z]{3})(\d\d)$/.exec(symbol);
  const linear = linearPair(dated?.[1] ?? symbol, dated !== null);
  if (linear !== undefined) {
    const month = dated === null ? 0 : MONTHS.indexOf(dated[3]!);
    if (month < 0) return undefined;
    return {
      symbol,
      kind: dated === null ? 'perp' : 'future',
      ...linear,
      settle: linear.quote,
      expiry: dated === null ? null : expiryOn(Number(dated[4]), month, Number(dated[2])),
      sizeUnit: 'base',
    };
  }
  const inverse = /^(.+)USD(?:([FGHJKMNQUVXZ])(\d\d))?$/.exec(symbol);
  if (inverse === null) return undefined;
  const [, base = '', code, year] = inverse;
  const month = code === undefined ? 0 : MONTH_CODES.indexOf(code);
  return {
    symbol,
    kind: code === undefined ? 'perp' : 'future',
    base,
    quote: 'USD',
    settle: base,
    expiry:
      code === undefined ? null : expiryOn(Number(year), month, lastFriday(Number(year), month)),
    sizeUnit: 'quote',
  };
}

function inferSpot(symbol: string): Terms | undefined {
  const quote = SPOT_QUOTES.find((coin) => symbol.endsWith(coin) && symbol !== coin);
  if (quote === undefined) return undefined;
  const base = symbol.slice(0, -quote.length);
  return { symbol, kind: 'spot', base, quote, settle: null, expiry: null, sizeUnit: 'base' };
}

function inferTerms({ category }: Product, symbol: string): Terms {
  const terms = category === 'spot' ? inferSpot(symbol) : inferContract(symbol);
  if (terms === undefined) throw new Malformed(`unknown symbol ${shown(symbol)}`);
  return terms;
}

/** What a base coin holds: besides the common prefixes Bybit has one suffix, `SHIB1000` (venues.md §1.2). */
function bundleOf(base: string): Bundle {
  const bundle = unbundle(base);
  if (bundle.coins > 1 || !base.endsWith('1000')) return bundle;
  const suffixed = unbundle(`1000${base.slice(0, -4)}`);
  return suffixed.coins > 1 ? suffixed : bundle;
}

const stated = (terms: Terms, bookLevels: number): Omit<Stated, 'priceGrid' | 'sizeGrid'> => ({
  ...terms,
  bookRule: 'stepped',
  bookLevels,
  bundle: bundleOf(terms.base),
  contract: ONE,
});

const rules = new Map<Product, ListingRules<Draft>>();

/** What is known about the listings of a product. */
export function rulesOf(product: Product): ListingRules<Draft> {
  let known = rules.get(product);
  if (known === undefined) {
    known = {
      venue: VENUE,
      feed: product.feed,
      decimalsAtMost: 10,
      infer: (symbol) => stated(inferTerms(product, symbol), BOOK_LEVELS),
      announced: (draft, instrument) =>
        tellInterval(draft, instrument, hoursOf(draft, instrument.symbol)),
    };
    rules.set(product, known);
  }
  return known;
}

function step(value: unknown, name: string): Grid {
  const grid = gridFromText(decimalOf(value, name));
  if (grid === undefined || grid.units > 1e9) throw new Malformed(`${name}: not a step`);
  return grid;
}

/** Step of sizes: `qtyStep` on contracts, `basePrecision` on spot. Whole units where it is missing: a message that shows finer ones refines it. */
function sizeStep(filter: unknown): Grid {
  const sizes = isObject(filter) ? filter : {};
  const value = isAbsent(sizes['qtyStep']) ? sizes['basePrecision'] : sizes['qtyStep'];
  return isAbsent(value) ? ONE : step(value, 'qtyStep');
}

/** The kind and the unit of sizes of each `contractType`. */
const CONTRACTS: ReadonlyMap<string, Pick<Instrument, 'kind' | 'sizeUnit'>> = new Map([
  ['LinearPerpetual', { kind: 'perp', sizeUnit: 'base' }],
  ['LinearFutures', { kind: 'future', sizeUnit: 'base' }],
  ['InversePerpetual', { kind: 'perp', sizeUnit: 'quote' }],
  ['InverseFutures', { kind: 'future', sizeUnit: 'quote' }],
]);

function termsOf(row: Wire, symbol: string, isSpot: boolean): Terms | string {
  const coins = {
    base: textOf(row['baseCoin'], 'baseCoin'),
    quote: textOf(row['quoteCoin'], 'quoteCoin'),
  };
  if (isSpot)
    return { symbol, kind: 'spot', ...coins, settle: null, expiry: null, sizeUnit: 'base' };
  const type = textOf(row['contractType'], 'contractType');
  const contract = CONTRACTS.get(type);
  if (contract === undefined) return type;
  return {
    symbol,
    ...contract,
    ...coins,
    settle: textOf(row['settleCoin'], 'settleCoin'),
    expiry: contract.kind === 'perp' ? null : stampOf(row['deliveryTime'], 'deliveryTime'),
  };
}

/** One row of the listings, or the name of a contract type that is not ours. */
function listedOfRow(draft: Draft, row: Wire, isTrading: boolean): Listed | string {
  const { product, state } = draft;
  const symbol = symbolOf(row['symbol'], 'symbol');
  const terms = termsOf(row, symbol, product.category === 'spot');
  if (typeof terms === 'string') return terms;
  const prices = objectOf(row['priceFilter'], 'priceFilter');
  return listedFrom(
    draft,
    {
      ...stated(terms, state.depths.get(symbol) ?? BOOK_LEVELS),
      priceGrid: step(prices['tickSize'], 'tickSize'),
      sizeGrid: sizeStep(row['lotSizeFilter']),
    },
    { isTrading, inferred: false },
  );
}

/** A row that does not trade may lack anything. */
function readRow(draft: Draft, row: Wire, isTrading: boolean): Listed | string | undefined {
  try {
    return listedOfRow(draft, row, isTrading);
  } catch (error) {
    if (isTrading || !(error instanceof Malformed)) throw error;
    return undefined;
  }
}

const MINUTES_PER_HOUR = 60;

/** `fundingInterval` is in minutes, 480; missing or 0 on what pays no funding. */
function noteHours(draft: Draft, row: Wire, { instrument }: Listed): void {
  const minutes = row['fundingInterval'];
  if (instrument.kind !== 'perp' || isAbsent(minutes)) return;
  const hours = sizeOf(minutes, 'fundingInterval') / MINUTES_PER_HOUR;
  if (hours > 24) throw new Malformed('fundingInterval: not an interval');
  if (hours > 0) draft.hours.set(instrument.symbol, hours);
}

function takeRow(draft: Draft, row: unknown): string | undefined {
  const wire = objectOf(row, 'symbol');
  const isTrading = textOf(wire['status'], 'status') === 'Trading';
  const listed = readRow(draft, wire, isTrading);
  if (listed === undefined) return undefined;
  if (typeof listed === 'string') {
    noteUnfamiliar(draft, `contractType ${shown(listed)}`);
    return undefined;
  }
  const { symbol } = listed.instrument;
  const before = hoursOf(draft, symbol);
  noteHours(draft, wire, listed);
  const wasAnnounced = draft.state.listings.get(symbol)?.isAnnounced === true;
  place(draft, listed);
  const hours = hoursOf(draft, symbol);
  // What is announced for the first time tells its interval by itself.
  if (wasAnnounced && hours !== before) tellInterval(draft, listed.instrument, hours);
  return symbol;
}

/** A page of the listings, and where it stands among the others. */
export interface ListingsPage {
  readonly rows: readonly unknown[];
  /** It begins with the first listing there is. */
  readonly isFirst: boolean;
  /** Nothing comes behind it. */
  readonly isLast: boolean;
}

/**
 * `GET /v5/market/instruments-info?category` → a listing for everything that trades. What has another status is announced only when a message of it
 * comes. A row that cannot be read costs itself, not the others. After the last page, what no page held trades no longer.
 *
 * @see https://bybit-exchange.github.io/docs/v5/market/instrument
 */
export function instruments(draft: Draft, { rows, isFirst, isLast }: ListingsPage): void {
  const { state } = draft;
  const before = isFirst ? [] : (state.listed ?? []);
  const isWhole = isFirst || state.listed !== null;
  const page = takeList(draft, 'instruments', arrayOf(rows, 'list'), 'symbol', (row) =>
    takeRow(draft, row),
  );
  const seen = new Set([...before, ...page]);
  if (isWhole && isLast) retireUnseen(draft, seen);
  draft.commits.push(() => {
    state.listed = isWhole && !isLast ? seen : null;
    for (const [symbol, hours] of draft.hours) state.hours.set(symbol, hours);
  });
}
