import type { Trade } from '../../model/event.ts';
import { noteFields } from '../draft.ts';
import { symbolOf } from '../listed.ts';
import { filledIn } from '../prints.ts';
import { arrayOf, flagOf, isAbsent, Malformed, objectOf, stampOf, textOf } from '../wire.ts';
import type { Draft } from './draft.ts';
import { isOption } from './listings.ts';

const TRADE_FIELDS: ReadonlySet<string> = new Set('T,s,S,v,p,L,i,BT,RPI,seq'.split(','));

/** Hex digits of a UUID, and digits of a spot id, that a number holds exactly. */
const HEX_DIGITS = 13;
const DIGITS = 15;

/**
 * `i` as a number, so that a print that comes twice counts once: the first 52 bits of a UUID on contracts, the last digits of a running number on spot. Null
 * where it is neither.
 */
function idIn(value: unknown): number | null {
  const text = textOf(value, 'i');
  if (/^\d{1,40}$/.test(text)) return Number(text.slice(-DIGITS));
  const hex = text.replaceAll('-', '').slice(0, HEX_DIGITS);
  return /^[0-9a-f]{13}$/i.test(hex) ? Number.parseInt(hex, 16) : null;
}

/** `Buy` or `Sell`. */
function sideOfTaker(value: unknown): 'buy' | 'sell' {
  if (value !== 'Buy' && value !== 'Sell') throw new Malformed('S: not a side');
  return value === 'Buy' ? 'buy' : 'sell';
}

/** One print. */
function print(draft: Draft, row: unknown): void {
  const wire = objectOf(row, 'trade');
  const symbol = symbolOf(wire['s'], 's');
  if (isOption(symbol)) return;
  noteFields(draft, 'publicTrade', wire, TRADE_FIELDS);
  const aggressor = sideOfTaker(wire['S']);
  const id = isAbsent(wire['i']) ? null : idIn(wire['i']);
  const tsExchange = stampOf(wire['T'], 'T');
  // Block trades are agreed elsewhere and meet nobody in the book.
  if (!isAbsent(wire['BT']) && flagOf(wire['BT'], 'BT')) return;
  const { instrument, price, size } = filledIn(draft, symbol, wire, 'p', 'v');
  if (size === undefined) return;
  draft.events.push({
    kind: 'trade',
    instrument: instrument.id,
    aggressor,
    price,
    size,
    id,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Trade);
}

/**
 * `publicTrade.{symbol}` → prints, in the order the venue sent them. `S` is the taker's side; `v` counts base coins, or dollars on inverse contracts
 * (venues.md §1.3). Fills against RPI orders (`RPI`) count.
 *
 * @see https://bybit-exchange.github.io/docs/v5/websocket/public/trade
 */
export function publicTrade(draft: Draft, data: unknown): void {
  for (const row of arrayOf(data, 'data')) print(draft, row);
}
