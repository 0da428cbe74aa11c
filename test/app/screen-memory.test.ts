import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ScreenMemory } from '../../src/app/screen-memory.ts';
import { scratch } from '../support/program.ts';

function open(folder: string) {
  const told: string[] = [];
  return { memory: new ScreenMemory(folder, (problem) => told.push(problem)), told };
}

const sorts = { funding: { column: '8h %', reversed: true } };

test('what was chosen is there in the next run, and the newest of it', () => {
  const folder = scratch();
  const { memory } = open(folder);
  expect(memory.choices).toEqual({});
  memory.remember({ theme: 'light', panel: 'book' });
  memory.remember({ panel: 'trust', chartHours: 720, sorts });
  memory.write();
  const { memory: next, told } = open(folder);
  expect(next.recall('theme')).toBe('light');
  expect(next.recall('asset')).toBeUndefined();
  expect(next.choices).toEqual({ panel: 'trust', chartHours: 720, sorts });
  expect(told).toEqual([]);
});

test('two runs side by side keep what only the other one chose', () => {
  const folder = scratch();
  const [one, other] = [open(folder).memory, open(folder).memory];
  one.remember({ theme: 'light' });
  one.write();
  other.remember({ layout: 'book' });
  other.write();
  expect(open(folder).memory.recall('theme')).toBe('light');
});

test.each(['{"theme": "light"', '{"theme": 5}', '{"sorts": {"book": "price"}}', '\u0000\u0001'])(
  'a memory that cannot be read, %j, is told of once and begun anew',
  (content) => {
    const folder = scratch();
    const file = path.join(folder, 'screen.json');
    writeFileSync(file, content);
    const { memory, told } = open(folder);
    expect(memory.recall('theme')).toBeUndefined();
    expect(memory.choices).toEqual({});
    expect(told).toEqual([`what was chosen in earlier runs is lost: ${file} could not be read`]);
    memory.remember({ theme: 'dark' });
    memory.write();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ theme: 'dark' });
    expect(open(folder).told).toEqual([]);
  },
);

test('a memory that cannot be written is told of once and costs nothing else', () => {
  const file = path.join(scratch(), 'a file where the folder should be');
  writeFileSync(file, '');
  const { memory, told } = open(file);
  for (let i = 0; i < 3; i++) {
    memory.remember({ theme: 'light' });
    memory.write();
    expect(memory.recall('theme')).toBeUndefined();
  }
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^choices are not remembered: \S/);
});
