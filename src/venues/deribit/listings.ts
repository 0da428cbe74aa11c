import { type Grid, gridFromText } from '../../model/grid.ts';
import { unbundle } from '../bundles.ts';
import { commonGrid } from '../decimal.ts';
import { type ListingRules, noteUnfamiliar, readEach } from '../draft.ts';
import {
  type Listed,
  listedFrom,
  nameIn,
  ONE,
  place,
  retireUnseen,
  type Stated,
  symbolOf,
} from '../listed.ts';
import {
  arrayOf,
  decimalOf,
  flagOf,
  isAbsent,
  Malformed,
  objectOf,
  priceOf,
  shown,
  stampOf,
  textOf,
  type Wire,
} from '../wire.ts';
import type { Draft } from './draft.ts';
import { tellInterval } from './funding.ts';
import { currencyOf, type Spelling, spellingOf } from './symbols.ts';

export const FEED = 'deribit';
export const VENUE = 'deribit';

/** Dollars of an inverse future are what its book counts; options and linear contracts count coins (venues.md §1.3). */
const stated = (symbol: string, terms: Spelling): Omit<Stated, 'priceGrid' | 'sizeGrid'> => ({
  symbol,
  ...terms,
  bookRule: 'chained',
  sizeUnit: terms.kind === 'option' || terms.settle === terms.quote ? 'base' : 'quote',
  bundle: unbundle(terms.base),
  contract: ONE,
});

export const RULES: ListingRules<Draft> = {
  venue: VENUE,
  feed: FEED,
  decimalsAtMost: 10,
  infer(symbol) {
    const terms = spellingOf(symbol);
    if (terms === undefined) throw new Malformed(`unknown symbol ${shown(symbol)}`);
    return stated(symbol, terms);
  },
  announced: tellInterval,
};

function gridOf(value: unknown, name: string): Grid {
  const grid = gridFromText(decimalOf(value, name));
  if (grid === undefined || grid.units > 1e9) throw new Malformed(`${name}: not a step`);
  return grid;
}

/** The finest step; coarser ones apply above some price (`tick_size_steps`) and lie on the same grid. */
function priceGridOf(row: Wire): Grid {
  let grid = gridOf(row['tick_size'], 'tick_size');
  const steps = row['tick_size_steps'];
  if (isAbsent(steps)) return grid;
  for (const step of arrayOf(steps, 'tick_size_steps'))
    grid = commonGrid(grid, gridOf(objectOf(step, 'tick_size_steps')['tick_size'], 'tick_size'));
  return grid;
}

/** Amounts are multiples of a contract, or of the smallest trade. */
const sizeGridOf = (row: Wire): Grid =>
  commonGrid(
    gridOf(row['contract_size'], 'contract_size'),
    gridOf(row['min_trade_amount'], 'min_trade_amount'),
  );

/** Whether a contract is paid in the coin that it is about. Lists of before 2022 do not say so. */
function isInverse(row: Wire, base: string, quote: string): boolean {
  const type = row['instrument_type'];
  if (isAbsent(type)) return quote === 'USD' || quote === base;
  if (type === 'reversed') return true;
  if (type === 'linear') return false;
  throw new Malformed(`instrument_type: not reversed, not linear`);
}

const coinOf = (row: Wire, field: string, otherwise: string): string =>
  isAbsent(row[field]) ? otherwise : textOf(row[field], field);

function optionOf(row: Wire): NonNullable<Spelling['option']> {
  const type = row['option_type'];
  if (type !== 'call' && type !== 'put') throw new Malformed('option_type: not call, not put');
  return { strike: priceOf(row['strike'], 'strike'), type };
}

/** Terms of a future or an option. An inverse option is priced in its coin, and so named by the currency of its strike. */
function termsOf(row: Wire, kind: 'future' | 'option'): Spelling {
  const base = textOf(row['base_currency'], 'base_currency');
  const wireQuote = textOf(row['quote_currency'], 'quote_currency');
  const inverse = isInverse(row, base, wireQuote);
  const quote = inverse ? coinOf(row, 'counter_currency', 'USD') : wireQuote;
  const settle = coinOf(row, 'settlement_currency', inverse ? base : quote);
  const coins = { base, quote, settle };
  if (kind === 'future' && row['settlement_period'] === 'perpetual')
    return { kind: 'perp', ...coins, expiry: null };
  const expiry = stampOf(row['expiration_timestamp'], 'expiration_timestamp');
  if (kind === 'future') return { kind: 'future', ...coins, expiry };
  return { kind: 'option', ...coins, expiry, option: optionOf(row) };
}

/** Kinds of listings that are known and not shown: pairs of coins, several contracts traded as one. */
const NOT_OURS: ReadonlySet<unknown> = new Set(['spot', 'future_combo', 'option_combo']);

function listedOfRow(draft: Draft, row: Wire): Listed | undefined {
  const { kind } = row;
  if (NOT_OURS.has(kind)) return undefined;
  if (kind !== 'future' && kind !== 'option') {
    noteUnfamiliar(draft, `kind ${typeof kind === 'string' ? shown(kind) : '?'}`);
    return undefined;
  }
  const terms = termsOf(row, kind);
  return listedFrom(
    draft,
    {
      ...stated(symbolOf(row['instrument_name'], 'instrument_name'), terms),
      priceGrid: priceGridOf(row),
      sizeGrid: sizeGridOf(row),
    },
    { isTrading: flagOf(row['is_active'], 'is_active'), inferred: false },
  );
}

/** What a list was asked for: all currencies where `currency` is `any`, all kinds where there is none. */
export interface Asked {
  readonly currency: string;
  readonly kind: string | undefined;
}

/**
 * `get_instruments` → a listing for every perp, dated future and option. A row that cannot be read costs itself. What an earlier list of the same currency and
 * kind held and this one does not is gone.
 *
 * @see https://docs.deribit.com/api-reference/market-data/public-get_instruments
 */
export function instruments(draft: Draft, result: unknown, { currency, kind }: Asked): void {
  const seen = new Set<string>();
  readEach(draft, 'instruments', arrayOf(result, 'instruments'), (element) => {
    // What was known of it before still stands, even if this row cannot be read.
    seen.add(nameIn(element, 'instrument_name'));
    const row = objectOf(element, 'instrument');
    const listed = listedOfRow(draft, row);
    if (listed !== undefined) place(draft, listed);
  });
  retireUnseen(draft, seen, (instrument) => {
    const isOfCurrency = currency === 'any' || currencyOf(instrument) === currency;
    const isOfKind = kind === undefined || (kind === 'option') === (instrument.kind === 'option');
    return isOfCurrency && isOfKind && !instrument.inferred;
  });
}

const GONE: ReadonlySet<unknown> = new Set([
  'closed',
  'settled',
  'terminated',
  'deactivated',
  'expired',
]);

/**
 * `instrument.state.{kind}.{currency}` → a listing that trades no longer. What begins to trade is told by the next list, which knows its terms.
 *
 * @see https://docs.deribit.com/subscriptions/market-data/instrumentstatekindcurrency
 */
export function instrumentState(draft: Draft, data: Wire): void {
  const symbol = symbolOf(data['instrument_name'], 'instrument_name');
  const state = textOf(data['state'], 'state');
  const listed = draft.state.listings.get(symbol);
  if (listed === undefined || !listed.isTrading || !GONE.has(state)) return;
  place(draft, { ...listed, isTrading: false });
}
