import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import v8 from 'node:v8';
import { createRing, pushRing, type Ring } from '../src/stats/ring.ts';
import { collectAll } from './collect.ts';
import type { Run } from './contenders/contender.ts';
import { jsonParse } from './contenders/json.ts';
import { Perpscope, perpscope, perpscopeJson, recordOf } from './contenders/perpscope.ts';
import { BTC } from './tapes/depth-source.ts';
import { depthTape } from './tapes/depth-tape.ts';
import { venueTape } from './tapes/venue-tape.ts';

/*
 * What is measured in a process of its own, where nothing has been kept and nothing compiled for anybody else: `node child.ts TASK SEED [quick]`.
 * The answer is one line of JSON.
 */

// As bin/perpscope.js sets it: making a tape would else leave a nursery many times as large as the program's, in which less garbage shows.
v8.setFlagsFromString('--semi-space-growth-factor=1');

/** Bytes that this process holds: heap, and what lies outside of it (array buffers among that). */
function heldBytes(): number {
  collectAll();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const FEATURES = 40;
const DAY_SECONDS = 86_400;

/** A day of seconds of forty features. */
function measureRings(): object {
  const before = heldBytes();
  const rings: Ring[] = [];
  for (let i = 0; i < FEATURES; i++) rings.push(createRing(DAY_SECONDS));
  for (let second = 0; second < DAY_SECONDS; second++)
    for (const [i, ring] of rings.entries()) pushRing(ring, second * i);
  const bytes = heldBytes() - before;
  return { bytes, numbers: rings.reduce((sum, { size }) => sum + size, 0) };
}

/** The books of a venue and its decoder, after as many messages as fill everything that they keep of the past. */
async function measureBooks(seed: number, quick: boolean): Promise<object> {
  const tape = venueTape(
    quick ? { symbols: 20, seconds: 2, seed } : { symbols: 500, seconds: 30, seed },
  );
  const before = heldBytes();
  const own = new Perpscope(tape.listings);
  for (const [i, message] of tape.messages.entries()) own.take(recordOf(message, i));
  const bytes = heldBytes() - before;
  const whole = [...own.books].filter(({ status }) => status === 'whole').length;
  return { bytes, books: whole, messages: tape.messages.length };
}

/** Collections of the young generation while `take` runs. */
async function scavengesDuring(take: () => void): Promise<number> {
  let count = 0;
  const note = (entries: readonly PerformanceEntry[]): void => {
    for (const { detail } of entries as readonly { detail?: { kind?: number } }[])
      if (detail?.kind === constants.NODE_PERFORMANCE_GC_MINOR) count += 1;
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  take();
  // The entries come with the next turns of the event loop.
  for (let i = 0; i < 3; i++) await setImmediate();
  note(observer.takeRecords());
  observer.disconnect();
  return count;
}

/** Messages whose garbage fits the nursery whoever takes them. */
const FEW = 50;

/** Heap that a message takes, bytes, on average over a few that no collection interrupts. */
function bytesPerMessage(run: Run, from: number): number {
  collectAll();
  const before = process.memoryUsage().heapUsed;
  run.turn(from, from + FEW);
  return (process.memoryUsage().heapUsed - before) / FEW;
}

/** Scavenges on the depth path once it is warm: ours, those of our JSON path and of JSON.parse alone. */
async function measureGarbage(seed: number, quick: boolean): Promise<object> {
  const warm = quick ? 500 : 20_000;
  const counted = quick ? 2000 : 100_000;
  const tape = depthTape('garbage', BTC, warm + counted + FEW, seed);
  const found: object[] = [];
  for (const contender of [perpscope, perpscopeJson, jsonParse]) {
    const run = contender.start(tape);
    run.turn(0, warm);
    collectAll();
    const scavenges = await scavengesDuring(() => run.turn(warm, warm + counted));
    found.push({ scavenges, bytes: bytesPerMessage(run, warm + counted) });
  }
  return { messages: counted, perpscope: found[0], jsonPath: found[1], json: found[2] };
}

const [task, seed, quick] = process.argv.slice(2);
const tasks = {
  rings: () => measureRings(),
  books: () => measureBooks(Number(seed), quick === 'quick'),
  garbage: () => measureGarbage(Number(seed), quick === 'quick'),
};
process.stdout.write(`${JSON.stringify(await tasks[task as keyof typeof tasks]())}\n`);
