import { type Grid, gridFromText } from '../../model/grid.ts';
import type { Instrument } from '../../model/instrument.ts';
import { microsFromMillis } from '../../model/units.ts';
import { unbundle } from '../bundles.ts';
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
  stampOf,
  textOf,
  type Wire,
} from '../wire.ts';
import type { Draft } from './draft.ts';
import { tellInterval } from './intervals.ts';
import { type Product, VENUE } from './product.ts';

/** Perps are listed with a delivery in the year 2100. */
const NEVER_DELIVERED = microsFromMillis(Date.UTC(2100, 0, 1));

type Terms = Pick<Instrument, 'symbol' | 'kind' | 'base' | 'quote' | 'settle' | 'expiry'>;

/**
 * Terms of a symbol that no listing explains, read off its spelling: `BTCUSDT`, `BTCUSDT_260327`, on COIN-M `BTCUSD_PERP`, `BTCUSD_260327`.
 */
function inferTerms(product: Product, symbol: string): Terms {
  const dated = product.isFutures ? /^(.+)_(\d\d)(\d\d)(\d\d)$/.exec(symbol) : null;
  const perp = product.isInverse ? /^(.+)_PERP$/.exec(symbol)?.[1] : symbol;
  const pair = dated?.[1] ?? perp ?? '';
  const quote = product.quotes.find((coin) => pair.endsWith(coin) && pair !== coin);
  if (quote === undefined) throw new Malformed(`unknown symbol ${shown(symbol)}`);
  const base = pair.slice(0, -quote.length);
  if (!product.isFutures) return { symbol, kind: 'spot', base, quote, settle: null, expiry: null };
  const settle = product.isInverse ? base : quote;
  if (dated === null) return { symbol, kind: 'perp', base, quote, settle, expiry: null };
  // Dated contracts expire at 08:00 UTC of the day in their name (venues.md §1.1).
  const expiry = microsFromMillis(
    Date.UTC(2000 + Number(dated[2]), Number(dated[3]) - 1, Number(dated[4]), 8),
  );
  return { symbol, kind: 'future', base, quote, settle, expiry };
}

/** What one unit of the wire's sizes is; null for a contract whose value is not known. */
type Contract = Grid | null;

function stated(
  product: Product,
  terms: Terms,
  contract: Contract,
): Omit<Stated, 'priceGrid' | 'sizeGrid'> {
  const unit = product.isInverse ? 'quote' : 'base';
  return {
    ...terms,
    bookRule: product.bookRule,
    sizeUnit: contract === null ? 'contracts' : unit,
    bundle: unbundle(terms.base),
    contract: contract ?? ONE,
  };
}

/** Dollars in a COIN-M contract where no listing tells (venues.md §1.3); recordings without listings need it. */
const contractOf = (product: Product, base: string): Contract =>
  product.isInverse ? { units: base === 'BTC' ? 100 : 10, scale: 1 } : ONE;

const rules = new Map<Product, ListingRules<Draft>>();

/** What is known about the listings of a product. */
export function rulesOf(product: Product): ListingRules<Draft> {
  let known = rules.get(product);
  if (known === undefined) {
    known = {
      venue: VENUE,
      feed: product.feed,
      decimalsAtMost: 8,
      infer(symbol) {
        const terms = inferTerms(product, symbol);
        return stated(product, terms, contractOf(product, terms.base));
      },
      announced: (draft, instrument) =>
        tellInterval(draft, instrument, draft.state.fundingHours, draft.state.fundingLimits),
    };
    rules.set(product, known);
  }
  return known;
}

function filterStep(filters: readonly unknown[], type: string, field: string): Grid {
  const filter = filters.find(
    (entry): entry is Wire => isObject(entry) && entry['filterType'] === type,
  );
  if (filter === undefined) throw new Malformed(`${type} missing`);
  const grid = gridFromText(decimalOf(filter[field], field));
  if (grid === undefined || grid.units > 1e9) throw new Malformed(`${field}: not a step`);
  return grid;
}

/** Dollars in one contract as COIN-M lists it; null where it does not say. */
function contractIn(row: Wire): Contract {
  if (isAbsent(row['contractSize'])) return null;
  const grid = gridFromText(decimalOf(row['contractSize'], 'contractSize'));
  if (grid === undefined || grid.units > 1e9)
    throw new Malformed('contractSize: not a contract size');
  return grid;
}

const PERPETUAL: ReadonlySet<string> = new Set([
  'PERPETUAL',
  'TRADIFI_PERPETUAL',
  'PERPETUAL_DELIVERING',
]);
const DATED: ReadonlySet<string> = new Set([
  'CURRENT_MONTH',
  'NEXT_MONTH',
  'CURRENT_QUARTER',
  'NEXT_QUARTER',
  'CURRENT_QUARTER_DELIVERING',
  'NEXT_QUARTER_DELIVERING',
]);

function futuresTerms(row: Wire, symbol: string): Terms | string {
  const type = textOf(row['contractType'], 'contractType');
  const coins = {
    base: textOf(row['baseAsset'], 'baseAsset'),
    quote: textOf(row['quoteAsset'], 'quoteAsset'),
    settle: textOf(row['marginAsset'], 'marginAsset'),
  };
  if (PERPETUAL.has(type)) return { symbol, kind: 'perp', ...coins, expiry: null };
  if (!DATED.has(type)) return type;
  const expiry = stampOf(row['deliveryDate'], 'deliveryDate');
  if (expiry >= NEVER_DELIVERED) throw new Malformed('deliveryDate: not a date');
  return { symbol, kind: 'future', ...coins, expiry };
}

const spotTerms = (row: Wire, symbol: string): Terms => ({
  symbol,
  kind: 'spot',
  base: textOf(row['baseAsset'], 'baseAsset'),
  quote: textOf(row['quoteAsset'], 'quoteAsset'),
  settle: null,
  expiry: null,
});

/** One row of `exchangeInfo.symbols` → its listing, or the name of a contract type that is not ours. */
function listedOfRow(draft: Draft, row: Wire, isTrading: boolean): Listed | string {
  const { product } = draft;
  const symbol = symbolOf(row['symbol'], 'symbol');
  const terms = product.isFutures ? futuresTerms(row, symbol) : spotTerms(row, symbol);
  if (typeof terms === 'string') return terms;
  const filters = arrayOf(row['filters'], 'filters');
  return listedFrom(
    draft,
    {
      ...stated(product, terms, product.isInverse ? contractIn(row) : ONE),
      priceGrid: filterStep(filters, 'PRICE_FILTER', 'tickSize'),
      sizeGrid: filterStep(filters, 'LOT_SIZE', 'stepSize'),
    },
    { isTrading, inferred: false },
  );
}

/** COIN-M calls it `contractStatus`. */
const statusOf = (product: Product, row: Wire): string => {
  const status = textOf(isAbsent(row['status']) ? row['contractStatus'] : row['status'], 'status');
  return !product.isFutures && row['isSpotTradingAllowed'] === false ? 'NO_SPOT_TRADING' : status;
};

/**
 * `exchangeInfo` → a listing for everything that trades: perps and dated futures, or spot pairs. What has another status is counted and
 * announced only when a message of it comes. A row that cannot be read costs itself, not the others.
 *
 * @param isComplete  false when the request named symbols: then those that are missing are not thereby gone.
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Exchange-Information
 */
export function exchangeInfo(draft: Draft, body: unknown, isComplete: boolean): void {
  const { product, state } = draft;
  const rows = arrayOf(objectOf(body, 'exchangeInfo')['symbols'], 'symbols');
  const leftOut = new Map<string, number>();
  const leaveOut = (why: string) => leftOut.set(why, (leftOut.get(why) ?? 0) + 1);
  const seen = takeList(draft, 'exchangeInfo', rows, 'symbol', (row) => {
    const wire = objectOf(row, 'symbol');
    const status = statusOf(product, wire);
    const isTrading = status === 'TRADING';
    if (!isTrading) leaveOut(shown(status));
    const listed = readRow(draft, wire, isTrading);
    if (typeof listed === 'string') {
      noteUnfamiliar(draft, `contractType ${shown(listed)}`);
      if (isTrading) leaveOut(shown(listed));
      return undefined;
    }
    if (listed !== undefined) place(draft, listed);
    return listed?.instrument.symbol;
  });
  if (!isComplete) return;
  retireUnseen(draft, seen);
  draft.commits.push(() => {
    state.leftOut.clear();
    for (const [why, count] of leftOut) state.leftOut.set(why, count);
  });
}

/** A row that does not trade may lack anything: announced listings that are about to begin have no contract type yet. */
function readRow(draft: Draft, row: Wire, isTrading: boolean): Listed | string | undefined {
  try {
    return listedOfRow(draft, row, isTrading);
  } catch (error) {
    if (isTrading || !(error instanceof Malformed)) throw error;
    return undefined;
  }
}
