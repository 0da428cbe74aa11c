import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import xterm from '@xterm/headless';
import { RawPty } from '../../test/support/raw-pty.ts';
import type { VenueReady } from '../../test/support/venue-process.ts';
import { PROGRAM, ROOT } from '../root.ts';
import { Line } from './line.ts';

const PROBE = pathToFileURL(path.join(ROOT, 'bench', 'system', 'probe.mjs'));

/** What one thread of the program has used since its warm-up (`probe.mjs`). */
export interface ThreadNote {
  readonly kind: 'screen' | 'feeds' | 'other';
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** A folder for one run of the program: its settings, what it remembers, what its threads note. */
export class Place {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'perpscope-bench-'));
  readonly env: NodeJS.ProcessEnv;

  /**
   * @param warmupSeconds  after which the threads begin to note; null when nothing is noted, which costs a start some time.
   * @param ca  certificate of the venue, which nobody else would trust.
   */
  constructor(warmupSeconds: number | null, config: object = {}, ca: string | null = null) {
    const env: NodeJS.ProcessEnv = { ...process.env };
    for (const name of Object.keys(env))
      if (/^(?:PERPSCOPE_|FORCE_COLOR|NO_COLOR|SSH_|CI$)/.test(name)) delete env[name];
    for (const kind of ['CONFIG', 'STATE', 'DATA'])
      env[`XDG_${kind}_HOME`] = path.join(this.folder, kind.toLowerCase());
    mkdirSync(path.join(this.folder, 'config', 'perpscope'), { recursive: true });
    mkdirSync(path.join(this.folder, 'notes'));
    writeFileSync(
      path.join(this.folder, 'config', 'perpscope', 'config.json'),
      JSON.stringify(config),
    );
    const caFile = path.join(this.folder, 'ca.pem');
    if (ca !== null) writeFileSync(caFile, ca);
    this.env = {
      ...env,
      ...(warmupSeconds !== null && {
        BENCH_PROBE: path.join(this.folder, 'notes'),
        BENCH_WARMUP: String(warmupSeconds),
        NODE_OPTIONS: `--import=${PROBE.href}`,
      }),
      ...(ca !== null && { NODE_EXTRA_CA_CERTS: caFile }),
    };
  }

  /** The newest notes of every thread of a kind. */
  notes(kind: ThreadNote['kind']): ThreadNote[] {
    const folder = path.join(this.folder, 'notes');
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as ThreadNote)
      .filter((note) => note.kind === kind);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a run sets besides the hosts. */
export interface BenchConfig {
  readonly scanner: object;
  readonly feeds: Readonly<Record<string, object>>;
}

/** Settings that send the program to a simulated venue. */
export function configFor({ endpoints }: VenueReady, more: Partial<BenchConfig> = {}): object {
  return {
    ...more,
    feeds: {
      'binance-usdm': {
        ...more.feeds?.['binance-usdm'],
        hosts: {
          public: `${endpoints.futuresWs}/public`,
          market: `${endpoints.futuresWs}/market`,
          rest: endpoints.futuresRest,
        },
      },
      'binance-spot': { hosts: { ws: endpoints.spotWs, rest: endpoints.spotRest } },
      'binance-coinm': { hosts: { ws: endpoints.coinmWs, rest: endpoints.coinmRest } },
    },
  };
}

/** Cursor movements and colours, which stand between the cells that changed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they begin with.
const CONTROLS = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** Words of the help from its upper border and from its body, which are nowhere else. */
const HELP = [
  /Esc closes/,
  /every panel|the reason stands|trailing 7 days|quantile of the last|asks only/,
];

/** The screen of the program on a terminal, with someone who presses `?` now and then and looks how long the help takes to come. */
export class Screen {
  readonly #pty: RawPty;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  /** ms from a key until what it brings can be seen. */
  readonly latencies: number[] = [];
  firstScreenMs: number | null = null;

  /**
   * @param bytesPerSecond  what the line to the terminal carries; Infinity for one on the same machine.
   * @param size  200 × 60 unless given.
   */
  constructor(
    place: Place,
    args: readonly string[],
    bytesPerSecond = Number.POSITIVE_INFINITY,
    [columns, rows]: readonly [columns: number, rows: number] = [200, 60],
  ) {
    const startedAt = performance.now();
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    const line = new Line(
      bytesPerSecond,
      (data) => {
        if (
          this.firstScreenMs === null &&
          /perpscope/.test(data.toString('latin1').replace(CONTROLS, ''))
        )
          this.firstScreenMs = performance.now() - startedAt;
        this.#terminal.write(data);
      },
      (isFull) => this.#pty.hold(isFull),
    );
    this.#pty = new RawPty(
      [process.execPath, PROGRAM, ...args],
      { columns, rows, env: place.env },
      (data) => line.push(data),
    );
    // What a terminal says by itself: that it has read so far.
    this.#terminal.onData((text) => this.#pty.send(text));
  }

  #shows(pattern: RegExp): boolean {
    const { active } = this.#terminal.buffer;
    for (let y = 0; y < this.#terminal.rows; y += 1)
      if (pattern.test(active.getLine(y)?.translateToString(true) ?? '')) return true;
    return false;
  }

  get bytes(): number {
    return this.#pty.bytes;
  }

  get pid(): number | undefined {
    return this.#pty.pid;
  }

  /** Opens and closes the help until the time is up. */
  async press(ms: number, jitter: () => number): Promise<void> {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      const pressedAt = performance.now();
      this.#pty.send('?');
      await patiently(() => HELP.every((pattern) => this.#shows(pattern)));
      this.latencies.push(performance.now() - pressedAt);
      this.#pty.send('?');
      await patiently(() => !this.#shows(HELP[0]!));
      // Not in step with the drawing.
      await sleep(180 + 240 * jitter());
    }
  }

  async close(): Promise<void> {
    this.#pty.send('q');
    await Promise.race([this.#pty.exited, sleep(3000)]);
    await this.#pty.close();
  }
}

/** Waits until it is so, for ten seconds at most. */
async function patiently(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isSo() && performance.now() < end) await sleep(2);
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Seconds of processor that a process has used, all of its threads; NaN where there is no /proc. */
export function cpuSecondsOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

/** Resident memory of a process, MB. */
export function residentMb(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** ms from the start of a headless command to its first line. */
export function firstLineMs(place: Place, args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: place.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.stdout.once('data', () => {
      const ms = performance.now() - startedAt;
      child.stdout.destroy();
      child.on('close', () => resolve(ms));
      child.kill('SIGTERM');
    });
  });
}

/** A headless command that runs until it is closed; what it prints is thrown away. */
export class Headless {
  readonly #child: ChildProcess;
  readonly pid: number;

  constructor(place: Place, args: readonly string[]) {
    this.#child = spawn(process.execPath, [PROGRAM, ...args], {
      env: place.env,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    this.pid = this.#child.pid!;
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await gone;
  }
}
