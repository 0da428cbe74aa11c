import { describe, expect, test } from 'vitest';
import { type ScreenClock, ScreenStore } from '../../components/screen-store.ts';
import type { Frame } from '../../src/frame/frame.ts';
import { event, frame, series } from '../support/frames.ts';
import { scan } from '../support/scans.ts';

/** A clock that only moves when told to. */
function fakeClock() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const clock: ScreenClock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
  };
  const advance = (ms: number): void => {
    const end = now + ms;
    for (;;) {
      const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      now = Math.max(now, next.at);
      timers = timers.filter((one) => one !== next);
      next.run();
    }
    now = end;
  };
  return { clock, advance, pending: () => timers.length };
}

function open(fps = 10) {
  const { clock, advance, pending } = fakeClock();
  const store = new ScreenStore({ fps, clock });
  let told = 0;
  store.subscribe(() => {
    told += 1;
  });
  return { store, advance, pending, told: () => told };
}

describe('the pace', () => {
  test('however many lines come, listeners hear at most fps times a second, and the newest is shown', () => {
    const { store, advance, told } = open(10);
    for (let i = 0; i < 1000; i += 1) {
      store.receive(frame({ seconds: i / 100 }));
      advance(10);
    }
    expect(told()).toBeGreaterThanOrEqual(98);
    expect(told()).toBeLessThanOrEqual(102);
    advance(100);
    expect(store.state().frame).toEqual(frame({ seconds: 9.99 }));
  });

  test('nothing new, nothing told', () => {
    const { store, advance, told } = open();
    store.receive(frame());
    advance(100);
    const before = told();
    advance(2000);
    expect(told()).toBe(before);
  });

  test('a key is answered at once', () => {
    const { store, told } = open(0.5);
    store.receive(frame());
    const before = told();
    store.freeze(true);
    store.focusAsset('ETH');
    expect(told()).toBe(before + 2);
  });

  test('a new rate takes effect at once', () => {
    const { store, advance, told } = open(0.5);
    store.receive(frame());
    advance(1);
    store.fps = 20;
    const before = told();
    for (let i = 0; i < 100; i += 1) {
      store.receive(frame({ seconds: i / 100 }));
      advance(10);
    }
    expect(told() - before).toBeGreaterThan(15);
  });

  test('closing leaves no timer behind', () => {
    const { store, pending } = open();
    store.receive(frame());
    store.close();
    expect(pending()).toBe(0);
  });
});

describe('assets', () => {
  test('the first one is shown until another is chosen; the others keep their newest frame', () => {
    const { store, advance } = open();
    store.receive(frame({ asset: 'ETH' }));
    store.receive(frame({ asset: 'BTC', seconds: 1 }));
    advance(200);
    expect(store.state()).toMatchObject({ asset: 'ETH', assets: ['ETH', 'BTC'] });
    store.focusAsset('BTC');
    expect(store.state().frame?.asset).toBe('BTC');
  });

  test('an asset that never comes does not keep the others from being shown', () => {
    const { clock, advance } = fakeClock();
    const store = new ScreenStore({ fps: 10, clock, asset: 'SOL' });
    store.receive(frame({ asset: 'BTC' }));
    advance(200);
    expect(store.state().frame?.asset).toBe('BTC');
    store.receive(frame({ asset: 'SOL' }));
    advance(200);
    expect(store.state().frame?.asset).toBe('SOL');
  });

  test('beyond its bound an asset is left out and counted', () => {
    const { store, advance } = open();
    for (let i = 0; i < 70; i += 1) store.receive({ ...frame(), asset: `A${i}` });
    advance(200);
    expect(store.state().assets).toHaveLength(64);
    expect(store.state().assetsLeftOut).toBe(6);
  });
});

test('the newest scan is kept, and held while frozen, also where none had come yet', () => {
  const { store, advance } = open();
  store.receive(frame());
  store.freeze(true);
  store.receive(scan(2));
  advance(200);
  expect(store.state().scan).toBeNull();
  store.freeze(false);
  expect(store.state().scan).toEqual(scan(2));
  store.freeze(true);
  store.receive(scan(3));
  advance(200);
  expect(store.state().scan).toEqual(scan(2));
  store.freeze(false);
  expect(store.state().scan).toEqual(scan(3));
});

describe('freezing', () => {
  test('keeps frames and history as they were, and says how far the feeds have gone on', () => {
    const { store, advance } = open();
    store.receive(series());
    store.receive(frame());
    store.freeze(true);
    const held = store.state();
    for (let s = 1; s <= 42; s += 1) store.receive(frame({ seconds: s }));
    store.receive(event('gateOpened', 'later', 42));
    advance(200);
    const now = store.state();
    expect(now.frame).toBe(held.frame);
    expect(now.history.events).toEqual([]);
    expect(now.frozen?.behind).toBe(42_000_000);
    store.freeze(false);
    expect(store.state().frozen).toBeNull();
    expect(store.state().frame).toEqual(frame({ seconds: 42 }));
    expect(store.state().history.events).toHaveLength(1);
  });

  test('another asset can be looked at while frozen, as it was then', () => {
    const { store } = open();
    store.receive(frame({ asset: 'BTC' }));
    store.receive(frame({ asset: 'ETH' }));
    store.freeze(true);
    store.receive(frame({ asset: 'ETH', seconds: 9 }));
    store.focusAsset('ETH');
    expect(store.state().frame).toEqual(frame({ asset: 'ETH' }));
  });
});

describe('silence', () => {
  test('is told after three seconds without a line, goes on growing, and ends with the next line', () => {
    const { store, advance } = open();
    store.receive(frame());
    advance(2500);
    expect(store.state().silentMs).toBeNull();
    advance(2000);
    const first = store.state().silentMs!;
    expect(first).toBeGreaterThan(3000);
    advance(2000);
    expect(store.state().silentMs!).toBeGreaterThan(first);
    store.receive(frame({ seconds: 7 }));
    advance(1200);
    expect(store.state().silentMs).toBeNull();
  });

  test('an end is told at once and with its reason', () => {
    const { store } = open();
    store.receive(frame());
    store.end('end of the recording');
    expect(store.state().ended).toBe('end of the recording');
  });
});

test('a notice goes away by itself', () => {
  const { store, advance } = open();
  store.receive(frame());
  store.notice('theme light');
  expect(store.state().notice).toEqual({ text: 'theme light', tone: 'info' });
  advance(12_000);
  expect(store.state().notice).toBeNull();
});

test('a state never changes after it was handed out', () => {
  const { store, advance } = open();
  store.receive(frame());
  advance(200);
  const before = store.state();
  const frames = new Map<string, Frame>(before.frames);
  store.receive(frame({ seconds: 5 }));
  store.receive(frame({ asset: 'SOL' }));
  advance(200);
  expect(before.frames).toEqual(frames);
  expect(before.assets).toEqual(['BTC']);
});

describe('the line to the terminal', () => {
  test('is measured over the last five seconds, and never guessed', () => {
    const { clock, advance } = fakeClock();
    let bytes = 1000;
    const store = new ScreenStore({ fps: 10, clock, bytesWritten: () => bytes });
    const load = () => {
      store.notice('look');
      return store.state().terminal;
    };
    expect(load()).toMatchObject({ bytes: { value: 1000 }, bytesPerSecond: { state: 'absent' } });
    for (let second = 0; second < 3; second += 1) {
      bytes += 500;
      advance(1000);
    }
    expect(load()).toMatchObject({ bytes: { value: 2500 }, bytesPerSecond: { value: 500 } });
    advance(60_000);
    expect(load()).toMatchObject({ bytes: { value: 2500 }, bytesPerSecond: { value: 0 } });
    store.close();
  });

  test('says what it carries and that it holds frames back, only while it does', () => {
    const { clock, advance } = fakeClock();
    let load = {
      bytesPerSecond: 30_000 as number | null,
      roundTripMs: 40 as number | null,
      framesPerSecond: 2.4,
      mostFramesPerSecond: 2.5,
    };
    const store = new ScreenStore({ fps: 10, clock, bytesWritten: () => 1, load: () => load });
    const seen = () => {
      advance(1000);
      store.notice('look');
      return store.state().terminal;
    };
    expect(seen()).toMatchObject({
      framesPerSecond: { value: 2.4 },
      linkBytesPerSecond: { value: 30_000 },
      roundTripMs: { value: 40 },
      heldBelow: 10,
    });
    load = {
      bytesPerSecond: null,
      roundTripMs: null,
      framesPerSecond: 9.8,
      mostFramesPerSecond: Infinity,
    };
    expect(seen()).toMatchObject({
      framesPerSecond: { value: 9.8 },
      linkBytesPerSecond: { state: 'absent' },
      roundTripMs: { state: 'absent', reason: 'the terminal does not answer' },
      heldBelow: null,
    });
    // Fewer frames than the line carries are nobody's fault when fewer are wanted.
    load = { ...load, mostFramesPerSecond: 3 };
    store.fps = 2;
    expect(seen().heldBelow).toBeNull();
    store.close();
  });

  test('is not known where nobody counts', () => {
    const { store } = open();
    expect(store.state().terminal.bytesPerSecond.state).toBe('absent');
    store.close();
  });
});
