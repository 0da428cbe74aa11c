import { parentPort, workerData } from 'node:worker_threads';
import type { Job, SessionCommand, SessionMessage } from './job.ts';
import { failureOf, startSession } from './session.ts';

/** Feeds and engine beside the thread that owns the terminal: a slow terminal never delays a socket, a burst never delays a key. */
const port = parentPort;
if (port !== null) {
  // Lines go as JSON: cheaper to take in than a clone of the objects, and whoever keeps or sends them on has the text.
  const tell = (message: SessionMessage) =>
    port.postMessage(message.kind === 'line' ? JSON.stringify(message.line) : message);
  startSession(workerData as Job, tell).then(
    (session) => {
      port.on('message', (command: SessionCommand) => session.tell(command));
      void session.done.then(() => port.close());
    },
    (error: unknown) => {
      tell(failureOf(error));
      port.close();
    },
  );
}
