import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDecoderState, decodeRecord } from '../../src/feed/decode.ts';
import { type LiveFeeds, startFeeds } from '../../src/feed/live.ts';
import { Recorder } from '../../src/feed/recorder.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import type { FeedReport, RawRecord } from '../../src/model/record.ts';
import { textOf } from '../../src/model/record.ts';
import { type BinanceSim, startBinanceSim } from '../../src/sim/binance/simulator.ts';
import { binanceSpot } from '../../src/venues/binance/spot.ts';
import { binanceUsdm } from '../../src/venues/binance/usdm.ts';
import { protocolOf } from '../../src/venues/index.ts';
import type { FeedSettings, Protocol } from '../../src/venues/protocol.ts';
import { ManualClock } from './support/manual-clock.ts';
import { readAll, scratchFolder } from './support/recorded.ts';
import { settle, until } from './support/until.ts';

const START_MS = 1_790_000_000_000;
const folder = scratchFolder();

let sim: BinanceSim;
let clock: ManualClock;
let records: RawRecord[];
let feeds: LiveFeeds;

beforeEach(async () => {
  sim = await startBinanceSim({
    seed: 11,
    scenario: 'calm',
    assets: ['BTC'],
    clock: () => START_MS,
  });
  clock = new ManualClock(START_MS * 1000);
  records = [];
});

afterEach(async () => {
  await feeds.close();
  await sim.close();
});

interface Overrides {
  readonly numbers?: FeedSettings['numbers'];
  readonly hosts?: (hosts: Record<string, string>) => Record<string, string>;
  readonly sink?: (record: RawRecord) => void;
}

function start({ numbers = {}, hosts = (own) => own, sink = () => undefined }: Overrides = {}) {
  const { futuresWs, futuresRest, spotWs, spotRest } = sim.endpoints;
  const plan = (protocol: Protocol<unknown>, own: Record<string, string>) => ({
    protocol,
    settings: {
      hosts: { ...protocol.defaults.hosts, ...own },
      channels: protocol.defaults.channels,
      numbers: {
        ...protocol.defaults.numbers,
        backfillDays: 1,
        windowDays: 1,
        minuteBars: 5,
        ...numbers,
      },
    },
  });
  feeds = startFeeds({
    feeds: [
      plan(
        binanceUsdm,
        hosts({
          public: `${futuresWs}/public`,
          market: `${futuresWs}/market`,
          rest: futuresRest,
        }),
      ),
      plan(binanceSpot, { ws: spotWs, rest: spotRest }),
    ],
    assets: ['BTC'],
    clock,
    seed: 3,
    sinks: [sink, (record) => records.push(record)],
  });
}

/** Lets time pass for the venue and for us alike. */
async function seconds(count: number): Promise<void> {
  for (let i = 0; i < count * 5; i += 1) {
    await sim.pump(200);
    clock.advance(200);
    await settle();
  }
}

const reports = (feed: string) =>
  records
    .filter((record) => record.feed === feed && record.chan === 'feed')
    .map(({ msg }) => JSON.parse(textOf(msg)) as FeedReport);
const of = <K extends FeedReport['kind']>(feed: string, kind: K) =>
  reports(feed).filter(
    (report): report is Extract<FeedReport, { kind: K }> => report.kind === kind,
  );
const from = (feed: string, chan: string) =>
  records.filter((record) => record.feed === feed && record.chan === chan);
const live = async () => {
  await until('both are subscribed', () =>
    ['binance-usdm', 'binance-spot'].every((feed) => of(feed, 'subscribed').length > 0),
  );
};

function decoded(all: readonly RawRecord[]): EngineEvent[] {
  const state = createDecoderState();
  // Copies, as what a decoder hands out is lent.
  return all.flatMap((record) => structuredClone([...decodeRecord(state, protocolOf, record)]));
}

/** Breaks in the sequence of a depth stream, in the order in which it was handed on. */
function breaks(feed: string): number {
  let last: number | null = null;
  let count = 0;
  for (const event of decoded(records)) {
    if (event.kind !== 'bookDelta' || !event.instrument.includes('BTC')) continue;
    if (event.instrument.includes(':USDT') !== (feed === 'binance-usdm')) continue;
    if (last !== null && event.lastId <= last) continue;
    const continues =
      event.previousId === null ? event.firstId === last! + 1 : event.previousId === last;
    if (last !== null && !continues) count += 1;
    last = event.lastId;
  }
  expect(last).not.toBeNull();
  return count;
}

test('a start brings listings, every stream, polls, history and the clock, and nothing is suspect', async () => {
  start();
  await live();
  await seconds(40);
  for (const [feed, chans] of Object.entries({
    'binance-usdm': [
      'btcusdt@depth@100ms',
      'btcusdt@bookTicker',
      'btcusdt@aggTrade',
      'btcusdt@markPrice@1s',
      'btcusdt@miniTicker',
      'rest:/fapi/v1/exchangeInfo',
      'rest:/fapi/v1/openInterest?symbol=BTCUSDT',
    ],
    'binance-spot': ['btcusdt@depth@100ms', 'btcusdt@bookTicker', 'btcusdt@aggTrade'],
  })) {
    for (const chan of chans) expect([chan, from(feed, chan).length > 0]).toEqual([chan, true]);
    expect(of(feed, 'suspect')).toEqual([]);
    expect(of(feed, 'disconnected')).toEqual([]);
    expect(of(feed, 'restFailed')).toEqual([]);
    expect(Math.abs(of(feed, 'clock').at(-1)!.offset)).toBeLessThan(300_000);
    const progress = of(feed, 'backfill').at(-1)!;
    expect(progress.done).toBe(progress.of);
  }
  const events = decoded(records);
  expect(events.filter(({ kind }) => kind === 'rejected')).toEqual([]);
  for (const kind of [
    'listing',
    'trade',
    'bookDelta',
    'quote',
    'markPrice',
    'openInterest',
    'historyPage',
  ])
    expect([kind, events.some((event) => event.kind === kind)]).toEqual([kind, true]);
});

test('a snapshot that is asked for continues the stream that is running', async () => {
  start();
  await live();
  await seconds(2);
  feeds.recoverBook('binance:BTC/USDT:USDT', 'lost');
  feeds.recoverBook('binance:BTC/USDT', 'lost');
  await seconds(2);
  const snapshots = decoded(records).filter((event) => event.kind === 'bookSnapshot');
  expect(new Set(snapshots.map(({ instrument }) => instrument))).toEqual(
    new Set(['binance:BTC/USDT:USDT', 'binance:BTC/USDT']),
  );
});

test('sockets are rolled again and again without a break in any book', async () => {
  start({ numbers: { rollAfterMs: 12_000 } });
  await live();
  await seconds(40);
  for (const feed of ['binance-usdm', 'binance-spot']) {
    const rolls = of(feed, 'disconnected');
    expect(rolls.length).toBeGreaterThanOrEqual(2);
    for (const roll of rolls) expect(roll).toMatchObject({ reason: 'planned roll', streams: [] });
    expect(breaks(feed)).toBe(0);
  }
  const trades = decoded(records).filter((event) => event.kind === 'trade');
  const ids = trades.map(({ instrument, id }) => `${instrument} ${id}`);
  expect(new Set(ids).size).toBe(ids.length);
});

test('an announced shutdown is met with a replacement, without a break', async () => {
  start();
  await live();
  await seconds(3);
  sim.faults.inject({ kind: 'shutdown', market: 'spot' });
  await seconds(8);
  expect(of('binance-spot', 'disconnected')).toMatchObject([{ streams: [] }]);
  expect(breaks('binance-spot')).toBe(0);
});

test('a cut connection comes back by itself with everything on it', async () => {
  start();
  await live();
  await seconds(3);
  sim.faults.inject({ kind: 'disconnect', market: 'futures', family: 'public' });
  await seconds(5);
  const [loss] = of('binance-usdm', 'disconnected');
  expect(loss).toMatchObject({
    connection: 'public',
    books: ['btcusdt@depth@100ms'],
    streams: ['btcusdt@depth@100ms', 'btcusdt@bookTicker'],
  });
  const back = of('binance-usdm', 'subscribed').filter(({ connection }) => connection === 'public');
  expect(back).toHaveLength(2);
  const lastDepth = from('binance-usdm', 'btcusdt@depth@100ms').at(-1)!;
  expect(clock.now() - lastDepth.t).toBeLessThan(1_000_000);
});

test('streams subscribed on the wrong route are acknowledged, stay silent, and are found on the other one', async () => {
  start({
    hosts: ({ public: book, market, ...rest }) => ({ ...rest, public: market!, market: book! }),
  });
  await live();
  await seconds(16);
  expect(new Set(of('binance-usdm', 'rerouted').map(({ stream }) => stream))).toEqual(
    new Set([
      'btcusdt@depth@100ms',
      'btcusdt@bookTicker',
      'btcusdt@markPrice@1s',
      'btcusdt@aggTrade',
      'btcusdt@miniTicker',
      '!forceOrder@arr',
    ]),
  );
  await seconds(5);
  expect(of('binance-usdm', 'suspect')).toEqual([]);
  for (const chan of ['btcusdt@depth@100ms', 'btcusdt@markPrice@1s', 'btcusdt@aggTrade'])
    expect(from('binance-usdm', chan).length).toBeGreaterThan(0);
});

test('a stream that stops while its socket lives is called suspect', async () => {
  start();
  await live();
  await seconds(25);
  sim.faults.inject({ kind: 'silent', market: 'futures', target: 'btcusdt@markPrice@1s' });
  await seconds(8);
  expect(of('binance-usdm', 'suspect').map(({ stream }) => stream)).toContain(
    'btcusdt@markPrice@1s',
  );
  expect(of('binance-usdm', 'disconnected')).toEqual([]);
});

test('a socket that stalls is replaced', async () => {
  start({ numbers: { publicSilenceMs: 6000 } });
  await live();
  await seconds(3);
  sim.faults.inject({ kind: 'stall', market: 'futures', family: 'public', durationMs: 8000 });
  await seconds(14);
  expect(of('binance-usdm', 'disconnected')[0]).toMatchObject({
    connection: 'public',
    reason: expect.stringMatching(/^silent \d s$/),
  });
});

describe('a venue in trouble', () => {
  test('429 holds back all of its requests for as long as it says', async () => {
    start();
    await live();
    await seconds(30);
    sim.faults.inject({ kind: 'rateLimited', market: 'futures', retryAfter: 12 });
    await seconds(12);
    const limited = of('binance-usdm', 'rest').find(({ state }) => state === 'limited');
    expect(limited).toBeDefined();
    const held = records.filter(
      ({ t, chan }) =>
        chan.startsWith('rest:') && t > limited!.until - 11_000_000 && t < limited!.until,
    );
    expect(held).toEqual([]);
    await seconds(20);
    expect(of('binance-usdm', 'rest').at(-1)).toMatchObject({ state: 'ok' });
    const last = from('binance-usdm', 'rest:/fapi/v1/openInterest?symbol=BTCUSDT').at(-1)!;
    expect(last.t).toBeGreaterThan(limited!.until);
  });

  test('broken answers and server errors are asked again', async () => {
    sim.faults.inject({ kind: 'truncatedBody', market: 'futures', count: 1 });
    sim.faults.inject({ kind: 'serverError', market: 'spot', count: 2 });
    start();
    await seconds(6);
    await live();
    expect(of('binance-usdm', 'restFailed')).toEqual([]);
  });
});

test('what was recorded decodes to the same events as what was lived', async () => {
  const dir = join(folder, 'recorded');
  const recorder = new Recorder({
    dir,
    source: 'demo',
    assets: ['BTC'],
    clock,
    onTrouble: ({ reason }) => expect.unreachable(reason),
  });
  start({ sink: recorder.record });
  await live();
  feeds.recoverBook('binance:BTC/USDT:USDT', 'lost');
  await seconds(10);
  await feeds.close();
  await recorder.close();
  const read = await readAll([dir]);
  expect(read.warnings).toEqual([]);
  // What was lived came as bytes.
  expect(read.records).toEqual(records.map((record) => ({ ...record, msg: textOf(record.msg) })));
  expect(records.some(({ msg }) => typeof msg !== 'string')).toBe(true);
  expect(decoded(read.records)).toEqual(decoded(records));
  expect(records.length).toBeGreaterThan(300);
});
