import type { FundingInterval, FundingLimits } from '../../model/event.ts';
import type { Instrument } from '../../model/instrument.ts';
import { HOUR, MINUTE, type Micros } from '../../model/units.ts';
import { noteUnfamiliar } from '../draft.ts';
import type { Draft } from './draft.ts';

/** Hours between settlements of every perp that `fundingInfo` does not list (venues.md §2.6). */
const DEFAULT_HOURS = 8;

/** The running funding period of one perp, as its `markPrice` stream shows it. */
export interface FundingClock {
  /** When it was last heard. */
  readonly eventTs: Micros;
  readonly nextTs: Micros;
  /** Length of the running period, seen from its first second to its announced end; null when its beginning was missed. */
  readonly observedHours: number | null;
}

type Interval = Pick<FundingInterval, 'hours' | 'basis'>;

/**
 * The interval to which the running estimate belongs, best knowledge first: the period that was seen to begin and whose end is announced,
 * then the venue's list, then 8 h for a perp that the list leaves out. Undefined before any of these is known.
 */
function intervalOf(
  listedHours: ReadonlyMap<string, number> | null,
  clock: FundingClock | undefined,
  symbol: string,
): Interval | undefined {
  const stated = statedInterval(listedHours, symbol);
  const observed = clock?.observedHours ?? null;
  return observed === null || observed === stated?.hours
    ? stated
    : { hours: observed, basis: 'observed' };
}

function statedInterval(
  listedHours: ReadonlyMap<string, number> | null,
  symbol: string,
): Interval | undefined {
  if (listedHours === null) return undefined;
  const hours = listedHours.get(symbol);
  return hours === undefined
    ? { hours: DEFAULT_HOURS, basis: 'default' }
    : { hours, basis: 'listed' };
}

/** Hours of a span that is whole hours to within a minute, at most a day; null for any other. */
function wholeHours(span: number): number | null {
  const hours = Math.round(span / HOUR);
  return hours >= 1 && hours <= 24 && Math.abs(span - hours * HOUR) <= MINUTE ? hours : null;
}

function intervalEvent(
  draft: Draft,
  instrument: Instrument,
  interval: Interval,
  tsExchange: Micros | null,
  limits?: FundingLimits | null,
): FundingInterval {
  return {
    kind: 'fundingInterval',
    instrument: instrument.id,
    hours: interval.hours,
    basis: interval.basis,
    ...(limits !== undefined && { limits }),
    tsExchange,
    tsLocal: draft.tsLocal,
  };
}

/** Tells the interval of a perp and its limits as far as they are known, given what `fundingInfo` lists (the state's, or one that has just arrived). */
export function tellInterval(
  draft: Draft,
  instrument: Instrument,
  listedHours: ReadonlyMap<string, number> | null,
  listedLimits: ReadonlyMap<string, FundingLimits>,
): void {
  if (instrument.kind !== 'perp') return;
  const limits = listedHours === null ? undefined : (listedLimits.get(instrument.symbol) ?? null);
  const clock = draft.state.fundingClocks.get(instrument.symbol);
  const interval = intervalOf(listedHours, clock, instrument.symbol);
  if (interval !== undefined)
    draft.events.push(intervalEvent(draft, instrument, interval, null, limits));
}

const contradiction = (symbol: string, observed: number, stated: Interval): string =>
  `funding interval ${symbol}: settles every ${observed} h, ${stated.basis} ${stated.hours} h`;

/**
 * Notes the next funding time of a `markPrice` message. When it jumps while the stream runs without a break, the old one has just been settled
 * and the distance is the length of the period that begins: the only interval that needs no list.
 */
export function noteNextFunding(
  draft: Draft,
  instrument: Instrument,
  eventTs: Micros,
  nextTs: Micros,
): void {
  const { state } = draft;
  const { symbol } = instrument;
  const before = state.fundingClocks.get(symbol);
  const hasJumped = before !== undefined && before.nextTs !== nextTs;
  let observedHours = before?.observedHours ?? null;
  if (hasJumped) {
    const isUnbroken = eventTs - before.eventTs <= MINUTE && eventTs >= before.nextTs;
    observedHours = isUnbroken ? wholeHours(nextTs - before.nextTs) : null;
  }
  const clock: FundingClock = { eventTs, nextTs, observedHours };
  draft.commits.push(() => state.fundingClocks.set(symbol, clock));
  if (!hasJumped) return;
  const interval = intervalOf(state.fundingHours, clock, symbol);
  if (interval === undefined) return;
  draft.events.push(intervalEvent(draft, instrument, interval, eventTs));
  const stated = statedInterval(state.fundingHours, symbol);
  if (stated !== undefined && stated.hours !== interval.hours)
    noteUnfamiliar(draft, contradiction(symbol, interval.hours, stated));
}

/**
 * Compares the distance of the two latest settlements with the interval believed. It speaks about the period that has ended, so it yields to
 * everything that speaks about the running one: it becomes the interval only where nothing else is known, and is named where it contradicts.
 */
export function noteSettlements(
  draft: Draft,
  instrument: Instrument,
  previousTs: Micros,
  lastTs: Micros,
): void {
  const hours = wholeHours(lastTs - previousTs);
  const isCurrent = hours !== null && draft.tsLocal - lastTs < (hours + 1) * HOUR;
  if (!isCurrent) return;
  const clock = draft.state.fundingClocks.get(instrument.symbol);
  const believed = intervalOf(draft.state.fundingHours, clock, instrument.symbol);
  if (believed === undefined)
    draft.events.push(intervalEvent(draft, instrument, { hours, basis: 'observed' }, lastTs));
  else if (believed.hours !== hours)
    noteUnfamiliar(draft, contradiction(instrument.symbol, hours, believed));
}
