import { lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { writeWhole } from '../../src/app/whole-file.ts';
import { scratch } from '../support/program.ts';

test('a file takes the place of the one before, packed where its name says so', async () => {
  const folder = scratch();
  const [plain, packed] = [path.join(folder, 'a.csv'), path.join(folder, 'a.csv.gz')];
  writeFileSync(plain, 'what was there before, and longer');
  await writeWhole(plain, 'new\n');
  await writeWhole(packed, 'new\n');
  expect(readFileSync(plain, 'utf8')).toBe('new\n');
  expect(gunzipSync(readFileSync(packed)).toString()).toBe('new\n');
  expect(readdirSync(folder)).toEqual(['a.csv', 'a.csv.gz']);
});

test('a link stays a link, and what it points to is written', async () => {
  const folder = scratch();
  const [file, link] = [path.join(folder, 'a.csv'), path.join(folder, 'b.csv')];
  writeFileSync(file, 'old');
  symlinkSync(file, link);
  await writeWhole(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('new');
});

test('a device is written into and stays one', async () => {
  await writeWhole('/dev/null', 'new');
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
});

test.each([
  ['/', /cannot write \/: /],
  ['/no/such/folder/a.csv', /no such file/],
])('what cannot be written is said: %s', async (file, message) => {
  await expect(writeWhole(file, 'new')).rejects.toThrow(message);
});
