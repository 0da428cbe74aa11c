import { describe, expect, test } from 'vitest';
import { frameOf } from '../../src/engine/frame-of.ts';
import { scanOf } from '../../src/engine/scan-of.ts';
import { step } from '../../src/engine/step.ts';
import type { OutputLine } from '../../src/frame/frame.ts';
import type { ScanLine, ScanRow } from '../../src/frame/scan.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { HOUR, micros, SECOND } from '../../src/model/units.ts';
import { engineFor } from '../support/engine.ts';
import { liveValue, T0 } from '../support/market.ts';
import { tape } from '../support/tape.ts';
import { coin, FEED, idOf, perpOf, priceOf, report, universe } from '../support/universe.ts';

const stepped = (events: readonly EngineEvent[], assets: readonly string[] = []) => {
  const engine = engineFor({ assets, universe: true });
  const lines: OutputLine[] = [];
  const wanted: string[] = [];
  for (const event of events)
    for (const effect of step(engine, event)) {
      if (effect.kind === 'emit') lines.push(effect.line);
      else if (effect.kind === 'snapshotWanted') wanted.push(effect.instrument);
    }
  return { engine, lines, wanted };
};

const scanAfter = (events: readonly EngineEvent[], assets: readonly string[] = []): ScanLine => {
  const { engine } = stepped(events, assets);
  return scanOf(engine, engine.now);
};

const rowIn = (scan: ScanLine, n: number): ScanRow => {
  const row = scan.rows.find(({ instrument }) => instrument === idOf(n));
  if (row === undefined) throw new Error(`no row of ${idOf(n)}`);
  return row;
};

const later = (seconds: number) => micros(T0 + seconds * SECOND);

describe('a scan', () => {
  const scan = scanAfter(universe({ perps: 5, seconds: 10, books: [1, 3] }));

  test('holds every perp by its volume, and how many books are whole', () => {
    expect(scan).toMatchObject({ type: 'scan', listed: 5, books: { wanted: 2, whole: 2 } });
    expect(scan.rows.map(({ asset, rank }) => [asset, rank])).toEqual([
      ['C1', 1],
      ['C2', 2],
      ['C3', 3],
      ['C4', 4],
      ['C5', 5],
    ]);
  });

  test('tells of a perp what its streams and its history say', () => {
    const row = rowIn(scan, 3);
    const last = priceOf(3, 10);
    expect(row.priceKind).toBe('last');
    expect(liveValue(row.price)).toBe(priceOf(3, 10));
    expect(liveValue(row.change1h)).toBeCloseTo(last / (500 / 3) - 1, 12);
    expect(liveValue(row.change24h)).toBeCloseTo(last / (800 / 3) - 1, 12);
    expect(liveValue(row.volume24hUsd)).toBe(1e9 / 3);
    expect(liveValue(row.fundingPredicted)).toBeCloseTo(0.0003, 15);
    expect(liveValue(row.funding8h)).toBeCloseTo(0.0006, 15);
    expect(liveValue(row.fundingAnnual)).toBeCloseTo((0.0003 * 8760) / 4, 12);
    expect(liveValue(row.intervalHours)).toBe(4);
    expect(liveValue(row.nextFundingTs)).toBe(T0 + 4 * HOUR);
    expect(liveValue(row.basisFair)).toBeCloseTo(0.001, 12);
    expect(liveValue(row.oiCoin)).toBe(6600);
    expect(liveValue(row.oiUsd)).toBeCloseTo(6600 * last * 1.001, 6);
    for (const change of [row.oiChange1h, row.oiChange4h, row.oiChange24h])
      expect(liveValue(change)).toBeCloseTo(0.1, 12);
    expect(liveValue(row.oiNorm)).toBeCloseTo(6600 / (1e9 / 3 / last), 12);
    expect(liveValue(row.oiChangeType)).toBe('long build');
    expect(row.trend).toEqual(new Array(60).fill(500 / 3));
  });

  test('gives book numbers where a book is carried, and elsewhere says why there are none', () => {
    const row = rowIn(scan, 3);
    expect(row.book).toEqual({ status: 'whole', reason: null });
    expect(liveValue(row.oib)).toBeCloseTo(0.5, 3);
    expect(liveValue(row.spreadBps)).toBeGreaterThan(0);
    const without = rowIn(scan, 4);
    const reason = 'no book: rank 4 of 5';
    expect(without.book).toEqual({ status: 'none', reason });
    for (const key of ['spreadBps', 'oib', 'depthBid', 'depthAsk'] as const)
      expect(without[key]).toEqual({ state: 'absent', value: null, reason });
  });

  test('changes nothing in what it reads', () => {
    const { engine } = stepped(universe({ perps: 3, seconds: 5, books: [2] }));
    const before = structuredClone(engine);
    expect(scanOf(engine, engine.now)).toEqual(scanOf(engine, engine.now));
    expect(engine).toEqual(before);
  });

  test('of a resumed engine is that of an uninterrupted one', () => {
    const events = universe({ perps: 4, seconds: 150, books: [1, 2] });
    const half = Math.floor(events.length / 2);
    const { engine } = stepped(events.slice(0, half));
    const resumed = structuredClone(engine);
    for (const event of events.slice(half)) step(resumed, event);
    expect(scanOf(resumed, resumed.now)).toEqual(scanAfter(events));
  });

  test('follows the market by the minute', () => {
    const row = rowIn(scanAfter(universe({ perps: 2, seconds: 130 })), 2);
    expect(row.trend.at(-1)).toBeCloseTo(priceOf(2, 120), 1);
    expect(row.trend.at(-2)).toBeCloseTo(priceOf(2, 60), 1);
    expect(row.trend.at(-3)).toBe(250);
  });
});

describe('what a scan does not know', () => {
  test('is stale once the array of tickers is silent, and the rest lives on', () => {
    const scan = scanAfter(universe({ perps: 3, seconds: 30, silent: { '!miniTicker@arr': 10 } }));
    for (const { price, volume24hUsd, change24h, funding8h } of scan.rows) {
      for (const reading of [price, volume24hUsd, change24h])
        expect(reading).toMatchObject({ state: 'stale', age: 20.998 * SECOND });
      expect(funding8h.state).toBe('live');
    }
    expect(scan.quality).toContainEqual({
      subject: 'price',
      state: 'stale',
      reason: '3 of 3 rows, up to 21 s old',
    });
  });

  test('is not called stale because nothing changed while the array speaks', () => {
    const quiet = universe({ perps: 3, seconds: 40 }).filter(
      (event) =>
        event.kind !== 'volume24h' || event.instrument !== idOf(3) || event.tsLocal < later(3),
    );
    expect(rowIn(scanAfter(quiet), 3).price.state).toBe('live');
  });

  test('is stale once the array of marks is silent', () => {
    const scan = scanAfter(
      universe({ perps: 3, seconds: 30, silent: { '!markPrice@arr@1s': 10 } }),
    );
    for (const { price, funding8h, basisFair, oiUsd } of scan.rows) {
      for (const reading of [funding8h, basisFair, oiUsd]) expect(reading.state).toBe('stale');
      expect(price.state).toBe('live');
    }
  });

  test('is absent where nobody ever said it', () => {
    const scan = scanAfter(
      universe({ perps: 2, seconds: 5 }).filter(
        ({ kind }) => kind !== 'volume24h' && kind !== 'openInterest' && kind !== 'historyPage',
      ),
    );
    const row = rowIn(scan, 2);
    expect(row.priceKind).toBe('mark');
    expect(liveValue(row.price)).toBeCloseTo(priceOf(2, 5) * 1.001, 9);
    expect(row.volume24hUsd).toMatchObject({ state: 'absent', reason: 'no 24 h volume: binance' });
    expect(row.oiUsd).toMatchObject({ state: 'absent', reason: 'no open interest: binance' });
    expect(row.change1h).toMatchObject({ state: 'absent', reason: 'warming 1 h of price' });
    expect(row.trend).toEqual(new Array(60).fill(null));
  });
});

describe('liquidations of a scan', () => {
  const liquidation = (n: number, second: number): EngineEvent => ({
    kind: 'liquidation',
    instrument: idOf(n),
    liquidatedSide: 'long',
    price: 100,
    size: 7,
    tsExchange: null,
    tsLocal: later(second),
  });

  test('are a lower bound of the listing alone, zero where a living feed said nothing', () => {
    const more = [liquidation(2, 4), liquidation(2, 5)];
    const { engine, lines } = stepped(universe({ perps: 2, seconds: 10, more }));
    const scan = scanOf(engine, engine.now);
    const marks = { sampled: true, partial: true };
    expect(rowIn(scan, 2).liquidatedLong1h).toEqual({ state: 'live', value: 1400, ...marks });
    expect(rowIn(scan, 2).liquidatedShort1h).toEqual({ state: 'live', value: 0, ...marks });
    expect(rowIn(scan, 1).liquidatedLong1h).toEqual({ state: 'live', value: 0, ...marks });
    // Nobody watches these coins, so nothing is told of them one by one.
    expect(lines).toEqual([]);
  });

  test('leave the hour by themselves', () => {
    const events = universe({ perps: 1, seconds: 5, more: [liquidation(1, 4)] });
    const ticks = Array.from(
      { length: 3610 },
      (_, i): EngineEvent => ({ kind: 'tick', tsLocal: later(6 + i) }),
    );
    expect(rowIn(scanAfter([...events, ...ticks]), 1).liquidatedLong1h.value).toBe(0);
  });

  test('are absent without the feed', () => {
    const scan = scanAfter(universe({ perps: 1, seconds: 5, withoutLiquidations: true }));
    expect(rowIn(scan, 1).liquidatedLong1h).toMatchObject({
      state: 'absent',
      reason: 'no liquidation feed',
    });
  });
});

describe('the universe', () => {
  test('loses what stops trading and takes in what begins', () => {
    const events = universe({ perps: 3, seconds: 10 });
    const listing = (n: number, isTrading: boolean, second: number): EngineEvent => ({
      kind: 'listing',
      instrument: perpOf(n),
      ...(!isTrading && { isTrading }),
      tsLocal: later(second),
    });
    const gone = [...events, listing(2, false, 11), listing(9, false, 11)];
    const less = scanAfter(gone);
    expect(less.rows.map(({ asset }) => asset)).toEqual(['C1', 'C3']);
    expect(less.rows.map(({ rank }) => rank)).toEqual([1, 2]);
    const more = scanAfter([...gone, listing(7, true, 12)]);
    expect(more.listed).toBe(3);
    expect(more.rows.at(-1)).toMatchObject({ asset: 'C7', price: { state: 'absent' } });
  });

  test('holds perps in dollars only', () => {
    const listings = [
      { ...perpOf(1), quote: 'BTC', settle: 'BTC', id: 'binance:C1/BTC:BTC' },
      { ...perpOf(2), kind: 'future' as const, id: 'binance:C2/USDT:USDT-270326' },
      { ...perpOf(3), kind: 'spot' as const, settle: null, id: 'binance:C3/USDT' },
      { ...perpOf(4), quote: 'USDC', settle: 'USDC', id: 'binance:C4/USDC:USDC' },
    ];
    const scan = scanAfter(
      listings.map((instrument) => ({ kind: 'listing', instrument, tsLocal: T0 })),
    );
    expect(scan.rows.map(({ instrument }) => instrument)).toEqual(['binance:C4/USDC:USDC']);
  });

  test('drops the book of whoever is no longer named, and takes nothing for it that comes late', () => {
    const events = universe({ perps: 3, seconds: 10, books: [1, 2] });
    const dropped = [
      ...events,
      report({ kind: 'books', symbols: [perpOf(2).symbol, perpOf(3).symbol] }, later(10)),
      ...events.filter((event) => event.kind === 'bookDelta' && event.instrument === idOf(1)),
    ];
    const { engine, wanted } = stepped(dropped);
    const scan = scanOf(engine, engine.now);
    expect(scan.books).toEqual({ wanted: 2, whole: 1 });
    expect(rowIn(scan, 1).book.status).toBe('none');
    expect(rowIn(scan, 2).book.status).toBe('whole');
    expect(rowIn(scan, 3)).toMatchObject({
      book: { status: 'waiting', reason: 'awaiting snapshot' },
      oib: { state: 'absent', reason: 'book awaiting snapshot' },
    });
    expect(engine.market.instruments.get(idOf(1))?.book.ladder.bid.lots.byteLength).toBe(0);
    // Each of the two asked once, for the messages that came before a snapshot.
    expect(wanted).toEqual([idOf(1), idOf(2)]);
  });

  test('loses its books with their connection, without a line about each', () => {
    const streams = [1, 2].map((n) => `${perpOf(n).symbol.toLowerCase()}@depth@100ms`);
    const { engine, lines } = stepped([
      ...universe({ perps: 3, seconds: 10, books: [1, 2] }),
      report({ kind: 'connected', connection: 'public' }, later(10)),
      report(
        { kind: 'disconnected', connection: 'public', reason: 'closed 1006', streams },
        later(11),
      ),
    ]);
    const scan = scanOf(engine, engine.now);
    expect(scan.books).toEqual({ wanted: 2, whole: 0 });
    expect(scan.rows[0]?.oib).toMatchObject({ reason: 'book resyncing: closed 1006' });
    expect(lines.map((line) => (line.type === 'event' ? line.kind : line.type))).toEqual([
      'feedLost',
    ]);
    expect(scan.quality).toContainEqual({
      subject: 'books',
      state: 'resyncing',
      reason: '2 of 2 books not whole',
    });
    expect(scan.quality[0]).toMatchObject({ subject: FEED });
  });

  test('keeps little of a book that waits long for its turn, and joins it to its snapshot all the same', () => {
    const events = universe({ perps: 1, seconds: 3, books: [1] });
    const snapshot = events.find((event) => event.kind === 'bookSnapshot')!;
    const delta = events.find((event) => event.kind === 'bookDelta')!;
    const waiting = Array.from(
      { length: 3000 },
      (_, i): EngineEvent => ({
        ...delta,
        firstId: 10 + i,
        lastId: 10 + i,
        previousId: 9 + i,
        tsLocal: micros(later(3) + i * 100_000),
      }),
    );
    const { engine } = stepped([...events.filter((event) => event !== snapshot), ...waiting]);
    const book = engine.market.instruments.get(idOf(1))!.book;
    expect(book.buffer.length).toBeLessThan(512);
    expect(book.buffer.length).toBeGreaterThanOrEqual(256);
    step(engine, { ...snapshot, lastId: 2990, tsLocal: engine.now });
    expect(book).toMatchObject({ status: 'whole', lastId: 3009 });
  });

  test('costs no memory that a listing without a book and without features has no use for', () => {
    const { engine } = stepped(universe({ perps: 4, seconds: 10 }));
    expect(engine.features.size).toBe(0);
    expect(engine.assets.size).toBe(0);
    for (const { book, history } of engine.market.instruments.values()) {
      expect(book.ladder.bid.lots.byteLength).toBe(0);
      expect(history.openInterest.values.byteLength).toBe(0);
    }
  });
});

test('a recording in which everything is watched is scanned as it is', () => {
  const engine = engineFor({ assets: 'any', universe: true });
  for (const event of tape({ assets: ['BTC', 'SOL'], seconds: 30 })) step(engine, event);
  const scan = scanOf(engine, engine.now);
  expect(scan).toMatchObject({ listed: 2, books: { wanted: 2, whole: 2 } });
  for (const row of scan.rows) {
    const frame = frameOf(engine, row.asset, engine.now);
    expect(row.price).toEqual(frame.price);
    expect(row.priceKind).toBe('mid');
    expect(row.change1h).toEqual(frame.priceChange1h);
    expect(row.change24h).toEqual(frame.priceChange24h);
    expect(row.funding8h).toEqual(frame.funding.oiWeighted);
    expect(row.oiUsd).toEqual(frame.openInterest.usd);
    expect(row.oiChange4h).toEqual(frame.openInterest.change4h);
    expect(row.oiNorm).toEqual(frame.openInterest.norm);
    expect(row.basisFair).toEqual(frame.basis.fair);
    expect(row.oib).toEqual(frame.book.byInstrument[row.instrument]?.oib);
    expect(row.liquidatedLong1h).toEqual(frame.liquidations.h1.long);
  }
});

describe('a watched asset in a universe', () => {
  const events = universe({ perps: 4, seconds: 70, books: [1] });
  const watched = events.flatMap((event): EngineEvent[] => {
    // Its own book comes without being asked for.
    if (event.kind !== 'bookDelta' && event.kind !== 'bookSnapshot') return [event];
    return [event, { ...event, instrument: idOf(2) }];
  });

  test('has the same lines as without one', () => {
    const alone = engineFor({ assets: [coin(2)] });
    const without = watched.flatMap((event) => step(alone, event));
    const beside = engineFor({ assets: [coin(2)], universe: true });
    const within = watched.flatMap((event) => step(beside, event));
    const wantedElsewhere = (effect: (typeof within)[number]) =>
      effect.kind === 'snapshotWanted' && effect.instrument !== idOf(2);
    expect(within.filter((effect) => !wantedElsewhere(effect))).toEqual(without);
    expect(without.some(({ kind }) => kind === 'emit')).toBe(true);
  });

  test('is a row among the others, with the mid of its own book', () => {
    const scan = scanAfter(watched, [coin(2)]);
    expect(scan.rows.map(({ asset }) => asset)).toEqual(['C1', 'C2', 'C3', 'C4']);
    expect(rowIn(scan, 2)).toMatchObject({ priceKind: 'mid', book: { status: 'whole' } });
    expect(scan.books).toEqual({ wanted: 2, whole: 2 });
  });
});
