import { Worker } from 'node:worker_threads';
import type { LiveJob } from './job.ts';
import { WORKER_LIMITS } from './worker-limits.ts';

/** What the thread of the simulators answers once they listen. */
export interface SimulatorsReady {
  /** Hosts by feed and role, in the place of the venues' own. */
  readonly hosts: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Simulators extends SimulatorsReady {
  close(): Promise<void>;
}

/** What a simulated exchange lists for a scanner. */
const ALL_ASSETS = ['BTC', 'ETH', 'SOL', 'XRP', 'DOGE', 'PEPE'];

/** What the simulators are started with. */
export interface SimulatorsJob {
  readonly seed: number;
  readonly scenario: string;
  readonly assets: readonly string[];
  /** Whose simulators to start; a market of one is shared by all. */
  readonly venues: readonly string[];
  /** Perps to list in all: a whole venue behind the assets; left out: the assets alone. */
  readonly symbols?: number;
  /** How busy the venue is with everything subscribed; left out: as its coins' sizes suggest. */
  readonly messagesPerSecond?: number;
}

/**
 * Starts the local exchanges in a thread of their own, so that what they cost is not charged to the feeds.
 *
 * @throws Error when they do not come up.
 */
export async function startSimulators(job: LiveJob): Promise<Simulators> {
  const { seed, scenario, config, universe, symbols } = job;
  const assets = universe ? [...new Set([...config.assets, ...ALL_ASSETS])] : config.assets;
  const workerData: SimulatorsJob = {
    seed,
    scenario,
    assets,
    venues: config.venues,
    ...(symbols !== null && { symbols }),
  };
  const worker = new Worker(new URL('./simulators-worker.js', import.meta.url), {
    workerData,
    resourceLimits: WORKER_LIMITS,
  });
  const { hosts } = await new Promise<SimulatorsReady>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`simulators ended with ${code}`)));
  });
  return {
    hosts,
    close: async () => {
      await worker.terminate();
    },
  };
}
