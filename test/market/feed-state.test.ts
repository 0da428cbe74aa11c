import { describe, expect, test } from 'vitest';
import {
  createFeedState,
  feedSilence,
  messageRate,
  noteHeard,
  noteRejected,
  noteReport,
  noteUnfamiliar,
  tickFeed,
} from '../../src/market/feed-state.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { micros } from '../../src/model/units.ts';
import { at } from '../support/market.ts';

const feed = () => createFeedState('binance-usdm');
type Feed = ReturnType<typeof feed>;

/** `count` messages in each second of [from, to), and the ticks that end them. */
function speak(state: Feed, from: number, to: number, count = 1, lag = 30_000): void {
  for (let second = from; second < to; second += 1) {
    for (let i = 0; i < count; i += 1) {
      const t = micros(at(second) + (i + 1) * 1000);
      noteHeard(state, 'btcusdt@trade', micros(t - lag), t);
    }
    tickFeed(state, at(second + 1));
  }
}
const silence = (state: Feed, seconds: number) => feedSilence(state, at(seconds), DEFAULT_SETTINGS);
const lost = (state: Feed, seconds: number, streams = ['btcusdt@trade']) =>
  noteReport(
    state,
    { kind: 'disconnected', connection: 'main', reason: 'x', streams },
    at(seconds),
  );
const connected = (state: Feed, seconds: number) =>
  noteReport(state, { kind: 'connected', connection: 'main' }, at(seconds));

describe('the rate of a feed', () => {
  test('is unknown before a second has passed, then that of the last ten', () => {
    const state = feed();
    expect(messageRate(state, at(5))).toBeNaN();
    speak(state, 10, 11, 7);
    expect(messageRate(state, micros(at(10) + 500_000))).toBeNaN();
    expect(messageRate(state, at(11))).toBe(7);
    speak(state, 11, 30, 3);
    expect(messageRate(state, at(30))).toBe(3);
  });

  test('counts seconds that no tick told as silent', () => {
    const state = feed();
    speak(state, 10, 20, 10);
    // The process slept: the next tick is 8 s later.
    tickFeed(state, at(28));
    expect(messageRate(state, at(28))).toBe(2);
  });
});

describe('the silence of a feed', () => {
  test('begins three usual periods after its last message, and never before it has spoken', () => {
    const state = feed();
    expect(silence(state, 1000)).toBeNull();
    speak(state, 0, 60);
    expect(silence(state, 62)).toBeNull();
    expect(silence(state, 63)).toBe(3_999_000);
  });

  test('begins at once with the loss of a connection and ends with its return', () => {
    const state = feed();
    connected(state, 0);
    speak(state, 0, 10);
    lost(state, 10);
    expect(silence(state, 10.5)).toBe(500_000);
    // Trying is not having.
    noteReport(state, { kind: 'connecting', connection: 'main' }, at(11));
    expect(silence(state, 12)).toBe(2_000_000);
    connected(state, 12);
    expect(silence(state, 12)).toBeNull();
    expect(state.reconnects).toBe(1);
  });

  test('is none when a planned roll replaced the socket without a break', () => {
    const state = feed();
    connected(state, 0);
    speak(state, 0, 10);
    lost(state, 10, []);
    connected(state, 10);
    expect(silence(state, 10)).toBeNull();
    expect(state.reconnects).toBe(0);
  });
});

describe('what is known of a feed', () => {
  test('holds the median delay of the last second that had messages', () => {
    const state = feed();
    for (const lag of [10_000, 900_000, 20_000]) noteHeard(state, 's', micros(at(1) - lag), at(1));
    noteHeard(state, 's', null, at(1));
    tickFeed(state, at(2));
    expect(state.lagMedian).toBe(20_000);
    tickFeed(state, at(3));
    expect(state.lagMedian).toBe(20_000);
  });

  test('keeps a suspect until it speaks', () => {
    const state = feed();
    const reason = 'no first frame in 10 s';
    noteReport(state, { kind: 'suspect', stream: 'btcusdt@depth', reason }, at(1));
    noteHeard(state, 'btcusdt@trade', null, at(2));
    expect([...state.suspects]).toEqual([['btcusdt@depth', reason]]);
    noteHeard(state, 'btcusdt@depth', null, at(3));
    expect(state.suspects.size).toBe(0);
    noteReport(state, { kind: 'suspect', stream: '!forceOrder@arr', reason }, at(4));
    noteReport(state, { kind: 'cleared', stream: '!forceOrder@arr' }, at(5));
    expect(state.suspects.size).toBe(0);
  });

  test('counts what it could not read and names a few of the things it did not know', () => {
    const state = feed();
    noteRejected(state, 'not JSON');
    for (let i = 0; i < 20; i += 1) noteUnfamiliar(state, `field ${i % 12}`);
    expect(state).toMatchObject({ rejected: 1, lastRejection: 'not JSON', unfamiliar: 20 });
    expect(state.unfamiliarNames).toHaveLength(8);
  });

  test('is bounded however many streams a venue invents', () => {
    const state = feed();
    for (let i = 0; i < 10_000; i += 1) noteHeard(state, `stream ${i}`, null, at(1));
    expect(state.streams.size).toBeLessThanOrEqual(4096);
  });

  test('takes over what a feed reports about budgets, clocks, queues and back-fill', () => {
    const state = feed();
    const rest = { pool: 'ip', used: 10, limit: 2400, state: 'ok', until: micros(0) } as const;
    noteReport(state, { kind: 'rest', ...rest }, at(1));
    noteReport(state, { kind: 'restFailed', endpoint: 'depth', reason: 'HTTP 500' }, at(1));
    noteReport(state, { kind: 'clock', offset: micros(-5), roundTrip: micros(9) }, at(2));
    noteReport(state, { kind: 'dropped', count: 3, reason: 'queue' }, at(2));
    noteReport(state, { kind: 'backfill', done: 2, of: 9 }, at(2));
    expect(state.rest.get('ip')).toEqual({ used: 10, limit: 2400, state: 'ok', until: 0 });
    expect(state).toMatchObject({
      restFailure: { reason: 'depth: HTTP 500' },
      clockOffset: { offset: -5, tsLocal: at(2) },
      dropped: 3,
      backfill: { done: 2, of: 9 },
    });
  });
});

test('a stream that was given up is neither counted nor suspected any more', () => {
  const state = feed();
  const streams = ['a@depth', 'b@depth'];
  noteReport(state, { kind: 'subscribed', connection: 'public', streams }, at(0));
  noteReport(state, { kind: 'suspect', stream: 'a@depth', reason: 'silent 30 s' }, at(1));
  noteReport(state, { kind: 'unsubscribed', connection: 'public', streams: ['a@depth'] }, at(2));
  expect([...state.streams.keys()]).toEqual(['b@depth']);
  expect(state.suspects.size).toBe(0);
});
