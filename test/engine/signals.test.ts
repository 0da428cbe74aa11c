import { deserialize, serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import type { EngineState } from '../../src/engine/engine-state.ts';
import { step } from '../../src/engine/step.ts';
import { hourAt } from '../../src/market/hourly.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import { DAY, HOUR, micros, SECOND } from '../../src/model/units.ts';
import { futureOf, withFutures } from '../support/dated.ts';
import { engineFor, eventsIn, framesIn, lastFrame, linesOf, textOf } from '../support/engine.ts';
import { liveValue } from '../support/market.ts';
import { listingOf, perpOf, randomOf, TAPE_START, tape } from '../support/tape.ts';

/** The near one expires as the first cell of the tape closes, the others follow. */
const CLOSE = micros(TAPE_START + 60 * SECOND);
const NEAR = futureOf('binance', CLOSE);
const NEXT = futureOf('binance', micros(CLOSE + 28 * DAY));
const FAR = futureOf('binance', micros(CLOSE + 112 * DAY));

const WITH_GAMMA: EngineSettings = {
  ...DEFAULT_SETTINGS,
  drift: { ...DEFAULT_SETTINGS.drift, gamma: 0.7 },
};

const EVENTS = withFutures(tape({ seed: 3, seconds: 75 }), [FAR, NEAR, NEXT]);
const LINES = linesOf(engineFor({ settings: WITH_GAMMA }), EVENTS);

describe('expiry pressure', () => {
  const frames = framesIn(LINES, 'BTC');
  const before = frames.find(({ tsLocal }) => tsLocal === CLOSE - SECOND)!;
  const after = frames.at(-1)!;

  test('is γ · ρ · z of the front dated future, and a part of μ', () => {
    for (const { drift } of [before, after]) {
      const { rho, zBasis } = drift.dated;
      expect(liveValue(drift.mu3)).toBeCloseTo(0.7 * liveValue(rho) * liveValue(zBasis), 12);
      const parts = [drift.mu1, drift.mu2, drift.mu3].map(liveValue);
      expect(liveValue(drift.mu)).toBeCloseTo(parts[0]! + parts[1]! + parts[2]!, 12);
    }
  });

  test('rolls to the next contract as the front one expires', () => {
    expect(liveValue(before.drift.dated.instrument)).toBe(NEAR.id);
    expect(liveValue(before.drift.dated.daysToExpiry)).toBeCloseTo(1 / 86_400, 12);
    expect(liveValue(before.drift.dated.rho)).toBeLessThan(1e-6);
    expect(liveValue(after.drift.dated.instrument)).toBe(NEXT.id);
    expect(liveValue(after.drift.dated.rho)).toBeCloseTo(0.25, 4);
  });

  test('is exactly nothing while γ is 0, whatever expires: the lines say the same of all else', () => {
    const plain = lastFrame(linesOf(engineFor(), EVENTS)).drift;
    expect(liveValue(plain.mu3)).toBe(0);
    expect(liveValue(plain.mu)).toBe(liveValue(plain.mu1) + liveValue(plain.mu2));
    expect(plain.dated).toEqual(after.drift.dated);
    const without = lastFrame(linesOf(engineFor(), tape({ seed: 3, seconds: 75 }))).drift;
    expect(without).toEqual({ ...plain, dated: without.dated });
  });

  test('is absent where γ is set and nothing dated is listed: μ waits for it', () => {
    const settings = WITH_GAMMA;
    const { drift } = lastFrame(linesOf(engineFor({ settings }), tape({ seed: 3, seconds: 5 })));
    expect(drift.mu3).toEqual({ state: 'absent', value: null, reason: 'no dated future' });
    expect(drift.mu).toEqual(drift.mu3);
    expect(drift.dated.instrument).toEqual(drift.mu3);
  });

  test('is marked where its future is polled, and with it what rests on it', () => {
    const polled = [FAR, NEXT].map((future) => ({ ...future, polledEveryMs: 5000 }));
    const events = withFutures(tape({ seed: 3, seconds: 5 }), polled);
    const marksIn = (settings: EngineSettings) => {
      const { drift } = lastFrame(linesOf(engineFor({ settings }), events));
      const names = ['mu', 'd', 'active', 'mu1', 'mu2', 'mu3'] as const;
      return names.filter((name) => (drift[name] as { polled?: boolean }).polled === true);
    };
    expect(marksIn(WITH_GAMMA)).toEqual(['mu', 'd', 'active', 'mu3']);
    expect(marksIn(DEFAULT_SETTINGS)).toEqual([]);
  });

  test('counts down to expiry where it weighs by proximity', () => {
    const settings: EngineSettings = {
      ...WITH_GAMMA,
      drift: { ...WITH_GAMMA.drift, rho: 'proximity' },
    };
    const { drift } = lastFrame(linesOf(engineFor({ settings }), EVENTS));
    expect(liveValue(drift.dated.rho)).toBeCloseTo(0.75, 4);
  });
});

test('what has only begun says how far it has come', () => {
  const events = tape({ seed: 3, seconds: 40, historyHours: 0, start: TAPE_START });
  const { drift, cascade, regime, quality } = lastFrame(linesOf(engineFor(), events));
  const reasonOf = (reading: { readonly state: string; readonly reason?: string }) =>
    reading.reason;
  expect(reasonOf(drift.zOiChange)).toBe('warming 0/168');
  expect(reasonOf(cascade.longWithin5)).toBe('warming 0/25 % of entries known: binance');
  expect(reasonOf(regime.conditional.spreadQ90Carry)).toBe('never crowded in 0 min known of 7 d');
  expect(quality.filter(({ state }) => state === 'warming').length).toBeGreaterThan(0);
});

describe('the signals', () => {
  test('of a prefix are a prefix of the signals: nothing of them looks ahead', () => {
    const whole = textOf(LINES);
    const random = randomOf(21);
    for (let i = 0; i < 4; i += 1) {
      const cut = Math.floor(random() * EVENTS.length);
      const part = textOf(linesOf(engineFor({ settings: WITH_GAMMA }), EVENTS.slice(0, cut)));
      expect(part).toEqual(whole.slice(0, part.length));
    }
  });

  const cellsOf = (engine: EngineState) => {
    const { series } = engine.assets.get('BTC')!.signals;
    return Array.from({ length: 200 }, (_, i) =>
      (['mu', 'd', 'quantile', 'active', 'oiChange', 'funding8h', 'basis', 'dated'] as const).map(
        (name) => hourAt(series[name], series.lastHour - i),
      ),
    );
  };

  test('of closed cells do not change by what comes after them', () => {
    const early = engineFor({ settings: WITH_GAMMA });
    const until = EVENTS.findIndex((event) => event.kind === 'tick' && event.tsLocal >= CLOSE) + 1;
    for (const event of EVENTS.slice(0, until)) step(early, event);
    const known = cellsOf(early);
    const late: EngineState = deserialize(serialize(early));
    for (const event of EVENTS.slice(until)) step(late, event);
    expect(cellsOf(late)).toEqual(known);
    // A contract listed since does not weigh on the cells before it, not even when they are made again.
    const another = futureOf('binance', micros(CLOSE + 400 * DAY));
    step(late, { kind: 'listing', instrument: another, tsLocal: late.now });
    late.assets.get('BTC')!.signals.historyChanged = true;
    step(late, { kind: 'tick', tsLocal: micros(late.now + SECOND) });
    expect(cellsOf(late)).toEqual(known);
  });

  test('made again after a restart read the expired contract as it was sampled', () => {
    const engine = engineFor({ settings: WITH_GAMMA });
    const kept: EngineEvent[] = [];
    for (const event of EVENTS)
      for (const effect of step(engine, event))
        if (
          effect.kind === 'keep' &&
          effect.kept.kind === 'hours' &&
          effect.kept.instrument !== NEAR.id
        )
          kept.push({ kind: 'recalled', what: effect.kept, tsLocal: engine.now });
    const hour = CLOSE / HOUR;
    const sampled = hourAt(engine.market.instruments.get(perpOf('BTC'))!.history.datedBasis, hour);
    expect(sampled).toBeGreaterThan(0);
    const again = engineFor({ settings: WITH_GAMMA });
    const later = tape({
      seed: 3,
      seconds: 3,
      start: micros(CLOSE + 600 * SECOND),
      historyHours: 0,
    });
    const [first, ...rest] = withFutures(later, [FAR, NEXT], { historyHours: 0 });
    for (const event of [
      first!,
      ...kept.map((one) => ({ ...one, tsLocal: first!.tsLocal })),
      ...rest,
    ])
      step(again, event);
    const { series } = again.assets.get('BTC')!.signals;
    expect(hourAt(series.dated, hour)).toBe(sampled);
  });
});

describe('settlement windows', () => {
  const MINUTES = 60 * SECOND;
  /** 16:00, a settlement of all intervals. */
  const SETTLES = micros(TAPE_START + 181 * MINUTES);

  /** Ticks by the half minute from a quarter of an hour before a settlement to one after it; `said` is what the venue says and when. */
  function windowsOf(said: (now: number) => readonly object[]) {
    const engine = engineFor();
    const instrument = perpOf('BTC');
    const events: object[] = [
      { kind: 'listing', instrument: listingOf('binance', 'BTC', 'perp'), tsLocal: SETTLES - HOUR },
    ];
    for (let now = SETTLES - 15 * MINUTES; now <= SETTLES + 15 * MINUTES; now += 30 * SECOND)
      events.push(
        ...said(now).map((event) => ({ ...event, instrument, tsExchange: null, tsLocal: now })),
        { kind: 'tick', tsLocal: now },
      );
    return eventsIn(linesOf(engine, events as EngineEvent[]), 'settlementWindow').map(
      ({ tsLocal, data }) => ({
        minute: (tsLocal - SETTLES) / MINUTES,
        inside: data['inside'],
        settlesAt: data['settlesAt'],
      }),
    );
  }

  const WHOLE = [
    { minute: -5, inside: true, settlesAt: SETTLES },
    { minute: 5.5, inside: false, settlesAt: SETTLES },
  ];
  const predicted = (nextFundingTs: number) => ({
    kind: 'fundingPredicted',
    fundingRate: 0.0001,
    nextFundingTs,
  });
  const every = (hours: number) => ({ kind: 'fundingInterval', hours, basis: 'listed' });
  const nextOf = (now: number, hours: number) =>
    predicted(now < SETTLES ? SETTLES : SETTLES + hours * HOUR);

  test.each([1, 2, 4, 8])(
    'of %i h funding open five minutes before and close five after',
    (hours) => {
      expect(windowsOf((now) => [every(hours), nextOf(now, hours)])).toEqual(WHOLE);
    },
  );

  test('stay open to their end when the interval changes with the settlement', () => {
    const changing = (now: number) =>
      now < SETTLES + 3 * MINUTES ? [every(8), nextOf(now, 4)] : [every(4), nextOf(now, 4)];
    expect(windowsOf(changing)).toEqual(WHOLE);
  });

  test('do not need the interval, nor that the venue names the next settlement at once', () => {
    expect(windowsOf((now) => [nextOf(now, 8)])).toEqual(WHOLE);
    expect(windowsOf(() => [every(8), predicted(SETTLES)])).toEqual(WHOLE);
  });

  test('are told of late where the venue is heard late, and not at all where funding flows', () => {
    const late = windowsOf((now) => (now < SETTLES ? [] : [every(8), nextOf(now, 8)]));
    expect(late).toEqual([{ ...WHOLE[0], minute: 0 }, WHOLE[1]]);
    expect(windowsOf(() => [every(8), { ...predicted(0), nextFundingTs: null }])).toEqual([]);
  });
});
