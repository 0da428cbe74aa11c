import { parentPort, workerData } from 'node:worker_threads';
import { startVenues } from '../sim/venues.ts';
import type { SimulatorsJob, SimulatorsReady } from './simulators.ts';

const job = workerData as SimulatorsJob;
const { endpoints } = await startVenues({ ...job, clock: Date.now });
const ready: SimulatorsReady = { hosts: endpoints };
parentPort?.postMessage(ready);
