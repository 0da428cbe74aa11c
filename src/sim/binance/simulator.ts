import type { Market } from '../market-state.ts';
import { type StageOptions, startStage } from '../stage.ts';
import type { TrueBook } from '../venue-sim.ts';
import type { Faults } from './faults.ts';
import { BinanceServer, BOARDS, type ServerOptions } from './server.ts';

/** How to start a simulated Binance. */
export interface BinanceSimOptions extends StageOptions, ServerOptions {}

/** Base URLs of the simulated venue, one listener each, without a trailing slash. */
interface BinanceEndpoints {
  /** Append `/public/…`, `/market/…` or the legacy `/ws/…`, `/stream…`. */
  readonly futuresWs: string;
  readonly futuresRest: string;
  readonly spotWs: string;
  readonly spotRest: string;
  readonly coinmWs: string;
  readonly coinmRest: string;
  readonly control: string;
}

export type { TrueBook };

/** Whose book: of a USDT-M perp, of spot, of a COIN-M contract. */
export type BookKind = 'perp' | 'spot' | 'coinm';

const FEEDS: Readonly<Record<BookKind, string>> = {
  perp: 'binance-usdm',
  spot: 'binance-spot',
  coinm: 'binance-coinm',
};

/** A running simulated Binance. */
export interface BinanceSim {
  readonly endpoints: BinanceEndpoints;
  readonly faults: Faults;
  readonly market: Market;
  /** The book of a symbol as it is, or as it was right after an update id not long ago. */
  book(symbol: string, kind: BookKind, updateId?: number): TrueBook;
  /** Acts out another scenario from now on. */
  setScenario(name: string): void;
  /** Lets that many wall ms pass at once, whatever the clock does, and lets the sockets drain. */
  pump(ms: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a simulated Binance (USDT-M and COIN-M futures and spot, HTTP and WebSocket) alone on its market.
 * Ready when it resolves.
 */
export async function startBinanceSim(options: BinanceSimOptions): Promise<BinanceSim> {
  const opened: BinanceServer[] = [];
  const stage = await startStage(options, [
    {
      boards: BOARDS,
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
    book: (symbol, kind, updateId) => server.book(FEEDS[kind], symbol, updateId),
    setScenario,
    pump,
    close,
  };
}
