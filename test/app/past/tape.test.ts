import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test as prop } from '@fast-check/vitest';
import { afterAll, describe, expect, test } from 'vitest';
import {
  emptyHistory,
  type History,
  recent,
  recentLadders,
  remember,
  TRACKS,
} from '../../../components/history.ts';
import { historyAt, stretchOf } from '../../../components/stretches.ts';
import { BlockRing } from '../../../src/app/past/block-ring.ts';
import { Tape } from '../../../src/app/past/tape.ts';
import type { Frame, OutputLine } from '../../../src/frame/frame.ts';
import { live } from '../../../src/model/reading.ts';
import { micros, SECOND } from '../../../src/model/units.ts';
import { event, series, T0, frame as whole } from '../../support/frames.ts';
import { scan } from '../../support/scans.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'perpscope-past-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const at = (seconds: number) => micros(T0 + seconds * SECOND);
const PERP = 'binance:BTC/USDT:USDT';

const BASES = { BTC: whole(), ETH: whole({ asset: 'ETH' }) };

/** A frame whose price and leading book tell its second. */
function frame({ seconds, asset = 'BTC' }: { seconds: number; asset?: 'BTC' | 'ETH' }): Frame {
  const base = BASES[asset];
  const price = live(60_000 + seconds);
  const perp = base.book.byInstrument[PERP];
  const byInstrument =
    perp === undefined
      ? base.book.byInstrument
      : { ...base.book.byInstrument, [PERP]: { ...perp, mid: price } };
  return { ...base, tsLocal: at(seconds), price, book: { ...base.book, byInstrument } };
}

function open(capacity = 64 * 2 ** 20) {
  const troubles: unknown[] = [];
  const tape = new Tape({
    origin: 'tape',
    dir,
    capacity,
    onTrouble: (e) => troubles.push(e),
    blockCharacters: 300_000,
  });
  return { tape, troubles };
}

/** Lets what is being compressed and written come to an end. */
async function settled(tape: Tape, seconds: number): Promise<void> {
  await expect
    .poll(async () => (await tape.at(at(seconds), 'BTC')) !== null, { timeout: 5000 })
    .toBe(true);
}

const tracksOf = (history: History) =>
  Object.fromEntries(TRACKS.map((track) => [track, recent(history, 'BTC', track, 900)]));

describe('the tape', () => {
  test('gives back of any second the very frames, tracks, ladders, cells and events of then', async () => {
    const { tape } = open();
    const then = emptyHistory();
    const cells = series();
    const lines: OutputLine[] = [cells];
    // Frames at a second's beginning and within it: the first one counts.
    for (let s = 0; s < 360; s += 1) {
      lines.push(frame({ seconds: s }), frame({ seconds: s, asset: 'ETH' }));
      if (s % 100 === 50) lines.push(event('gateOpened', `at ${s}`, s + 0.5));
    }
    for (const line of lines) {
      tape.note(line);
      if (line.tsLocal <= at(333)) remember(then, line);
    }
    tape.note(frame({ seconds: 359.5 }));
    await settled(tape, 333);
    const moment = (await tape.at(at(333), 'BTC'))!;
    expect(moment.at).toBe(at(333));
    expect(moment.frames).toEqual(
      new Map([
        ['BTC', frame({ seconds: 333 })],
        ['ETH', frame({ seconds: 333, asset: 'ETH' })],
      ]),
    );
    expect(tracksOf(moment.history)).toEqual(tracksOf(then));
    expect(recentLadders(moment.history, 'BTC', PERP)).toEqual(recentLadders(then, 'BTC', PERP));
    expect(moment.history.events).toEqual(then.events);
    expect(moment.history.cells.get('BTC')).toEqual(then.cells.get('BTC'));
    await tape.close();
  });

  test('goes forward to the next frame and back to the last, across holes', async () => {
    const { tape } = open();
    for (const s of [0, 1, 2, 10, 11]) tape.note(frame({ seconds: s }));
    expect((await tape.at(at(7), 'BTC'))?.at).toBe(at(2));
    expect((await tape.at(at(7), 'BTC', true))?.at).toBe(at(10));
    expect((await tape.at(at(11), 'BTC', true))?.at).toBe(at(11));
    expect(await tape.at(at(-1), 'BTC')).toBeNull();
    expect(await tape.at(at(5), 'DOGE')).toBeNull();
    await tape.close();
  });

  test('where the finest frames are gone there is one in fifteen seconds, and before those nothing', async () => {
    const { tape } = open(100_000);
    const last = 1500;
    for (let s = 0; s <= last; s += 1) {
      tape.note(frame({ seconds: s }));
      // Blocks are written beside this thread; a real second lasts longer than a turn.
      if (s % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await settled(tape, last);
    await expect.poll(() => (tape.from ?? 0) > at(0), { timeout: 5000 }).toBe(true);
    const early = (tape.from! - T0) / SECOND + 100;
    const coarse = (await tape.at(at(early), 'BTC'))!;
    expect(coarse.everySeconds).toBe(15);
    expect(Math.floor(coarse.at / SECOND) % 15).toBe(0);
    expect((await tape.at(at(last - 5), 'BTC'))?.everySeconds).toBe(1);
    expect(await tape.at(at(0), 'BTC')).toBeNull();
    await tape.close();
  });

  test('keeps a scan of all perps a minute, and shows none that is older than three', async () => {
    const { tape } = open();
    tape.note(frame({ seconds: 0 }));
    for (const s of [30, 35, 90]) tape.note({ ...scan(3), tsLocal: at(s) });
    for (const s of [20, 32, 100, 400]) tape.note(frame({ seconds: s }));
    const seen = async (seconds: number) => {
      const found = (await tape.at(at(seconds), 'BTC'))?.scan;
      return found ? (found.tsLocal - T0) / SECOND : null;
    };
    expect(await Promise.all([20, 32, 100, 400].map(seen))).toEqual([null, 30, 90, null]);
    await tape.close();
  });

  test('leaves no file behind, not even while it is open', async () => {
    const { tape } = open();
    for (let s = 0; s < 300; s += 1) tape.note(frame({ seconds: s }));
    await settled(tape, 10);
    expect(readdirSync(dir)).toEqual([]);
    await tape.close();
  });

  test('without a disk it reaches less far back, says so once, and goes on', async () => {
    const troubles: unknown[] = [];
    const tape = new Tape({
      origin: 'tape',
      dir: path.join(dir, 'missing'),
      capacity: 64 * 2 ** 20,
      blockCharacters: 300_000,
      onTrouble: (error) => troubles.push(error),
    });
    for (let s = 0; s < 400; s += 1) tape.note(frame({ seconds: s }));
    await settled(tape, 20);
    expect((await tape.at(at(20), 'BTC'))?.at).toBe(at(20));
    await expect.poll(() => troubles.length, { timeout: 5000 }).toBeGreaterThan(0);
    await tape.close();
  });

  test('a clock that jumps back is another recording: nothing of the first is mixed in', async () => {
    const { tape } = open();
    for (let s = 1000; s < 1010; s += 1) tape.note(frame({ seconds: s }));
    tape.note(event('gateOpened', 'before', 1005));
    tape.note(frame({ seconds: 5 }));
    expect(await tape.at(at(4), 'BTC')).toBeNull();
    expect((await tape.at(at(2000), 'BTC'))?.at).toBe(at(5));
    expect(tape.turn(at(3000), 'BTC', -1)).toBeNull();
    await tape.close();
  });

  test('knows the turns of an asset, and no other events', async () => {
    const { tape } = open();
    tape.note(event('gateOpened', 'one', 1));
    tape.note(event('fundingSettled', 'not this', 2));
    tape.note(event('regimeChanged', 'two', 3));
    expect(tape.turn(at(0), 'BTC', 1)?.text).toBe('one');
    expect(tape.turn(at(1), 'BTC', 1)?.text).toBe('two');
    expect(tape.turn(at(3), 'BTC', -1)?.text).toBe('one');
    expect(tape.turn(at(3), 'BTC', 1)).toBeNull();
    expect(tape.turn(at(3), 'ETH', -1)).toBeNull();
    await tape.close();
  });
});

prop.prop([fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 })])(
  'a ring of blocks keeps the newest that fit, each byte for byte, and never more than its size',
  async (sizes) => {
    const capacity = 1000;
    const ring = new BlockRing({ dir, capacity, onTrouble: () => {} });
    const blocks = sizes.map((size, i) => Buffer.alloc(size, i + 1));
    const ids = await Promise.all(blocks.map((bytes) => ring.append(bytes)));
    const kept = await Promise.all(ids.map((id) => ring.read(id!)));
    const first = kept.findIndex((bytes) => bytes !== null);
    for (const [i, bytes] of kept.entries()) expect(bytes).toEqual(i < first ? null : blocks[i]);
    const held = sizes.slice(first).reduce((sum, size) => sum + size, 0);
    expect(held).toBeLessThanOrEqual(capacity);
    // What makes way lies at the place of what is new, and may leave a gap at the end of the file.
    if (first > 0) expect(held).toBeGreaterThan(capacity - 2 * 400);
    expect(ids[first]).toBe(ring.oldest);
    await ring.close();
  },
);

prop.prop([fc.integer({ min: 0, max: 1500 }), fc.integer({ min: 1, max: 900 })])(
  'a history cut in stretches and put together again is the same',
  (newest, length) => {
    const history = emptyHistory();
    for (let s = Math.max(0, newest - 40); s <= newest; s += 3)
      remember(history, frame({ seconds: s }));
    const second = history.live.get('BTC')!.newest;
    const cut = second - length;
    const parts = [
      stretchOf(history, 'BTC', second - 900, cut),
      stretchOf(history, 'BTC', cut + 1, second),
    ].filter((one) => one !== undefined);
    const copies = JSON.parse(JSON.stringify(parts)) as typeof parts;
    const again = historyAt(second, {
      stretches: new Map([['BTC', copies]]),
      cells: new Map(),
      events: [],
    });
    expect(tracksOf(again)).toEqual(tracksOf(history));
    // The slot that was not over is left to the frame of that second.
    const closed = (of: History) =>
      recentLadders(of, 'BTC', PERP)
        .slice(0, -1)
        .filter((slice) => slice !== null);
    expect(closed(again)).toEqual(closed(history));
  },
);
