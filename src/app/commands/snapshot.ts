import type { Frame } from '../../frame/frame.ts';
import type { Reading } from '../../model/reading.ts';
import { CommandError, EXIT } from '../errors.ts';
import type { Job, Session } from '../job.ts';
import { LineOutput } from '../output.ts';
import { startSession } from '../session.ts';
import { onSignals } from '../signals.ts';
import { frameAsMarkdown, frameAsText } from '../snapshot-text.ts';

export type SnapshotFormat = 'json' | 'text' | 'md';

export interface SnapshotOptions {
  readonly job: Job;
  readonly format: SnapshotFormat;
  /** Longest wait for completeness, ms. A replay ends by itself. */
  readonly waitMs: number;
}

/** Numbers that a snapshot cannot do without, by the name under which a frame holds them. */
const ESSENTIAL: readonly (readonly [name: string, read: (frame: Frame) => Reading<unknown>])[] = [
  ['price', (frame) => frame.price],
  ['funding.oiWeighted', (frame) => frame.funding.oiWeighted],
  ['openInterest.coin', (frame) => frame.openInterest.coin],
  ['openInterest.change1h', (frame) => frame.openInterest.change1h],
  ['basis.fair', (frame) => frame.basis.fair],
  ['basis.venue', (frame) => frame.basis.venue],
  ['liquidations.h1', (frame) => frame.liquidations.h1.long],
  ['drift.mu', (frame) => frame.drift.mu],
  ['drift.active', (frame) => frame.drift.active],
  ['regime.label', (frame) => frame.regime.label],
  // The level itself may lack BTC's open interest as its yardstick; the estimate is what counts.
  ['cascade.longWithin5', (frame) => frame.cascade.longWithin5],
];

/** Essential numbers of a frame that are absent or stale, and books that are not whole. */
function missingFrom(frame: Frame): string[] {
  const numbers = ESSENTIAL.filter(([, read]) => read(frame).state !== 'live').map(
    ([name]) => name,
  );
  const books = Object.entries(frame.book.byInstrument)
    .filter(([, book]) => book.status !== 'whole' && book.status !== 'none')
    .map(([id]) => `book ${id}`);
  return [...numbers, ...books];
}

const RENDER: Readonly<Record<SnapshotFormat, (frame: Frame) => string>> = {
  json: (frame) => JSON.stringify(frame),
  text: frameAsText,
  md: frameAsMarkdown,
};

export interface Collected {
  readonly frames: readonly Frame[];
  /** Exit code of the signal that ended the wait; undefined without one. */
  readonly signalled: number | undefined;
}

/**
 * The newest frame of each asset, once every asset that was asked for has one that will do, or when the wait is over. A replay ends by itself.
 *
 * @throws CommandError when the session fails.
 */
export async function newestFrames(
  job: Job,
  waitMs: number,
  willDo: (frame: Frame) => boolean,
): Promise<Collected> {
  const newest = new Map<string, Frame>();
  const isReplay = job.kind === 'replay';
  let session: Session | undefined;
  let signalled: number | undefined;
  let failure: CommandError | undefined;
  let isClosing = false;
  const close = () => {
    isClosing = true;
    session?.tell({ kind: 'close' });
  };
  const forget = onSignals((code) => {
    signalled = code;
    close();
  });
  const isComplete = () =>
    job.kind !== 'replay' &&
    job.config.assets.every((asset) => {
      const frame = newest.get(asset);
      return frame !== undefined && willDo(frame);
    });
  session = await startSession(job, (message) => {
    if (message.kind === 'line' && message.line.type === 'frame') {
      if (isClosing) return;
      newest.set(message.line.asset, message.line);
      if (isComplete()) close();
    } else if (message.kind === 'notice') process.stderr.write(`perpscope: ${message.text}\n`);
    else if (message.kind === 'failed')
      failure = new CommandError(message.message, message.exitCode);
  });
  const timer = isReplay ? undefined : setTimeout(close, waitMs);
  if (isClosing) close();
  await session.done;
  clearTimeout(timer);
  forget();
  if (failure !== undefined) throw failure;
  return { frames: [...newest.values()], signalled };
}

/**
 * One frame per asset: as soon as all of them are complete, or what there is after the wait. Made for cron.
 *
 * @returns 0 when complete, 3 when something essential is absent or stale (it is printed all the same).
 */
export async function takeSnapshot({ job, format, waitMs }: SnapshotOptions): Promise<number> {
  const output = new LineOutput(process.stdout, () => {});
  const { frames, signalled } = await newestFrames(
    job,
    waitMs,
    (frame) => missingFrom(frame).length === 0,
  );
  if (signalled !== undefined) return signalled;
  for (const frame of frames) output.write(`${RENDER[format](frame)}\n`);
  await output.flush();
  const missing = frames.flatMap((frame) =>
    missingFrom(frame).map((name) => `${frame.asset} ${name}`),
  );
  const isIncomplete = missing.length > 0 || frames.length === 0;
  if (isIncomplete)
    process.stderr.write(
      `perpscope: incomplete: ${frames.length === 0 ? 'no frame' : missing.slice(0, 6).join(', ')}${missing.length > 6 ? ` and ${missing.length - 6} more` : ''}\n`,
    );
  return isIncomplete ? EXIT.incomplete : EXIT.ok;
}
