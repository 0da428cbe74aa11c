import type { Listing } from './market-flow.ts';
import type { AssetState, Market } from './market-state.ts';

/** A listing and the coin behind it. */
export interface Listed {
  readonly asset: AssetState;
  readonly listing: Listing;
}

/**
 * What a board lists of its products, in the order of the coins. A spot listing shares its coin with
 * the perp beside it; a dated contract is there until it is delivered.
 *
 * @param board `binance` for the leader
 * @param products all of them when none is named
 */
export function listed(
  { assets, followers }: Market,
  board: string,
  ...products: readonly string[]
): readonly Listed[] {
  return [...assets, ...followers]
    .filter(({ spec }) => spec.board === board)
    .flatMap((asset) =>
      [asset.perp, asset.spot]
        .filter((listing) => listing !== null)
        .filter(({ spec }) => products.length === 0 || products.includes(spec.product))
        .map((listing) => ({ asset, listing })),
    );
}
