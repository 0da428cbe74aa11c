import type { OutputLine } from '../../frame/frame.ts';
import type { ScanLine, ScanRow } from '../../frame/scan.ts';
import { CommandError, EXIT } from '../errors.ts';
import type { Job, Session } from '../job.ts';
import { LineOutput } from '../output.ts';
import { arranged, type ScanOrder } from '../scan-order.ts';
import { scanTable } from '../scan-text.ts';
import { startSession } from '../session.ts';
import { onSignals } from '../signals.ts';

export interface ScannerOptions {
  readonly job: Job;
  readonly format: 'json' | 'text';
  readonly order: ScanOrder;
  /** Rows that are printed at most; null for all, or as many as fit on a terminal. */
  readonly top: number | null;
  /** One scan and the end: as soon as it is complete, or what there is after so many ms. Of a replay the last one. */
  readonly once: { readonly waitMs: number } | null;
  /** Types of lines that are printed as JSON. */
  readonly only: ReadonlySet<OutputLine['type']>;
}

/** Numbers that every row of a complete scan has. */
const ESSENTIAL = [
  'price',
  'volume24hUsd',
  'funding8h',
  'oiUsd',
] as const satisfies readonly (keyof ScanRow)[];

/** What a scan lacks: columns that some rows do not have live, books that are not whole. */
function missingFrom({ rows, books, listed }: ScanLine): string[] {
  if (listed === 0) return ['perps'];
  const columns = ESSENTIAL.flatMap((name) => {
    const count = rows.filter((row) => row[name].state !== 'live').length;
    return count === 0 ? [] : [`${name} of ${count}`];
  });
  const broken = books.wanted - books.whole;
  return broken > 0 ? [...columns, `${broken} of ${books.wanted} books`] : columns;
}

/** Cells of a table where no terminal says how many: all columns. */
const COLUMNS_OTHERWISE = 240;
/** Lines of a table that are no rows, and the one that the cursor stands on. */
const FURNITURE = 4;

const UP = (lines: number) => `\u001B[${lines}A\r`;
const TO_END_OF_LINE = '\u001B[K';
const TO_END_OF_SCREEN = '\u001B[J';

/** Tables one after the other; on a terminal each in the place of the one before. */
class Tables {
  readonly #options: ScannerOptions;
  readonly #output: LineOutput;
  #drawn = 0;

  constructor(options: ScannerOptions, output: LineOutput) {
    this.#options = options;
    this.#output = output;
  }

  print(scan: ScanLine): void {
    const { order, top, once } = this.#options;
    const { isTTY, columns, rows } = process.stdout;
    const isInPlace = isTTY && once === null;
    const most = isInPlace ? Math.max(1, rows - FURNITURE) : Number.POSITIVE_INFINITY;
    const shown = arranged(scan, order, Math.min(top ?? Number.POSITIVE_INFINITY, most));
    // The last cell of a terminal stays free: some wrap when it is written.
    const lines = scanTable(shown, isTTY ? columns - 1 : COLUMNS_OTHERWISE);
    if (!isInPlace) {
      this.#output.write(`${lines.join('\n')}\n${once === null ? '\n' : ''}`);
      return;
    }
    const back = this.#drawn === 0 ? '' : UP(Math.min(this.#drawn, rows - 1));
    const text = lines.map((line) => `${line}${TO_END_OF_LINE}\n`).join('');
    this.#output.write(back + text + TO_END_OF_SCREEN);
    this.#drawn = lines.length;
  }
}

/**
 * Scans of all perps, as JSON lines or as tables, until the recording ends, the reader goes away or a signal comes; or one of them.
 *
 * @returns the exit code: of one scan 3 when something essential is absent or stale (it is printed all the same).
 */
export async function runScanner(options: ScannerOptions): Promise<number> {
  const { job, format, order, top, once, only } = options;
  let signalled: number | undefined;
  let session: Session | undefined;
  let failure: CommandError | undefined;
  let newest: ScanLine | undefined;
  let isClosing = false;
  const close = () => {
    isClosing = true;
    session?.tell({ kind: 'close' });
  };
  const output = new LineOutput(process.stdout, close);
  const tables = new Tables(options, output);
  const forget = onSignals((code) => {
    signalled = code;
    close();
  });
  const print = (line: OutputLine) => {
    if (line.type === 'scan' && format === 'text') tables.print(line);
    else {
      const shown =
        line.type === 'scan' ? arranged(line, order, top ?? Number.POSITIVE_INFINITY) : line;
      output.write(`${JSON.stringify(shown)}\n`);
    }
  };
  const onLine = (line: OutputLine) => {
    if (once === null) {
      if (only.has(line.type)) print(line);
    } else if (line.type === 'scan' && !isClosing) {
      newest = line;
      if (job.kind !== 'replay' && missingFrom(line).length === 0) close();
    }
  };
  session = await startSession(
    job,
    (message) => {
      switch (message.kind) {
        case 'line':
          onLine(message.line);
          break;
        case 'notice':
          process.stderr.write(`perpscope: ${message.text}\n`);
          break;
        case 'failed':
          failure = new CommandError(message.message, message.exitCode);
          break;
        case 'recordingIncomplete':
        case 'ended':
          break;
      }
    },
    () => output.drained(),
  );
  const timer = once === null || job.kind === 'replay' ? undefined : setTimeout(close, once.waitMs);
  if (isClosing || output.isClosed) close();
  await session.done;
  clearTimeout(timer);
  if (failure !== undefined) throw failure;
  if (once !== null && signalled === undefined && newest !== undefined) print(newest);
  await output.flush();
  forget();
  if (output.leftOut > 0)
    process.stderr.write(`perpscope: ${output.leftOut} lines left out, the reader was too slow\n`);
  if (signalled !== undefined) return signalled;
  if (once === null) return EXIT.ok;
  const missing = newest === undefined ? ['no scan'] : missingFrom(newest);
  if (missing.length === 0) return EXIT.ok;
  process.stderr.write(`perpscope: incomplete: ${missing.join(', ')}\n`);
  return EXIT.incomplete;
}
