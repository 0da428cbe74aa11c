import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Kept, KeptListing } from '../../src/model/kept.ts';
import { micros } from '../../src/model/units.ts';
import { Store } from '../../src/store/store.ts';

/** 2026-03-10T12:00Z. */
export const NOW = micros(Date.UTC(2026, 2, 10, 12) * 1000);

export const PERP = 'binance:BTC/USDT:USDT';

export const listing = (change: Partial<KeptListing> = {}): KeptListing => ({
  kind: 'listing',
  instrument: PERP,
  feed: 'binance-usdm',
  venue: 'binance',
  asset: 'BTC',
  product: 'perp',
  symbol: 'BTCUSDT',
  ...change,
});

export const QUERY = { feeds: ['binance-usdm', 'toy'], assets: ['BTC'], now: NOW };

/** A store on a file, closed after the test, with what it told people. */
export function storeOn(
  file: string,
  settings = 'ours',
): { readonly store: Store; readonly notices: string[] } {
  const notices: string[] = [];
  const store = new Store({ file, settings, onNotice: (text) => notices.push(text) });
  onTestFinished(() => store.close());
  return { store, notices };
}

/** What a fresh process would be given back. */
export function readAgain(file: string, query = QUERY, settings = 'ours') {
  const { store } = storeOn(file, settings);
  const found = store.read(query);
  store.close();
  if (found === null) throw new Error(`nothing to read: ${store.report.reason}`);
  return found;
}

export const hours = (
  series: Extract<Kept, { kind: 'hours' }>['series'],
  from: number,
  values: readonly (number | null)[],
  lags?: readonly number[],
): Kept => ({
  kind: 'hours',
  instrument: PERP,
  series,
  from,
  values,
  ...(lags !== undefined && { lags }),
});

/** What the child says after each batch. */
export interface Said {
  readonly number: number;
  readonly isWritten: boolean;
  readonly state: 'ok' | 'memory';
  readonly reason: string | null;
  readonly notices: readonly string[];
}

const CHILD = path.join(import.meta.dirname, '..', 'support', 'store-child.ts');

/** A process that writes to a store, with what it has said so far. */
export class Writing {
  readonly child: ChildProcess;
  readonly said: Said[] = [];
  readonly ended: Promise<number | NodeJS.Signals | null>;

  /** @param before what the shell does first, e.g. `ulimit -f 200`. */
  constructor(file: string, name: string, batches?: number, before?: string) {
    const args = [CHILD, file, name, ...(batches === undefined ? [] : [String(batches)])];
    this.child =
      before === undefined
        ? spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
        : spawn('sh', ['-c', `${before}; exec "$0" "$@"`, process.execPath, ...args], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
    let rest = '';
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.said.push(JSON.parse(line) as Said);
    });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => resolve(code ?? signal));
    });
    onTestFinished(() => {
      if (this.child.exitCode === null && this.child.signalCode === null)
        this.child.kill('SIGKILL');
    });
  }

  async until(condition: (said: readonly Said[]) => boolean): Promise<void> {
    const end = Date.now() + 15_000;
    while (!condition(this.said)) {
      if (Date.now() > end || this.child.exitCode !== null)
        throw new Error(`never came: ${JSON.stringify(this.said.at(-1))}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
