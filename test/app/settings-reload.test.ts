import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/app/config.ts';
import { differences, SettingsReload } from '../../src/app/settings-reload.ts';
import { chosenTheme } from '../../src/app/theme-choice.ts';
import { readUserThemes } from '../../src/app/user-themes.ts';
import { themes } from '../../themes/index.ts';
import { scratch } from '../support/program.ts';

interface Run {
  /** Writes a file of the config directory, or takes it away, and reads again. */
  edit(name: string, text: string | null): ReturnType<SettingsReload['again']>;
  readonly reload: SettingsReload;
}

function start(
  files: Readonly<Record<string, string>> = {},
  { flags = {}, hasEngine = true, remembered = undefined as string | undefined } = {},
): Run {
  const folder = scratch();
  const themesFolder = path.join(folder, 'themes');
  mkdirSync(themesFolder);
  const put = (name: string, text: string | null): void => {
    const at = path.join(folder, name);
    if (text === null) rmSync(at);
    else writeFileSync(at, text);
  };
  for (const [name, text] of Object.entries(files)) put(name, text);
  const file = path.join(folder, 'config.json');
  const readThemes = () => readUserThemes(themesFolder);
  const load = () =>
    loadConfig({
      file: { path: file, isOptional: true },
      env: {},
      sets: [],
      flags,
      userThemes: readThemes,
    });
  const themeFor = (config: ReturnType<typeof load>, all: typeof themes) =>
    chosenTheme({
      flag: undefined,
      environment: undefined,
      hasColours: true,
      configured: config.theme,
      remembered,
      themes: all,
    });
  const config = load();
  const own = readThemes();
  const reload = new SettingsReload({
    home: { file, themesFolder, load },
    readThemes,
    config,
    own,
    theme: themeFor(config, [...themes, ...own.themes]),
    hasEngine,
    themeFor,
    fpsFor: ({ fps }) => fps,
  });
  return {
    reload,
    edit(name, text) {
      put(name, text);
      return reload.again({ config: name === 'config.json', themes: name !== 'config.json' });
    },
  };
}

const said = ({ notice }: ReturnType<SettingsReload['again']>): string | undefined => notice?.text;

describe('a changed config file', () => {
  test('is taken over where that can be at once, and says so', () => {
    const { edit } = start();
    const file = '{"theme":"light","fps":5,"ascii":true,"keepBackground":true,"keys":{"zoom":"x"}}';
    const { settings, notice } = edit('config.json', file);
    expect(settings).toMatchObject({ fps: 5, ascii: true, keepsBackground: true });
    expect(settings.theme?.name).toBe('light');
    expect(settings.bindings?.find(({ action }) => action === 'zoom')?.keys).toEqual(['x']);
    expect(notice).toEqual({
      text: 'config.json: theme, fps, ascii, keepBackground, keys changed',
      tone: 'info',
    });
    const back = edit('config.json', null);
    expect(back.settings).toMatchObject({ fps: 10, ascii: false, keepsBackground: false });
    expect(back.settings.theme?.name).toBe('dark');
  });

  test('names what waits for the next start, once, and when nothing does any more', () => {
    const { edit } = start({ 'config.json': '{"fps":5}' });
    expect(said(edit('config.json', '{"fps":5,"engine":{"gate":{"quantile":0.9}}}'))).toBe(
      'config.json: engine.gate.quantile changes with the next start',
    );
    const faster = edit('config.json', '{"fps":8,"engine":{"gate":{"quantile":0.9}}}');
    expect(said(faster)).toBe('config.json: fps changed');
    const many =
      '{"fps":8,"assets":["SOL"],"store":false,"engine":{"gate":{"quantile":0.9,"minCells":9}}}';
    expect(said(edit('config.json', many))).toBe(
      'config.json: assets, store, engine.gate.quantile and 1 more change with the next start',
    );
    expect(said(edit('config.json', '{"fps":8}'))).toBe(
      'config.json: nothing waits for the next start any more',
    );
  });

  test('that is broken changes nothing, says where and what, and says when it is mended', () => {
    const { edit } = start({ 'config.json': '{"fps":5,"theme":"light"}' });
    const broken = edit('config.json', '{\n  "fps": 6,\n}');
    expect(broken.settings).toEqual({});
    expect(broken.notice).toEqual({
      text: 'config.json is not JSON: line 3, column 1: expected a key in double quotes; the settings before stay',
      tone: 'warning',
    });
    expect(said(edit('config.json', '{"fps":600}'))).toBe(
      'config.json: fps: expected <=60, got 600; the settings before stay',
    );
    const mended = edit('config.json', '{"fps":5,"theme":"light"}');
    expect(mended).toEqual({
      settings: {},
      notice: { text: 'config.json is right again', tone: 'info' },
    });
  });

  test('has no say where a flag or the person at the screen had one', () => {
    const { edit, reload } = start({}, { flags: { fps: 2 } });
    expect(said(edit('config.json', '{"fps":30}'))).toBe('config.json: nothing changes here');
    reload.choseTheme('light');
    const { settings, notice } = edit('config.json', '{"fps":30,"theme":"high-contrast"}');
    expect(settings).toEqual({});
    expect(notice?.text).toBe('config.json: theme stays as chosen here');
  });

  test('says nothing of the engine to a screen whose lines come from elsewhere', () => {
    const { edit } = start({}, { hasEngine: false });
    expect(said(edit('config.json', '{"engine":{"gate":{"quantile":0.9}}}'))).toBe(
      'config.json: nothing changes here',
    );
  });
});

describe('a changed theme of one’s own', () => {
  const neon = '{"extends":"dark","background":"#000000"}';

  test('can be chosen once it is there, is drawn anew when it changes, and not when it does not', () => {
    const { edit, reload } = start();
    const added = edit('themes/neon.json', neon);
    expect(said(added)).toBe('theme neon is there');
    expect(added.settings.themes?.map(({ name }) => name)).toEqual([
      ...themes.map(({ name }) => name),
      'neon',
    ]);
    expect(added.settings.theme).toBeUndefined();
    reload.choseTheme('neon');
    const other = edit('themes/neon.json', '{"extends":"dark","background":"#010101"}');
    expect(other.settings.theme).toMatchObject({ name: 'neon', background: '#010101' });
    expect(said(other)).toBe('theme neon changed');
    const same = edit('themes/neon.json', '{ "extends":"dark","background":"#010101" }');
    expect(same.settings.theme).toBeUndefined();
    expect(same.notice).toBeNull();
  });

  test('that is broken or gone stays in force until another one is chosen', () => {
    const { edit } = start({ 'config.json': '{"theme":"neon"}', 'themes/neon.json': neon });
    const broken = edit('themes/neon.json', '{"extends":"dark","roles":{"risng":"red"}}');
    expect(broken.settings.theme).toBeUndefined();
    expect(broken.notice).toEqual({
      text: "theme neon.json: role 'risng' unknown; did you mean 'rising'?",
      tone: 'warning',
    });
    const mended = edit('themes/neon.json', '{"extends":"dark","background":"#020202"}');
    expect(mended.settings.theme?.background).toBe('#020202');
    expect(said(mended)).toBe('theme neon is right again; config.json is right again');
    const gone = edit('themes/neon.json', null);
    expect(gone.settings.theme).toBeUndefined();
    expect(said(gone)).toMatch(
      /^config\.json: theme: expected one of dark, .*; theme neon is gone$/,
    );
  });

  test('comes into force when the configuration asked for it before it was there', () => {
    const { edit } = start({}, { remembered: 'neon' });
    const { settings } = edit('themes/neon.json', neon);
    expect(settings.theme?.name).toBe('neon');
  });
});

test('settings differ leaf by leaf, lists as a whole', () => {
  const before = { a: 1, b: { c: [1], d: { e: null } }, f: 1 };
  expect(differences(before, { a: 1, b: { c: [1, 2], d: { e: 0 } }, g: 1 })).toEqual([
    'b.c',
    'b.d.e',
    'f',
    'g',
  ]);
  expect(differences(before, structuredClone(before))).toEqual([]);
});
