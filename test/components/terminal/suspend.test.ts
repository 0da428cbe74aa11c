import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { suspend } from '../../../components/terminal/suspend.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function rig(platform = 'linux') {
  const done: string[] = [];
  const host = Object.assign(new EventEmitter(), {
    platform,
    kill: (pid: number, signal: string) => done.push(`kill ${pid} ${signal}`),
  });
  const ended = suspend({
    process: host,
    onStop: () => done.push('stop'),
    onContinue: () => done.push('continue'),
  });
  return { host, done, ended };
}

test('stops the whole group and goes on with SIGCONT', async () => {
  const { host, done, ended } = rig();
  expect(done).toEqual(['stop', 'kill 0 SIGTSTP']);
  host.emit('SIGCONT');
  await ended;
  expect(done.at(-1)).toBe('continue');
  expect(host.listenerCount('SIGCONT')).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('goes on by itself where nobody could bring the group back', async () => {
  const { host, done, ended } = rig();
  await vi.advanceTimersByTimeAsync(250);
  await ended;
  expect(done.at(-1)).toBe('continue');
  expect(host.listenerCount('SIGCONT')).toBe(0);
});

test('does nothing where there is no job control', async () => {
  const { done, ended } = rig('win32');
  await ended;
  expect(done).toEqual([]);
});
