import type { MarketListener } from '../market-state.ts';
import { RestHost } from '../rest-host.ts';
import { endSockets, LENIENT_RULES, SocketHost, type SocketRules } from '../socket-host.ts';
import { bookAsOf } from '../true-book.ts';
import type { Endpoints, Stage, TrueBook, VenuePart, VenueServer } from '../venue-sim.ts';
import { Chain } from './chain.ts';
import { BOARD, contractsOf } from './contracts.ts';
import { Credits } from './credits.ts';
import { DeribitDialogue } from './dialogue.ts';
import { type FaultKind, Faults } from './faults.ts';
import { FAMILY, HOST, Publisher } from './publisher.ts';
import { DeribitRest } from './rest.ts';
import { amountOf, priceOf } from './wire.ts';

const FEED = 'deribit';
const PATH = '/ws/api/v2';

/** venues.md §5.1: 32 connections; a socket that nobody uses is closed after a minute. */
const RULES: SocketRules = {
  ...LENIENT_RULES,
  socketsMost: 32,
  idle: { afterMs: 60_000, silent: 'both', closing: { code: 1000, reason: 'idle' } },
};

/** Deribit as a part of a stage. */
export const deribit = (rules: Partial<SocketRules> = {}): VenuePart<FaultKind> => ({
  boards: [BOARD],
  isLeader: false,
  open: (stage) => new DeribitServer(stage, { ...RULES, ...rules }),
});

/** Deribit: perps and dated futures of its board, and the options on their indices. */
class DeribitServer implements VenueServer<FaultKind> {
  readonly venue = 'deribit';
  readonly faults: Faults;
  readonly sockets: readonly [SocketHost];
  readonly rests: readonly [RestHost];
  readonly listener: MarketListener;
  readonly #publisher: Publisher;

  constructor(stage: Stage, rules: SocketRules) {
    const { market, seed, tls, now: wall, marketNow: now } = stage;
    const faults = new Faults(wall, (spec) => endSockets(this.sockets, spec));
    this.faults = faults;
    const chain = new Chain(contractsOf(market), market.nowMs, seed);
    const publisher = new Publisher({ market, chain, faults, now });
    this.#publisher = publisher;
    const backing = { market, chain, publisher, faults, now, wall, credits: new Credits() };
    this.sockets = [
      new SocketHost({
        market: HOST,
        rules,
        service: {
          route: ({ pathname }) => (pathname === PATH ? { family: FAMILY } : null),
          greet: (socket) => new DeribitDialogue(socket, backing),
        },
        faults,
        tls,
        now: wall,
      }),
    ];
    const service = new DeribitRest(backing);
    this.rests = [new RestHost({ market: HOST, service, faults, tls, now: wall })];
    this.listener = {
      level: (listing, side, ticks, lots) => publisher.level(listing, side, ticks, lots),
      trade: (listing, trade) => publisher.trade(listing, trade),
      liquidation: (asset, liquidation) => publisher.liquidation(asset, liquidation),
      settlement: () => undefined,
      listed: (asset) => publisher.listed(asset),
      delisted: (asset) => publisher.delisted(asset),
      stepped: (nowMs) => publisher.stepped(nowMs),
    };
  }

  get endpoints(): Endpoints {
    const ws = `${this.sockets[0].url}${PATH}`;
    return { [FEED]: { ws, wsAlternate: ws, rest: `${this.rests[0].url}/api/v2` } };
  }

  symbols(): readonly string[] {
    return [...this.#publisher.contracts.keys()];
  }

  book(_feed: string, symbol: string, updateId?: number): TrueBook {
    const contract = this.#publisher.contracts.get(symbol);
    if (contract === undefined) throw new RangeError(`Deribit does not list ${symbol}`);
    const { listing } = contract;
    const copy = bookAsOf(listing, updateId);
    const side = (levels: typeof copy.bids): [string, string][] =>
      levels.map(([ticks, lots]) => [
        `${priceOf(listing.spec, ticks)}`,
        `${amountOf(listing.spec, lots)}`,
      ]);
    return { updateId: copy.updateId, bids: side(copy.bids), asks: side(copy.asks) };
  }
}
