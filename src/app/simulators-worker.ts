import { parentPort, workerData } from 'node:worker_threads';
import { startBinanceSim } from '../sim/binance/simulator.ts';
import type { SimulatorsJob, SimulatorsReady } from './simulators.ts';

const job = workerData as SimulatorsJob;
const { endpoints } = await startBinanceSim({ ...job, clock: Date.now });
const ready: SimulatorsReady = {
  hosts: {
    'binance-usdm': {
      public: `${endpoints.futuresWs}/public`,
      market: `${endpoints.futuresWs}/market`,
      rest: endpoints.futuresRest,
    },
    'binance-spot': { ws: endpoints.spotWs, rest: endpoints.spotRest },
  },
};
parentPort?.postMessage(ready);
