import path from 'node:path';
import type { EngineSettings } from '../../model/settings.ts';
import { judgePast, regateByAll } from '../../signals/drift-history.ts';
import { type DriftColumns, pastOfFiles } from '../drift-files.ts';
import {
  closingLine,
  type DriftInput,
  type DriftMade,
  driftCsv,
  driftReport,
  faultLine,
  type GateKind,
} from '../drift-text.ts';
import { EXIT, usage } from '../errors.ts';
import { isInUsd, readTimedColumn, splitReference } from '../timed-column.ts';
import { writeWhole } from '../whole-file.ts';

/** Files with the inputs, each `FILE` or `FILE:column`. */
export interface DriftFiles {
  readonly funding: string;
  readonly oi: string;
  readonly basis: string | { readonly perp: string; readonly spot: string };
  /** Of files that hold several. */
  readonly symbol: string | undefined;
}

export interface DriftOptions {
  readonly files: DriftFiles;
  readonly out: string;
  readonly report: string | undefined;
  readonly gate: GateKind;
  /** Cells of the report. */
  readonly top: number;
  readonly settings: Pick<EngineSettings, 'drift' | 'gate'>;
  readonly stderr: { write(text: string): unknown };
}

/** What can be found out before anything is read. */
function requireSense({ settings, files, out, report }: DriftOptions): void {
  const { gamma, windowHours, minValues } = settings.drift;
  if (gamma !== 0)
    throw usage(
      'gamma needs the basis of a dated future, and there is no file for it: leave it at 0',
    );
  if (windowHours < minValues)
    throw usage(
      `a window of ${windowHours} h cannot hold the ${minValues} values that a z-score needs (engine.drift.minValues)`,
    );
  const { funding, oi, basis } = files;
  const read = [funding, oi, ...(typeof basis === 'string' ? [basis] : [basis.perp, basis.spot])];
  const taken = new Set(read.map((reference) => path.resolve(splitReference(reference).file)));
  for (const file of [out, ...(report === undefined ? [] : [report])]) {
    if (taken.has(path.resolve(file)))
      throw usage(`${file} would be written over what it is, or another output`);
    taken.add(path.resolve(file));
  }
}

async function columnsOf({ funding, oi, basis, symbol }: DriftFiles): Promise<DriftColumns> {
  return {
    funding: await readTimedColumn(funding, 'funding', symbol),
    openInterest: await readTimedColumn(oi, 'openInterest', symbol),
    basis:
      typeof basis === 'string'
        ? await readTimedColumn(basis, 'basis', symbol)
        : {
            perp: await readTimedColumn(basis.perp, 'price', symbol),
            spot: await readTimedColumn(basis.spot, 'price', symbol),
          },
  };
}

const inputsOf = ({ funding, openInterest, basis }: DriftColumns): DriftInput[] => [
  { name: 'funding', facts: funding.facts },
  { name: 'open interest', facts: openInterest.facts },
  ...('perp' in basis
    ? [
        { name: 'perp', facts: basis.perp.facts },
        { name: 'spot', facts: basis.spot.facts },
      ]
    : [{ name: 'basis', facts: basis.facts }]),
];

/**
 * `perpscope drift`: makes the series of drift and its gate from files (SPEC §5, §14; DESIGN §3), and a report beside it. What is wrong with an input is told
 * on stderr, a line each.
 *
 * @returns the exit code.
 * @throws CommandError
 */
export async function runDrift(options: DriftOptions): Promise<number> {
  const { files, out, report, gate, top, settings, stderr } = options;
  const note = (text: string) => stderr.write(`perpscope: ${text}\n`);
  requireSense(options);
  const columns = await columnsOf(files);
  const inputs = inputsOf(columns);
  for (const input of inputs) {
    const line = faultLine(input);
    if (line !== undefined) note(line);
  }
  if (isInUsd(columns.openInterest.facts))
    note(
      `open interest in USD (${columns.openInterest.facts.column}): the return of the price leaks into OI′`,
    );
  if (gate === 'full') note('--gate full looks ahead: each gate is judged by the whole series');

  const past = pastOfFiles(columns);
  const judged = judgePast(past, settings);
  const made: DriftMade = {
    title:
      files.symbol ?? columns.openInterest.facts.symbol ?? columns.funding.facts.symbol ?? 'files',
    cells: gate === 'full' ? regateByAll(judged, settings.gate) : judged,
    settings,
    gate,
    inputs,
    basisIs:
      'perp' in columns.basis
        ? 'basis = perp − spot, closes of one hour, in their currency'
        : 'basis as given',
    price: past.price,
  };
  await writeWhole(out, driftCsv(made.cells));
  if (report !== undefined) await writeWhole(report, driftReport(made, top));
  note(closingLine(made));
  return EXIT.ok;
}
