import type { BookStatus } from '../market/book.ts';
import type { Asset, InstrumentId } from '../model/instrument.ts';
import type { Reading } from '../model/reading.ts';
import type { OiChangeType } from '../model/regime.ts';
import type { Micros } from '../model/units.ts';
import type { FeedTrust, Line, QualityNote } from './frame.ts';

/** One perp of the universe at one instant. */
export interface ScanRow {
  readonly instrument: InstrumentId;
  readonly asset: Asset;
  /** Place by 24 h volume in quote currency, from 1 on; listings whose volume is not known come last. */
  readonly rank: number;
  /** Which price it is: mid of a watched book, else the last trade, else the mark. */
  readonly priceKind: 'mid' | 'last' | 'mark';
  readonly price: Reading;
  /** Decimals in which this listing's price is written. */
  readonly priceDecimals: number;
  /** Fractions over the trailing hour and day. */
  readonly change1h: Reading;
  readonly change24h: Reading;
  /** Quote currency traded in 24 h, as USD. */
  readonly volume24hUsd: Reading;
  /** Running estimate per own interval, as a fraction; as 8h-equivalent; per year, simple. */
  readonly fundingPredicted: Reading;
  readonly funding8h: Reading;
  readonly fundingAnnual: Reading;
  readonly intervalHours: Reading;
  readonly nextFundingTs: Reading<Micros>;
  /** (mark − index) / index. */
  readonly basisFair: Reading;
  /** Base coin, one side, and USD at mark. */
  readonly oiCoin: Reading;
  readonly oiUsd: Reading;
  /** Fractions of coin OI. */
  readonly oiChange1h: Reading;
  readonly oiChange4h: Reading;
  readonly oiChange24h: Reading;
  /** OI / 24 h volume: days to cover. */
  readonly oiNorm: Reading;
  readonly oiChangeType: Reading<OiChangeType>;
  /** USD liquidated of that side in the last hour. */
  readonly liquidatedLong1h: Reading;
  readonly liquidatedShort1h: Reading;
  readonly spreadBps: Reading;
  /** Weighted order-book imbalance, and quote currency resting, within the tier's band (SPEC §4). */
  readonly oib: Reading;
  readonly depthBid: Reading;
  readonly depthAsk: Reading;
  readonly book: {
    /** `none` where no book is carried. */
    readonly status: BookStatus | 'none';
    /** Why it is not whole; null when it is. */
    readonly reason: string | null;
  };
  /** Prices of the last 60 minutes, one a minute, oldest first; null where none is known. */
  readonly trend: readonly (number | null)[];
}

/** All perps of a universe at one instant, by rank: what a scanner shows. */
export interface ScanLine extends Line {
  readonly type: 'scan';
  /** Perps that trade. */
  readonly listed: number;
  readonly books: { readonly wanted: number; readonly whole: number };
  readonly rows: readonly ScanRow[];
  readonly feeds: readonly FeedTrust[];
  readonly quality: readonly QualityNote[];
}
