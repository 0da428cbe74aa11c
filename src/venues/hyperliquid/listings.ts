import type { FundingLimits } from '../../model/event.ts';
import type { Instrument } from '../../model/instrument.ts';
import { unbundleThousands } from '../bundles.ts';
import { decimalGrid } from '../decimal.ts';
import { type ListingRules, noteFields, readEach } from '../draft.ts';
import { listedFrom, nameIn, ONE, place, retireUnseen, type Stated, symbolOf } from '../listed.ts';
import { arrayOf, flagOf, idOf, isAbsent, Malformed, objectOf } from '../wire.ts';
import type { Draft } from './draft.ts';
import { marginTables, tellTiers } from './margin.ts';
import { FEED, isBuilt, isSpot, VENUE } from './product.ts';

/** Everything is quoted and margined in USDC. */
const QUOTE = 'USDC';

/** Prices have at most six decimals, fewer by those of the size (venues.md §6.5). */
const DECIMALS = 6;

/** Terms of a coin: `BTC` → `BTC/USDC:USDC`, `kPEPE` → a bundle of 1000, `xyz:TSLA` → `XYZ-TSLA/USDC:USDC`. */
function terms(symbol: string): Omit<Stated, 'priceGrid' | 'sizeGrid'> {
  if (isSpot(symbol)) throw new Malformed('a spot pair');
  const base = symbol.toUpperCase().replaceAll(':', '-');
  const bundle = unbundleThousands(symbol);
  return {
    symbol,
    kind: 'perp',
    base,
    quote: QUOTE,
    settle: QUOTE,
    expiry: null,
    // The decoder merges the book from several views and counts what it tells itself.
    bookRule: 'chained',
    sizeUnit: 'base',
    bundle: bundle.coins === 1 ? { asset: base, coins: 1 } : bundle,
    contract: ONE,
  };
}

/** What an hour costs at most (venues.md §6.6). */
const LIMITS: FundingLimits = { cap: 0.04, floor: -0.04 };

/** Tells the one interval that all coins have (venues.md §1.5). */
function tellInterval({ events, tsLocal }: Draft, { id: instrument }: Instrument): void {
  const about = { instrument, tsExchange: null, tsLocal };
  events.push({ kind: 'fundingInterval', ...about, hours: 1, basis: 'default', limits: LIMITS });
}

export const rules: ListingRules<Draft> = {
  venue: VENUE,
  feed: FEED,
  decimalsAtMost: 8,
  infer: terms,
  announced(draft, instrument) {
    if (!instrument.inferred) tellInterval(draft, instrument);
  },
};

/** A coin that no listing explained is said to pay funding by a message that speaks of it, and by no other. */
export function noteFunding(draft: Draft, instrument: Instrument): void {
  if (instrument.inferred) tellInterval(draft, instrument);
}

const META_FIELDS: ReadonlySet<string> = new Set(
  'universe,marginTables,collateralToken'.split(','),
);
const ROW_FIELDS: ReadonlySet<string> = new Set(
  'name,szDecimals,maxLeverage,marginTableId,onlyIsolated,isDelisted,marginMode'.split(','),
);

/**
 * `{"type":"meta"}` → a listing for every coin that trades. Delisted ones are known and neither announced nor subscribed: they acknowledge, and send empty books. A
 * row that cannot be read costs itself, not the others.
 *
 * The position of a coin is what contexts without names are joined by.
 *
 * @param isMain  false for a builder's dex: then the others are not thereby gone.
 * @see https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/info-endpoint/perpetuals
 */
export function meta(draft: Draft, body: unknown, isMain: boolean): void {
  const answer = objectOf(body, 'meta');
  noteFields(draft, 'meta', answer, META_FIELDS);
  const rows = arrayOf(answer['universe'], 'universe');
  if (rows.length === 0) throw new Malformed('universe: empty');
  const names = rows.map((row) => nameIn(row, 'name'));
  const tables = marginTables(draft, answer['marginTables']);
  readEach(draft, 'coins', rows, (value) => {
    const row = objectOf(value, 'universe');
    noteFields(draft, 'universe', row, ROW_FIELDS);
    const symbol = symbolOf(row['name'], 'name');
    const sizeDecimals = idOf(row['szDecimals'], 'szDecimals');
    if (sizeDecimals > DECIMALS) throw new Malformed('szDecimals: too many');
    const isDelisted = !isAbsent(row['isDelisted']) && flagOf(row['isDelisted'], 'isDelisted');
    const listed = listedFrom(
      draft,
      {
        ...terms(symbol),
        priceGrid: decimalGrid(DECIMALS - sizeDecimals),
        sizeGrid: decimalGrid(sizeDecimals),
      },
      { isTrading: !isDelisted, inferred: false },
    );
    place(draft, listed);
    if (!isDelisted) tellTiers(draft, row, tables, { symbol, instrument: listed.instrument.id });
  });
  if (!isMain) return;
  // What could not be read this time still stands.
  retireUnseen(draft, new Set(names), ({ symbol }) => !isBuilt(symbol));
  const { state } = draft;
  draft.commits.push(() => {
    state.universe = names;
  });
}
