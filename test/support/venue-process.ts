import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { BinanceSim, BinanceSimOptions } from '../../src/sim/binance/simulator.ts';

/** What a venue in a process of its own is started with. */
export interface VenueOptions
  extends Partial<
    Pick<
      BinanceSimOptions,
      'seed' | 'scenario' | 'assets' | 'symbols' | 'messagesPerSecond' | 'startMs' | 'speed'
    >
  > {
  /** `wss:` and `https:`, with a fresh certificate. */
  readonly tls?: boolean;
}

/** The line it prints once it listens. */
export interface VenueReady {
  readonly endpoints: BinanceSim['endpoints'];
  /** The certificate a client has to trust; null without TLS. */
  readonly ca: string | null;
}

/** A running venue. */
export interface VenueProcess extends VenueReady {
  readonly pid: number;
  /** Ends it and waits until it is gone. */
  close(): Promise<void>;
}

/** Characters kept of what a venue says about itself. */
const COMPLAINT_LIMIT = 4000;

/**
 * Starts a simulated Binance in a process of its own, so that what it costs is not charged to the
 * one that listens. It ends with its starter, however that ends.
 *
 * @throws Error when it does not come up.
 */
export async function startVenue(options: VenueOptions = {}): Promise<VenueProcess> {
  // As this file runs: as it is written, or compiled.
  const file = path.join(import.meta.dirname, `venue-child${path.extname(import.meta.filename)}`);
  // A venue makes much garbage that dies young; where it may pile up higher, it only takes memory.
  const flags = ['--max-semi-space-size=16'];
  const child = spawn(process.execPath, [...flags, file, JSON.stringify(options)], {
    stdio: 'pipe',
  });
  const gone = once(child, 'close');
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint = `${complaint}${String(chunk)}`.slice(-COMPLAINT_LIMIT);
  });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    gone.then(([code]) => new Error(`the venue ended with ${code}: ${complaint}`)),
  ]);
  if (first instanceof Error) throw first;
  return {
    ...(JSON.parse(first) as VenueReady),
    pid: child.pid!,
    close: async () => {
      child.stdin.end();
      await gone;
    },
  };
}
