import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { binanceUsdm } from '../../../src/venues/binance/usdm.ts';

const { verdict } = binanceUsdm;
/** 20 seconds into a minute. */
const DATE = { Date: 'Thu, 08 Oct 2026 12:34:20 GMT' };
const error = (code: number, msg = '') => JSON.stringify({ code, msg });

describe('an HTTP answer', () => {
  test('of 200 with JSON is used, and tells the weight used so far', () => {
    expect(verdict(200, { 'X-MBX-USED-WEIGHT-1M': '37' }, '[]')).toEqual({
      state: 'ok',
      waitMs: 0,
      used: 37,
      reason: '',
    });
  });
  test.each([['x-mbx-used-weight-1m'], ['X-Mbx-Used-Weight-1m'], ['X-MBX-USED-WEIGHT-1M']])(
    'is read whatever the case of its headers: %s',
    (name) => {
      expect(verdict(200, { [name]: '5' }, '{}').used).toBe(5);
    },
  );
  test.each([[''], ['-1'], ['many'], ['1e3']])('with the weight %j tells none', (text) => {
    expect(verdict(200, { 'x-mbx-used-weight-1m': text }, '{}').used).toBeNull();
  });
  test.each(['', '<html>', '{"symbols":[', '[1,2'])('of 200 that reads %j has failed', (body) => {
    expect(verdict(200, {}, body)).toMatchObject({ state: 'failed', reason: 'answer is not JSON' });
  });
});

describe('too many requests', () => {
  test('wait as long as the venue says', () => {
    expect(verdict(429, { 'retry-after': '7' }, '')).toMatchObject({
      state: 'limited',
      waitMs: 7000,
    });
    const until = { ...DATE, 'Retry-After': 'Thu, 08 Oct 2026 12:34:50 GMT' };
    expect(verdict(429, until, '').waitMs).toBe(30_000);
  });
  test('wait to one second into the next minute where it says nothing', () => {
    expect(verdict(429, DATE, '').waitMs).toBe(41_000);
    expect(verdict(429, {}, '').waitMs).toBe(61_000);
  });
  test('are told by code as well', () => {
    expect(verdict(400, DATE, error(-1003, 'Too many requests'))).toMatchObject({
      state: 'limited',
      waitMs: 41_000,
    });
  });
  test('ban the address for at least two minutes', () => {
    expect(verdict(418, { 'Retry-After': '3600' }, '')).toMatchObject({
      state: 'banned',
      waitMs: 3_600_000,
    });
    expect(verdict(418, { 'Retry-After': '1' }, '').waitMs).toBe(120_000);
    expect(verdict(418, {}, '').waitMs).toBe(600_000);
    const until = Date.parse(DATE.Date) + 900_000;
    const said = error(-1003, `Way too many requests; IP banned until ${until}.`);
    expect(verdict(418, DATE, said).waitMs).toBe(900_000);
  });
  test.prop([fc.constantFrom(418, 429), fc.string()])(
    'wait between a second and three days, whatever the header says',
    (status, text) => {
      const { waitMs } = verdict(status, { 'retry-after': text }, '');
      expect(waitMs).toBeGreaterThanOrEqual(1000);
      expect(waitMs).toBeLessThanOrEqual(3 * 86_400_000);
    },
  );
});

describe('a refusal', () => {
  test.each([
    [403, 'refused by the firewall'],
    [451, 'region refused'],
  ])('%i is final for the host', (status, reason) => {
    expect(verdict(status, {}, '<html>')).toMatchObject({ state: 'refused', reason });
  });
});

describe('an error', () => {
  test('of the request is not repeated', () => {
    expect(verdict(400, {}, error(-1121, 'Invalid symbol.'))).toMatchObject({
      state: 'invalid',
      reason: '-1121 Invalid symbol.',
    });
    expect(verdict(404, {}, 'not found')).toMatchObject({ state: 'invalid', reason: 'HTTP 404' });
  });
  test('counts even where the status says 200', () => {
    expect(verdict(200, {}, error(-1121, 'Invalid symbol.')).state).toBe('invalid');
  });
  test.each([500, 502, 503, 504, 520, 408, 302, 0])('of the venue is repeated: %i', (status) => {
    expect(verdict(status, {}, '').state).toBe('failed');
  });
  test('of the venue told by code is repeated', () => {
    expect(verdict(400, {}, error(-1008, 'Server is currently overloaded')).state).toBe('failed');
  });
});
