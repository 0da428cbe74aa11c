import { assetsNamed } from './assets.ts';
import { listedOn } from './boards/index.ts';
import { isListed, premiumBeside } from './market-follow.ts';
import { createAsset, createFollower, followersOf, nextDeliveryMs } from './market-start.ts';
import type { AssetState, Market, MarketListener } from './market-state.ts';

/**
 * Dated contracts whose time has come stop trading and leave the listings, and what their boards
 * have in their place begins: the next weekly, the next quarterly one.
 */
export function deliver(market: Market, listener: MarketListener): void {
  if (market.nowMs < market.nextDeliveryMs) return;
  const isOver = (asset: AssetState) => !isListed(asset, market.nowMs);
  const delivered = market.followers.filter(isOver);
  market.followers = market.followers.filter((asset) => !isOver(asset));
  const fresh = delivered.flatMap((asset) => successorsOf(market, asset));
  for (const asset of delivered) listener.delisted?.(asset);
  add(market, fresh, listener);
}

/** What a board lists by now in the place of a contract, as far as it is not there yet. */
function successorsOf(market: Market, { leader, spec: gone }: AssetState): readonly AssetState[] {
  const board = market.boards.find((name) => name === gone.board);
  if (leader === null || board === undefined) return [];
  const known = new Set(market.followers.map(({ spec }) => spec.key));
  const { seed, scenario, startMs, nowMs } = market;
  return listedOn(board, leader.spec, nowMs)
    .filter(({ key, expiryMs }) => expiryMs !== null && !known.has(key))
    .map((spec) => {
      const premium = premiumBeside(spec, leader.premium, nowMs);
      const now = { logPrice: leader.logPrice + leader.jump, premium, atMs: nowMs };
      return createFollower(seed, { ...spec, onboardMs: nowMs }, leader, scenario, startMs, now);
    });
}

/**
 * Lists a further coin in the middle of the market's life, on the leader and wherever it belongs.
 * It has a past that ends now.
 *
 * @throws RangeError on a coin nobody knows, or one that is listed already
 */
export function list(market: Market, coin: string, listener: MarketListener): void {
  if (market.assets.some(({ spec }) => spec.asset === coin)) {
    throw new RangeError(`${coin} is listed already`);
  }
  const { seed, scenario, boards, nowMs } = market;
  const [spec] = assetsNamed([coin]);
  const leader = createAsset(seed, { ...spec!, onboardMs: nowMs }, scenario, nowMs);
  market.assets = [...market.assets, leader];
  listener.listed?.(leader);
  add(market, followersOf(seed, boards, leader, scenario, nowMs), listener);
}

/** Contracts of two families may have the same successor: the first one counts. */
function add(market: Market, fresh: readonly AssetState[], listener: MarketListener): void {
  for (const asset of fresh) {
    if (market.followers.some(({ spec }) => spec.key === asset.spec.key)) continue;
    market.followers = [...market.followers, asset];
    listener.listed?.(asset);
  }
  market.nextDeliveryMs = nextDeliveryMs(market.followers);
}
