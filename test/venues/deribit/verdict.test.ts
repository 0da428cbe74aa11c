import { expect, test } from 'vitest';
import { deribit } from '../../../src/venues/deribit/deribit.ts';

const error = (code: number, message = 'x') =>
  JSON.stringify({ jsonrpc: '2.0', error: { code, message, data: { reason: 'why' } } });

test.each([
  [200, '{"jsonrpc":"2.0","result":[]}', 'ok', ''],
  [200, '{"jsonrpc":"2.0","result":1790000000000}', 'ok', ''],
  [200, '<html>', 'failed', 'answer without a result'],
  [400, error(10028), 'limited', 'too many requests'],
  [200, error(10066), 'limited', 'too many requests'],
  [429, '', 'limited', 'too many connections'],
  [400, error(-32602, 'Invalid params'), 'invalid', '-32602 Invalid params: why'],
  [400, error(13778), 'invalid', '13778 x: why'],
  [400, error(11051), 'failed', '11051 x: why'],
  [400, error(10041), 'failed', '10041 x: why'],
  [503, '', 'failed', 'HTTP 503'],
  [404, '', 'invalid', 'HTTP 404'],
  [403, '', 'refused', 'refused by the firewall'],
  [451, '', 'refused', 'region refused'],
] as const)('HTTP %i with %s is %s', (status, body, state, reason) => {
  expect(deribit.verdict(status, {}, body)).toMatchObject({ state, reason, used: null });
});

test('a limit is waited for ten seconds at least', () => {
  for (const [status, body] of [
    [429, ''],
    [400, error(10028)],
  ] as const)
    expect(deribit.verdict(status, {}, body).waitMs).toBeGreaterThanOrEqual(10_000);
});

test('the time of the venue is the result itself', () => {
  expect(deribit.serverTime('{"jsonrpc":"2.0","result":1790000000000,"usIn":1}')).toBe(
    1790000000000,
  );
  for (const body of ['', '{}', '{"result":"1"}', '{"result":-1}', '{"result":1.5}'])
    expect(deribit.serverTime(body)).toBeUndefined();
});
