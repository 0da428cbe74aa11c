import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Config, loadConfig } from '../../src/app/config.ts';
import { directories } from '../../src/app/directories.ts';
import { CommandError } from '../../src/app/errors.ts';
import { readUserThemes } from '../../src/app/user-themes.ts';
import { scratch } from '../support/program.ts';

interface Layers {
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly sets?: readonly string[];
  readonly flags?: Readonly<Record<string, unknown>>;
  /** Files of one's own themes. */
  readonly themes?: Readonly<Record<string, string>>;
}

function load({ file, env = {}, sets = [], flags = {}, themes = {} }: Layers): Config {
  const folder = scratch();
  const at = path.join(folder, 'config.json');
  if (file !== undefined) writeFileSync(at, file);
  const own = path.join(folder, 'themes');
  mkdirSync(own);
  for (const [name, text] of Object.entries(themes)) writeFileSync(path.join(own, name), text);
  return loadConfig({
    file: { path: at, isOptional: true },
    env,
    sets,
    flags,
    userThemes: () => readUserThemes(own),
  });
}

function refusal(layers: Layers): { readonly message: string; readonly exitCode: number } {
  try {
    load(layers);
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  return expect.unreachable('it was accepted');
}

describe('what is set', () => {
  test('flags beat sets, which beat the environment, which beats the file', () => {
    const file = '{ "fps": 1, "ascii": true, "theme": "light", "assets": ["SOL"] }';
    const env = { PERPSCOPE_FPS: '2', PERPSCOPE_THEME: 'dark', PERPSCOPE_ASSETS: 'BTC,ETH' };
    const config = load({ file, env, sets: ['fps=3', 'assets=XRP'], flags: { assets: ['DOGE'] } });
    expect(config).toMatchObject({ fps: 3, ascii: true, theme: 'dark', assets: ['DOGE'] });
  });

  test('the clock by which books are sampled is one of two, and every threshold has its name', () => {
    const { engine } = load({
      sets: ['engine.sampling.clock=notional', 'engine.sampling.notional=250000'],
      env: { PERPSCOPE_ENGINE__MEANREVERSION__Z60: '2' },
    });
    expect(engine.sampling).toEqual({ clock: 'notional', notional: 250_000 });
    expect(engine.meanReversion).toMatchObject({ z60: 2, z240: 1, dickeyFuller: -2.88 });
    for (const bad of [
      'engine.sampling.clock=tick',
      'engine.sampling.notional=0',
      'engine.vpin.buckets=0',
      'engine.kyle.minMinutes=2',
      'engine.volatility.lowQuantile=2',
      'engine.meanReversion.dickeyFuller=1',
      'engine.oib.minPairs=1',
      'engine.flow.minMinutes=61',
    ])
      expect(refusal({ sets: [bad] }), bad).toMatchObject({ exitCode: 2 });
  });

  test('a theme of one’s own may be named anywhere, and says what is wrong with it', () => {
    const themes = {
      'Neon.json': '{"extends":"dark"}',
      'odd.json': '{"extends":"dark","rols":{}}',
    };
    expect(load({ file: '{"theme":"neon"}', themes }).theme).toBe('neon');
    expect(load({ env: { PERPSCOPE_THEME: 'Neon' }, themes }).theme).toBe('Neon');
    expect(refusal({ flags: { theme: 'odd' }, themes })).toMatchObject({
      message: "flags: theme odd.json: key 'rols' unknown; did you mean 'roles'?",
      exitCode: 2,
    });
    expect(refusal({ file: '{"theme":"neno"}', themes }).message).toMatch(
      /theme: expected one of dark, .*, Neon, got "neno"$/,
    );
  });

  test('one of a list needs no brackets, neither in the environment nor in a set', () => {
    expect(load({ env: { PERPSCOPE_ASSETS: 'BTC' } }).assets).toEqual(['BTC']);
    expect(load({ sets: ['assets=BTC'] }).assets).toEqual(['BTC']);
    expect(load({ sets: ['assets=BTC,ETH'] }).assets).toEqual(['BTC', 'ETH']);
  });

  test('a host of a feed is replaced and the others stay', () => {
    const { feeds } = load({ sets: ['feeds.binance-usdm.hosts.rest=http://127.0.0.1:9'] });
    expect(feeds['binance-usdm']?.hosts).toEqual({ rest: 'http://127.0.0.1:9' });
  });

  test('a fee of a venue is replaced, or set where there is none, and the others stay', () => {
    const sets = ['engine.fees.taker.binance=3.6', 'engine.fees.taker.kraken=26'];
    const { taker } = load({ sets }).engine.fees;
    expect(taker).toMatchObject({ binance: 3.6, bybit: 5.5, kraken: 26 });
  });

  test('keys of one’s own are checked for actions, names and conflicts, across layers too', () => {
    const file = '{ "keys": { "zoom": ["x", "f5"], "theme": "y" } }';
    expect(refusal({ file })).toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/config .*: keys: theme: no such action, known are /),
    });
    const clash = '{ "keys": { "zoom": "s" } }';
    expect(refusal({ file: clash })).toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/key 's' is bound to both 'sort' and 'zoom'$/),
    });
    const good = '{ "keys": { "zoom": ["x", "f5"] } }';
    expect(
      load({ file: good, sets: ['keys.explain=w,i', 'keys.longer=W', 'keys.shorter=M'] }).keys,
    ).toEqual({
      zoom: ['x', 'f5'],
      explain: ['w', 'i'],
      longer: 'W',
      shorter: 'M',
    });
    expect(refusal({ file: good, sets: ['keys.explain=x'] })).toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/key 'x' is bound to both/),
    });
  });

  test('an empty variable counts as none', () => {
    expect(load({ env: { PERPSCOPE_FPS: '' } }).fps).toBe(10);
    const home = directories({ HOME: '/home/desk' });
    expect(directories({ PERPSCOPE_DATA_DIR: '', XDG_STATE_HOME: '' })).toEqual(home);
    expect(directories({ PERPSCOPE_DATA_DIR: '/a' }, '/b').data).toBe('/b');
  });
});

test('without a home, things are kept in some absolute place, never in the current folder', () => {
  const before = process.env['HOME'];
  onTestFinished(() => {
    if (before === undefined) delete process.env['HOME'];
    else process.env['HOME'] = before;
  });
  process.env['HOME'] = '';
  for (const folder of Object.values(directories({}))) expect(path.isAbsolute(folder)).toBe(true);
});

describe('what is refused', () => {
  test.each([
    ['["BTC"]', 'is no JSON object of settings'],
    ['null', 'is no JSON object of settings'],
    ['{ "asets": ["BTC"] }', 'asets: no such key'],
    ['{ "__proto__": { "fps": 5 } }', '__proto__: no such key'],
    ['{ "theme": "neon" }', 'theme: expected one of dark, light'],
    ['{ "feeds": { "mtgox": {} } }', 'feeds.mtgox: no such feed, known are binance-usdm'],
  ])('the file %s', (file, message) => {
    const error = refusal({ file });
    expect(error.message).toContain(message);
    expect(error.exitCode).toBe(78);
  });

  test.each([
    ['assets=B T C', 'assets.0: expected an asset in capitals, like BTC, got "B T C"'],
    ['__proto__.fps=5', '__proto__: no such key'],
    ['engine.__proto__.fps=5', 'engine.__proto__: no such key'],
    ['feeds.binance-usdm.hosts.rst=http://a', 'feeds.binance-usdm.hosts.rst: no such key'],
    ['feeds.binance-usdm.hosts.rest=there', 'feeds.binance-usdm.hosts.rest: expected a URL'],
    ['feeds.binance-usdm.numbers.patience=1', 'feeds.binance-usdm.numbers.patience: no such key'],
    ['fps=1e999', 'fps: expected <=60, got Infinity'],
    ['scanner.books=-1', 'scanner.books: expected >=0, got -1'],
    [
      'scanner.everySeconds=0.5',
      'scanner.everySeconds: expected Invalid integer: Received 0.5, got 0.5',
    ],
    ['engine.options.widestDeltaGap=2', 'engine.options.widestDeltaGap: expected <=1, got 2'],
    ['engine.fees.taker.binance=-1', 'engine.fees.taker.binance: expected >=0, got -1'],
    ['engine.funding.capShare=2', 'engine.funding.capShare: expected <=1, got 2'],
    ['engine.markCheck.samples=0', 'engine.markCheck.samples: expected >=1, got 0'],
    ['engine.carry.marge=1', 'engine.carry.marge: no such key'],
    ['scanner.shelves=4', 'scanner.shelves: no such key'],
    ['engine.cascade.maintenance.okx=0.01', 'engine.cascade.maintenance: no such key'],
    [
      'engine.cascade.tiers.okx=[[null,0.02,50]]',
      'engine.cascade.tiers.okx: expected brackets [largest USD or null, maintenance, most leverage]',
    ],
    ['engine.cascade.leverageHigh=[[1,1]]', 'engine.cascade.leverageHigh.0.0: expected >1, got 1'],
    ['fps', "--set takes key=value, not 'fps'"],
  ])('--set %s', (set, message) => {
    const error = refusal({ sets: [set] });
    expect(error.message).toContain(message);
    expect(error.exitCode).toBe(2);
  });

  test('more assets than a screen can serve', () => {
    const assets = Array.from({ length: 65 }, (_, at) => `A${at}`);
    expect(refusal({ flags: { assets } }).message).toBe('flags: assets: expected <=64, got 65');
  });
});
