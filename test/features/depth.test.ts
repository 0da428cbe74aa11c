import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { depth } from '../../src/features/depth.ts';
import { live } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { at, inputWith, listed, numberIn, reasonIn } from '../support/market.ts';
import { naiveQuantile } from '../support/naive.ts';

describe('depth and spread of an hour', () => {
  test('are absent before the first live second', () => {
    const { state } = listed();
    const memory = depth.create(DEFAULT_SETTINGS);
    depth.onTick!(memory, inputWith(state, at(1)));
    const entries = depth.read(memory, inputWith(state, at(1)));
    expect(reasonIn(entries, 'spreadQ90h1')).toBe('no samples this hour');
    expect(reasonIn(entries, 'depthMinH1')).toBe('no samples this hour');
  });

  test.prop([fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 80 })])(
    'are the 90 % quantile and the least of what was seen, as recomputed from scratch',
    (values) => {
      const { state } = listed();
      const memory = depth.create(DEFAULT_SETTINGS);
      // One sample per minute, so that the hour turns over.
      const seen: { readonly t: number; readonly value: number }[] = [];
      for (const [i, value] of values.entries()) {
        const now = at(60 * i);
        const input = inputWith(state, now, {
          sample: {
            spreadBps: live(value / 100),
            depthBid: live(value * 3),
            depthAsk: live(1000 - value),
          },
        });
        depth.onTick!(memory, input);
        seen.push({ t: 60 * i, value });
        const hour = seen.filter(({ t }) => t > 60 * i - 3600).map((sample) => sample.value);
        const entries = depth.read(memory, input);
        expect(numberIn(entries, 'spreadQ90h1')).toBeCloseTo(naiveQuantile(hour, 0.9) / 100, 12);
        expect(numberIn(entries, 'depthMinH1')).toBe(1000 + 2 * Math.min(...hour));
        expect(entries['spreadQ90h1']).toHaveProperty('partial', true);
      }
    },
  );

  test('are no longer partial once an hour of seconds is known', () => {
    const { state } = listed();
    const memory = depth.create(DEFAULT_SETTINGS);
    const sample = { spreadBps: live(1), depthBid: live(1), depthAsk: live(1) };
    for (let second = 1; second <= 3600; second += 1)
      depth.onTick!(memory, inputWith(state, at(second), { sample }));
    const entries = depth.read(memory, inputWith(state, at(3600), { sample }));
    expect(entries['spreadQ90h1']).toEqual(live(1));
    expect(entries['depthMinH1']).toEqual(live(2));
  });

  test('take no sample from a stale or absent book', () => {
    const { state } = listed();
    const memory = depth.create(DEFAULT_SETTINGS);
    const good = { spreadBps: live(1), depthBid: live(5), depthAsk: live(5) };
    depth.onTick!(memory, inputWith(state, at(1), { sample: good }));
    depth.onTick!(
      memory,
      inputWith(state, at(2), {
        sample: {
          spreadBps: { state: 'stale', value: 99, age: at(1) },
          depthBid: live(0),
          depthAsk: { state: 'stale', value: 0, age: at(1) },
        },
      }),
    );
    depth.onTick!(memory, inputWith(state, at(3)));
    const entries = depth.read(memory, inputWith(state, at(3)));
    expect(numberIn(entries, 'spreadQ90h1')).toBe(1);
    expect(numberIn(entries, 'depthMinH1')).toBe(10);
  });
});
