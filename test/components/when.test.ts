import { expect, test } from 'vitest';
import { whenOf } from '../../components/when.ts';
import { micros } from '../../src/model/units.ts';

const NEWEST = micros(Date.UTC(2026, 10, 20, 12, 34, 56) * 1000);
const utc = (text: string) => Date.parse(`${text}Z`) * 1000;

test.each([
  ['2024-08-08T23:57', utc('2024-08-08T23:57:00')],
  ['2024-08-08 23:57:10.5', utc('2024-08-08T23:57:10.500')],
  ['2024-08-08', utc('2024-08-08T00:00:00')],
  ['12:34', utc('2026-11-20T12:34:00')],
  ['9:05:07', utc('2026-11-20T09:05:07')],
])('%s is an instant', (text, time) => {
  expect(whenOf(text, NEWEST)).toEqual({ to: 'instant', time });
});

test('a time of day that is still to come today was yesterday', () => {
  expect(whenOf('12:35', NEWEST)).toEqual({ to: 'instant', time: utc('2026-11-19T12:35:00') });
});

test.each([
  ['-90s', 90e6],
  ['-5m', 300e6],
  ['-1h30m', 5400e6],
  ['-1.5H', 5400e6],
  ['-2d', 172_800e6],
])('%s is so long ago', (text, span) => {
  expect(whenOf(text, NEWEST)).toEqual({ to: 'ago', span });
});

test.each(['', '-', '-5', '5m', '25:00', '12:60', '2024-13-01', '2024-02-30T00:00', 'noon', '-5y'])(
  '%j is no time',
  (text) => {
    expect(whenOf(text, NEWEST)).toBeUndefined();
  },
);
