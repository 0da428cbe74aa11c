import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonOf } from '../../src/app/json-text.ts';
import { nearWord } from '../../src/app/near-word.ts';
import { themeOf } from '../../src/app/theme-file.ts';
import { readUserThemes } from '../../src/app/user-themes.ts';
import { dark } from '../../themes/dark.ts';
import { themes } from '../../themes/index.ts';
import type { Theme } from '../../themes/theme.ts';
import { scratch } from '../support/program.ts';

function read(text: string | object): Theme {
  const result = themeOf('mine', typeof text === 'string' ? text : JSON.stringify(text));
  if ('theme' in result) return result.theme;
  return expect.unreachable(result.mistakes.join('; '));
}

function mistakes(text: string | object): readonly string[] {
  const result = themeOf('mine', typeof text === 'string' ? text : JSON.stringify(text));
  return 'mistakes' in result ? result.mistakes : expect.unreachable('it was accepted');
}

describe('a theme of one’s own', () => {
  test('has what it names over the built-in theme that it extends, down to single attributes', () => {
    const theme = read({
      extends: 'dark',
      background: '#101112',
      roles: {
        rising: '#00D7AF',
        stale: { fg: 208, bold: true },
        demo: { bg: null, underline: true },
        selection: 'blue',
        error: { fg: 'brightRed' },
      },
      ramps: { heat: [232, '#ffffff'] },
      series: ['white', { fg: 16, dim: true }],
    });
    expect(theme).toMatchObject({ name: 'mine', background: '#101112' });
    expect(theme.roles.rising).toEqual({ fg: '#00d7af' });
    expect(theme.roles.stale).toEqual({ fg: '#ff8700', italic: true, bold: true });
    expect(theme.roles.demo).toEqual({ fg: dark.roles.demo.fg, bold: true, underline: true });
    expect(theme.roles.selection).toEqual({ bg: '#0000ee' });
    expect(theme.roles.error).toEqual({ fg: '#ff0000', bold: true });
    expect(theme.roles.falling).toBe(dark.roles.falling);
    expect(theme.ramps.heat).toEqual(['#080808', '#ffffff']);
    expect(theme.ramps.long).toBe(dark.ramps.long);
    expect(theme.series).toEqual([{ fg: '#e5e5e5' }, { fg: '#000000', dim: true }]);
  });

  test('may extend every built-in theme, and be whole without', () => {
    for (const { name } of themes) expect(read({ extends: name }).roles.text).toBeDefined();
    const { name: _, ...whole } = dark;
    expect(read(whole)).toEqual({ ...dark, name: 'mine' });
    expect(mistakes({ background: 0, roles: { text: 7 } })[0]).toMatch(
      /^without "extends" everything has to be there; missing: roles\.dim, .*, …$/,
    );
  });

  test.each([
    [{ roles: { risng: 'red' } }, "role 'risng' unknown; did you mean 'rising'?"],
    [{ rolez: {} }, "key 'rolez' unknown; did you mean 'roles'?"],
    [{ ramps: { heet: [] } }, "key 'ramps.heet' unknown; did you mean 'heat'?"],
    [{ roles: { bid: { color: 'red' } } }, /^key 'roles\.bid\.color' unknown; there is fg, bg, /],
    [{ roles: { bid: '#12345' } }, /^roles\.bid: expected a colour: #rrggbb, .* got "#12345"$/],
    [{ roles: { bid: { fg: 256 } } }, /^roles\.bid\.fg: expected a colour: .* got 256$/],
    [{ roles: { bid: { bold: 'yes' } } }, 'roles.bid.bold: expected boolean, got "yes"'],
    [{ ramps: { heat: ['red'] } }, /^ramps\.heat: expected >=2, got 1$/],
    [{ extends: 'neon' }, /^extends: expected a built-in theme: dark, light, .* got "neon"$/],
    [{ background: 'grün\u001b[2J' }, /^background: expected a colour: .* got "grün"$/],
    ['[]', 'expected one object, like {"extends": "dark"}'],
    ['{\n  "extends": "dark",\n}', 'line 3, column 1: expected a key in double quotes'],
  ] as const)('is refused with key and what would be right: %j', (file, message) => {
    const text = typeof file === 'string' ? file : { extends: 'dark', ...file };
    const [first] = mistakes(text);
    if (typeof message === 'string') expect(first).toBe(message);
    else expect(first).toMatch(message);
  });

  test('tells of every mistake, a few at most', () => {
    const roles = { bid: 'redd', ask: 'gren', risng: 'red' };
    expect(mistakes({ extends: 'dark', roles })).toHaveLength(3);
    const many = Object.fromEntries(Object.keys(dark.roles).map((role) => [role, 'no']));
    expect(mistakes({ extends: 'dark', roles: many })).toHaveLength(8);
  });
});

describe('the folder of themes', () => {
  function folderOf(files: Readonly<Record<string, string>>): string {
    const folder = scratch();
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    return folder;
  }
  const good = '{"extends":"dark"}';

  test('gives a theme per file, named after it, and a sentence per mistake with its file', () => {
    const folder = folderOf({
      'neon.json': good,
      'Amber.json': good,
      'broken.json': '{',
      'typo.json': '{"extends":"dark","roles":{"risng":1,"bids":2}}',
      '.neon.json.swp': 'x',
      '.hidden.json': 'x',
      'notes.txt': 'x',
    });
    const { themes: found, problems } = readUserThemes(folder);
    expect(found.map(({ name }) => name)).toEqual(['Amber', 'neon']);
    expect(problems).toEqual([
      "theme broken.json: line 1, column 2: expected a key in double quotes or '}'",
      "theme typo.json: role 'risng' unknown; did you mean 'rising'?",
      "theme typo.json: role 'bids' unknown; did you mean 'bid'?",
    ]);
  });

  test('refuses the names of built-in themes, odd ones, and one twice', () => {
    const folder = folderOf({
      'Dark.json': good,
      'no-color.json': good,
      'my theme.json': good,
      'Neon.json': good,
      'neon.json': good,
    });
    const { themes: found, problems } = readUserThemes(folder);
    expect(found.map(({ name }) => name)).toEqual(['Neon']);
    expect(problems).toEqual([
      'theme Dark.json: dark is a built-in theme and stays as it is; take another name and "extends": "dark"',
      'theme my theme.json: the name may have letters, digits, - and _, 32 at most',
      'theme neon.json: the name is that of Neon.json',
      'theme no-color.json: no-colour is a built-in theme and stays as it is; take another name and "extends": "no-colour"',
    ]);
  });

  test('is bounded in files and bytes, reads no folders or dead links, and may be missing', () => {
    const names = Array.from({ length: 66 }, (_, i) => `t${String(i).padStart(2, '0')}.json`);
    const folder = folderOf(Object.fromEntries(names.map((name) => [name, good])));
    writeFileSync(path.join(folder, 'a.json'), `{"extends":"dark"}${' '.repeat(70_000)}`);
    mkdirSync(path.join(folder, 'b.json'));
    symlinkSync('nowhere', path.join(folder, 'c.json'));
    const { themes: found, problems } = readUserThemes(folder);
    expect(found).toHaveLength(61);
    expect(problems).toEqual([
      'theme a.json: is larger than 64 kB',
      'theme b.json: is no file',
      'theme c.json: cannot be read: no such file',
      'themes: 5 more files than the 64 that are read',
    ]);
    expect(readUserThemes(path.join(folder, 'nothing'))).toEqual({ themes: [], problems: [] });
  });
});

test.each([
  ['{"a": 1 "b": 2}', "line 1, column 9: expected ',' or the end"],
  ['{\n "a": tru\n}', 'line 2, column 7: expected a value'],
  ["{'a': 1}", "line 1, column 2: expected a key in double quotes or '}'"],
  ['{"a" 1}', "line 1, column 6: expected ':'"],
  ['[1, 2', "line 1, column 6: expected ',' or the end"],
  ['[1, ]', 'line 1, column 5: expected a value'],
  ['{} {}', 'line 1, column 4: expected the end of the file'],
  ['{"a": "x\ny"}', 'line 1, column 7: expected a value'],
  ['', 'line 1, column 1: expected a value'],
  ['[}', "line 1, column 2: expected a value or ']'"],
  ['// no\n{}', 'line 1, column 1: expected a value'],
  ['['.repeat(100_000), "line 1, column 100001: expected a value or ']'"],
])('the first mistake of %.20s has a place', (text, mistake) => {
  expect(jsonOf(text)).toEqual({ mistake });
});

test('a word is taken for the one nearest to it, and for none where none is near', () => {
  expect(nearWord('Rsiing', ['falling', 'rising'])).toBe('rising');
  expect(nearWord('bold', ['bg', 'fg'])).toBeUndefined();
  expect(nearWord('x'.repeat(1e6), ['rising'])).toBeUndefined();
});
