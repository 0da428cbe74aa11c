import type { AssetSpec } from '../assets.ts';
import { binanceCoinm } from './binance-coinm.ts';
import { type Board, listingsOf } from './board.ts';
import { bybit } from './bybit.ts';
import { deribit } from './deribit.ts';
import { hyperliquid } from './hyperliquid.ts';
import { okx } from './okx.ts';

/** Who lists what besides the leader. */
const BOARDS = {
  'binance-coinm': binanceCoinm,
  bybit,
  okx,
  deribit,
  hyperliquid,
} as const satisfies Readonly<Record<string, Board>>;

/** A venue besides the leader, or a part of the leader that stands apart. */
export type BoardName = keyof typeof BOARDS;

/** All of them. */
export const BOARD_NAMES = Object.keys(BOARDS) as readonly BoardName[];

/** What a board lists of a leader's coin from an instant on; empty where it does not list it. */
export const listedOn = (
  board: BoardName,
  leader: AssetSpec,
  startMs: number,
): readonly AssetSpec[] => listingsOf(board, BOARDS[board], leader, startMs);
