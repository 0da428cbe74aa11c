import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { runDrift } from '../../src/app/commands/drift.ts';
import type { StoredAsset } from '../../src/app/drift-store.ts';
import { closeOf, hourAt, hourOf } from '../../src/market/hourly.ts';
import type { Kept } from '../../src/model/kept.ts';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import { HOUR, micros } from '../../src/model/units.ts';
import { rebuildSeries } from '../../src/signals/asset-drift.ts';
import { hours, listing, NOW, PERP, storeOn } from '../store/support.ts';
import { at, listed, type Said } from '../support/market.ts';
import { run, scratch } from '../support/program.ts';
import { randomOf } from '../support/tape.ts';

const COUNT = 200;
const OPEN = hourOf(NOW) + 1;
const FIRST = OPEN - COUNT;

/** What was kept until the open cell, that included. */
function keptRows() {
  const random = randomOf(4);
  let [oi, rate, basis] = [1000, 1e-4, 3e-4];
  return Array.from({ length: COUNT + 1 }, (_, i) => {
    oi *= Math.exp((random() - 0.5) * 0.02);
    rate += (random() - 0.5) * 1e-5;
    basis += (random() - 0.5) * 1e-4;
    const index = 100 + random();
    return { oi, rate: (FIRST + i) % 8 === 0 ? rate : null, mark: index * (1 + basis), index };
  });
}

const ROWS = keptRows();
const kept: Kept[] = [
  listing(),
  hours(
    'openInterest',
    FIRST,
    ROWS.map(({ oi }) => oi),
  ),
  hours(
    'fundingSettled',
    FIRST,
    ROWS.map(({ rate }) => rate),
  ),
  hours(
    'mark',
    FIRST,
    ROWS.map(({ mark }) => mark),
  ),
  hours(
    'index',
    FIRST,
    ROWS.map(({ index }) => index),
  ),
];

function storeWith(...more: readonly Kept[]): string {
  const folder = scratch();
  const { store } = storeOn(path.join(folder, 'history.db'));
  store.open(NOW);
  expect(store.write([...kept, ...more], NOW)).toBe(true);
  store.close();
  return folder;
}

const assetIn = (folder: string, more: Partial<StoredAsset> = {}): StoredAsset => ({
  file: path.join(folder, 'history.db'),
  asset: 'BTC',
  venue: undefined,
  venues: ['binance'],
  now: micros(NOW + HOUR / 2),
  ...more,
});

async function made(
  from: StoredAsset,
  settings: Pick<EngineSettings, 'drift' | 'gate'> = DEFAULT_SETTINGS,
) {
  const out = path.join(scratch(), 'd.csv');
  const said: string[] = [];
  await runDrift({
    from,
    out,
    report: `${out}.md`,
    gate: 'trailing',
    top: 2,
    settings,
    stderr: { write: (text) => said.push(text) },
  });
  const rows = readFileSync(out, 'utf8').trimEnd().split('\n').slice(1);
  return { rows, said: said.join(''), report: readFileSync(`${out}.md`, 'utf8') };
}

/** What an engine makes of the same past. */
function engineCells(settings = DEFAULT_SETTINGS) {
  const { state, tell } = listed();
  tell({ kind: 'fundingInterval', tsLocal: at(0), hours: 8, basis: 'listed' });
  const page = (series: string, key: 'oi' | 'rate' | 'mark' | 'index'): Said => ({
    kind: 'historyPage',
    tsLocal: at(0),
    series,
    rows: ROWS.flatMap((row, i) => {
      const value = row[key];
      return value === null ? [] : [{ ts: closeOf(FIRST + i), value }];
    }),
  });
  tell(page('openInterest', 'oi'), page('fundingSettled', 'rate'));
  tell(page('mark1h', 'mark'), page('index1h', 'index'));
  return rebuildSeries(state, undefined, FIRST, OPEN - 1, settings);
}

describe('a series from the store', () => {
  test('has the closed cells that an engine has, and not the open one', async () => {
    const { rows, report } = await made(assetIn(storeWith()));
    const cells = engineCells();
    expect(rows).toHaveLength(COUNT);
    const text = (value: number) => (Number.isFinite(value) ? String(value) : '');
    for (const [i, row] of rows.entries()) {
      const hour = FIRST + i;
      const [timestamp, mu, d, active] = row.split(',');
      expect(Number(timestamp)).toBe(closeOf(hour) / 1000);
      expect([mu, d]).toEqual([text(hourAt(cells.mu, hour)), text(hourAt(cells.d, hour))]);
      expect(active).toBe(text(hourAt(cells.active, hour)));
    }
    expect(rows.at(-1)).toMatch(/,[01],/);
    expect(report).toContain(`# Drift: ${PERP}`);
    expect(report).toContain('(mark − index) / index');
  });

  test('takes the running estimate before the settled rate, and says so, unless the settled is wanted', async () => {
    const folder = storeWith(hours('funding8h', OPEN - 1, [0.01]));
    const last = async (funding: 'predicted' | 'settled') => {
      const drift = { ...DEFAULT_SETTINGS.drift, funding };
      const { rows, said } = await made(assetIn(folder), { ...DEFAULT_SETTINGS, drift });
      return { z: Number(rows.at(-1)!.split(',')[7]), said };
    };
    const [predicted, settled] = [await last('predicted'), await last('settled')];
    expect(predicted.z).toBeGreaterThan(5);
    expect(Math.abs(settled.z)).toBeLessThan(5);
    expect(predicted.said).toContain('running estimate');
    expect(settled.said).not.toContain('running estimate');
  });

  test.each([
    ['no store', { file: '/no/such/history.db' }, 'nothing has been kept there'],
    ['no such asset', { asset: 'ETH' }, 'no perp of ETH'],
    ['no such venue', { venue: 'okx' }, 'no perp of BTC with open interest on okx'],
    ['a folder', { file: '/' }, '/: '],
  ])('cannot be made where there is %s', async (_, more, message) => {
    await expect(made(assetIn(storeWith(), more))).rejects.toThrow(message);
  });

  test('comes from the program as well', async () => {
    const folder = storeWith();
    const out = path.join(folder, 'd.csv');
    const from = ['drift', '--asset', 'btc', '--venue', 'binance', '--data-dir', folder];
    const { exit, stderr } = await run([...from, '--out', out]);
    expect(exit, stderr).toBe(0);
    expect(readFileSync(out, 'utf8').split('\n').length).toBeGreaterThan(COUNT);
    expect((await run([...from, '--out', out, '--oi', 'oi.csv'])).exit).toBe(2);
  });
});
