import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  type Changed,
  isReadAgain,
  POLL_MS,
  SETTLE_MS,
  SettingsWatch,
  settingsOnDisk,
  type WatchedWorld,
} from '../../src/app/settings-watch.ts';
import { scratch } from '../support/program.ts';

/** Files that are two texts, and a clock that is moved by hand. */
function world() {
  const seen = { config: 'a', themes: 'x' };
  let looks = 0;
  let due: { at: number; run: () => void } | null = null;
  let now = 0;
  const files: WatchedWorld = {
    hint: () => {},
    async look() {
      looks += 1;
      return { ...seen };
    },
    after(ms, run) {
      const mine = { at: now + ms, run };
      due = mine;
      return () => {
        if (due === mine) due = null;
      };
    },
    close: vi.fn(),
  };
  const told: Changed[] = [];
  const watch = new SettingsWatch(files, (changed) => told.push(changed));
  return {
    seen,
    files,
    told,
    watch,
    looks: () => looks,
    isDue: () => due !== null,
    async pass(ms: number) {
      const end = now + ms;
      await vi.waitFor(() => expect(due).not.toBeNull());
      while (due !== null && due.at <= end) {
        const { at, run }: { at: number; run: () => void } = due;
        now = at;
        due = null;
        run();
        await Promise.resolve();
        await Promise.resolve();
      }
      now = end;
    },
  };
}

test('what is there at the start is known; a change is told once, when it has come to rest', async () => {
  const { seen, told, files, pass } = world();
  await pass(10 * POLL_MS);
  expect(told).toEqual([]);
  seen.config = 'b';
  files.hint();
  await pass(SETTLE_MS);
  seen.config = 'c';
  await pass(SETTLE_MS);
  expect(told).toEqual([]);
  await pass(SETTLE_MS);
  expect(told).toEqual([{ config: true, themes: false }]);
  await pass(10 * POLL_MS);
  expect(told).toHaveLength(1);
});

test('a change that nobody hinted at is found by looking', async () => {
  const { seen, told, pass } = world();
  await pass(POLL_MS);
  seen.themes = 'y';
  await pass(POLL_MS + SETTLE_MS);
  expect(told).toEqual([{ config: false, themes: true }]);
});

test('a change that is taken back before it rests is none', async () => {
  const { seen, told, files, pass } = world();
  await pass(1);
  seen.config = 'b';
  files.hint();
  await pass(SETTLE_MS);
  seen.config = 'a';
  await pass(POLL_MS);
  expect(told).toEqual([]);
});

test('a storm of hints is one look', async () => {
  const { files, looks, pass } = world();
  await pass(1);
  const before = looks();
  for (let i = 0; i < 1000; i++) files.hint();
  await pass(SETTLE_MS);
  expect(looks()).toBe(before + 1);
});

test('after the end nothing is looked at or told', async () => {
  const { files, watch, isDue, pass } = world();
  await pass(1);
  watch.close();
  expect(isDue()).toBe(false);
  expect(files.close).toHaveBeenCalledOnce();
});

test('on a disk: files that are made, replaced by rename, and taken away, in folders that come later', async () => {
  const folder = path.join(scratch(), 'later');
  const file = path.join(folder, 'config.json');
  const themes = path.join(folder, 'themes');
  const told: Changed[] = [];
  const onDisk = settingsOnDisk(file, themes);
  // Real files, but no patience.
  const quick = { ...onDisk, after: (_: number, run: () => void) => onDisk.after(3, run) };
  const watch = new SettingsWatch(quick, (changed) => told.push(changed));
  onTestFinished(() => watch.close());
  await new Promise((resolve) => setTimeout(resolve, 20));
  const changes = async (what: Changed, change: () => void): Promise<void> => {
    told.length = 0;
    change();
    await vi.waitFor(() => expect(told).toEqual([what]), { interval: 5 });
  };
  const config = { config: true, themes: false };
  await changes(config, () => {
    mkdirSync(folder);
    writeFileSync(file, '{}');
  });
  await changes(config, () => {
    writeFileSync(`${file}~`, '{ }');
    renameSync(`${file}~`, file);
  });
  await changes({ config: false, themes: true }, () => {
    mkdirSync(themes);
    writeFileSync(path.join(themes, 'a.json'), '{}');
    writeFileSync(path.join(themes, '.a.json.swp'), '{}');
  });
  await changes(config, () => rmSync(file));
  expect(isReadAgain(file)).toBe(true);
  expect(isReadAgain('/dev/null')).toBe(false);
});
