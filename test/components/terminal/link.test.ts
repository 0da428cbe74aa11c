import { describe, expect, test } from 'vitest';
import { Link } from '../../../components/terminal/link.ts';

/** A line that carries `rate` bytes per ms and needs `trip` ms there and back; frames go one after the other. */
function linkOver(rate: number, trip: number) {
  const link = new Link();
  let now = 1000;
  let freeAt = now;
  const due: number[] = [];
  const hear = (until: number): void => {
    while (due.length > 0 && due[0]! <= until) link.answered(due.shift()!);
    now = until;
  };
  return {
    link,
    hear,
    now: () => now,
    send(bytes: number): void {
      link.asked(bytes, now);
      freeAt = Math.max(freeAt, now) + bytes / rate;
      due.push(freeAt + trip);
    },
  };
}

describe('what answers tell of a line', () => {
  test.each([
    [30, 40],
    [5, 300],
    [100, 2],
  ])('%i bytes per ms and %i ms there and back', (rate, trip) => {
    const { link, hear, send, now } = linkOver(rate, trip);
    send(0);
    hear(now() + 1000);
    for (let i = 0; i < 20; i++) {
      send(2000 + 500 * (i % 5));
      hear(now() + 5000);
      if (link.wantsRoundTrip(now())) send(0);
      hear(now() + 400);
    }
    expect(link.busyMs(1000)).toBeCloseTo(1000 / rate, 0);
    expect(link.estimate.roundTripMs).toBeCloseTo(trip, 3);
    // Half of the line at most, and no part longer than a quarter of a second.
    expect(link.pauseMs(3000)).toBeCloseTo((2 * 3000) / rate, 0);
    expect(link.mostBytes).toBeCloseTo(250 * rate, -1);
  });

  test('a line that grows is noticed within a few frames, and one that shrinks as well', () => {
    const link = new Link();
    let now = 0;
    const frame = (bytes: number, ms: number): void => {
      link.asked(bytes, now);
      now += ms;
      link.answered(now);
      now += 100;
    };
    frame(0, 1);
    for (let i = 0; i < 10; i++) frame(3000, 301);
    expect(link.isSlow).toBe(true);
    expect(link.estimate.bytesPerSecond).toBeCloseTo(10_000, -3);
    for (let i = 0; i < 10; i++) frame(3000, 6);
    expect(link.isSlow).toBe(false);
    expect(link.estimate.bytesPerSecond).toBeNull();
    expect(link.pauseMs(3000)).toBeLessThan(40);
    for (let i = 0; i < 5; i++) frame(3000, 301);
    expect(link.isSlow).toBe(true);
  });
});

describe('when a frame may go', () => {
  test('one frame at a time while nothing is known, the question that opens aside', () => {
    const link = new Link();
    link.asked(0, 0);
    expect(link.isFree(1)).toBe(true);
    link.asked(9000, 1);
    expect(link.isFree(2)).toBe(false);
    link.answered(3);
    expect(link.isFree(3)).toBe(false);
    link.answered(400);
    expect(link.isFree(400)).toBe(true);
  });

  test('a far but broad line is kept full, a narrow one is not queued on', () => {
    const far = linkOver(1000, 200);
    far.send(0);
    far.hear(far.now() + 300);
    far.send(3000);
    far.hear(far.now() + 1000);
    far.send(3000);
    expect(far.link.isFree(far.now())).toBe(true);

    const narrow = linkOver(30, 20);
    narrow.send(0);
    narrow.hear(narrow.now() + 300);
    narrow.send(3000);
    narrow.hear(narrow.now() + 1000);
    narrow.send(3000);
    expect(narrow.link.isFree(narrow.now())).toBe(false);
    // What answers a key in a few cells need not wait.
    narrow.hear(narrow.now() + 1000);
    narrow.send(200);
    expect(narrow.link.isFree(narrow.now())).toBe(true);
  });

  test('never more than a few frames are under way', () => {
    const { link, hear, send, now } = linkOver(1e6, 500);
    send(0);
    hear(now() + 600);
    send(5000);
    hear(now() + 600);
    let sent = 0;
    while (link.isFree(now()) && sent < 100) {
      send(10);
      sent += 1;
    }
    expect(sent).toBe(4);
  });

  test('a terminal that never answers is waited for once, and asked no more', () => {
    const link = new Link();
    link.asked(0, 0);
    link.asked(9000, 50);
    expect(link.isFree(1499)).toBe(false);
    expect(link.patienceMs(1499)).toBe(1);
    expect(link.isFree(1500)).toBe(true);
    expect(link.asks(1500)).toBe(false);
    expect(link.asks(1e6)).toBe(false);
    expect(link.isJudge).toBe(false);
    expect(link.mostBytes).toBe(Infinity);
    expect(link.pauseMs(1e6)).toBe(0);
    expect(link.estimate).toEqual({ bytesPerSecond: null, roundTripMs: null });
  });

  test('answers that come late bring the questions back, once all of them are there or silence says that no more will come', () => {
    const whole = new Link();
    whole.asked(0, 0);
    whole.asked(9000, 50);
    whole.isFree(1500);
    whole.answered(3000);
    expect(whole.asks(3001)).toBe(false);
    whole.answered(3010);
    expect(whole.asks(3011)).toBe(true);
    whole.asked(100, 3011);
    expect(whole.isExpecting(3012)).toBe(true);
    expect(whole.isFree(3012)).toBe(false);

    const partly = new Link();
    partly.asked(0, 0);
    partly.asked(9000, 50);
    partly.isFree(1500);
    partly.answered(3000);
    expect(partly.asks(4900)).toBe(false);
    expect(partly.asks(5100)).toBe(true);
  });

  test('answers that were given up are still expected for a while by whoever leaves', () => {
    const link = new Link();
    link.asked(9000, 0);
    expect(link.isExpecting(10)).toBe(true);
    expect(link.isFree(1500)).toBe(true);
    expect(link.isExpecting(1600)).toBe(true);
    expect(link.isExpecting(12_000)).toBe(false);
    link.answered(12_100);
    expect(link.isExpecting(12_200)).toBe(false);
  });

  test('one that stops answering is waited for in proportion to its line, and asked again now and then', () => {
    const { link, hear, send, now } = linkOver(10, 5);
    send(0);
    hear(now() + 100);
    send(5000);
    hear(now() + 1000);
    link.asked(5000, now());
    expect(link.patienceMs(now())).toBeCloseTo(4000, -1);
    const later = now() + 4100;
    expect(link.isFree(later)).toBe(true);
    expect(link.asks(later + 5000)).toBe(false);
    expect(link.asks(later + 10_100)).toBe(true);
    link.asked(5000, later + 10_100);
    expect(link.asks(later + 10_200)).toBe(false);
  });

  test('answers to questions of somebody else change nothing', () => {
    const link = new Link();
    for (let i = 0; i < 10; i++) link.answered(i);
    expect(link.isJudge).toBe(false);
    expect(link.isFree(20)).toBe(true);
  });
});
