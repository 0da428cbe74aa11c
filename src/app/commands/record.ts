import { CommandError, EXIT } from '../errors.ts';
import type { LiveJob, Session } from '../job.ts';
import { startSession } from '../session.ts';
import { onSignals } from '../signals.ts';

/**
 * Records the raw feed until a signal comes or the time is up.
 *
 * @param forMs null records until interrupted.
 * @returns the exit code: 0 when the time was up or on SIGINT, which is how a recording is meant to end.
 * @throws CommandError when records were lost on the way to the disk.
 */
export async function recordFeeds(job: LiveJob, forMs: number | null): Promise<number> {
  let exitCode: number = EXIT.ok;
  let session: Session | undefined;
  let failure: CommandError | undefined;
  let isClosing = false;
  const close = () => {
    isClosing = true;
    session?.tell({ kind: 'close' });
  };
  const forget = onSignals((code) => {
    exitCode = code === 130 ? EXIT.ok : code;
    close();
  });
  session = await startSession(job, (message) => {
    if (message.kind === 'notice') process.stderr.write(`perpscope: ${message.text}\n`);
    else if (message.kind === 'recordingIncomplete')
      failure = new CommandError(
        `the recording is not complete: ${message.atLeast} records or more were lost`,
      );
    else if (message.kind === 'failed')
      failure = new CommandError(message.message, message.exitCode);
  });
  const timer = forMs === null ? undefined : setTimeout(close, forMs);
  if (isClosing) close();
  await session.done;
  clearTimeout(timer);
  forget();
  if (failure !== undefined) throw failure;
  return exitCode;
}
