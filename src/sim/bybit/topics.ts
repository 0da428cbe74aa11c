/** A product family: a socket path and a `category`. */
export type Family = 'linear' | 'inverse' | 'spot' | 'option';

/** What a topic asks for. */
export type Topic =
  | { readonly kind: 'orderbook'; readonly depth: number; readonly symbol: string }
  | {
      readonly kind: 'publicTrade' | 'tickers' | 'allLiquidation' | 'liquidation';
      readonly symbol: string;
    };

/** How often each depth is sent, ms. The first is sent when it changes, and repeated when it does not. */
const BOOK_EVERY_MS: ReadonlyMap<number, number> = new Map([
  [1, 10],
  [50, 20],
  [200, 100],
  [1000, 200],
]);

export const bookEveryMs = (depth: number): number => BOOK_EVERY_MS.get(depth)!;

/** Reads a topic of a family; null for one that the venue does not know there. */
export function parseTopic(family: Family, name: string): Topic | null {
  const [kind, ...rest] = name.split('.');
  const symbol = rest.at(-1) ?? '';
  if (kind === 'orderbook') {
    const depth = Number(rest[0]);
    return rest.length === 2 && BOOK_EVERY_MS.has(depth) ? { kind, depth, symbol } : null;
  }
  if (rest.length !== 1) return null;
  if (kind === 'publicTrade' || kind === 'tickers') return { kind, symbol };
  if (family !== 'spot' && (kind === 'allLiquidation' || kind === 'liquidation')) {
    return { kind, symbol };
  }
  return null;
}
