import { availableParallelism, cpus, loadavg } from 'node:os';
import { btcSection, recordedSection, sushiSection, venueSection } from './rows/books.ts';
import { garbageSection, memorySection } from './rows/memory.ts';
import { replaySection } from './rows/replay.ts';
import { momentsSection, quantileSection } from './rows/rolling.ts';
import {
  type ContenderNote,
  type Found,
  type Options,
  type Report,
  type Row,
  type Section,
  type TapeNote,
  type Verdict,
  verdictOf,
} from './rows/row.ts';
import {
  screenSection,
  slowSection,
  soakSection,
  startSection,
  wholeSection,
} from './rows/system.ts';

/** What a single process can measure: ratios within one run. */
const SECTIONS: readonly Section[] = [
  btcSection,
  sushiSection,
  recordedSection,
  venueSection,
  momentsSection,
  quantileSection,
  memorySection,
  garbageSection,
  replaySection,
];

/** The whole program, in a terminal and against a venue: figures of this machine. */
const SYSTEM: readonly Section[] = [
  startSection,
  wholeSection,
  screenSection,
  slowSection,
  soakSection,
];

export type Line = Row & {
  readonly verdict: Verdict;
  /** Null when the row has failed; `note` then says why. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly note: string;
};

/** Everything that a run has to say; `--json` writes it as it is. */
export interface BenchReport {
  readonly v: 1;
  readonly type: 'bench';
  readonly seed: number;
  readonly rounds: number;
  readonly quick: boolean;
  readonly system: boolean;
  readonly node: string;
  readonly v8: string;
  readonly cpu: string;
  readonly cores: number;
  /** Processes that wanted to run in the minute before, on average: with more of them than cores the times are worth little. */
  readonly load: number;
  readonly tapes: readonly TapeNote[];
  readonly contenders: readonly ContenderNote[];
  readonly rows: readonly Line[];
  readonly skipped: readonly { readonly what: string; readonly reason: string }[];
}

function lineOf(row: Row, found: Found, quick: boolean): Line {
  const verdict = verdictOf(row, found, quick);
  return 'failed' in found
    ? { ...row, verdict, value: null, low: null, high: null, note: found.failed }
    : { ...row, verdict, ...found };
}

/**
 * Measures every row whose id or text matches.
 *
 * @param progress  hears what is about to be measured.
 */
export async function bench(
  options: Options,
  only: RegExp,
  progress: (what: string) => void,
): Promise<BenchReport> {
  const [load = 0] = loadavg();
  const tapes: TapeNote[] = [];
  const contenders: ContenderNote[] = [];
  const skipped: { what: string; reason: string }[] = [];
  const lines: Line[] = [];
  const report: Report = {
    tape: (tape) => tapes.push(tape),
    contender: (contender) => contenders.push(contender),
    skip: (what, reason) => skipped.push({ what, reason }),
  };
  for (const section of options.system ? SYSTEM : SECTIONS) {
    const rows = section.rows.filter(({ id, what }) => only.test(`${id} ${what}`));
    if (rows.length === 0) continue;
    const wanted = new Set(rows.map(({ id }) => id));
    progress([...wanted].join(' '));
    const found = await section.measure(options, wanted, report);
    for (const row of rows) {
      const of = found.get(row.id);
      if (of !== undefined) lines.push(lineOf(row, of, options.quick));
    }
  }
  return {
    v: 1,
    type: 'bench',
    ...options,
    node: process.versions.node,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    load,
    tapes,
    contenders,
    rows: lines,
    skipped,
  };
}

/** 1 when anybody who was timed had not done the same work; a target that was missed is a finding, not an error. */
export const exitCodeOf = ({ rows, contenders }: BenchReport): 0 | 1 =>
  rows.some(({ verdict }) => verdict === 'FAILED') ||
  contenders.some(({ differences }) => differences.length > 0)
    ? 1
    : 0;
