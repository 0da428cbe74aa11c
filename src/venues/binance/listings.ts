import { decimalsOf, type Grid, gridFromText } from '../../model/grid.ts';
import { DOLLARS, type Instrument, isScannable } from '../../model/instrument.ts';
import { type Micros, microsFromMillis } from '../../model/units.ts';
import { unbundle } from '../bundles.ts';
import { commonGrid, decimalGrid } from '../decimal.ts';
import {
  arrayOf,
  decimalOf,
  isObject,
  Malformed,
  objectOf,
  shown,
  stampOf,
  textOf,
  type Wire,
} from '../wire.ts';
import { type Draft, noteUnfamiliar } from './draft.ts';
import { tellInterval } from './intervals.ts';
import { type Product, VENUE } from './product.ts';

/** One listing as its wire needs it. Immutable; a change replaces it. */
export interface Listed {
  readonly instrument: Instrument;
  /** Coins in one unit of the wire's sizes; 1 unless the listing is a bundle such as `1000PEPE`. */
  readonly coins: number;
  /** Steps of prices and sizes as the wire writes them, per bundle. Their numbers of steps are those of the instrument's grids. */
  readonly priceGrid: Grid;
  readonly sizeGrid: Grid;
  /** The venue says that it trades now. */
  readonly isTrading: boolean;
  /** A `listing` event has gone out. */
  readonly isAnnounced: boolean;
}

/** Listings that one decoder knows; those of a venue that invents more are left out. */
const LISTINGS_KEPT = 10_000;

/** Decimals that Binance writes at most. A text with more is damaged and no reason for a finer grid. */
const DECIMALS_AT_MOST = 8;

/** Perps are listed with a delivery in the year 2100. */
const NEVER_DELIVERED = microsFromMillis(Date.UTC(2100, 0, 1));

const SYMBOL = /^[\p{L}\p{N}_]{1,40}$/u;

/** A wire symbol in the spelling of the payloads. */
export function symbolOf(value: unknown, name: string): string {
  const symbol = textOf(value, name);
  if (!SYMBOL.test(symbol)) throw new Malformed(`${name}: not a symbol`);
  return symbol;
}

/** The same step with the smallest numbers, so that the grid has no more decimals than it needs. */
function reduced(units: number, scale: number): Grid {
  let grid: Grid = { units, scale };
  while (grid.units % 10 === 0 && grid.scale % 10 === 0)
    grid = { units: grid.units / 10, scale: grid.scale / 10 };
  return grid;
}

type Terms = Pick<Instrument, 'symbol' | 'kind' | 'base' | 'quote' | 'settle' | 'expiry'>;

const dateCode = (expiry: Micros): string =>
  new Date(expiry / 1000).toISOString().slice(2, 10).replaceAll('-', '');

function idOfTerms({ kind, base, quote, settle, expiry }: Terms): string {
  const pair = `${VENUE}:${base}/${quote}`;
  if (kind === 'spot') return pair;
  return expiry === null ? `${pair}:${settle}` : `${pair}:${settle}-${dateCode(expiry)}`;
}

function listedFrom(
  product: Product,
  terms: Terms,
  grids: { readonly priceGrid: Grid; readonly sizeGrid: Grid },
  flags: { readonly isTrading: boolean; readonly inferred: boolean },
): Listed {
  const { asset, coins } = unbundle(terms.base);
  const { priceGrid, sizeGrid } = grids;
  return {
    instrument: {
      id: idOfTerms(terms),
      venue: VENUE,
      feed: product.feed,
      ...terms,
      asset,
      priceGrid: reduced(priceGrid.units, priceGrid.scale * coins),
      sizeGrid: reduced(sizeGrid.units * coins, sizeGrid.scale),
      bookRule: product.bookRule,
      inferred: flags.inferred,
    },
    coins,
    priceGrid,
    sizeGrid,
    isTrading: flags.isTrading,
    isAnnounced: false,
  };
}

const sameGrid = (a: Grid, b: Grid): boolean => a.units === b.units && a.scale === b.scale;

function sameInstrument(a: Instrument, b: Instrument): boolean {
  return (
    a.id === b.id &&
    a.asset === b.asset &&
    a.inferred === b.inferred &&
    a.expiry === b.expiry &&
    sameGrid(a.priceGrid, b.priceGrid) &&
    sameGrid(a.sizeGrid, b.sizeGrid)
  );
}

const find = (draft: Draft, symbol: string): Listed | undefined =>
  draft.listings.get(symbol) ?? draft.state.listings.get(symbol);

/** Sends the listing out, the first time with the funding interval where one is known already. */
function announce(draft: Draft, listed: Listed): void {
  const { instrument } = listed;
  draft.listings.set(instrument.symbol, { ...listed, isAnnounced: true });
  draft.events.push({
    kind: 'listing',
    instrument,
    ...(!listed.isTrading && { isTrading: false }),
    tsLocal: draft.tsLocal,
  });
  if (!listed.isAnnounced) tellInterval(draft, instrument, draft.state.fundingHours);
}

/** Terms of a symbol that no listing explains, read off its spelling: `BTCUSDT`, `BTCUSDT_260327`. */
function inferTerms(product: Product, symbol: string): Terms {
  const dated = product.isFutures ? /^(.+)_(\d\d)(\d\d)(\d\d)$/.exec(symbol) : null;
  const pair = dated?.[1] ?? symbol;
  const quote = product.quotes.find((coin) => pair.endsWith(coin) && pair !== coin);
  if (quote === undefined) throw new Malformed(`unknown symbol ${shown(symbol)}`);
  const base = pair.slice(0, -quote.length);
  if (!product.isFutures) return { symbol, kind: 'spot', base, quote, settle: null, expiry: null };
  if (dated === null) return { symbol, kind: 'perp', base, quote, settle: quote, expiry: null };
  // Dated contracts expire at 08:00 UTC of the day in their name (venues.md §1.1).
  const expiry = microsFromMillis(
    Date.UTC(2000 + Number(dated[2]), Number(dated[3]) - 1, Number(dated[4]), 8),
  );
  return { symbol, kind: 'future', base, quote, settle: quote, expiry };
}

function infer(draft: Draft, symbol: string, priceDecimals: number, sizeDecimals: number): Listed {
  const { product, state } = draft;
  if (state.listings.size + draft.listings.size >= LISTINGS_KEPT)
    throw new Malformed(`more than ${LISTINGS_KEPT} listings`);
  return listedFrom(
    product,
    inferTerms(product, symbol),
    { priceGrid: decimalGrid(priceDecimals), sizeGrid: decimalGrid(sizeDecimals) },
    // Nobody said that it trades, so it is never subscribed to on this account.
    { isTrading: false, inferred: true },
  );
}

/**
 * The listing of a symbol in a message whose prices need no grid. One that no `exchangeInfo` explained is inferred, with whole steps until a
 * message shows finer ones.
 */
export function listedOf(draft: Draft, symbol: string): Listed {
  const listed = find(draft, symbol) ?? infer(draft, symbol, 0, 0);
  if (!listed.isAnnounced) announce(draft, listed);
  return listed;
}

/** Decimals that a message's prices and sizes need. */
export interface Decimals {
  readonly price: number;
  readonly size: number;
}

function refine(known: Listed, needed: Decimals): Listed {
  if (
    needed.price > Math.max(DECIMALS_AT_MOST, decimalsOf(known.priceGrid)) ||
    needed.size > Math.max(DECIMALS_AT_MOST, decimalsOf(known.sizeGrid))
  )
    throw new Malformed(`more than ${DECIMALS_AT_MOST} decimals`);
  return regrid(
    known,
    commonGrid(known.priceGrid, decimalGrid(needed.price)),
    commonGrid(known.sizeGrid, decimalGrid(needed.size)),
  );
}

function regrid(listed: Listed, priceGrid: Grid, sizeGrid: Grid): Listed {
  const { instrument, coins } = listed;
  return {
    ...listed,
    instrument: {
      ...instrument,
      priceGrid: reduced(priceGrid.units, priceGrid.scale * coins),
      sizeGrid: reduced(sizeGrid.units * coins, sizeGrid.scale),
    },
    priceGrid,
    sizeGrid,
  };
}

/**
 * Reads prices and sizes in steps of the listing's grids. When one lies between the steps (an inferred listing that has not shown its finest
 * price yet, or a tick size that changed since the last `exchangeInfo`), a `listing` on a finer grid goes out first and the message is read
 * again in it. Grids only ever become finer, by whole factors, so a book can follow by multiplying.
 *
 * @param read  the message in steps; undefined when something lies off the grid.
 * @param needed  decimals of everything that `read` looks at.
 */
export function onGrid<T>(
  draft: Draft,
  symbol: string,
  read: (listed: Listed) => T | undefined,
  needed: () => Decimals,
): { readonly listed: Listed; readonly value: T } {
  const known = find(draft, symbol);
  if (known !== undefined) {
    const value = read(known);
    if (value !== undefined) {
      if (!known.isAnnounced) announce(draft, known);
      return { listed: known, value };
    }
  }
  const listed = refine(known ?? infer(draft, symbol, 0, 0), needed());
  const value = read(listed);
  if (value === undefined) throw new Malformed('between the steps of every grid');
  announce(draft, listed);
  return { listed, value };
}

/** Price per single coin of a price on the wire. */
export const pricePerCoin = (price: number, listed: Listed): number => price / listed.coins;

/** Coins of a size on the wire. */
export const inCoins = (size: number, listed: Listed): number => size * listed.coins;

function filterStep(filters: readonly unknown[], type: string, field: string): Grid {
  const filter = filters.find(
    (entry): entry is Wire => isObject(entry) && entry['filterType'] === type,
  );
  if (filter === undefined) throw new Malformed(`${type} missing`);
  const grid = gridFromText(decimalOf(filter[field], field));
  if (grid === undefined || grid.units > 1e9) throw new Malformed(`${field}: not a step`);
  return grid;
}

const PERPETUAL: ReadonlySet<string> = new Set(['PERPETUAL', 'TRADIFI_PERPETUAL']);
const DATED: ReadonlySet<string> = new Set([
  'CURRENT_MONTH',
  'NEXT_MONTH',
  'CURRENT_QUARTER',
  'NEXT_QUARTER',
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
function listedOfRow(product: Product, row: Wire, isTrading: boolean): Listed | string {
  const symbol = symbolOf(row['symbol'], 'symbol');
  const terms = product.isFutures ? futuresTerms(row, symbol) : spotTerms(row, symbol);
  if (typeof terms === 'string') return terms;
  const filters = arrayOf(row['filters'], 'filters');
  return listedFrom(
    product,
    terms,
    {
      priceGrid: filterStep(filters, 'PRICE_FILTER', 'tickSize'),
      sizeGrid: filterStep(filters, 'LOT_SIZE', 'stepSize'),
    },
    { isTrading, inferred: false },
  );
}

/** A listing as the venue now states it, on grids that still hold everything written in the old ones. */
function update(known: Listed | undefined, stated: Listed): Listed {
  if (known === undefined) return stated;
  const merged = regrid(
    stated,
    commonGrid(known.priceGrid, stated.priceGrid),
    commonGrid(known.sizeGrid, stated.sizeGrid),
  );
  return { ...merged, isAnnounced: known.isAnnounced };
}

function place(draft: Draft, stated: Listed): void {
  const { symbol } = stated.instrument;
  const known = find(draft, symbol);
  if (known === undefined && draft.state.listings.size + draft.listings.size >= LISTINGS_KEPT) {
    noteUnfamiliar(draft, `more than ${LISTINGS_KEPT} listings`);
    return;
  }
  const listed = update(known, stated);
  const isNews =
    known === undefined ||
    known.isTrading !== listed.isTrading ||
    !sameInstrument(known.instrument, listed.instrument);
  // What does not trade is not announced until a message shows that it does.
  if (listed.isAnnounced ? isNews : listed.isTrading) announce(draft, listed);
  else draft.listings.set(symbol, listed);
}

const statusOf = (product: Product, row: Wire): string => {
  const status = textOf(row['status'], 'status');
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
  const seen = new Set<string>();
  let unread = 0;
  let firstReason = '';
  for (const row of rows) {
    try {
      const wire = objectOf(row, 'symbol');
      const status = statusOf(product, wire);
      const isTrading = status === 'TRADING';
      if (!isTrading) leaveOut(shown(status));
      const listed = readRow(product, wire, isTrading);
      if (typeof listed === 'string') {
        noteUnfamiliar(draft, `contractType ${shown(listed)}`);
        if (isTrading) leaveOut(shown(listed));
      } else if (listed !== undefined) {
        seen.add(listed.instrument.symbol);
        place(draft, listed);
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      unread += 1;
      const name = nameOf(row);
      // What was known of it before still stands.
      seen.add(name);
      if (firstReason === '') firstReason = `${name}: ${error.message}`;
    }
  }
  if (unread > 0) {
    const reason = `exchangeInfo: ${unread} of ${rows.length} symbols, first ${firstReason}`;
    if (unread === rows.length) throw new Malformed(reason);
    const { chan, tsLocal } = draft;
    draft.events.push({ kind: 'rejected', feed: product.feed, chan, reason, tsLocal });
  }
  if (!isComplete) return;
  for (const [symbol, listed] of state.listings) {
    if (!listed.isTrading || seen.has(symbol)) continue;
    const gone = { ...listed, isTrading: false };
    if (gone.isAnnounced) announce(draft, gone);
    else draft.listings.set(symbol, gone);
  }
  draft.commits.push(() => {
    state.leftOut.clear();
    for (const [why, count] of leftOut) state.leftOut.set(why, count);
  });
}

/** A row that does not trade may lack anything: announced listings that are about to begin have no contract type yet. */
function readRow(product: Product, row: Wire, isTrading: boolean): Listed | string | undefined {
  try {
    return listedOfRow(product, row, isTrading);
  } catch (error) {
    if (isTrading || !(error instanceof Malformed)) throw error;
    return undefined;
  }
}

const nameOf = (row: unknown): string =>
  isObject(row) && typeof row['symbol'] === 'string' ? shown(row['symbol']) : '?';

const KINDS = ['spot', 'perp', 'future'];

/**
 * Wire symbols of what trades in these assets against a dollar coin: by asset as asked for, spot and perps before dated futures, the preferred
 * quote first.
 */
export function symbolsOf(
  listings: ReadonlyMap<string, Listed>,
  assets: readonly string[],
): string[] {
  const rank = ({ asset, kind, quote, expiry }: Instrument): number[] => [
    assets.indexOf(asset),
    KINDS.indexOf(kind),
    DOLLARS.indexOf(quote),
    expiry ?? 0,
  ];
  return [...listings.values()]
    .filter(
      ({ isTrading, instrument }) =>
        isTrading && assets.includes(instrument.asset) && DOLLARS.includes(instrument.quote),
    )
    .map(({ instrument }) => ({ symbol: instrument.symbol, rank: rank(instrument) }))
    .sort((a, b) => {
      const at = a.rank.findIndex((value, index) => value !== b.rank[index]);
      return at < 0 ? 0 : a.rank[at]! - b.rank[at]!;
    })
    .map(({ symbol }) => symbol);
}

/** Wire symbols of everything that a scanner carries: what trades of the perps quoted and margined in dollars. */
export const universeOf = (listings: ReadonlyMap<string, Listed>): string[] =>
  [...listings.values()]
    .filter(({ isTrading, instrument }) => isTrading && isScannable(instrument))
    .map(({ instrument }) => instrument.symbol);
