import { decimalsOf, type Grid } from '../model/grid.ts';
import { DOLLARS, type Instrument, isScannable } from '../model/instrument.ts';
import type { Micros } from '../model/units.ts';
import type { Bundle } from './bundles.ts';
import { commonGrid, decimalGrid } from './decimal.ts';
import { type Draft, noteUnfamiliar } from './draft.ts';
import { Malformed, shown, textOf } from './wire.ts';

/** One listing as its wire needs it. Immutable; a change replaces it. */
export interface Listed {
  readonly instrument: Instrument;
  /** Coins in one unit of the wire's prices; 1 unless the listing is a bundle such as `1000PEPE`. */
  readonly coins: number;
  /** What one unit of the wire's sizes is, in the instrument's `sizeUnit`: 1000 coins of a bundle, 0.01 coins or 100 USD of a contract. */
  readonly contract: Grid;
  /** Steps of prices and sizes as the wire writes them. Their numbers of steps are those of the instrument's grids. */
  readonly priceGrid: Grid;
  readonly sizeGrid: Grid;
  /** The venue says that it trades now. */
  readonly isTrading: boolean;
  /** A `listing` event has gone out. */
  readonly isAnnounced: boolean;
}

/** A listing as a venue states it. */
export interface Stated
  extends Pick<
      Instrument,
      'symbol' | 'kind' | 'base' | 'quote' | 'settle' | 'expiry' | 'bookRule' | 'sizeUnit'
    >,
    Partial<Pick<Instrument, 'bookLevels' | 'option'>> {
  /** What its base coin holds, see `unbundle`. */
  readonly bundle: Bundle;
  /** What one unit of the wire's sizes is in `sizeUnit`, beside the bundle. */
  readonly contract: Grid;
  /** Steps of prices and sizes on the wire. */
  readonly priceGrid: Grid;
  readonly sizeGrid: Grid;
}

/** Sizes on the wire that are what they say. */
export const ONE: Grid = { units: 1, scale: 1 };

/** Listings that one decoder knows; those of a venue that invents more are left out. */
const LISTINGS_KEPT = 10_000;

const SYMBOL = /^[\p{L}\p{N}_.:@/-]{1,60}$/u;

/** A wire symbol. */
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

const dateCode = (expiry: Micros): string =>
  new Date(expiry / 1000).toISOString().slice(2, 10).replaceAll('-', '');

/** The ccxt unified symbol behind the venue's name (venues.md §1.1). */
function idOf(venue: string, { kind, base, quote, settle, expiry, option }: Stated): string {
  const pair = `${venue}:${base}/${quote}`;
  if (kind === 'spot') return pair;
  const dated = expiry === null ? `${pair}:${settle}` : `${pair}:${settle}-${dateCode(expiry)}`;
  return option === undefined
    ? dated
    : `${dated}-${option.strike}-${option.type === 'call' ? 'C' : 'P'}`;
}

/** A listing in normalised units. */
export function listedFrom(
  { feed, rules: { venue } }: Pick<Draft, 'feed' | 'rules'>,
  stated: Stated,
  flags: { readonly isTrading: boolean; readonly inferred: boolean },
): Listed {
  const { bundle, contract, priceGrid, sizeGrid, bookLevels = null, option, ...terms } = stated;
  // A bundle of coins in a contract in dollars is still so many dollars.
  const unit =
    terms.sizeUnit === 'base'
      ? reduced(contract.units * bundle.coins, contract.scale)
      : reduced(contract.units, contract.scale);
  return regrid(
    {
      instrument: {
        id: idOf(venue, stated),
        venue,
        feed,
        ...terms,
        asset: bundle.asset,
        priceGrid,
        sizeGrid,
        bookLevels,
        ...(option !== undefined && { option }),
        inferred: flags.inferred,
      },
      coins: bundle.coins,
      contract: unit,
      priceGrid,
      sizeGrid,
      isTrading: flags.isTrading,
      isAnnounced: false,
    },
    priceGrid,
    sizeGrid,
  );
}

const sameGrid = (a: Grid, b: Grid): boolean => a.units === b.units && a.scale === b.scale;

function sameInstrument(a: Instrument, b: Instrument): boolean {
  return (
    a.id === b.id &&
    a.asset === b.asset &&
    a.inferred === b.inferred &&
    a.expiry === b.expiry &&
    a.sizeUnit === b.sizeUnit &&
    a.bookLevels === b.bookLevels &&
    sameGrid(a.priceGrid, b.priceGrid) &&
    sameGrid(a.sizeGrid, b.sizeGrid)
  );
}

/** The listing of a symbol as far as this record has been read. */
const find = (draft: Draft, symbol: string): Listed | undefined =>
  draft.listings.get(symbol) ?? draft.state.listings.get(symbol);

/** Sends the listing out, the first time with what else its venue knows about it. */
function announce(draft: Draft, listed: Listed): void {
  const { instrument } = listed;
  draft.listings.set(instrument.symbol, { ...listed, isAnnounced: true });
  draft.events.push({
    kind: 'listing',
    instrument,
    ...(!listed.isTrading && { isTrading: false }),
    tsLocal: draft.tsLocal,
  });
  if (!listed.isAnnounced) draft.rules.announced?.(draft as never, instrument);
}

const isFull = (draft: Draft): boolean =>
  draft.state.listings.size + draft.listings.size >= LISTINGS_KEPT;

function infer(draft: Draft, symbol: string, priceDecimals: number, sizeDecimals: number): Listed {
  if (isFull(draft)) throw new Malformed(`more than ${LISTINGS_KEPT} listings`);
  return listedFrom(
    draft,
    {
      ...draft.rules.infer(symbol),
      priceGrid: decimalGrid(priceDecimals),
      sizeGrid: decimalGrid(sizeDecimals),
    },
    // Nobody said that it trades, so it is never subscribed to on this account.
    { isTrading: false, inferred: true },
  );
}

/**
 * The listing of a symbol in a message whose prices need no grid. One that no listing explained is inferred, with whole steps until a
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

function refine(draft: Draft, known: Listed, needed: Decimals): Listed {
  const { decimalsAtMost } = draft.rules;
  if (
    needed.price > Math.max(decimalsAtMost, decimalsOf(known.priceGrid)) ||
    needed.size > Math.max(decimalsAtMost, decimalsOf(known.sizeGrid))
  )
    throw new Malformed(`more than ${decimalsAtMost} decimals`);
  return regrid(
    known,
    commonGrid(known.priceGrid, decimalGrid(needed.price)),
    commonGrid(known.sizeGrid, decimalGrid(needed.size)),
  );
}

function regrid(listed: Listed, priceGrid: Grid, sizeGrid: Grid): Listed {
  const { instrument, coins, contract } = listed;
  return {
    ...listed,
    instrument: {
      ...instrument,
      priceGrid: reduced(priceGrid.units, priceGrid.scale * coins),
      sizeGrid: reduced(sizeGrid.units * contract.units, sizeGrid.scale * contract.scale),
    },
    priceGrid,
    sizeGrid,
  };
}

/**
 * Reads prices and sizes in steps of the listing's grids. When one lies between the steps (an inferred listing that has not shown its finest
 * price yet, or a tick size that changed since the venue was asked), a `listing` on a finer grid goes out first and the message is read
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
  const listed = refine(draft, known ?? infer(draft, symbol, 0, 0), needed());
  const value = read(listed);
  if (value === undefined) throw new Malformed('between the steps of every grid');
  announce(draft, listed);
  return { listed, value };
}

/** Price per single coin of a price on the wire. */
export const pricePerCoin = (price: number, { coins }: Pick<Listed, 'coins'>): number =>
  price / coins;

/** A size on the wire in the instrument's `sizeUnit`: coins, dollars, or contracts whose value nobody knows. */
export const inUnits = (size: number, { contract }: Pick<Listed, 'contract'>): number =>
  (size * contract.units) / contract.scale;

/**
 * Base coins of a size in the instrument's `sizeUnit`.
 *
 * @param price  per single coin: what dollars of an inverse contract are divided by.
 * @returns undefined when the value of a contract is not known.
 * @throws Malformed when the price is so small that no number of coins is worth that much.
 */
export function coinsOf(
  size: number,
  { sizeUnit }: Pick<Instrument, 'sizeUnit'>,
  price: number,
): number | undefined {
  if (sizeUnit === 'contracts') return undefined;
  const coins = sizeUnit === 'base' ? size : size / price;
  if (!Number.isFinite(coins)) throw new Malformed('size: no number of coins');
  return coins;
}

/**
 * Base coins of a size on the wire.
 *
 * @param price  per single coin: what dollars of an inverse contract are divided by.
 * @returns undefined when the value of a contract is not known.
 */
export const inCoins = (size: number, listed: Listed, price: number): number | undefined =>
  coinsOf(inUnits(size, listed), listed.instrument, price);

/** A listing as the venue now states it, on grids that still hold everything written in the old ones. */
function update(known: Listed | undefined, stated: Listed): Listed {
  if (known === undefined) return stated;
  const isComparable = known.instrument.sizeUnit === stated.instrument.sizeUnit;
  const merged = isComparable
    ? regrid(
        stated,
        commonGrid(known.priceGrid, stated.priceGrid),
        commonGrid(known.sizeGrid, stated.sizeGrid),
      )
    : stated;
  return { ...merged, isAnnounced: known.isAnnounced };
}

/** Takes in what the venue states about one listing. What does not trade is not announced until a message shows that it does. */
export function place(draft: Draft, stated: Listed): void {
  const { symbol } = stated.instrument;
  const known = find(draft, symbol);
  if (known === undefined && isFull(draft)) {
    noteUnfamiliar(draft, `more than ${LISTINGS_KEPT} listings`);
    return;
  }
  const listed = update(known, stated);
  const isNews =
    known === undefined ||
    known.isTrading !== listed.isTrading ||
    !sameInstrument(known.instrument, listed.instrument);
  if (listed.isAnnounced ? isNews : listed.isTrading) announce(draft, listed);
  else draft.listings.set(symbol, listed);
}

/**
 * Reads the rows of a list of listings, each for itself: one that cannot be read costs itself, not the others. They are counted in one `rejected` event.
 *
 * @param list  names the list in that event.
 * @param symbolField  of a row, in case it cannot be read.
 * @param take  reads a row and places what it states. @returns its symbol; undefined for a row that is not ours.
 * @returns the symbols of the list: those that were taken, and those that cannot be read, because what was known of them before still stands.
 * @throws Malformed when not a single row can be read.
 */
export function takeList(
  draft: Draft,
  list: string,
  rows: readonly unknown[],
  symbolField: string,
  take: (row: unknown) => string | undefined,
): Set<string> {
  const seen = new Set<string>();
  let unread = 0;
  let firstReason = '';
  for (const row of rows) {
    try {
      const symbol = take(row);
      if (symbol !== undefined) seen.add(symbol);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      unread += 1;
      const name = nameIn(row, symbolField);
      seen.add(name);
      if (unread === 1) firstReason = `${name}: ${error.message}`;
    }
  }
  if (unread === 0) return seen;
  const reason = `${list}: ${unread} of ${rows.length} symbols, first ${firstReason}`;
  if (unread === rows.length) throw new Malformed(reason);
  const { feed, chan, tsLocal } = draft;
  draft.events.push({ kind: 'rejected', feed, chan, reason, tsLocal });
  return seen;
}

/** A complete list has come: what it does not hold trades no longer. */
export function retireUnseen(
  draft: Draft,
  seen: ReadonlySet<string>,
  concerns: (instrument: Instrument) => boolean = () => true,
): void {
  for (const [symbol, listed] of draft.state.listings) {
    if (!listed.isTrading || seen.has(symbol) || !concerns(listed.instrument)) continue;
    const gone = { ...listed, isTrading: false };
    if (gone.isAnnounced) announce(draft, gone);
    else draft.listings.set(symbol, gone);
  }
}

/** A name for a list of rows that cannot be read. */
export const nameIn = (row: unknown, field: string): string => {
  const name =
    typeof row === 'object' && row !== null ? (row as Record<string, unknown>)[field] : null;
  return typeof name === 'string' ? shown(name) : '?';
};

const KINDS: readonly Instrument['kind'][] = ['spot', 'perp', 'future', 'option'];

/**
 * Wire symbols of what trades in these assets against a dollar coin or dollars: by asset as asked for, spot and perps before dated futures, the preferred
 * quote first. Options are not among them: a chain is no list of instruments to watch one by one.
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
        isTrading &&
        instrument.kind !== 'option' &&
        assets.includes(instrument.asset) &&
        DOLLARS.includes(instrument.quote),
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
