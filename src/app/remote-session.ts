import { Worker } from 'node:worker_threads';
import type { OutputLine } from '../frame/frame.ts';
import { EXIT } from './errors.ts';
import type { Job, Session, SessionMessage } from './job.ts';
import { WORKER_LIMITS } from './worker-limits.ts';

/** Ms that a worker gets to close its sockets and files before it is ended. */
const CLOSE_GRACE_MS = 3000;

/** The same session in a worker thread; messages arrive in the order in which they were told. */
export function startRemoteSession(job: Job, tell: (message: SessionMessage) => void): Session {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: job,
    resourceLimits: WORKER_LIMITS,
  });
  const done = Promise.withResolvers<void>();
  let grace: NodeJS.Timeout | undefined;
  worker.on('message', (message: SessionMessage | string) =>
    tell(
      typeof message === 'string'
        ? { kind: 'line', line: JSON.parse(message) as OutputLine, text: message }
        : message,
    ),
  );
  worker.on('error', (error) =>
    tell({
      kind: 'failed',
      message: `internal error in the feeds: ${error.message}`,
      exitCode: EXIT.internal,
    }),
  );
  worker.on('exit', () => {
    clearTimeout(grace);
    done.resolve();
  });
  return {
    done: done.promise,
    tell: (command) => {
      worker.postMessage(command);
      if (command.kind === 'close')
        grace ??= setTimeout(() => void worker.terminate(), CLOSE_GRACE_MS);
    },
  };
}
