import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { lineageAsText } from '../../../components/format/lineage.ts';
import { reasonOf } from '../../feed/reason.ts';
import { explain, isReading, readingPaths, valueAt } from '../../frame/explain.ts';
import { FRAME_VERSION, type Frame } from '../../frame/frame.ts';
import type { Lineage } from '../../frame/lineage.ts';
import { CommandError, EXIT, usage } from '../errors.ts';
import type { Job } from '../job.ts';
import { LineOutput } from '../output.ts';
import { newestFrames } from './snapshot.ts';

export interface ExplainOptions {
  /** Of the number, as in a frame: `drift.mu2`. */
  readonly path: string;
  /** A file of JSON lines with frames, `-` for stdin; or where the frames come from. */
  readonly from: string | Job;
  readonly format: 'json' | 'text';
  /** Longest wait for the number, ms. */
  readonly waitMs: number;
}

const isFrame = (line: unknown): line is Frame =>
  typeof line === 'object' &&
  line !== null &&
  (line as { readonly type?: unknown }).type === 'frame' &&
  (line as { readonly v?: unknown }).v === FRAME_VERSION;

/** The newest frame of each asset in a file of lines. */
async function framesIn(file: string): Promise<Frame[]> {
  let content: string;
  try {
    content = file === '-' ? await textOf(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${reasonOf(error)}`, EXIT.runtime);
  }
  const newest = new Map<string, Frame>();
  for (const [at, line] of content.split('\n').entries()) {
    if (line.trim() === '') continue;
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      throw new CommandError(`${file}: line ${at + 1} is no JSON`, EXIT.runtime);
    }
    if (isFrame(parsed)) newest.set(parsed.asset, parsed);
  }
  if (newest.size === 0)
    throw new CommandError(
      `${file}: no frame of version ${FRAME_VERSION}; \`perpscope snapshot --lineage\` makes one`,
      EXIT.runtime,
    );
  return [...newest.values()];
}

/** Paths that a person may have meant, at most eight. */
function suggestions(frame: Frame, path: string): string[] {
  const paths = [...readingPaths(frame)];
  const below = paths.filter((known) => known.startsWith(`${path}.`));
  if (below.length > 0) return below.slice(0, 8);
  const last = path.split('.').at(-1)!.toLowerCase();
  // A letter or two are in every path.
  if (last.length < 3) return [];
  return paths.filter((known) => known.toLowerCase().includes(last)).slice(0, 8);
}

/**
 * Prints where a number comes from: formula, inputs with venue, time and age, window and count, what was left out.
 *
 * @returns 0; 3 when the number is absent or stale in some asset (it is explained all the same).
 * @throws CommandError of a path at which no number stands.
 */
export async function runExplain({ path, from, format, waitMs }: ExplainOptions): Promise<number> {
  const { frames, signalled } =
    typeof from === 'string'
      ? { frames: await framesIn(from), signalled: undefined }
      : await newestFrames(from, waitMs, (frame) => {
          const found = valueAt(frame, path);
          return isReading(found) && found.state === 'live';
        });
  if (signalled !== undefined) return signalled;
  const first = frames[0];
  if (first === undefined) throw new CommandError('no frame came', EXIT.incomplete);
  const found = frames
    .map((frame) => explain(frame, path))
    .filter((lineage): lineage is Lineage => lineage !== undefined);
  if (found.length === 0) {
    const meant = suggestions(first, path);
    throw usage(
      `no number at '${path}'${meant.length === 0 ? '' : `; there is ${meant.join(', ')}`}`,
    );
  }
  const output = new LineOutput(process.stdout, () => {});
  for (const lineage of found)
    output.write(format === 'json' ? `${JSON.stringify(lineage)}\n` : lineageAsText(lineage));
  await output.flush();
  return found.every(({ reading }) => reading.state === 'live') ? EXIT.ok : EXIT.incomplete;
}
