import { createDecoderState, decodeRecord } from '../../src/feed/decode.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { HOUR, type Micros } from '../../src/model/units.ts';
import { decoderOf } from '../../src/venues/index.ts';
import { recordText } from '../../src/venues/polled/records.ts';

/** Seconds between two rounds. */
export const EVERY = 10;

const MARKET = {
  symbol: 'BTC/USDT:USDT',
  id: 'BTC_USDT',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  inverse: false,
  contractSize: 0.0001,
  priceStep: '0.1',
  sizeStep: '1',
  active: true,
};
const { symbol } = MARKET;

/**
 * One round of `gate`, a venue that has everything a polled one may have: BTC at 60,000, 5,000 coins of open interest, 0.01 % of funding.
 *
 * @param drift How far from there it has moved, as a fraction of the price.
 */
export function polledRound(t: number, drift = 0): EngineEvent[] {
  const feed = 'gate-polled';
  const price = 60_000 * (1 + drift);
  const decoder = createDecoderState();
  const record = (after: number, chan: string, rows: readonly object[], more?: object) =>
    structuredClone([
      ...decodeRecord(decoder, decoderOf, {
        t: (t + after) as Micros,
        feed,
        chan,
        msg: recordText(rows, more),
      }),
    ]);
  return [
    ...record(1, 'polled:markets', [MARKET], { everyMs: EVERY * 1000 }),
    ...record(2, 'polled:tickers', [
      {
        symbol,
        bid: price - 5,
        ask: price + 5,
        last: price,
        open: price,
        base: 900,
        quote: 900 * price,
        mark: price,
        index: price * (1 - 0.0005 * (1 + drift)),
      },
    ]),
    ...record(3, 'polled:funding', [
      {
        symbol,
        rate: 0.0001 * (1 + 20 * drift),
        nextMs: (t + HOUR) / 1000,
        interval: '8h',
        mark: null,
        index: null,
      },
    ]),
    ...record(4, 'polled:openInterest', [
      { symbol, amount: 50_000_000 * (1 + 3 * drift), value: null },
    ]),
  ];
}
