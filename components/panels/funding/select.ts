import type { Frame, FundingEntry } from '../../../src/frame/frame.ts';
import type {
  FundingCalendarEntry,
  FundingIntervalChange,
  FundingOther,
  FundingPair,
} from '../../../src/frame/funding.ts';
import { absent, live, type Reading, stale } from '../../../src/model/reading.ts';
import { cleanText } from '../../format/cell-width.ts';
import { admits } from '../filter.ts';
import type { PanelOptions } from '../panel.ts';
import { type Reason, reasonsOf } from '../shown.ts';

/** Columns the matrix can be sorted by, in the order of the sort key. */
export const FUNDING_SORTS = ['venue', '8h', 'annual', 'z', 'next', 'spend'] as const;

export type FundingSort = (typeof FUNDING_SORTS)[number];

/** One venue of the matrix. */
export interface FundingRow extends Omit<FundingEntry, 'instrument' | 'nextFundingTs'> {
  readonly venue: string;
  /** Microseconds to the next settlement. */
  readonly countdown: Reading;
  /** The engine tells of its next settlement that the rate is near the venue's cap. */
  readonly isNearCap: boolean;
}

/** A settlement that is due. */
export interface SettlementRow extends Omit<FundingCalendarEntry, 'instrument'> {
  /** Microseconds until then. */
  readonly left: number;
}

/** A funding interval that changed. */
export interface IntervalChangeRow extends Omit<FundingIntervalChange, 'venue' | 'ts'> {
  /** Microseconds since then. */
  readonly ago: number;
}

export interface FundingRows {
  readonly venues: readonly FundingRow[];
  readonly sort: FundingSort;
  readonly oiWeighted: Reading;
  readonly interpretation: Reading<string>;
  /** Venues left out of the average, with the reason. */
  readonly excluded: readonly string[];
  /** What longs pay shorts in eight hours at these rates, USD. */
  readonly spend8hUsd: Reading;
  readonly calendar: readonly SettlementRow[];
  readonly changes: readonly IntervalChangeRow[];
  /** The widest first. */
  readonly pairs: readonly FundingPair[];
  readonly pairsExcluded: readonly string[];
  /** Further perps of a venue in the matrix. */
  readonly others: readonly FundingOther[];
  readonly reasons: readonly Reason[];
}

const COLUMN_OF = {
  '8h': 'rate8h',
  annual: 'rateAnnual',
  z: 'z',
  next: 'countdown',
  spend: 'spendUsd',
} as const;

function countdown(next: Reading, now: number): Reading {
  if (next.state === 'absent') return absent(next.reason);
  const left = next.value - now;
  return next.state === 'live' ? live(left) : stale(left, next.age);
}

/** Absent values stand last whichever way the rest is sorted: they are neither the least nor the most. */
function byReading(a: Reading, b: Reading, direction: number): number {
  if (a.state === 'absent' || b.state === 'absent') {
    return Number(a.state === 'absent') - Number(b.state === 'absent');
  }
  return direction * (a.value - b.value);
}

function sorted(rows: readonly FundingRow[], sort: FundingSort, reversed: boolean): FundingRow[] {
  const byVenue = (a: FundingRow, b: FundingRow) =>
    a.venue < b.venue ? -1 : a.venue > b.venue ? 1 : 0;
  if (sort === 'venue') {
    return [...rows].sort((a, b) => (reversed ? -1 : 1) * byVenue(a, b));
  }
  // Rates and dollars: the largest first; countdowns: the nearest first.
  const direction = (sort === 'next' ? 1 : -1) * (reversed ? -1 : 1);
  const key = COLUMN_OF[sort];
  return [...rows].sort((a, b) => byReading(a[key], b[key], direction) || byVenue(a, b));
}

/** The funding matrix of an asset: one row per venue, sorted, and the OI-weighted average above it. */
export function selectFunding(frame: Frame, options: PanelOptions): FundingRows {
  const { funding, tsLocal: now } = frame;
  const { byVenue, oiWeighted, interpretation, excluded } = funding;
  const rows = Object.entries(byVenue).map(([venue, entry]): FundingRow => {
    const { instrument, nextFundingTs, ...rates } = entry;
    return {
      venue: cleanText(venue),
      ...rates,
      countdown: countdown(nextFundingTs, now),
      isNearCap: funding.calendar.some(
        (due) => due.instrument === instrument && due.capNear === true,
      ),
    };
  });
  const sort = FUNDING_SORTS[options.sort % FUNDING_SORTS.length]!;
  const admitted = rows.filter(({ venue }) => admits(options.filter, venue));
  const venues = sorted(admitted, sort, options.reversed);
  const pairs = funding.arbitrage.map((pair) => ({
    ...pair,
    long: cleanText(pair.long),
    short: cleanText(pair.short),
  }));
  return {
    venues,
    sort,
    oiWeighted,
    interpretation,
    excluded: excluded.map(cleanText),
    spend8hUsd: funding.spend8hUsd,
    calendar: funding.calendar.map(({ instrument: _, venue, ...due }) => ({
      ...due,
      venue: cleanText(venue),
      left: due.ts - now,
    })),
    changes: funding.intervalChanges.map(({ instrument, ts, from, to }) => ({
      instrument: cleanText(instrument),
      ago: now - ts,
      from,
      to,
    })),
    pairs,
    pairsExcluded: funding.arbitrageExcluded.map(cleanText),
    others: funding.others.map((other) => ({
      ...other,
      instrument: cleanText(other.instrument),
      venue: cleanText(other.venue),
    })),
    reasons: reasonsOf([
      ['OI-weighted', oiWeighted],
      ['interpretation', interpretation],
      ['paid in 8 h', funding.spend8hUsd],
      ...venues.flatMap((row) => [
        [`${row.venue} predicted`, row.predicted] as const,
        [`${row.venue} settled`, row.settled] as const,
        [`${row.venue} z`, row.z] as const,
        [`${row.venue} per hour`, row.accelerationPerHour] as const,
        [`${row.venue} interval`, row.intervalHours] as const,
        [`${row.venue} countdown`, row.countdown] as const,
        [`${row.venue} spend`, row.spendUsd] as const,
        [`${row.venue} cap`, row.capShare] as const,
      ]),
      ...pairs.map(({ long, short, annualNet }) => [`net of ${long}/${short}`, annualNet] as const),
    ]),
  };
}
