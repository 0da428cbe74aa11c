import type { Frame, OpenInterestEntry } from '../../../src/frame/frame.ts';
import { type Reading, valueIn } from '../../../src/model/reading.ts';
import type { OiChangeType } from '../../../src/model/regime.ts';
import { cleanText } from '../../format/cell-width.ts';
import { admits } from '../filter.ts';
import type { PanelOptions } from '../panel.ts';
import { type Reason, reasonsOf } from '../shown.ts';

/** Columns the venues can be sorted by, in the order of the sort key. */
export const OI_SORTS = ['usd', 'venue'] as const;

export interface OpenInterestRow extends Pick<OpenInterestEntry, 'coin' | 'usd'> {
  readonly venue: string;
  /** Of the largest venue, for a bar; null where either is absent. */
  readonly ofLargest: number | null;
}

export interface OpenInterestRows {
  readonly asset: string;
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
  readonly priceChange24h: Reading;
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
    .map(([venue, { coin, usd }]): OpenInterestRow => {
      const value = valueIn(usd);
      const share = value === undefined || largest === 0 ? null : value / largest;
      return { venue: cleanText(venue), coin, usd, ofLargest: share };
    })
    .filter(({ venue }) => admits(options.filter, venue))
    .sort((a, b) =>
      sort === 'venue'
        ? direction * (a.venue < b.venue ? -1 : 1)
        : direction * ((valueIn(b.usd) ?? -1) - (valueIn(a.usd) ?? -1)),
    );
  return {
    asset: cleanText(frame.asset),
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
    priceChange24h: frame.priceChange24h,
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
      ...venues.map((row) => [row.venue, row.usd] as const),
    ]),
  };
}
