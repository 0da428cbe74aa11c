import { describe, expect, test } from 'vitest';
import { frameOf } from '../../src/engine/frame-of.ts';
import { scanOf } from '../../src/engine/scan-of.ts';
import { step } from '../../src/engine/step.ts';
import type { Frame } from '../../src/frame/frame.ts';
import { faultOf } from '../../src/frame/validate.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import type { Reading } from '../../src/model/reading.ts';
import { HOUR, type Micros, micros, SECOND } from '../../src/model/units.ts';
import { engineFor } from '../support/engine.ts';
import { EVERY, polledRound } from '../support/polled.ts';
import { TAPE_START, tape } from '../support/tape.ts';

const tick = (t: number): EngineEvent => ({ kind: 'tick', tsLocal: t as Micros });

function engineAfter(
  events: readonly EngineEvent[],
  options: Parameters<typeof engineFor>[0] = {},
) {
  const engine = engineFor({ assets: ['BTC'], ...options });
  for (const event of events) step(engine, event);
  return engine;
}

const frameAfter = (events: readonly EngineEvent[], at: number): Frame =>
  frameOf(engineAfter(events), 'BTC', at as Micros);

/** Every reading anywhere in a value, with its place. */
function readingsIn(value: unknown, place = ''): [string, Reading<unknown>][] {
  if (typeof value !== 'object' || value === null) return [];
  if ('state' in value && 'value' in value) return [[place, value as Reading<unknown>]];
  return Object.entries(value).flatMap(([key, inner]) => readingsIn(inner, `${place}.${key}`));
}

describe('a venue that is polled', () => {
  const events = [...polledRound(TAPE_START), tick(TAPE_START + SECOND)];

  test('gives price, funding, open interest, basis and volume', () => {
    const frame = frameAfter(events, TAPE_START + SECOND);
    const funding = frame.funding.byVenue['gate']!;
    expect(frame.price).toEqual({ state: 'live', value: 60_000, polled: true });
    expect(funding.predicted.value).toBe(0.0001);
    expect(funding.rate8h.value).toBe(0.0001);
    expect(funding.nextFundingTs.value).toBe(TAPE_START + HOUR);
    expect(frame.openInterest.coin.value).toBe(5000);
    expect(frame.openInterest.usd.value).toBe(300_000_000);
    expect(frame.funding.oiWeighted.value).toBeCloseTo(0.0001, 12);
    expect(frame.basis.fair.value).toBeCloseTo(0.0005, 6);
    expect(frame.features.byInstrument['gate:BTC/USDT:USDT']?.['volume24h']?.value).toBe(900);
  });

  test('marks every number that there is', () => {
    const frame = frameAfter(events, TAPE_START + SECOND);
    const { trust: _, ...market } = frame;
    const known = readingsIn(market).filter(([, { state }]) => state !== 'absent');
    expect(known.length).toBeGreaterThan(20);
    expect(known.filter(([, reading]) => !('polled' in reading)).map(([place]) => place)).toEqual(
      [],
    );
  });

  test('marks the signals that rest on it', () => {
    const start = Math.ceil(TAPE_START / HOUR) * HOUR;
    const hours = Array.from({ length: 100 }, (_, i) => start + i * HOUR);
    const wave = (i: number) => 0.01 * Math.sin(i) + 0.004 * Math.cos(2.3 * i);
    const long = hours.flatMap((close, i) => [
      ...polledRound(close - SECOND, wave(i)),
      tick(close),
    ]);
    const { drift, regime } = frameAfter(long, hours.at(-1)!);
    for (const reading of [drift.mu, drift.d, drift.zFunding, drift.active, regime.oiShock])
      expect(reading).toMatchObject({ state: 'live', polled: true });
    expect(drift.committed?.mu).toMatchObject({ state: 'live', polled: true });
    expect(drift.mu).toMatchObject({ provisional: true });
  });

  test('has no book, and is not told to make one whole', () => {
    const frame = frameAfter(events, TAPE_START + SECOND);
    expect(frame.book.byInstrument['gate:BTC/USDT:USDT']).toMatchObject({
      status: 'none',
      reason: 'polled: best bid and ask only',
      bid: { value: 59_995, polled: true },
      ask: { value: 60_005, polled: true },
      depthBid: { state: 'absent', reason: 'no book: gate' },
      oib: { state: 'absent', reason: 'no book: gate' },
      bids: [],
    });
    expect(frame.trust.books).toEqual([]);
    expect(frame.quality.map(({ state }) => state)).not.toContain('resyncing');
    const engine = engineAfter([]);
    const wanted = [
      ...polledRound(TAPE_START),
      ...[1, 60, 3600].map((s) => tick(TAPE_START + s * SECOND)),
    ]
      .flatMap((event) => step(engine, event))
      .filter(({ kind }) => kind === 'snapshotWanted');
    expect(wanted).toEqual([]);
  });

  test('says how often it is asked, and what it lacks', () => {
    const lacking = events.filter(({ kind }) => kind !== 'openInterest' && kind !== 'touch');
    const frame = frameAfter(lacking, TAPE_START + SECOND);
    expect(frame.trust.feeds[0]).toMatchObject({ feed: 'gate-polled', polledEveryMs: 10_000 });
    expect(frame.quality).toContainEqual({
      subject: 'gate-polled',
      state: 'info',
      reason: 'polled every 10 s',
    });
    expect(frame.openInterest.coin).toEqual({
      state: 'absent',
      value: null,
      reason: 'no open interest: gate',
    });
    expect(frame.price).toMatchObject({ reason: 'no best bid and ask: gate' });
  });

  test.each([
    ['live until three periods have passed', 29, 'live', 'live'],
    ['stale after that', 31, 'stale', 'stale'],
  ])('is %s', (_, seconds, state, feed) => {
    const now = TAPE_START + seconds * SECOND;
    const frame = frameAfter([...polledRound(TAPE_START), tick(now)], now);
    expect(frame.trust.feeds[0]?.state).toBe(feed);
    for (const reading of [
      frame.price,
      frame.basis.mark,
      frame.funding.byVenue['gate']!.predicted,
      frame.openInterest.coin,
      frame.features.byInstrument['gate:BTC/USDT:USDT']!['volume24h']!,
    ])
      expect(reading.state).toBe(state);
  });

  test('stays live from poll to poll, however its answers bunch', () => {
    const seen = new Set<string>();
    const engine = engineAfter([]);
    for (let second = 0; second < 200; second += 1) {
      const now = TAPE_START + second * SECOND;
      if (second % EVERY === 0) for (const event of polledRound(now)) step(engine, event);
      step(engine, tick(now + SECOND));
      const frame = frameOf(engine, 'BTC', micros(now + SECOND));
      seen.add(`${frame.price.state} ${frame.openInterest.coin.state}`);
      seen.add(`${frame.trust.feeds[0]?.state} ${frame.funding.byVenue['gate']?.predicted.state}`);
    }
    expect([...seen]).toEqual(['live live']);
  });

  test('has lines as the schema says', () => {
    const engine = engineAfter(events, { universe: true });
    const at = micros(TAPE_START + SECOND);
    for (const line of [frameOf(engine, 'BTC', at), scanOf(engine, at)])
      expect(faultOf(JSON.parse(JSON.stringify(line)))).toBeUndefined();
  });

  test('stands in a scan with marked numbers and without a book', () => {
    const engine = engineAfter(events, { universe: true });
    const [row] = scanOf(engine, micros(TAPE_START + SECOND)).rows;
    expect(row).toMatchObject({
      instrument: 'gate:BTC/USDT:USDT',
      price: { value: 60_000, polled: true },
      oiUsd: { value: 300_000_000, polled: true },
      volume24hUsd: { polled: true },
      book: { status: 'none', reason: 'no book: polled' },
    });
  });
});

describe('a polled venue beside a streamed one', () => {
  test('never leads, whichever was listed first', () => {
    const streamed = tape({ seconds: 5 });
    const before = [...polledRound(TAPE_START - SECOND), ...streamed];
    const now = streamed.at(-1)!.tsLocal;
    const frame = frameAfter(before, now);
    expect(frame.basis.perpInstrument).toBe('binance:BTC/USDT:USDT');
    expect(frame.price.state).toBe('live');
    expect(frame.price).not.toHaveProperty('polled');
    expect(frame.drift.mu).not.toHaveProperty('polled');
    expect(frame.book.byInstrument['binance:BTC/USDT:USDT']).toMatchObject({ status: 'whole' });
    expect(frame.book.byInstrument['gate:BTC/USDT:USDT']).toMatchObject({ status: 'none' });
  });

  test('marks an average of both, and no number of the other', () => {
    const streamed = tape({ seconds: 5 });
    const now = streamed.at(-1)!.tsLocal;
    const alone = frameAfter(streamed, now);
    const both = frameAfter([...polledRound(TAPE_START - SECOND), ...streamed], now);
    expect(alone.funding.oiWeighted).not.toHaveProperty('polled');
    expect(both.funding.oiWeighted).toMatchObject({ state: 'live', polled: true });
    expect(both.funding.byVenue['gate']?.rate8h).toMatchObject({ polled: true });
    expect(both.funding.byVenue['binance']).toEqual(alone.funding.byVenue['binance']);
  });
});
