import { describe, expect, test } from 'vitest';
import { bybitLinear } from '../../../src/venues/bybit/families.ts';
import { answer } from './support/decoder.ts';

const verdict = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  bybitLinear.verdict(status, headers, typeof body === 'string' ? body : JSON.stringify(body));

describe('an answer over HTTP', () => {
  test('with code 0 is good', () => {
    expect(verdict(200, answer({}))).toEqual({ state: 'ok', waitMs: 0, used: null, reason: '' });
  });

  test('403 locks us out for ten minutes', () => {
    expect(verdict(403, '403, access too frequent. Please try again later.')).toMatchObject({
      state: 'banned',
      waitMs: 600_000,
    });
  });

  test('403 that turns away a country is for good', () => {
    const body =
      'The Amazon CloudFront distribution is configured to block access from your country.';
    expect(verdict(403, body).state).toBe('refused');
    expect(verdict(451, '').state).toBe('refused');
  });

  test.each([
    [200, 10006],
    [200, 10016],
    [429, 10429],
    [429, 0],
  ])('status %i with code %i waits a second where no one says how long', (status, code) => {
    expect(verdict(status, answer({}, code))).toMatchObject({ state: 'limited', waitMs: 1000 });
  });

  test('that says when the limit is counted anew waits until then, a minute at most', () => {
    const at = (ms: number) =>
      verdict(200, answer({}, 10006), {
        'X-Bapi-Limit-Reset-Timestamp': String(1_791_504_000_000 + ms),
      }).waitMs;
    expect(at(4500)).toBe(4500);
    expect(at(-20)).toBe(1000);
    expect(at(3_600_000)).toBe(60_000);
  });

  test('that limits the address waits longer', () => {
    expect(verdict(200, answer({}, 10018))).toMatchObject({ state: 'limited', waitMs: 60_000 });
  });

  test('of a wrong question is not asked again', () => {
    expect(verdict(200, answer({}, 10001))).toMatchObject({
      state: 'invalid',
      reason: '10001 no',
    });
    expect(verdict(404, 'not found').state).toBe('invalid');
  });

  test('of the venue’s own trouble, or that is none, is tried again', () => {
    expect(verdict(502, '').state).toBe('failed');
    expect(verdict(200, answer({}, 10000)).state).toBe('failed');
    expect(verdict(200, '<html>').state).toBe('failed');
    expect(verdict(200, '{}').state).toBe('failed');
  });
});

describe('the server time', () => {
  test('is read to the nanosecond, else to the millisecond', () => {
    const time = (body: unknown) => bybitLinear.serverTime(JSON.stringify(body));
    expect(time(answer({ timeSecond: '1688639403', timeNano: '1688639403423213947' }))).toBeCloseTo(
      1688639403423.2139,
      3,
    );
    expect(time(answer({}))).toBe(1_791_504_000_000);
    expect(time({})).toBeUndefined();
    expect(bybitLinear.serverTime('{')).toBeUndefined();
  });
});
