import type { BenchReport, Line } from './bench.ts';
import type { ContenderNote, TapeNote } from './rows/row.ts';

/** Three significant digits, as the rest is noise. */
function numberText(value: number | null): string {
  if (value === null) return '';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-3) return value.toExponential(1);
  return size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const grouped = (value: number): string => value.toLocaleString('en-US');

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  // Texts stand at the left, numbers at the right.
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || column >= 5 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}

function cellsOf({
  what,
  better,
  unit,
  value,
  low,
  high,
  must,
  aim,
  verdict,
  note,
}: Line): string[] {
  const sign = better === 'less' ? '≤' : '≥';
  const target = (limit: number | null): string =>
    limit === null ? '' : `${sign} ${numberText(limit)}`;
  const spread = low === high ? '' : `${numberText(low)} … ${numberText(high)}`;
  return [
    what,
    value === null ? '' : `${numberText(value)} ${unit}`.trim(),
    spread,
    target(must),
    target(aim),
    verdict ?? '–',
    note,
  ];
}

const tapeText = ({ name, messages, bytes, changes, checksum }: TapeNote): string =>
  `tape ${name}: ${grouped(messages)} messages, ${(bytes / messages).toFixed(0)} bytes and ` +
  `${(changes / messages).toFixed(1)} level changes each, checksum ${checksum}`;

function contenderText({ tape, name, microsPerMessage, differences, imbalances }: ContenderNote) {
  if (differences.length > 0) return `${tape}: ${name} FAILED: ${differences.join('; ')}`;
  return `${tape}: ${name} ${microsPerMessage.toFixed(2)} µs a message, ${
    name.startsWith('JSON.parse') && imbalances === 0
      ? 'no book'
      : imbalances === 0
        ? 'equal books; no OIB, it keeps too little depth'
        : `equal books and ${grouped(imbalances)} equal OIB`
  }`;
}

/** The report for people. */
export function tableOf(report: BenchReport): string {
  const { seed, rounds, quick, node, v8, cpu, cores, load, tapes, contenders, rows, skipped } =
    report;
  const head = ['row', 'value', '10 … 90 %', 'must', 'aim', 'verdict', ''];
  const lines = [
    `seed ${seed}, ${rounds} rounds, Node ${node} (V8 ${v8}), ${cpu}, ${cores} cores, load ${load.toFixed(1)}${quick ? ', quick: no verdicts' : ''}`,
    ...tapes.map(tapeText),
    '',
    ...contenders.map(contenderText),
    '',
    ...align([head, ...rows.map(cellsOf)]),
    ...skipped.map(({ what, reason }) => `skipped: ${what}: ${reason}`),
  ];
  return `${lines.join('\n')}\n`;
}
