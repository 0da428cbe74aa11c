import { copyHours, type Hourly, windowWith } from '../market/hourly.ts';
import {
  type Definition,
  type Definitions,
  entry,
  fact,
  type Grounds,
  path,
} from '../model/definition.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR } from '../model/units.ts';
import type { DriftCell, DriftSeries } from '../signals/asset-drift.ts';
import type { AssetSignals } from '../signals/asset-signals.ts';
import { windowStats } from '../signals/drift.ts';
import { thresholdOf } from '../signals/gate-flip.ts';
import type { DriftNumbers } from './frame.ts';

const SOURCE = 'SPEC §5';
const Z = 'z(x) = (x − mean) / sd over the cells of the trailing 7 days, this one included';

const NUMBERS: { readonly [K in keyof DriftNumbers]: Definition } = {
  mu: {
    formula: 'μ = μ1 + μ2 + μ3',
    unit: 'sd²',
    source: SOURCE,
    inputs: [path('drift.mu1'), path('drift.mu2'), path('drift.mu3')],
  },
  d: { formula: 'D = |μ|', unit: 'sd²', source: SOURCE, inputs: [path('drift.mu')] },
  active: {
    formula: 'D > its quantile over the cells of the 30 days before, or > the fixed threshold',
    unit: 'text',
    source: SOURCE,
    inputs: [path('drift.d'), path('drift.quantile')],
  },
  mu1: {
    formula: '−α · z(OI′) · z(funding)',
    unit: 'sd²',
    source: SOURCE,
    inputs: [path('drift.zOiChange'), path('drift.zFunding')],
  },
  mu2: {
    formula: '+β · z(OI′) · z(basis)',
    unit: 'sd²',
    source: SOURCE,
    inputs: [path('drift.zOiChange'), path('drift.zBasis')],
  },
  mu3: {
    formula: 'γ · ρ · z(basis of the front dated future); 0 while γ is 0',
    unit: 'sd',
    source: SOURCE,
    inputs: [path('drift.dated.rho'), path('drift.dated.zBasis')],
  },
  zFunding: {
    formula: `${Z}; x = funding as an 8h-equivalent`,
    unit: 'sd',
    source: SOURCE,
    inputs: [entry('funding8h', 'perp'), fact('history.funding8h', 'perp')],
  },
  zOiChange: {
    formula: `${Z}; x = OI′ = ln OI − ln OI at the close before, in coin`,
    unit: 'sd',
    source: SOURCE,
    inputs: [entry('oiCoin', 'perp'), fact('history.openInterest', 'perp')],
  },
  zBasis: {
    formula: `${Z}; x = the basis that drift uses (drift.basis)`,
    unit: 'sd',
    source: SOURCE,
    inputs: [path('basis.fair'), path('basis.venue'), fact('history.mark', 'perp')],
  },
  quantile: {
    formula: 'quantile of D over the cells s with t − 30 d ≤ s < t',
    unit: 'sd²',
    source: SOURCE,
    inputs: [path('drift.committed.d')],
  },
};

/** The same numbers of the last closed cell, which rest on each other and on what was stored. */
const committed = Object.entries(NUMBERS).map(([name, definition]): [string, Definition] => [
  `drift.committed.${name}`,
  {
    ...definition,
    inputs: definition.inputs.flatMap((input) =>
      !('path' in input)
        ? 'fact' in input
          ? [input]
          : []
        : [
            input.path.startsWith('drift.') && !/committed|dated/.test(input.path)
              ? path(input.path.replace('drift.', 'drift.committed.'))
              : input,
          ],
    ),
  },
]);

const flipOf = (input: string, of: 'value' | 'z', z: string, unit: string): Definition => ({
  formula: `the ${of === 'z' ? 'z-score' : 'value'} of ${input} nearest to now at which D meets its threshold, the other inputs as they are`,
  unit,
  source: SOURCE,
  inputs: ['drift.zFunding', 'drift.zOiChange', 'drift.zBasis', 'drift.quantile', z]
    .filter((name, i, all) => all.indexOf(name) === i)
    .map(path),
});

export const driftDefinitions: Definitions = {
  ...Object.fromEntries(
    Object.entries(NUMBERS).map(([name, definition]) => [`drift.${name}`, definition]),
  ),
  ...Object.fromEntries(committed),
  'drift.cells': {
    formula: 'closed cells with a D that the quantile rests on',
    unit: 'count',
    source: SOURCE,
    inputs: [],
  },
  'drift.flip.funding8h': flipOf('8h funding', 'value', 'drift.zFunding', 'fraction'),
  'drift.flip.openInterest': flipOf('open interest', 'value', 'drift.zOiChange', 'coins'),
  'drift.flip.basis': flipOf('the basis', 'value', 'drift.zBasis', 'fraction'),
  'drift.flip.zFunding': flipOf('8h funding', 'z', 'drift.zFunding', 'sd'),
  'drift.flip.zOiChange': flipOf('OI′', 'z', 'drift.zOiChange', 'sd'),
  'drift.flip.zBasis': flipOf('the basis', 'z', 'drift.zBasis', 'sd'),
  'drift.dated.instrument': {
    formula: 'next dated future to expire on the leading venue, else on the first by preference',
    unit: 'text',
    source: SOURCE,
    inputs: [],
  },
  'drift.dated.daysToExpiry': {
    formula: 'expiry − now, fractional',
    unit: 'days',
    source: SOURCE,
    inputs: [path('drift.dated.instrument')],
  },
  'drift.dated.rho': {
    formula:
      'days to expiry / longest listed days to expiry (rho: distance), or 1 − that (proximity)',
    unit: 'ratio',
    source: SOURCE,
    inputs: [path('drift.dated.daysToExpiry')],
  },
  'drift.dated.zBasis': {
    formula: `${Z}; x = (mark − index) / index of the contract that was front at each close`,
    unit: 'sd',
    source: SOURCE,
    inputs: [path('drift.dated.instrument'), fact('history.datedBasis', 'perp')],
  },
};

/** Which series a z-score is taken over, and which value of a cell is its last. */
const SCORED: Readonly<
  Record<string, readonly [of: (s: DriftSeries) => Hourly, value: (c: DriftCell) => number]>
> = {
  zFunding: [({ funding8h }) => funding8h, ({ inputs }) => inputs.funding8h],
  zOiChange: [({ oiChange }) => oiChange, ({ oiChange }) => oiChange],
  zBasis: [({ basis }) => basis, ({ inputs }) => inputs.basis],
  'dated.zBasis': [({ dated }) => dated, ({ inputs }) => inputs.dated?.basis ?? Number.NaN],
};

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Window, mean and sd of a z-score over hourly cells. */
export function scoreGrounds(
  hourly: Hourly,
  hour: number,
  value: number,
  windowHours: number,
  nEff?: number,
): Grounds {
  const { count, mean, sd } = windowStats(windowWith(hourly, hour, windowHours, value));
  return {
    window: {
      span: windowHours * HOUR,
      count,
      full: windowHours,
      ...(nEff !== undefined && { nEff }),
    },
    parameters: { x: orNull(value), mean: orNull(mean), sd: orNull(sd) },
  };
}

/** What the threshold of a cell's gate rests on. */
function gateGrounds(
  { d }: DriftSeries,
  cell: DriftCell,
  { gate }: Pick<EngineSettings, 'gate'>,
): Grounds {
  const before = new Float64Array(gate.windowHours);
  copyHours(d, cell.hour - gate.windowHours, gate.windowHours, before);
  const { count } = windowStats(before);
  return {
    window: { span: gate.windowHours * HOUR, count, full: gate.windowHours },
    parameters: {
      quantile: gate.quantile,
      minCells: gate.minCells,
      fixedThreshold: gate.threshold,
      threshold: orNull(thresholdOf(cell, gate)),
    },
  };
}

/**
 * What a number under `drift.` rests on at this instant: window, count and moments of each z-score, window and threshold of the gate, weights of the terms.
 *
 * @returns undefined where its inputs say all, and before the first cell.
 */
export function driftGrounds(
  { series, provisional }: AssetSignals,
  settings: Pick<EngineSettings, 'drift' | 'gate'>,
  name: string,
): Grounds | undefined {
  const isCommitted = name.startsWith('drift.committed.');
  const cell = isCommitted ? series.last : provisional;
  if (cell === null) return undefined;
  const number = name.replace(isCommitted ? 'drift.committed.' : 'drift.', '');
  const scored = SCORED[number];
  const { alpha, beta, gamma, rho, windowHours } = settings.drift;
  if (scored !== undefined) {
    const [of, value] = scored;
    const nEff = number === 'zFunding' ? cell.fundingFacts : undefined;
    return scoreGrounds(of(series), cell.hour, value(cell), windowHours, nEff);
  }
  if (number.startsWith('flip.')) return gateGrounds(series, cell, settings);
  switch (number) {
    case 'quantile':
    case 'active':
    case 'cells':
      return gateGrounds(series, cell, settings);
    case 'mu1':
      return { parameters: { alpha } };
    case 'mu2':
      return { parameters: { beta } };
    case 'mu3':
      return { parameters: { gamma } };
    case 'dated.rho':
      return { parameters: { rho } };
    default:
      return undefined;
  }
}
