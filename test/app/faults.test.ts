import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/feed/random.ts';
import type { Frame } from '../../src/frame/frame.ts';
import { absent } from '../../src/model/reading.ts';
import { textOf } from '../../src/model/record.ts';
import { FAULT_KINDS, type FaultKind, type FaultSpec } from '../../src/sim/binance/faults.ts';
import { seedOf } from '../../src/sim/seed.ts';
import {
  INSTRUMENT,
  type Kind,
  type LineOptions,
  snapshotsWanted,
  WholeLine,
} from '../support/whole-line.ts';

/** `FAULT_SEED=7 vitest run test/app/faults.test.ts` tells the same stories of other markets, struck at other moments. */
const SEED = Number(process.env['FAULT_SEED'] ?? 20_260_711);

const DEPTH = 'btcusdt@depth@100ms';
const MARK = 'btcusdt@markPrice@1s';
const KINDS = ['perp', 'spot'] as const;
const MARKET = { perp: 'futures', spot: 'spot' } as const;
const SNAPSHOT = { perp: '/fapi/v1/depth', spot: '/api/v3/depth' } as const;

interface Story extends Omit<LineOptions, 'seed'> {
  /** Seconds after which streams are used to their own pace. */
  readonly warm?: number;
}

/**
 * Starts a line, waits until it is whole and live, lets the story happen at a moment that the seed picks, and proves afterwards that nothing unsound was
 * ever said, that it is live again and that the books are the venue's.
 */
function story(name: string, options: Story, tell: (line: WholeLine) => Promise<void>): void {
  test(name, async () => {
    for (const { kind } of options.faults ?? []) survived.add(kind);
    const seed = seedOf(SEED, name);
    const random = createRandom(seed);
    // Either mark has to stay on every line, whatever happens.
    const source = random() < 0.5 ? 'demo' : 'live';
    const line = await WholeLine.start({ seed, source, ...options });
    try {
      await line.live();
      await line.pass((options.warm ?? 0) + 2 * random());
      await tell(line);
      await line.live();
      await line.prove();
    } finally {
      await line.close();
    }
  });
}

/** Kinds of faults that were injected so far. */
const survived = new Set<FaultKind>();

function inject(line: WholeLine, ...faults: readonly FaultSpec[]): void {
  for (const fault of faults) {
    line.sim.faults.inject(fault);
    survived.add(fault.kind);
  }
}

/** What an asset's frame has to say of a book that was dropped. */
function expectDropped(frame: Frame, kind: Kind, reason: string): void {
  const gone = absent(`book resyncing: ${reason}`);
  expect(frame.book.byInstrument[INSTRUMENT[kind]]).toMatchObject({
    status: 'resyncing',
    reason: `resyncing: ${reason}`,
    mid: gone,
    microprice: gone,
    oib: gone,
    depthBid: gone,
    bids: [],
    asks: [],
  });
  expect(frame.quality).toContainEqual({
    subject: INSTRUMENT[kind],
    state: 'resyncing',
    reason: `book resyncing: ${reason}`,
  });
  expect(frame.basis.venue).toEqual(gone);
  if (kind === 'perp') expect(frame.price).toEqual(gone);
  else expect(frame.price.state).toBe('live');
}

/** Waits until a book was dropped for this reason and is whole again, and proves what was said at either moment. */
async function resyncs(line: WholeLine, kind: Kind, reason: string): Promise<void> {
  const dropped = () => line.events('bookResyncing', kind);
  await line.until(`${kind} dropped`, () => dropped().length > 0);
  const [first] = dropped();
  expect(first!.event.data).toEqual({ reason: `resyncing: ${reason}` });
  expectDropped(first!.frame, kind, reason);
  const wholeAgain = () => line.events('bookWhole', kind)[1];
  await line.until(`${kind} whole`, () => wholeAgain() !== undefined);
  const { frame } = wholeAgain()!;
  expect(frame.book.byInstrument[INSTRUMENT[kind]]).toMatchObject({
    status: 'whole',
    reason: null,
    mid: { state: 'live' },
  });
  await line.live();
  expect(dropped()).toHaveLength(1);
  expect(bookTrust(line, kind)).toMatchObject({ status: 'whole', resyncs: 1 });
}

/** An average of nothing: the only venue was left out, and why. */
const leftOut = (reason: string) => ({
  state: 'absent',
  reason: expect.stringMatching(new RegExp(`${reason}$`)),
});

const bookTrust = (line: WholeLine, kind: Kind) =>
  line.frame.trust.books.find(({ instrument }) => instrument === INSTRUMENT[kind])!;

/** Proves that nothing was dropped, lost or suspected. */
function expectUnmoved(line: WholeLine): void {
  for (const kind of ['bookResyncing', 'feedLost', 'feedBack', 'streamSuspect'] as const)
    expect(line.events(kind).map(({ event }) => event.text)).toEqual([]);
  for (const kind of KINDS) {
    expect(bookTrust(line, kind)).toMatchObject({ gaps: 0, resyncs: 0, crossed: 0 });
    expect(line.feed(kind)).toMatchObject({ state: 'live', reconnects: 0, dropped: 0 });
  }
}

describe(`what a stream says, seed ${SEED}`, () => {
  for (const kind of KINDS) {
    const market = MARKET[kind];

    story(`a gap drops the ${kind} book until a snapshot joins`, {}, async (line) => {
      inject(line, { kind: 'gap', market });
      await resyncs(line, kind, 'gap');
      expect(bookTrust(line, kind)).toMatchObject({ gaps: 1, crossed: 0 });
      expect(line.feed(kind)).toMatchObject({ state: 'live', reconnects: 0, rejected: 0 });
    });

    story(`two messages that change places are a gap in the ${kind} book`, {}, async (line) => {
      inject(line, { kind: 'reorder', market, target: DEPTH });
      await resyncs(line, kind, 'gap');
    });

    story(`a crossed ${kind} book is dropped and shows no level of it`, {}, async (line) => {
      inject(line, { kind: 'crossedBook', market });
      await resyncs(line, kind, 'crossed');
      expect(bookTrust(line, kind)).toMatchObject({ gaps: 0, crossed: 1 });
    });

    for (const variant of ['truncated', 'mangled'])
      story(
        `a ${variant} message of the ${kind} book is rejected, and missed as a gap`,
        {},
        async (line) => {
          inject(line, { kind: 'garbage', variant, market, target: DEPTH });
          await resyncs(line, kind, 'gap');
          expect(line.feed(kind).rejected).toBe(1);
          expect(line.notes(line.feed(kind).feed)).toEqual(['1 messages rejected']);
        },
      );

    story(`a malformed price in the ${kind} book costs that message`, {}, async (line) => {
      inject(line, { kind: 'malformedDecimal', variant: '6.1e4', market, target: DEPTH });
      await resyncs(line, kind, 'gap');
      expect(line.feed(kind).rejected).toBe(1);
    });

    story(`a silent ${kind} book grows stale, then suspect`, { warm: 20 }, async (line) => {
      inject(line, { kind: 'silent', market, target: DEPTH });
      await line.until('stale', () => line.book(kind).mid.state === 'stale', 5);
      await line.until('suspect', () => line.events('streamSuspect', kind).length > 0, 5);
      const { event, frame } = line.events('streamSuspect', kind)[0]!;
      expect(event.data).toMatchObject({ stream: DEPTH });
      expect(frame.book.byInstrument[INSTRUMENT[kind]]).toMatchObject({
        mid: { state: 'stale' },
        oib: { state: 'stale' },
      });
      expect(frame.quality).toContainEqual({
        subject: line.feed(kind).feed,
        state: 'suspect',
        reason: expect.stringMatching(`^${DEPTH}: silent for \\d s$`),
      });
      // Other streams of the socket speak, so the socket stays.
      await line.pass(20);
      expect(line.events('streamSuspect', kind)).toHaveLength(1);
      expect(line.events('feedLost')).toEqual([]);
      line.sim.faults.clear();
      // What it did not say is missing.
      await resyncs(line, kind, 'gap');
    });
  }

  story('messages that come twice change nothing', {}, async (line) => {
    for (const target of [DEPTH, 'btcusdt@bookTicker', MARK, 'btcusdt@miniTicker'])
      for (const market of ['futures', 'spot'] as const)
        inject(line, { kind: 'duplicate', count: 4, market, target });
    // Spot has no mark price; all others strike.
    await line.until('all struck', () => line.sim.faults.list().length === 1);
    expectUnmoved(line);
    expect(line.notes('binance-usdm')).toEqual([]);
  });

  story('quotes and prints that change places change nothing', {}, async (line) => {
    for (const target of ['btcusdt@bookTicker', 'btcusdt@aggTrade'])
      for (const market of ['futures', 'spot'] as const)
        inject(line, { kind: 'reorder', count: 4, market, target });
    await line.until('all struck', () => line.sim.faults.isQuiet);
    expectUnmoved(line);
  });

  story(
    'a message too many is rejected and counted, and nothing else changes',
    {},
    async (line) => {
      for (const market of ['futures', 'spot'] as const)
        inject(line, { kind: 'garbage', variant: 'text', count: 3, market });
      await line.until('all struck', () => line.sim.faults.isQuiet);
      await line.pass(2);
      expectUnmoved(line);
      for (const kind of KINDS) {
        expect(line.feed(kind)).toMatchObject({ rejected: 3, unfamiliar: 0 });
        expect(line.notes(line.feed(kind).feed)).toEqual(['3 messages rejected']);
      }
    },
  );

  story(
    'broken prints, quotes and marks are rejected, and nothing else changes',
    {},
    async (line) => {
      const targets = ['btcusdt@aggTrade', 'btcusdt@bookTicker', MARK];
      let struck = 0;
      const strike = async (fault: FaultSpec) => {
        inject(line, fault);
        await line.until(`${fault.kind} struck`, () => line.sim.faults.isQuiet);
        struck += 1;
      };
      for (const target of targets) {
        for (const variant of ['truncated', 'mangled'])
          await strike({ kind: 'garbage', variant, target, market: 'futures' });
        for (const variant of ['12,3.4', 'NaN', '', '-1', '1e400', '0x1F', 'Infinity', '٣'])
          await strike({ kind: 'malformedDecimal', variant, target, market: 'futures' });
      }
      await line.pass(2);
      expectUnmoved(line);
      expect(line.feed('perp').rejected).toBe(struck);
      expect(line.feed('spot').rejected).toBe(0);
    },
  );

  story(
    'unknown events and fields are named, and the rest of the message is used',
    {},
    async (line) => {
      for (const market of ['futures', 'spot'] as const)
        for (const kind of ['unknownEvent', 'unknownField'] as const)
          inject(line, { kind, count: 3, market, target: DEPTH });
      await line.until('all struck', () => line.sim.faults.isQuiet);
      expectUnmoved(line);
      const names = ['event lunarEclipse', 'depthUpdate.brandNew'];
      for (const kind of KINDS) {
        const feed = line.feed(kind);
        expect(feed).toMatchObject({ rejected: 0, unfamiliar: 2, unfamiliarNames: names });
        expect(line.notes(feed.feed)).toEqual([`2 unfamiliar: ${names.join(', ')}`]);
      }
    },
  );

  story(
    'a silent mark price is stale, then suspect, and so is what hangs on it',
    { warm: 20 },
    async (line) => {
      const liquidations = '!forceOrder@arr';
      inject(
        line,
        { kind: 'silent', target: MARK, durationMs: 35_000 },
        { kind: 'silent', target: liquidations },
      );
      const mark = () => line.frame.basis.mark;
      await line.until('stale', () => mark().state === 'stale', 5);
      await line.until('suspect', () => line.events('streamSuspect').length > 0, 5);
      await line.pass(24);
      const { frame } = line;
      for (const reading of [frame.basis.mark, frame.basis.index, frame.basis.fair])
        expect(reading.state).toBe('stale');
      expect(frame.funding.byVenue['binance']).toMatchObject({
        predicted: { state: 'stale' },
        rate8h: { state: 'stale' },
      });
      expect(frame.funding.oiWeighted).toMatchObject(leftOut('stale funding rate'));
      expect(frame.funding.excluded).toEqual(['binance: stale funding rate']);
      expect(frame.drift.mu.state).toBe('absent');
      expect(frame.price.state).toBe('live');
      // Said once each. Of those that are judged by it, the ones that go on speaking are trusted.
      expect(line.events('streamSuspect').map(({ event }) => event.data['stream'])).toEqual([
        MARK,
        liquidations,
      ]);
      expect(line.feed('perp').suspects).toEqual([
        expect.stringMatching(`^${MARK}: silent for \\d s$`),
        `${liquidations}: its sibling is silent`,
      ]);
      expect(line.events('feedLost')).toEqual([]);
      // The mark price speaks again, and with it the liquidations are trusted that still rest.
      await line.live(20);
      expect(line.sim.faults.list()).toHaveLength(1);
      expect(line.feed('perp').suspects).toEqual([]);
    },
  );

  story(
    'liquidations that are kept from us are no reason for suspicion: they may rest',
    {},
    async (line) => {
      const died = () => line.events('liquidation').length;
      await line.until('a first one', () => died() > 0, 600);
      inject(line, { kind: 'silent', target: '!forceOrder@arr' });
      const before = died();
      const { count } = line.frame.liquidations.h24;
      await line.pass(45);
      expect(died()).toBe(before);
      expect(line.frame.liquidations.h24.count).toEqual(count);
      expect(count).toMatchObject({ state: 'live', value: before, sampled: true, partial: true });
      expect(line.events('streamSuspect')).toEqual([]);
      line.sim.faults.clear();
      await line.until('the next one', () => died() > before, 600);
      expect(line.frame.liquidations.h24.count.value).toBe(died());
    },
  );
});

describe(`what happens to sockets, seed ${SEED}`, () => {
  story('a short stall makes everything stale, and loses nothing', { warm: 20 }, async (line) => {
    inject(line, { kind: 'stall', durationMs: 9000 });
    await line.until('stale', () => line.feed('perp').state === 'stale', 6);
    await line.until('suspect', () => line.feed('perp').suspects.length > 0, 6);
    const { frame } = line;
    expect(frame.price.state).toBe('stale');
    expect(frame.liquidations.h1.long.state).toBe('stale');
    for (const kind of KINDS)
      expect(line.notes(line.feed(kind).feed)).toContainEqual(
        expect.stringMatching(/^silent for \d s$/),
      );
    await line.live();
    expect(line.events('bookResyncing')).toEqual([]);
    expect(line.events('feedLost')).toEqual([]);
    for (const kind of KINDS) expect(bookTrust(line, kind)).toMatchObject({ gaps: 0, resyncs: 0 });
  });

  story(
    'a long stall costs the sockets, and every stream finds back to its own',
    { warm: 20 },
    async (line) => {
      inject(line, { kind: 'stall', market: 'futures', durationMs: 36_000 });
      await line.until(
        'the public socket is given up',
        () => line.events('bookResyncing').length > 0,
      );
      const { event, frame } = line.events('bookResyncing', 'perp')[0]!;
      expect(event.data['reason']).toMatch(/^resyncing: (no data for|silent) 3\d s$/);
      expect(line.frame.price.state).toBe('absent');
      expect(frame.basis.mark.state).toBe('stale');
      expect(line.events('feedLost', 'perp')[0]!.event.data['reason']).toMatch(
        /^market: (no data for|silent) 1\d s$/,
      );
      expect(line.feed('spot').state).toBe('live');
      await line.live(60);
      // And it stays so.
      await line.pass(30);
      expect(line.troubles()).toEqual([]);
      expect(line.feed('perp').suspects).toEqual([]);
    },
  );

  story(
    'a socket that stalls before it has a pace is given up for saying nothing',
    {},
    async (line) => {
      inject(line, { kind: 'stall', market: 'futures', family: 'market', durationMs: 18_000 });
      await line.until('given up', () => line.events('feedLost').length > 0, 20);
      expect(line.events('feedLost')[0]!.event.data['reason']).toMatch(/^market: silent 1[5-7] s$/);
      expect(line.frame.price.state).toBe('live');
      expect(line.frame.basis.mark.state).toBe('stale');
      await line.live();
      expect(line.events('bookResyncing')).toEqual([]);
    },
  );

  story('the loss of the market socket leaves the books alone', {}, async (line) => {
    inject(line, { kind: 'disconnect', market: 'futures', family: 'market' });
    await line.until('lost', () => line.events('feedLost').length > 0);
    const [{ event, frame }] = line.events('feedLost') as [ReturnType<typeof line.events>[number]];
    expect(event).toMatchObject({
      subject: 'binance-usdm',
      data: { reason: 'market: connection lost' },
    });
    expect(frame.trust.feeds).toMatchObject([{ state: 'disconnected' }, { state: 'live' }]);
    expect(frame.quality).toContainEqual({
      subject: 'binance-usdm',
      state: 'absent',
      reason: 'no feed: binance-usdm',
    });
    expect(frame.price.state).toBe('live');
    expect(frame.liquidations.h1.long.state).toBe('stale');
    await line.live();
    expect(line.events('feedBack')).toHaveLength(1);
    expect(line.events('bookResyncing')).toEqual([]);
    expect(line.feed('perp').reconnects).toBe(1);
  });

  story('the loss of the public socket drops the perp book and nothing else', {}, async (line) => {
    inject(line, { kind: 'disconnect', market: 'futures', family: 'public' });
    await resyncs(line, 'perp', 'connection lost');
    expect(line.events('bookResyncing', 'spot')).toEqual([]);
    expect(line.events('feedLost')).toHaveLength(1);
    expect(line.events('feedBack')).toHaveLength(1);
  });

  story('the loss of every socket drops every book, and all come back', {}, async (line) => {
    inject(line, { kind: 'disconnect' });
    await line.until('all lost', () => line.events('bookResyncing').length === 2);
    const { frame } = line;
    expect(frame.trust.feeds).toMatchObject([{ state: 'disconnected' }, { state: 'disconnected' }]);
    for (const kind of KINDS) {
      expect(line.notes(line.feed(kind).feed)).toEqual([`no feed: ${line.feed(kind).feed}`]);
      expect(line.book(kind).mid).toEqual(absent('book resyncing: connection lost'));
    }
    expect(frame.price).toEqual(absent('book resyncing: connection lost'));
    await line.live();
    expect(line.events('feedLost')).toHaveLength(3);
    expect(line.events('feedBack')).toHaveLength(3);
    expect(line.events('bookWhole')).toHaveLength(4);
  });

  story(
    'sockets that are refused are tried ever more slowly, told once, and come back',
    {},
    async (line) => {
      inject(line, { kind: 'refuseSockets', durationMs: 25_000 }, { kind: 'disconnect' });
      await line.until('refused', () => line.book('perp').reason === 'resyncing: http 503');
      await line.pass(20);
      const tries = line
        .reports('perp', 'disconnected')
        .filter(({ reason }) => reason === 'http 503');
      expect(tries.length).toBeGreaterThan(4);
      expect(tries.length).toBeLessThan(20);
      expect(line.events('feedLost')).toHaveLength(3);
      expect(line.frame.price).toEqual(absent('book resyncing: http 503'));
      expect(line.frame.basis.mark.state).toBe('stale');
      for (const kind of KINDS)
        expect(line.notes(line.feed(kind).feed)).toEqual([`no feed: ${line.feed(kind).feed}`]);
      // What is asked by request goes on.
      expect(line.frame.openInterest.coin.state).toBe('live');
      await line.live(60);
      expect(line.events('feedBack')).toHaveLength(3);
    },
  );

  story(
    'a snapshot from before the loss makes no book whole that has no stream',
    // By now a snapshot is fetched without a pause.
    { warm: 62 },
    async (line) => {
      inject(
        line,
        { kind: 'slow', count: 1, delayMs: 3000, target: SNAPSHOT.perp },
        { kind: 'gap', market: 'futures' },
      );
      await line.until('dropped', () => line.book('perp').status === 'resyncing');
      await line.pass(0.5);
      inject(line, { kind: 'refuseSockets', durationMs: 8000 }, { kind: 'disconnect' });
      const answers = line.from('perp', `rest:${SNAPSHOT.perp}`).length;
      await line.until(
        'the answer comes',
        () => line.from('perp', `rest:${SNAPSHOT.perp}`).length > answers,
        5,
      );
      expect(line.feed('perp').state).toBe('disconnected');
      expect(line.frame.price.state).toBe('absent');
      await line.live(60);
      const [, again] = line.events('bookWhole', 'perp');
      expect(line.events('bookWhole', 'perp')).toHaveLength(2);
      expect(again!.frame.trust.feeds[0]!.reconnects).toBeGreaterThan(0);
    },
  );

  story(
    'a venue that hears no pong closes, again and again, and is met again',
    {
      sim: {
        futuresRules: { pingEveryMs: 5000, pongWithinMs: 3000 },
        spotRules: { pingEveryMs: 5000, pongWithinMs: 3000 },
      },
    },
    async (line) => {
      inject(line, { kind: 'ignorePongs', durationMs: 20_000 });
      await line.until('closed', () => line.events('bookResyncing').length >= 2);
      for (const kind of KINDS) {
        const [first] = line.events('bookResyncing', kind);
        expect(first!.event.data).toEqual({ reason: 'resyncing: closed 1008' });
      }
      await line.until('closed again', () => line.feed('perp').reconnects > 2);
      line.sim.faults.clear();
      await line.live();
      const { reconnects } = line.feed('perp');
      await line.pass(20);
      expect(line.feed('perp').reconnects).toBe(reconnects);
    },
  );

  story('a venue that closes old sockets is met again', {}, async (line) => {
    inject(line, { kind: 'lifetime', market: 'futures', delayMs: 4000, durationMs: 6000 });
    await resyncs(line, 'perp', 'closed 1001');
    expect(line.events('feedLost', 'perp').map(({ event }) => event.data['reason'])).toContain(
      'market: closed 1001',
    );
    expect(line.events('feedLost', 'spot')).toEqual([]);
  });

  story(
    'sockets are replaced in good time, and nobody notices',
    { numbers: { rollAfterMs: 15_000 } },
    async (line) => {
      await line.pass(45);
      expectUnmoved(line);
      for (const kind of KINDS) {
        const rolls = line.reports(kind, 'disconnected');
        expect(rolls.length).toBeGreaterThanOrEqual(2);
        for (const roll of rolls)
          expect(roll).toMatchObject({ reason: 'planned roll', streams: [] });
      }
      expectEveryPrintOnce(line);
    },
  );

  story('an announced shutdown is met with a replacement, and nobody notices', {}, async (line) => {
    inject(line, { kind: 'shutdown', market: 'spot' });
    await line.until('replaced', () => line.reports('spot', 'disconnected').length > 0);
    await line.pass(35);
    expectUnmoved(line);
    expect(line.reports('spot', 'disconnected')).toMatchObject([{ streams: [] }]);
    expectEveryPrintOnce(line);
  });

  story(
    'a socket that will die of age is replaced as soon as that is announced',
    {},
    async (line) => {
      inject(line, { kind: 'lifetime', market: 'spot', delayMs: 40_000 });
      await line.until('replaced', () => line.reports('spot', 'disconnected').length > 0);
      line.sim.faults.clear();
      await line.pass(30);
      expectUnmoved(line);
      expectEveryPrintOnce(line);
    },
  );
});

/** Aggregate trades are numbered without a hole. */
function expectEveryPrintOnce(line: WholeLine): void {
  for (const kind of KINDS) {
    const ids = line
      .from(kind, 'btcusdt@aggTrade')
      .map(({ msg }) => (JSON.parse(textOf(msg)) as { data: { a: number } }).data.a);
    expect(ids.length).toBeGreaterThan(100);
    expect(ids).toEqual(ids.map((_, i) => ids[0]! + i));
  }
}

describe(`what requests are answered, seed ${SEED}`, () => {
  for (const [kind, status, word, hold] of [
    ['rateLimited', 429, 'limited', 15],
    ['banned', 418, 'banned', 130],
  ] as const)
    story(`${status} stops every request of the venue for as long as it says`, {}, async (line) => {
      inject(line, { kind, count: 2, retryAfter: hold });
      await line.until(word, () => line.feed('perp').rest.every(({ state }) => state === word));
      const { rest } = line.feed('perp');
      const { until } = rest[0]!;
      expect((until! - line.frame.tsLocal) / 1e6).toBeCloseTo(hold, 0);
      expect(line.notes('binance-usdm')).toEqual(rest.map(({ pool }) => `REST ${pool} ${word}`));
      expect(line.notes('binance-spot')).toEqual([`REST binance-spot ${word}`]);
      // Books that lose their place meanwhile have to wait, and say so.
      inject(line, { kind: 'gap', market: 'futures' }, { kind: 'gap', market: 'spot' });
      await line.pass(hold - 2);
      expect(line.frame.tsLocal).toBeLessThan(until!);
      expect(line.sim.faults.list()).toMatchObject([{ struck: 1 }]);
      for (const book of KINDS) expect(line.book(book).reason).toBe('resyncing: gap');
      expect(line.frame.price).toEqual(absent('book resyncing: gap'));
      line.sim.faults.clear();
      await line.live();
      for (const feed of KINDS)
        for (const pool of line.feed(feed).rest)
          expect(pool).toMatchObject({ state: 'ok', until: null });
    });

  test('403 gives the host up: what needs it grows stale and says so, the streams go on', async () => {
    const line = await WholeLine.start({ seed: seedOf(SEED, '403') });
    try {
      await line.live();
      inject(line, { kind: 'forbidden', market: 'futures', target: '/fapi/v1/openInterest' });
      const pool = () => line.feed('perp').rest.find(({ pool }) => pool === 'binance-futures')!;
      await line.until('refused', () => pool().state === 'refused', 15);
      expect(line.notes('binance-usdm')).toContain('REST binance-futures refused');
      expect(line.notes('binance-spot')).toEqual([]);
      await line.pass(40);
      expect(line.sim.faults.list()).toMatchObject([{ struck: 1 }]);
      const { frame } = line;
      expect(frame.price.state).toBe('live');
      expect(frame.basis.mark.state).toBe('live');
      expect(frame.openInterest.coin.state).toBe('stale');
      expect(frame.funding.oiWeighted).toMatchObject(leftOut('stale open interest'));
      await line.prove();
      // Without its host a book that loses its place cannot find it again.
      inject(line, { kind: 'gap', market: 'futures' });
      await line.pass(20);
      expectDropped(line.frame, 'perp', 'gap');
      expect(line.book('spot').status).toBe('whole');
      line.sound();
    } finally {
      await line.close();
    }
  });

  story('403 on the handshake is tried again until it is over', {}, async (line) => {
    inject(
      line,
      { kind: 'forbidden', family: 'public', durationMs: 6000 },
      { kind: 'disconnect', family: 'public' },
    );
    await line.until('refused', () => line.book('perp').reason === 'resyncing: http 403');
    expect(line.frame.price).toEqual(absent('book resyncing: http 403'));
    await line.live();
    expect(line.events('feedLost')).toHaveLength(1);
  });

  test('451 from the start: nothing is opened, and the other product lives', async () => {
    const line = await WholeLine.start({
      seed: seedOf(SEED, '451'),
      faults: [{ kind: 'regionRefused', market: 'futures', count: 5 }],
    });
    try {
      await line.until('spot is whole', () => line.events('bookWhole', 'spot').length === 1);
      await line.pass(30);
      survived.add('regionRefused');
      expect(line.sim.faults.list()).toMatchObject([{ struck: 1 }]);
      expect(line.notes('binance-usdm')).toContain('REST binance-futures refused');
      expect(line.reports('perp', 'connecting')).toEqual([]);
      expect(line.frame.price).toEqual(absent('no perp listed yet'));
      expect(line.frame.basis.spotMid.state).toBe('live');
      expect(line.feed('spot').state).toBe('live');
      line.sound();
    } finally {
      await line.close();
    }
  });

  story(
    'a start with broken answers takes longer and comes to the same',
    {
      faults: [
        { kind: 'serverError', count: 3 },
        { kind: 'emptyBody', count: 2 },
        { kind: 'truncatedBody', count: 2 },
        { kind: 'slow', count: 2, delayMs: 2000 },
        { kind: 'serverError', count: 2, target: SNAPSHOT.perp },
        { kind: 'truncatedBody', count: 2, target: SNAPSHOT.spot },
      ],
    },
    async (line) => {
      expect(line.sim.faults.isQuiet).toBe(true);
      for (const kind of KINDS)
        expect(line.feed(kind)).toMatchObject({ rejected: 0, reconnects: 0 });
    },
  );

  for (const [kind, count, seconds] of [
    ['serverError', 7, 60],
    ['emptyBody', 3, 30],
    ['truncatedBody', 3, 30],
  ] as const)
    story(`${kind}: the book waits, and asks until it is answered`, {}, async (line) => {
      inject(line, { kind, count, target: SNAPSHOT.perp }, { kind: 'gap', market: 'futures' });
      await line.until('all struck', () => line.sim.faults.isQuiet, seconds);
      expectDropped(line.frame, 'perp', 'gap');
      await line.live(seconds);
      expect(line.feed('perp').rejected).toBe(0);
      expect(line.events('bookResyncing')).toHaveLength(1);
    });

  story('a slow snapshot is waited for', {}, async (line) => {
    inject(
      line,
      { kind: 'slow', count: 1, delayMs: 6000, target: SNAPSHOT.spot },
      { kind: 'gap', market: 'spot' },
    );
    await line.until('dropped', () => line.book('spot').status === 'resyncing');
    await line.pass(5);
    expectDropped(line.frame, 'spot', 'gap');
    await resyncs(line, 'spot', 'gap');
  });

  story('a snapshot that takes too long is asked for again', {}, async (line) => {
    inject(
      line,
      { kind: 'slow', count: 2, delayMs: 25_000, target: SNAPSHOT.perp },
      { kind: 'gap', market: 'futures' },
    );
    await line.until('dropped', () => line.book('perp').status === 'resyncing');
    const start = line.seconds;
    await resyncs(line, 'perp', 'gap');
    expect(line.seconds - start).toBeGreaterThan(20);
  });

  for (const kind of KINDS)
    story(`${kind} snapshots that are too old are told and replaced`, {}, async (line) => {
      const market = MARKET[kind];
      inject(line, { kind: 'staleSnapshot', count: 3, market }, { kind: 'gap', market });
      const old = 'resyncing: snapshot too old';
      await line.until('too old', () => line.book(kind).reason === old);
      expectDropped(line.frame, kind, 'snapshot too old');
      expect(line.events('bookResyncing', kind)[0]!.event.data).toEqual({
        reason: 'resyncing: gap',
      });
      await line.live(60);
      expect(line.sim.faults.isQuiet).toBe(true);
      expect(bookTrust(line, kind)).toMatchObject({ gaps: 1, resyncs: 1 });
    });

  story(
    'the first snapshot is enough when its id is the one that the stream goes on from',
    { faults: [{ kind: 'snapshotAtPu', market: 'futures' }] },
    async (line) => {
      expect(line.sim.faults.isQuiet).toBe(true);
      expect(line.from('perp', `rest:${SNAPSHOT.perp}`)).toHaveLength(1);
      expectUnmoved(line);
    },
  );

  story(
    'the use of the budgets that is shown follows what is used, and its end',
    {},
    async (line) => {
      const used = (kind: Kind) => line.feed(kind).rest[0]!.used;
      await line.until('the start is counted', () => used('perp') > 20 && used('spot') > 20, 15);
      await line.pass(75);
      // A poll every ten seconds is left of it on one side, nothing on the other.
      expect(used('perp')).toBeGreaterThanOrEqual(5);
      expect(used('perp')).toBeLessThanOrEqual(8);
      expect(used('spot')).toBe(0);
    },
  );

  test('a book that waits asks with its first message, and every 15 s again', async () => {
    const line = await WholeLine.start({ seed: seedOf(SEED, 'waiting') });
    try {
      await line.live();
      await line.pass(40);
      const first = line.from('perp', DEPTH)[0]!.t;
      const asked = snapshotsWanted(line.records, 'perp');
      expect(asked.map((t) => Math.floor((t - first) / 1e6))).toEqual([0, 15, 30]);
    } finally {
      await line.close();
    }
  });
});

describe(`what the venue itself does, seed ${SEED}`, () => {
  for (const offsetMs of [-90_000, 37_000])
    test(`a clock that is ${offsetMs} ms ahead of ours is shown, and no number moves`, async () => {
      const seed = seedOf(SEED, 'skew');
      const faults = [{ kind: 'clockSkew', offsetMs } as const];
      const lines = await Promise.all([
        WholeLine.start({ seed }),
        WholeLine.start({ seed, faults }),
      ]);
      survived.add('clockSkew');
      try {
        for (const line of lines) await line.live();
        const latest = Math.max(...lines.map(({ seconds }) => seconds));
        for (const line of lines) await line.pass(latest + 30 - line.seconds);
        const [plain, skewed] = lines.map(({ frame }) => frame);
        for (const kind of KINDS) {
          const { clockOffset, lag } = lines[1]!.feed(kind);
          expect(Math.abs(clockOffset.value! / 1000 - offsetMs)).toBeLessThan(300);
          expect(Math.abs(lag.value! / 1000 + offsetMs)).toBeLessThan(300);
        }
        const numbers = ({ price, basis, funding, openInterest }: Frame) => ({
          price,
          mark: basis.mark,
          index: basis.index,
          venue: basis.venue,
          predicted: funding.byVenue['binance']!.predicted,
          rate8h: funding.byVenue['binance']!.rate8h,
          coin: openInterest.coin,
        });
        expect(numbers(skewed!)).toEqual(numbers(plain!));
        for (const reading of Object.values(numbers(skewed!))) expect(reading.state).toBe('live');
        for (const line of lines) {
          expectUnmoved(line);
          await line.prove();
        }
        // The skew ends while we run: the lag shows it at once.
        lines[1]!.sim.faults.clear();
        await lines[1]!.pass(3);
        expect(Math.abs(lines[1]!.feed('perp').lag.value!)).toBeLessThan(300_000);
        expect(lines[1]!.troubles()).toEqual([]);
      } finally {
        for (const line of lines) await line.close();
      }
    });

  story(
    'a funding interval that changes is told, and the 8h-equivalent rescaled',
    { numbers: { fundingInfoEveryMs: 15_000 } },
    async (line) => {
      const funding = () => line.frame.funding.byVenue['binance']!;
      const rate = () => funding().rate8h.value! / funding().predicted.value!;
      expect(funding().intervalHours).toEqual({ state: 'live', value: 8 });
      expect(rate()).toBe(1);
      for (const [from, to] of [
        [8, 4],
        [4, 1],
        [1, 8],
      ] as const) {
        const before = line.events('fundingIntervalChanged').length;
        inject(line, { kind: 'fundingInterval', hours: to });
        await line.until('told', () => line.events('fundingIntervalChanged').length > before);
        const { event, frame } = line.events('fundingIntervalChanged').at(-1)!;
        expect(event).toMatchObject({ subject: INSTRUMENT.perp, data: { from, to } });
        expect(event.text).toContain(`from ${from} h to ${to} h`);
        expect(frame.funding.byVenue['binance']!.intervalHours.value).toBe(to);
        expect(rate()).toBeCloseTo(8 / to, 9);
        const { rateAnnual, predicted, nextFundingTs } = funding();
        expect(rateAnnual.value! / predicted.value!).toBeCloseTo(8760 / to, 6);
        expect(nextFundingTs.value! % (to * 3_600_000_000)).toBe(0);
        expect(line.frame.funding.oiWeighted.value).toBeCloseTo(funding().rate8h.value!, 12);
      }
      expectUnmoved(line);
    },
  );
});

/** Told of every venue in `matrix/`. */
const TOLD_THERE: readonly FaultKind[] = ['frozenBook', 'disorderly'];

test('no fault was forgotten', () => {
  const told = new Set([...survived, ...TOLD_THERE]);
  expect(FAULT_KINDS.filter((kind) => !told.has(kind))).toEqual([]);
});
