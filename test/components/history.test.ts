import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  emptyHistory,
  eventsOf,
  frozenCopy,
  LADDER_SECONDS,
  LIVE_SECONDS,
  recent,
  recentLadders,
  remember,
} from '../../components/history.ts';
import { HOUR, micros } from '../../src/model/units.ts';
import { event, frame, series, staleFrame, T0 } from '../support/frames.ts';

describe('the recent past', () => {
  test.prop([fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 })])(
    'holds the last value of every second, and a hole where no frame came',
    (gaps) => {
      const history = emptyHistory();
      const seen = new Map<number, number>();
      let at = 0;
      for (const gap of gaps) {
        at += gap / 10;
        const one = frame({ seconds: at });
        remember(history, one);
        if (one.price.state === 'live') seen.set(Math.floor(one.tsLocal / 1e6), one.price.value);
      }
      const newest = Math.max(...seen.keys());
      const oldest = Math.min(...seen.keys());
      const expected = Array.from(
        { length: newest - oldest + 1 },
        (_, i) => seen.get(oldest + i) ?? null,
      );
      expect(recent(history, 'BTC', 'price', expected.length)).toEqual(expected);
    },
  );

  test('never shows more than its bound, and nothing of an asset it never saw', () => {
    const history = emptyHistory();
    for (let s = 0; s < LIVE_SECONDS + 50; s += 50) remember(history, frame({ seconds: s }));
    expect(recent(history, 'BTC', 'price', 100_000)).toHaveLength(LIVE_SECONDS);
    expect(recent(history, 'DOGE', 'price', 60)).toEqual([]);
  });

  test('a stale number leaves a hole, because drawing it again would invent a line', () => {
    const history = emptyHistory();
    remember(history, frame({ seconds: 0 }));
    remember(history, staleFrame({ seconds: 1 }));
    const [first, second] = recent(history, 'BTC', 'price', 2);
    expect(first).toBeTypeOf('number');
    expect(second).toBeNull();
  });

  test('a clock that jumps back begins anew instead of mixing two recordings', () => {
    const history = emptyHistory();
    for (let s = 0; s < 10; s += 1) remember(history, frame({ seconds: 1000 + s }));
    remember(history, frame({ seconds: 5 }));
    expect(recent(history, 'BTC', 'price', 10).filter((value) => value !== null)).toHaveLength(1);
  });

  test('a frozen copy does not move when the original goes on', () => {
    const history = emptyHistory();
    remember(history, frame({ seconds: 0 }));
    const frozen = frozenCopy(history);
    const before = recent(frozen, 'BTC', 'price', 5);
    for (let s = 1; s < 5; s += 1) remember(history, frame({ seconds: s }));
    remember(history, event('gateOpened', 'later', 3));
    expect(recent(frozen, 'BTC', 'price', 5)).toEqual(before);
    expect(frozen.events).toEqual([]);
  });
});

describe('ladders', () => {
  const PERP = 'binance:BTC/USDT:USDT';

  test('are remembered every five seconds of every book, the newest at the end', () => {
    const history = emptyHistory();
    for (let seconds = 0; seconds <= 20; seconds += 1) remember(history, frame({ seconds }));
    const slices = recentLadders(history, 'BTC', PERP);
    expect(slices).toHaveLength(LIVE_SECONDS / LADDER_SECONDS);
    const kept = slices.filter((slice) => slice !== null);
    // T0 lies a second after a slot began.
    expect(kept).toHaveLength(5);
    const { bids, asks } = frame({ seconds: 20 }).book.byInstrument[PERP]!;
    expect([...kept.at(-1)!.bids]).toEqual(bids.flat());
    expect([...kept.at(-1)!.asks]).toEqual(asks.flat());
    expect(recentLadders(history, 'BTC', 'binance:BTC/USDT').at(-1)).not.toBeNull();
    for (const [id, { status }] of Object.entries(frame().book.byInstrument))
      expect(recentLadders(history, 'BTC', id).at(-1) ?? null, id).toSatisfy(
        (slice) => (slice !== null) === (status === 'whole'),
      );
    expect(recentLadders(history, 'BTC', 'nobody:BTC/USDT:USDT')).toEqual([]);
  });

  test('have a hole where no ladder was whole or none came, and forget what is too old', () => {
    const history = emptyHistory();
    remember(history, frame({ seconds: 0 }));
    remember(history, staleFrame({ seconds: 5 }));
    remember(history, frame({ seconds: 20 }));
    const isKept = recentLadders(history, 'BTC', PERP).map((slice) => slice !== null);
    expect(isKept.slice(-5)).toEqual([true, false, false, false, true]);
    remember(history, frame({ seconds: 20 + LIVE_SECONDS }));
    const later = recentLadders(history, 'BTC', PERP);
    expect(later.filter((slice) => slice !== null)).toHaveLength(1);
    expect(later.at(-1)).not.toBeNull();
  });
});

describe('closed cells', () => {
  test('a whole series replaces what was there, single cells go to its end', () => {
    const history = emptyHistory();
    const whole = series({ hours: 30 });
    remember(history, series({ hours: 200 }));
    remember(history, whole);
    expect(history.cells.get('BTC')).toEqual(whole.cells);
    const last = whole.cells.at(-1)!;
    const next = { ...last, close: micros(last.close + HOUR), d: 9 };
    remember(history, { ...whole, whole: false, cells: [next] });
    expect(history.cells.get('BTC')).toEqual([...whole.cells, next]);
  });

  test('a cell sent again replaces the one it corrects', () => {
    const history = emptyHistory();
    const whole = series({ hours: 30 });
    remember(history, whole);
    const corrected = { ...whole.cells[10]!, d: 123 };
    remember(history, { ...whole, whole: false, cells: [corrected] });
    const cells = history.cells.get('BTC')!;
    expect(cells).toHaveLength(30);
    expect(cells[10]).toEqual(corrected);
  });

  test('a month and a margin is kept, the oldest goes', () => {
    const history = emptyHistory();
    const long = series({ hours: 2000 });
    remember(history, long);
    expect(history.cells.get('BTC')).toEqual(long.cells.slice(-800));
  });
});

describe('events', () => {
  test('come newest first, those of an asset and of whole feeds, and the oldest are dropped', () => {
    const history = emptyHistory();
    for (let i = 0; i < 300; i += 1) {
      remember(
        history,
        event('gateOpened', `event ${i}`, i, i % 3 === 0 ? 'ETH' : i % 3 === 1 ? 'BTC' : null),
      );
    }
    const seen = eventsOf(history, 'BTC');
    expect(seen[0]!.text).toBe('event 299');
    expect(seen.some(({ asset }) => asset === 'ETH')).toBe(false);
    expect(history.events).toHaveLength(200);
    expect(history.events[0]!.text).toBe('event 100');
  });

  test('are made safe for a terminal when they come', () => {
    const history = emptyHistory();
    remember(history, event('feedLost', 'closed \u001B[2J\u0007by\nserver', 0, null));
    expect(eventsOf(history, 'BTC')[0]!.text).toBe('closed by server');
  });
});

test('the fixture begins where it says', () => {
  expect(new Date(T0 / 1000).toISOString()).toBe('2026-11-20T12:34:56.000Z');
});

test('a flood of liquidations does not wash away what else happened', () => {
  const history = emptyHistory();
  remember(history, event('gateOpened', 'the gate', 0));
  for (let i = 0; i < 1000; i += 1) remember(history, event('liquidation', `print ${i}`, i / 10));
  const events = eventsOf(history, 'BTC');
  expect(events.at(-1)?.text).toBe('the gate');
  expect(events[0]?.text).toBe('print 999');
  expect(events.length).toBeLessThanOrEqual(200);
});
