import type { InstrumentId, Venue } from '../model/instrument.ts';

/** Where a listing stands in the frame of its asset. */
export interface Standing {
  readonly instrument: InstrumentId;
  readonly venue: Venue;
  /** The perp of its venue that stands for it in the tables by venue. */
  readonly standsForVenue: boolean;
  /** The asset's leading perp. */
  readonly isLead: boolean;
}

/** Entries that every listing has in a place of its own, `*` being the listing. */
const OF_LISTING: Readonly<Record<string, string>> = {
  mid: 'book.byInstrument.*.mid',
  microprice: 'book.byInstrument.*.microprice',
  spreadBps: 'book.byInstrument.*.spreadBps',
  depthBid: 'book.byInstrument.*.depthBid',
  depthAsk: 'book.byInstrument.*.depthAsk',
  oib: 'book.byInstrument.*.oib',
  oibEwma: 'book.byInstrument.*.oibEwma',
  buy1m: 'flow.byInstrument.*.buy1m',
  sell1m: 'flow.byInstrument.*.sell1m',
  net1m: 'flow.byInstrument.*.net1m',
  cvd: 'flow.byInstrument.*.cvd',
  trades1m: 'flow.byInstrument.*.trades1m',
  lastPrice: 'flow.byInstrument.*.lastPrice',
  lastAggressor: 'flow.byInstrument.*.lastAggressor',
};

/** Those that the perp which stands for its venue has there, `*` being the venue. */
const OF_VENUE: Readonly<Record<string, string>> = {
  fundingPredicted: 'funding.byVenue.*.predicted',
  fundingSettled: 'funding.byVenue.*.settled',
  funding8h: 'funding.byVenue.*.rate8h',
  fundingAnnual: 'funding.byVenue.*.rateAnnual',
  fundingSettledAnnual: 'funding.byVenue.*.settledAnnual',
  fundingAccelerationPerHour: 'funding.byVenue.*.accelerationPerHour',
  fundingIntervalHours: 'funding.byVenue.*.intervalHours',
  fundingCapShare: 'funding.byVenue.*.capShare',
  oiCoin: 'openInterest.byVenue.*.coin',
  oiUsd: 'openInterest.byVenue.*.usd',
  oiChange1h: 'openInterest.byVenue.*.change1h',
  oiChange4h: 'openInterest.byVenue.*.change4h',
  oiChange24h: 'openInterest.byVenue.*.change24h',
};

/** Those of the leading perp that stand for the asset. */
const OF_LEAD: Readonly<Record<string, string>> = {
  mark: 'basis.mark',
  index: 'basis.index',
  basisFair: 'basis.fair',
  markPrice1: 'basis.markCheck.price1',
  markPrice2: 'basis.markCheck.price2',
  markLast: 'basis.markCheck.last',
  markOurs: 'basis.markCheck.ours',
  markDifferenceBps: 'basis.markCheck.differenceBps',
  oiChange1h: 'openInterest.change1h',
  oiChange4h: 'openInterest.change4h',
  oiChange24h: 'openInterest.change24h',
  oiChange1hUsd: 'openInterest.change1hUsd',
  oiChangeType: 'openInterest.changeType',
  oiPriceDivergence: 'openInterest.divergence',
  oiNorm: 'openInterest.norm',
  priceChange1h: 'priceChange1h',
  priceChange24h: 'priceChange24h',
};

/** Entries of the asset itself. */
const OF_ASSET: Readonly<Record<string, string>> = {
  basisVenue: 'basis.venue',
  cascadeRatio: 'cascade.ratio',
};

/** Further places of entries that have one already. */
const BESIDES: readonly (readonly [path: string, entry: string, of: 'perp' | 'spot'])[] = [
  ['price', 'mid', 'perp'],
  ['basis.perpMid', 'mid', 'perp'],
  ['basis.spotMid', 'mid', 'spot'],
  ['basis.markCheck.venue', 'mark', 'perp'],
  ['openInterest.coin', 'oiCoin', 'perp'],
  ['openInterest.usd', 'oiUsd', 'perp'],
];

/** Path of a listing's entry in the frame. */
export function pathOfEntry(entry: string, standing: Standing): string {
  const { instrument, venue, standsForVenue, isLead } = standing;
  return (
    (isLead ? OF_LEAD[entry] : undefined) ??
    (standsForVenue ? OF_VENUE[entry]?.replace('*', venue) : undefined) ??
    OF_LISTING[entry]?.replace('*', instrument) ??
    `features.byInstrument.${instrument}.${entry}`
  );
}

/** Path of an asset's own entry in the frame. */
export const pathOfAssetEntry = (entry: string): string =>
  OF_ASSET[entry] ?? `features.asset.${entry}`;

/** What stands at a path: the entry of a family, of the listing or venue that the path names or of one of the leading pair. */
export type Home =
  | { readonly kind: 'listing' | 'venue'; readonly entry: string; readonly name: string }
  | { readonly kind: 'perp' | 'spot' | 'asset'; readonly entry: string };

function inverted(
  kind: 'listing' | 'venue',
  table: Readonly<Record<string, string>>,
): readonly { kind: 'listing' | 'venue'; entry: string; before: string; after: string }[] {
  return Object.entries(table).map(([entry, pattern]) => {
    const [before, after] = pattern.split('*') as [string, string];
    return { kind, entry, before, after };
  });
}

const PLACES = [...inverted('listing', OF_LISTING), ...inverted('venue', OF_VENUE)];
const BY_INSTRUMENT = 'features.byInstrument.';
const BY_ASSET = 'features.asset.';

/** The entry that a path shows; undefined where it shows none of a family. */
export function homeOf(path: string): Home | undefined {
  for (const [entry, at] of Object.entries(OF_LEAD))
    if (at === path) return { kind: 'perp', entry };
  for (const [entry, at] of Object.entries(OF_ASSET))
    if (at === path) return { kind: 'asset', entry };
  for (const [at, entry, of] of BESIDES) if (at === path) return { kind: of, entry };
  for (const { kind, entry, before, after } of PLACES)
    if (
      path.length > before.length + after.length &&
      path.startsWith(before) &&
      path.endsWith(after)
    )
      return { kind, entry, name: path.slice(before.length, path.length - after.length) };
  if (path.startsWith(BY_ASSET)) return { kind: 'asset', entry: path.slice(BY_ASSET.length) };
  if (path.startsWith(BY_INSTRUMENT)) {
    // Names of entries have no dots; names of listings may.
    const dot = path.lastIndexOf('.');
    return {
      kind: 'listing',
      name: path.slice(BY_INSTRUMENT.length, dot),
      entry: path.slice(dot + 1),
    };
  }
  return undefined;
}
