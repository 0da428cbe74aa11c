import type { Liquidation } from '../../model/event.ts';
import { noteFields } from '../draft.ts';
import { inCoins, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import { arrayOf, Malformed, objectOf, priceOf, sizeOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';

const ALL_FIELDS: ReadonlySet<string> = new Set('T,s,S,v,p'.split(','));
const OLD_FIELDS: ReadonlySet<string> = new Set('updatedTime,symbol,side,size,price'.split(','));

interface Names {
  readonly kind: string;
  readonly fields: ReadonlySet<string>;
  readonly time: string;
  readonly symbol: string;
  readonly side: string;
  readonly size: string;
  readonly price: string;
}

const ALL: Names = {
  kind: 'allLiquidation',
  fields: ALL_FIELDS,
  time: 'T',
  symbol: 's',
  side: 'S',
  size: 'v',
  price: 'p',
};
const OLD: Names = {
  kind: 'liquidation',
  fields: OLD_FIELDS,
  time: 'updatedTime',
  symbol: 'symbol',
  side: 'side',
  size: 'size',
  price: 'price',
};

/** The side is that of the POSITION: `Buy` was a long. The price is that of its bankruptcy; the size base coins, or dollars on inverse contracts. */
function tell(draft: Draft, row: unknown, names: Names): void {
  const wire = objectOf(row, names.kind);
  noteFields(draft, names.kind, wire, names.fields);
  const symbol = symbolOf(wire[names.symbol], names.symbol);
  const side = wire[names.side];
  if (side !== 'Buy' && side !== 'Sell') throw new Malformed(`${names.side}: not a side`);
  const size = sizeOf(wire[names.size], names.size);
  if (size === 0) throw new Malformed(`${names.size}: nothing liquidated`);
  const wirePrice = priceOf(wire[names.price], names.price);
  const tsExchange = stampOf(wire[names.time], names.time);
  const listed = listedOf(draft, symbol);
  const price = pricePerCoin(wirePrice, listed);
  const coins = inCoins(size, listed, price);
  if (coins === undefined) return;
  draft.events.push({
    kind: 'liquidation',
    instrument: listed.instrument.id,
    liquidatedSide: side === 'Buy' ? 'long' : 'short',
    price,
    size: coins,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Liquidation);
}

/**
 * `allLiquidation.{symbol}` → every liquidation, in batches of half a second.
 *
 * @see https://bybit-exchange.github.io/docs/v5/websocket/public/all-liquidation
 */
export function allLiquidation(draft: Draft, data: unknown): void {
  for (const row of arrayOf(data, 'data')) tell(draft, row, ALL);
}

/**
 * `liquidation.{symbol}` → the topic of before 2025-02-20: one object, at most one per second.
 *
 * @see https://bybit-exchange.github.io/docs/v5/websocket/public/liquidation
 */
export const oldLiquidation = (draft: Draft, data: unknown): void => tell(draft, data, OLD);
