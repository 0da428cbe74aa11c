import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/feed/random.ts';
import { hourAt, hourOf } from '../../../src/market/hourly.ts';
import { BOOK_FAULTS, type FaultSpec } from '../../../src/sim/bybit/faults.ts';
import { seedOf } from '../../../src/sim/seed.ts';
import {
  BybitLine,
  FAMILIES,
  type Family,
  INSTRUMENT,
  type LineOptions,
  SYMBOL,
} from './support/line.ts';

/** `FAULT_SEED=7 vitest run test/sim/bybit/line.test.ts` tells the same stories of other markets, struck at other moments. */
const SEED = Number(process.env['FAULT_SEED'] ?? 20_261_125);

/**
 * Starts a line, waits until it is whole and live, lets the story happen at a moment that the seed picks, and proves afterwards that it is live again and
 * that the books are the venue's.
 */
function story(
  name: string,
  options: Omit<LineOptions, 'seed'>,
  tell: (line: BybitLine) => Promise<void>,
): void {
  test(name, { timeout: 120_000 }, async () => {
    const seed = seedOf(SEED, name);
    const line = await BybitLine.start({ seed, ...options });
    try {
      await line.live();
      await line.pass(2 * createRandom(seed)());
      await tell(line);
      await line.live(90);
      await line.prove();
    } finally {
      await line.close();
    }
  });
}

const depth = (family: Family) => `orderbook.1000.${SYMBOL[family]}`;

const inject = (line: BybitLine, ...faults: readonly FaultSpec[]): void => {
  for (const fault of faults) line.sim.faults.inject(fault);
};

/** Waits until a book was dropped for this reason and is whole again. */
async function resyncs(line: BybitLine, family: Family, reason: string): Promise<void> {
  await line.until(`${family} dropped`, () => line.about('bookResyncing', family).length > 0);
  expect(line.about('bookResyncing', family)[0]!.data).toEqual({ reason: `resyncing: ${reason}` });
  await line.until(`${family} whole`, () => line.about('bookWhole', family).length > 1);
}

/** Proves that nothing was dropped, lost or suspected. */
function expectUnmoved(line: BybitLine): void {
  for (const kind of ['bookResyncing', 'feedLost', 'feedBack', 'streamSuspect'] as const)
    expect(line.events.filter((event) => event.kind === kind).map(({ text }) => text)).toEqual([]);
}

describe(`Bybit from end to end, seed ${SEED}`, () => {
  story('is whole and live in all families, with nothing unfamiliar', {}, async (line) => {
    await line.pass(5);
    expectUnmoved(line);
    for (const family of FAMILIES)
      expect(line.feed(family)).toMatchObject({ rejected: 0, unfamiliar: 0, suspects: [] });
    expect(line.known).toEqual(
      expect.arrayContaining([
        'bybit:BTC/USDT:USDT',
        'bybit:BTC/USD:BTC',
        'bybit:BTC/USDT',
        'bybit:BTC/USDT:USDT-261225',
        'bybit:BTC/USD:BTC-261225',
      ]),
    );
    const perp = line.state(INSTRUMENT.linear);
    const inverse = line.state(INSTRUMENT.inverse);
    expect(perp).toMatchObject({ interval: { hours: 8, basis: 'listed' } });
    // The same coin in coins and in dollars: neither is off by a price.
    for (const { openInterest, volume24h, mark } of [perp, inverse]) {
      expect(volume24h!.notional / volume24h!.size / mark!.markPrice).toBeCloseTo(1, 1);
      expect(openInterest!.size).toBeGreaterThan(100);
      expect(openInterest!.size).toBeLessThan(1_000_000);
    }
    // The past was fetched, and its open interest is of the present's size.
    for (const { history, openInterest, settled } of [perp, inverse]) {
      const hour = hourOf(openInterest!.tsLocal) - 2;
      expect(hourAt(history.openInterest, hour) / openInterest!.size).toBeCloseTo(1, 1);
      expect(settled).not.toBeNull();
    }
    const dated = line.state('bybit:BTC/USDT:USDT-261225');
    expect(dated).toMatchObject({ predicted: null });
    expect(dated.mark!.markPrice / dated.mark!.indexPrice!).toBeCloseTo(1, 1);
  });

  story(
    'learns of listings that come in several pages',
    { server: { listingsPerPage: 2 } },
    async (line) => {
      expect(line.known).toContain('bybit:BTC/USDT:USDT-261225');
      expect(line.texts('linear', 'rest:/v5/market/instruments-info').length).toBeGreaterThan(1);
    },
  );

  story(
    'reads books of 200 levels where the settings say so',
    { channels: { depth: 'orderbook.200.{symbol}' } },
    async (line) => {
      await line.pass(5);
      for (const family of FAMILIES)
        expect(line.state(INSTRUMENT[family]).book.instrument.bookLevels).toBe(200);
      expectUnmoved(line);
    },
  );
});

describe(`what a book stream says, seed ${SEED}`, () => {
  for (const [fault, reason] of BOOK_FAULTS)
    for (const family of fault.kind === 'gap' ? FAMILIES : (['linear'] as const)) {
      const { kind, variant } = fault;
      const what = [kind, variant].filter((part) => part !== undefined).join(' ');
      if (reason === null)
        story(`${what} leaves the ${family} book whole`, {}, async (line) => {
          inject(line, { ...fault, family, target: depth(family), count: 2 });
          await line.until('struck', () => line.sim.faults.isQuiet);
          await line.pass(1);
          expectUnmoved(line);
        });
      else
        story(`${what} drops the ${family} book until its stream begins anew`, {}, async (line) => {
          inject(line, { ...fault, family, target: depth(family) });
          await resyncs(line, family, reason);
          expect(line.trust(family)).toMatchObject({ resyncs: 1, lenient: false });
          const other = family === 'spot' ? 'linear' : 'spot';
          expect(line.trust(other)).toMatchObject({ resyncs: 0, gaps: 0 });
        });
    }

  story('numbers that skip all the time are taken for what they are', {}, async (line) => {
    inject(line, {
      kind: 'skippedIds',
      family: 'linear',
      target: depth('linear'),
      durationMs: 240_000,
    });
    await line.until('lenient', () => line.trust('linear').lenient, 60);
    expect(line.trust('linear').gaps).toBe(4);
    await line.until('jumps', () => line.trust('linear').jumps > 10, 100);
    expect(line.troubles()).toMatchObject([{ subject: INSTRUMENT.linear, state: 'suspect' }]);
    // Whether that is right is compared with the REST book every minute; an answer that is old or slow does no harm.
    const target = '/v5/market/orderbook';
    inject(
      line,
      { kind: 'staleSnapshot', target },
      { kind: 'slow', target, delayMs: 2000, durationMs: 90_000 },
    );
    await line.until('compared', () => line.trust('linear').snapshotChecks > 0, 200);
    expect(line.trust('linear')).toMatchObject({ status: 'whole', snapshotMismatches: 0 });
    // A new connection begins without prejudice.
    inject(line, { kind: 'disconnect', family: 'linear' });
    await line.until('strict again', () => !line.trust('linear').lenient, 10);
  });

  story(
    'a snapshot that never comes is asked for until a REST book takes its place',
    {},
    async (line) => {
      inject(
        line,
        { kind: 'withheldSnapshot', count: 3, family: 'linear', target: depth('linear') },
        { kind: 'gap', family: 'linear', target: depth('linear') },
      );
      await resyncs(line, 'linear', 'gap');
      expect(line.texts('linear', 'rest:/v5/market/orderbook')).not.toEqual([]);
    },
  );

  story('a silent book grows stale, then suspect, while trades go on', {}, async (line) => {
    await line.pass(20);
    const { lastTrade } = line.state(INSTRUMENT.linear);
    inject(line, { kind: 'silent', family: 'linear', target: depth('linear') });
    await line.until('suspect', () => line.about('streamSuspect', 'linear').length > 0, 20);
    expect(line.about('streamSuspect', 'linear')[0]!.data).toMatchObject({
      stream: depth('linear'),
    });
    expect(line.frame.book.byInstrument[INSTRUMENT.linear]!.mid.state).toBe('stale');
    await line.until('a trade', () => line.state(INSTRUMENT.linear).lastTrade !== lastTrade);
    line.sim.faults.clear();
    await resyncs(line, 'linear', 'gap');
  });

  story('what other streams say twice or in another order changes nothing', {}, async (line) => {
    for (const target of ['orderbook.1', 'publicTrade', 'tickers'])
      for (const kind of ['duplicate', 'reorder'] as const)
        inject(line, { kind, count: 2, family: 'linear', target: `${target}.BTCUSDT` });
    await line.until('struck', () => line.sim.faults.isQuiet);
    expectUnmoved(line);
    expect(line.feed('linear')).toMatchObject({ rejected: 0, unfamiliar: 0 });
  });

  story(
    'broken prints, quotes and tickers are rejected, and nothing else changes',
    {},
    async (line) => {
      let struck = 0;
      for (const target of ['orderbook.1', 'publicTrade', 'tickers'])
        for (const variant of ['truncated', 'mangled']) {
          inject(line, { kind: 'garbage', variant, family: 'linear', target: `${target}.BTCUSDT` });
          await line.until(`${target} ${variant}`, () => line.sim.faults.isQuiet);
          struck += 1;
        }
      await line.pass(1);
      expectUnmoved(line);
      expect(line.feed('linear').rejected).toBe(struck);
    },
  );
});

describe(`what happens to sockets, seed ${SEED}`, () => {
  for (const code of [undefined, 1001])
    story(`a connection that is lost (${code ?? 'cut'}) is opened anew`, {}, async (line) => {
      inject(line, { kind: 'disconnect', family: 'linear', ...(code !== undefined && { code }) });
      await line.until('lost', () => line.about('feedLost', 'linear').length > 0);
      await line.until('back', () => line.about('feedBack', 'linear').length > 0);
      await line.live(60);
      expect(line.trust('linear')).toMatchObject({ resyncs: 1, gaps: 0 });
      expect(line.trust('inverse').resyncs).toBe(0);
    });

  story('a stall is a stale book and no gap', {}, async (line) => {
    inject(line, { kind: 'stall', family: 'linear', durationMs: 8000 });
    await line.until(
      'stale',
      () => line.frame.book.byInstrument[INSTRUMENT.linear]!.mid.state === 'stale',
    );
    await line.live(20);
    expect(line.trust('linear').gaps).toBe(0);
  });

  story(
    'a subscription that is refused is asked for stream by stream',
    {
      faults: [{ kind: 'refused', family: 'linear', target: depth('linear') }],
    },
    async (line) => {
      expect(line.trust('linear').status).toBe('whole');
      expectUnmoved(line);
    },
  );

  const idle = { idle: { afterMs: 30_000, silent: 'client', closing: 'cut' } } as const;
  story(
    'pings keep a socket open that would be closed for its silence',
    { server: { rules: idle } },
    async (line) => {
      await line.pass(70, 500);
      expectUnmoved(line);
    },
  );

  story(
    'without pings it is closed',
    { server: { rules: idle }, numbers: { pingEveryMs: 10_000_000 } },
    async (line) => {
      await line.until('closed', () => line.about('feedLost', 'linear').length > 0, 60, 500);
    },
  );

  story('doors that stay closed for a while are knocked at until they open', {}, async (line) => {
    inject(line, { kind: 'refuseSockets', durationMs: 5000 }, { kind: 'disconnect' });
    await line.until('lost', () => line.about('feedLost', 'linear').length > 0);
    await line.live(60);
  });
});

describe(`what happens to requests, seed ${SEED}`, () => {
  const budget = (line: BybitLine) => line.feed('linear').rest[0]!;

  story(
    'a limit is waited for, and the listings come',
    {
      faults: [{ kind: 'rateLimited', count: 2, retryAfter: 3 }],
    },
    async (line) => {
      expectUnmoved(line);
      expect(budget(line).state).toBe('ok');
    },
  );

  test('a ban is sat out for ten minutes, and the books stay', async () => {
    const line = await BybitLine.start({
      seed: seedOf(SEED, 'ban'),
      numbers: { fundingRateEveryMs: 10_000 },
    });
    try {
      await line.live();
      inject(line, { kind: 'forbidden', market: 'rest' });
      await line.until('banned', () => budget(line).state === 'banned', 30);
      const { until } = budget(line);
      expect(until! / 1e6 - line.clock.now() / 1e6).toBeGreaterThan(595);
      expect(line.troubles()).toMatchObject([{ state: 'limited', reason: 'REST bybit banned' }]);
      const asked = () => line.records.filter(({ chan }) => chan.startsWith('rest:')).length;
      const before = asked();
      await line.pass(25);
      expect(asked()).toBe(before);
      expectUnmoved(line);
      await line.prove();
    } finally {
      await line.close();
    }
  });

  for (const kind of ['serverError', 'emptyBody', 'truncatedBody'] as const)
    story(`${kind} at the start is tried again`, { faults: [{ kind, count: 4 }] }, async (line) => {
      expectUnmoved(line);
    });
});

describe(`what the venue changes, seed ${SEED}`, () => {
  story('an interval from 8 h to 4 h is an event', {}, async (line) => {
    inject(line, { kind: 'fundingInterval', symbol: 'BTCUSDT', hours: 4 });
    await line.until('told', () => line.about('fundingIntervalChanged', 'linear').length > 0);
    expect(line.state(INSTRUMENT.linear)).toMatchObject({ interval: { hours: 4 } });
    expect(line.state(INSTRUMENT.inverse)).toMatchObject({ interval: { hours: 8 } });
  });

  story(
    'a clock that is ahead is seen as an offset, and ages stay ours',
    {
      faults: [{ kind: 'clockSkew', offsetMs: 90_000 }],
    },
    async (line) => {
      await line.until('measured', () => line.feed('linear').clockOffset.state === 'live');
      expect(line.feed('linear').clockOffset.value! / 1e6).toBeCloseTo(90, 0);
      expectUnmoved(line);
    },
  );

  story(
    'liquidations name the position that died, and all are told',
    { stage: { scenario: 'cascade' } },
    async (line) => {
      await line.until(
        'some',
        () => line.events.filter(({ kind }) => kind === 'liquidation').length > 3,
        600,
        500,
      );
      const rows = line
        .texts('linear', 'allLiquidation.')
        .flatMap(
          (text) => (JSON.parse(text) as { data: { S: string; v: string; s: string }[] }).data,
        )
        .filter(({ s }) => s === 'BTCUSDT');
      const told = line.about('liquidation', 'linear');
      expect(told.length).toBe(rows.length);
      expect(told.map(({ data }) => data['side'])).toEqual(
        rows.map(({ S }) => (S === 'Buy' ? 'long' : 'short')),
      );

      expect(line.frame.liquidations.h24.count).not.toHaveProperty('sampled');
    },
  );
});
