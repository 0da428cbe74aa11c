import { describe, expect, test } from 'vitest';
import {
  createStreamWatch,
  judge,
  noteFrame,
  noteLost,
  noteSubscribed,
  patienceMs,
  type StreamWatch,
} from '../../src/feed/stream-watch.ts';
import { type Micros, SECOND } from '../../src/model/units.ts';
import { aStream } from './support/toy-protocol.ts';

const at = (seconds: number) => Math.round(seconds * SECOND) as Micros;

/** Frames `gap` seconds apart from `from`; returns the time of the last. */
function speak(watch: StreamWatch, frames: number, gap: number, from = 0): number {
  for (let i = 0; i < frames; i += 1) noteFrame(watch, at(from + i * gap));
  return from + (frames - 1) * gap;
}

describe('the first frame', () => {
  test('is missing once its deadline has passed, counted from the subscription', () => {
    const watch = createStreamWatch(aStream('a', { firstFrameMs: 10_000 }));
    expect(judge(watch, at(1000))).toBe('fine');
    noteSubscribed(watch, at(1000));
    expect(judge(watch, at(1010))).toBe('fine');
    expect(judge(watch, at(1010.1))).toBe('missing');
    noteFrame(watch, at(1011));
    expect(judge(watch, at(1012))).toBe('fine');
  });

  test('is never missed where silence proves nothing', () => {
    const watch = createStreamWatch(aStream('a', { firstFrameMs: null, periodMs: null }));
    noteSubscribed(watch, at(0));
    expect(judge(watch, at(1e6))).toBe('fine');
  });

  test('is due anew after a reconnection, not while the connection is away', () => {
    const watch = createStreamWatch(aStream('a'));
    speak(watch, 5, 1);
    noteLost(watch);
    expect(judge(watch, at(1000))).toBe('fine');
    noteSubscribed(watch, at(1000));
    expect(judge(watch, at(1011))).toBe('missing');
  });
});

describe('silence', () => {
  test('is judged only once the rate has been learnt', () => {
    const watch = createStreamWatch(aStream('a'));
    const last = speak(watch, 10, 1);
    expect(patienceMs(watch)).toBeNull();
    expect(judge(watch, at(last + 1000))).toBe('fine');
  });

  test('of three usual gaps is suspicious', () => {
    const watch = createStreamWatch(aStream('a', { periodMs: 1000 }));
    const last = speak(watch, 40, 4);
    expect(patienceMs(watch)).toBe(12_000);
    expect(judge(watch, at(last + 12))).toBe('fine');
    expect(judge(watch, at(last + 12.1))).toBe('silent');
  });

  test('under five seconds is never suspicious, however fast the stream', () => {
    const watch = createStreamWatch(aStream('a', { periodMs: 100 }));
    const last = speak(watch, 1000, 0.1);
    expect(judge(watch, at(last + 4.9))).toBe('fine');
    expect(judge(watch, at(last + 5.1))).toBe('silent');
  });

  test('of sparse streams is never judged by themselves', () => {
    const watch = createStreamWatch(aStream('a', { firstFrameMs: null, periodMs: null }));
    const last = speak(watch, 100, 1);
    expect(judge(watch, at(last + 1e6))).toBe('fine');
  });

  test('is tolerated as long as half as much again as the longest pause of late', () => {
    const watch = createStreamWatch(aStream('a', { periodMs: 1000 }));
    const calm = speak(watch, 30, 1);
    const burst = speak(watch, 20, 0.1, calm + 20);
    expect(judge(watch, at(burst + 20))).toBe('fine');
    expect(judge(watch, at(burst + 31))).toBe('silent');
    const forgotten = speak(watch, 600, 0.5, burst + 1);
    expect(judge(watch, at(forgotten + 5.5))).toBe('silent');
  });

  test('that was called suspect does not teach patience', () => {
    const watch = createStreamWatch(aStream('a', { periodMs: 1000 }));
    const last = speak(watch, 40, 1);
    watch.isSuspect = true;
    const again = speak(watch, 2, 1, last + 600);
    expect(watch.isSuspect).toBe(false);
    expect(judge(watch, at(again + 5.1))).toBe('silent');
  });
});
