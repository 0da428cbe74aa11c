import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Stored } from '../../../src/app/past/stored.ts';
import { frameOf } from '../../../src/engine/frame-of.ts';
import { step } from '../../../src/engine/step.ts';
import type { Frame, OutputLine } from '../../../src/frame/frame.ts';
import type { Kept } from '../../../src/model/kept.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { MINUTE, micros, SECOND } from '../../../src/model/units.ts';
import { Store } from '../../../src/store/store.ts';
import { configOf } from '../../support/config.ts';
import { engineFor, framesIn } from '../../support/engine.ts';
import { TAPE_START, tape } from '../../support/tape.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'perpscope-stored-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;

const MINUTES = 12;
/** Ten minutes after the beginning, on a full minute; a cell closes one minute after the beginning. */
const END = TAPE_START + MINUTES * MINUTE;
const THEN = micros(TAPE_START + 10 * MINUTE);

/** A run of some minutes: what it kept, and its frame at every full minute. */
function runOf() {
  const engine = engineFor({ assets: ['BTC'] });
  const kept: { readonly at: number; readonly kept: Kept }[] = [];
  const frames = new Map<number, Frame>();
  for (const event of tape({ seconds: MINUTES * 60, historyHours: 200, liquidationEvery: 20 })) {
    for (const effect of step(engine, event)) {
      if (effect.kind === 'keep') kept.push({ at: event.tsLocal, kept: effect.kept });
      if (effect.kind !== 'emit' || effect.line.type !== 'event') continue;
      const { kind: name, tsLocal, asset, subject, text, data } = effect.line;
      const told = { name, tsLocal, asset, subject, text, data: JSON.stringify(data) };
      kept.push({ at: tsLocal, kept: { kind: 'event', ...told } });
    }
    if (event.kind === 'tick' && event.tsLocal % MINUTE === 0)
      frames.set(event.tsLocal, frameOf(engine, 'BTC', event.tsLocal));
  }
  return { kept, frames };
}

const RUN = runOf();

/** What is made of a store that holds what was kept until an instant. */
function madeFrom(until: number) {
  files += 1;
  const file = path.join(dir, `history-${files}.db`);
  const store = new Store({ file, settings: 'ours', onNotice: () => {} });
  const kept = RUN.kept.filter(({ at }) => at <= until).map((one) => one.kept);
  expect(store.write(kept, micros(until))).toBe(true);
  store.close();
  const lines: OutputLine[] = [];
  const job = {
    kind: 'store',
    config: configOf({ assets: ['BTC'] }),
    file,
    source: 'demo',
  } as const;
  const stored = new Stored(
    job,
    (line) => lines.push(line),
    () => lines.splice(0),
  );
  return { stored, lines, file };
}

const frameAt = (lines: readonly OutputLine[], at: number): Frame =>
  framesIn(lines).find(({ tsLocal }) => tsLocal === at)!;

describe('an instant made anew from the store', () => {
  const { stored, lines } = madeFrom(END);
  const made = stored.at(micros(THEN + 30 * SECOND));
  const again = frameAt(lines, THEN);
  const then = RUN.frames.get(THEN)!;

  test('has a frame a minute around it', () => {
    expect(made.reason).toBeNull();
    expect(framesIn(lines).map(({ tsLocal }) => tsLocal % MINUTE)).toEqual(
      framesIn(lines).map(() => 0),
    );
    expect(again).toBeDefined();
  });

  test('holds the cells, funding, open interest, liquidations and price of then', () => {
    const { cellClose, ...committed } = then.drift.committed!;
    expect(again.drift.committed?.cellClose).toBe(cellClose);
    for (const [name, reading] of Object.entries(committed)) {
      const found = again.drift.committed![name as keyof typeof committed];
      expect(found.state, name).toBe(reading.state);
      if (typeof reading.value === 'number') expect(found.value).toBeCloseTo(reading.value, 9);
    }
    // Notes are a minute apart: what moves all the time is as of the last one.
    const share = (found: Reading, of: Reading) => (found.value as number) / (of.value as number);
    expect(share(again.openInterest.coin, then.openInterest.coin)).toBeCloseTo(1, 2);
    expect(share(again.price, then.price)).toBeCloseTo(1, 2);
    expect(share(again.funding.oiWeighted, then.funding.oiWeighted)).toBeCloseTo(1, 1);
    expect(again.liquidations.h1.long.value).toBeCloseTo(then.liquidations.h1.long.value!, 6);
    expect(again.liquidations.tape).toEqual(then.liquidations.tape);
  });

  test('has no book, and says so instead of showing an old one', () => {
    const perp = again.book.byInstrument[again.basis.perpInstrument!]!;
    expect(perp.status).toBe('none');
    expect(perp.bid.state).toBe('absent');
    expect(perp.oib.state).toBe('absent');
  });

  test('tells the events that had been told by then', () => {
    const told = lines.filter((line) => line.type === 'event');
    expect(told.length).toBeGreaterThan(0);
    expect(told.every(({ tsLocal }) => tsLocal <= made.to)).toBe(true);
  });

  test('knows nothing of what came later: a store that ends there gives the same frames', () => {
    const ended = madeFrom(THEN);
    ended.stored.at(THEN);
    for (const at of [THEN - 5 * MINUTE, THEN])
      expect(JSON.stringify(frameAt(ended.lines, at))).toBe(JSON.stringify(frameAt(lines, at)));
  });
});

test('an instant of which nothing is kept has a reason, and so has a store that is not there', () => {
  const { stored, lines } = madeFrom(THEN);
  expect(stored.at(micros(TAPE_START - 5000 * 3600 * SECOND)).reason).toMatch(/nothing/);
  expect(lines).toEqual([]);
  const job = {
    kind: 'store',
    config: configOf({}),
    file: '/no/such/file',
    source: 'demo',
  } as const;
  const missing = new Stored(
    job,
    () => {},
    () => {},
  );
  expect(() => missing.at(THEN)).toThrow(/nothing has been kept/);
});

test('turns are found in both directions, of that asset alone', () => {
  const { stored } = madeFrom(END);
  const turns = RUN.kept
    .map(({ kept }) => kept)
    .filter((one) => one.kind === 'event')
    .filter(({ name }) => /^(gate|regime|cascade)/.test(name));
  expect(stored.turn(micros(0), 'BTC', 1)?.text).toBe(turns[0]?.text);
  expect(stored.turn(micros(THEN + MINUTE * 60), 'BTC', -1)?.text).toBe(turns.at(-1)?.text);
  expect(stored.turn(micros(0), 'ETH', 1)).toBeNull();
});
