import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../feed/clock.ts';
import type { OutputLine } from '../../frame/frame.ts';
import type { DerivationJob, DerivationMessage, DerivationRequest } from './messages.ts';
import { Recorded } from './recorded.ts';
import { Stored } from './stored.ts';

/** What the errors of recordings and stores say is meant for people. */
const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Makes the past anew beside the threads of feeds and screen, which go on as if nothing were. */
const port = parentPort;
if (port !== null) {
  const tell = (message: DerivationMessage) => port.postMessage(message);
  const line = (made: OutputLine) => port.postMessage(JSON.stringify(made));
  const job = workerData as DerivationJob;
  if (job.kind === 'store') {
    const stored = new Stored(job, line, () => tell({ kind: 'anew' }));
    port.on('message', (request: DerivationRequest) => {
      if (request.kind === 'giveUp') return;
      const { id, time } = request;
      if (request.kind === 'at')
        try {
          tell({ kind: 'made', id, ...stored.at(time) });
        } catch (error) {
          tell({ kind: 'made', id, from: time, to: time, reason: wordsOf(error) });
        }
      else
        try {
          tell({ kind: 'turn', id, event: stored.turn(time, request.asset, request.direction) });
        } catch {
          tell({ kind: 'turn', id, event: null });
        }
    });
  } else {
    const recorded = new Recorded(job, systemClock(), line, () => tell({ kind: 'anew' }));
    port.on('message', (request: DerivationRequest) => {
      if (request.kind === 'giveUp') recorded.giveUp();
      if (request.kind === 'turn') {
        const { id, time, asset } = request;
        recorded
          .turn(time, asset, (share) => tell({ kind: 'progress', id, share }))
          .catch(() => null)
          .then((event) => tell({ kind: 'turn', id, event }));
      }
      if (request.kind !== 'at') return;
      const { id, time, asset } = request;
      recorded
        .at(time, asset, (share) => tell({ kind: 'progress', id, share }))
        .catch((error: unknown) => ({ from: time, to: time, reason: wordsOf(error) }))
        .then((made) => tell({ kind: 'made', id, ...made }));
    });
  }
}
