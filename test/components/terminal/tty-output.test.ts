import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Surface } from '../../../components/terminal/surface.ts';
import { TtyOutput } from '../../../components/terminal/tty-output.ts';

const again = (): never => {
  throw Object.assign(new Error('resource temporarily unavailable'), { code: 'EAGAIN' });
};

/** A terminal that takes so many bytes per attempt. */
function terminal(take: (length: number) => number) {
  let shown = '';
  const size = Object.assign(new EventEmitter(), { columns: 90, rows: 30 });
  let now = 0;
  const output = new TtyOutput({
    size,
    write(bytes) {
      const taken = take(bytes.length);
      shown += Buffer.from(bytes.subarray(0, taken)).toString('latin1');
      return taken;
    },
    now: () => now,
    sleep: (ms) => {
      now += ms;
    },
  });
  const drained = vi.fn();
  output.on('drain', drained);
  return { output, size, drained, shown: () => shown };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a terminal that is never waited for', () => {
  test('takes all at once, without a word', () => {
    const { output, drained, shown } = terminal((length) => length);
    expect(output.write('frame')).toBe(true);
    expect(shown()).toBe('frame');
    vi.runAllTimers();
    expect(drained).not.toHaveBeenCalled();
    expect([output.columns, output.rows]).toEqual([90, 30]);
  });

  test('takes three bytes now and then: all of it comes, in order, and draining is told once', () => {
    let turn = 0;
    const { output, drained, shown } = terminal((length) =>
      (turn++ & 1) === 0 ? Math.min(3, length) : again(),
    );
    expect(output.write('first frame, ')).toBe(false);
    expect(output.write('mode switch')).toBe(false);
    expect(shown()).toBe('fir');
    vi.runAllTimers();
    expect(shown()).toBe('first frame, mode switch');
    expect(drained).toHaveBeenCalledOnce();
    expect(output.write('')).toBe(true);
  });

  test('that hangs is asked a few times a second, not without pause', () => {
    const attempts = vi.fn(again);
    const { output } = terminal(attempts);
    output.write('frame');
    vi.advanceTimersByTime(1000);
    expect(attempts.mock.calls.length).toBeGreaterThan(30);
    expect(attempts.mock.calls.length).toBeLessThan(100);
  });

  test('forgets what was discarded, and goes on with what comes then', () => {
    const { output, shown } = terminal((length) => (length > 4 ? again() : length));
    output.write('long frame');
    output.discard();
    output.write('bye');
    vi.runAllTimers();
    expect(shown()).toBe('bye');
  });

  test('tells of a new size', () => {
    const { output, size } = terminal((length) => length);
    const heard = vi.fn();
    output.on('resize', heard);
    size.emit('resize');
    expect(heard).toHaveBeenCalledOnce();
    output.close();
    size.emit('resize');
    expect(heard).toHaveBeenCalledOnce();
  });

  test.each(['EIO', 'EPIPE'])(
    'that is gone (%s) is an error once, and silence afterwards',
    (code) => {
      const { output } = terminal(() => {
        throw Object.assign(new Error('gone'), { code });
      });
      const heard = vi.fn();
      output.on('error', heard);
      output.write('frame');
      expect(heard).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code }));
      expect(output.write('more')).toBe(true);
      output.finish('bye');
      expect(heard).toHaveBeenCalledOnce();
      expect(vi.getTimerCount()).toBe(0);
    },
  );
});

test('nothing of a frame comes behind the farewell, however much of it was still to go', () => {
  let room = 60;
  const { output, shown } = terminal((length) => {
    if (room === 0) return again();
    const taken = Math.min(room, length);
    room -= taken;
    return taken;
  });
  const surface = new Surface(output, { keepsLastCell: false });
  surface.write('\u001B[?1049h');
  surface.set('panel', {
    x: 0,
    y: 0,
    w: 90,
    h: 2,
    rows: ['panel '.repeat(15), 'more '.repeat(18)],
  });
  surface.flush();
  expect(shown()).toContain('panel');
  expect(shown()).not.toContain('more');
  surface.set('panel', { x: 0, y: 0, w: 90, h: 2, rows: ['later', 'later'] });
  surface.flush();
  surface.write('\u001B[?1049l');
  room = 10_000;
  vi.runAllTimers();
  expect(shown()).not.toMatch(/more|later/);
  expect(shown().endsWith('\u001B[?7h\u001B[?1049l\u001B[?25h')).toBe(true);
  surface.close();
});

describe('last words', () => {
  test('come behind what waits, before the call returns', () => {
    let turn = 0;
    const { output, shown } = terminal((length) =>
      turn++ % 3 === 2 ? Math.min(4, length) : again(),
    );
    output.write('half of a frame');
    expect(output.finish(', restored')).toBe(true);
    expect(shown()).toBe('half of a frame, restored');
    vi.runAllTimers();
    expect(shown()).toBe('half of a frame, restored');
  });

  test('do not wait for ever for a terminal that takes nothing', () => {
    const attempts = vi.fn(again);
    const { output } = terminal(attempts);
    output.write('frame');
    expect(output.finish('restored')).toBe(false);
    // Two seconds of pauses of 2 ms.
    expect(attempts.mock.calls.length).toBeGreaterThan(900);
    expect(attempts.mock.calls.length).toBeLessThan(1100);
    vi.runAllTimers();
    expect(vi.getTimerCount()).toBe(0);
  });
});
