import { describe, expect, test } from 'vitest';
import { Keeper, type Shelf } from '../../src/app/keeper.ts';
import type { EventLine } from '../../src/frame/frame.ts';
import type { Kept, StoreReport } from '../../src/model/kept.ts';
import { micros } from '../../src/model/units.ts';
import { ManualClock } from '../feed/support/manual-clock.ts';

const FINE = { state: 'ok', reason: null, rows: 10, newest: null } as const;
const FULL = { state: 'memory', reason: 'disk full', rows: 10, newest: null } as const;

/** A keeper on a shelf that answers when told to. */
function keeperOn(how: { isFull: boolean; isSlow?: boolean } = { isFull: false }) {
  const clock = new ManualClock();
  const batches: (readonly Kept[])[] = [];
  const reports: StoreReport[] = [];
  const answers: (() => void)[] = [];
  let closed = 0;
  const shelf: Shelf = {
    async write(batch) {
      batches.push(batch);
      if (how.isSlow === true) await new Promise<void>((resolve) => answers.push(resolve));
      return { isWritten: !how.isFull, report: how.isFull ? FULL : FINE };
    },
    async close() {
      closed += 1;
    },
  };
  const keeper = new Keeper({
    shelf,
    clock,
    report: FINE,
    onReport: (report) => reports.push(report),
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      for (let i = 0; i < 10; i += 1) await Promise.resolve();
    }
  };
  const written = () => (how.isFull ? [] : batches.flat());
  return { keeper, clock, batches, reports, answers, pass, how, written, closed: () => closed };
}

const hour = (from: number, count = 1): Kept => ({
  kind: 'hours',
  instrument: 'x:A',
  series: 'mark',
  from,
  values: new Array(count).fill(1),
});

const event = (kind: EventLine['kind']): EventLine => ({
  v: 1,
  type: 'event',
  source: 'live',
  origin: 'live',
  tsLocal: micros(1_700_000_000_000_000),
  kind,
  asset: 'BTC',
  subject: 'BTC',
  text: 'something',
  data: { mu: 1 },
});

describe('what is kept', () => {
  test('is handed over once a second, in its order', async () => {
    const { keeper, batches, pass } = keeperOn();
    for (let i = 0; i < 5; i += 1) keeper.keep(hour(i));
    await pass(900);
    expect(batches).toEqual([]);
    await pass(200);
    keeper.keep(hour(5));
    await pass(1100);
    expect(batches).toEqual([[0, 1, 2, 3, 4].map((i) => hour(i)), [hour(5)]]);
  });

  test('is handed over at once where it was announced', async () => {
    const { keeper, batches, pass } = keeperOn();
    keeper.keep(hour(1));
    keeper.line(event('gateOpened'));
    await pass(100);
    expect(batches).toHaveLength(1);
    expect(batches[0]).toMatchObject([hour(1), { kind: 'event', name: 'gateOpened' }]);
  });

  test('of lines is what happened, but for liquidations, which are kept as such', async () => {
    const { keeper, pass, written } = keeperOn();
    for (const kind of ['bookResyncing', 'liquidation', 'feedLost'] as const)
      keeper.line(event(kind));
    await pass(1100);
    expect(written()).toMatchObject([
      { name: 'bookResyncing', data: '{"mu":1}' },
      { name: 'feedLost' },
    ]);
  });

  test('waits while a batch is being written: one at a time', async () => {
    const { keeper, batches, answers, pass } = keeperOn({ isFull: false, isSlow: true });
    keeper.keep(hour(1));
    await pass(1100);
    keeper.keep(hour(2));
    await pass(5000);
    expect(batches).toHaveLength(1);
    answers.shift()!();
    await pass(1100);
    expect(batches).toEqual([[hour(1)], [hour(2)]]);
  });

  test('is written when the disk has room again, in its order and without a hole', async () => {
    const { keeper, how, batches, pass, reports } = keeperOn({ isFull: true });
    keeper.keep(hour(1));
    await pass(1100);
    keeper.keep(hour(2));
    await pass(12_000);
    expect(batches.length).toBeLessThan(5);
    expect(reports.at(-1)).toMatchObject({ state: 'memory', reason: 'disk full' });
    how.isFull = false;
    batches.length = 0;
    await pass(6000);
    expect(batches.flat()).toEqual([hour(1), hour(2)]);
    expect(reports.at(-1)).toMatchObject({ state: 'ok', reason: null, waiting: 0, lost: 0 });
  });

  test('is bounded: the oldest goes, listings stay, and nothing claims to cover what is gone', async () => {
    const { keeper, how, pass, reports, written } = keeperOn({ isFull: true });
    const listing: Kept = {
      kind: 'listing',
      instrument: 'x:A',
      feed: 'x',
      venue: 'x',
      asset: 'A',
      product: 'perp',
      symbol: 'A',
    };
    keeper.keep(listing);
    keeper.keep({ kind: 'coverage', feed: 'x', symbol: 'A', what: 'mark1h', from: 0, to: 1 });
    for (let i = 0; i < 400; i += 1) keeper.keep(hour(i * 1000, 1000));
    await pass(6000);
    const { waiting, lost } = reports.at(-1)!;
    expect(waiting).toBeLessThanOrEqual(300_000);
    expect(lost + waiting).toBe(400_001);
    how.isFull = false;
    await pass(60_000);
    const kept = written();
    expect(kept.filter(({ kind }) => kind === 'listing').length).toBeGreaterThan(0);
    expect(kept.filter(({ kind }) => kind === 'coverage')).toEqual([]);
    expect(kept.at(-1)).toEqual(hour(399_000, 1000));
    expect(reports.at(-1)).toMatchObject({ state: 'ok', lost });
  });
});

describe('the end', () => {
  test('writes what is left and closes the file', async () => {
    const { keeper, batches, closed } = keeperOn();
    keeper.keep(hour(1));
    await keeper.close();
    expect(batches).toEqual([[hour(1)]]);
    expect(closed()).toBe(1);
    keeper.keep(hour(2));
    await keeper.close();
    expect(batches).toHaveLength(1);
  });

  test('does not wait for a disk that never answers', async () => {
    const { keeper, clock, closed } = keeperOn({ isFull: false, isSlow: true });
    keeper.keep(hour(1));
    const closing = keeper.close();
    await Promise.resolve();
    clock.advance(2000);
    await closing;
    expect(closed()).toBe(1);
  });
});

test('a changed count is told now and then, a changed state at once', async () => {
  const { keeper, reports, pass, how } = keeperOn();
  keeper.keep(hour(1));
  await pass(1100);
  expect(reports).toHaveLength(1);
  keeper.keep(hour(2));
  await pass(3000);
  expect(reports).toHaveLength(1);
  how.isFull = true;
  keeper.keep(hour(3));
  await pass(1100);
  expect(reports).toHaveLength(2);
});
