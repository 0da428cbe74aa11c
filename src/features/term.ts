import type { InstrumentState } from '../market/state.ts';
import type { InstrumentId } from '../model/instrument.ts';
import { absent, derive, live, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { DAY, type Micros } from '../model/units.ts';
import { basisOf, markReadings } from './basis.ts';
import type { InstrumentInput } from './feature.ts';

/** Fractional days until an expiry; below 0 behind it. */
export const daysUntil = (expiry: Micros, now: Micros): number => (expiry - now) / DAY;

/** (F/S − 1) · 365 / days, simple (SPEC §10). */
export const annualisedBasis = (future: number, spot: number, days: number): number =>
  ((future / spot - 1) * 365) / days;

/** What one pays for the next expiry instead of this one, annualised over the days between them: (F₂/F₁ − 1) · 365 / (days₂ − days₁). */
export const rollYield = (near: number, far: number, daysBetween: number): number =>
  ((far / near - 1) * 365) / daysBetween;

export type CurveShape = 'contango' | 'backwardation' | 'mixed' | 'flat';

/**
 * Shape of a term structure by its annualised basis: contango where what lies outside the dead band lies above it, backwardation where it lies below, mixed where
 * both happen, flat where all lies within. Undefined of nothing.
 */
export function curveShape(
  annualised: readonly number[],
  deadBand: number,
): CurveShape | undefined {
  if (annualised.length === 0) return undefined;
  const isAbove = annualised.some((basis) => basis > deadBand);
  const isBelow = annualised.some((basis) => basis < -deadBand);
  if (isAbove && isBelow) return 'mixed';
  if (isAbove) return 'contango';
  return isBelow ? 'backwardation' : 'flat';
}

/** Where a price of the venue's own was found to compare a dated future with. */
export interface SpotPrice {
  readonly price: Reading;
  /** The venue's index for the contract, or the mid of its spot listing in the same quote currency. */
  readonly of: 'index' | 'spot';
  /** The listing it was read off. */
  readonly instrument: InstrumentId;
}

const isSamePair = (a: InstrumentState, b: InstrumentState): boolean =>
  a.instrument.venue === b.instrument.venue &&
  a.instrument.base === b.instrument.base &&
  a.instrument.quote === b.instrument.quote;

/**
 * What a dated future is held against: the venue's own index, which some venues send with the perp on the same pair alone, else the mid of the venue's own
 * spot listing of the pair. Never another venue's.
 */
export function spotPriceOf(
  { state, now, settings }: InstrumentInput,
  listed: readonly InstrumentInput[],
): SpotPrice | undefined {
  const indices = [state, ...listed.map((other) => other.state)]
    .filter((other) => other.instrument.kind !== 'spot' && isSamePair(other, state))
    .map((source): SpotPrice => {
      const { index } = markReadings(source, now, settings);
      return { price: index, of: 'index', instrument: source.instrument.id };
    });
  const mids = listed
    .filter((other) => other.state.instrument.kind === 'spot' && isSamePair(other.state, state))
    .map((spot): SpotPrice => {
      const { mid } = spot.sample;
      return { price: mid, of: 'spot', instrument: spot.state.instrument.id };
    });
  const known = [...indices, ...mids];
  return (
    known.find(({ price }) => price.state === 'live') ??
    known.find(({ price }) => price.state === 'stale')
  );
}

/** Price of a dated future: its mid where it is quoted, else its mark. */
export function futurePrice({ state, sample, now, settings }: InstrumentInput): {
  readonly price: Reading;
  readonly of: 'mid' | 'mark';
} {
  const { mark } = markReadings(state, now, settings);
  const isQuoted =
    sample.mid.state === 'live' || (sample.mid.state === 'stale' && mark.state !== 'live');
  return isQuoted ? { price: sample.mid, of: 'mid' } : { price: mark, of: 'mark' };
}

/** One dated future against its venue's own spot price. */
export interface TermPoint {
  readonly input: InstrumentInput;
  readonly expiry: Micros;
  /** Fractional, above 0. */
  readonly days: number;
  readonly nearExpiry: boolean;
  readonly price: Reading;
  readonly priceOf: 'mid' | 'mark';
  readonly spot: SpotPrice | undefined;
  /** F/S − 1, fraction. */
  readonly basis: Reading;
  /** Absent near the expiry, where the few hours left make anything of a tick. */
  readonly annualised: Reading;
}

function pointOf(
  input: InstrumentInput,
  expiry: Micros,
  listed: readonly InstrumentInput[],
  settings: EngineSettings,
): TermPoint {
  const { venue } = input.state.instrument;
  const days = daysUntil(expiry, input.now);
  const nearExpiry = days < settings.carry.nearExpiryDays;
  const { price, of } = futurePrice(input);
  const spot = spotPriceOf(input, listed);
  const against = spot?.price ?? absent(`no index price: ${venue}`);
  return {
    input,
    expiry,
    days,
    nearExpiry,
    price,
    priceOf: of,
    spot,
    basis: derive([price, against] as const, basisOf),
    annualised: nearExpiry
      ? absent('near expiry')
      : derive([price, against, live(days)] as const, annualisedBasis),
  };
}

/** The dated futures of an asset that have not expired, by expiry; of one expiry in the order of `listed`. */
export function termStructure(
  listed: readonly InstrumentInput[],
  settings: EngineSettings,
): readonly TermPoint[] {
  return listed
    .flatMap((input) => {
      const { kind, expiry } = input.state.instrument;
      return kind === 'future' && expiry !== null && expiry > input.now
        ? [pointOf(input, expiry, listed, settings)]
        : [];
    })
    .sort((a, b) => a.expiry - b.expiry);
}

/** Whether two futures differ by their expiry alone. */
const isSameChain = (a: TermPoint, b: TermPoint): boolean =>
  isSamePair(a.input.state, b.input.state) &&
  a.input.state.instrument.settle === b.input.state.instrument.settle;

/** The roll from one future into the next expiry of its venue, pair and margin, as an annual yield. */
export function rollOf(point: TermPoint, points: readonly TermPoint[]): Reading {
  const next = points.find((other) => other.expiry > point.expiry && isSameChain(other, point));
  if (next === undefined) return absent('no later expiry');
  return derive([point.price, next.price, live(next.days - point.days)] as const, rollYield);
}

/**
 * The front dated future: of the venue of the leading perp where it has any, else of the venue that comes first in `listed`, the nearest one that is not near its
 * expiry.
 */
export function frontFuture(
  points: readonly TermPoint[],
  listed: readonly InstrumentInput[],
  leadVenue: string | undefined,
): TermPoint | undefined {
  const open = points.filter(({ nearExpiry }) => !nearExpiry);
  const venueOf = ({ input }: TermPoint): string => input.state.instrument.venue;
  const venues = [
    ...(leadVenue === undefined ? [] : [leadVenue]),
    ...listed.map(({ state }) => state.instrument.venue),
  ];
  for (const venue of venues) {
    const front = open.find((point) => venueOf(point) === venue);
    if (front !== undefined) return front;
  }
  return undefined;
}
