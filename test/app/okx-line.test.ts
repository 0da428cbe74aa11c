import { afterEach, describe, expect, test } from 'vitest';
import { textOf } from '../../src/model/record.ts';
import type { FaultKind } from '../../src/sim/okx/faults.ts';
import { okx } from '../../src/sim/okx/server.ts';
import { OKX_FAULTS } from '../support/okx-faults.ts';
import { VenueLine, type VenueLineOptions } from '../support/venue-line.ts';

const SEED = Number(process.env['FAULT_SEED'] ?? 20_261_011);
const PERP = 'okx:BTC/USDT:USDT';
const INVERSE = 'okx:BTC/USD:BTC';
const SPOT = 'okx:BTC/USDT';
const SWAP = 'BTC-USDT-SWAP';
const BOOKS = `books:${SWAP}`;
const BOOK_REQUEST = `rest:/api/v5/market/books?instId=${SWAP}`;

type Line = VenueLine<FaultKind>;
/** Simulated seconds cost real ones where others use the machine as well. */
const PATIENCE = { timeout: 90_000 };

const open: Line[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((line) => line.close()));
});

async function started(options: Partial<VenueLineOptions<FaultKind>> = {}): Promise<Line> {
  const line = await VenueLine.start({ part: okx(), venue: 'okx', seed: SEED, ...options });
  open.push(line);
  return line;
}

async function lively(options: Partial<VenueLineOptions<FaultKind>> = {}): Promise<Line> {
  const line = await started(options);
  await line.live();
  return line;
}

/** Book messages of the swap since an instant, parsed. */
const bookMessages = (line: Line) =>
  line.from(BOOKS).map(
    ({ msg }) =>
      JSON.parse(textOf(msg)) as {
        readonly action: string;
        readonly data: readonly { readonly seqId: number; readonly prevSeqId: number }[];
      },
  );

const count = (line: Line, kind: string, subject: string): number =>
  line.events.filter((event) => event.kind === kind && event.subject === subject).length;

describe('OKX, end to end', PATIENCE, () => {
  test('is whole, live and the venue’s own to the last level, with nothing unfamiliar', async () => {
    const line = await lively({ assets: ['BTC', 'PEPE'] });
    await line.pass(20);
    await line.prove();
    const { books, feeds } = line.frame().trust;
    expect(books.map(({ instrument, status }) => [instrument, status])).toEqual([
      [PERP, 'whole'],
      [INVERSE, 'whole'],
      [SPOT, 'whole'],
    ]);
    expect(feeds).toMatchObject([
      { state: 'live', rejected: 0, unfamiliar: 0, suspects: [], dropped: 0, reconnects: 0 },
    ]);
    const frame = line.frame();
    expect(frame.funding.byVenue['okx']).toMatchObject({
      predicted: { state: 'live' },
      settled: { state: 'live' },
      intervalHours: { value: 8 },
    });
    expect(frame.basis.fair.state).toBe('live');
    expect(line.frame('PEPE').price.state).toBe('live');
    // A cheap coin: prices per coin, and open interest in coins.
    expect(line.frame('PEPE').openInterest.coin).toMatchObject({ state: 'live' });
  });

  test('reads the history that the venue has: bars, marks, index, funding, open interest', async () => {
    const line = await lively({ numbers: { backfillDays: 3 } });
    await line.until(
      'all of it',
      () => line.reports('okx', 'backfill').some(({ done, of }) => done === of),
      120,
    );
    const asked = (path: string) => line.from(`rest:/api/v5/${path}`).length;
    for (const path of [
      'market/candles',
      'market/mark-price-candles',
      'market/index-candles',
      'public/funding-rate-history',
      'rubik/stat/contracts/open-interest-history',
    ])
      expect([path, asked(path) > 0]).toEqual([path, true]);
    expect(line.reports('okx', 'restFailed')).toEqual([]);
    expect(line.reports('okx', 'rest').filter(({ state }) => state !== 'ok')).toEqual([]);
    const { openInterest, drift } = line.frame();
    expect(openInterest.change24h.state).toBe('live');
    expect(drift.mu.state === 'live' || drift.mu.state === 'absent').toBe(true);
    await line.prove();
  });

  test('stays whole through a cascade, and its liquidations are those that were told', async () => {
    const line = await lively({ scenario: 'cascade' });
    await line.pass(45);
    await line.prove();
    const told = line.events.filter(({ kind }) => kind === 'liquidation');
    expect(told.length).toBeGreaterThan(0);
    const messages = line
      .from('liquidation-orders:SWAP')
      .map(({ msg }) => JSON.parse(textOf(msg)) as { data: { details: { ts: string }[] }[] });
    // The first message was history, and no event came of it.
    expect(messages[0]!.data.flatMap(({ details }) => details).length).toBeGreaterThan(2);
    const after = messages.slice(1).flatMap(({ data }) => data.flatMap(({ details }) => details));
    expect(told.length).toBe(after.length);
  });

  test('pings while nothing is said, and stays', async () => {
    const idle = { afterMs: 6_000, silent: 'both', closing: { code: 4004 } } as const;
    const line = await lively({
      part: okx({ rules: { idle } }),
      numbers: { pingEveryMs: 3_000, pongWithinMs: 2_000 },
    });
    await line.pass(2);
    line.sim.faults.inject({ kind: 'silent' });
    await line.pass(14);
    expect(line.reports('okx', 'disconnected')).toEqual([]);
    // And what should have spoken is called suspect.
    expect(line.feed('okx').suspects.join()).toContain(BOOKS);
    line.sim.faults.clear();
    await line.live();
    await line.prove();
  });
});

describe('a book of OKX that', PATIENCE, () => {
  test('lost a message is given up and asked for anew', async () => {
    const line = await lively();
    line.sim.faults.inject({ kind: 'gap', target: BOOKS });
    await line.until('a gap', () => line.book(PERP).gaps === 1);
    expect(line.notes(PERP)).toContain('book resyncing: gap');
    expect(line.book(INVERSE).status).toBe('whole');
    await line.live();
    await line.prove();
    expect(bookMessages(line).filter(({ action }) => action === 'snapshot')).toHaveLength(2);
    expect(line.from(BOOK_REQUEST)).toEqual([]);
    expect(count(line, 'bookResyncing', PERP)).toBe(1);
  });

  test('is numbered anew goes on', async () => {
    const line = await lively();
    await line.prove();
    line.sim.faults.inject({ kind: 'sequenceReset', target: BOOKS });
    const isReset = () => bookMessages(line).some(({ data: [row] }) => row!.seqId < row!.prevSeqId);
    await line.until('a reset', isReset);
    const { quoteChecks } = line.book(PERP);
    await line.pass(5);
    expect(line.book(PERP)).toMatchObject({ status: 'whole', gaps: 0, resyncs: 0 });
    // And is still compared with the venue's own best prices.
    expect(line.book(PERP).quoteChecks).toBeGreaterThan(quoteChecks);
    await line.prove();
  });

  test('begins without a snapshot begins with the answer of REST', async () => {
    const line = await started({ faults: [{ kind: 'noSnapshot' }] });
    await line.live();
    await line.prove();
    expect(bookMessages(line).filter(({ action }) => action === 'snapshot')).toEqual([]);
    expect(line.from(BOOK_REQUEST).length).toBeGreaterThan(0);
  });

  test('loses a message where books begin without a snapshot is mended by REST', async () => {
    const line = await started({ faults: [{ kind: 'noSnapshot' }] });
    await line.live();
    line.sim.faults.inject({ kind: 'gap', target: BOOKS });
    await line.until('a gap', () => line.book(PERP).gaps === 1);
    await line.live(60);
    await line.prove();
  });

  test('got a snapshot older than what it kept asks for another', async () => {
    const line = await lively({ faults: [{ kind: 'noSnapshot' }] });
    await line.pass(2);
    const before = line.from(BOOK_REQUEST).length;
    line.sim.faults.inject({ kind: 'staleSnapshot', symbol: SWAP });
    line.sim.faults.inject({ kind: 'disconnect' });
    await line.until('a loss', () => line.book(PERP).status !== 'whole');
    await line.live(60);
    await line.prove();
    expect(line.from(BOOK_REQUEST).length - before).toBeGreaterThan(1);
  });

  test('gets no beginning at all stays empty and tries on, without hammering', async () => {
    const line = await started({ faults: [{ kind: 'noSnapshot' }, { kind: 'noRestSeq' }] });
    await line.pass(50);
    expect(line.book(PERP).status).toBe('waiting');
    expect(line.notes(PERP)).toContain('book awaiting snapshot');
    const tries = line.from(BOOK_REQUEST).length;
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(8);
    line.sim.faults.clear();
    await line.live(60);
    await line.prove();
  });
});

describe('OKX struck', PATIENCE, () => {
  test.each(OKX_FAULTS)(
    'by $fault.kind $fault.variant, its books equal the venue’s again',
    async (story) => {
      const { fault, about, reason } = story;
      const line = await lively();
      line.sim.faults.inject(fault);
      const notes = () => line.notes(about === 'feed' ? 'okx' : PERP);
      if (reason !== null) {
        const isSaid = () => notes().some((note) => note.includes(reason));
        await line.until(reason, isSaid);
      } else {
        await line.until('the strike', () => line.sim.faults.isQuiet);
        await line.pass(3);
        expect(line.troubles()).toEqual([]);
        expect(line.book(PERP)).toMatchObject({ gaps: 0, resyncs: 0 });
      }
      await line.live();
      await line.prove();
    },
  );
});

describe('the feed of OKX', PATIENCE, () => {
  test('is rolled before the venue closes for maintenance, and nothing is lost', async () => {
    const line = await lively({ part: okx({ rules: { shutdownNoticeMs: 12_000 } }) });
    line.sim.faults.inject({ kind: 'shutdown' });
    await line.until('the roll', () => line.reports('okx', 'disconnected').length > 0, 60);
    expect(line.reports('okx', 'disconnected')).toMatchObject([
      { reason: 'planned roll', streams: [] },
    ]);
    await line.pass(15);
    expect(line.troubles()).toEqual([]);
    expect(line.reports('okx', 'disconnected')).toHaveLength(1);
    await line.prove();
  });

  test('is stalled, found out and replaced', async () => {
    const line = await lively({ numbers: { silenceMs: 8_000, pingEveryMs: 3_000 } });
    await line.pass(3);
    line.sim.faults.inject({ kind: 'stall' });
    // It answers pings and delivers nothing.
    await line.until('a loss', () => line.reports('okx', 'disconnected').length > 0, 120);
    line.sim.faults.clear();
    await line.live(60);
    await line.prove();
  });

  test('has a stream that stays silent: it is called suspect', async () => {
    const line = await lively({ numbers: { markPeriodMs: 2_000 } });
    // Until its pace is known.
    await line.pass(18);
    const stream = `mark-price:${SWAP}`;
    line.sim.faults.inject({ kind: 'silent', target: stream });
    await line.until('suspicion', () =>
      line.feed('okx').suspects.some((suspect) => suspect.startsWith(stream)),
    );
    line.sim.faults.clear();
    await line.live();
  });

  test('is refused a stream: it is suspect with the venue’s reason, the others live', async () => {
    const stream = `bbo-tbt:${SWAP}`;
    const line = await started({ faults: [{ kind: 'refusedStream', target: stream }] });
    await line.until('the books', () => line.book(INVERSE)?.status === 'whole');
    await line.pass(5);
    expect(line.feed('okx').suspects).toEqual([expect.stringMatching(/^bbo-tbt:.*60018/)]);
    expect(line.book(PERP).status).toBe('whole');
  });

  test('is limited by the venue, pauses and goes on', async () => {
    const line = await lively({ numbers: { instrumentsEveryMs: 5_000 } });
    line.sim.faults.inject({ kind: 'rateLimited', target: '/api/v5/public/instruments' });
    await line.until(
      'a pause',
      () => line.reports('okx', 'rest').some(({ state }) => state === 'limited'),
      20,
    );
    await line.until('the end of it', () => line.reports('okx', 'rest').at(-1)?.state === 'ok', 60);
    await line.live();
    await line.prove();
  });

  test('has a clock of its own: what it says is live all the same', async () => {
    const line = await started({ faults: [{ kind: 'clockSkew', offsetMs: -90_000 }] });
    await line.live(60);
    await line.until('its clock', () => line.feed('okx').clockOffset.state === 'live');
    expect(line.feed('okx').clockOffset).toMatchObject({
      value: expect.closeTo(-90_000_000, -6),
    });
    await line.prove();
  });

  test('learns a new funding interval', async () => {
    const line = await lively();
    line.sim.faults.inject({ kind: 'fundingInterval', hours: 4, symbol: SWAP });
    await line.until(
      'four hours',
      () => {
        const interval = line.frame().funding.byVenue['okx']?.intervalHours;
        return interval?.state === 'live' && interval.value === 4;
      },
      100,
    );
    expect(count(line, 'fundingIntervalChanged', PERP)).toBe(1);
  });
});
