import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Kept, KeptCell } from '../../src/model/kept.ts';
import { DAY, HOUR, MINUTE, type Micros, micros, SECOND } from '../../src/model/units.ts';
import { scratch } from '../support/program.ts';
import { hours, listing, NOW, PERP, QUERY, readAgain, storeOn } from './support.ts';

const H = NOW / HOUR;
const fileIn = (folder = scratch()) => path.join(folder, 'history.db');

const cell = (hour: number, mu: number): KeptCell => ({
  kind: 'cell',
  asset: 'BTC',
  instrument: PERP,
  hour,
  numbers: {
    openInterest: 1,
    funding8h: 2,
    basis: 3,
    oiChange: 4,
    zFunding: 5,
    zOiChange: 6,
    zBasis: 7,
    mu1: 8,
    mu2: 9,
    mu3: 0,
    mu,
    d: Math.abs(mu),
    quantile: null,
  },
  active: null,
});

const print = (
  change: Partial<Extract<Kept, { kind: 'liquidations' }>['prints'][number]> = {},
) => ({
  instrument: PERP,
  side: 'long' as const,
  price: 60_000,
  size: 0.5,
  tsExchange: micros(NOW - 10 * SECOND),
  tsLocal: micros(NOW - 9 * SECOND),
  ...change,
});

/** Rows of a query on the file itself, as any SQLite tool sees it. */
function rowsOf(file: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db.prepare(sql).all();
  db.close();
  return rows.map((row) => ({ ...row }));
}

describe('what was kept', () => {
  test('comes back as it was', () => {
    const file = fileIn();
    const { store } = storeOn(file);
    const kept: Kept[] = [
      listing(),
      hours('openInterest', H - 3, [90_000.123456789, null, 91_000.5, 92_000]),
      hours('fundingSettled', H - 8, [0.0001], [12]),
      {
        kind: 'minutes',
        instrument: PERP,
        series: 'price',
        stamps: [NOW - 2 * MINUTE, NOW - MINUTE],
        values: [60_000.1, 60_001.2],
      },
      {
        kind: 'minutes',
        instrument: PERP,
        series: 'fundingRate',
        stamps: [NOW - MINUTE],
        values: [-0.000012],
        periods: [NOW + 4 * HOUR],
      },
      {
        kind: 'liquidations',
        asset: 'BTC',
        prints: [print(), print({ side: 'short', tsExchange: null })],
      },
      { kind: 'hearing', feed: 'binance-usdm', asset: 'BTC', spans: [[NOW - HOUR, NOW - MINUTE]] },
      {
        kind: 'signals',
        asset: 'BTC',
        at: micros(NOW - SECOND),
        gate: { state: true, since: micros(NOW - HOUR) },
        wasOpenInCell: true,
        reach: { low: 59_000, high: 61_000 },
        regime: { state: 'crowded carry long', since: micros(NOW - 2 * HOUR) },
        cascade: null,
        settling: [PERP],
        nearCap: [PERP],
      },
      {
        kind: 'coverage',
        feed: 'binance-usdm',
        symbol: 'BTCUSDT',
        what: 'bar1h',
        from: 5,
        to: NOW,
      },
    ];
    expect(store.write(kept, NOW)).toBe(true);
    store.close();
    const found = readAgain(file);
    expect(found.listings).toEqual([listing()]);
    expect(found.coverage).toEqual([kept.at(-1)]);
    const of = (kind: string) => found.recalled.filter((one) => one.kind === kind);
    expect(of('signals')).toEqual([kept[7]]);
    expect(of('hearing')).toEqual([kept[6]]);
    expect(of('hours')).toEqual([kept[1], kept[2]]);
    expect(of('minutes')).toEqual([kept[3], kept[4]]);
    expect(of('liquidations')).toEqual([
      {
        ...kept[5],
        prints: expect.arrayContaining([print(), print({ side: 'short', tsExchange: null })]),
      },
    ]);
  });

  test('is counted once however often it is written', () => {
    const file = fileIn();
    const { store } = storeOn(file);
    const batch = [
      listing(),
      hours('openInterest', H - 2, [1, 2, 3]),
      { kind: 'liquidations', asset: 'BTC', prints: [print()] } as const,
      cell(H, 1),
    ];
    for (let i = 0; i < 3; i += 1) expect(store.write(batch, micros(NOW + i * SECOND))).toBe(true);
    expect(store.report).toEqual({ state: 'ok', reason: null, rows: 5, newest: NOW });
    expect(rowsOf(file, 'SELECT notional, prints FROM liquidation_hour')).toEqual([
      { notional: 30_000, prints: 1 },
    ]);
  });

  test('gives way to what was known later, and only to that', () => {
    const file = fileIn();
    const { store } = storeOn(file);
    store.write([listing(), hours('openInterest', H, [1], [5 * MINUTE])], NOW);
    store.write([hours('openInterest', H, [2], [0])], NOW);
    store.write([hours('openInterest', H, [3], [MINUTE]), hours('openInterest', H, [4], [0])], NOW);
    const [page] = readAgain(file).recalled;
    expect(page).toMatchObject({ kind: 'hours', from: H, values: [2] });
  });

  test('of a cell stays as it was committed', () => {
    const file = fileIn();
    const { store } = storeOn(file);
    const others = storeOn(file, 'theirs').store;
    store.write([listing(), cell(H, 1)], NOW);
    store.write([cell(H, 2)], NOW);
    others.write([cell(H, 3)], NOW);
    expect(rowsOf(file, 'SELECT settings, mu FROM cell ORDER BY mu')).toEqual([
      { settings: 'ours', mu: 1 },
      { settings: 'theirs', mu: 3 },
    ]);
  });

  test('of a liquidation is one row and counts once, whoever heard it', () => {
    const file = fileIn();
    const [one, other] = [storeOn(file).store, storeOn(file).store];
    one.write([listing(), { kind: 'liquidations', asset: 'BTC', prints: [print()] }], NOW);
    const late = print({ tsLocal: micros(NOW - 7 * SECOND) });
    other.write([{ kind: 'liquidations', asset: 'BTC', prints: [late] }], NOW);
    expect(rowsOf(file, 'SELECT hour, side, notional FROM liquidation_hour')).toEqual([
      { hour: H, side: 'long', notional: 30_000 },
    ]);
    expect(rowsOf(file, 'SELECT heard FROM liquidation')).toHaveLength(1);
  });

  test('of other assets and feeds is left where it is', () => {
    const file = fileIn();
    const { store } = storeOn(file);
    const eth = listing({ instrument: 'binance:ETH/USDT:USDT', asset: 'ETH', symbol: 'ETHUSDT' });
    const okx = listing({ instrument: 'okx:BTC/USDT:USDT', feed: 'okx-swap', venue: 'okx' });
    const of = (instrument: string): Kept => ({ ...hours('mark', H, [1]), instrument }) as Kept;
    store.write([listing(), eth, okx, of(PERP), of(eth.instrument), of(okx.instrument)], NOW);
    expect(readAgain(file).recalled).toEqual([of(PERP)]);
    const both = readAgain(file, { ...QUERY, assets: ['ETH', 'BTC'] });
    expect(both.recalled).toEqual([of(PERP), of(eth.instrument)]);
  });

  test('while two ran at the same time counts as heard once', () => {
    const file = fileIn();
    const { store } = storeOn(file);
    const span = (from: number, to: number): Kept => ({
      kind: 'hearing',
      feed: 'binance-usdm',
      asset: 'BTC',
      spans: [[NOW - from, NOW - to]],
    });
    store.write([span(HOUR, HOUR), span(HOUR, 30 * MINUTE), span(50 * MINUTE, 20 * MINUTE)], NOW);
    store.write([span(5 * MINUTE, MINUTE)], NOW);
    expect(readAgain(file).recalled).toEqual([
      {
        kind: 'hearing',
        feed: 'binance-usdm',
        asset: 'BTC',
        spans: [
          [NOW - HOUR, NOW - 20 * MINUTE],
          [NOW - 5 * MINUTE, NOW - MINUTE],
        ],
      },
    ]);
  });
});

describe('retention', () => {
  test('thins minutes with age to the last of ten, then lets them go', () => {
    const file = fileIn();
    const { store } = storeOn(file);
    const minute = (ago: number): Kept => ({
      kind: 'minutes',
      instrument: PERP,
      series: 'price',
      stamps: [NOW - ago],
      values: [ago],
    });
    const recent = Array.from({ length: 30 }, (_, i) => minute((i + 1) * MINUTE));
    const old = Array.from({ length: 30 }, (_, i) => minute(3 * DAY + (i + 1) * MINUTE));
    store.write([listing(), ...recent, ...old, minute(20 * DAY)], NOW);
    const left = rowsOf(file, 'SELECT ts FROM minute ORDER BY ts').map(
      ({ ts }) => NOW - Number(ts),
    );
    const inDays = (days: number) => left.filter((ago) => Math.floor(ago / DAY) === days);
    expect(inDays(0)).toHaveLength(30);
    // Tens end where the clock says so: three whole ones of thirty minutes, each by its last.
    expect(inDays(3)).toEqual([21, 11, 1].map((m) => 3 * DAY + m * MINUTE));
    expect(inDays(20)).toEqual([]);
  });

  test('lets single liquidations go and keeps their sums', () => {
    const file = fileIn();
    const { store } = storeOn(file);
    const then = micros(NOW - 20 * DAY);
    const old = print({ tsExchange: then, tsLocal: then });
    store.write([listing(), { kind: 'liquidations', asset: 'BTC', prints: [old, print()] }], NOW);
    expect(rowsOf(file, 'SELECT heard FROM liquidation')).toEqual([{ heard: NOW - 9 * SECOND }]);
    expect(rowsOf(file, 'SELECT hour FROM liquidation_hour ORDER BY hour')).toEqual([
      { hour: then / HOUR + 1 },
      { hour: H },
    ]);
  });

  test('joins spans of answered history that touch', () => {
    const file = fileIn();
    const { store } = storeOn(file);
    const covered = (from: number, to: number, what = 'bar1h'): Kept => ({
      kind: 'coverage',
      feed: 'binance-usdm',
      symbol: 'BTCUSDT',
      what,
      from: NOW + from,
      to: NOW + to,
    });
    store.write(
      [
        covered(0, 10),
        covered(5, 20),
        covered(20, 30),
        covered(40, 50),
        covered(41, 42),
        covered(0, 9, 'mark1h'),
      ],
      NOW,
    );
    expect(readAgain(file).coverage).toEqual([
      covered(0, 30),
      covered(40, 50),
      covered(0, 9, 'mark1h'),
    ]);
  });
});

describe('a store that is not as it should be', () => {
  const written = (folder: string): string => {
    const file = fileIn(folder);
    const { store } = storeOn(file);
    const values = Array.from({ length: 900 }, (_, i) => i + 0.5);
    const kept = (['mark', 'index', 'close', 'high', 'low'] as const).map((series) =>
      hours(series, H - 900, values),
    );
    store.write([listing(), ...kept], NOW);
    store.close();
    return file;
  };

  const damages: Record<string, (file: string) => void> = {
    'no database any more': (file) =>
      writeFileSync(file, 'not a database at all, but some text\n'.repeat(99)),
    'cut off': (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
    'with garbage in the middle': (file) => {
      const handle = openSync(file, 'r+');
      writeSync(handle, Buffer.alloc(4096 * 6, 0xa5), 0, 4096 * 6, 4096 * 18);
      closeSync(handle);
    },
  };
  test.each(Object.keys(damages))('%s is moved aside, and a fresh one begun', (how) => {
    const folder = scratch();
    const file = written(folder);
    damages[how]!(file);
    const bytes = readFileSync(file);
    const { store, notices } = storeOn(file);
    expect(store.read(QUERY)).toEqual({ listings: [], coverage: [], recalled: [] });
    expect(store.write([listing(), hours('mark', H, [1])], NOW)).toBe(true);
    expect(store.report).toMatchObject({ state: 'ok', reason: null });
    const [moved] = readdirSync(folder).filter((name) => name.includes('damaged'));
    expect(moved).toMatch(/^history\.db\.damaged-2026-03-10T12-00-00Z$/);
    expect(readFileSync(path.join(folder, moved!))).toEqual(bytes);
    expect(notices).toEqual([`the store was damaged and is kept as ${moved}; a new one is begun`]);
    expect(readAgain(file).recalled).toEqual([hours('mark', H, [1])]);
  });

  test('because it was damaged while it was open loses nothing of what is written then', () => {
    const folder = scratch();
    const file = written(folder);
    const { store, notices } = storeOn(file);
    expect(store.open(NOW)).toBe(true);
    // What another process writes makes this one read its pages anew.
    storeOn(file).store.write([hours('mark', H, [2])], NOW);
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(statSync(file).size - 4096, 0xa5), 0, undefined, 4096);
    closeSync(handle);
    const later = micros(NOW + MINUTE);
    expect(store.write([listing(), hours('mark', H, [1])], later)).toBe(true);
    expect(notices).toHaveLength(1);
    expect(readAgain(file).recalled).toEqual([hours('mark', H, [1])]);
  });

  test('of a newer version is not touched', () => {
    const file = written(scratch());
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    const before = readFileSync(file);
    const { store } = storeOn(file);
    expect(store.read(QUERY)).toBe(null);
    expect(store.write([listing()], micros(NOW + MINUTE))).toBe(false);
    expect(store.report).toMatchObject({
      state: 'memory',
      reason: 'written by a newer perpscope (version 99, this one knows 1)',
    });
    store.close();
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('but the database of another program is not touched', () => {
    const file = fileIn();
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE theirs (x)');
    db.close();
    const before = readFileSync(file);
    const { store } = storeOn(file);
    expect(store.write([listing()], NOW)).toBe(false);
    expect(store.report.reason).toBe('another program has a database there');
    store.close();
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('that cannot be made says why and is tried again', () => {
    const folder = scratch();
    const file = path.join(folder, 'data', 'history.db');
    writeFileSync(path.join(folder, 'data'), 'a file where a folder should be');
    const { store } = storeOn(file);
    expect(store.write([listing()], NOW)).toBe(false);
    expect(store.report).toMatchObject({ state: 'memory', reason: 'not a folder' });
    rmSync(path.join(folder, 'data'));
    // Not at once: a disk that is full stays so for a while.
    expect(store.write([listing()], micros(NOW + SECOND))).toBe(false);
    expect(store.write([listing()], micros(NOW + 31 * SECOND))).toBe(true);
    expect(store.report).toMatchObject({ state: 'ok', reason: null });
  });

  test('with a folder in its place says so', () => {
    const file = fileIn();
    mkdirSync(file);
    const { store } = storeOn(file);
    expect(store.read(QUERY)).toBe(null);
    expect(store.report).toMatchObject({ state: 'memory', reason: 'is a folder' });
  });

  test('that another process holds waits for it a while, then goes on from memory until it is free', () => {
    const file = written(scratch());
    const { store } = storeOn(file);
    expect(store.open(NOW)).toBe(true);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(store.write([hours('mark', H, [7])], NOW)).toBe(false);
    expect(store.report).toMatchObject({ state: 'memory', reason: 'held by another process' });
    other.exec('ROLLBACK');
    other.close();
    expect(store.write([hours('mark', H, [7])], micros(NOW + 3 * SECOND))).toBe(true);
    expect(store.report).toMatchObject({ state: 'ok', reason: null });
  });

  test('that was removed or replaced under it is noticed, and what follows is written where it is found', () => {
    const folder = scratch();
    const file = written(folder);
    const { store, notices } = storeOn(file);
    expect(store.open(NOW)).toBe(true);
    for (const name of readdirSync(folder))
      renameSync(path.join(folder, name), `${path.join(folder, name)}.old`);
    const later = micros(NOW + MINUTE);
    expect(store.write([listing(), hours('mark', H, [1])], later)).toBe(true);
    expect(notices).toEqual(['the file of the store is gone; a new one is begun']);
    expect(existsSync(file)).toBe(true);
    expect(readAgain(file).recalled).toEqual([hours('mark', H, [1])]);
  });
});

test('a clock that went back does not keep the store from writing', () => {
  const { store } = storeOn(fileIn());
  expect(store.write([listing()], NOW)).toBe(true);
  expect(store.write([hours('mark', H, [1])], (NOW - 3 * DAY) as Micros)).toBe(true);
});
