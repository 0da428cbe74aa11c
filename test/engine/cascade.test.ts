import { describe, expect, test } from 'vitest';
import { frameOf } from '../../src/engine/frame-of.ts';
import { step } from '../../src/engine/step.ts';
import { cascadeGrounds } from '../../src/frame/cascade.ts';
import { frameDefinitions } from '../../src/frame/definitions.ts';
import { explain } from '../../src/frame/explain.ts';
import type { Frame } from '../../src/frame/frame.ts';
import { liquidationGrounds } from '../../src/frame/liquidations.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { micros, SECOND } from '../../src/model/units.ts';
import { cohortsIn } from '../../src/signals/cohorts.ts';
import { engineFor, framesIn, lastFrame, linesOf } from '../support/engine.ts';
import { liveValue } from '../support/market.ts';
import { perpOf, TAPE_START, type TapeOptions, tape } from '../support/tape.ts';

const { cascade: SETTINGS } = DEFAULT_SETTINGS;

/** A tape on which a venue tells of every liquidation. */
const complete = (options: TapeOptions, venue: string): EngineEvent[] =>
  tape(options).map((event) =>
    event.kind === 'liquidationCoverage' && event.feed === `${venue}-usdm`
      ? { ...event, completeness: 'all', note: 'all of them' }
      : event,
  );

const TWO: TapeOptions = { venues: ['binance', 'bybit'], seconds: 20, liquidationEvery: 5 };

describe('the cascade of several venues', () => {
  const frame = lastFrame(linesOf(engineFor(), tape(TWO)));
  const { cascade, liquidations } = frame;

  test('is the sum of what each venue adds', () => {
    for (const side of ['longWithin5', 'shortWithin5'] as const) {
      const parts = Object.values(cascade.byVenue).map((venue) => liveValue(venue[side]));
      expect(parts).toHaveLength(2);
      expect(parts[0]! + parts[1]!).toBeCloseTo(liveValue(cascade[side]), 3);
    }
    expect(cascade.excluded).toEqual([]);
    expect(cascade.longWithin5).not.toHaveProperty('partial');
  });

  test('lies in its band, bin by bin too', () => {
    for (const side of ['long', 'short'] as const) {
      const shown = liveValue(cascade[`${side}Within5`]);
      expect(liveValue(cascade[`${side}Within5Low`])).toBeLessThanOrEqual(shown);
      expect(liveValue(cascade[`${side}Within5High`])).toBeGreaterThanOrEqual(shown);
    }
    for (const { low, notional, high } of cascade.levels) {
      expect(low).toBeLessThanOrEqual(notional);
      expect(notional).toBeLessThanOrEqual(high);
    }
    expect(cascade.levels.length).toBeGreaterThan(10);
    expect(cascade.levels.length).toBeLessThanOrEqual(82);
  });

  test('has totals of liquidations by venue that add up to those of the asset', () => {
    for (const window of ['h1', 'h24'] as const)
      for (const side of ['long', 'short'] as const) {
        const parts = Object.values(liquidations.byVenue).map((venue) =>
          liveValue(venue[window][side]),
        );
        expect(parts.reduce((sum, usd) => sum + usd, 0)).toBeCloseTo(
          liveValue(liquidations[window][side]),
          3,
        );
      }
    expect(liquidations.byVenue['binance']?.h1.long).toMatchObject({ sampled: true });
  });

  test('leaves a venue out whose entries are not known, and says so', () => {
    const young = tape(TWO).filter(
      (event) =>
        !(
          event.kind === 'historyPage' &&
          event.series === 'openInterest' &&
          event.instrument.startsWith('bybit:')
        ),
    );
    const settings = {
      ...DEFAULT_SETTINGS,
      cascade: { ...SETTINGS, minCoveredShare: 0.4 },
    };
    const shown = lastFrame(linesOf(engineFor({ settings }), young)).cascade;
    expect(shown.excluded).toEqual(['bybit: warming 0/25 % of entries known']);
    expect(shown.longWithin5).toMatchObject({ state: 'live', partial: true, estimated: true });
    expect(shown.byVenue['bybit']?.longWithin5).toMatchObject({ state: 'absent' });
    expect(shown.longWithin5.value).toBe(shown.byVenue['binance']?.longWithin5.value);
  });

  test('has no level while most of the open interest is not covered: that is not low', () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      cascade: {
        ...SETTINGS,
        tiers: { binance: SETTINGS.tiers['binance']! },
        minCoveredShare: 0.6,
      },
    };
    const shown = lastFrame(linesOf(engineFor({ settings }), tape(TWO))).cascade;
    expect(shown.level).toMatchObject({
      state: 'absent',
      reason: expect.stringMatching(/^warming \d+\/60 % of open interest covered$/),
    });
    expect(shown.levels).toEqual([]);
    expect(shown.byVenue['binance']?.longWithin5.state).toBe('live');
    expect(shown.excluded).toEqual(['bybit: no maintenance margin rate']);
  });

  test('takes the brackets that a venue states over those of the settings', () => {
    const engine = engineFor();
    linesOf(engine, tape({ seconds: 10 }));
    const before = frameOf(engine, 'BTC', engine.now).cascade;
    expect(before.byVenue['binance']?.tiers).toBe('settings');
    step(engine, {
      kind: 'maintenanceTiers',
      instrument: perpOf('BTC'),
      tiers: [[null, 0.02, 20]],
      tsExchange: null,
      tsLocal: engine.now,
    });
    for (let i = 1; i <= 10; i += 1)
      step(engine, { kind: 'tick', tsLocal: micros(TAPE_START + (10 + i) * SECOND) });
    const after = frameOf(engine, 'BTC', engine.now).cascade;
    expect(after.byVenue['binance']?.tiers).toBe('venue');
    expect(after.longWithin5.value).not.toBe(before.longWithin5.value);
  });
});

describe('cohorts of a running engine', () => {
  test('add up to the open interest of their perp at every minute', () => {
    const engine = engineFor();
    let checks = 0;
    const start = micros(TAPE_START + 50 * SECOND);
    for (const event of tape({ venues: ['binance', 'okx'], start, seconds: 75 })) {
      step(engine, event);
      if (event.kind !== 'tick' || (event.tsLocal / SECOND) % 60 !== 0) continue;
      for (const { book, contracts } of engine.assets.get('BTC')!.cohorts.values()) {
        if (book.asOf !== event.tsLocal) continue;
        checks += 1;
        let sum = book.unplaced[1]! * book.worth[1]!;
        for (const { sizes } of cohortsIn(book)) sum += sizes[1];
        expect(sum / contracts).toBeCloseTo(1, 9);
        expect(book.total[1]).toBe(contracts);
      }
    }
    expect(checks).toBe(4);
  });
});

describe('the calibration', () => {
  const options: TapeOptions = {
    venues: ['binance', 'bybit'],
    // A little before 13:00, when a forecast is made.
    start: micros(TAPE_START + 40 * SECOND),
    seconds: 60,
    liquidationEvery: 5,
  };

  test('is absent where no venue tells of every liquidation', () => {
    const { calibration } = lastFrame(linesOf(engineFor(), tape({ seconds: 10 }))).cascade;
    for (const reading of Object.values(calibration))
      expect(reading).toMatchObject({ reason: 'no complete liquidation feed' });
  });

  test('judges only what came after a forecast, of the venue that tells of all', () => {
    const frames = framesIn(linesOf(engineFor(), complete(options, 'bybit')), 'BTC');
    const noon = frames.find(({ tsLocal }) => tsLocal === TAPE_START + 60 * SECOND)!;
    expect(liveValue(noon.cascade.calibration.prints)).toBe(0);
    const { calibration } = frames.at(-1)!.cascade;
    // One in five seconds since.
    expect(liveValue(calibration.prints)).toBe(8);
    expect(calibration.hitShare).toMatchObject({ state: 'live', partial: true, estimated: true });
  });
});

/** Paths of the readings of a section, names known only to the market as `*`. */
function pathsIn(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('state' in value && 'value' in value) return [path];
  return Object.entries(value).flatMap(([key, part]) =>
    pathsIn(part, `${path}.${/byVenue$/.test(path) ? '*' : key}`),
  );
}

test('every number of the cascade and of liquidations says what it is and what it rests on', () => {
  const frame: Frame = lastFrame(linesOf(engineFor(), tape({ seconds: 10 })));
  const definitions = Object.assign({}, ...frameDefinitions) as Record<string, unknown>;
  const paths = [
    ...pathsIn(frame.cascade, 'cascade'),
    ...pathsIn(frame.liquidations, 'liquidations'),
  ];
  expect(paths.length).toBeGreaterThan(30);
  // The ratio is a family's, and defined there.
  expect(explain(frame, 'cascade.ratio')?.formula).toMatch(/dOI/);
  for (const path of paths)
    if (path !== 'cascade.ratio') expect(definitions, path).toHaveProperty([path]);
  const grounds = cascadeGrounds('cascade.longWithin5Low', frame.cascade, SETTINGS);
  expect(grounds?.parameters).toMatchObject({
    'leverage: weight': '5× 0.3, 10× 0.3, 25× 0.2, 50× 0.12, 100× 0.08',
    withinShare: 0.05,
  });
  expect(cascadeGrounds('cascade.level', frame.cascade, SETTINGS)?.parameters).toEqual({
    medium: 100e6,
    high: 200e6,
    critical: 500e6,
  });
  expect(cascadeGrounds('cascade.ratio', frame.cascade, SETTINGS)).toBeUndefined();
  expect(liquidationGrounds('liquidations.h1.long', frame.liquidations)).toMatchObject({
    window: { span: 3600 * SECOND },
    parameters: { binance: 'latest order per symbol and second' },
  });
});
