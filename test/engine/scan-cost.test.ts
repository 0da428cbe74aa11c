import { describe, expect, test } from 'vitest';
import type { EngineState } from '../../src/engine/engine-state.ts';
import { scanOf } from '../../src/engine/scan-of.ts';
import { step } from '../../src/engine/step.ts';
import { engineFor } from '../support/engine.ts';
import { universe } from '../support/universe.ts';

/** Bytes of the typed arrays in a value, each counted once. */
function bytesIn(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return value.byteLength;
  const inner =
    value instanceof Map ? value.entries() : value instanceof Set ? value : Object.values(value);
  let sum = 0;
  for (const item of inner) sum += bytesIn(item, seen);
  return sum;
}

const microsOf = (runs: number, run: () => void): number => {
  const start = performance.now();
  for (let i = 0; i < runs; i += 1) run();
  return ((performance.now() - start) * 1000) / runs;
};

describe('five hundred perps with forty books', () => {
  const books = Array.from({ length: 40 }, (_, i) => i + 1);
  const events = universe({ perps: 500, seconds: 20, books });
  const engine: EngineState = engineFor({ assets: [], universe: true });
  let ticks = 0;
  let inTicks = 0;
  const inEvents = microsOf(1, () => {
    for (const event of events) {
      const start = performance.now();
      step(engine, event);
      if (event.kind !== 'tick') continue;
      inTicks += (performance.now() - start) * 1000;
      ticks += 1;
    }
  });

  test('make one line, whose cost is printed', () => {
    const scan = scanOf(engine, engine.now);
    expect(scan).toMatchObject({ listed: 500, books: { wanted: 40, whole: 40 } });
    const line = microsOf(20, () => scanOf(engine, engine.now));
    const text = microsOf(5, () => JSON.stringify(scan));
    console.info(
      `500 perps, 40 books: ${line.toFixed(0)} µs a scan, ${text.toFixed(0)} µs its JSON of ${JSON.stringify(scan).length} bytes, ` +
        `${(inTicks / ticks).toFixed(1)} µs a tick, ${(inEvents / events.length).toFixed(2)} µs an event`,
    );
  });

  test('take little memory beside their books', () => {
    const ofBooks = [...engine.market.instruments.values()].reduce(
      (sum, { book }) => sum + bytesIn(book.ladder),
      0,
    );
    const others = bytesIn(engine) - ofBooks;
    // A day of minutes would be 50 kB; of 99 and 300 rows it is two trails of 128 and 512 entries.
    expect(others / 500).toBeLessThan(12_000);
    expect(ofBooks).toBeGreaterThan(0);
  });
});
