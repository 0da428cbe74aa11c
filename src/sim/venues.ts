import { binance } from './binance/server.ts';
import { bybit } from './bybit/server.ts';
import { deribit } from './deribit/server.ts';
import { hyperliquid } from './hyperliquid/server.ts';
import { okx } from './okx/server.ts';
import { type RunningStage, type StageOptions, startStage } from './stage.ts';
import type { Endpoints, VenuePart } from './venue-sim.ts';

/** Every venue there is a simulator of. A further one is a line here. */
const VENUES: Readonly<Record<string, () => VenuePart>> = {
  binance: () => binance(),
  bybit: () => bybit(),
  deribit: () => deribit(),
  hyperliquid: () => hyperliquid(),
  okx: () => okx(),
};

/** Their names. */
export const simulatedVenues: readonly string[] = Object.keys(VENUES);

interface VenuesOptions extends StageOptions {
  /** Whose simulators to start; their market is one. */
  readonly venues: readonly string[];
}

/** Venues on one market. */
interface Venues extends RunningStage {
  /** Hosts of all of them by feed and role. */
  readonly endpoints: Endpoints;
}

/**
 * Starts the simulators of venues over one seeded market, on the loopback interface. Ready when it
 * resolves.
 *
 * @throws RangeError on a venue nobody simulates, a coin or a scenario nobody knows
 */
export async function startVenues({ venues, ...options }: VenuesOptions): Promise<Venues> {
  const parts = [...new Set(venues)].map((venue) => {
    const part = VENUES[venue];
    if (part !== undefined) return part();
    throw new RangeError(`No simulator of ${venue}; there are ${simulatedVenues.join(', ')}`);
  });
  const stage = await startStage(options, parts);
  const endpoints: Endpoints = Object.assign({}, ...stage.venues.map((sim) => sim.endpoints));
  const { market, venues: sims, venue, setScenario, list, pump, close } = stage;
  return { market, venues: sims, venue, endpoints, setScenario, list, pump, close };
}
