import { expect, test } from 'vitest';
import { createTimeline, systemClock } from '../../src/feed/clock.ts';

const START_MS = 1_700_000_000_000;

function machine() {
  const time = { wall: START_MS, monotonic: 5000 };
  const now = createTimeline(
    () => time.wall,
    () => time.monotonic,
  );
  const pass = (ms: number) => {
    time.wall += ms;
    time.monotonic += ms;
  };
  return { time, now, pass };
}

test('time begins at the wall clock and counts whole microseconds of the monotonic counter', () => {
  const { now, pass } = machine();
  expect(now()).toBe(START_MS * 1000);
  pass(1.5);
  expect(now()).toBe(START_MS * 1000 + 1500);
});

test('two readings of one instant differ by a microsecond', () => {
  const { now } = machine();
  const first = now();
  expect(now()).toBe(first + 1);
  expect(now()).toBe(first + 2);
});

test('after a sleep, in which the monotonic counter stood still, time jumps to the wall clock', () => {
  const { time, now } = machine();
  now();
  time.wall += 3_600_000;
  expect(now()).toBe((START_MS + 3_600_000) * 1000);
});

test('a wall clock that is set back does not turn time back', () => {
  const { time, now, pass } = machine();
  now();
  time.wall -= 60_000;
  pass(10);
  expect(now()).toBe((START_MS + 10) * 1000);
});

test('the clock of the machine agrees with Date and never repeats itself', () => {
  const clock = systemClock();
  const readings = Array.from({ length: 1000 }, () => clock.now());
  expect(Math.abs(readings[0]! / 1000 - Date.now())).toBeLessThan(1000);
  for (let i = 1; i < readings.length; i += 1)
    expect(readings[i]!).toBeGreaterThan(readings[i - 1]!);
});

test('a delay beyond what a timer can hold does not fire at once', async () => {
  const clock = systemClock();
  let fired = false;
  const timer = clock.setTimer(() => {
    fired = true;
  }, 1e12);
  await new Promise<void>((resolve) => {
    clock.setTimer(resolve, 5);
  });
  clock.clearTimer(timer);
  expect(fired).toBe(false);
});
