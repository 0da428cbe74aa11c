import type { Frame, OpenInterestEntry } from '../../../src/frame/frame.ts';
import type { OiTrend } from '../../../src/frame/open-interest.ts';
import { type Reading, valueIn } from '../../../src/model/reading.ts';
import type { OiChangeType } from '../../../src/model/regime.ts';
import { HOUR } from '../../../src/model/units.ts';
import { cleanText } from '../../format/cell-width.ts';
import type { History } from '../../history.ts';
import { admits } from '../filter.ts';
import type { PanelOptions } from '../panel.ts';
import { type Reason, reasonsOf } from '../shown.ts';

/** Columns the venues can be sorted by, in the order of the sort key. */
export const OI_SORTS = ['usd', 'venue'] as const;

export interface OpenInterestRow
  extends Pick<
    OpenInterestEntry,
    'coin' | 'usd' | 'change1h' | 'change4h' | 'change24h' | 'shock' | 'share'
  > {
  readonly venue: string;
  /** Of the largest venue, for a bar; null where either is absent. */
  readonly ofLargest: number | null;
}

/** All perps of all venues together. */
export interface OpenInterestTotal {
  readonly coin: Reading;
  readonly usd: Reading;
  readonly change1h: Reading;
  readonly change4h: Reading;
  readonly change24h: Reading;
  readonly strength: Reading;
  readonly trend: Reading<OiTrend>;
  /** Perps left out, with the reason. */
  readonly excluded: readonly string[];
}

export interface OpenInterestRows {
  readonly asset: string;
  readonly total: OpenInterestTotal;
  readonly confidence: Reading;
  readonly priceZ: Reading;
  readonly venues: readonly OpenInterestRow[];
  readonly sort: (typeof OI_SORTS)[number];
  readonly coin: Reading;
  readonly usd: Reading;
  readonly changes: readonly { readonly label: '1h' | '4h' | '24h'; readonly change: Reading }[];
  readonly change1hUsd: Reading;
  readonly changeType: Reading<OiChangeType>;
  readonly divergence: Reading<string>;
  readonly shock: Reading;
  readonly norm: Reading;
  readonly price: Reading;
  readonly priceChange1h: Reading;
  readonly reasons: readonly Reason[];
}

/** Open interest of an asset by venue and in all, with what it says together with price. */
export function selectOpenInterest(frame: Frame, options: PanelOptions): OpenInterestRows {
  const { openInterest: oi } = frame;
  const sort = OI_SORTS[options.sort % OI_SORTS.length]!;
  const entries = Object.entries(oi.byVenue);
  const largest = Math.max(0, ...entries.map(([, entry]) => valueIn(entry.usd) ?? 0));
  const direction = options.reversed ? -1 : 1;
  const venues = entries
    .map(([venue, { instrument: _, allCoin: __, ...own }]): OpenInterestRow => {
      const value = valueIn(own.usd);
      const ofLargest = value === undefined || largest === 0 ? null : value / largest;
      return { venue: cleanText(venue), ...own, ofLargest };
    })
    .filter(({ venue }) => admits(options.filter, venue))
    .sort((a, b) =>
      sort === 'venue'
        ? direction * (a.venue < b.venue ? -1 : 1)
        : direction * ((valueIn(b.usd) ?? -1) - (valueIn(a.usd) ?? -1)),
    );
  return {
    asset: cleanText(frame.asset),
    total: {
      coin: oi.totalCoin,
      usd: oi.totalUsd,
      change1h: oi.totalChange1h,
      change4h: oi.totalChange4h,
      change24h: oi.totalChange24h,
      strength: oi.strength,
      trend: oi.trend,
      excluded: oi.totalExcluded.map(cleanText),
    },
    confidence: oi.confidence,
    priceZ: oi.priceZ,
    venues,
    sort,
    coin: oi.coin,
    usd: oi.usd,
    changes: [
      { label: '1h', change: oi.change1h },
      { label: '4h', change: oi.change4h },
      { label: '24h', change: oi.change24h },
    ],
    change1hUsd: oi.change1hUsd,
    changeType: oi.changeType,
    divergence: oi.divergence,
    shock: oi.shock,
    norm: oi.norm,
    price: frame.price,
    priceChange1h: frame.priceChange1h,
    reasons: reasonsOf([
      ['coin', oi.coin],
      ['USD', oi.usd],
      ['change 1h', oi.change1h],
      ['change 4h', oi.change4h],
      ['change 24h', oi.change24h],
      ['change 1h in USD', oi.change1hUsd],
      ['type of change', oi.changeType],
      ['divergence', oi.divergence],
      ['shock', oi.shock],
      ['OI / volume', oi.norm],
      ['total', oi.totalUsd],
      ['total 1h', oi.totalChange1h],
      ['total 4h', oi.totalChange4h],
      ['total 24h', oi.totalChange24h],
      ['trend', oi.trend],
      ['strength', oi.strength],
      ['price z', oi.priceZ],
      ['confidence', oi.confidence],
      ...venues.flatMap((row) => [
        [row.venue, row.usd] as const,
        [`${row.venue} 1h`, row.change1h] as const,
        [`${row.venue} 4h`, row.change4h] as const,
        [`${row.venue} 24h`, row.change24h] as const,
        [`${row.venue} z`, row.shock] as const,
      ]),
    ]),
  };
}

/** Price and open interest of the leading perp over one hour, as fractions. */
export interface Move {
  readonly price: number;
  readonly openInterest: number;
}

/** How both moved in each of the last `hours` closed hours, oldest first; hours of which a number is missing are left out. */
export function selectMoves(frame: Frame, history: History, hours: number): Move[] {
  const from = frame.tsLocal - (hours + 1) * HOUR;
  const cells = (history.cells.get(frame.asset) ?? []).filter(
    ({ close }) => close > from && close <= frame.tsLocal,
  );
  return cells.flatMap(({ close, price, openInterest }, i): Move[] => {
    const before = cells[i - 1];
    if (before === undefined || close - before.close !== HOUR) return [];
    if (price === null || openInterest === null) return [];
    if (before.price === null || before.openInterest === null) return [];
    const move = {
      price: price / before.price - 1,
      openInterest: openInterest / before.openInterest - 1,
    };
    return Number.isFinite(move.price) && Number.isFinite(move.openInterest) ? [move] : [];
  });
}
