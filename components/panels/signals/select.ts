import type { DriftNumbers, EventLine, Frame } from '../../../src/frame/frame.ts';
import { absent, live, type Reading, valueIn } from '../../../src/model/reading.ts';
import type { CascadeLevel, RegimeLabel } from '../../../src/model/regime.ts';
import { HOUR, type Micros } from '../../../src/model/units.ts';
import { cleanText } from '../../format/cell-width.ts';
import type { History } from '../../history.ts';
import { eventsOf } from '../../history.ts';
import { admits } from '../filter.ts';
import type { PanelOptions } from '../panel.ts';
import { type Reason, reasonsOf } from '../shown.ts';

/** One step of the sum μ = μ1 + μ2 + μ3: its bar runs from where the sum stood to where it stands then. */
export interface WaterfallStep {
  readonly label: 'μ1' | 'μ2' | 'μ3' | 'μ';
  readonly says: string;
  readonly value: Reading;
  /** Null where the sum is not known so far. */
  readonly from: number | null;
  readonly to: number | null;
}

/** What one input alone would have to become to open a closed gate or to close an open one. */
export interface GateFlipRow {
  readonly label: 'funding 8h' | 'OI' | 'basis';
  readonly unit: 'rate' | 'coin' | 'fraction';
  readonly value: Reading;
  /** Where that lies from what the input is now; null where the frame does not say which number the input is. */
  readonly direction: 'above' | 'below' | null;
}

export interface SignalRows {
  readonly waterfall: readonly WaterfallStep[];
  readonly d: Reading;
  readonly quantile: Reading;
  readonly active: Reading<boolean>;
  /** Committed cells that the quantile rests on. */
  readonly cells: number;
  /** Microseconds to the close of the open cell. */
  readonly closesIn: number;
  readonly inputs: readonly {
    readonly label: string;
    readonly says: string;
    readonly z: Reading;
  }[];
  readonly flips: readonly GateFlipRow[];
  readonly asset: string;
  readonly sentence: string | null;
  /** The nearest thing that would flip the gate, in words. */
  readonly flipSentence: string | null;
  readonly dated: Frame['drift']['dated'];
  readonly market: Frame['market'];
  readonly conditional: Frame['regime']['conditional'];
  readonly committed: (DriftNumbers & { readonly cellClose: Micros }) | null;
  readonly regime: Reading<RegimeLabel>;
  /** Microseconds since the label began; null while it is absent. */
  readonly regimeFor: number | null;
  readonly regimeInputs: readonly {
    readonly label: string;
    readonly kind: 'z' | 'fraction' | 'rank';
    readonly value: Reading;
  }[];
  readonly cascade: Reading<CascadeLevel>;
  readonly cascadeRatio: Reading;
  /** The larger of the two sides within 5 %, which the level rests on. */
  readonly within5: { readonly long: Reading; readonly short: Reading };
  readonly thresholds: Frame['cascade']['thresholds'];
  readonly events: readonly EventLine[];
  readonly reasons: readonly Reason[];
}

const STEPS = [
  ['μ1', 'crowd unwinding', 'mu1'],
  ['μ2', 'demand for futures', 'mu2'],
  ['μ3', 'expiry pressure', 'mu3'],
] as const;

function waterfallOf(drift: DriftNumbers): WaterfallStep[] {
  let sum: number | null = 0;
  const steps: WaterfallStep[] = STEPS.map(([label, says, key]) => {
    const value = drift[key];
    const from: number | null = sum;
    const own = valueIn(value);
    sum = from === null || own === undefined ? null : from + own;
    return { label, says, value, from: sum === null ? null : from, to: sum };
  });
  const mu = valueIn(drift.mu);
  return [
    ...steps,
    {
      label: 'μ',
      says: 'drift',
      value: drift.mu,
      from: mu === undefined ? null : 0,
      to: mu ?? null,
    },
  ];
}

/** On which side of all these numbers a value lies; null where they are not on one side of it, or none is known. */
function sideOf(
  value: Reading,
  ...nows: readonly (Reading | undefined)[]
): 'above' | 'below' | null {
  const flip = valueIn(value);
  const known = nows.flatMap((now) => (now === undefined ? [] : (valueIn(now) ?? [])));
  if (flip === undefined || known.length === 0) return null;
  if (known.every((now) => now < flip)) return 'above';
  return known.every((now) => now > flip) ? 'below' : null;
}

const EIGHT_HOURS_OF_A_YEAR = 8 / 8760;

/** The leading perp's inputs of the drift: settings choose predicted or settled funding and one of two kinds of basis. */
function flipsOf({ drift, funding, openInterest, basis }: Frame): GateFlipRow[] {
  const { flip } = drift;
  const isLead = ({ instrument }: { readonly instrument: string }): boolean =>
    instrument === basis.perpInstrument;
  const rates = Object.values(funding.byVenue).find(isLead);
  const paid = valueIn(rates?.settledAnnual ?? absent('no lead'));
  const settled8h =
    paid === undefined ? absent('not paid yet') : live(paid * EIGHT_HOURS_OF_A_YEAR);
  return [
    {
      label: 'funding 8h',
      unit: 'rate',
      value: flip.funding8h,
      direction: sideOf(flip.funding8h, rates?.rate8h, settled8h),
    },
    {
      label: 'OI',
      unit: 'coin',
      value: flip.openInterest,
      direction: sideOf(flip.openInterest, Object.values(openInterest.byVenue).find(isLead)?.coin),
    },
    {
      label: 'basis',
      unit: 'fraction',
      value: flip.basis,
      direction: sideOf(flip.basis, basis.fair, basis.venue),
    },
  ];
}

/** Drift with its decomposition and gate, regime, cascade, and what happened lately. */
export function selectSignals(
  frame: Frame,
  history: History,
  { filter }: Pick<PanelOptions, 'filter'> = {},
): SignalRows {
  const { drift, regime, cascade } = frame;
  return {
    waterfall: waterfallOf(drift),
    d: drift.d,
    quantile: drift.quantile,
    active: drift.active,
    cells: drift.cells,
    closesIn: drift.cellClose - frame.tsLocal,
    inputs: [
      { label: 'z funding', says: 'level of funding', z: drift.zFunding },
      { label: 'z ΔOI', says: 'hourly change of ln OI', z: drift.zOiChange },
      { label: 'z basis', says: 'level of basis', z: drift.zBasis },
    ],
    flips: flipsOf(frame),
    asset: cleanText(frame.asset),
    sentence: drift.sentence === null ? null : cleanText(drift.sentence),
    flipSentence: drift.flipSentence === null ? null : cleanText(drift.flipSentence),
    dated: drift.dated,
    market: frame.market,
    conditional: regime.conditional,
    committed: drift.committed,
    regime: regime.label,
    regimeFor: regime.since === null ? null : frame.tsLocal - regime.since,
    regimeInputs: [
      { label: 'OI shock', kind: 'z', value: regime.oiShock },
      { label: 'funding z', kind: 'z', value: regime.fundingZ },
      { label: 'OI 1h', kind: 'fraction', value: regime.oiChange },
      { label: 'liquidation z', kind: 'z', value: regime.liquidationZ },
      { label: 'depth rank', kind: 'rank', value: regime.depthRank },
    ],
    cascade: cascade.level,
    cascadeRatio: cascade.ratio,
    within5: { long: cascade.longWithin5, short: cascade.shortWithin5 },
    thresholds: cascade.thresholds,
    events: eventsOf(history, frame.asset).filter(({ text, subject, kind }) =>
      admits(filter, text, subject, kind),
    ),
    reasons: reasonsOf([
      ['μ', drift.mu],
      ['D', drift.d],
      ['gate', drift.active],
      ['quantile', drift.quantile],
      ['μ1', drift.mu1],
      ['μ2', drift.mu2],
      ['μ3', drift.mu3],
      ['z funding', drift.zFunding],
      ['z ΔOI', drift.zOiChange],
      ['z basis', drift.zBasis],
      ['z dated basis', drift.dated.zBasis],
      ['market drift', frame.market.drift],
      ['breadth', frame.market.breadthUp],
      ['spread in carry', regime.conditional.spreadQ90Carry],
      ['depth in stress', regime.conditional.depthMinStress],
      ['OIB in carry', regime.conditional.oibPersistenceCarry],
      ['regime', regime.label],
      ['OI shock', regime.oiShock],
      ['liquidation z', regime.liquidationZ],
      ['depth rank', regime.depthRank],
      ['cascade level', cascade.level],
      ['cascade ratio', cascade.ratio],
    ]),
  };
}

/** What gate and regime were in one hour; null where that is not known. */
export interface HourState {
  readonly gate: 'up' | 'down' | 'closed' | null;
  readonly regime: RegimeLabel | null;
}

interface RegimeSpan {
  readonly from: number;
  readonly to: number;
  readonly label: RegimeLabel;
}

const REGIMES: readonly RegimeLabel[] = [
  'deleveraging stress',
  'crowded carry long',
  'crowded carry short',
  'neutral',
];

/** Regimes as far as their changes were heard: what was before the first one, and what ended unheard, is not known. */
function regimeSpans({ asset, regime, tsLocal: now }: Frame, history: History): RegimeSpan[] {
  const changes = history.events.filter(
    (event) => event.kind === 'regimeChanged' && event.asset === asset && event.tsLocal <= now,
  );
  const spans = changes.flatMap((change, i): RegimeSpan[] => {
    const next = changes[i + 1];
    const label = REGIMES.find((one) => one === change.data['to']);
    if (label === undefined || next === undefined || next.data['from'] !== label) return [];
    return [{ from: change.tsLocal, to: next.tsLocal, label }];
  });
  const label = valueIn(regime.label);
  return label === undefined || regime.since === null
    ? spans
    : [...spans, { from: regime.since, to: now, label }];
}

/** An open gate points where the drift does. */
function gateOf(active: boolean | undefined, mu: number | undefined): HourState['gate'] {
  if (active === undefined || (active && mu === undefined)) return null;
  if (!active) return 'closed';
  return mu! < 0 ? 'down' : 'up';
}

/** The last `hours` hours, the one that runs last: the gate of each closed cell, and the regime, of several in an hour the gravest. */
export function selectHours(frame: Frame, history: History, hours: number): HourState[] {
  const current = Math.ceil(frame.tsLocal / HOUR);
  const gates = new Map<number, HourState['gate']>(
    (history.cells.get(frame.asset) ?? []).map(({ close, mu, active }) => [
      Math.round(close / HOUR),
      gateOf(active ?? undefined, mu ?? undefined),
    ]),
  );
  gates.set(current, gateOf(valueIn(frame.drift.active), valueIn(frame.drift.mu)));
  const spans = regimeSpans(frame, history);
  return Array.from({ length: hours }, (_, i): HourState => {
    const close = current - (hours - 1 - i);
    const here = spans.filter(({ from, to }) => from < close * HOUR && to > (close - 1) * HOUR);
    return {
      gate: gates.get(close) ?? null,
      regime: REGIMES.find((label) => here.some((span) => span.label === label)) ?? null,
    };
  });
}
