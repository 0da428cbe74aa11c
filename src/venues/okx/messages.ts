import { noteFields, noteUnfamiliar, readEach } from '../draft.ts';
import { symbolOf } from '../listed.ts';
import { arrayOf, Malformed, objectOf, shown, textOf, type Wire } from '../wire.ts';
import { best, books } from './books.ts';
import type { Draft } from './draft.ts';
import { fundingRate } from './funding.ts';
import { liquidations } from './liquidations.ts';
import { instruments, isOption } from './listings.ts';
import { indexTicker, markPrice, openInterest, ticker } from './marks.ts';
import { trade } from './trades.ts';

/** Reads one row of `data`. `symbol` is that of the `arg`, which books and quotes do not repeat. */
type Reader = (draft: Draft, row: Wire, symbol: string, envelope: Wire) => void;

const nothing: Reader = () => {};

/** A reader of rows that name their instrument. */
const named =
  (read: (draft: Draft, row: Wire, symbol: string) => void): Reader =>
  (draft, row, symbol) => {
    const own = row['instId'] === undefined ? symbol : symbolOf(row['instId'], 'instId');
    if (!isOption(own)) read(draft, row, own);
  };

/** What rows of each channel that speaks of single instruments say; REST gives the same rows. `nothing` where a channel is known and not needed. */
export const ROWS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['mark-price', named(markPrice)],
  ['index-tickers', (draft, row) => indexTicker(draft, row)],
  ['funding-rate', named(fundingRate)],
  ['open-interest', named(openInterest)],
  ['tickers', named(ticker)],
  // What there is of options: implied volatilities and greeks. No chain is made of them.
  ['opt-summary', nothing],
]);

const ofBook: Reader = (draft, row, symbol, envelope) => {
  if (!isOption(symbol)) books(draft, row, envelope, symbol);
};
const ofTouch: Reader = (draft, row, symbol) => {
  if (!isOption(symbol)) best(draft, row, symbol);
};

const CHANNELS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...ROWS,
  ['books', ofBook],
  ['books-l2-tbt', ofBook],
  ['bbo-tbt', ofTouch],
  ['books5', ofTouch],
  // Books of another depth or with other orders in them than the one that is kept.
  ['books50-l2-tbt', nothing],
  ['books-rpi', nothing],
  ['books-elp', nothing],
  ['trades', named(trade)],
  ['trades-all', named(trade)],
  ['liquidation-orders', (draft, row) => liquidations(draft, row)],
  ['price-limit', nothing],
  ['estimated-price', nothing],
  ['status', nothing],
]);

const ENVELOPE_FIELDS: ReadonlySet<string> = new Set(['arg', 'data', 'action']);
const ARG_FIELDS: ReadonlySet<string> = new Set(
  'channel,instId,instType,instFamily,uly'.split(','),
);

/**
 * One socket message: `{"arg":{"channel":…,"instId":…},"data":[…]}`. The rows of one count each for itself; a message of which nothing can be read is
 * rejected as a whole.
 *
 * @see https://www.okx.com/docs-v5/en/#overview-websocket-subscribe
 */
export function readMessage(draft: Draft, value: unknown): void {
  const message = objectOf(value, 'message');
  const arg = objectOf(message['arg'], 'arg');
  const channel = textOf(arg['channel'], 'channel');
  noteFields(draft, 'envelope', message, ENVELOPE_FIELDS);
  noteFields(draft, 'arg', arg, ARG_FIELDS);
  const rows = arrayOf(message['data'], 'data');
  if (channel === 'instruments') {
    instruments(draft, rows, null);
    return;
  }
  const reader = CHANNELS.get(channel);
  if (reader === undefined) {
    if (!/^(?:mark-price-|index-)?candle/.test(channel))
      noteUnfamiliar(draft, `channel ${shown(channel)}`);
    return;
  }
  if (reader === nothing) return;
  const needsSymbol = reader === ofBook || reader === ofTouch;
  const { instId } = arg;
  const symbol = needsSymbol
    ? symbolOf(instId, 'instId')
    : typeof instId === 'string'
      ? instId
      : '';
  if (rows.length === 0 && needsSymbol) throw new Malformed('data: empty');
  readEach(draft, 'rows', rows, (row) => reader(draft, objectOf(row, 'row'), symbol, message));
}
