import type { ListingSpec } from '../assets.ts';
import type { BookCopy, Levels } from '../market-book.ts';
import type { AggregateTrade } from '../market-tape.ts';
import { seedOf } from '../seed.ts';
import { priceText, sizeText } from '../spelling.ts';

/** A decimal without the zeros at its end, but with a point: `84143.0`, `0.1428`. */
export const spelled = (decimal: string): string =>
  decimal.includes('.') ? decimal.replace(/0+$/, '').replace(/\.$/, '.0') : `${decimal}.0`;

export const px = (spec: ListingSpec, ticks: number): string => spelled(priceText(spec, ticks));
export const sz = (spec: ListingSpec, lots: number): string => spelled(sizeText(spec, lots));

/** Prices that are no orders have as many decimals as they need. */
export const anyPx = (price: number): string =>
  spelled(price.toPrecision(8).includes('e') ? price.toFixed(10) : price.toPrecision(8));

export const rateText = (rate: number): string => spelled(rate.toFixed(10));

/** Nobody counts the orders of a level here; some number that stays while the level does. */
const ordersAt = (ticks: number, lots: number): number => 1 + ((ticks * 31 + lots) % 37);

export const levelText = (spec: ListingSpec, [ticks, lots]: Levels[number]): string =>
  `{"px":"${px(spec, ticks)}","sz":"${sz(spec, lots)}","n":${ordersAt(ticks, lots)}}`;

const sideText = (spec: ListingSpec, levels: Levels): string =>
  `[${levels.map((level) => levelText(spec, level)).join(',')}]`;

/** A picture of a book: what a socket's frame and an answer have in common. */
export const bookText = (
  spec: ListingSpec,
  { bids, asks }: Pick<BookCopy, 'bids' | 'asks'>,
  time: number,
  more = '',
): string =>
  `{"coin":"${spec.symbol}","time":${time},"levels":[${sideText(spec, bids)},${sideText(spec, asks)}]${more}}`;

export const channelText = (channel: string, data: string): string =>
  `{"channel":"${channel}","data":${data}}`;

const MASK = (1n << 50n) - 1n;
/** Numbers of trades are in no order, and no two are the same: an odd factor permutes them. */
const tidOf = (id: number): number =>
  Number((BigInt(id) * 6_364_136_223_846_793_005n + 11n) & MASK);

const hex = (length: number, ...of: readonly (string | number)[]): string => {
  let text = '';
  for (let i = 0; text.length < length; i++)
    text += seedOf(...of, i)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, length);
};

/** A print. `users` are buyer and seller. */
export function tradeText(spec: ListingSpec, trade: AggregateTrade, time: number): string {
  const { id, ticks, lots, aggressor } = trade;
  const user = (side: string) => `0x${hex(40, spec.symbol, side, id % 97)}`;
  return (
    `{"coin":"${spec.symbol}","side":"${aggressor === 'buy' ? 'B' : 'A'}","px":"${px(spec, ticks)}",` +
    `"sz":"${sz(spec, lots)}","time":${time},"hash":"0x${hex(64, spec.symbol, id)}",` +
    `"tid":${tidOf(id)},"users":["${user('buyer')}","${user('seller')}"]}`
  );
}
