import type { Frame } from '../../../src/frame/frame.ts';
import type { Venue } from '../../../src/model/instrument.ts';
import { absent, type Reading, valueIn } from '../../../src/model/reading.ts';
import type { CascadeLevel } from '../../../src/model/regime.ts';
import { cleanText } from '../../format/cell-width.ts';
import { admits } from '../filter.ts';
import type { PanelOptions } from '../panel.ts';
import { type Reason, reasonsOf } from '../shown.ts';

/** Ways the tape can be sorted, in the order of the sort key. */
export const TAPE_SORTS = ['time', 'notional'] as const;

export interface LiquidationWindowRow {
  readonly label: '1m' | '5m' | '1h' | '24h';
  readonly long: Reading;
  readonly short: Reading;
  readonly count: Reading;
  readonly largest: Reading;
}

type LiquidationPrint = Frame['liquidations']['tape'][number];

/** Estimated notional that dies at a price. */
export type LiquidationLevel = Pick<
  Frame['cascade']['levels'][number],
  'price' | 'side' | 'notional' | 'low' | 'high'
>;

export interface TapeRow extends LiquidationPrint {
  readonly venue: string;
}

export interface LiquidationRows {
  readonly windows: readonly LiquidationWindowRow[];
  readonly tape: readonly TapeRow[];
  /** Prints there are, whatever the filter. */
  readonly prints: number;
  readonly sort: (typeof TAPE_SORTS)[number];
  /** What each venue's feed leaves out. */
  readonly completeness: readonly { readonly venue: string; readonly says: string }[];
  readonly levels: readonly LiquidationLevel[];
  readonly price: Reading;
  readonly priceDecimals: number;
  readonly cascade: Reading<CascadeLevel>;
  /** dOI / depth of the last hour. */
  readonly ratio: Reading;
  readonly longWithin5: Reading;
  readonly shortWithin5: Reading;
  readonly thresholds: Frame['cascade']['thresholds'];
  /** The estimate between its least and its most under other mixes of leverage, per side. */
  readonly bands: readonly BandRow[];
  readonly calibration: Frame['cascade']['calibration'];
  readonly venues: readonly VenueRow[];
  /** What does not count, with the reason. */
  readonly excluded: readonly string[];
  readonly reasons: readonly Reason[];
}

/** One side of the estimate. */
export interface BandRow {
  readonly side: 'long' | 'short';
  readonly shown: Reading;
  readonly low: Reading;
  readonly high: Reading;
}

/** What was liquidated on one venue in an hour and in a day, and what it adds to the estimate. */
export interface VenueRow {
  readonly venue: string;
  readonly long: Reading;
  readonly short: Reading;
  readonly placed: Reading;
  readonly longH1: Reading;
  readonly shortH1: Reading;
  readonly longH24: Reading;
  readonly shortH24: Reading;
}

/** The venue in an instrument's id. */
const venueOf = (instrument: string): string => cleanText(instrument.split(':')[0] ?? '');

/** Every venue that tells of liquidations or adds to the estimate. */
function venuesOf({ liquidations, cascade }: Frame): VenueRow[] {
  const names = new Set([
    ...Object.keys(liquidations.byVenue),
    ...Object.keys(cascade.byVenue),
  ] as Venue[]);
  const silent = absent('no liquidation feed');
  const unplaced = absent('not in the estimate');
  return [...names].map((venue): VenueRow => {
    const died = liquidations.byVenue[venue];
    const own = cascade.byVenue[venue];
    return {
      venue: cleanText(venue),
      long: own?.longWithin5 ?? unplaced,
      short: own?.shortWithin5 ?? unplaced,
      placed: own?.placedShare ?? unplaced,
      longH1: died?.h1.long ?? silent,
      shortH1: died?.h1.short ?? silent,
      longH24: died?.h24.long ?? silent,
      shortH24: died?.h24.short ?? silent,
    };
  });
}

/** Liquidations of an asset: totals per window, the tape and the estimated levels around price. */
export function selectLiquidations(frame: Frame, options: PanelOptions): LiquidationRows {
  const { liquidations, cascade } = frame;
  const windows: LiquidationWindowRow[] = [
    { label: '1m', ...liquidations.m1 },
    { label: '5m', ...liquidations.m5 },
    { label: '1h', ...liquidations.h1 },
    { label: '24h', ...liquidations.h24 },
  ];
  const sort = TAPE_SORTS[options.sort % TAPE_SORTS.length]!;
  const direction = options.reversed ? -1 : 1;
  const tape = liquidations.tape
    .map((print): TapeRow => ({ ...print, venue: venueOf(print.instrument) }))
    .filter(({ venue, side, instrument }) => admits(options.filter, venue, side, instrument))
    .sort(
      (a, b) => direction * (sort === 'time' ? b.tsLocal - a.tsLocal : b.notional - a.notional),
    );
  return {
    windows,
    tape,
    prints: liquidations.tape.length,
    sort,
    completeness: Object.entries(liquidations.completeness).map(([venue, says]) => ({
      venue: cleanText(venue),
      says: cleanText(says),
    })),
    levels: cascade.levels,
    price: frame.price,
    priceDecimals: frame.priceDecimals,
    cascade: cascade.level,
    ratio: cascade.ratio,
    longWithin5: cascade.longWithin5,
    shortWithin5: cascade.shortWithin5,
    thresholds: cascade.thresholds,
    bands: [
      {
        side: 'long',
        shown: cascade.longWithin5,
        low: cascade.longWithin5Low,
        high: cascade.longWithin5High,
      },
      {
        side: 'short',
        shown: cascade.shortWithin5,
        low: cascade.shortWithin5Low,
        high: cascade.shortWithin5High,
      },
    ],
    calibration: cascade.calibration,
    venues: venuesOf(frame),
    excluded: cascade.excluded.map(cleanText),
    reasons: reasonsOf([
      ...windows.flatMap((row) => [
        [`${row.label} long`, row.long] as const,
        [`${row.label} short`, row.short] as const,
        [`${row.label} count`, row.count] as const,
        [`${row.label} largest`, row.largest] as const,
      ]),
      ['long within 5 %', cascade.longWithin5],
      ['short within 5 %', cascade.shortWithin5],
      ['cascade level', cascade.level],
      ['dOI / depth', cascade.ratio],
      ['foretold', cascade.calibration.hitShare],
    ]),
  };
}

/** Estimated notional of one bin of prices, per side. */
export interface LevelBin {
  readonly from: number;
  readonly to: number;
  readonly long: number;
  readonly short: number;
  /** The least and the most of both together under other mixes of leverage. */
  readonly low: number;
  readonly high: number;
}

/** Levels on an even grid fall on the edges of their bins; the rounding of a division must not put them one too low. */
const GRID_SLACK = 1e-9;

/** The levels summed into `bins` bins of equal width over their range, by rising price; empty without levels. */
export function binned(levels: readonly LiquidationLevel[], bins: number): LevelBin[] {
  const known = levels.filter(
    ({ price, notional }) => Number.isFinite(price) && Number.isFinite(notional),
  );
  const [first] = known;
  if (first === undefined || bins < 1) return [];
  let low = first.price;
  let high = first.price;
  for (const { price } of known) {
    low = Math.min(low, price);
    high = Math.max(high, price);
  }
  const width = (high - low) / bins;
  const sums = Array.from({ length: bins }, () => ({ long: 0, short: 0, low: 0, high: 0 }));
  for (const { price, side, notional, low: least, high: most } of known) {
    const bin = width > 0 ? Math.min(bins - 1, Math.floor((price - low) / width + GRID_SLACK)) : 0;
    const sum = sums[Number.isFinite(bin) ? bin : 0]!;
    sum[side] += notional;
    sum.low += least;
    sum.high += most;
  }
  return sums.map((sum, i) => ({ from: low + i * width, to: low + (i + 1) * width, ...sum }));
}

/** Index of the bin that a price falls into; undefined outside of them. */
export function binOf(bins: readonly LevelBin[], price: Reading): number | undefined {
  const at = valueIn(price);
  if (at === undefined) return undefined;
  const index = bins.findIndex((bin) => at >= bin.from && at < bin.to);
  return index < 0 ? undefined : index;
}
