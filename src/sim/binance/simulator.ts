import type { Market } from '../market-state.ts';
import { type StageOptions, startStage } from '../stage.ts';
import type { TrueBook } from '../venue-sim.ts';
import type { Faults } from './faults.ts';
import { BinanceServer, type ServerOptions } from './server.ts';

/** How to start a simulated Binance. */
export interface BinanceSimOptions extends StageOptions, ServerOptions {}

/** Base URLs of the simulated venue, one listener each, without a trailing slash. */
interface BinanceEndpoints {
  /** Append `/public/…`, `/market/…` or the legacy `/ws/…`, `/stream…`. */
  readonly futuresWs: string;
  readonly futuresRest: string;
  readonly spotWs: string;
  readonly spotRest: string;
  readonly control: string;
}

export type { TrueBook };

/** A running simulated Binance. */
export interface BinanceSim {
  readonly endpoints: BinanceEndpoints;
  readonly faults: Faults;
  readonly market: Market;
  /** The book of a symbol as it is, or as it was right after an update id not long ago. */
  book(symbol: string, kind: 'perp' | 'spot', updateId?: number): TrueBook;
  /** Acts out another scenario from now on. */
  setScenario(name: string): void;
  /** Lets that many wall ms pass at once, whatever the clock does, and lets the sockets drain. */
  pump(ms: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a simulated Binance (USDT-M futures and spot, HTTP and WebSocket) alone on its market.
 * Ready when it resolves.
 */
export async function startBinanceSim(options: BinanceSimOptions): Promise<BinanceSim> {
  const opened: BinanceServer[] = [];
  const stage = await startStage(options, [
    {
      boards: [],
      isLeader: true,
      open: (ground) => {
        const server = new BinanceServer(ground, options);
        opened.push(server);
        return server;
      },
    },
  ]);
  const [server] = opened as [BinanceServer];
  const { control, setScenario, pump, close } = stage.venue('binance');
  return {
    endpoints: { ...server.urls, control },
    faults: server.faults,
    market: stage.market,
    book: (symbol, kind, updateId) =>
      server.book(kind === 'spot' ? 'binance-spot' : 'binance-usdm', symbol, updateId),
    setScenario,
    pump,
    close,
  };
}
