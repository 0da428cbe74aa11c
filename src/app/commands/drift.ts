import path from 'node:path';
import type { EngineSettings } from '../../model/settings.ts';
import { judgePast, regateByAll } from '../../signals/drift-history.ts';
import { type DriftFiles, type DriftSource, sourceOfFiles } from '../drift-files.ts';
import type { StoredAsset } from '../drift-store.ts';
import {
  closingLine,
  type DriftMade,
  driftCsv,
  driftReport,
  faultLine,
  type GateKind,
} from '../drift-text.ts';
import { EXIT, usage } from '../errors.ts';
import { splitReference } from '../timed-column.ts';
import { writeWhole } from '../whole-file.ts';

export interface DriftOptions {
  /** Files, or what a store has kept of an asset. */
  readonly from: DriftFiles | StoredAsset;
  readonly out: string;
  readonly report: string | undefined;
  readonly gate: GateKind;
  /** Cells of the report. */
  readonly top: number;
  readonly settings: Pick<EngineSettings, 'drift' | 'gate'>;
  readonly stderr: { write(text: string): unknown };
}

const namesOf = ({ funding, oi, basis }: DriftFiles): string[] => [
  ...[funding, oi],
  ...(typeof basis === 'string' ? [basis] : [basis.perp, basis.spot]),
];

/** What can be found out before anything is read. */
function requireSense({ settings, from, out, report }: DriftOptions): void {
  const { gamma, windowHours, minValues } = settings.drift;
  if (gamma !== 0)
    throw usage(
      'gamma needs the basis of a dated future, and there is no file for it: leave it at 0',
    );
  if (windowHours < minValues)
    throw usage(
      `a window of ${windowHours} h cannot hold the ${minValues} values that a z-score needs (engine.drift.minValues)`,
    );
  const read = 'asset' in from ? [] : namesOf(from);
  const taken = new Set(read.map((reference) => path.resolve(splitReference(reference).file)));
  for (const file of [out, ...(report === undefined ? [] : [report])]) {
    if (taken.has(path.resolve(file)))
      throw usage(`${file} would be written over what it is, or another output`);
    taken.add(path.resolve(file));
  }
}

async function sourceOf(
  from: DriftOptions['from'],
  drift: EngineSettings['drift'],
): Promise<DriftSource> {
  if (!('asset' in from)) return sourceOfFiles(from);
  // SQLite is loaded for those who want it alone.
  const { sourceOfStore } = await import('../drift-store.ts');
  return sourceOfStore(from, drift);
}

/**
 * `perpscope drift`: makes the series of drift and its gate from files or the store (SPEC §5, §14; DESIGN §3), and a report beside it. What is wrong with an input is told
 * on stderr, a line each.
 *
 * @returns the exit code.
 * @throws CommandError
 */
export async function runDrift(options: DriftOptions): Promise<number> {
  const { from, out, report, gate, top, settings, stderr } = options;
  const note = (text: string) => stderr.write(`perpscope: ${text}\n`);
  requireSense(options);
  const source = await sourceOf(from, settings.drift);
  const { title, past, inputs, basisIs } = source;
  for (const line of [...inputs.map(faultLine), ...source.notes])
    if (line !== undefined) note(line);
  if (gate === 'full') note('--gate full looks ahead: each gate is judged by the whole series');

  const judged = judgePast(past, settings);
  const cells = gate === 'full' ? regateByAll(judged, settings.gate) : judged;
  const made: DriftMade = { title, cells, settings, gate, inputs, basisIs, price: past.price };
  await writeWhole(out, driftCsv(cells));
  if (report !== undefined) await writeWhole(report, driftReport(made, top));
  note(closingLine(made));
  return EXIT.ok;
}
