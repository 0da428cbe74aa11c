import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { sampleBook } from '../../../src/features/book-sample.ts';
import { bestAskTicks, bestBidTicks, levelCount, topLevels } from '../../../src/market/ladder.ts';
import { applyToMarket, createMarketState } from '../../../src/market/state.ts';
import type { EngineEvent } from '../../../src/model/event.ts';
import type { FeedReport } from '../../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../../src/model/settings.ts';
import { type Micros, micros } from '../../../src/model/units.ts';
import { bboFrame, bookFrame, decoder, NOW, NOW_MS, tradeFrame } from './support/decoder.ts';

const BTC = 'hyperliquid:BTC/USDC:USDC';
const at = (ms: number): Micros => micros(NOW + ms * 1000);

type Level = readonly [px: string, sz: string];
/** `n` levels from `best` on, 1.0 apart, each of the size of its place. */
const ladder = (best: number, n: number, step: number): Level[] =>
  Array.from({ length: n }, (_, i) => [`${best + i * step}.0`, `${i + 1}.0`]);

/** The line from a record to the market's book, as a process has it. */
function line(knowsListings = true) {
  const heard = decoder(false);
  const market = createMarketState('any');
  const tell = (events: readonly EngineEvent[]) =>
    events.map((event) => {
      applyToMarket(market, event);
      return event;
    });
  if (knowsListings) {
    tell(heard.hear('rest:/info?type=meta', { universe: [{ szDecimals: 5, name: 'BTC' }] }));
  }
  const state = () => market.instruments.get(BTC)!;
  const side = (which: 'bid' | 'ask'): [price: number, size: number][] => {
    const { ladder: levels, instrument } = state().book;
    const flat: number[] = [];
    const count = topLevels(levels, which, levelCount(levels, which), flat);
    return Array.from({ length: count }, (_, i) => [
      flat[2 * i]! / instrument.priceGrid.scale,
      flat[2 * i + 1]! / instrument.sizeGrid.scale,
    ]);
  };
  return {
    decoder: heard,
    hear: (msg: unknown, t: Micros = NOW) => tell(heard.hear('l2Book:BTC', msg, t)),
    report(report: FeedReport) {
      heard.report(report);
      tell([{ kind: 'feed', feed: 'hyperliquid', report, tsLocal: NOW }]);
    },
    state,
    book: () => state().book,
    bids: () => side('bid'),
    asks: () => side('ask'),
    sample: (ms: number) => sampleBook(state(), at(ms), DEFAULT_SETTINGS),
  };
}

const deep = (ms: number, bids: readonly Level[], asks: readonly Level[]) =>
  bookFrame(NOW_MS + ms, bids, asks);
const fast = (ms: number, bids: readonly Level[], asks: readonly Level[]) =>
  bookFrame(NOW_MS + ms, bids, asks, { fast: true });
const touch = (ms: number, bid: Level | null | undefined, ask?: Level | null) =>
  bboFrame(NOW_MS + ms, bid, ask);

const BIDS = ladder(100, 20, -1);
const ASKS = ladder(101, 20, 1);

describe('the default view', () => {
  test('begins the book, and the known depth ends with its last level', () => {
    const { hear, book, bids, asks, sample } = line();
    const [snapshot] = hear(deep(0, BIDS, ASKS));
    expect(snapshot).toMatchObject({
      kind: 'bookSnapshot',
      lastId: 1,
      limit: 20,
      inStream: true,
      renewsDepth: true,
      crossId: NOW_MS,
      tsExchange: NOW,
    });
    expect(book().status).toBe('whole');
    expect([bids().length, asks().length]).toEqual([20, 20]);
    expect([bids()[0], asks()[19]]).toEqual([
      [100, 1],
      [120, 20],
    ]);
    expect(sample(0).knownBidBps.value).toBeCloseTo((1 - 81 / 100.5) * 1e4, 6);
    expect(sample(0).knownAskBps.value).toBeCloseTo((120 / 100.5 - 1) * 1e4, 6);
  });

  test('with a side that is shorter than the other knows that side to its end', () => {
    const { hear, sample } = line();
    hear(deep(0, ladder(100, 7, -1), ASKS));
    expect(sample(0).knownBidBps).toMatchObject({ state: 'absent', reason: 'whole side known' });
    expect(sample(0).knownAskBps.state).toBe('live');
  });

  test('that is empty on both sides is a book without orders', () => {
    const { hear, book, sample } = line();
    hear(deep(0, [], []));
    expect(book().status).toBe('whole');
    expect(sample(0).mid).toMatchObject({ state: 'absent', reason: 'one-sided book' });
  });

  test('that is older than the newest of its kind is dropped', () => {
    const { hear, bids } = line();
    hear(deep(1000, BIDS, ASKS));
    expect(hear(deep(999, ladder(90, 20, -1), ASKS))).toMatchObject([{ kind: 'heard' }]);
    expect(bids()[0]).toEqual([100, 1]);
  });

  test('that comes late keeps what the faster views have shown since', () => {
    const { hear, bids, asks } = line();
    hear(deep(0, BIDS, ASKS));
    hear(fast(6000, ladder(102, 5, -1), ladder(103, 5, 1)));
    hear(touch(6100, ['102.0', '9.0'], ['103.0', '8.0']));
    const [late] = hear(deep(5400, BIDS, ASKS));
    expect(late).toMatchObject({ kind: 'bookSnapshot' });
    expect(late).not.toHaveProperty('crossId');
    expect(bids().slice(0, 6)).toEqual([
      [102, 9],
      [101, 2],
      [100, 3],
      [99, 4],
      [98, 5],
      [97, 4],
    ]);
    expect(asks()[0]).toEqual([103, 8]);
  });
});

describe('the fast view', () => {
  test('replaces everything from the touch to its worst level and tells the exact change', () => {
    const { hear, bids, asks, book } = line();
    hear(deep(0, BIDS, ASKS));
    const bid: Level[] = [
      ['100.0', '1.0'],
      ['98.0', '7.0'],
      ['97.0', '4.0'],
    ];
    const [delta] = hear(fast(540, bid, ladder(101, 5, 1)));
    expect(delta).toMatchObject({ kind: 'bookDelta', firstId: 2, lastId: 2, previousId: 1 });
    // 99 is gone, 98 has another size, everything else stays.
    expect(delta).toHaveProperty('bids', Float64Array.from([990, 0, 980, 700_000]));
    expect(delta).toHaveProperty('asks', new Float64Array());
    expect(bids().slice(0, 4)).toEqual([
      [100, 1],
      [98, 7],
      [97, 4],
      [96, 5],
    ]);
    expect(bids()).toHaveLength(19);
    expect(asks()).toHaveLength(20);
    expect(book().counts).toMatchObject({ gaps: 0, resyncs: 0, applied: 1 });
  });

  test('with an empty side leaves nothing there', () => {
    const { hear, bids, asks } = line();
    hear(deep(0, BIDS, ASKS));
    hear(fast(540, [], ladder(101, 5, 1)));
    expect([bids().length, asks().length]).toEqual([0, 20]);
  });

  test('without a deeper one is the book itself, each frame anew and not deeper than it shows', () => {
    const { hear, bids, book, sample } = line();
    expect(hear(fast(0, ladder(100, 5, -1), ladder(101, 5, 1)))).toMatchObject([
      { kind: 'bookSnapshot', limit: 5 },
      { kind: 'heard' },
    ]);
    hear(fast(540, ladder(20_010, 5, -1), ladder(20_011, 5, 1)));
    expect(bids().map(([price]) => price)).toEqual([20_010, 20_009, 20_008, 20_007, 20_006]);
    expect(book().status).toBe('whole');
    expect(sample(600).depthBid).toMatchObject({ state: 'live', partial: true });
  });

  test('that is older than the default view says nothing', () => {
    const { hear } = line();
    hear(deep(5400, BIDS, ASKS));
    expect(hear(fast(5000, ladder(90, 5, -1), ladder(91, 5, 1)))).toMatchObject([
      { kind: 'heard' },
    ]);
  });

  test('that is older than the touch keeps the touch', () => {
    const { hear, bids, asks } = line();
    hear(deep(0, BIDS, ASKS));
    hear(touch(600, ['103.0', '2.0'], ['104.0', '3.0']));
    hear(fast(540, ladder(101, 5, -1), ladder(102, 5, 1)));
    expect(bids().slice(0, 2)).toEqual([
      [103, 2],
      [101, 1],
    ]);
    expect(asks()[0]).toEqual([104, 3]);
  });

  test('is told by its few levels where no frame ever carries the flag', () => {
    const { hear } = line();
    hear(deep(0, BIDS, ASKS));
    expect(hear(deep(540, ladder(99, 5, -1), ladder(100, 5, 1)))[0]?.kind).toBe('bookDelta');
    expect(hear(deep(1080, ladder(99, 4, -1), ladder(100, 5, 1)))[0]?.kind).toBe('bookDelta');
  });

  test('that loses its flag is told by its very number of levels', () => {
    const { hear } = line();
    hear(deep(0, BIDS, ASKS));
    hear(fast(540, ladder(99, 5, -1), ladder(100, 5, 1)));
    expect(hear(deep(1080, ladder(99, 5, -1), ladder(100, 5, 1)))[0]?.kind).toBe('bookDelta');
    // A coin that has few orders.
    expect(hear(deep(5400, ladder(99, 4, -1), ladder(100, 5, 1)))[0]?.kind).toBe('bookSnapshot');
  });
});

describe('the touch', () => {
  test('trims what it crosses and sets the best levels', () => {
    const { hear, bids, asks } = line();
    hear(deep(0, BIDS, ASKS));
    hear(touch(100, ['102.0', '3.0'], ['103.0', '4.0']));
    expect(bids().slice(0, 2)).toEqual([
      [102, 3],
      [100, 1],
    ]);
    expect(asks().slice(0, 2)).toEqual([
      [103, 4],
      [104, 4],
    ]);
  });

  test('of one side trims the other and leaves it otherwise', () => {
    const { hear, asks } = line();
    hear(deep(0, BIDS, ASKS));
    hear(touch(100, ['102.0', '3.0']));
    expect(asks()[0]).toEqual([103, 3]);
  });

  test('without an order on a side empties it', () => {
    const { hear, bids, asks } = line();
    hear(deep(0, BIDS, ASKS));
    hear(touch(100, null, ['101.0', '1.0']));
    expect([bids().length, asks().length]).toEqual([0, 20]);
  });

  test('before any beginning waits for it', () => {
    const { hear, book, bids } = line();
    hear(touch(100, ['102.0', '3.0'], ['103.0', '4.0']));
    expect(book().status).toBe('waiting');
    hear(deep(0, BIDS, ASKS));
    expect(bids()[0]).toEqual([102, 3]);
  });

  test('that is older than another view says nothing', () => {
    const { hear } = line();
    hear(deep(0, BIDS, ASKS));
    hear(fast(540, ladder(99, 5, -1), ladder(100, 5, 1)));
    expect(hear(touch(539, ['102.0', '3.0'], ['103.0', '4.0']))).toMatchObject([{ kind: 'heard' }]);
  });

  test('of the block of another view is the check of it', () => {
    const { hear, book } = line();
    hear(deep(0, BIDS, ASKS));
    hear(touch(0, ['100.0', '1.0'], ['101.0', '1.0']));
    hear(touch(540, ['99.0', '1.0'], ['100.0', '1.0']));
    hear(fast(540, ladder(99, 5, -1), ladder(100, 5, 1)));
    expect(book().counts).toMatchObject({ quoteChecks: 2, quoteMismatches: 0 });
    hear(touch(1080, ['98.0', '1.0'], ['100.0', '1.0']));
    hear(fast(1080, ladder(99, 5, -1), ladder(100, 5, 1)));
    expect(book().counts).toMatchObject({ quoteChecks: 3, quoteMismatches: 1 });
    // Of different blocks nothing can be said.
    hear(touch(1200, ['97.0', '1.0'], ['100.0', '1.0']));
    expect(book().counts).toMatchObject({ quoteChecks: 3 });
  });
});

describe('a book', () => {
  test('that comes crossed is dropped, and begins anew with the next frame', () => {
    const { hear, book, bids } = line();
    hear(deep(0, BIDS, ASKS));
    hear(fast(540, ladder(105, 5, -1), ladder(101, 5, 1)));
    expect(book()).toMatchObject({ status: 'resyncing', reason: 'resyncing: crossed' });
    hear(fast(1080, ladder(100, 5, -1), ladder(101, 5, 1)));
    expect(book().status).toBe('whole');
    expect(bids()).toHaveLength(5);
    hear(deep(5400, BIDS, ASKS));
    expect(bids()).toHaveLength(20);
    expect(book().counts).toMatchObject({ crossed: 1, resyncs: 1, gaps: 0 });
  });

  test('whose venue sets its clock back begins anew by it, and not for a frame or two that are late', () => {
    const { hear, book, bids } = line();
    hear(deep(60_000, BIDS, ASKS));
    const old = (i: number) => hear(fast(540 * i, ladder(105, 5, -1), ladder(106, 5, 1)));
    for (let i = 0; i < 19; i += 1) expect(old(i)).toMatchObject([{ kind: 'heard' }]);
    hear(fast(60_540, ladder(99, 5, -1), ladder(100, 5, 1)));
    for (let i = 20; i < 40; i += 1) expect(old(i)).toMatchObject([{ kind: 'heard' }]);
    expect(bids()[0]).toEqual([99, 1]);
    expect(old(40)[0]?.kind).toBe('bookSnapshot');
    expect(bids()).toHaveLength(5);
    hear(deep(30_000, BIDS, ASKS));
    expect(bids()).toHaveLength(20);
    expect(book().counts).toMatchObject({ gaps: 0, resyncs: 0 });
  });

  test.each(['l2Book:BTC', 'l2Book-fast:BTC', 'bbo:BTC'])(
    'whose %s is lost begins anew',
    (stream) => {
      const { hear, book, report, bids } = line();
      hear(deep(0, BIDS, ASKS));
      report({
        kind: 'disconnected',
        connection: 'x',
        reason: 'closed 1006',
        streams: [stream, 'trades:BTC'],
        books: [stream],
      });
      expect(book().reason).toBe('resyncing: closed 1006');
      expect(hear(touch(100, ['102.0', '3.0'], ['103.0', '4.0']))).toMatchObject([
        { kind: 'quote' },
        { kind: 'heard' },
      ]);
      hear(fast(540, ladder(99, 5, -1), ladder(100, 5, 1)));
      expect(book().status).toBe('whole');
      expect(bids()).toHaveLength(5);
    },
  );

  test('survives the loss of what carries none, and a planned roll', () => {
    const { hear, book, report } = line();
    hear(deep(0, BIDS, ASKS));
    const streams = ['trades:BTC'];
    report({ kind: 'disconnected', connection: 'x', reason: 'y', streams, books: [] });
    report({ kind: 'disconnected', connection: 'x', reason: 'planned roll', streams: [] });
    hear(fast(540, ladder(99, 5, -1), ladder(100, 5, 1)));
    expect(book()).toMatchObject({ status: 'whole', lastId: 2 });
  });

  test('whose depth is not renewed for three of its periods has a touch and no depth that is live', () => {
    const { hear, sample } = line();
    for (let ms = 0; ms <= 54_000; ms += 540) {
      hear(
        ms % 5400 === 0 && ms < 30_000
          ? deep(ms, ladder(20_000, 20, -1), ladder(20_001, 20, 1))
          : fast(ms, ladder(20_000, 5, -1), ladder(20_001, 5, 1)),
        at(ms),
      );
      const last = Math.min(27_000, ms - (ms % 5400));
      const isStale = ms - last > 16_200;
      expect(sample(ms).mid.state).toBe('live');
      expect([ms, sample(ms).depthBid.state, sample(ms).oib.state]).toEqual([
        ms,
        ...(isStale ? ['stale', 'stale'] : ['live', 'live']),
      ]);
    }
    expect(sample(54_000).depthAsk).toMatchObject({ state: 'stale', age: 27_000_000 });
  });

  test('without listings is read on grids that become finer', () => {
    const { hear, book, bids, asks } = line(false);
    hear(deep(0, ladder(100, 20, -1), ladder(101, 20, 1)));
    hear(fast(540, [['100.5', '0.25']], [['100.75', '0.125']]));
    expect(bids().slice(0, 2)).toEqual([
      [100.5, 0.25],
      [100, 1],
    ]);
    expect(asks()[0]).toEqual([100.75, 0.125]);
    // A trade between two frames that shows a finer size.
    hear(tradeFrame({ time: NOW_MS + 600, tid: 1, sz: '0.00001' }));
    hear(fast(1080, [['100.5', '0.25']], [['100.75', '0.375']]));
    expect(bids().slice(0, 2)).toEqual([
      [100.5, 0.25],
      [100, 1],
    ]);
    expect(asks()[0]).toEqual([100.75, 0.375]);
    expect(book().counts).toMatchObject({ gaps: 0, resyncs: 0 });
  });

  test.each([
    ['levels out of order', bookFrame(NOW_MS, [...BIDS].reverse(), ASKS)],
    ['one side alone', { channel: 'l2Book', data: { coin: 'BTC', time: NOW_MS, levels: [[]] } }],
    ['a flag that is none', bookFrame(NOW_MS, BIDS, ASKS, { fast: 'yes' })],
    ['no time', bookFrame(Number.NaN, BIDS, ASKS)],
  ])('with %s is rejected and changes nothing', (_, msg) => {
    const { hear, decoder: heard } = line();
    hear(deep(0, BIDS, ASKS));
    const before = structuredClone(heard.state);
    expect(hear(msg).map(({ kind }) => kind)).toEqual(['rejected', 'heard']);
    expect(heard.state).toEqual(before);
  });

  test('answers a question for it like a default frame', () => {
    const { decoder: heard } = line();
    const { data } = deep(0, BIDS, ASKS);
    expect(heard.hear('rest:/info?type=l2Book&coin=BTC', data)).toMatchObject([
      { kind: 'bookSnapshot', limit: 20, inStream: true },
    ]);
  });
});

/** What the venue's book is, tick → lots, and what it shows of it. */
class TrueBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  best(which: 'bids' | 'asks', n: number): [number, number][] {
    return [...this[which]]
      .sort((a, b) => (which === 'bids' ? b[0] - a[0] : a[0] - b[0]))
      .slice(0, n);
  }
}

interface Act {
  readonly move: number;
  readonly depth: number;
  readonly isBid: boolean;
  readonly lots: number;
  readonly shows: 'deep' | 'fast' | 'touch' | 'nothing';
}

const acts = fc.array(
  fc.record<Act>({
    move: fc.integer({ min: -4, max: 4 }),
    depth: fc.integer({ min: 1, max: 25 }),
    isBid: fc.boolean(),
    lots: fc.nat(5),
    shows: fc.constantFrom('deep', 'fast', 'fast', 'touch', 'touch', 'touch', 'nothing'),
  }),
  { minLength: 5, maxLength: 80 },
);

const DEEP = 12;
const FAST = 3;

/** Plays a venue: the frames it sends, with the truth at each. */
function play(steps: readonly Act[]) {
  const truth = new TrueBook();
  let mid = 1000;
  const out: {
    readonly ms: number;
    readonly shows: Act['shows'];
    readonly bids: [number, number][];
    readonly asks: [number, number][];
    readonly msg: unknown;
  }[] = [];
  const note = (ms: number, shows: Act['shows']) => {
    const n = shows === 'deep' ? DEEP : shows === 'fast' ? FAST : 1;
    const bids = truth.best('bids', n);
    const asks = truth.best('asks', n);
    const text = (rows: [number, number][]) => rows.map(([t, l]) => [`${t}.0`, `${l}.0`] as const);
    const [bid, ask] = [text(bids)[0] ?? null, text(asks)[0] ?? null];
    const msg =
      shows === 'touch'
        ? bboFrame(NOW_MS + ms, bid, ask)
        : bookFrame(NOW_MS + ms, text(bids), text(asks), shows === 'fast' ? { fast: true } : {});
    out.push({ ms, shows, bids, asks, msg });
  };
  for (let i = 1; i <= 15; i += 1) {
    truth.bids.set(mid - i, i);
    truth.asks.set(mid + i, i);
  }
  note(0, 'deep');
  steps.forEach(({ move, depth, isBid, lots, shows }, i) => {
    mid += move;
    for (const tick of truth.bids.keys()) if (tick >= mid) truth.bids.delete(tick);
    for (const tick of truth.asks.keys()) if (tick <= mid) truth.asks.delete(tick);
    const [side, tick] = isBid
      ? [truth.bids, mid - depth]
      : ([truth.asks, mid + depth] as [Map<number, number>, number]);
    if (lots === 0) side.delete(tick);
    else side.set(tick, lots);
    if (shows !== 'nothing') note(i + 1, shows);
  });
  return out;
}

type Frame = ReturnType<typeof play>[number];

/** Every price as the newest frame saw it whose range it lies in: the long way round. */
function newestKnowledge(frames: readonly Frame[], which: 'bids' | 'asks'): [number, number][] {
  const isBid = which === 'bids';
  const prices = new Set(frames.flatMap((each) => each[which].map(([tick]) => tick)));
  const covers = ({ shows, [which]: side }: Frame, tick: number) => {
    const worst = side.at(-1)?.[0];
    return shows === 'deep' || worst === undefined || (isBid ? tick >= worst : tick <= worst);
  };
  return [...prices]
    .map((tick): [number, number] => {
      const newest = frames.findLast((each) => covers(each, tick))!;
      return [tick, newest[which].find(([at]) => at === tick)?.[1] ?? 0];
    })
    .filter(([, lots]) => lots > 0)
    .sort((a, b) => (isBid ? b[0] - a[0] : a[0] - b[0]));
}

describe('whatever a venue shows', () => {
  test.prop([acts])('in order: every level is what the newest view of it said', (steps) => {
    const { hear, book, bids, asks } = line();
    const frames = play(steps);
    frames.forEach((each, i) => {
      hear(each.msg, at(each.ms));
      expect(book().status).toBe('whole');
      const heard = frames.slice(0, i + 1);
      expect(bids()).toEqual(newestKnowledge(heard, 'bids'));
      expect(asks()).toEqual(newestKnowledge(heard, 'asks'));
    });
    expect(book().counts).toMatchObject({ gaps: 0, resyncs: 0, crossed: 0, quoteMismatches: 0 });
  });

  test.prop([acts, fc.array(fc.nat(6), { minLength: 100, maxLength: 100 })])(
    'late, twice and out of order: the touch is that of the newest, and the book stays whole',
    (steps, delays) => {
      const { hear, book } = line();
      const frames = play(steps);
      const order = frames
        .flatMap((each, i) => {
          const due = i === 0 ? -1 : each.ms + delays[i % delays.length]!;
          return i % 7 === 3
            ? [
                { each, due },
                { each, due: due + 2 },
              ]
            : [{ each, due }];
        })
        .sort((a, b) => a.due - b.due);
      let newest = frames[0]!;
      for (const { each } of order) {
        hear(each.msg);
        if (each.ms >= newest.ms) newest = each;
        expect(book().status).toBe('whole');
        const wire = (ticks: number | undefined) =>
          ticks === undefined ? Number.NaN : ticks * book().instrument.priceGrid.scale;
        expect(bestBidTicks(book().ladder)).toBe(wire(newest.bids[0]?.[0]));
        expect(bestAskTicks(book().ladder)).toBe(wire(newest.asks[0]?.[0]));
      }
      expect(book().counts).toMatchObject({ gaps: 0, resyncs: 0, crossed: 0, quoteMismatches: 0 });
    },
  );
});
