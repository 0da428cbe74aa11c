import { type Listed, listed } from '../listed.ts';
import type { Market } from '../market-state.ts';
import type { ContractType, Publisher } from './publisher.ts';
import { ApiError, type Query } from './rest.ts';
import { LISTED, type MarketName } from './streams.ts';

/** When a funding interval was last changed, by symbol, for `fundingInfo`. */
type IntervalChanges = ReadonlyMap<string, number>;

/** What the endpoints answer from. */
export interface Backing {
  readonly market: Market;
  readonly publisher: Publisher;
  readonly changes: IntervalChanges;
}

/** The listing of a symbol; unknown ones are answered as the venue does. */
export function find({ publisher }: Backing, symbol: string): Listed {
  const found = publisher.find(symbol);
  if (found === undefined) throw new ApiError(-1121, 'Invalid symbol.');
  return found;
}

/** The contracts on a pair, the perp first; unknown pairs are answered as the venue does. */
export function contractsOn({ publisher }: Backing, pair: string): readonly Listed[] {
  const found = publisher.pair(pair);
  if (found === undefined) throw new ApiError(-1121, 'Invalid symbol.');
  return found;
}

/** The contract of a type on a pair. */
export function onPair(backing: Backing, pair: string, type: string): Listed {
  const { publisher } = backing;
  const found = contractsOn(backing, pair).find(
    ({ asset }) => publisher.typeOf(asset) === (type as ContractType),
  );
  if (found === undefined) throw new ApiError(-4144, 'Invalid pair.');
  return found;
}

/** Every listing of a product family. */
export const all = ({ market }: Backing, name: MarketName): readonly Listed[] =>
  listed(market, LISTED[name].board, LISTED[name].product);

/** Limit within bounds; futures refuse a larger one, spot takes its maximum. */
export function limitOf(query: Query, usual: number, most: number, name: MarketName): number {
  const limit = query.whole('limit') ?? usual;
  if (limit > most && name !== 'spot') {
    throw new ApiError(-1130, "Data sent for parameter 'limit' is not valid.");
  }
  return Math.max(1, Math.min(limit, most));
}

/** One row for a symbol, or an array of all when none was named (spot also takes `symbols`). */
export function rows(
  backing: Backing,
  name: MarketName,
  query: Query,
  row: (found: Listed) => string,
) {
  const symbol = query.text('symbol');
  if (symbol !== undefined) return row(find(backing, symbol));
  const named = query.text('symbols');
  const chosen =
    named === undefined
      ? all(backing, name)
      : symbolList(named).map((candidate) => find(backing, candidate));
  return `[${chosen.map(row).join(',')}]`;
}

/** The `symbols` parameter of spot: a JSON array. */
export function symbolList(text: string): readonly string[] {
  const illegal = () => new ApiError(-1100, "Illegal characters found in parameter 'symbols'.");
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw illegal();
  }
  if (!Array.isArray(list) || list.some((symbol) => typeof symbol !== 'string')) throw illegal();
  return list;
}
