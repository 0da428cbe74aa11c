import { type Ccxt, hasCcxt, knowsExchange, loadExchange } from '../feed/ccxt.ts';
import { venues } from '../venues/index.ts';
import { type PolledVenue, polledVenue } from '../venues/polled/names.ts';
import { CommandError, usage } from './errors.ts';

/**
 * Whether a name is that of a venue: one with an adapter, or an exchange that ccxt has. Nothing of ccxt is loaded for the answer, and without ccxt
 * any name may be one, so that recordings play where it is not installed.
 */
function isVenue(name: string): boolean {
  if (venues.includes(name)) return true;
  const polled = polledVenue(name);
  return polled !== undefined && (!hasCcxt() || knowsExchange(polled.ccxtId));
}

/**
 * Refuses names of which nobody has heard.
 *
 * @throws CommandError, exit 2
 */
export function requireVenues(names: readonly string[]): void {
  const unknown = names.find((name) => !isVenue(name));
  if (unknown === undefined) return;
  throw usage(
    `unknown venue '${unknown}'; known: ${venues.join(', ')}\nbesides, any exchange with perps is polled by its ccxt id: kraken, gate, bitget, …`,
  );
}

/** A venue that is to be polled, with the exchange of ccxt that is asked. */
interface LoadedVenue {
  readonly venue: PolledVenue;
  readonly exchange: Ccxt;
}

/** Those among the names that are polled, each once. */
export function polledAmong(names: readonly string[]): readonly PolledVenue[] {
  const byFeed = new Map<string, PolledVenue>();
  for (const name of names) {
    const polled = venues.includes(name) ? undefined : polledVenue(name);
    if (polled !== undefined) byFeed.set(polled.feed, polled);
  }
  return [...byFeed.values()];
}

/**
 * Loads what is asked through ccxt, and nothing of it where nothing is.
 *
 * @throws CommandError when ccxt is not installed (1), or an exchange has no perps (2).
 */
export async function loadVenues(polled: readonly PolledVenue[]): Promise<readonly LoadedVenue[]> {
  const loaded: LoadedVenue[] = [];
  for (const venue of polled) {
    if (!hasCcxt())
      throw new CommandError(`${venue.venue} is polled through ccxt, which is not installed`);
    const exchange = await loadExchange(venue.ccxtId);
    if (exchange.has['swap'] !== true) throw usage(`${venue.venue} has no perps to poll`);
    loaded.push({ venue, exchange });
  }
  return loaded;
}
