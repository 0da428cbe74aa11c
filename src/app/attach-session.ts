import { connect, type Socket } from 'node:net';
import { reasonOf } from '../feed/reason.ts';
import { CommandError } from './errors.ts';
import type { Session, SessionMessage, Watched } from './job.ts';
import { LineIntake } from './lines-in.ts';

/** Ms between attempts to reach a server that is gone. */
const AGAIN_MS = 1000;

/** Whether a server can be reached at all. @throws CommandError saying how to start one. */
export async function requireServer(file: string): Promise<void> {
  const socket = connect(file);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  } catch (error) {
    throw new CommandError(`nobody serves ${file} (${reasonOf(error)}); start \`perpscope serve\``);
  } finally {
    socket.destroy();
  }
}

/** A session whose engine is another process behind a Unix socket. A server that goes away is waited for. */
export function startAttachSession(file: string, tell: (message: SessionMessage) => void): Session {
  const done = Promise.withResolvers<void>();
  let socket: Socket | null = null;
  let timer: NodeJS.Timeout | undefined;
  let watched: Watched | undefined;
  let isClosed = false;
  let isLost = false;
  const notice = (text: string) => tell({ kind: 'notice', text });
  const sayWatched = () => {
    if (watched !== undefined) socket?.write(`${JSON.stringify(watched)}\n`);
  };
  const reach = () => {
    const intake = new LineIntake((line, text) => tell({ kind: 'line', line, text }));
    const attempt = connect(file);
    attempt.setEncoding('utf8');
    attempt.on('connect', () => {
      socket = attempt;
      if (isLost) notice('attached again');
      isLost = false;
      sayWatched();
    });
    attempt.on('data', (piece: string) => intake.push(piece));
    attempt.on('error', () => {});
    attempt.on('close', () => {
      const { count, reason } = intake.leftOut;
      if (count > 0) notice(`${count} lines left out: ${reason}`);
      if (isClosed) return;
      if (!isLost) notice('the server is gone; waiting for it');
      isLost = true;
      socket = null;
      timer = setTimeout(reach, AGAIN_MS);
    });
  };
  reach();
  return {
    done: done.promise,
    tell(command) {
      if (command.kind === 'watch') {
        // Nobody looks at the newest frames: those of every second are enough.
        watched = command.watched[0] ?? (watched && { ...watched, fps: 0 });
        sayWatched();
        return;
      }
      isClosed = true;
      clearTimeout(timer);
      socket?.destroy();
      done.resolve();
    },
  };
}
