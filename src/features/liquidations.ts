import { type FeedState, liquidationSilence } from '../market/feed-state.ts';
import type { Liquidation } from '../model/event.ts';
import type { Venue } from '../model/instrument.ts';
import { absent, live, type Marks, type Reading, stale } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { DAY, HOUR, MINUTE, type Micros, SECOND } from '../model/units.ts';
import { addTimedSum, createTimedSum, type TimedSum, timedSum } from '../stats/sums.ts';
import { sumAt } from './timed-sum.ts';

/** One liquidation as the tape shows it. */
export interface LiquidationPrint {
  readonly tsLocal: Micros;
  readonly instrument: string;
  readonly side: 'long' | 'short';
  readonly price: number;
  /** Base coin. */
  readonly size: number;
  /** Quote currency, shown as USD. */
  readonly notional: number;
}

const LIQUIDATION_WINDOWS = { m1: MINUTE, m5: 5 * MINUTE, h1: HOUR, h24: DAY } as const;
export type LiquidationWindowName = keyof typeof LIQUIDATION_WINDOWS;
const WINDOW_NAMES = ['m1', 'm5', 'h1', 'h24'] as const;

type SideSums = Readonly<Record<'long' | 'short', TimedSum>>;

interface WindowSums extends SideSums {
  readonly count: TimedSum;
  /** Candidates for the largest of the window, oldest first and falling in size: a print hides the smaller ones before it. */
  readonly peaks: { ts: number; notional: number }[];
}

/** Liquidations of one asset, over all its instruments. Plain data. */
export interface LiquidationMemory {
  readonly windows: Record<LiquidationWindowName, WindowSums>;
  /** Newest first. */
  readonly tape: LiquidationPrint[];
  /** The longer windows by venue, in the order of arrival; null where nobody asks. */
  readonly venues: Map<Venue, Readonly<Record<VenueWindowName, SideSums>>> | null;
}

/** Windows that are kept by venue. */
const VENUE_WINDOWS = ['h1', 'h24'] as const;
type VenueWindowName = (typeof VENUE_WINDOWS)[number];

/** Prints kept for the tape. */
const TAPE_KEPT = 20;
/** Candidates kept per window. When full the smallest goes, so that the largest stands and only a later one can be missed. */
const PEAKS_KEPT = 512;

function sumOver(name: LiquidationWindowName): TimedSum {
  const windowMicros = LIQUIDATION_WINDOWS[name];
  const resolution = windowMicros > HOUR ? SECOND * 10 : SECOND;
  return createTimedSum(windowMicros, Math.ceil(windowMicros / resolution) + 1, resolution);
}

const sidesOver = (name: LiquidationWindowName): SideSums => ({
  long: sumOver(name),
  short: sumOver(name),
});

const sumsOver = (name: LiquidationWindowName): WindowSums => ({
  ...sidesOver(name),
  count: sumOver(name),
  peaks: [],
});

/** @param hasVenues whether totals by venue are kept besides. */
export const createLiquidationMemory = (hasVenues = false): LiquidationMemory => ({
  windows: {
    m1: sumsOver('m1'),
    m5: sumsOver('m5'),
    h1: sumsOver('h1'),
    h24: sumsOver('h24'),
  },
  tape: [],
  venues: hasVenues ? new Map() : null,
});

/** The venue in the id of a listing. */
const venueIn = (instrument: string): Venue => instrument.slice(0, instrument.indexOf(':'));

function addToVenue(
  venues: NonNullable<LiquidationMemory['venues']>,
  { instrument, side, tsLocal, notional }: LiquidationPrint,
): void {
  const venue = venueIn(instrument);
  const sums = venues.get(venue) ?? { h1: sidesOver('h1'), h24: sidesOver('h24') };
  venues.set(venue, sums);
  for (const name of VENUE_WINDOWS) addTimedSum(sums[name][side], tsLocal, notional);
}

/** Takes one liquidation in. @returns its print. */
export function onLiquidation(memory: LiquidationMemory, event: Liquidation): LiquidationPrint {
  const { tsLocal, instrument, liquidatedSide: side, price, size } = event;
  const print = { tsLocal, instrument, side, price, size, notional: price * size };
  memory.tape.unshift(print);
  if (memory.tape.length > TAPE_KEPT) memory.tape.pop();
  for (const name of WINDOW_NAMES) {
    const sums = memory.windows[name];
    addTimedSum(sums[side], tsLocal, print.notional);
    addTimedSum(sums.count, tsLocal, 1);
    const { peaks } = sums;
    while (peaks.length > 0 && peaks.at(-1)!.notional <= print.notional) peaks.pop();
    peaks.push({ ts: tsLocal, notional: print.notional });
    if (peaks.length > PEAKS_KEPT) peaks.pop();
  }
  if (memory.venues !== null) addToVenue(memory.venues, print);
  return print;
}

/** How far the liquidation feeds of an asset can be trusted at one instant. */
export interface LiquidationTrust {
  /** Since when every feed that counts has been heard without a break; null while none carries liquidations. */
  readonly since: Micros | null;
  readonly sampled: boolean;
  /** How long the one that has been lost or silent longest has been so; null while all live. */
  readonly silentFor: Micros | null;
}

/** Reads the coverage off the feeds: alive is proven by anything the same feed says, for liquidations themselves may rest. */
export function liquidationTrust(
  feeds: readonly FeedState[],
  now: Micros,
  settings: EngineSettings,
): LiquidationTrust {
  let since: Micros | null = null;
  let sampled = false;
  let silentFor: Micros | null = null;
  for (const feed of feeds) {
    const { liquidations } = feed;
    if (liquidations === null) continue;
    since = Math.max(since ?? 0, liquidations.since) as Micros;
    sampled ||= liquidations.completeness === 'sampled';
    const silence = liquidationSilence(feed, now, settings);
    if (silence !== null) silentFor = Math.max(silentFor ?? 0, silence) as Micros;
  }
  return { since, sampled, silentFor };
}

/**
 * Totals of one window in USD by side liquidated, count and largest (SPEC §9). Absent without a feed; zero only where a living feed said nothing; marked
 * `sampled` where the venue publishes a part and `partial` while the window is longer than we have listened.
 */
export function readLiquidations(
  memory: LiquidationMemory,
  name: LiquidationWindowName,
  now: Micros,
  trust: LiquidationTrust,
): Readonly<Record<'long' | 'short' | 'count' | 'largest', Reading>> {
  if (trust.since === null) {
    const none = absent('no liquidation feed');
    return { long: none, short: none, count: none, largest: none };
  }
  const sums = memory.windows[name];
  const reading = readingOver(name, now, trust, trust.since);
  const from = now - LIQUIDATION_WINDOWS[name];
  const largest = sums.peaks.find((peak) => peak.ts > from);
  return {
    long: reading(sumAt(sums.long, now)),
    short: reading(sumAt(sums.short, now)),
    count: reading(sumAt(sums.count, now)),
    largest: largest === undefined ? absent('none in the window') : reading(largest.notional),
  };
}

/** How a number of one window is to be taken, after the feeds it comes from. */
function readingOver(
  name: LiquidationWindowName,
  now: Micros,
  trust: LiquidationTrust,
  since: Micros,
): (value: number) => Reading {
  const marks: Marks = {
    ...(trust.sampled && { sampled: true as const }),
    ...(now - since < LIQUIDATION_WINDOWS[name] && { partial: true as const }),
  };
  return (value) =>
    trust.silentFor === null ? live(value, marks) : stale(value, trust.silentFor, marks);
}

/** Totals of the longer windows on one venue in USD by side liquidated, by the same rules after the feeds of that venue. */
export function readVenueLiquidations(
  memory: LiquidationMemory,
  venue: Venue,
  now: Micros,
  trust: LiquidationTrust,
): Readonly<Record<VenueWindowName, Readonly<Record<'long' | 'short', Reading>>>> {
  const { since } = trust;
  const sums = memory.venues?.get(venue);
  const read = (name: VenueWindowName) => {
    if (since === null) {
      const none = absent('no liquidation feed');
      return { long: none, short: none };
    }
    const reading = readingOver(name, now, trust, since);
    const side = (which: 'long' | 'short') =>
      reading(sums === undefined ? 0 : sumAt(sums[name][which], now));
    return { long: side('long'), short: side('short') };
  };
  return { h1: read('h1'), h24: read('h24') };
}

/** Once a second: forgets what no window can show any more. */
export function tickLiquidations(memory: LiquidationMemory, now: Micros): void {
  for (const name of WINDOW_NAMES) {
    const { long, short, count, peaks } = memory.windows[name];
    for (const sum of [long, short, count]) timedSum(sum, now);
    const from = now - LIQUIDATION_WINDOWS[name];
    while (peaks.length > 0 && peaks[0]!.ts <= from) peaks.shift();
  }
  for (const sums of memory.venues?.values() ?? [])
    for (const name of VENUE_WINDOWS)
      for (const side of ['long', 'short'] as const) timedSum(sums[name][side], now);
}
