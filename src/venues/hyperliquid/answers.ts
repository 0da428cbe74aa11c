import { noteUnfamiliar } from '../draft.ts';
import { symbolOf } from '../listed.ts';
import { Malformed, objectOf, shown, stampOf } from '../wire.ts';
import { l2Book } from './book.ts';
import type { Draft } from './draft.ts';
import { candleSnapshot, fundingHistory, type SERIES } from './history.ts';
import { meta } from './listings.ts';
import { isSpot } from './product.ts';
import { askedOf } from './requests.ts';

type Reader = (draft: Draft, body: unknown, query: ReadonlyMap<string, string>) => void;

const coinOf = (query: ReadonlyMap<string, string>): string => symbolOf(query.get('coin'), 'coin');

const readCandles: Reader = (draft, body, query) => {
  const interval = query.get('interval') ?? '';
  if (interval === '1h' || interval === '1m')
    candleSnapshot(draft, body, coinOf(query), interval satisfies keyof typeof SERIES);
  else noteUnfamiliar(draft, `candles of ${shown(interval)}`);
};

const readStatus: Reader = (_draft, body) => {
  stampOf(objectOf(body, 'exchangeStatus')['time'], 'time');
};

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['meta', (draft, body, query) => meta(draft, body, !query.has('dex'))],
  ['l2Book', (draft, body) => l2Book(draft, objectOf(body, 'l2Book'))],
  ['fundingHistory', (draft, body, query) => fundingHistory(draft, body, coinOf(query))],
  ['candleSnapshot', readCandles],
  ['exchangeStatus', readStatus],
  ['allMids', () => {}],
] satisfies [string, Reader][]);

/** One REST answer. The question is part of it: bars do not say how long they are. */
export function readAnswer(draft: Draft, body: unknown): void {
  const query = askedOf(draft.chan);
  const type = query?.get('type');
  if (query === undefined || type === undefined)
    throw new Malformed(`unknown request ${shown(draft.chan)}`);
  const reader = READERS.get(type);
  if (reader === undefined) noteUnfamiliar(draft, `request ${shown(type)}`);
  else if (!isSpot(query.get('coin') ?? '')) reader(draft, body, query);
}
