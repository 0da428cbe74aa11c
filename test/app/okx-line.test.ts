import { afterEach, describe, expect, test } from 'vitest';
import { textOf } from '../../src/model/record.ts';
import { VenueLine } from '../support/venue-line.ts';

const SEED = Number(process.env['FAULT_SEED'] ?? 20_261_011);
const PERP = 'okx:BTC/USDT:USDT';
const INVERSE = 'okx:BTC/USD:BTC';
const SPOT = 'okx:BTC/USDT';
const SWAP = 'BTC-USDT-SWAP';
const BOOKS = `books:${SWAP}`;
const BOOK_REQUEST = `rest:/api/v5/market/books?instId=${SWAP}`;

/** Simulated seconds cost real ones where others use the machine as well. */
const PATIENCE = { timeout: 90_000 };

const open: VenueLine[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((line) => line.close()));
});

type Options = Partial<Parameters<typeof VenueLine.start>[0]>;

async function started(options: Options = {}): Promise<VenueLine> {
  const line = await VenueLine.start({ seed: SEED, venues: ['okx'], ...options });
  open.push(line);
  return line;
}

async function lively(options: Options = {}): Promise<VenueLine> {
  const line = await started(options);
  await line.live();
  return line;
}

const from = (line: VenueLine, chan: string) =>
  line.records.filter((record) => record.chan.startsWith(chan));

/** Book messages of the swap, parsed. */
const bookMessages = (line: VenueLine) =>
  from(line, BOOKS).map(
    ({ msg }) =>
      JSON.parse(textOf(msg)) as {
        readonly action: string;
        readonly data: readonly { readonly seqId: number; readonly prevSeqId: number }[];
      },
  );

const snapshots = (line: VenueLine): number =>
  bookMessages(line).filter(({ action }) => action === 'snapshot').length;

const bookOf = (line: VenueLine, id: string) =>
  line.books.find(({ instrument }) => instrument === id)!;

describe('OKX, end to end', PATIENCE, () => {
  test('is whole, live and the venue’s own to the last level, with nothing unfamiliar', async () => {
    const line = await lively({ assets: ['BTC', 'PEPE'] });
    await line.pass(20);
    line.proven();
    const { books, feeds } = line.frame.trust;
    expect(books.map(({ instrument, status }) => [instrument, status])).toEqual([
      [PERP, 'whole'],
      [INVERSE, 'whole'],
      [SPOT, 'whole'],
    ]);
    for (const { quoteChecks } of books) expect(quoteChecks).toBeGreaterThan(10);
    expect(feeds).toMatchObject([
      { state: 'live', rejected: 0, unfamiliar: 0, suspects: [], dropped: 0, reconnects: 0 },
    ]);
    expect(line.frame.funding.byVenue['okx']).toMatchObject({
      predicted: { state: 'live' },
      settled: { state: 'live' },
      intervalHours: { value: 8 },
    });
    expect(line.frame.basis.fair.state).toBe('live');
    // A cheap coin in large contracts: prices and open interest by the coin.
    const pepe = line.frameOf('PEPE');
    expect(pepe.price.value).toBeLessThan(0.01);
    expect(pepe.openInterest.coin.value).toBeGreaterThan(1e9);
  });

  test('reads the history that the venue has, within its limits', async () => {
    const line = await lively({ numbers: { backfillDays: 3 } });
    const isDone = () =>
      line.reportsOf('okx', 'backfill').some(({ done, of }) => of > 0 && done === of);
    await line.until('all of it', isDone, 120);
    for (const path of [
      'market/candles',
      'market/mark-price-candles',
      'market/index-candles',
      'public/funding-rate-history',
      'rubik/stat/contracts/open-interest-history',
    ])
      expect([path, from(line, `rest:/api/v5/${path}`).length > 0]).toEqual([path, true]);
    expect(line.reportsOf('okx', 'restFailed')).toEqual([]);
    expect(line.reportsOf('okx', 'rest').filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(line.frame.openInterest.change24h.state).toBe('live');
    line.proven();
  });

  test('stays whole through a cascade, and its liquidations are those that were told', async () => {
    const line = await lively({ scenario: 'cascade' });
    await line.pass(45);
    line.proven();
    const told = line.eventsOf('liquidation');
    expect(told.length).toBeGreaterThan(0);
    const messages = from(line, 'liquidation-orders:SWAP').map(
      ({ msg }) => JSON.parse(textOf(msg)) as { data: { details: { ts: string }[] }[] },
    );
    // The first message was history, and no event came of it.
    expect(messages[0]!.data.flatMap(({ details }) => details).length).toBeGreaterThan(2);
    const after = messages.slice(1).flatMap(({ data }) => data.flatMap(({ details }) => details));
    expect(told.length).toBe(after.length);
  });

  test('pings while nothing is said, so that the venue does not close', async () => {
    const line = await lively({ numbers: { silenceMs: 100_000 } });
    await line.pass(2);
    line.inject({ kind: 'silent', durationMs: 40_000 });
    await line.pass(38);
    expect(line.reportsOf('okx', 'disconnected')).toEqual([]);
    // And what should have spoken is called suspect.
    expect(line.trustIn('okx').suspects.join()).toContain(BOOKS);
    await line.live();
    line.proven();
  });

  test('is rolled before the venue closes for maintenance, and nothing is lost', async () => {
    const line = await lively();
    line.inject({ kind: 'shutdown' });
    const losses = () => line.reportsOf('okx', 'disconnected');
    await line.until('the roll', () => losses().length > 0);
    expect(losses()).toMatchObject([{ reason: 'planned roll', streams: [] }]);
    await line.pass(65);
    expect(line.troubles()).toEqual([]);
    expect(losses()).toHaveLength(1);
    line.proven();
  });

  test('pauses when it is limited, and goes on', async () => {
    const line = await lively({ numbers: { instrumentsEveryMs: 5_000 } });
    line.inject({ kind: 'rateLimited', target: '/api/v5/public/instruments' });
    const states = () => line.reportsOf('okx', 'rest').map(({ state }) => state);
    await line.until('a pause', () => states().includes('limited'), 20);
    await line.until('the end of it', () => states().at(-1) === 'ok');
    await line.live();
  });
});

describe('a book of OKX that', PATIENCE, () => {
  test('lost a message is given up and asked for anew, and REST is not asked', async () => {
    const line = await lively();
    line.inject({ kind: 'gap', target: BOOKS });
    await line.until('a gap', () => bookOf(line, PERP).gaps === 1);
    expect(line.notes(PERP)).toContain('book resyncing: gap');
    expect(bookOf(line, INVERSE).status).toBe('whole');
    await line.live();
    line.proven();
    expect(snapshots(line)).toBe(2);
    expect(from(line, BOOK_REQUEST)).toEqual([]);
  });

  test('is numbered anew goes on, and is still compared with the best prices', async () => {
    const line = await lively();
    line.inject({ kind: 'sequenceReset', target: BOOKS } as never);
    await line.until('a reset', () =>
      bookMessages(line).some(({ data: [row] }) => row!.seqId < row!.prevSeqId),
    );
    const { quoteChecks } = bookOf(line, PERP);
    await line.pass(5);
    expect(bookOf(line, PERP)).toMatchObject({ status: 'whole', gaps: 0, resyncs: 0 });
    expect(bookOf(line, PERP).quoteChecks).toBeGreaterThan(quoteChecks);
    line.proven();
  });

  test('begins without a snapshot, or loses its place so, begins with the answer of REST', async () => {
    const line = await started({ faults: [{ kind: 'noSnapshot' } as never] });
    await line.live();
    line.proven();
    expect(snapshots(line)).toBe(0);
    const asked = from(line, BOOK_REQUEST).length;
    expect(asked).toBeGreaterThan(0);
    line.inject({ kind: 'gap', target: BOOKS });
    await line.until('a gap', () => bookOf(line, PERP).gaps === 1);
    await line.live(60);
    line.proven();
    expect(from(line, BOOK_REQUEST).length).toBeGreaterThan(asked);
  });

  test('gets no beginning at all stays empty and tries on, without hammering', async () => {
    const line = await started({
      faults: [{ kind: 'noSnapshot' } as never, { kind: 'noRestSeq' } as never],
    });
    await line.pass(50);
    expect(bookOf(line, PERP).status).toBe('waiting');
    const tries = from(line, BOOK_REQUEST).length;
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(8);
  });
});
