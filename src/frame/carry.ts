import { cashAndCarryAnnual, fundingCarryAnnual } from '../features/carry.ts';
import { takerFee } from '../features/funding-arbitrage.ts';
import type { TermPoint } from '../features/term.ts';
import type { InstrumentState } from '../market/state.ts';
import { DOLLARS, type Instrument, type InstrumentId, type Venue } from '../model/instrument.ts';
import { absent, derive, live, type Marks, marked, type Reading } from '../model/reading.ts';
import type { Micros } from '../model/units.ts';
import { paidByStretch } from '../signals/hourly-scores.ts';
import { type ListedView, perpsIn, pick, type SectionInput } from './section.ts';

/** A carry that yields at least `carry.minYield` a year on capital after fees. */
export interface CarryEntry {
  readonly kind: 'cash-and-carry' | 'funding';
  readonly venue: Venue;
  /** What is sold, and what is bought. */
  readonly instrument: InstrumentId;
  readonly spot: InstrumentId;
  /** To the expiry; null where there is none. */
  readonly days: number | null;
  /** A year on capital after fees, fraction: locked in until the expiry, or at the running rate. */
  readonly yield: Reading;
  /** The same at the average rate that was settled over the last seven days; of a cash-and-carry nothing. */
  readonly yieldSettled: Reading | null;
  /** In words. */
  readonly strategy: string;
}

const CARRY_SHOWN = 8;
/** Stretches of eight hours over which what was settled is averaged: seven days. */
const SETTLED_STRETCHES = 21;
/** Such stretches in a year. */
const STRETCHES_PER_YEAR = 1095;
/** Of them, how many have to be known. */
const STRETCHES_NEEDED = 9;

const dayText = (days: number): string => `${days.toFixed(1)} d`;
const percentText = (share: number): string => `${(share * 100).toFixed(2).replace('-', '−')} %`;

/** A listing margined in its own coin needs no further margin: the coin that is bought is it. */
const marginOf = ({ base, settle }: Instrument, margin: number): number =>
  settle === base ? 0 : margin;

/** The venue's own spot beside a contract, by preference; in another dollar where it has none in the same. */
export function spotBeside(view: ListedView, { listed }: SectionInput): ListedView | undefined {
  const { venue, base, quote } = view.input.state.instrument;
  const spots = listed.filter(({ input: { state } }) => {
    const { instrument } = state;
    return instrument.kind === 'spot' && instrument.venue === venue && instrument.base === base;
  });
  const isSame = ({ input }: ListedView) => input.state.instrument.quote === quote;
  const isDollar = ({ input }: ListedView) => DOLLARS.includes(input.state.instrument.quote);
  return spots.find(isSame) ?? (DOLLARS.includes(quote) ? spots.find(isDollar) : undefined);
}

/** A contract and the coin bought against it; marked as a model of ours where their dollars are not the same. */
interface CarryLegs {
  readonly short: Instrument;
  readonly long: Instrument;
  readonly marks: Marks;
  /** What the words add. */
  readonly note: string;
}

function legsOf(short: Instrument, long: Instrument): CarryLegs {
  const isSame = short.quote === long.quote;
  return {
    short,
    long,
    marks: isSame ? {} : { estimated: true },
    note: isSame ? '' : `; ${long.quote} taken for ${short.quote}`,
  };
}

const symbolOf = ({ id }: Instrument): string => id.slice(id.indexOf(':') + 1);

/** A dated future sold against the coin, at the prices at which both can be had: bid of the future (its mark where nobody streams quotes), ask of the spot. */
function cashCarry(point: TermPoint, section: SectionInput): CarryEntry | undefined {
  const { settings } = section;
  if (point.nearExpiry) return undefined;
  const view = section.listed.find(({ input }) => input === point.input);
  const spot = view && spotBeside(view, section);
  if (view === undefined || spot === undefined) return undefined;
  const legs = legsOf(point.input.state.instrument, spot.input.state.instrument);
  const { short, long } = legs;
  const isQuoted = point.priceOf === 'mid';
  const future = isQuoted ? point.input.sample.bid : marked(point.price, { estimated: true });
  const fees = [
    takerFee(short.venue, settings.fees),
    takerFee(long.venue, settings.fees, 'spotTaker'),
  ] as const;
  const annual = marked(
    derive([future, spot.input.sample.ask, ...fees] as const, (f, s, futureFeeBps, spotFeeBps) =>
      cashAndCarryAnnual({
        future: f,
        spot: s,
        futureFeeBps,
        spotFeeBps,
        margin: marginOf(short, settings.carry.margin),
        days: point.days,
      }),
    ),
    legs.marks,
  );
  if (annual.state !== 'live' || annual.value < settings.carry.minYield) return undefined;
  return {
    kind: 'cash-and-carry',
    venue: short.venue,
    instrument: short.id,
    spot: long.id,
    days: Math.round(point.days * 1e4) / 1e4,
    yield: annual,
    yieldSettled: null,
    strategy: `buy ${symbolOf(long)} on ${long.venue}, sell ${symbolOf(short)} at ${isQuoted ? 'its bid' : 'its mark'}, hold ${dayText(point.days)} to the expiry: ${percentText(annual.value)} a year on capital after fees${legs.note}`,
  };
}

/** What a perp paid a year by the average of its settlements of the last seven days. */
function settledAverageAnnual(state: InstrumentState, now: Micros): Reading {
  const paid = paidByStretch(state, now, SETTLED_STRETCHES).filter((rate) => rate !== null);
  if (paid.length < STRETCHES_NEEDED)
    return absent(`warming ${paid.length}/${STRETCHES_NEEDED} stretches of settled funding`);
  const mean = paid.reduce((sum, rate) => sum + rate, 0) / paid.length;
  return live(mean * STRETCHES_PER_YEAR, {
    nEff: paid.length,
    ...(paid.length < SETTLED_STRETCHES && { partial: true }),
  });
}

/** The perp sold against the coin for its funding. */
function fundingCarry(view: ListedView, section: SectionInput): CarryEntry | undefined {
  const { settings, now } = section;
  const spot = spotBeside(view, section);
  if (spot === undefined) return undefined;
  const legs = legsOf(view.input.state.instrument, spot.input.state.instrument);
  const { short, long } = legs;
  const fees = [
    takerFee(short.venue, settings.fees),
    takerFee(long.venue, settings.fees, 'spotTaker'),
  ] as const;
  const yieldAt = (rate: Reading): Reading =>
    marked(
      derive([rate, ...fees] as const, (rateAnnual, perpFeeBps, spotFeeBps) =>
        fundingCarryAnnual({
          rateAnnual,
          perpFeeBps,
          spotFeeBps,
          margin: marginOf(short, settings.carry.margin),
          holdingDays: settings.funding.holdingDays,
        }),
      ),
      { estimated: true },
    );
  const running = yieldAt(pick(view.entries, 'fundingAnnual'));
  const settled = yieldAt(settledAverageAnnual(view.input.state, now));
  const isWorthIt = [running, settled].some(
    (reading) => reading.state === 'live' && reading.value >= settings.carry.minYield,
  );
  if (running.state !== 'live' || !isWorthIt) return undefined;
  const average = settled.state === 'live' ? `, ${percentText(settled.value)} as settled` : '';
  return {
    kind: 'funding',
    venue: short.venue,
    instrument: short.id,
    spot: long.id,
    days: null,
    yield: running,
    yieldSettled: settled,
    strategy: `buy ${symbolOf(long)} on ${long.venue}, sell ${symbolOf(short)}, hold ${settings.funding.holdingDays} d: ${percentText(running.value)} a year on capital after fees at the running rate${average}${legs.note}`,
  };
}

/** What an entry is worth: of a funding carry the smaller of its two yields, since the running rate is no income yet. */
const worthOf = (carry: CarryEntry): number =>
  Math.min(
    carry.yield.value ?? Number.NEGATIVE_INFINITY,
    carry.yieldSettled?.value ?? Number.POSITIVE_INFINITY,
  );

/** Carries that are worth telling: of every dated future and every perp that has the venue's own spot beside it, the best first, at most eight (SPEC §10). */
export function carriesOf(points: readonly TermPoint[], section: SectionInput): CarryEntry[] {
  return [
    ...points.map((point) => cashCarry(point, section)),
    ...perpsIn(section).map((view) => fundingCarry(view, section)),
  ]
    .filter((carry) => carry !== undefined)
    .sort((a, b) => worthOf(b) - worthOf(a))
    .slice(0, CARRY_SHOWN);
}
