import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PolledExchange, type PollOutcome } from '../../src/feed/polled-exchange.ts';
import { createRandom } from '../../src/feed/random.ts';
import { RestClient } from '../../src/feed/rest.ts';
import type { FeedReport } from '../../src/model/record.ts';
import { ManualClock } from './support/manual-clock.ts';
import { ERRORS, ToyCcxt } from './support/toy-ccxt.ts';
import { ToyVenue } from './support/toy-venue.ts';
import { pass, until } from './support/until.ts';

let venue: ToyVenue;
let clock: ManualClock;
let rest: RestClient;
let toy: ToyCcxt;
let exchange: PolledExchange;
let reports: FeedReport[];

beforeEach(async () => {
  venue = await ToyVenue.start();
  clock = new ManualClock();
  rest = new RestClient(clock, createRandom(1));
  toy = new ToyCcxt();
  reports = [];
  exchange = new PolledExchange(toy, {
    rest,
    report: (report) => reports.push(report),
    pool: { name: 'toy-requests', budget: 30, limit: 60, windowMs: 60_000 },
    host: venue.rest,
  });
});

afterEach(async () => {
  rest.close();
  await venue.close();
});

function ask(question: (toy: ToyCcxt) => Promise<unknown> = ({ fetchTicker }) => fetchTicker('A')) {
  const seen: { outcome: PollOutcome | null } = { outcome: null };
  void exchange
    .ask(() => question(toy))
    .then((outcome) => {
      seen.outcome = outcome;
    });
  return seen;
}

/** Answers the first requests like this, and then well. */
function answers(...scripted: { status?: number; body?: string; headers?: object }[]) {
  const left = [...scripted];
  venue.http = (_, response) => {
    const { status = 200, body = '{"well":true}', headers = {} } = left.shift() ?? {};
    response.writeHead(status, { ...headers }).end(body);
  };
}

const restStates = () =>
  reports.flatMap((report) => (report.kind === 'rest' ? [report.state] : []));

describe('an exchange that is asked through ccxt', () => {
  test('is asked where the host says, under the paths that ccxt knows', async () => {
    answers();
    const seen = ask();
    await until('answered', () => seen.outcome !== null);
    expect(seen.outcome).toEqual({ state: 'ok', value: { well: true } });
    expect(venue.requests).toEqual(['/ticker?of=A']);
  });

  test('waits as long as a limit answer says, and asks again', async () => {
    answers({ status: 429, headers: { 'retry-after': '20' } });
    const seen = ask();
    await until('asked', () => restStates().includes('limited'));
    await pass(clock, 18_000);
    expect(venue.requests).toHaveLength(1);
    expect(seen.outcome).toBeNull();
    await pass(clock, 4000);
    expect(seen.outcome).toMatchObject({ state: 'ok' });
    expect(venue.requests).toHaveLength(2);
  });

  test('waits as well where the limit is in the body and no time is named', async () => {
    answers({ body: '{"error":"RateLimitExceeded"}' });
    const seen = ask();
    await until('asked', () => restStates().includes('limited'));
    await pass(clock, 58_000);
    expect(venue.requests).toHaveLength(1);
    await pass(clock, 4000);
    expect(seen.outcome).toMatchObject({ state: 'ok' });
  });

  test.each([
    ['418', 418],
    ['403', 403],
  ])('is left alone for ten minutes after %s', async (_, status) => {
    answers({ status });
    const seen = ask();
    await until('asked', () => restStates().includes('banned'));
    await pass(clock, 590_000, 10_000);
    expect(venue.requests).toHaveLength(1);
    await pass(clock, 20_000, 10_000);
    expect(seen.outcome).toMatchObject({ state: 'ok' });
  });

  test.each([
    [{ status: 451 }, 'refused', 'region refused'],
    [{ body: '{"error":"RestrictedLocation"}' }, 'refused', 'region refused'],
    [{ body: '{"error":"BadSymbol"}', status: 400 }, 'invalid', 'unknown symbol: http 400'],
    [{ body: '{"error":"AuthenticationError"}', status: 401 }, 'invalid', 'needs a key: http 401'],
  ])('says at once what is final: %o', async (answer, state, reason) => {
    answers(answer, answer);
    const seen = ask();
    await until('answered', () => seen.outcome !== null);
    expect(seen.outcome).toEqual({ state, reason });
    expect(venue.requests).toHaveLength(1);
  });

  test.each([
    [{ status: 503 }, 'under maintenance: http 503'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'http 302'],
    [{ body: '<html>busy</html>' }, 'answer is not JSON'],
    [{ body: '{"error":"ExchangeError"}' }, 'unexpected answer'],
  ])('is asked once more after what may pass: %o', async (answer, reason) => {
    answers(answer, answer);
    const seen = ask();
    await until('asked', () => venue.requests.length === 1);
    await pass(clock, 2000, 200);
    await until('answered', () => seen.outcome !== null);
    expect(seen.outcome).toEqual({ state: 'failed', reason });
    expect(venue.requests).toHaveLength(2);
  });

  test('whose host is gone has a short reason', async () => {
    await venue.close();
    const seen = ask();
    await pass(clock, 2000, 100);
    await until('answered', () => seen.outcome !== null);
    expect(seen.outcome).toEqual({ state: 'failed', reason: 'connection refused' });
  });

  test.each(Object.keys(ERRORS) as (keyof typeof ERRORS)[])(
    'never shows what ccxt writes into %s',
    async (name) => {
      const seen = ask(async () => {
        throw new ERRORS[name]();
      });
      await until('answered', () => seen.outcome !== null);
      expect(JSON.stringify(seen.outcome)).not.toMatch(/http|whole|toy/);
      expect(seen.outcome?.state).not.toBe('ok');
    },
  );

  test.each([
    ['an error of ccxt itself', new TypeError('Cannot read properties of undefined')],
    ['no error at all', 'text'],
    ['nothing', undefined],
  ])('survives %s', async (_, thrown) => {
    const seen = ask(() => Promise.reject(thrown));
    await until('answered', () => seen.outcome !== null);
    expect(seen.outcome).toEqual({ state: 'failed', reason: 'answer could not be read' });
  });

  test('is asked by POST where the venue wants that', async () => {
    const posted: string[] = [];
    venue.http = (request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => posted.push(text));
      request.on('end', () => response.end(JSON.stringify({ method: request.method })));
    };
    const seen = ask((each) =>
      each.fetch('https://toy.example/all', 'POST', {}, '{"kind":"perp"}'),
    );
    await until('answered', () => seen.outcome !== null);
    expect(seen.outcome).toEqual({ state: 'ok', value: { method: 'POST' } });
    expect(posted).toEqual(['{"kind":"perp"}']);
  });

  test.each([
    ['DELETE', undefined],
    ['PUT', '{}'],
    ['POST', undefined],
  ])('is never asked by %s with %o', async (method, body) => {
    answers();
    const seen = ask((each) => each.fetch('https://toy.example/order', method, {}, body));
    await until('answered', () => seen.outcome !== null);
    expect(seen.outcome).toEqual({
      state: 'invalid',
      reason: `asks by ${method}, which is not polled`,
    });
    expect(venue.requests).toEqual([]);
  });

  test('is over when the client is closed', async () => {
    venue.http = () => {};
    const seen = ask();
    await until('asked', () => venue.requests.length === 1);
    rest.close();
    await until('answered', () => seen.outcome !== null);
    expect(seen.outcome).toMatchObject({ state: 'closed' });
  });
});
