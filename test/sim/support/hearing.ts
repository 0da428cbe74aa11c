import { advance } from '../../../src/sim/market.ts';
import { bestTicks } from '../../../src/sim/market-book.ts';
import type { Liquidation, Market, MarketListener } from '../../../src/sim/market-state.ts';

/** What a listener heard of a market, compact enough to compare and to count. */
export interface Heard {
  readonly levels: string[];
  readonly trades: string[];
  readonly liquidations: Liquidation[];
  /** Steps after which some book was crossed or one-sided. */
  crossed: number;
  steps: number;
}

/** A listener that keeps everything it is told, and checks every book after every step. */
export function listenTo(market: Market): {
  readonly heard: Heard;
  readonly listener: MarketListener;
} {
  const heard: Heard = { levels: [], trades: [], liquidations: [], crossed: 0, steps: 0 };
  const listener: MarketListener = {
    level: ({ kind, spec, book }, side, ticks, lots) => {
      heard.levels.push(`${kind} ${spec.symbol} ${book.updateId} ${side} ${ticks} ${lots}`);
    },
    trade: ({ kind, spec }, trade) => {
      heard.trades.push(`${kind} ${spec.symbol} ${JSON.stringify(trade)}`);
    },
    liquidation: (_asset, liquidation) => heard.liquidations.push(liquidation),
    settlement: () => undefined,
    stepped: () => {
      heard.steps++;
      for (const asset of market.assets) {
        for (const { book } of [asset.perp, asset.spot].filter((listing) => listing !== null)) {
          if (!(bestTicks(book, 'bid') < bestTicks(book, 'ask'))) heard.crossed++;
        }
      }
    },
  };
  return { heard, listener };
}

/** Lets a market live for that many seconds and returns what was heard. */
export function live(market: Market, seconds: number): Heard {
  const { heard, listener } = listenTo(market);
  advance(market, market.nowMs + seconds * 1000, listener);
  return heard;
}
