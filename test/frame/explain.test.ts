import { describe, expect, test } from 'vitest';
import { frameOf } from '../../src/engine/frame-of.ts';
import { assetFeatures, instrumentFeatures } from '../../src/features/index.ts';
import { frameDefinitions } from '../../src/frame/definitions.ts';
import { explain, readingPaths, valueAt } from '../../src/frame/explain.ts';
import type { Frame } from '../../src/frame/frame.ts';
import { homeOf, pathOfEntry } from '../../src/frame/homes.ts';
import { SECOND } from '../../src/model/units.ts';
import { engineFor, lastFrame, linesOf } from '../support/engine.ts';
import { TAPE_START, tape } from '../support/tape.ts';

const events = tape({ assets: ['BTC', 'SOL'], venues: ['binance', 'okx'], seconds: 75 });
const engine = engineFor();
const lines = linesOf(engine, events);
const frame: Frame = frameOf(engine, 'BTC', engine.now, { withGrounds: true });
const PERP = 'binance:BTC/USDT:USDT';

/** A path with the names that only the market knows taken out, so that a failure is read once. */
const patternOf = (path: string): string =>
  path.replace(/(byInstrument|byVenue)\.[^.]+(?=\.|$)/g, '$1.*').replace(/\.\d+(?=\.|$)/g, '.*');

describe('every number of a frame explains itself', () => {
  test('with a formula, a unit and where it is written', () => {
    const missing = new Set<string>();
    for (const path of readingPaths(frame)) {
      const lineage = explain(frame, path);
      if (lineage === undefined) missing.add(patternOf(path));
      else
        expect(lineage).toMatchObject({
          formula: expect.stringMatching(/\S/),
          unit: expect.stringMatching(/\S/),
          reference: expect.stringMatching(/\S/),
        });
    }
    expect([...missing]).toEqual([]);
  });

  test('and inputs that are in the frame', () => {
    const lost = new Set<string>();
    for (const path of readingPaths(frame))
      for (const { name, fact } of explain(frame, path)?.inputs ?? [])
        if (fact === null && valueAt(frame, name) === undefined)
          lost.add(`${patternOf(path)} ← ${patternOf(name)}`);
    expect([...lost]).toEqual([]);
  });

  test('and has one definition', () => {
    for (const features of [instrumentFeatures, assetFeatures]) {
      const names = features.flatMap(({ define }) => Object.keys(define));
      expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    }
    const paths = frameDefinitions.flatMap((definitions) => Object.keys(definitions));
    expect(paths.filter((path, at) => paths.indexOf(path) !== at)).toEqual([]);
    expect(paths.filter((path) => homeOf(path) !== undefined)).toEqual([]);
  });
});

test('inputs carry venue, listing, the time they were heard and their age', () => {
  const mid = `book.byInstrument.${PERP}.mid`;
  const lineage = explain(frame, 'basis.venue');
  expect(lineage?.inputs[0]).toMatchObject({
    name: mid,
    venue: 'binance',
    instrument: PERP,
    reading: valueAt(frame, mid),
    heardTs: frame.heard[PERP]?.book,
    age: frame.tsLocal - frame.heard[PERP]!.book!,
  });
});

test('the age of a number that is computed is that of the oldest thing it rests on', () => {
  const lineage = explain(frame, 'cascade.ratio');
  const oldest = Math.min(...lineage!.inputs.map(({ heardTs }) => heardTs!));
  const { openInterest, book } = frame.heard[PERP]!;
  expect(oldest).toBe(Math.min(openInterest!, book!, frame.heard[PERP]!.mark!));
});

test('windows say how far back they reach, and how full they are', () => {
  expect(explain(frame, `features.byInstrument.${PERP}.oibQ50m1`)?.window).toEqual({
    span: 60 * SECOND,
    count: 60,
    full: 60,
  });
});

test('without grounds the rest is told all the same', () => {
  const plain = lastFrame(lines);
  expect(plain.grounds).toBeUndefined();
  const lineage = explain(plain, `features.byInstrument.${PERP}.oibQ50m1`);
  expect(lineage).toMatchObject({ formula: 'median of OIB, 1 min' });
  expect(lineage).not.toHaveProperty('window');
});

test('what is no number has no lineage', () => {
  expect(explain(frame, 'quality')).toBeUndefined();
  expect(explain(frame, 'nothing.here')).toBeUndefined();
  expect(explain(frame, '')).toBeUndefined();
});

test('an engine that was asked for grounds is what it was', () => {
  const copy = structuredClone(engine);
  frameOf(engine, 'SOL', engine.now, { withGrounds: true });
  expect(engine).toEqual(copy);
});

test('the home of an entry is the path under which it stands', () => {
  const standing = { instrument: PERP, venue: 'binance', standsForVenue: true, isLead: true };
  for (const { define } of instrumentFeatures)
    for (const entry of Object.keys(define)) {
      const home = homeOf(pathOfEntry(entry, standing));
      expect(home?.entry).toBe(entry);
      const other = { ...standing, standsForVenue: false, isLead: false };
      expect(homeOf(pathOfEntry(entry, other))).toEqual({ kind: 'listing', entry, name: PERP });
    }
});

test('keys that hold dots are found', () => {
  expect(valueAt({ a: { 'b.c': { d: 1 }, b: { x: 2 } } }, 'a.b.c.d')).toBe(1);
  expect(valueAt({ a: { 'b.c': { d: 1 }, b: { x: 2 } } }, 'a.b.x')).toBe(2);
  expect(valueAt([{ a: 1 }, { a: 2 }], '1.a')).toBe(2);
  expect(TAPE_START).toBeLessThan(frame.tsLocal);
});
