import { closeOf, createHourly, type Hourly, setHour } from '../market/hourly.ts';
import { leadOf } from '../market/lead.ts';
import type { Asset, Venue } from '../model/instrument.ts';
import type { KeptHourly } from '../model/kept.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, type Micros } from '../model/units.ts';
import { basisAt } from '../signals/asset-drift.ts';
import { settlementHours } from '../signals/drift-history.ts';
import { readStoredHours, type StoredHours, type StoredListing } from '../store/hours.ts';
import type { DriftSource } from './drift-files.ts';
import type { DriftInput } from './drift-text.ts';
import { CommandError } from './errors.ts';
import { gapsIn, usualStep } from './timed-column.ts';

/** What of a store a series is made of. */
export interface StoredAsset {
  readonly file: string;
  readonly asset: Asset;
  /** The venue whose perp is meant; that of the listing which leads live where it is missing. */
  readonly venue: Venue | undefined;
  /** Venues in the order in which they lead. */
  readonly venues: readonly Venue[];
  readonly now: Micros;
}

const SERIES: readonly KeptHourly[] = [
  'openInterest',
  'fundingSettled',
  'funding8h',
  'mark',
  'index',
  'close',
];

/** A listing as the choice of the lead wants it: the unified symbol says the currencies. */
function candidateOf(stored: StoredListing) {
  const { instrument, venue, kind, feed } = stored;
  const [pair = '', settle] = instrument.slice(instrument.indexOf(':') + 1).split(':');
  const [base = '', quote = ''] = pair.split('/');
  const isPolled = feed.endsWith('-polled');
  return {
    stored,
    instrument: {
      ...{ kind, venue, base, quote, settle: settle ?? null },
      ...(isPolled && { polledEveryMs: 1 }),
    },
  };
}

function inputOf(name: string, column: string, { instrument, series }: StoredListing): DriftInput {
  const found = series[column as KeptHourly];
  const stamps = (found?.hours ?? []).map(closeOf);
  const step = usualStep(stamps);
  return {
    name,
    facts: {
      file: 'store',
      column,
      timeColumn: 'hour',
      symbol: instrument,
      rows: stamps.length,
      empty: 0,
      unreadable: { rows: 0, line: null },
      ...{ repeated: 0, conflicting: 0, unordered: 0 },
      from: stamps[0] ?? null,
      to: stamps.at(-1) ?? null,
      step,
      areBars: false,
      gaps: gapsIn(stamps, step, column === 'fundingSettled'),
    },
  };
}

/**
 * Takes what a series is made of from what a store has kept of the perp that leads: the numbers that the engine makes its closed cells of.
 *
 * @throws CommandError, exit 1: no store, or nothing of this asset in it.
 */
export function sourceOfStore(
  { file, asset, venue, venues, now }: StoredAsset,
  drift: EngineSettings['drift'],
): DriftSource {
  let listings: StoredListing[];
  try {
    // The open cell is none yet.
    listings = readStoredHours(file, asset, SERIES, Math.floor(now / HOUR));
  } catch (error) {
    throw new CommandError(`${file}: ${(error as Error).message}`);
  }
  const { perp, spot } = leadOf(
    listings
      .filter((listing) => venue === undefined || listing.venue === venue)
      .map(candidateOf)
      .filter(({ stored }) => stored.kind === 'spot' || stored.series.openInterest !== undefined),
    venues,
  );
  if (perp === null)
    throw new CommandError(
      `${file}: no perp of ${asset} with open interest${venue === undefined ? '' : ` on ${venue}`}`,
    );
  const { stored } = perp;
  const { series } = stored;
  const beside: StoredListing['series'] = spot?.stored.series ?? {};
  const all = [series, beside].flatMap((of) => Object.values(of));
  const firstHour = Math.min(...all.map(({ hours }) => hours[0]!));
  const lastHour = Math.max(...all.map(({ hours }) => hours.at(-1)!));
  const grid = (found: StoredHours | undefined): Hourly => {
    const hourly = createHourly(lastHour - firstHour + 1);
    for (const [i, hour] of (found?.hours ?? []).entries())
      setHour(hourly, hour, hour, found!.values[i]!);
    return hourly;
  };
  const isFair = drift.basis === 'fair';
  const [above, below] = isFair
    ? [grid(series.mark), grid(series.index)]
    : [grid(series.close), grid(beside.close)];
  const fundingSettled = grid(series.fundingSettled);
  const isSampled = drift.funding === 'predicted' && series.funding8h !== undefined;
  return {
    title: stored.instrument,
    past: {
      firstHour,
      lastHour,
      openInterest: grid(series.openInterest),
      fundingSettled,
      fundingHours: settlementHours(fundingSettled, firstHour, lastHour),
      funding8h: isSampled ? grid(series.funding8h) : null,
      basisAt: (hour) => basisAt(above, below, hour),
      price: grid(series.close),
    },
    inputs: [
      inputOf('funding', 'fundingSettled', stored),
      ...(isSampled ? [inputOf('predicted funding', 'funding8h', stored)] : []),
      inputOf('open interest', 'openInterest', stored),
      ...(isFair
        ? [inputOf('mark', 'mark', stored), inputOf('index', 'index', stored)]
        : [
            inputOf('perp', 'close', stored),
            ...(spot === null ? [] : [inputOf('spot', 'close', spot.stored)]),
          ]),
    ],
    basisIs: isFair
      ? 'basis = (mark − index) / index'
      : 'basis = (perp − spot) / spot, mids or closes of one venue',
    notes: isSampled
      ? ['funding is the running estimate where it was heard at the close, else the settled rate']
      : [],
  };
}
