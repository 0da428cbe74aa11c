import type { Lineage, LineageInput } from '../../src/frame/lineage.ts';
import type { Grounds, Unit } from '../../src/model/definition.ts';
import { compactUsd, percent } from './number.ts';
import { said } from './reading.ts';
import { ageText, duration, instant } from './time.ts';

const CELLS = 24;

/** Seven digits are more than anybody reads, and fewer would hide what moved. */
const plain = (value: number): string => `${Number(value.toPrecision(7))}`;

/** A value in the unit of its definition. */
export function valueText(value: unknown, unit: Unit | null): string {
  if (typeof value !== 'number') return String(value);
  switch (unit) {
    case 'usd':
      return compactUsd(value, CELLS).trim();
    case 'fraction':
      return percent(value, CELLS, 4, { sign: true }).trim();
    case 'fraction per hour':
      return `${percent(value, CELLS, 4, { sign: true }).trim()} per hour`;
    case 'µs':
      // An instant, or a span of time.
      return value > 1e14 ? instant(value, CELLS).trim() : duration(value, CELLS).trim();
    case 'price':
    case 'ratio':
    case 'count':
    case 'text':
    case null:
      return plain(value);
    default:
      return `${plain(value)} ${unit}`;
  }
}

function inputRow({ name, fact, instrument, reading, heardTs, age }: LineageInput): string[] {
  const what =
    fact === null ? said(reading, (value) => valueText(value, null)) : fact === name ? '' : fact;
  const heard =
    heardTs === null || age === null
      ? reading.state === 'absent' && fact !== null
        ? reading.reason
        : ''
      : `heard ${instant(heardTs, CELLS).trim()}, ${ageText(age).trim()} ago`;
  return [name, what, instrument ?? '', heard];
}

/** Columns padded to their widest cell. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, at) => Math.max(known[at] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Window, thresholds and what was left out, one line each. */
export function groundsLines({ window, parameters = {}, excluded = [] }: Grounds): string[] {
  const distinct = window?.nEff === undefined ? '' : `, ${window.nEff} distinct facts`;
  return [
    ...(window === undefined
      ? []
      : [
          `over ${duration(window.span, CELLS).trim()}: ${window.count} of ${window.full}${distinct}`,
        ]),
    ...Object.entries(parameters).map(([name, value]) => `with ${name} ${valueText(value, null)}`),
    ...excluded.map((what) => `without ${what}`),
  ];
}

/** An explanation for people: the number, how it is made, and of what. */
export function lineageAsText(lineage: Lineage): string {
  const { asset, path, reading, formula, unit, reference, inputs, source } = lineage;
  const { tsLocal } = lineage;
  const lines = [
    `${asset} ${path}  ${said(reading, (value) => valueText(value, unit))}`,
    `  = ${formula}  [${reference}]`,
    `  at ${instant(tsLocal, CELLS).trim()}, ${source}`,
  ];
  if (inputs.length > 0)
    lines.push('  from', ...aligned(inputs.map(inputRow)).map((row) => `    ${row}`));
  lines.push(...groundsLines(lineage).map((row) => `  ${row}`));
  return `${lines.join('\n')}\n`;
}
