import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PROGRAM, ROOT } from '../root.ts';
import { spreadOf } from '../spread.ts';
import { RECORDINGS } from '../tapes/recorded-tape.ts';
import type { Found, Options, Report, Section } from './row.ts';

const BUILT = path.join(ROOT, 'dist', 'src', 'app', 'main.js');

const FILES = ['binance-usdm/btcusdt-20240808.jsonl.gz', 'binance-spot/btcusdt-20240808.jsonl.gz'];
const QUICK_FILES = ['binance-spot/nkn-blz-lrc-rune-20211012.jsonl.gz'];

/** Seconds from the first to the last receive time. */
function secondsOf(files: readonly string[]): number {
  let first = Infinity;
  let last = -Infinity;
  for (const file of files)
    for (const [, t] of gunzipSync(readFileSync(file))
      .toString()
      .matchAll(/^\{"t":(\d+)/gm)) {
      first = Math.min(first, Number(t));
      last = Math.max(last, Number(t));
    }
  return (last - first) / 1e6;
}

/** The command as a user types it, from its start to its end, ms; or how it ended. */
function replay(files: readonly string[], assets: string): number | string {
  const scratch = mkdtempSync(path.join(tmpdir(), 'perpscope-bench-'));
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of Object.keys(env)) if (name.startsWith('PERPSCOPE_')) delete env[name];
  for (const kind of ['CONFIG', 'STATE', 'DATA']) env[`XDG_${kind}_HOME`] = scratch;
  try {
    const start = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [PROGRAM, 'replay', ...files, '--assets', assets, '--stream'],
      { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
    );
    const ms = performance.now() - start;
    return status === 0 ? ms : `exit ${status}: ${stderr.trim()}`;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function measure({ rounds, quick }: Options, report: Report): ReadonlyMap<string, Found> {
  const id = 'replay.real-time';
  const files = (quick ? QUICK_FILES : FILES).map((name) => RECORDINGS + name);
  if (!files.every((file) => existsSync(file)) || !existsSync(BUILT)) {
    report.skip(id, existsSync(BUILT) ? '../shared/recordings is absent' : 'not built');
    return new Map();
  }
  const seconds = secondsOf(files);
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const ms = replay(files, quick ? 'NKN' : 'BTC');
    if (typeof ms === 'string') return new Map([[id, { failed: ms }]]);
    times.push(ms);
  }
  const spread = spreadOf(times.map((ms) => (seconds * 1000) / ms));
  const wall = (spreadOf(times).value / 1000).toFixed(2);
  return new Map([[id, { ...spread, note: `${seconds.toFixed(0)} s in ${wall} s` }]]);
}

export const replaySection: Section = {
  rows: [
    {
      id: 'replay.real-time',
      what: 'replay of BTC perp + spot, 2024-08-08: than real time',
      unit: '× faster',
      better: 'more',
      must: 50,
      aim: 200,
    },
  ],
  measure: async (options, _wanted, report) => measure(options, report),
};
