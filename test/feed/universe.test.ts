import { afterEach, describe, expect, test } from 'vitest';
import { createRandom } from '../../src/feed/random.ts';
import { RestClient } from '../../src/feed/rest.ts';
import { Snapshots } from '../../src/feed/snapshots.ts';
import { Universe } from '../../src/feed/universe.ts';
import { Timers } from '../../src/feed/upkeep.ts';
import type { FeedReport } from '../../src/model/record.ts';
import { binanceUsdm } from '../../src/venues/binance/usdm.ts';
import type { RestRequest } from '../../src/venues/protocol.ts';
import { ManualClock } from './support/manual-clock.ts';

const protocol = binanceUsdm.universe!;
const symbolsOf = (count: number) => Array.from({ length: count }, (_, i) => `S${i + 1}USDT`);

interface Sent {
  readonly atMs: number;
  readonly request: RestRequest;
}

/** A universe over a venue that answers everything after 80 ms, on a clock moved by hand. */
class Setting {
  readonly clock = new ManualClock();
  readonly timers = new Timers(this.clock);
  readonly sent: Sent[] = [];
  /** What happened to streams and books, in order. */
  readonly told: string[] = [];
  readonly books: (readonly string[])[] = [];
  readonly subscribed = new Set<string>();
  /** Symbols that have a snapshot. */
  readonly whole: string[] = [];
  /** Symbols whose streams say nothing. */
  readonly quiet = new Set<string>();
  most = 0;
  listed: string[];
  volumes: Map<string, number> | null;
  readonly universe: Universe;
  readonly #rest: RestClient;
  readonly #snapshots: Snapshots;
  readonly #requests = new Map<string, RestRequest>();

  constructor(listed: number, options: { books: number; watched?: string[]; limit?: number }) {
    const { books, watched = [], limit = 500 } = options;
    const { clock, timers } = this;
    this.listed = symbolsOf(listed);
    this.volumes = new Map(this.listed.map((symbol, i) => [symbol, 1e9 / (i + 1)]));
    const settings = {
      ...binanceUsdm.defaults,
      numbers: { ...binanceUsdm.defaults.numbers, scanSnapshotLimit: limit },
    };
    const random = createRandom(1);
    this.#rest = new RestClient(clock, random, {
      ask: (url) => {
        const sentAt = clock.now();
        this.sent.push({ atMs: sentAt / 1000, request: this.#requests.get(url)! });
        return new Promise((resolve) => {
          clock.setTimer(() => {
            const receivedAt = clock.now();
            resolve({ answered: true, status: 200, headers: {}, body: '{}', sentAt, receivedAt });
          }, 80);
        });
      },
      close: () => {},
    });
    const caller = { verdict: binanceUsdm.verdict, report: () => {} };
    this.#rest.addPools(binanceUsdm.pools(settings), caller);
    const fetch = (request: RestRequest) => {
      this.#requests.set(request.url, request);
      return this.#rest.get(request, caller);
    };
    this.#snapshots = new Snapshots(clock, random, async (symbol, answered) => {
      const { state } = await fetch(protocol.snapshot(settings, symbol));
      answered();
      this.whole.push(symbol);
      this.universe.answered(symbol);
      return state;
    });
    this.universe = new Universe(
      {
        protocol,
        settings,
        clock,
        timers,
        watched,
        streams: {
          add: (streams) => {
            for (const { plan } of streams) this.#subscribe(plan.stream);
          },
          remove: (streams) => {
            this.told.push(`removed ${streams.join(' ')}`);
            for (const stream of streams) this.subscribed.delete(stream);
          },
        },
        symbols: () => this.listed,
        volumes: async (request) => {
          await fetch(request);
          return this.volumes;
        },
        fetch,
        requestSnapshot: (symbol) => this.#snapshots.request(symbol),
        report: (report: FeedReport) => {
          if (report.kind !== 'books') return;
          this.books.push(report.symbols);
          this.told.push('books');
        },
      },
      { books, rerankMs: 300_000 },
    );
    void this.universe.start();
  }

  #subscribe(stream: string): void {
    this.subscribed.add(stream);
    this.told.push(`added ${stream}`);
    const symbol = stream.split('@')[0]!.toUpperCase();
    if (!stream.includes('@depth') || this.quiet.has(symbol)) return;
    const waiting = [...this.subscribed].filter((name) => name.includes('@depth')).length;
    this.most = Math.max(this.most, waiting - this.whole.length);
    // The engine asks with the first message.
    this.clock.setTimer(() => this.#snapshots.request(symbol), 150);
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      this.clock.advance(50);
      for (let i = 0; i < 12; i += 1) await Promise.resolve();
    }
  }

  /** Paths asked for, without their query, with the symbol. */
  asked(endpoint: string): string[] {
    return this.sent
      .filter(({ request }) => request.chan.includes(endpoint))
      .map(({ request }) => /symbol=(\w+)/.exec(request.chan)?.[1] ?? '');
  }

  /** The most weight that went out within any minute. */
  heaviestMinute(pool: string): number {
    const own = this.sent.filter(({ request }) => request.pool === pool);
    return Math.max(
      ...own.map(({ atMs }) =>
        own
          .filter((other) => other.atMs > atMs - 60_000 && other.atMs <= atMs)
          .reduce((sum, { request }) => sum + request.weight, 0),
      ),
    );
  }

  close(): void {
    this.timers.close();
    this.#snapshots.close();
    this.#rest.close();
  }
}

let setting: Setting;
afterEach(() => setting.close());

describe('two hundred books of five hundred perps', () => {
  test('come within minutes, the best first, and never cost more than half of what the venue allows', async () => {
    setting = new Setting(500, { books: 200, limit: 1000 });
    void setting.universe.backfill();
    await setting.pass(90_000);
    expect(setting.whole.length).toBeGreaterThan(20);
    expect(setting.whole.length).toBeLessThan(100);
    await setting.pass(900_000);
    expect(setting.heaviestMinute('binance-futures')).toBeLessThanOrEqual(1200);
    expect(setting.heaviestMinute('binance-futures-data')).toBeLessThanOrEqual(500);
    expect([...setting.whole].sort()).toEqual(symbolsOf(200).sort());
    setting.whole.forEach((symbol, i) => {
      expect(Math.abs(symbolsOf(200).indexOf(symbol) - i)).toBeLessThan(20);
    });
    expect(setting.most).toBeLessThanOrEqual(10);
    expect(setting.subscribed.size).toBe(400);
    // Nothing else had to wait for all of them.
    const polled = setting.asked('openInterest?');
    expect(new Set(polled).size).toBe(500);
    expect(polled.slice(0, 20)).toEqual(symbolsOf(20));
    expect(new Set(setting.asked('klines')).size).toBe(500);
    // But history, whose weight they need, came after them.
    const chans = setting.sent.map(({ request }) => request.chan);
    const lastBook = chans.findLastIndex((chan) => chan.includes('/depth?'));
    expect(chans.findIndex((chan) => chan.includes('/klines?'))).toBeGreaterThan(lastBook);
  }, 60_000);
});

describe('a universe', () => {
  test('says which books it carries before anything of them comes', async () => {
    setting = new Setting(30, { books: 4 });
    await setting.pass(3000);
    expect(setting.books).toEqual([symbolsOf(4)]);
    expect(setting.told[0]).toBe('books');
    expect(setting.told.slice(1, 3)).toEqual(['added s1usdt@depth@100ms', 'added s1usdt@aggTrade']);
    expect(setting.whole).toEqual(symbolsOf(4));
  });

  test('leaves out what is watched', async () => {
    setting = new Setting(30, { books: 2, watched: ['S1USDT'] });
    await setting.pass(9000);
    expect(setting.books).toEqual([['S2USDT', 'S3USDT']]);
    expect(setting.asked('openInterest?')).not.toContain('S1USDT');
    expect(setting.universe.has('S1USDT')).toBe(false);
  });

  test('fetches the book of a symbol that says nothing, and goes on to the next', async () => {
    setting = new Setting(30, { books: 25 });
    for (const symbol of symbolsOf(12)) setting.quiet.add(symbol);
    await setting.pass(15_000);
    expect([...setting.whole].sort()).toEqual(symbolsOf(25).sort());
  });

  test('gives the books of those that have fallen to those that have risen, and no other', async () => {
    setting = new Setting(30, { books: 10 });
    await setting.pass(10_000);
    setting.volumes!.set('S10USDT', 1);
    setting.volumes!.set('S25USDT', 1e12);
    setting.told.length = 0;
    await setting.pass(300_000);
    expect(setting.books.at(-1)).toEqual(['S25USDT', ...symbolsOf(9)]);
    expect(setting.told).toEqual([
      'books',
      'removed s10usdt@depth@100ms s10usdt@aggTrade',
      'added s25usdt@depth@100ms',
      'added s25usdt@aggTrade',
    ]);
    expect(setting.whole.at(-1)).toBe('S25USDT');
  });

  test('says nothing when it ranks and nothing has changed', async () => {
    setting = new Setting(30, { books: 10 });
    await setting.pass(1_000_000);
    expect(setting.asked('ticker/24hr').length).toBe(4);
    expect(setting.books).toHaveLength(1);
  });

  test('loses what is no longer listed, and takes in what is new with its history', async () => {
    setting = new Setting(12, { books: 3 });
    await setting.pass(10_000);
    setting.listed = [...setting.listed.filter((symbol) => symbol !== 'S2USDT'), 'NEWUSDT'];
    setting.universe.relisted();
    await setting.pass(5000);
    expect(setting.books.at(-1)).toEqual(['S1USDT', 'S3USDT', 'S4USDT']);
    expect(setting.subscribed).not.toContain('s2usdt@depth@100ms');
    expect(setting.asked('klines')).toEqual(['NEWUSDT']);
    const before = setting.sent.length;
    await setting.pass(120_000);
    const later = setting.sent.slice(before).map(({ request }) => request.chan);
    expect(later.some((chan) => chan.includes('openInterest?symbol=NEWUSDT'))).toBe(true);
    expect(later.some((chan) => chan.includes('S2USDT'))).toBe(false);
  });

  test('has no book before it knows who trades most, and asks again', async () => {
    setting = new Setting(12, { books: 3 });
    const { volumes } = setting;
    setting.volumes = null;
    await setting.pass(9000);
    expect(setting.books).toEqual([]);
    setting.volumes = volumes;
    await setting.pass(9000);
    expect(setting.books).toEqual([symbolsOf(3)]);
  });

  test('goes round at an even pace, so that no row looks stale for the pace of another', async () => {
    setting = new Setting(12, { books: 0 });
    await setting.pass(200_000);
    const times = setting.sent
      .filter(({ request }) => request.chan.endsWith('openInterest?symbol=S3USDT'))
      .map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((at, i) => at - times[i]!);
    expect(gaps.length).toBeGreaterThanOrEqual(2);
    for (const gap of gaps) expect(gap).toBeLessThan(80_000);
    for (const gap of gaps) expect(gap).toBeGreaterThan(45_000);
    expect(setting.books).toEqual([]);
  });
});
