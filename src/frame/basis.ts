import { basisOf } from '../features/basis.ts';
import { weightedIndex } from '../features/mark-check.ts';
import {
  type CurveShape,
  curveShape,
  frontFuture,
  rollOf,
  type TermPoint,
  termStructure,
} from '../features/term.ts';
import {
  type Definition,
  type Definitions,
  entry,
  fact,
  type Grounds,
  path,
} from '../model/definition.ts';
import { type InstrumentId, marksOf, type Venue } from '../model/instrument.ts';
import { absent, derive, marked, type Reading } from '../model/reading.ts';
import type { Micros } from '../model/units.ts';
import {
  datedByHour,
  fairByHour,
  recentHours,
  scoreNow,
  scoreWindow,
  venueByHour,
} from '../signals/hourly-scores.ts';
import { type CarryEntry, carriesOf, spotBeside } from './carry.ts';
import { type ListedView, perpsIn, pick, type SectionInput, standing } from './section.ts';

export type { CurveShape } from '../features/term.ts';

/** One dated future against its venue's own index or spot. */
export interface TermEntry {
  readonly venue: Venue;
  readonly instrument: InstrumentId;
  readonly expiry: Micros;
  /** Until the expiry, fractional. */
  readonly days: number;
  /** Under `carry.nearExpiryDays`: nothing is annualised. */
  readonly nearExpiry: boolean;
  /** Mid where it is quoted, else mark. */
  readonly price: Reading;
  readonly priceOf: 'mid' | 'mark';
  /** What it is held against; null where the venue tells neither. */
  readonly spotOf: 'index' | 'spot' | null;
  /** F/S − 1, fraction. */
  readonly basis: Reading;
  /** (F/S − 1) · 365 / days, fraction. */
  readonly annualised: Reading;
  /** Roll into the next expiry of the same venue, pair and margin, a year, fraction. */
  readonly roll: Reading;
}

/** The leading perp's mark made anew, beside the venue's. */
export interface MarkCheck {
  readonly price1: Reading;
  readonly price2: Reading;
  readonly last: Reading;
  /** Their median. */
  readonly ours: Reading;
  readonly venue: Reading;
  readonly differenceBps: Reading;
  /** The index made anew of live spot mids by the weights that are set, and its distance from the venue's. */
  readonly indexOurs: Reading;
  readonly indexDifferenceBps: Reading;
}

/** Basis of the perp that stands for a venue. */
export interface VenueBasis {
  readonly instrument: InstrumentId;
  /** (mark − index) / index. */
  readonly fair: Reading;
  /** (perp mid − spot mid) / spot mid of the same venue, in dollars of any kind. */
  readonly venue: Reading;
  readonly spot: InstrumentId | null;
}

export interface BasisFrame {
  /** (mark − index) / index. */
  readonly fair: Reading;
  /** (perp mid − spot mid) / spot mid of the same venue. */
  readonly venue: Reading;
  readonly byVenue: Readonly<Record<Venue, VenueBasis>>;
  /** (F − S) / S of the front dated future, S its venue's own. */
  readonly dated: Reading;
  /** The same a year. */
  readonly datedAnnual: Reading;
  readonly datedInstrument: InstrumentId | null;
  readonly fairZ: Reading;
  readonly venueZ: Reading;
  /** Of the annualised basis, since the plain one runs out with the days. */
  readonly datedZ: Reading;
  /** The last 24 closed hours of each, oldest first; null for none. Dated: annualised. */
  readonly history: {
    readonly fair: readonly (number | null)[];
    readonly venue: readonly (number | null)[];
    readonly dated: readonly (number | null)[];
  };
  readonly mark: Reading;
  readonly index: Reading;
  readonly perpMid: Reading;
  readonly spotMid: Reading;
  readonly spotInstrument: InstrumentId | null;
  readonly perpInstrument: InstrumentId | null;
  /** Dated futures by expiry, at most 24. */
  readonly term: readonly TermEntry[];
  /** Shape of all of them together, and of each venue's own. */
  readonly curve: Reading<CurveShape>;
  readonly curves: Readonly<Record<Venue, Reading<CurveShape>>>;
  /** The best first, at most eight. */
  readonly carry: readonly CarryEntry[];
  readonly markCheck: MarkCheck;
}

const HISTORY_HOURS = 24;
const TERM_SHOWN = 24;

const inputsOf = ({ listed }: SectionInput) => listed.map(({ input }) => input);

const termEntry = (point: TermPoint, points: readonly TermPoint[]): TermEntry => {
  const { instrument } = point.input.state;
  return {
    venue: instrument.venue,
    instrument: instrument.id,
    expiry: point.expiry,
    days: Math.round(point.days * 1e4) / 1e4,
    nearExpiry: point.nearExpiry,
    price: point.price,
    priceOf: point.priceOf,
    spotOf: point.spot?.of ?? null,
    basis: point.basis,
    annualised: point.annualised,
    roll: rollOf(point, points),
  };
};

/** Shape of what is live among some futures. */
function curveOf(points: readonly TermPoint[], deadBand: number): Reading<CurveShape> {
  const annualised = points.map((point) => point.annualised);
  const known = annualised.filter(({ state }) => state === 'live');
  if (known.length > 0)
    return derive(known, (...values) => curveShape(values as number[], deadBand)!);
  for (const reading of annualised) if (reading.state === 'absent') return reading;
  return absent(points.length === 0 ? 'no dated future' : 'stale prices');
}

/** The index made anew of the spot mids that have a weight; absent while one of them is not live, for the others do not stand for it. */
function indexOurs({ listed, settings, lead }: SectionInput): Reading {
  const weights = Object.entries(settings.markCheck.indexWeights);
  const quote = lead?.input.state.instrument.quote;
  if (weights.length === 0) return absent('no index weights set');
  const mids = weights.map(([venue]): Reading => {
    const spot = listed.find(({ input: { state } }) => {
      const { instrument } = state;
      return instrument.kind === 'spot' && instrument.venue === venue && instrument.quote === quote;
    });
    return spot?.input.sample.mid ?? absent(`no spot: ${venue}`);
  });
  const index = derive(mids, (...prices) =>
    weightedIndex(weights.map(([, weight], i) => ({ weight, price: prices[i] ?? Number.NaN }))),
  );
  return marked(index, { estimated: true });
}

function markCheckOf(section: SectionInput): MarkCheck {
  const lead = section.lead?.entries ?? {};
  const ours = indexOurs(section);
  return {
    price1: pick(lead, 'markPrice1'),
    price2: pick(lead, 'markPrice2'),
    last: pick(lead, 'markLast'),
    ours: pick(lead, 'markOurs'),
    venue: pick(lead, 'mark'),
    differenceBps: pick(lead, 'markDifferenceBps'),
    indexOurs: ours,
    indexDifferenceBps: derive(
      [ours, pick<number>(lead, 'index')] as const,
      (our, index) => basisOf(our, index) * 1e4,
    ),
  };
}

const NOTHING = (): number => Number.NaN;

/** The three bases by the closed hour. */
function pastOf(section: SectionInput, front: TermPoint | undefined) {
  const { lead, spot, listed } = section;
  const against = listed.find(({ input }) => input.state.instrument.id === front?.spot?.instrument);
  return {
    fair: lead === undefined ? NOTHING : fairByHour(lead.input.state),
    venue:
      lead === undefined || spot === undefined
        ? NOTHING
        : venueByHour(lead.input.state, spot.input.state),
    dated: front === undefined ? NOTHING : datedByHour(front, against?.input.state),
  };
}

function datedOf(section: SectionInput) {
  const inputs = inputsOf(section);
  const points = termStructure(inputs, section.settings);
  const front = frontFuture(points, inputs, section.lead?.input.state.instrument.venue);
  return { points, front, past: pastOf(section, front) };
}

function venueBasis(view: ListedView, section: SectionInput): VenueBasis {
  const spot = spotBeside(view, section);
  return {
    instrument: view.input.state.instrument.id,
    fair: pick(view.entries, 'basisFair'),
    venue: derive(
      [
        view.input.sample.mid,
        spot?.input.sample.mid ?? (absent('no spot of this venue') as Reading),
      ] as const,
      basisOf,
    ),
    spot: spot?.input.state.instrument.id ?? null,
  };
}

/**
 * Basis, term structure and carry of an asset (SPEC §10).
 *
 * @param basisVenue (perp mid − spot mid) / spot mid of the leading venue.
 * @param driftZ z of the basis that drift uses; undefined for the others.
 */
export function basisFrame(
  section: SectionInput,
  basisVenue: Reading,
  driftZ: (which: 'fair' | 'venue') => Reading | undefined,
): BasisFrame {
  const { lead, spot, settings, now } = section;
  const entries = lead?.entries ?? {};
  const { points, front, past } = datedOf(section);
  const fair = pick<number>(entries, 'basisFair');
  const marks = lead === undefined ? {} : marksOf(lead.input.state.instrument);
  const noDated = absent(points.length === 0 ? 'no dated future' : 'near expiry');
  const datedAnnual = front?.annualised ?? noDated;
  const venues = [...new Set(points.map(({ input }) => input.state.instrument.venue))];
  const { deadBand } = settings.carry;
  return {
    fair,
    venue: basisVenue,
    byVenue: Object.fromEntries(
      standing(perpsIn(section)).first.map((view) => [
        view.input.state.instrument.venue,
        venueBasis(view, section),
      ]),
    ),
    dated: front?.basis ?? noDated,
    datedAnnual,
    datedInstrument: front?.input.state.instrument.id ?? null,
    fairZ: driftZ('fair') ?? scoreNow(fair, past.fair, now, settings.drift, marks),
    venueZ: driftZ('venue') ?? scoreNow(basisVenue, past.venue, now, settings.drift, marks),
    datedZ: scoreNow(datedAnnual, past.dated, now, settings.drift),
    history: {
      fair: recentHours(past.fair, now, HISTORY_HOURS),
      venue: recentHours(past.venue, now, HISTORY_HOURS),
      dated: recentHours(past.dated, now, HISTORY_HOURS),
    },
    mark: pick(entries, 'mark'),
    index: pick(entries, 'index'),
    perpMid: pick(entries, 'mid'),
    spotMid: pick(spot?.entries ?? {}, 'mid', 'no spot of this venue'),
    spotInstrument: spot?.input.state.instrument.id ?? null,
    perpInstrument: lead?.input.state.instrument.id ?? null,
    term: points.slice(0, TERM_SHOWN).map((point) => termEntry(point, points)),
    curve: curveOf(points, deadBand),
    curves: Object.fromEntries(
      venues.map((venue) => [
        venue,
        curveOf(
          points.filter(({ input }) => input.state.instrument.venue === venue),
          deadBand,
        ),
      ]),
    ),
    carry: carriesOf(points, section),
    markCheck: markCheckOf(section),
  };
}

const leads = (name: string, unit: Definition['unit'], formula: string): Definition => ({
  formula,
  unit,
  source: 'SPEC §10',
  inputs: [entry(name, 'perp')],
});
const z = (of: string, ...inputs: Definition['inputs']): Definition => ({
  formula: `(x − mean) / sd of x = ${of} over the trailing 7 days of cells`,
  unit: 'sd',
  source: 'SPEC §5',
  inputs,
});
const term = (name: string): string => `basis.term.*.${name}`;
const CURVE: Omit<Definition, 'inputs'> = {
  formula:
    'by the annualised bases outside the dead band: all above contango, all below backwardation, both mixed, none flat',
  unit: 'text',
  source: 'SPEC §10',
};

/** What the numbers of the basis section are. */
export const basisDefinitions: Definitions = {
  'basis.dated': {
    formula: "(F − S) / S of the front dated future, S its venue's own index, else its spot mid",
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [path(term('price')), fact('index')],
  },
  'basis.datedAnnual': {
    formula: '(F/S − 1) · 365 / days',
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [path('basis.dated')],
  },
  'basis.fairZ': z('basis fair', path('basis.fair'), fact('history.mark', 'perp')),
  'basis.venueZ': z('basis venue', path('basis.venue'), fact('history.close', 'perp')),
  'basis.datedZ': z(
    'annualised basis of the front dated future',
    path('basis.datedAnnual'),
    fact('history.mark'),
  ),
  'basis.history.fair': { ...leads('basisFair', 'fraction', 'basis fair at each hourly close') },
  'basis.history.venue': {
    formula: 'basis venue at each hourly close',
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [fact('history.close', 'perp'), fact('history.close', 'spot')],
  },
  'basis.history.dated': {
    formula: 'annualised basis of the front dated future at each hourly close',
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [fact('history.mark'), fact('history.index')],
  },
  [term('price')]: {
    formula: '(bid + ask) / 2 where it is quoted, else mark',
    unit: 'price',
    source: 'SPEC §10',
    inputs: [fact('book'), fact('mark')],
  },
  [term('basis')]: {
    formula: "(F − S) / S, S the venue's own index, else its spot mid",
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [path(term('price')), fact('index')],
  },
  [term('annualised')]: {
    formula: '(F/S − 1) · 365 / days',
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [path(term('basis'))],
  },
  [term('roll')]: {
    formula: '(F of the next expiry / F − 1) · 365 / days between them',
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [path(term('price'))],
  },
  'basis.curve': { ...CURVE, inputs: [path(term('annualised'))] },
  'basis.curves.*': { ...CURVE, inputs: [path(term('annualised'))] },
  'basis.byVenue.*.fair': {
    formula: '(mark − index) / index',
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [fact('mark'), fact('index')],
  },
  'basis.byVenue.*.venue': {
    formula: '(perp mid − spot mid) / spot mid of the same venue',
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [fact('book'), fact('book', 'spot')],
  },
  'basis.carry.*.yield': {
    formula:
      '(F − S − fees) / (S + margin) · 365 / days, or (funding a year − fees · 365 / days held) / (1 + margin)',
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [fact('mark'), fact('book'), fact('predicted'), fact('book', 'spot')],
  },
  'basis.carry.*.yieldSettled': {
    formula:
      '(mean of the settled 8h-equivalents of 7 days · 1095 − fees · 365 / days held) / (1 + margin)',
    unit: 'fraction',
    source: 'SPEC §10',
    inputs: [fact('history.fundingSettled')],
  },
  'basis.markCheck.indexOurs': {
    formula: 'Σ weight · spot mid / Σ weight',
    unit: 'price',
    source: 'SPEC §10, engine.markCheck.indexWeights',
    inputs: [entry('mid', 'spot')],
  },
  'basis.markCheck.indexDifferenceBps': {
    formula: "(our index − the venue's index) / the venue's index",
    unit: 'bps',
    source: 'SPEC §10',
    inputs: [path('basis.markCheck.indexOurs'), path('basis.index')],
  },
};

/** Futures whose annualised basis is not live, with the reason. */
const leftOut = (points: readonly TermPoint[]): string[] =>
  points.flatMap(({ input, annualised }) =>
    annualised.state === 'live'
      ? []
      : [
          `${input.state.instrument.id}: ${annualised.state === 'absent' ? annualised.reason : 'stale price'}`,
        ],
  );

/** What a number of the basis section rests on at this instant; undefined where its inputs say all. */
export function basisGrounds(section: SectionInput, at: string): Grounds | undefined {
  const { settings, now } = section;
  const { points, front, past } = datedOf(section);
  const { deadBand, margin, nearExpiryDays } = settings.carry;
  const window = (which: keyof typeof past): Grounds => ({
    window: scoreWindow(past[which], now, settings.drift),
  });
  if (at === 'basis.fairZ') return window('fair');
  if (at === 'basis.venueZ') return window('venue');
  if (at === 'basis.datedZ') return window('dated');
  if (at === 'basis.dated' || at === 'basis.datedAnnual')
    return front === undefined
      ? undefined
      : {
          parameters: {
            instrument: front.input.state.instrument.id,
            days: front.days,
            price: front.priceOf,
            against: front.spot?.of ?? null,
          },
        };
  if (at === 'basis.curve') return { parameters: { deadBand }, excluded: leftOut(points) };
  if (at.startsWith('basis.curves.')) {
    const venue = at.slice('basis.curves.'.length);
    const own = points.filter(({ input }) => input.state.instrument.venue === venue);
    return { parameters: { deadBand }, excluded: leftOut(own) };
  }
  if (at.startsWith('basis.term.')) return { parameters: { nearExpiryDays } };
  if (at.startsWith('basis.carry.'))
    return {
      parameters: {
        margin,
        minYield: settings.carry.minYield,
        holdingDays: settings.funding.holdingDays,
      },
    };
  if (at === 'basis.markCheck.indexOurs')
    return { parameters: { ...settings.markCheck.indexWeights } };
  if (at !== 'basis.markCheck.price2' && at !== 'basis.markCheck.ours') return undefined;
  const { samples, everySeconds } = settings.markCheck;
  return { parameters: { samples, everySeconds } };
}
