import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../feed/clock.ts';
import type { OutputLine } from '../../frame/frame.ts';
import type { Micros } from '../../model/units.ts';
import type { DerivationJob, DerivationMessage, DerivationRequest } from './messages.ts';
import { Recorded } from './recorded.ts';

/** Makes the past anew beside the threads of feeds and screen, which go on as if nothing were. */
const port = parentPort;
if (port !== null) {
  const tell = (message: DerivationMessage) => port.postMessage(message);
  const line = (made: OutputLine) => port.postMessage(JSON.stringify(made));
  const job = workerData as DerivationJob;
  if (job.kind === 'recording') {
    const recorded = new Recorded(job, systemClock(), line, () => tell({ kind: 'anew' }));
    port.on('message', (request: DerivationRequest) => {
      if (request.kind === 'giveUp') recorded.giveUp();
      if (request.kind !== 'at') return;
      const { id, time, asset } = request;
      recorded
        .at(time, asset, (share) => tell({ kind: 'progress', id, share }))
        .catch((error: unknown) => ({
          from: time,
          to: time as Micros,
          reason: error instanceof Error ? error.message : String(error),
        }))
        .then((made) => tell({ kind: 'made', id, ...made }));
    });
  }
}
