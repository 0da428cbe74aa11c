import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

/**
 * Who may import whom: the flow venues → events → market → features → signals → frame → (components | sinks | store), and nothing back.
 * A folder may always import itself.
 */
const LAW: Readonly<Record<string, readonly string[]>> = {
  'src/model': [],
  'src/stats': [],
  'src/venues': ['src/model', 'src/stats'],
  'src/market': ['src/model', 'src/stats'],
  'src/features': ['src/model', 'src/stats', 'src/market'],
  'src/signals': ['src/model', 'src/stats', 'src/market', 'src/features'],
  'src/frame': ['src/model', 'src/stats', 'src/market', 'src/features', 'src/signals'],
  'src/engine': [
    'src/model',
    'src/stats',
    'src/market',
    'src/features',
    'src/signals',
    'src/frame',
  ],
  'src/sim': ['src/model', 'src/stats'],
  'src/feed': ['src/model', 'src/venues'],
  'src/store': ['src/model'],
  components: ['src/frame', 'src/model', 'themes'],
  themes: [],
  'src/app': ['*'],
  bench: ['*'],
};

/** Folders without clock, randomness, timers, files, sockets or `process`. */
const PURE = [
  'src/model',
  'src/stats',
  'src/venues',
  'src/market',
  'src/features',
  'src/signals',
  'src/frame',
  'src/engine',
];

const IMPURE =
  /\bDate\.now\(|\bnew Date\(\s*\)|\bMath\.random\(|\bset(?:Timeout|Interval|Immediate)\(|\bprocess\.|\bperformance\.|from 'node:|\bfetch\(/;

function filesBelow(folder: string): string[] {
  const absolute = path.join(root, folder);
  return readdirSync(absolute, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => path.join(folder, name));
}

const folders = Object.keys(LAW).filter((folder) =>
  readdirSync(root).includes(folder.split('/')[0]!),
);

const folderOf = (file: string): string | undefined =>
  Object.keys(LAW).find((folder) => file.startsWith(`${folder}/`));

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, to]) => to!);
  return specifiers
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => path.join(path.dirname(file), specifier));
}

describe('the import law', () => {
  test('every source file belongs to a folder that the law names', () => {
    const lawless = [
      ...filesBelow('src'),
      ...filesBelow('components'),
      ...filesBelow('themes'),
    ].filter((file) => folderOf(file) === undefined);
    expect(lawless).toEqual([]);
  });

  test.each(folders)('%s imports only what stands to its left', (folder) => {
    const allowed = LAW[folder]!;
    const broken = filesBelow(folder).flatMap((file) =>
      importsOf(file)
        .filter((target) => {
          const to = folderOf(target);
          return (
            to !== folder && !allowed.includes('*') && (to === undefined || !allowed.includes(to))
          );
        })
        .map((target) => `${file} → ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test.each(PURE)('%s knows no clock, randomness, timer, file, socket or process', (folder) => {
    const impure = filesBelow(folder).flatMap((file) =>
      readFileSync(path.join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, at) =>
          IMPURE.test(line) && !/^\s*(?:\*|\/\/)/.test(line)
            ? [`${file}:${at + 1} ${line.trim()}`]
            : [],
        ),
    );
    expect(impure).toEqual([]);
  });

  test('headless commands never load React', () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      const text = readFileSync(path.join(root, file), 'utf8');
      expect(text, file).not.toMatch(/from '(?:ink|react)'/);
      for (const target of importsOf(file)) visit(target);
    };
    for (const command of ['stream', 'snapshot', 'record', 'audit', 'schema'])
      visit(`src/app/commands/${command}.ts`);
    expect(reached.size).toBeGreaterThan(20);
  });
});
