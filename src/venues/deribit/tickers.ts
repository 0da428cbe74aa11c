import type {
  FundingPredicted,
  MarkPrice,
  OpenInterest,
  Touch,
  Volume24h,
} from '../../model/event.ts';
import { type Micros, SECOND } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { inCoins, type Listed, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import { isAbsent, objectOf, priceOf, rateOf, sizeOf, stampOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';
import { notePaid } from './funding.ts';
import { optionTicker } from './options.ts';
import { isCombination } from './symbols.ts';

export const TICKER_FIELDS: ReadonlySet<string> = new Set(
  (
    'timestamp,state,stats,index_price,instrument_name,last_price,settlement_price,min_price,max_price,open_interest,mark_price,interest_value,' +
    'current_funding,funding_8h,estimated_delivery_price,delivery_price,best_ask_price,best_bid_price,best_ask_amount,best_bid_amount,' +
    'mark_iv,bid_iv,ask_iv,underlying_price,underlying_index,interest_rate,greeks,combo_state,implied_bid,implied_ask'
  ).split(','),
);
const STATS_FIELDS: ReadonlySet<string> = new Set(
  'high,low,price_change,volume,volume_usd,volume_notional'.split(','),
);

/** A price; undefined where there is none, which the venue writes as nothing, null or zero. */
export function priceIn(value: unknown, name: string): number | undefined {
  return isAbsent(value) || sizeOf(value, name) === 0 ? undefined : priceOf(value, name);
}

/** Open interest and volume are told again after this long although they are the same: often enough that they do not look stale. */
const CONFIRM = SECOND;

/** What a ticker and a row of a book summary say of a perp or dated future, under the names of either. */
export interface FutureFacts {
  readonly tsExchange: Micros;
  readonly markPrice: number | undefined;
  readonly indexPrice: number | undefined;
  /** In the unit of the wire. */
  readonly openInterest: number | undefined;
  readonly volume: number | undefined;
  readonly volumeUsd: number | undefined;
  readonly lastPrice: number | undefined;
  /** Percent over 24 h. */
  readonly priceChange: number | undefined;
  readonly currentFunding: number | undefined;
}

/** The price that has changed by so many percent; undefined where the venue says nothing of a change. */
function openPriceOf({ lastPrice, priceChange }: FutureFacts): number | undefined {
  if (lastPrice === undefined || priceChange === undefined || priceChange <= -100) return undefined;
  return lastPrice / (1 + priceChange / 100);
}

/**
 * Mark, index and funding with every message, as each confirms them; open interest and volume when they are news, or once a second.
 *
 * Dollars of open interest in an inverse contract are as many coins as the mark price makes of them (venues.md §1.3).
 */
export function tellFuture(draft: Draft, listed: Listed, facts: FutureFacts): void {
  const { instrument } = listed;
  const { symbol } = instrument;
  const { tsLocal, state } = draft;
  const stamped = { instrument: instrument.id, tsExchange: facts.tsExchange, tsLocal };
  const { markPrice, indexPrice, openInterest, volume, volumeUsd, lastPrice } = facts;
  if (markPrice !== undefined) {
    draft.events.push({
      kind: 'markPrice',
      ...stamped,
      markPrice: pricePerCoin(markPrice, listed),
      indexPrice: indexPrice === undefined ? null : pricePerCoin(indexPrice, listed),
    } satisfies MarkPrice);
    if (instrument.kind === 'perp') draft.commits.push(() => state.marks.set(symbol, markPrice));
  }
  if (facts.currentFunding !== undefined && instrument.kind === 'perp')
    draft.events.push({
      kind: 'fundingPredicted',
      ...stamped,
      fundingRate: facts.currentFunding,
      nextFundingTs: null,
    } satisfies FundingPredicted);

  const told = state.told.get(symbol);
  const isDue = told === undefined || tsLocal - told.tsLocal >= CONFIRM || tsLocal < told.tsLocal;
  const isNews = openInterest !== undefined && told?.openInterest !== openInterest;
  if (!isDue && !isNews) return;
  if (openInterest !== undefined && markPrice !== undefined) {
    const size = inCoins(openInterest, listed, pricePerCoin(markPrice, listed));
    if (size !== undefined)
      draft.events.push({ kind: 'openInterest', ...stamped, size } satisfies OpenInterest);
  }
  if (volume !== undefined && volumeUsd !== undefined) {
    const openPrice = openPriceOf(facts);
    draft.events.push({
      kind: 'volume24h',
      ...stamped,
      // `volume` counts coins on inverse contracts, too.
      size: volume * listed.coins,
      notional: volumeUsd,
      ...(lastPrice !== undefined && { lastPrice: pricePerCoin(lastPrice, listed) }),
      ...(openPrice !== undefined && { openPrice: pricePerCoin(openPrice, listed) }),
    } satisfies Volume24h);
  }
  draft.commits.push(() => state.told.set(symbol, { openInterest: openInterest ?? null, tsLocal }));
}

export const optionalSize = (value: unknown, name: string): number | undefined =>
  isAbsent(value) ? undefined : sizeOf(value, name);

export const optionalRate = (value: unknown, name: string): number | undefined =>
  isAbsent(value) ? undefined : rateOf(value, name);

/** Best bid and ask of a dated future, whose book nobody follows. One side alone is no touch. */
function tellTouch(draft: Draft, data: Wire, { instrument, coins }: Listed, ts: Micros): void {
  const bid = priceIn(data['best_bid_price'], 'best_bid_price');
  const ask = priceIn(data['best_ask_price'], 'best_ask_price');
  if (instrument.kind !== 'future' || bid === undefined || ask === undefined) return;
  draft.events.push({
    kind: 'touch',
    instrument: instrument.id,
    bid: pricePerCoin(bid, { coins }),
    ask: pricePerCoin(ask, { coins }),
    tsExchange: ts,
    tsLocal: draft.tsLocal,
  } satisfies Touch);
}

function futureTicker(draft: Draft, data: Wire, listed: Listed, tsExchange: Micros): void {
  const stats = isAbsent(data['stats']) ? {} : objectOf(data['stats'], 'stats');
  noteFields(draft, 'ticker.stats', stats, STATS_FIELDS);
  const funding8h = optionalRate(data['funding_8h'], 'funding_8h');
  tellFuture(draft, listed, {
    tsExchange,
    markPrice: priceIn(data['mark_price'], 'mark_price'),
    indexPrice: priceIn(data['index_price'], 'index_price'),
    openInterest: optionalSize(data['open_interest'], 'open_interest'),
    volume: optionalSize(stats['volume'], 'volume'),
    volumeUsd: optionalSize(stats['volume_usd'], 'volume_usd'),
    lastPrice: priceIn(data['last_price'], 'last_price'),
    priceChange: optionalRate(stats['price_change'], 'price_change'),
    currentFunding: optionalRate(data['current_funding'], 'current_funding'),
  });
  tellTouch(draft, data, listed, tsExchange);
  if (funding8h !== undefined && listed.instrument.kind === 'perp')
    notePaid(draft, listed, funding8h, tsExchange);
}

/**
 * `ticker.{instrument}.{interval}` and the method `ticker` → what the venue computes of a contract. One that is closed repeats the numbers of its last
 * day, or zeros: nothing is told of it.
 *
 * @see https://docs.deribit.com/subscriptions/market-data/tickerinstrument_nameinterval
 */
export function ticker(draft: Draft, value: unknown): void {
  const data = objectOf(value, 'ticker');
  noteFields(draft, 'ticker', data, TICKER_FIELDS);
  const symbol = symbolOf(data['instrument_name'], 'instrument_name');
  if (isCombination(symbol)) return;
  const tsExchange = stampOf(data['timestamp'], 'timestamp');
  const listed = listedOf(draft, symbol);
  if (data['state'] === 'closed') return;
  if (listed.instrument.kind === 'option') optionTicker(draft, data, listed, tsExchange);
  else futureTicker(draft, data, listed, tsExchange);
}
