import { describe, expect, test } from 'vitest';
import { driftDefinitions, driftGrounds } from '../../src/frame/drift-lineage.ts';
import { marketDefinitions, marketGrounds } from '../../src/frame/market.ts';
import { regimeDefinitions, regimeGrounds } from '../../src/frame/regime-lineage.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { DAY } from '../../src/model/units.ts';
import { futureOf, withFutures } from '../support/dated.ts';
import { engineFor, lastFrame, linesOf } from '../support/engine.ts';
import { liveValue } from '../support/market.ts';
import { TAPE_START, tape } from '../support/tape.ts';

const FUTURES = [30, 120].map((days) => futureOf('binance', (TAPE_START + days * DAY) as never));
const engine = engineFor();
const frame = lastFrame(linesOf(engine, withFutures(tape({ seconds: 65 }), FUTURES)));
const { signals, lead } = engine.assets.get('BTC')!;
const WEEK = 7 * DAY;

/** Paths of the readings and counts of a part of the frame. */
function pathsOf(node: unknown, at: string): string[] {
  if (typeof node === 'number') return [at];
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return [];
  if ('state' in node) return [at];
  return Object.entries(node).flatMap(([key, value]) => pathsOf(value, `${at}.${key}`));
}

const valueAt = (name: string): unknown =>
  name.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], frame);

/** Instants are no numbers that need a word. */
const isInstant = (name: string) => /cellClose|since$/.test(name);

test.each([
  ['drift', driftDefinitions],
  ['regime', regimeDefinitions],
  ['market', marketDefinitions],
] as const)('every number under %s is defined, and nothing else', (section, definitions) => {
  const paths = pathsOf(frame[section], section).filter((name) => !isInstant(name));
  expect(Object.keys(definitions).sort()).toEqual(paths.sort());
  for (const [name, { formula, inputs }] of Object.entries(definitions)) {
    expect(formula.length, name).toBeGreaterThan(3);
    for (const input of inputs)
      if ('path' in input) expect(valueAt(input.path), `${name} ← ${input.path}`).toBeDefined();
  }
});

describe('the grounds of drift', () => {
  const of = (name: string) => driftGrounds(signals, DEFAULT_SETTINGS, name)!;

  test.each([
    ['drift.zFunding', frame.drift.zFunding],
    ['drift.zOiChange', frame.drift.zOiChange],
    ['drift.zBasis', frame.drift.zBasis],
    ['drift.dated.zBasis', frame.drift.dated.zBasis],
    ['drift.committed.zFunding', frame.drift.committed!.zFunding],
    ['drift.committed.zOiChange', frame.drift.committed!.zOiChange],
    ['drift.committed.zBasis', frame.drift.committed!.zBasis],
  ])('of %s give the window and the moments that it is made of', (name, reading) => {
    const { window, parameters } = of(name);
    expect(window).toMatchObject({ span: WEEK, full: 168 });
    expect(window!.count).toBeGreaterThan(160);
    const { x, mean, sd } = parameters as Record<string, number>;
    expect((x! - mean!) / sd!).toBeCloseTo(liveValue(reading), 12);
  });

  test('count the settlements in a window of funding, not its samples', () => {
    expect(of('drift.zFunding').window).toMatchObject({ nEff: 21, count: 168 });
    expect(of('drift.zBasis').window).not.toHaveProperty('nEff');
  });

  test('of the gate give its 30 days, and the threshold in force', () => {
    expect(of('drift.quantile')).toEqual({
      window: { span: 30 * DAY, count: frame.drift.cells, full: 720 },
      parameters: {
        quantile: 0.85,
        minCells: 48,
        fixedThreshold: null,
        threshold: liveValue(frame.drift.quantile),
      },
    });
    const settings = { ...DEFAULT_SETTINGS, gate: { ...DEFAULT_SETTINGS.gate, threshold: 0.5 } };
    expect(driftGrounds(signals, settings, 'drift.flip.zBasis')?.parameters).toMatchObject({
      fixedThreshold: 0.5,
      threshold: 0.5,
    });
    expect(of('drift.committed.active').parameters).toMatchObject({
      threshold: liveValue(frame.drift.committed!.quantile),
    });
  });

  test('of the terms give their weights, and of the rest nothing', () => {
    expect(of('drift.mu1')).toEqual({ parameters: { alpha: 1 } });
    expect(of('drift.mu3')).toEqual({ parameters: { gamma: 0 } });
    expect(of('drift.dated.rho')).toEqual({ parameters: { rho: 'distance' } });
    expect(of('drift.mu')).toBeUndefined();
    const { signals: none } = engineFor({ assets: ['BTC'] }).assets.get('BTC')!;
    expect(driftGrounds(none, DEFAULT_SETTINGS, 'drift.zBasis')).toBeUndefined();
  });
});

describe('the grounds of the regime', () => {
  const of = (name: string) =>
    regimeGrounds(signals, lead.perp, DEFAULT_SETTINGS, name, engine.now)!;

  test('of the label are the thresholds in force, lower for what holds', () => {
    const held = (label: 'neutral' | 'deleveraging stress' | 'crowded carry short') => {
      const state = { ...signals, regime: { ...signals.regime, announced: label } };
      return regimeGrounds(state, lead.perp, DEFAULT_SETTINGS, 'regime.label', engine.now)
        ?.parameters;
    };
    expect(held('neutral')).toEqual({
      oiShock: -2,
      liquidationZ: 3,
      depthRank: 0.2,
      fundingZLong: 1,
      fundingZShort: -1,
      held: 'neutral',
      holdSeconds: 5,
      exitShare: 0.75,
    });
    expect(held('deleveraging stress')).toMatchObject({ oiShock: -1.5, liquidationZ: 2.25 });
    expect(held('crowded carry short')).toMatchObject({ fundingZLong: 1, fundingZShort: -0.75 });
  });

  test('of its z-scores are their windows', () => {
    expect(of('regime.oiShock')).toMatchObject({
      window: { span: WEEK, full: 168 },
      parameters: { stressBelow: -2 },
    });
    // Crowded long holds, and is left later than it was entered.
    expect(of('regime.fundingZ')).toMatchObject({
      window: { nEff: 21 },
      parameters: { fundingZLong: 0.75, fundingZShort: -1 },
    });
    // One hour has closed since anybody looked at a book.
    expect(of('regime.depthRank').window).toEqual({ span: WEEK, count: 1, full: 167 });
    expect(of('regime.liquidationZ').parameters).toMatchObject({ stressFrom: 3, minValues: 24 });
    expect(of('regime.oiChange')).toBeUndefined();
  });

  test('of what is conditional on it say how much of the week is known', () => {
    expect(of('regime.conditional.spreadQ90Carry')).toEqual({
      window: { span: WEEK, count: 1, full: 10_080 },
      parameters: { knownMinutes: frame.regime.conditional.knownMinutes },
    });
  });
});

test('the grounds of the market are its assets and those left out', () => {
  expect(marketGrounds(frame.market)).toEqual({ parameters: { assets: 1 }, excluded: [] });
});
