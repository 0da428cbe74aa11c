import type { Instrument } from '../../model/instrument.ts';
import { type Micros, SECOND } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { inCoins, type Listed, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import { isAbsent, Malformed, priceOf, rateOf, sizeOf, stampOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';
import { hoursOf, tellInterval } from './funding.ts';

const FIELDS: ReadonlySet<string> = new Set(
  [
    'symbol,tickDirection,price24hPcnt,lastPrice,prevPrice24h,highPrice24h,lowPrice24h,prevPrice1h,markPrice,indexPrice',
    'openInterest,openInterestValue,singleOpenInterest,singleOpenInterestValue,turnover24h,volume24h',
    'nextFundingTime,fundingRate,fundingIntervalHour,fundingCap,bid1Price,bid1Size,ask1Price,ask1Size',
    'preOpenPrice,preQty,curPreListingPhase,deliveryTime,deliveryFeeRate,predictedDeliveryPrice',
    'basis,basisRate,basisRateYear,usdIndexPrice',
  ].flatMap((names) => names.split(',')),
);

/**
 * What the ticker of one symbol says as of its newest message, in the units of the wire; null for what it does not say. Immutable: a message replaces
 * it.
 */
export interface Ticker {
  readonly mark: number | null;
  readonly index: number | null;
  readonly rate: number | null;
  readonly nextTs: Micros | null;
  /** Hours between settlements. */
  readonly hours: number | null;
  /** Largest funding rate either way, per own interval. */
  readonly cap: number | null;
  /** Counted once per contract, and counted for both of its sides. */
  readonly singleInterest: number | null;
  readonly bothInterest: number | null;
  readonly volume: number | null;
  readonly turnover: number | null;
  readonly last: number | null;
  /** Price of 24 h ago. */
  readonly open: number | null;
  /** When everything was last told, whether or not it had changed. */
  readonly toldAt: Micros | null;
}

const EMPTY: Ticker = {
  mark: null,
  index: null,
  rate: null,
  nextTs: null,
  hours: null,
  cap: null,
  singleInterest: null,
  bothInterest: null,
  volume: null,
  turnover: null,
  last: null,
  open: null,
  toldAt: null,
};

/** A price of the day; null for a zero, as nothing was traded. */
const priceOrNone = (value: unknown, name: string): number | null =>
  sizeOf(value, name) === 0 ? null : priceOf(value, name);

const settlementOf = (value: unknown, name: string): Micros | null =>
  value === '0' || value === 0 ? null : stampOf(value, name);

function hoursIn(value: unknown, name: string): number | null {
  const hours = sizeOf(value, name);
  if (hours > 24) throw new Malformed(`${name}: not an interval`);
  return hours === 0 ? null : hours;
}

/** The largest rate either way; null for a zero, which holds nothing in. */
function capIn(value: unknown, name: string): number | null {
  const cap = rateOf(value, name);
  return cap > 0 ? cap : null;
}

type Reader = (value: unknown, name: string) => number | null;

/** Where each field of ours is read. */
const READ: readonly (readonly [keyof Omit<Ticker, 'toldAt'>, string, Reader])[] = [
  ['mark', 'markPrice', priceOrNone],
  ['index', 'indexPrice', priceOrNone],
  ['rate', 'fundingRate', rateOf],
  ['nextTs', 'nextFundingTime', settlementOf],
  ['hours', 'fundingIntervalHour', hoursIn],
  ['cap', 'fundingCap', capIn],
  ['singleInterest', 'singleOpenInterest', sizeOf],
  ['bothInterest', 'openInterest', sizeOf],
  ['volume', 'volume24h', sizeOf],
  ['turnover', 'turnover24h', sizeOf],
  ['last', 'lastPrice', priceOrNone],
  ['open', 'prevPrice24h', priceOrNone],
];

/** What a message leaves out has not changed; what it empties is no longer known. */
function merged(before: Ticker, data: Wire): Ticker {
  const after: Record<string, unknown> = { ...before };
  for (const [name, field, read] of READ) {
    const value = data[field];
    if (value === undefined) continue;
    after[name] = isAbsent(value) ? null : read(value, field);
  }
  return after as unknown as Ticker;
}

/** Open interest of one side, in units of the wire: half of what the venue counts where it counts both (until 2026-06-11). */
const oneSided = ({ singleInterest, bothInterest }: Ticker): number | null =>
  singleInterest ?? (bothInterest === null ? null : bothInterest / 2);

/** Everything that a ticker says is confirmed by each of its messages; what has not changed is told again this often, µs. */
const CONFIRM_EVERY = SECOND;

/**
 * `tickers.{symbol}` → mark and index price, the running funding estimate, open interest of one side, 24 h volume.
 *
 * On contracts a `snapshot` is followed by `delta`s with what changed; on spot every message is the whole. A contract that pays no funding leaves rate
 * and time empty. Volume and turnover count base coin and quote currency on linear contracts and spot, and change places on inverse ones (venues.md §1.3).
 *
 * @see https://bybit-exchange.github.io/docs/v5/websocket/public/ticker
 */
export function ticker(draft: Draft, data: Wire, isSnapshot: boolean, tsSent: Micros | null): void {
  const { state, tsLocal } = draft;
  noteFields(draft, 'tickers', data, FIELDS);
  const symbol = symbolOf(data['symbol'], 'symbol');
  const before = state.tickers.get(symbol) ?? EMPTY;
  const isDue = before.toldAt === null || tsLocal - before.toldAt >= CONFIRM_EVERY;
  const read = merged(isSnapshot ? { ...EMPTY, toldAt: before.toldAt } : before, data);
  // On spot every message is a snapshot.
  const isWhole = isDue || (isSnapshot && draft.product.category !== 'spot');
  const after = isWhole ? { ...read, toldAt: tsLocal } : read;
  const listed = listedOf(draft, symbol);
  tellChanges(draft, listed, { before, after, isWhole, tsExchange: tsSent });
  draft.commits.push(() => state.tickers.set(symbol, after));
}

interface Change {
  readonly before: Ticker;
  readonly after: Ticker;
  /** Everything is told again. */
  readonly isWhole: boolean;
  readonly tsExchange: Micros | null;
}

function tellChanges(draft: Draft, listed: Listed, change: Change): void {
  const { before, after, isWhole, tsExchange } = change;
  const { instrument } = listed;
  const { id } = instrument;
  const stamped = { instrument: id, tsExchange, tsLocal: draft.tsLocal };
  const has = (...names: readonly (keyof Ticker)[]): boolean =>
    isWhole || names.some((name) => before[name] !== after[name]);
  if (after.mark !== null && has('mark', 'index'))
    draft.events.push({
      kind: 'markPrice',
      ...stamped,
      markPrice: pricePerCoin(after.mark, listed),
      indexPrice: after.index === null ? null : pricePerCoin(after.index, listed),
    });
  if (instrument.kind === 'perp') tellFunding(draft, instrument, change);
  tellInterest(draft, listed, change);
  if (isWhole) tellVolume(draft, listed, change);
}

function tellFunding(draft: Draft, instrument: Instrument, { after, tsExchange }: Change): void {
  const { hours, rate, nextTs, cap } = after;
  if (hours !== null && hours !== hoursOf(draft, instrument.symbol))
    tellInterval(draft, instrument, hours, tsExchange);
  if (rate === null || nextTs === null) return;
  draft.events.push({
    kind: 'fundingPredicted',
    instrument: instrument.id,
    fundingRate: rate,
    nextFundingTs: nextTs,
    ...(cap !== null && { limits: { cap, floor: -cap } }),
    tsExchange,
    tsLocal: draft.tsLocal,
  });
}

function tellInterest(draft: Draft, listed: Listed, change: Change): void {
  const { before, after, isWhole, tsExchange } = change;
  const interest = oneSided(after);
  if (interest === null || !(isWhole || oneSided(before) !== interest)) return;
  // Dollars become coins at the mark.
  if (listed.instrument.sizeUnit === 'quote' && after.mark === null) return;
  const size = inCoins(interest, listed, pricePerCoin(after.mark ?? 1, listed));
  if (size === undefined) return;
  draft.events.push({
    kind: 'openInterest',
    instrument: listed.instrument.id,
    size,
    tsExchange,
    tsLocal: draft.tsLocal,
  });
}

function tellVolume(draft: Draft, listed: Listed, { after, tsExchange }: Change): void {
  const { volume, turnover, last, open } = after;
  if (volume === null || turnover === null) return;
  const isInverse = listed.instrument.sizeUnit === 'quote';
  draft.events.push({
    kind: 'volume24h',
    instrument: listed.instrument.id,
    size: isInverse ? turnover : volume * listed.coins,
    notional: isInverse ? volume : turnover,
    ...(last !== null && { lastPrice: pricePerCoin(last, listed) }),
    ...(open !== null && { openPrice: pricePerCoin(open, listed) }),
    tsExchange,
    tsLocal: draft.tsLocal,
  });
}
