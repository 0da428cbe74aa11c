import { describe, expect, test } from 'vitest';
import { okx } from '../../../src/venues/okx/okx.ts';

const { verdict } = okx;
const said = (code: string, msg = '') => JSON.stringify({ code, msg, data: [] });

describe('an answer of OKX', () => {
  test('is good when its code is zero', () => {
    expect(verdict(200, {}, said('0'))).toEqual({ state: 'ok', waitMs: 0, used: null, reason: '' });
  });

  test.each([
    [429, said('50011', 'Too Many Requests')],
    [200, said('50011')],
    [429, 'slow down'],
    [200, said('50061')],
  ])('%i %s asks for a pause of more than its window', (status, body) => {
    const { state, waitMs } = verdict(status, {}, body);
    expect(state).toBe('limited');
    expect(waitMs).toBeGreaterThan(2000);
    expect(waitMs).toBeLessThanOrEqual(60_000);
  });

  test('is heeded where it says how long to wait, within reason', () => {
    expect(verdict(429, { 'Retry-After': '20' }, said('50011')).waitMs).toBe(20_000);
    expect(verdict(429, { 'retry-after': '99999' }, said('50011')).waitMs).toBe(60_000);
    expect(verdict(429, { 'retry-after': 'soon' }, said('50011')).waitMs).toBe(3000);
  });

  test.each([
    [503, said('50001', 'Service temporarily unavailable'), 'limited'],
    [429, said('50013'), 'limited'],
    [200, said('50013', 'Systems are busy'), 'limited'],
    [400, said('51001', 'Instrument ID does not exist'), 'invalid'],
    [200, said('51000', 'Parameter bar error'), 'invalid'],
    [404, 'not found', 'invalid'],
    [200, said('50026', 'System error'), 'failed'],
    [200, said('50004'), 'failed'],
    [502, '<html>', 'failed'],
    [302, '', 'failed'],
    [200, '<html>', 'failed'],
    [200, '{}', 'failed'],
    [403, '<html>', 'refused'],
    [451, '', 'refused'],
  ])('%i %s is %s', (status, body, state) => {
    expect(verdict(status, {}, body)).toMatchObject({ state });
  });

  test('tells its reason in a line that can be shown', () => {
    expect(verdict(400, {}, said('51001', 'no\u001b[31m')).reason).toBe('51001 no?[31m');
    expect(verdict(502, {}, '').reason).toBe('HTTP 502');
  });
});

test('the venue’s clock is read from its answer', () => {
  expect(okx.serverTime('{"code":"0","msg":"","data":[{"ts":"1597026383085"}]}')).toBe(
    1597026383085,
  );
  for (const body of [
    '',
    '{}',
    '{"data":[]}',
    '{"data":[{"ts":""}]}',
    '{"data":[{"ts":"x"}]}',
    '{"data":[null]}',
  ])
    expect(okx.serverTime(body)).toBeUndefined();
});
