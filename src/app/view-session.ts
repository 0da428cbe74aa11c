import type { Readable } from 'node:stream';
import { reasonOf } from '../feed/reason.ts';
import type { Session, SessionMessage } from './job.ts';
import { LineIntake } from './lines-in.ts';

/** Ms between two notices about lines that were left out. */
const NOTICE_EVERY_MS = 10_000;

/** A session whose lines come from somebody else's stream. It cannot be told anything but to close. */
export function startViewSession(
  input: Readable,
  tell: (message: SessionMessage) => void,
): Session {
  const done = Promise.withResolvers<void>();
  const intake = new LineIntake((line, text) => tell({ kind: 'line', line, text }));
  let told = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  const complain = () => {
    const { count, reason } = intake.leftOut;
    if (count === told || performance.now() - toldAt < NOTICE_EVERY_MS) return;
    told = count;
    toldAt = performance.now();
    tell({
      kind: 'notice',
      text: `${count} ${count === 1 ? 'line' : 'lines'} left out: ${reason}`,
    });
  };
  let isOver = false;
  const end = (reason: string) => {
    if (isOver) return;
    isOver = true;
    intake.end();
    complain();
    tell({ kind: 'ended', reason });
    done.resolve();
  };
  input.setEncoding('utf8');
  input.on('data', (piece: string) => {
    intake.push(piece);
    complain();
  });
  input.on('end', () => end('the stream is over'));
  input.on('close', () => end('the stream is over'));
  input.on('error', (error) => end(`the stream broke: ${reasonOf(error)}`));
  return {
    done: done.promise,
    tell(command) {
      if (command.kind !== 'close') return;
      end('closed');
      input.destroy();
    },
  };
}
