import { noteUnfamiliar } from '../draft.ts';
import { listedOf, symbolOf } from '../listed.ts';
import { askedIn } from '../requests.ts';
import { isObject, Malformed, objectOf, shown, stampOf } from '../wire.ts';
import { depthSnapshot } from './book.ts';
import type { Draft } from './draft.ts';
import { fundingInfo, fundingRate } from './funding.ts';
import { klines, openInterest, openInterestHistory, seriesOf } from './history.ts';
import { contractsOn } from './inverse.ts';
import { exchangeInfo } from './listings.ts';
import { premiumIndex } from './marks.ts';
import { restTicker24h } from './tickers.ts';

const PATH = /^\/(?:[fd]?api\/v\d+|futures\/data)\/(.+)$/;

/** The request that a REST record answers. */
interface Asked {
  /** Path after the API's version: `depth`, `klines`, `ticker/24hr`. */
  readonly endpoint: string;
  readonly query: ReadonlyMap<string, string>;
}

function askedOf(chan: string): Asked | undefined {
  const asked = askedIn(chan);
  const endpoint = PATH.exec(asked?.path ?? '')?.[1];
  return asked === undefined || endpoint === undefined
    ? undefined
    : { endpoint, query: asked.query };
}

const numberAsked = (text: string | undefined, otherwise: number): number =>
  text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : otherwise;

type Reader = (draft: Draft, body: unknown, asked: Asked) => void;

const readDepth: Reader = (draft, body, { query }) => {
  const symbol = symbolOf(query.get('symbol'), 'symbol');
  const limit = numberAsked(query.get('limit'), draft.product.snapshotLevels);
  depthSnapshot(draft, objectOf(body, 'depth'), symbol, limit);
};

const readListings: Reader = (draft, body, { query }) =>
  exchangeInfo(draft, body, !query.has('symbol') && !query.has('symbols'));

const readKlines: Reader = (draft, body, { endpoint, query }) => {
  const interval = query.get('interval') ?? '';
  const series = seriesOf(endpoint, interval);
  if (series === undefined) {
    noteUnfamiliar(draft, `${endpoint} ${shown(interval)}`);
    return;
  }
  const symbol = query.get('symbol');
  // Index bars are asked for by pair. On USDT-M that is spelled like the perp on it.
  const name = symbolOf(symbol ?? query.get('pair'), 'symbol');
  const listings =
    symbol === undefined && draft.product.isInverse
      ? contractsOn(draft, name)
      : [listedOf(draft, name)];
  for (const listed of listings) klines(draft, body, listed, series);
};

const readTime: Reader = (_draft, body) => {
  stampOf(objectOf(body, 'time')['serverTime'], 'serverTime');
};

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['depth', readDepth],
  ['exchangeInfo', readListings],
  ['fundingInfo', fundingInfo],
  ['fundingRate', fundingRate],
  ['premiumIndex', premiumIndex],
  ['openInterest', openInterest],
  ['openInterestHist', openInterestHistory],
  ['klines', readKlines],
  ['markPriceKlines', readKlines],
  ['indexPriceKlines', readKlines],
  ['ticker/24hr', restTicker24h],
  ['time', readTime],
]);

/** One REST answer. The request is part of it: bodies of books and bars do not say which symbol they belong to. */
export function readAnswer(draft: Draft, body: unknown): void {
  const asked = askedOf(draft.chan);
  if (asked === undefined) throw new Malformed(`unknown request ${shown(draft.chan)}`);
  if (isObject(body) && typeof body['code'] === 'number' && 'msg' in body)
    throw new Malformed(`${shown(asked.endpoint)}: error ${body['code']}`);
  const reader = READERS.get(asked.endpoint);
  if (reader === undefined) noteUnfamiliar(draft, `request ${shown(asked.endpoint)}`);
  else reader(draft, body, asked);
}
