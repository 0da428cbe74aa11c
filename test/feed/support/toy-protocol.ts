import type { EngineEvent } from '../../../src/model/event.ts';
import type { Instrument } from '../../../src/model/instrument.ts';
import { textOf } from '../../../src/model/record.ts';
import type {
  ConnectionPlan,
  FeedSettings,
  PollPlan,
  Protocol,
  RestPool,
  RestRequest,
  RestVerdict,
  StreamPlan,
} from '../../../src/venues/protocol.ts';
import type { ToyVenue } from './toy-venue.ts';

export const aStream = (stream: string, plan: Partial<StreamPlan> = {}): StreamPlan => ({
  stream,
  firstFrameMs: 10_000,
  periodMs: 1000,
  alternate: null,
  sibling: null,
  carriesBook: false,
  ...plan,
});

export const aConnection = (
  venue: ToyVenue,
  name: string,
  streams: readonly StreamPlan[],
  plan: Partial<ConnectionPlan> = {},
): ConnectionPlan => ({
  name,
  url: `${venue.ws}/${name}`,
  streams,
  silenceMs: 30_000,
  rollAfterMs: 86_400_000,
  messagesPerSecond: 5,
  streamsPerMessage: 10,
  streamsAtMost: 200,
  ...plan,
});

export const aRequest = (
  venue: ToyVenue,
  path: string,
  request: Partial<RestRequest> = {},
): RestRequest => ({
  url: venue.rest + path,
  chan: `rest:${path}`,
  weight: 1,
  pool: 'toy',
  priority: 'poll',
  symbol: null,
  ...request,
});

export const aPool = (pool: Partial<RestPool> = {}): RestPool => ({
  name: 'toy',
  budget: 100,
  limit: 200,
  windowMs: 60_000,
  ...pool,
});

/** 429 waits as told, 418 bans, 451 refuses, 4xx is invalid, 5xx failed. `x-used` is the venue's own count. */
export function toyVerdict(status: number, headers: Readonly<Record<string, string>>): RestVerdict {
  const used = headers['x-used'] === undefined ? null : Number(headers['x-used']);
  const waitMs = Number(headers['retry-after'] ?? 0) * 1000;
  const verdict = (state: RestVerdict['state']): RestVerdict => ({
    state,
    waitMs,
    used,
    reason: state === 'ok' ? '' : `http ${status}`,
  });
  if (status === 429) return verdict('limited');
  if (status === 418) return verdict('banned');
  if (status === 451) return verdict('refused');
  if (status >= 500) return verdict('failed');
  return verdict(status >= 400 ? 'invalid' : 'ok');
}

/** The plans that a test wants carried out. */
export interface ToyPlans {
  readonly connections?: readonly ConnectionPlan[];
  readonly polls?: readonly PollPlan[];
  readonly backfill?: readonly RestRequest[];
  readonly pools?: readonly RestPool[];
  readonly feed?: string;
}

export const NO_SETTINGS: FeedSettings = { hosts: {}, channels: {}, numbers: {} };

const instrumentOf = (feed: string, asset: string): Instrument => ({
  id: `toy:${asset}`,
  venue: 'toy',
  feed,
  symbol: `${asset}TOY`,
  kind: 'perp',
  asset,
  base: asset,
  quote: 'USDT',
  settle: 'USDT',
  priceGrid: { units: 1, scale: 10 },
  sizeGrid: { units: 1, scale: 1000 },
  sizeUnit: 'base',
  bookRule: 'linked',
  bookLevels: null,
  expiry: null,
  inferred: false,
});

/**
 * The smallest wire a venue could have. Messages are `{"stream", "data"}`, `{"ack": id}`, `{"error", "id"}` and `{"closing": true}`; `/listings`
 * answers an array of assets, `/time` `{"time": ms}`.
 */
export function toyProtocol(venue: ToyVenue, plans: ToyPlans = {}): Protocol<unknown> {
  const feed = plans.feed ?? 'toy';
  const protocol: Protocol<string[]> = {
    feed,
    venue: 'toy',
    defaults: NO_SETTINGS,
    liquidations: null,
    bootstrap: () => [aRequest(venue, '/listings')],
    clock: () => aRequest(venue, '/time'),
    serverTime(body) {
      const { time } = JSON.parse(body) as { time?: number };
      return time;
    },
    symbols: (listed, assets) =>
      assets.filter((asset) => listed.includes(asset)).map((asset) => `${asset}TOY`),
    connections: () => plans.connections ?? [],
    subscribe: (streams, id) => JSON.stringify({ op: 'subscribe', streams, id }),
    unsubscribe: (streams, id) => JSON.stringify({ op: 'unsubscribe', streams, id }),
    frame(msg) {
      let message: Record<string, unknown>;
      try {
        message = JSON.parse(textOf(msg)) as Record<string, unknown>;
      } catch {
        return { kind: 'unreadable', reason: 'not JSON' };
      }
      const { stream, ack, error, id, closing } = message;
      if (typeof stream === 'string') return { kind: 'data', stream };
      if (typeof ack === 'number') return { kind: 'ack', id: ack };
      if (typeof error === 'string')
        return { kind: 'error', id: typeof id === 'number' ? id : null, reason: error };
      return closing === true ? { kind: 'closing' } : { kind: 'unreadable', reason: 'unknown' };
    },
    recover: (_, symbol) => ({
      kind: 'request',
      request: aRequest(venue, `/depth?symbol=${symbol}`, {
        weight: 20,
        priority: 'book',
        symbol,
      }),
    }),
    polls: () => plans.polls ?? [],
    backfill: () => plans.backfill ?? [],
    pools: () => plans.pools ?? [aPool()],
    verdict: toyVerdict,
    createState: () => [],
    decode(listed, record): EngineEvent[] {
      if (record.chan !== 'rest:/listings')
        return [
          {
            kind: 'heard',
            feed,
            stream: record.chan,
            tsExchange: null,
            tsLocal: record.t,
          },
        ];
      const assets = JSON.parse(textOf(record.msg)) as string[];
      listed.push(...assets);
      return assets.map((asset) => ({
        kind: 'listing',
        instrument: instrumentOf(feed, asset),
        tsLocal: record.t,
      }));
    },
  };
  return protocol;
}
