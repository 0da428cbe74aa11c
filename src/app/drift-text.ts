import { closeOf, type Hourly, hourAt } from '../market/hourly.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, type Micros } from '../model/units.ts';
import type { DriftCell } from '../signals/asset-drift.ts';
import { driftSentence } from '../signals/drift.ts';
import { createQuantiles, pushQuantiles, quantileOf } from '../stats/quantiles.ts';
import { plural } from './recordings.ts';
import { type ColumnFacts, spanText } from './timed-column.ts';

/** How the gates of a series are judged: against the cells before each, or against all of them, which looks ahead. */
export type GateKind = 'trailing' | 'full';

/** An input of a series, as it is told of. */
export interface DriftInput {
  /** What it is: `funding`, `open interest` … */
  readonly name: string;
  readonly facts: ColumnFacts;
}

/** A series of drift and what it was made of. */
export interface DriftMade {
  readonly title: string;
  readonly cells: readonly DriftCell[];
  readonly settings: Pick<EngineSettings, 'drift' | 'gate'>;
  readonly gate: GateKind;
  readonly inputs: readonly DriftInput[];
  /** What `basis` is made of, for the report. */
  readonly basisIs: string;
  /** Price at the closes; null where none is known. */
  readonly price: Hourly | null;
}

const COLUMNS = 'timestamp,mu,D,active,mu1,mu2,mu3,z_funding,z_oi_change,z_basis';

/** The shortest text that reads back as the same double; nothing for what is absent. */
const exact = (value: number): string => (Number.isFinite(value) ? String(value) : '');

/** Whether the gate of a cell is open; null where that cannot be said. */
const activeOf = ({ gate, d }: DriftCell): boolean | null =>
  gate.state === 'judged' && Number.isFinite(d) ? gate.active : null;

/**
 * The series as CSV (SPEC §14): one row per cell, `timestamp` its close in ms since the epoch, `active` 1 or 0. What is absent is an empty field, `active` also
 * while the gate is warming.
 */
export function driftCsv(cells: readonly DriftCell[]): string {
  const lines = [COLUMNS];
  for (const cell of cells) {
    const active = activeOf(cell);
    lines.push(
      [
        closeOf(cell.hour) / 1000,
        exact(cell.mu),
        exact(cell.d),
        active === null ? '' : Number(active),
        exact(cell.mu1),
        exact(cell.mu2),
        exact(cell.mu3),
        exact(cell.zFunding),
        exact(cell.zOiChange),
        exact(cell.zBasis),
      ].join(','),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** `2024-08-05 13:00`, with seconds where it is not on the minute. */
function when(ts: Micros | null): string {
  if (ts === null) return '—';
  const text = new Date(ts / 1000).toISOString().replace('T', ' ');
  return text.slice(0, text.slice(17, 23) === '00.000' ? 16 : 19);
}

/** What is out of order in an input, in words; empty where nothing is. */
function faults({ facts }: DriftInput): string[] {
  const { empty, unreadable, repeated, conflicting, unordered, gaps } = facts;
  const said: string[] = [];
  if (repeated > 0) said.push(`${plural(repeated, 'row')} repeated`);
  if (conflicting > 0)
    said.push(`${plural(conflicting, 'time')} twice with different values, the last row stands`);
  if (unordered > 0) said.push(`${plural(unordered, 'row')} out of order`);
  if (empty > 0) said.push(`${plural(empty, 'row')} without a value`);
  if (unreadable.rows > 0)
    said.push(`${plural(unreadable.rows, 'row')} unreadable, the first on line ${unreadable.line}`);
  if (gaps.longest !== null) {
    const { from, to } = gaps.longest;
    said.push(
      `${plural(gaps.count, 'gap')} of ${plural(gaps.missing, 'row')}, the longest ${when(from)} to ${when(to)}`,
    );
  }
  return said;
}

/** One line of what is wrong with an input; undefined where nothing is. */
export function faultLine(input: DriftInput): string | undefined {
  const said = faults(input);
  return said.length === 0 ? undefined : `${input.name} (${input.facts.file}): ${said.join('; ')}`;
}

const isTold = ({ d }: DriftCell): boolean => Number.isFinite(d);

/** How a series came out, in a line. */
export function closingLine({ cells }: DriftMade): string {
  const known = cells.filter(isTold).length;
  const counted = `${plural(cells.length, 'cell')}, ${known} with a drift`;
  const [reason] = reasonsOf(cells)[0] ?? [];
  if (known === 0 && reason !== undefined)
    return `${counted}; the most frequent reason is ${reason}`;
  const judged = cells.map(activeOf).filter((active) => active !== null);
  const open = judged.filter((active) => active).length;
  return `${counted}; the gate is open in ${open} of ${judged.length} judged`;
}

/** Why cells have no drift, the most frequent reason first. */
function reasonsOf(cells: readonly DriftCell[]): (readonly [reason: string, cells: number])[] {
  const counts = new Map<string, number>();
  for (const { d, reasons, inputs } of cells) {
    if (Number.isFinite(d)) continue;
    const [what, reason] =
      reasons.oiChange !== null
        ? ['OI′', reasons.oiChange]
        : reasons.funding !== null
          ? ['funding', reasons.funding]
          : ['basis', reasons.basis ?? (Number.isNaN(inputs.basis) ? 'none' : 'undefined')];
    const text = `${what}: ${reason.replace(/^warming .*/, 'warming')}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    ...rows.map(
      (row) => `| ${row.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`,
    ),
  ].join('\n');

const told = (value: number, digits = 4): string =>
  Number.isFinite(value) ? value.toFixed(digits).replace(/^-(?=[0.]+$)/, '') : '—';
/** Numbers of any size, with as many digits as matter. */
const significant = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(7))) : '—';

function gateText({ gate, settings }: DriftMade): string {
  const { quantile, windowHours, minCells, threshold } = settings.gate;
  const by =
    gate === 'full'
      ? `the ${quantile} quantile of D over the whole series, which looks ahead`
      : `the ${quantile} quantile of D over the ${spanText(windowHours * HOUR)} before, from ${minCells} cells on`;
  return threshold === null ? by : `${by}, or ${threshold}`;
}

function summaryOf(made: DriftMade): string {
  const { cells, settings } = made;
  const { alpha, beta, gamma, windowHours, minValues } = settings.drift;
  const [first, last] = [cells[0], cells.at(-1)];
  return [
    `- ${closingLine(made)}`,
    `- from ${first === undefined ? '—' : when(closeOf(first.hour))} to ${last === undefined ? '—' : when(closeOf(last.hour))} UTC, right-closed cells of 1 h, labelled by their close`,
    `- μ = −${alpha}·z(OI′)·z(funding) + ${beta}·z(OI′)·z(basis) + ${gamma}·ρ·z(dated basis), D = |μ|; z over ${spanText(windowHours * HOUR)}, at least ${minValues} values`,
    `- ${made.basisIs}`,
    `- the gate opens above ${gateText(made)}`,
    `- a z-window of funding holds about ${last?.fundingFacts ?? '—'} settlements, however many cells it has`,
  ].join('\n');
}

function distributionOf(cells: readonly DriftCell[]): string {
  const all = createQuantiles(Math.max(1, cells.length));
  let sum = 0;
  let count = 0;
  for (const { d } of cells) {
    if (!Number.isFinite(d)) continue;
    pushQuantiles(all, d);
    sum += d;
    count += 1;
  }
  const numbers = [sum / count, quantileOf(all, 0.5), quantileOf(all, 1), quantileOf(all, 0.85)];
  return table(
    ['cells', 'mean', 'median', 'max', '85th percentile'],
    [[count, ...numbers.map((number) => told(number))]],
  );
}

function topOf({ cells, price }: DriftMade, top: number): string {
  const first = cells
    .filter(isTold)
    .sort((a, b) => b.d - a.d || a.hour - b.hour)
    .slice(0, top);
  if (first.length === 0) return 'No cell has a drift.';
  const rows = first.map((cell, index) => {
    const { hour, inputs, gate } = cell;
    const active = activeOf(cell);
    return [
      index + 1,
      when(closeOf(hour)),
      told(cell.d),
      told(cell.mu),
      told(cell.mu1),
      told(cell.mu2),
      told(cell.mu3),
      told(cell.zFunding, 2),
      told(cell.zOiChange, 2),
      told(cell.zBasis, 2),
      active === null ? gate.state : active ? 'open' : 'closed',
      gate.state === 'judged' ? told(gate.quantile) : '—',
      ...(price === null ? [] : [significant(hourAt(price, hour))]),
      significant(inputs.funding8h),
      significant(inputs.openInterest),
      told(cell.oiChange * 100, 3),
      significant(inputs.basis),
    ];
  });
  const head = ['#', 'cell (UTC)', 'D', 'μ', 'μ1', 'μ2', 'μ3', 'z funding', 'z OI′', 'z basis'];
  const context = ['gate', 'quantile', ...(price === null ? [] : ['price'])];
  const inputs = ['funding 8h', 'OI', 'OI′ %', 'basis'];
  const sentences = first.map(
    (cell, index) =>
      `${index + 1}. ${when(closeOf(cell.hour))}: ${driftSentence(cell.zOiChange, cell.zFunding, cell.zBasis, cell.mu)}`,
  );
  return `${table([...head, ...context, ...inputs], rows)}\n\n${sentences.join('\n')}`;
}

function inputsOf(inputs: readonly DriftInput[]): string {
  const rows = inputs.map((input) => {
    const { facts } = input;
    const said = faults(input);
    const known = facts.areBars
      ? `bars of ${spanText(facts.step)}, known at their close`
      : Number.isNaN(facts.step)
        ? 'one row'
        : `every ${spanText(facts.step)}`;
    return [
      input.name,
      facts.file,
      facts.column,
      facts.symbol ?? '—',
      facts.rows,
      `${when(facts.from)} to ${when(facts.to)}`,
      known,
      said.length === 0 ? 'none' : said.join('; '),
    ];
  });
  return table(
    ['input', 'from', 'column', 'symbol', 'rows', 'known (UTC)', 'rows come', 'faults'],
    rows,
  );
}

/**
 * The report beside a series (SPEC §14): what D is like, its `top` highest cells with what they rest on, the inputs with their faults, and why cells have no drift.
 */
export function driftReport(made: DriftMade, top: number): string {
  const { cells, inputs } = made;
  const reasons = reasonsOf(cells);
  return `# Drift: ${made.title}

${summaryOf(made)}

## Determinism D

${distributionOf(cells)}

## The ${top} highest

${topOf(made, top)}

## Inputs

${inputsOf(inputs)}

## Cells without a drift

${reasons.length === 0 ? 'None.' : table(['reason', 'cells'], reasons)}
`;
}
