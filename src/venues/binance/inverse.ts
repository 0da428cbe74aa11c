import type { IndexPrice, OpenInterest } from '../../model/event.ts';
import type { Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { inCoins, type Listed, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import { priceOf, stampOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';

/** Open interest as COIN-M counts it. */
interface Contracts {
  readonly count: number;
  readonly tsExchange: Micros | null;
}

/** What a decoder of contracts in dollars remembers of their prices. Plain data. */
export interface Marks {
  /** Latest mark price by symbol, dollars per coin: what open interest is divided by. */
  readonly prices: Map<string, number>;
  /** Symbols whose mark price came with its index, as all do by now: the index that comes alone is for the others. */
  readonly withIndex: Set<string>;
  /** Open interest that came before any mark price did. */
  readonly waiting: Map<string, Contracts>;
}

export const createMarks = (): Marks => ({
  prices: new Map(),
  withIndex: new Set(),
  waiting: new Map(),
});

/** Whether a mark price has nothing to say but itself. */
export const isPlainMark = ({ waiting, withIndex }: Marks, symbol: string): boolean =>
  withIndex.has(symbol) && waiting.size === 0;

function tell(draft: Draft, listed: Listed, { count, tsExchange }: Contracts, mark: number): void {
  const size = inCoins(count, listed, mark);
  if (size === undefined) return;
  draft.events.push({
    kind: 'openInterest',
    instrument: listed.instrument.id,
    size,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies OpenInterest);
}

/** Open interest in contracts → base coin = dollars ÷ mark price; kept until there is one. */
export function tellContracts(draft: Draft, listed: Listed, contracts: Contracts): void {
  const { prices, waiting } = draft.state.marks;
  const { symbol } = listed.instrument;
  const mark = prices.get(symbol);
  if (mark !== undefined) tell(draft, listed, contracts, mark);
  else draft.commits.push(() => waiting.set(symbol, contracts));
}

/** Notes a mark price, and tells what has been waiting for it. */
export function noteMark(draft: Draft, listed: Listed, mark: number, hasIndex: boolean): void {
  const { prices, withIndex, waiting } = draft.state.marks;
  const { symbol } = listed.instrument;
  const contracts = waiting.get(symbol);
  if (contracts !== undefined) tell(draft, listed, contracts, mark);
  draft.commits.push(() => {
    prices.set(symbol, mark);
    if (hasIndex) withIndex.add(symbol);
    else withIndex.delete(symbol);
    waiting.delete(symbol);
  });
}

/**
 * The contracts on a pair (`BTCUSD`) that trade, perps and dated ones, or that messages showed where nothing is listed; the perp by its spelling where
 * nothing is known at all.
 */
export function contractsOn(draft: Draft, pair: string): readonly Listed[] {
  const listed = [...draft.state.listings.values()].filter(
    ({ isTrading, instrument: { base, quote, inferred } }) =>
      (isTrading || inferred) && base + quote === pair,
  );
  return listed.length > 0 ? listed : [listedOf(draft, `${pair}_PERP`)];
}

/** The perp on a pair. */
export const perpOn = (draft: Draft, pair: string): Listed =>
  contractsOn(draft, pair).find(({ instrument }) => instrument.kind === 'perp') ??
  listedOf(draft, `${pair}_PERP`);

const INDEX_FIELDS: ReadonlySet<string> = new Set('e,E,i,p,st,ps'.split(','));

/**
 * `<pair>@indexPrice@1s` → the index of every contract on the pair whose mark prices come without it, as those of older recordings do. Here `i`
 * is the pair and `p` the index.
 *
 * @see https://developers.binance.com/docs/derivatives/coin-margined-futures/websocket-market-streams/Index-Price-Stream
 */
export function indexPriceUpdate(draft: Draft, message: Wire): void {
  noteFields(draft, 'indexPriceUpdate', message, INDEX_FIELDS);
  const pair = symbolOf(message['i'], 'i');
  const indexPrice = priceOf(message['p'], 'p');
  const tsExchange = stampOf(message['E'], 'E');
  for (const listed of contractsOn(draft, pair)) {
    const { symbol, id } = listed.instrument;
    if (draft.state.marks.withIndex.has(symbol)) continue;
    draft.events.push({
      kind: 'indexPrice',
      instrument: id,
      indexPrice: pricePerCoin(indexPrice, listed),
      tsExchange,
      tsLocal: draft.tsLocal,
    } satisfies IndexPrice);
  }
}
