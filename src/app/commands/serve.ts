import { CommandError, EXIT } from '../errors.ts';
import type { Job } from '../job.ts';
import { startRemoteSession } from '../remote-session.ts';
import { onSignals } from '../signals.ts';
import { SocketServer } from '../socket-server.ts';

export interface ServeOptions {
  readonly job: Job;
  /** Of the Unix socket. */
  readonly file: string;
}

/**
 * One engine for several screens: `perpscope attach` shows what it says. Runs until a signal comes.
 *
 * @returns the exit code.
 */
export async function serve({ job, file }: ServeOptions): Promise<number> {
  let exitCode: number = EXIT.ok;
  let failure: CommandError | undefined;
  const server = await SocketServer.open({
    file,
    onWatch: (watched) => session.tell({ kind: 'watch', watched }),
  });
  const session = startRemoteSession(job, (message) => {
    if (message.kind === 'line') server.send(message.line, message.text);
    else if (message.kind === 'notice') process.stderr.write(`perpscope: ${message.text}\n`);
    else if (message.kind === 'failed')
      failure = new CommandError(message.message, message.exitCode);
  });
  const forget = onSignals((code) => {
    exitCode = code;
    session.tell({ kind: 'close' });
  });
  process.stderr.write(`perpscope: serving ${file}\n`);
  await session.done;
  await server.close();
  forget();
  if (failure !== undefined) throw failure;
  return exitCode;
}
