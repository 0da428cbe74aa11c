import { describe, expect, test } from 'vitest';
import { micros } from '../../src/model/units.ts';
import { createHeld, forget, note } from '../../src/signals/hold.ts';

const s = (seconds: number) => micros(seconds * 1e6);

describe('a state that is announced once it holds', () => {
  test('takes its first value at once and announces nothing', () => {
    const held = createHeld<string>();
    expect(note(held, 'calm', s(1), 5e6)).toBeUndefined();
    expect(held).toMatchObject({ announced: 'calm', since: s(1) });
  });

  test('announces a change after it has held, as having begun when it began', () => {
    const held = createHeld<string>();
    note(held, 'calm', s(1), 5e6);
    for (let second = 10; second < 15; second += 1)
      expect(note(held, 'stress', s(second), 5e6)).toBeUndefined();
    expect(note(held, 'stress', s(15), 5e6)).toBe('calm');
    expect(held).toMatchObject({ announced: 'stress', since: s(10) });
  });

  test('does not chatter at the edge of a threshold', () => {
    const held = createHeld<boolean>();
    note(held, false, s(0), 5e6);
    for (let second = 1; second < 100; second += 1)
      expect(note(held, second % 4 !== 0, s(second), 5e6)).toBeUndefined();
    expect(held.announced).toBe(false);
  });

  test('begins to hold anew when the candidate changes or is taken back', () => {
    const held = createHeld<string>();
    note(held, 'a', s(0), 5e6);
    note(held, 'b', s(1), 5e6);
    note(held, 'c', s(4), 5e6);
    expect(note(held, 'c', s(8), 5e6)).toBeUndefined();
    forget(held);
    expect(note(held, 'c', s(9), 5e6)).toBeUndefined();
    expect(note(held, 'c', s(14), 5e6)).toBe('a');
  });

  test('without a hold announces at once', () => {
    const held = createHeld<boolean>();
    note(held, false, s(0), 0);
    expect(note(held, true, s(1), 0)).toBe(false);
  });
});
