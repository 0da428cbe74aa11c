import { catalogueWith, type FaultKind } from '../faults.ts';
import { LENIENT_RULES, type SocketRules } from '../socket-host.ts';

/** How sockets have to behave (venues.md §6.1): the venue closes what it has not spoken to for a minute. */
export const SOCKET_RULES: SocketRules = {
  ...LENIENT_RULES,
  messages: { most: 2000, windowMs: 60_000 },
  flooded: 'cut',
  idle: { afterMs: 60_000, silent: 'venue', closing: { code: 1000, reason: 'Inactive' } },
  attempts: { most: 30, windowMs: 60_000 },
  socketsMost: 10,
};

/** Subscriptions over all sockets. */
export const SUBSCRIPTIONS_MOST = 1000;

/** Weight of requests per minute. */
export const WEIGHT_MOST = 1200;
export const WEIGHT_WINDOW_MS = 60_000;

/** The venue's own clockwork, market ms: one clock for all coins (venues.md §6.2, §6.3). */
export interface Clocks {
  readonly deepMs: number;
  readonly fastMs: number;
  readonly contextMs: number;
  /** How often mark and oracle move on, and the estimate of funding. */
  readonly priceMs: number;
  readonly fundingMs: number;
}

export const CLOCKS: Clocks = {
  deepMs: 5_400,
  fastMs: 540,
  contextMs: 1_000,
  priceMs: 3_000,
  fundingMs: 5_000,
};

/**
 * What goes wrong here and nowhere else. `delisted`: the coin is so in `meta`, and what was subscribed is acknowledged and shows an empty book. `unflagged`: fast frames
 * do not say that they are. `nullAnswer`: the answer to a question for an unknown coin.
 */
export type HyperliquidFault = FaultKind | 'delisted' | 'unflagged' | 'nullAnswer';

export const CATALOGUE = catalogueWith<'delisted' | 'unflagged' | 'nullAnswer'>({
  once: ['nullAnswer'],
  lasting: ['delisted', 'unflagged'],
});

/** Names of the host and of its one URL, as faults call them. */
export const HOST = 'perps';
export const FAMILY = 'ws';
