import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { HOUR, type Micros } from '../../src/model/units.ts';
import { scratch } from '../support/program.ts';
import { BATCH_HOURS, batchOf, FIRST_HOUR } from '../support/store-child.ts';
import { randomOf } from '../support/tape.ts';
import { storeOn, Writing } from './support.ts';

/** Numbers of the batches of a writer that are in the file whole, and rows of it that belong to none of them. */
function batchesIn(
  file: string,
  name: string,
): { readonly whole: readonly number[]; readonly loose: number } {
  const db = new DatabaseSync(file, { readOnly: true });
  const hours = db
    .prepare(
      'SELECT hour, value FROM hour JOIN listing ON listing.id = listing WHERE instrument = ?',
    )
    .all(`toy:${name}`);
  const events = db.prepare('SELECT ts FROM event WHERE subject = ? ORDER BY ts').all(name);
  db.close();
  const values = new Map(hours.map(({ hour, value }) => [hour, value]));
  const whole = events
    .map(({ ts }) => (Number(ts) / HOUR - FIRST_HOUR) / BATCH_HOURS)
    .filter((number) =>
      Array.from({ length: BATCH_HOURS }, (_, i) => i).every(
        (i) => values.get(FIRST_HOUR + number * BATCH_HOURS + i) === number + i / 1000,
      ),
    );
  const loose = hours.length - whole.length * BATCH_HOURS + events.length - whole.length;
  return { whole, loose };
}

/** The numbers below one. */
const below = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A file that opens as it is: sound, and not moved aside. */
function expectSound(file: string): void {
  const { store, notices } = storeOn(file);
  expect(store.open(1 as Micros), store.report.reason ?? '').toBe(true);
  store.close();
  expect(notices).toEqual([]);
  const db = new DatabaseSync(file);
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  db.close();
}

describe('a process that is killed while it writes', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'leaves every batch whole that it has written, and none in part (seed %i)',
    async (seed) => {
      const random = randomOf(seed);
      const file = path.join(scratch(), 'history.db');
      let before = 0;
      // Killed again and again, each time with what the last one left.
      for (let life = 0; life < 2; life += 1) {
        const writing = new Writing(file, 'one');
        await writing.until((said) => said.length > 1 + random() * 60);
        await new Promise((resolve) => setTimeout(resolve, random() * 20));
        writing.child.kill('SIGKILL');
        expect(await writing.ended).toBe('SIGKILL');
        expect(writing.said.every(({ isWritten }) => isWritten)).toBe(true);
        const told = writing.said.length;
        expectSound(file);
        const { whole, loose } = batchesIn(file, 'one');
        expect(loose).toBe(0);
        expect(whole.length).toBeGreaterThanOrEqual(Math.max(told, before));
        expect(whole).toEqual(below(whole.length));
        before = whole.length;
      }
    },
  );
});

test('several processes write to one file at the same time, and all of it is there', async () => {
  const file = path.join(scratch(), 'history.db');
  const names = ['one', 'two', 'three'];
  const batches = 40;
  const writers = names.map((name) => new Writing(file, name, batches));
  for (const writer of writers) expect(await writer.ended).toBe(0);
  for (const { said } of writers) {
    expect(said).toHaveLength(batches);
    expect(said.filter(({ isWritten }) => !isWritten)).toEqual([]);
  }
  expectSound(file);
  for (const name of names)
    expect(batchesIn(file, name)).toEqual({ whole: below(batches), loose: 0 });
});

test('one that is killed while others write does not disturb them', async () => {
  const file = path.join(scratch(), 'history.db');
  const steady = new Writing(file, 'steady', 60);
  for (let i = 0; i < 3; i += 1) {
    const victim = new Writing(file, `victim${i}`);
    await victim.until((said) => said.length > 5);
    victim.child.kill('SIGKILL');
    await victim.ended;
  }
  expect(await steady.ended).toBe(0);
  expect(steady.said.filter(({ isWritten }) => !isWritten)).toEqual([]);
  expectSound(file);
  expect(batchesIn(file, 'steady')).toEqual({ whole: below(60), loose: 0 });
});

test('a disk that is full is told, costs nothing of what was written, and the file stays sound', async () => {
  const file = path.join(scratch(), 'history.db');
  // Blocks of 512 bytes: no file may grow beyond 200 KB.
  const writing = new Writing(file, 'one', 400, 'ulimit -f 400');
  expect(await writing.ended).toBe(0);
  const failed = writing.said.filter(({ isWritten }) => !isWritten);
  expect(failed.length).toBeGreaterThan(100);
  expect(failed.at(-1)).toMatchObject({ state: 'memory' });
  expect(failed.at(-1)!.reason).toMatch(/^(disk full|disk error|file too large)$/);
  expect(writing.said.flatMap(({ notices }) => notices)).toEqual([]);
  expectSound(file);
  const { whole, loose } = batchesIn(file, 'one');
  expect(loose).toBe(0);
  const written = writing.said.filter(({ isWritten }) => isWritten).map(({ number }) => number);
  expect(written.length).toBeGreaterThan(3);
  expect(whole).toEqual(expect.arrayContaining(written));
  // With room again the same file goes on.
  const again = new Writing(file, 'one', 400);
  expect(await again.ended).toBe(0);
  expect(again.said.filter(({ isWritten }) => !isWritten)).toEqual([]);
  expect(batchesIn(file, 'one')).toEqual({ whole: below(400), loose: 0 });
});

test('a batch may be written again after it was written in part', () => {
  const file = path.join(scratch(), 'history.db');
  const { store } = storeOn(file);
  const batches = Array.from({ length: 5 }, (_, number) => batchOf('one', number)).flat();
  expect(store.write(batches.slice(0, 7), 1 as Micros)).toBe(true);
  expect(store.write(batches, 2 as Micros)).toBe(true);
  store.close();
  expect(batchesIn(file, 'one')).toEqual({ whole: below(5), loose: 0 });
});
