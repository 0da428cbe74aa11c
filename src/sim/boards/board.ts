import {
  type AssetSpec,
  COINS,
  type Contract,
  type Following,
  type ListingSpec,
} from '../assets.ts';
import type { FundingRule } from '../market-funding.ts';
import { seedOf } from '../seed.ts';
import { expiryOf, type Term } from './expiries.ts';

/** Step and decimals on the wire. */
type Grid = readonly [step: number, decimals: number];

interface Row {
  readonly product: string;
  readonly symbol: string;
  readonly tick: Grid;
  readonly step: Grid;
  /** Left out: sizes are coins. */
  readonly contract?: Contract;
  /** Of what the venue usually has; left out: 1. */
  readonly share?: number;
}

/** A perpetual, with the spot market that is listed beside it. */
export interface PerpRow extends Row {
  readonly asset: string;
  /** `1000PEPE`; left out: the coin. */
  readonly baseAsset?: string;
  /** Coins per unit of the base; left out: 1. */
  readonly multiplier?: number;
  readonly fundingHours?: number;
  readonly fundingCap?: number;
  readonly maxLeverage?: number;
  readonly spot?: Row;
}

/** A family of dated contracts. */
export interface DatedRow extends Omit<Row, 'symbol'> {
  readonly asset: string;
  readonly terms: readonly Term[];
  readonly symbol: (expiryMs: number) => string;
}

/** What a venue lists of the coins, and how it stands to the leader. */
export interface Board {
  readonly following: Following;
  /** Traded, resting and open here, as a share of the leader's. */
  readonly share: number;
  readonly fundingRule?: FundingRule;
  readonly fundingHours: number;
  readonly fundingCap: number;
  /** Its turn in the tenth of a second, a multiple of 50 ms: venues share the work out. */
  readonly offsetMs: number;
  readonly perps: readonly PerpRow[];
  readonly dated: readonly DatedRow[];
}

const PACE_MS = 100;
const HALF_YEAR_MS = 182 * 86_400_000;
/** Followers quote less than the leader: changes, levels and closeness, relative to it. */
const QUOTED = 0.35;
const LEVELS = 0.4;
const LOOSENESS = 2;
const SPREAD_BPS = { perp: 0.1, spot: 0.1, dated: 1 } as const;
/** Dated contracts are quiet; what they have of a perp. */
const DATED_SHARE = 0.06;
const DATED_QUOTED = 0.05;
const DATED_LEVELS = 0.06;
const LIMITS = {
  usual: { levelLimit: 1024, journalLimit: 4096 },
  dated: { levelLimit: 512, journalLimit: 1024 },
} as const;

type Busy = 'perp' | 'spot' | 'dated';

/** A listing as busy as its share of the leader's listing suggests. */
function listingOf(
  row: Omit<Row, 'symbol'>,
  symbol: string,
  baseAsset: string,
  key: string,
  like: { readonly model: ListingSpec; readonly price: number; readonly share: number },
  busy: Busy,
): ListingSpec {
  const { model, price, share } = like;
  const isDated = busy === 'dated';
  const [tickSize, priceDecimals] = row.tick;
  const [stepSize, sizeDecimals] = row.step;
  return {
    symbol,
    product: row.product,
    contract: row.contract ?? COINS,
    baseAsset,
    tickSize,
    priceDecimals,
    stepSize,
    sizeDecimals,
    minNotional: 5,
    levelsPerBp: Math.max(isDated ? 1.5 : 4, model.levelsPerBp * (isDated ? DATED_LEVELS : LEVELS)),
    depthUsdPerBp: model.depthUsdPerBp * share,
    touchUsd: model.touchUsd * share ** 0.7,
    changesPerSecond: model.changesPerSecond * (isDated ? DATED_QUOTED : QUOTED),
    tradesPerSecond: model.tradesPerSecond * share,
    tradeUsd: model.tradeUsd,
    followBps: model.followBps * LOOSENESS * (isDated ? LOOSENESS : 1),
    spreadTicks: Math.max(1, Math.round((SPREAD_BPS[busy] * 1e-4 * price) / tickSize)),
    ...LIMITS[isDated ? 'dated' : 'usual'],
    firstUpdateId: 10_000_000_000 + seedOf(key, 'update'),
    firstTradeId: 100_000_000 + Math.floor(seedOf(key, 'trade') / 8),
  };
}

/** What a board lists of a leader's coin from an instant on. */
export function listingsOf(
  board: string,
  table: Board,
  leader: AssetSpec,
  startMs: number,
): readonly AssetSpec[] {
  const perps = table.perps
    .filter(({ asset }) => asset === leader.asset)
    .map((row) => perpSpec(board, table, leader, row));
  const dated = table.dated
    .filter(({ asset }) => asset === leader.asset)
    .flatMap((row) => row.terms.map((term) => datedSpec(board, table, leader, row, term, startMs)));
  return [...perps, ...dated];
}

/** What every listing of a coin on a board has in common. */
const common = (board: string, table: Board, leader: AssetSpec, key: string, share: number) => ({
  ...leader,
  board,
  key,
  following: table.following,
  openInterestUsd: leader.openInterestUsd * share,
  perpVolumeUsd: leader.perpVolumeUsd * share,
  spotVolumeUsd: leader.spotVolumeUsd * share,
  fundingRule: table.fundingRule ?? ('clamped' as const),
  fundingAdjusted: false,
  pace: { stepMs: PACE_MS, offsetMs: table.offsetMs },
  temper: null,
  memory: 'lean' as const,
});

function perpSpec(board: string, table: Board, leader: AssetSpec, row: PerpRow): AssetSpec {
  const key = `${board}:${row.product}:${row.symbol}`;
  const share = table.share * (row.share ?? 1);
  const multiplier = row.multiplier ?? 1;
  const baseAsset = row.baseAsset ?? row.asset;
  const price = leader.price * multiplier;
  const { spot } = row;
  return {
    ...common(board, table, leader, key, share),
    expiryMs: null,
    multiplier,
    fundingIntervalHours: row.fundingHours ?? table.fundingHours,
    fundingCap: row.fundingCap ?? table.fundingCap,
    maxLeverage: row.maxLeverage ?? leader.maxLeverage,
    perp: listingOf(row, row.symbol, baseAsset, key, { model: leader.perp, price, share }, 'perp'),
    spot:
      spot === undefined || leader.spot === null
        ? null
        : listingOf(
            spot,
            spot.symbol,
            row.asset,
            `${board}:${spot.product}:${spot.symbol}`,
            { model: leader.spot, price: leader.price, share: table.share * (spot.share ?? 1) },
            'spot',
          ),
  };
}

function datedSpec(
  board: string,
  table: Board,
  leader: AssetSpec,
  row: DatedRow,
  term: Term,
  startMs: number,
): AssetSpec {
  const expiryMs = expiryOf(term, startMs);
  const symbol = row.symbol(expiryMs);
  const key = `${board}:${row.product}:${symbol}`;
  const share = table.share * (row.share ?? 1) * DATED_SHARE;
  const { price } = leader;
  return {
    ...common(board, table, leader, key, share),
    expiryMs,
    multiplier: 1,
    fundingIntervalHours: table.fundingHours,
    fundingCap: table.fundingCap,
    onboardMs: expiryMs - HALF_YEAR_MS,
    perp: listingOf(row, symbol, row.asset, key, { model: leader.perp, price, share }, 'dated'),
    spot: null,
  };
}
