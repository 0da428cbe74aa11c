import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What is used of an exchange class of ccxt. The package's own types load all of its exchanges. */
export interface Ccxt {
  /** What it can do: `fetchTickers: true`. */
  readonly has: Readonly<Record<string, unknown>>;
  readonly options: Record<string, unknown>;
  /** How `precision` counts in its markets. */
  readonly precisionMode: number;
  /** ms between two requests of cost 1. */
  rateLimit: number;
  tokenBucket: Readonly<Record<string, unknown>>;
  readonly throttler: { readonly config: { tokens: number } };
  initRestRateLimiter(): void;
  /** Sends a request and reads its answer; ours takes its place. */
  fetch(url: string, method?: string, headers?: unknown, body?: unknown): Promise<unknown>;
  parseJson(text: string): unknown;
  /** Throws what an answer means; anything but undefined says that all is well whatever the status. */
  handleErrors(
    status: number,
    statusText: string,
    url: string,
    method: string,
    headers: unknown,
    body: string,
    parsed: unknown,
    requestHeaders: unknown,
    requestBody: unknown,
  ): unknown;
  handleHttpStatusCode(
    status: number,
    statusText: string,
    url: string,
    method: string,
    body: string,
  ): void;
  loadMarkets(reload: boolean): Promise<unknown>;
  fetchTickers(symbols: readonly string[]): Promise<unknown>;
  fetchTicker(symbol: string): Promise<unknown>;
  fetchFundingRates(symbols: readonly string[]): Promise<unknown>;
  fetchFundingRate(symbol: string): Promise<unknown>;
  fetchOpenInterests(symbols: readonly string[]): Promise<unknown>;
  fetchOpenInterest(symbol: string): Promise<unknown>;
}

type ExchangeClass = new () => Ccxt;

/** ccxt's main file, found without loading it; undefined where it is not installed. */
function entry(): URL | undefined {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve('ccxt'));
  } catch {
    return undefined;
  }
}

/**
 * An exchange's own file. A private path of the package, which is pinned for it: one exchange is loaded in a third of the time and memory that all
 * of them take.
 */
const fileOf = (id: string, main: URL): URL => new URL(`../js/src/${id}.js`, main);

const ID = /^[a-z0-9]{2,40}$/;

/** Whether ccxt is there at all. */
export const hasCcxt = (): boolean => entry() !== undefined;

/** Whether ccxt has an exchange of this id. Looks at the names of its files and loads nothing. */
export function knowsExchange(id: string): boolean {
  const main = entry();
  return main !== undefined && ID.test(id) && existsSync(fileOf(id, main));
}

/** Kinds of markets that perps are listed under. */
const PERP_TYPES: ReadonlySet<string> = new Set(['swap', 'linear', 'inverse', 'contract']);

/** Of the kinds of markets that the adapter would ask for, those with perps: the others cost requests and megabytes. */
function askForPerpsOnly(options: Record<string, unknown>): void {
  const asked = options['fetchMarkets'];
  if (typeof asked !== 'object' || asked === null || !('types' in asked)) return;
  const { types } = asked;
  if (Array.isArray(types)) {
    const perps = types.filter((type) => PERP_TYPES.has(type));
    if (perps.length > 0) options['fetchMarkets'] = { ...asked, types: perps };
  } else if (typeof types === 'object' && types !== null && 'spot' in types)
    options['fetchMarkets'] = { ...asked, types: { ...types, spot: false } };
}

/** Time between two looks of ccxt's rate limiter at its queue; its own millisecond wakes up a thousand times a second. */
const LIMITER_LOOKS_SECONDS = 0.05;

/**
 * Loads one exchange of ccxt, at half of the rate that ccxt allows itself.
 *
 * @throws Error when the id is unknown or ccxt is not installed.
 */
export async function loadExchange(id: string): Promise<Ccxt> {
  const main = entry();
  if (main === undefined || !ID.test(id)) throw new Error(`no exchange ${id}`);
  const file = fileOf(id, main);
  // Should the path change, the whole package still has it.
  const module = (await import(existsSync(file) ? file.href : main.href)) as Record<
    string,
    ExchangeClass
  >;
  const Exchange = existsSync(file) ? module['default'] : module[id];
  if (Exchange === undefined) throw new Error(`no exchange ${id}`);
  const exchange = new Exchange();
  askForPerpsOnly(exchange.options);
  exchange.rateLimit *= 2;
  exchange.tokenBucket = { delay: LIMITER_LOOKS_SECONDS };
  exchange.initRestRateLimiter();
  return exchange;
}
