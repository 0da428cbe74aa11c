import type { OptionQuote } from '../../model/event.ts';
import { MINUTE, type Micros } from '../../model/units.ts';
import { noteFields, readEach } from '../draft.ts';
import { type Listed, listedOf, symbolOf } from '../listed.ts';
import {
  arrayOf,
  decimalOf,
  isAbsent,
  objectOf,
  rateOf,
  sizeOf,
  stampOf,
  type Wire,
} from '../wire.ts';
import type { Draft, OptionFacts } from './draft.ts';
import { isCombination } from './symbols.ts';

const GREEK_FIELDS: ReadonlySet<string> = new Set('delta,gamma,vega,theta,rho'.split(','));
const MARK_FIELDS: ReadonlySet<string> = new Set(
  'instrument_name,mark_price,iv,timestamp'.split(','),
);

/** What one kind of message said of an option goes on standing beside the news of another for this long. */
const KEPT = MINUTE;

const NOTHING = {
  markPrice: null,
  markIv: null,
  bidPrice: null,
  askPrice: null,
  underlyingPrice: null,
  openInterest: null,
  volume: null,
  bidIv: null,
  askIv: null,
  delta: null,
  gamma: null,
  vega: null,
  theta: null,
};

/** A price of zero is none: neither side of an empty book has one. */
const orNull = (value: unknown, name: string): number | null => {
  const number = isAbsent(value) ? 0 : sizeOf(value, name);
  return number === 0 ? null : number;
};

const sizeOrNull = (value: unknown, name: string): number | null =>
  isAbsent(value) ? null : sizeOf(value, name);

const rateOrNull = (value: unknown, name: string): number | null =>
  isAbsent(value) ? null : rateOf(value, name);

/** Percent → fraction, digit by digit: 40.38 → 0.4038. Zero means that there is no order to compute one from. */
const fractionOf = (value: unknown, name: string): number | null =>
  orNull(value, name) === null ? null : Number(`${decimalOf(value, name)}e-2`);

type Fact = { readonly tsExchange: Micros; readonly tsLocal: Micros };

/** The newer of what is known and what has just been said, by the venue's clock: a summary may be older than the ticker before it. */
const newer = <T extends Fact>(known: T | undefined, said: T | undefined): T | undefined =>
  said === undefined || (known !== undefined && known.tsExchange > said.tsExchange) ? known : said;

/** Adds what a message says to what is known of an option, and tells all of it that still stands. */
function tellOption(
  draft: Draft,
  { instrument }: Listed,
  said: OptionFacts,
  tsExchange: Micros | null,
): void {
  const { state, tsLocal } = draft;
  const known = state.options.get(instrument.symbol);
  const mark = newer(known?.mark, said.mark);
  const market = newer(known?.market, said.market);
  const greeks = newer(known?.greeks, said.greeks);
  const facts: OptionFacts = {
    ...(mark !== undefined && { mark }),
    ...(market !== undefined && { market }),
    ...(greeks !== undefined && { greeks }),
  };
  draft.commits.push(() => state.options.set(instrument.symbol, facts));
  const standing = [mark, market, greeks].filter(
    (fact) => fact !== undefined && tsLocal - fact.tsLocal <= KEPT,
  );
  draft.events.push({
    ...NOTHING,
    ...Object.assign({}, ...standing),
    kind: 'optionQuote',
    instrument: instrument.id,
    tsExchange,
    tsLocal,
  } satisfies OptionQuote);
}

/** A ticker of an option: all there is to know. Volatilities are in percent; the greeks are per coin (venues.md §5.2). */
export function optionTicker(draft: Draft, data: Wire, listed: Listed, tsExchange: Micros): void {
  const { tsLocal } = draft;
  const at = { tsExchange, tsLocal };
  const stats = isAbsent(data['stats']) ? {} : objectOf(data['stats'], 'stats');
  const greeks = isAbsent(data['greeks']) ? {} : objectOf(data['greeks'], 'greeks');
  noteFields(draft, 'ticker.greeks', greeks, GREEK_FIELDS);
  const said: OptionFacts = {
    mark: {
      ...at,
      markPrice: sizeOrNull(data['mark_price'], 'mark_price'),
      markIv: fractionOf(data['mark_iv'], 'mark_iv'),
    },
    market: {
      ...at,
      bidPrice: orNull(data['best_bid_price'], 'best_bid_price'),
      askPrice: orNull(data['best_ask_price'], 'best_ask_price'),
      underlyingPrice: orNull(data['underlying_price'], 'underlying_price'),
      openInterest: sizeOrNull(data['open_interest'], 'open_interest'),
      volume: sizeOrNull(stats['volume'], 'volume'),
    },
    greeks: {
      ...at,
      bidIv: fractionOf(data['bid_iv'], 'bid_iv'),
      askIv: fractionOf(data['ask_iv'], 'ask_iv'),
      delta: rateOrNull(greeks['delta'], 'delta'),
      gamma: rateOrNull(greeks['gamma'], 'gamma'),
      vega: rateOrNull(greeks['vega'], 'vega'),
      theta: rateOrNull(greeks['theta'], 'theta'),
    },
  };
  tellOption(draft, listed, said, tsExchange);
}

/** A row of a book summary of options. */
export function optionSummary(draft: Draft, row: Wire, listed: Listed, tsExchange: Micros): void {
  const at = { tsExchange, tsLocal: draft.tsLocal };
  const said: OptionFacts = {
    mark: {
      ...at,
      markPrice: sizeOrNull(row['mark_price'], 'mark_price'),
      markIv: fractionOf(row['mark_iv'], 'mark_iv'),
    },
    market: {
      ...at,
      bidPrice: orNull(row['bid_price'], 'bid_price'),
      askPrice: orNull(row['ask_price'], 'ask_price'),
      underlyingPrice: orNull(row['underlying_price'], 'underlying_price'),
      openInterest: sizeOrNull(row['open_interest'], 'open_interest'),
      volume: sizeOrNull(row['volume'], 'volume'),
    },
  };
  tellOption(draft, listed, said, tsExchange);
}

/**
 * `markprice.options.{index}` → mark price and volatility of a whole surface. Here `iv` is a fraction (venues.md §5.2). Rows without a time of their own
 * are of the moment they came.
 *
 * @see https://docs.deribit.com/subscriptions/market-data/markpriceoptionsindex_name
 */
export function optionMarks(draft: Draft, data: unknown): void {
  readEach(draft, 'marks', arrayOf(data, 'marks'), (element) => {
    const row = objectOf(element, 'mark');
    noteFields(draft, 'markprice', row, MARK_FIELDS);
    const symbol = symbolOf(row['instrument_name'], 'instrument_name');
    if (isCombination(symbol)) return;
    const { tsLocal } = draft;
    const tsExchange = isAbsent(row['timestamp']) ? null : stampOf(row['timestamp'], 'timestamp');
    const mark = {
      tsExchange: tsExchange ?? tsLocal,
      tsLocal,
      markPrice: sizeOrNull(row['mark_price'], 'mark_price'),
      markIv: orNull(row['iv'], 'iv'),
    };
    tellOption(draft, listedOf(draft, symbol), { mark }, tsExchange);
  });
}
