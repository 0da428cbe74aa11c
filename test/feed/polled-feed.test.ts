import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Intake } from '../../src/feed/intake.ts';
import { PolledFeed } from '../../src/feed/polled-feed.ts';
import { createRandom } from '../../src/feed/random.ts';
import { RestClient } from '../../src/feed/rest.ts';
import type { FeedReport, RawRecord } from '../../src/model/record.ts';
import { POLLED_SETTINGS } from '../../src/venues/polled/decoder.ts';
import { polledVenue } from '../../src/venues/polled/names.ts';
import { ManualClock } from './support/manual-clock.ts';
import { TOY_MARKETS, ToyCcxt } from './support/toy-ccxt.ts';
import { ToyVenue } from './support/toy-venue.ts';
import { pass, settle, until } from './support/until.ts';

const FEED = 'toy-polled';
/** 2023-11-14 22:13:20 UTC. */
const START = 1_700_000_000_000_000;

let venue: ToyVenue;
let clock: ManualClock;
let rest: RestClient;
let toy: ToyCcxt;
let records: RawRecord[];
let intake: Intake;
let feed: PolledFeed | null;
/** Bodies by path; a number is a status. */
let bodies: Map<string, object | number>;

beforeEach(async () => {
  venue = await ToyVenue.start();
  clock = new ManualClock(START);
  rest = new RestClient(clock, createRandom(1));
  toy = new ToyCcxt();
  records = [];
  intake = new Intake(clock, [(record) => records.push(record)]);
  feed = null;
  bodies = new Map<string, object | number>([['/markets', TOY_MARKETS]]);
  venue.http = (request, response) => {
    const body = bodies.get((request.url ?? '').split('?')[0]!) ?? {};
    if (typeof body === 'number') response.writeHead(body).end('{}');
    else response.end(JSON.stringify(body));
  };
});

afterEach(async () => {
  feed?.close();
  rest.close();
  intake.close();
  await venue.close();
});

function start(assets: readonly string[] = ['BTC'], numbers: Record<string, number> = {}): void {
  feed = new PolledFeed({
    venue: polledVenue('toy')!,
    exchange: toy,
    settings: {
      hosts: { rest: venue.rest },
      channels: {},
      numbers: { ...POLLED_SETTINGS.numbers, ...numbers },
    },
    assets,
    clock,
    random: createRandom(2),
    intake,
    rest,
  });
}

const texts = (chan: string): string[] =>
  records.filter((each) => each.feed === FEED && each.chan === chan).map(({ msg }) => String(msg));
const jsons = (chan: string) => texts(chan).map((text) => JSON.parse(text));
const reports = (kind: FeedReport['kind']) =>
  (jsons('feed') as FeedReport[]).filter((report) => report.kind === kind);
const asked = (path: string) => venue.requests.filter((url) => url.startsWith(path));
/** A round is through when nothing is asked any more and the feed waits. */
const rounds = (count: number) => until('a round', () => asked('/tickers').length >= count);

describe('a polled feed', () => {
  test('asks what is listed, then what it has, and writes down only what is of the assets', async () => {
    toy.has = { fetchTickers: true, fetchFundingRates: true, fetchOpenInterests: true };
    const ticker = (symbol: string) => ({ symbol, bid: 1, ask: 2, info: { kept: 'never' } });
    bodies.set('/tickers', ['BTC/USDT:USDT', 'ETH/USDT:USDT'].map(ticker));
    bodies.set('/rates', { x: { symbol: 'BTC/USDT:USDT', fundingRate: 0.0001 } });
    bodies.set('/interests', [{ symbol: 'BTC/USDT:USDT', openInterestAmount: 5 }]);
    start();
    await until('open interest is there', () => texts('polled:openInterest').length > 0);
    expect(jsons('polled:markets')).toMatchObject([
      { everyMs: 10_000, rows: [{ symbol: 'BTC/USDT:USDT' }, { symbol: 'BTC/USD:BTC' }] },
    ]);
    expect(jsons('polled:tickers')[0]).toEqual({
      rows: [
        {
          symbol: 'BTC/USDT:USDT',
          bid: 1,
          ask: 2,
          last: null,
          open: null,
          base: null,
          quote: null,
          mark: null,
          index: null,
        },
      ],
    });
    expect(jsons('polled:funding')[0]).toMatchObject({ rows: [{ rate: 0.0001 }] });
    expect(jsons('polled:openInterest')[0]).toMatchObject({ rows: [{ amount: 5 }] });
    expect(reports('connecting')).toHaveLength(1);
    expect(reports('connected')).toHaveLength(1);
    expect(reports('subscribed')).toMatchObject([
      { streams: ['polled:tickers', 'polled:funding', 'polled:openInterest'] },
    ]);
  });

  test('asks about those of one margin together, and about open interest one by one', async () => {
    start(['BTC', 'ETH']);
    await until('the round is through', () => asked('/interest?').length === 3);
    expect(venue.requests.slice(1).toSorted()).toEqual([
      '/interest?of=BTC/USD:BTC',
      '/interest?of=BTC/USDT:USDT',
      '/interest?of=ETH/USDT:USDT',
      '/rates?of=BTC/USD:BTC',
      '/rates?of=BTC/USDT:USDT,ETH/USDT:USDT',
      '/tickers?of=BTC/USD:BTC',
      '/tickers?of=BTC/USDT:USDT,ETH/USDT:USDT',
    ]);
    // The perp that stands for the venue is known whole before another is asked about.
    expect(venue.requests[3]).toBe('/interest?of=BTC/USDT:USDT');
  });

  test('does not ask for what a venue lacks', async () => {
    toy.has = { fetchTicker: true, fetchTickers: false, fetchFundingRate: 'emulated' };
    start(['ETH']);
    await until('the round is through', () => asked('/rate?').length === 1);
    await settle();
    expect(venue.requests).toEqual([
      '/markets',
      '/ticker?of=ETH/USDT:USDT',
      '/rate?of=ETH/USDT:USDT',
    ]);
    expect(reports('subscribed')).toMatchObject([
      { streams: ['polled:tickers', 'polled:funding'] },
    ]);
  });

  test('asks again every period, and every hour what is listed', async () => {
    toy.has = { fetchTickers: true };
    start(['ETH']);
    await rounds(1);
    await settle();
    for (let round = 2; round <= 6; round += 1) {
      await pass(clock, 8000);
      expect(asked('/tickers')).toHaveLength(round - 1);
      await pass(clock, 2000);
      expect(asked('/tickers')).toHaveLength(round);
    }
    expect(asked('/markets')).toHaveLength(1);
    clock.sleep(3_600_000);
    await pass(clock, 10_000);
    await until('listed again', () => texts('polled:markets').length === 2);
  });

  test('asks as often as its budget lets it, and says how often that is', async () => {
    // Seven questions a round; 0.8 × 10 of them a minute.
    start(['BTC', 'ETH'], { requestsPerMinute: 10 });
    await until('listed', () => texts('polled:markets').length === 1);
    expect(jsons('polled:markets')[0].everyMs).toBe(53_000);
    await pass(clock, 600_000, 5000);
    expect(venue.requests.length).toBeLessThanOrEqual(100);
    expect(asked('/tickers').length).toBeGreaterThan(10);
  });

  test('never asks faster than half of what ccxt allows', async () => {
    // `rateLimit` is doubled when the exchange is loaded: ccxt would allow 24 requests a minute.
    toy.rateLimit = 5000;
    start(['BTC', 'ETH'], { everyMs: 1 });
    await until('listed', () => texts('polled:markets').length === 1);
    expect(jsons('polled:markets')[0].everyMs).toBe(44_000);
    await until('budget told', () => reports('rest').length > 0);
    expect(reports('rest')[0]).toMatchObject({ pool: 'toy-requests', limit: 24 });
  });

  test('is told lost when nothing is answered, and back when something is', async () => {
    toy.has = { fetchTickers: true };
    start(['ETH']);
    await rounds(1);
    bodies.set('/tickers', 503);
    await pass(clock, 40_000, 1000);
    expect(reports('disconnected')).toMatchObject([
      { connection: 'polls', reason: 'under maintenance: http 503', books: [] },
    ]);
    expect(reports('restFailed')[0]).toMatchObject({ endpoint: 'tickers' });
    bodies.delete('/tickers');
    await pass(clock, 60_000, 1000);
    expect(reports('connected')).toHaveLength(2);
  });

  test('asks ever less often while nobody answers', async () => {
    toy.has = { fetchTickers: true };
    bodies.set('/markets', 503);
    start(['ETH']);
    await pass(clock, 60_000, 500);
    const first = venue.requests.length;
    await pass(clock, 540_000, 5000);
    const rest9 = (venue.requests.length - first) / 9;
    expect(first).toBeLessThan(20);
    expect(rest9).toBeLessThan(first / 2);
    expect(rest9).toBeGreaterThan(1);
    // It is one loss, told once.
    expect(reports('disconnected')).toHaveLength(1);
  });

  test('goes on with the rest when one of its questions fails, and names it suspect once', async () => {
    start(['ETH']);
    await until('a round', () => asked('/interest').length === 1);
    bodies.set('/rates', 500);
    await pass(clock, 60_000, 1000);
    expect(texts('polled:tickers').length).toBeGreaterThan(3);
    expect(reports('disconnected')).toEqual([]);
    expect(reports('suspect')).toEqual([
      {
        kind: 'suspect',
        stream: 'polled:funding',
        reason: 'under maintenance: http 500',
      },
    ]);
  });

  test('asks one by one when a question about many is called wrong', async () => {
    toy.has = { fetchTickers: true, fetchTicker: true };
    bodies.set('/tickers', { error: 'BadSymbol' });
    start(['ETH']);
    await rounds(1);
    await pass(clock, 30_000, 1000);
    expect(asked('/tickers')).toHaveLength(1);
    expect(asked('/ticker?').length).toBeGreaterThan(1);
  });

  test('asks no more about what the venue calls wrong, until it is listed again', async () => {
    toy.has = { fetchTickers: true, fetchOpenInterest: true };
    bodies.set('/interest', { error: 'BadSymbol' });
    start(['ETH']);
    await rounds(1);
    await pass(clock, 100_000, 2000);
    expect(asked('/interest')).toHaveLength(1);
    expect(asked('/tickers').length).toBeGreaterThan(5);
    clock.sleep(3_600_000);
    await pass(clock, 20_000, 2000);
    await until('asked again', () => asked('/interest').length === 2);
  });

  test('stops for good when the venue turns it away', async () => {
    start(['ETH']);
    bodies.set('/rates', 451);
    await until('refused', () => reports('disconnected').length === 1);
    const before = venue.requests.length;
    await pass(clock, 600_000, 10_000);
    expect(venue.requests).toHaveLength(before);
    expect(reports('disconnected')).toMatchObject([{ reason: 'region refused' }]);
  });

  test('says that nothing of the assets is listed, and looks again an hour later', async () => {
    start(['DOGE']);
    await until('listed', () => reports('restFailed').length === 1);
    expect(reports('restFailed')).toMatchObject([
      { endpoint: 'markets', reason: 'no perps of these assets' },
    ]);
    await pass(clock, 600_000, 60_000);
    expect(venue.requests).toEqual(['/markets']);
  });

  test('keeps a listing that stopped trading, and asks no more about it', async () => {
    const [btc, eth] = Object.values(TOY_MARKETS);
    bodies.set('/markets', { a: btc, b: { ...eth, active: false } });
    start(['BTC', 'ETH']);
    await until('a round', () => asked('/interest').length > 0);
    await settle();
    expect(jsons('polled:markets')[0].rows).toMatchObject([
      { symbol: 'BTC/USDT:USDT', active: true },
      { symbol: 'ETH/USDT:USDT', active: false },
    ]);
    expect(venue.requests.join()).not.toMatch('ETH');
  });

  test('survives answers of any shape', async () => {
    for (const [path, body] of [
      ['/tickers', [1, null, 'x', { symbol: 7 }]],
      ['/rates', { a: null, b: [[]] }],
      ['/interest', [[[]]]],
    ] as const)
      bodies.set(path, body);
    start(['ETH']);
    await until('a round', () => texts('polled:openInterest').length === 1);
    expect(jsons('polled:tickers')).toEqual([{ rows: [] }]);
  });

  test('leaves nothing behind when it is closed', async () => {
    venue.http = () => {};
    start(['ETH']);
    await until('asked', () => venue.requests.length === 1);
    feed?.close();
    rest.close();
    intake.close();
    await settle();
    const before = records.length;
    expect(clock.pending).toBe(0);
    clock.advance(600_000);
    await settle();
    expect(records).toHaveLength(before);
  });
});
