// Loaded before the program into each of its threads (NODE_OPTIONS=--import): writes down once a second what the thread has used and how late its
// event loop was. Plain JavaScript, so that any Node can load it.
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread, threadId, workerData } from 'node:worker_threads';

const folder = process.env.BENCH_PROBE;
// The launcher runs this as well when it only starts another Node.
if (folder !== undefined && typeof process.threadCpuUsage === 'function') {
  const kind = isMainThread ? 'screen' : 'venues' in Object(workerData?.config) ? 'feeds' : 'other';
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const file = path.join(folder, `${process.pid}-${threadId}.json`);
  delay.enable();
  let seconds = 0;
  const warmup = Number(process.env.BENCH_WARMUP ?? 0);
  let usedBefore = process.threadCpuUsage();
  let since = performance.now();
  setInterval(() => {
    seconds += 1;
    if (seconds === warmup) {
      delay.reset();
      usedBefore = process.threadCpuUsage();
      since = performance.now();
      return;
    }
    const used = process.threadCpuUsage();
    const text = JSON.stringify({
      kind,
      seconds: (performance.now() - since) / 1000,
      cpuSeconds: (used.user + used.system - usedBefore.user - usedBefore.system) / 1e6,
      // The histogram counts from one timer to the next, which is a millisecond by itself.
      delayMs: {
        p50: delay.percentile(50) / 1e6,
        p99: delay.percentile(99) / 1e6,
        max: delay.max / 1e6,
      },
    });
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }, 1000).unref();
}
