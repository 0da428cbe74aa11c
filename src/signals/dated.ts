import { basisOf, markReadings } from '../features/basis.ts';
import type { InstrumentInput } from '../features/feature.ts';
import { closeOf, hourAt, isKnownWithin } from '../market/hourly.ts';
import { byPreference } from '../market/lead.ts';
import type { InstrumentState } from '../market/state.ts';
import type { InstrumentId, Venue } from '../model/instrument.ts';
import { absent, derive, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { DAY, type Micros } from '../model/units.ts';
import { writeHour } from './hourly-sample.ts';

/** What μ3 rests on in one cell (SPEC §5); NaN where there is none. */
export interface DatedValue {
  /** Fair basis of the front dated future: (mark − index) / index. */
  readonly basis: number;
  /** How much its expiry weighs, 0–1. */
  readonly rho: number;
}

export const NO_DATED: DatedValue = { basis: Number.NaN, rho: Number.NaN };

/** The dated future that expires next on one venue. */
export interface FrontDated {
  readonly state: InstrumentState;
  /** Fractional. */
  readonly daysToExpiry: number;
  /** Days to expiry over the longest listed days to expiry, 0–1: 1 where it is the only one listed. */
  readonly distance: number;
}

/** A contract expires at its instant: from then on the next one is front. */
const daysLeft = ({ instrument }: InstrumentState, at: Micros): number =>
  ((instrument.expiry ?? at) - at) / DAY;

/** ρ of SPEC §5 from the distance of a contract. */
export const rhoOf = (distance: number, rho: EngineSettings['drift']['rho']): number =>
  rho === 'distance' ? distance : 1 - distance;

/**
 * The dated futures of the asset's leading venue, or of the first venue by preference that has any that have not expired. Of two that expire together the
 * preferred one comes first.
 */
function datedOf(
  listed: readonly InstrumentState[],
  leadVenue: Venue | undefined,
  venues: readonly Venue[],
  now: Micros,
): readonly InstrumentState[] {
  const dated = listed
    .filter(({ instrument }) => instrument.kind === 'future')
    .sort(byPreference(venues));
  const isLive = (state: InstrumentState) => daysLeft(state, now) > 0;
  const venue =
    dated.find((state) => state.instrument.venue === leadVenue && isLive(state))?.instrument
      .venue ?? dated.find(isLive)?.instrument.venue;
  return dated.filter(({ instrument }) => instrument.venue === venue);
}

/** The first to expire after `at`, of those that pass. */
function frontOf(
  dated: readonly InstrumentState[],
  at: Micros,
  passes: (state: InstrumentState) => boolean = () => true,
): FrontDated | undefined {
  let front: InstrumentState | undefined;
  let days = Number.POSITIVE_INFINITY;
  let longest = 0;
  for (const state of dated) {
    const left = daysLeft(state, at);
    if (left <= 0 || !passes(state)) continue;
    longest = Math.max(longest, left);
    if (left >= days) continue;
    front = state;
    days = left;
  }
  return front && { state: front, daysToExpiry: days, distance: days / longest };
}

/** Fair basis of a dated future as of now. Its mid stands for the mark only where the venue publishes no mark of it at all. */
function datedBasis({ state, now, settings, sample }: InstrumentInput): Reading {
  const { mark, index } = markReadings(state, now, settings);
  return derive([state.mark === null ? sample.mid : mark, index] as const, basisOf);
}

/** What a tick sees of an asset's dated futures. */
export interface DatedInput {
  /** Those of the venue that is taken, expired ones included. */
  readonly listed: readonly InstrumentState[];
  readonly front: FrontDated | undefined;
  /** Fair basis of the front one. */
  readonly basis: Reading;
}

const NO_DATED_FUTURE = absent('no dated future');

export const NO_DATED_INPUT: DatedInput = {
  listed: [],
  front: undefined,
  basis: NO_DATED_FUTURE,
};

/** @param inputs of every listing of the asset at `now`. */
export function datedInput(
  listed: readonly InstrumentState[],
  leadVenue: Venue | undefined,
  inputs: ReadonlyMap<InstrumentId, InstrumentInput>,
  now: Micros,
  venues: readonly Venue[],
): DatedInput {
  const dated = datedOf(listed, leadVenue, venues, now);
  const front = frontOf(dated, now);
  const input = front && inputs.get(front.state.instrument.id);
  return {
    listed: dated,
    front,
    basis: input === undefined ? NO_DATED_FUTURE : datedBasis(input),
  };
}

const storedBasis = ({ history }: InstrumentState, hour: number): number =>
  basisOf(hourAt(history.mark, hour), hourAt(history.index, hour));

/** Cells within which a listed contract has one: a hole that long is no sign that it was not listed. */
const LISTED_WITHIN = 24;

/**
 * What stood at the close of a cell: as it was sampled then, or as the histories of the contracts tell it. A contract counts as listed then when its
 * history has a cell of the day before, so that one listed since weighs on nothing before it, and the next one does not stand in where the front one has
 * a hole.
 */
function datedAt(
  { history }: InstrumentState,
  dated: readonly InstrumentState[],
  hour: number,
  rho: EngineSettings['drift']['rho'],
): DatedValue {
  const basis = hourAt(history.datedBasis, hour);
  if (Number.isFinite(basis)) return { basis, rho: rhoOf(hourAt(history.datedRho, hour), rho) };
  const front = frontOf(dated, closeOf(hour), (state) =>
    isKnownWithin(state.history.mark, hour, LISTED_WITHIN),
  );
  return front === undefined
    ? NO_DATED
    : { basis: storedBasis(front.state, hour), rho: rhoOf(front.distance, rho) };
}

/** What stood at the close of a cell, or of the newest before it of which it is known, `carry` cells back at most. */
export function storedDated(
  lead: InstrumentState,
  dated: readonly InstrumentState[],
  hour: number,
  rho: EngineSettings['drift']['rho'],
  carry: number,
): DatedValue {
  for (let back = 0; back <= carry; back += 1) {
    const value = datedAt(lead, dated, hour - back, rho);
    if (Number.isFinite(value.basis)) return value;
  }
  return NO_DATED;
}

/** At the close of `hour`: writes what is live of the front contract into the history of the leading perp, where it outlives the contract. */
export function sampleDated(
  { history }: InstrumentState,
  { front, basis }: DatedInput,
  hour: number,
  now: Micros,
): void {
  if (front === undefined || basis.state !== 'live') return;
  writeHour(history.datedBasis, hour, now, basis.value);
  writeHour(history.datedRho, hour, now, front.distance);
}
