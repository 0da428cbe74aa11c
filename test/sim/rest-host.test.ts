import { describe, expect, test } from 'vitest';
import { until } from './support/client.ts';
import { stage } from './support/stage.ts';
import { toy } from './support/toy-venue.ts';

async function hosted() {
  const { venue, market } = await stage([toy()]);
  const sim = venue('toy');
  const info = `${sim.endpoints['toy-linear']!['rest']!}/info`;
  const post = async (body: string) => {
    const answer = await fetch(info, { method: 'POST', body });
    return { status: answer.status, text: await answer.text() };
  };
  return { sim, market, info, post };
}

describe('a request', () => {
  test('comes with its body', async () => {
    const { post, market } = await hosted();
    const answer = await post('{"type":"meta"}');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ asked: '{"type":"meta"}', time: market.nowMs });
  });

  test('is answered by the venue whatever it asks for', async () => {
    const { info } = await hosted();
    const answer = await fetch(info);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([405, 'text/html']);
  });

  test('is refused when its body is too long', async () => {
    const { post } = await hosted();
    expect((await post('x'.repeat(3_000_000))).status).toBe(413);
    expect((await post('short')).status).toBe(200);
  });

  test('is refused by a fault in the venue’s words, where the fault points at it', async () => {
    const { sim, post } = await hosted();
    sim.faults.inject({ kind: 'forbidden', target: 'meta', count: 1 });
    expect((await post('book')).status).toBe(200);
    expect(await post('meta')).toEqual({ status: 418, text: '"toy: forbidden"' });
    expect((await post('meta')).status).toBe(200);
  });

  test('is held back by a fault for as long as the wall says', async () => {
    const { sim, post, market } = await hosted();
    const beganMs = market.nowMs;
    sim.faults.inject({ kind: 'slow', delayMs: 2000, count: 1 });
    const arrived: number[] = [];
    const pending = post('meta').then(() => arrived.push(market.nowMs));
    await until(sim, () => arrived.length > 0);
    await pending;
    expect(arrived[0]! - beganMs).toBeGreaterThanOrEqual(2000);
  });
});
