import type { OutputLine } from '../../frame/frame.ts';
import { CommandError, EXIT } from '../errors.ts';
import type { Job, Session } from '../job.ts';
import { LineOutput } from '../output.ts';
import { startSession } from '../session.ts';
import { onSignals } from '../signals.ts';

export interface StreamOptions {
  readonly job: Job;
  /** Types of lines that are printed. */
  readonly only: ReadonlySet<OutputLine['type']>;
}

/**
 * JSON lines on stdout until the recording ends, the reader goes away or a signal comes; nothing else is ever written there.
 *
 * @returns the exit code.
 */
export async function streamLines({ job, only }: StreamOptions): Promise<number> {
  let exitCode: number = EXIT.ok;
  let session: Session | undefined;
  let failure: CommandError | undefined;
  const close = () => session?.tell({ kind: 'close' });
  const output = new LineOutput(process.stdout, close);
  const forget = onSignals((code) => {
    exitCode = code;
    close();
  });
  session = await startSession(
    job,
    (message) => {
      switch (message.kind) {
        case 'line':
          if (only.has(message.line.type)) output.write(`${JSON.stringify(message.line)}\n`);
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
  if (output.isClosed || exitCode !== EXIT.ok) close();
  await session.done;
  await output.flush();
  forget();
  if (output.leftOut > 0)
    process.stderr.write(`perpscope: ${output.leftOut} lines left out, the reader was too slow\n`);
  if (failure !== undefined) throw failure;
  return exitCode;
}
