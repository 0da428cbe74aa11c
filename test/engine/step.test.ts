import { deserialize, serialize } from 'node:v8';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { EngineState } from '../../src/engine/engine-state.ts';
import { frameOf } from '../../src/engine/frame-of.ts';
import { step } from '../../src/engine/step.ts';
import type { OutputLine } from '../../src/frame/frame.ts';
import { HOURS_KEPT, hourAt, hourOf } from '../../src/market/hourly.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { type Micros, micros, SECOND } from '../../src/model/units.ts';
import {
  engineFor,
  eventsIn,
  framesIn,
  lastFrame,
  linesOf,
  seriesIn,
  textOf,
} from '../support/engine.ts';
import { perpOf, randomOf, TAPE_START, type TapeOptions, tape } from '../support/tape.ts';

/** A minute before a close and half a minute after it, with everything that can happen in between. */
const BUSY: TapeOptions = {
  seed: 3,
  assets: ['BTC', 'SOL'],
  seconds: 90,
  outage: { at: 30, seconds: 12 },
  liquidationEvery: 5,
};

/** Half past twelve: no cell closes near it. */
const TAPE_EARLY = micros(TAPE_START - 1740 * SECOND);

const revived = (engine: EngineState): EngineState => deserialize(serialize(engine));

describe('the engine', () => {
  test('turns the same tape into the same bytes', () => {
    const first = textOf(linesOf(engineFor(), tape(BUSY)));
    expect(textOf(linesOf(engineFor(), tape(BUSY)))).toEqual(first);
    expect(first.length).toBeGreaterThan(200);
  });

  test('turns a prefix of the tape into a prefix of the lines', () => {
    const events = tape(BUSY);
    const whole = textOf(linesOf(engineFor(), events));
    const random = randomOf(11);
    for (let i = 0; i < 6; i += 1) {
      const cut = Math.floor(random() * events.length);
      const part = textOf(linesOf(engineFor(), events.slice(0, cut)));
      expect(part).toEqual(whole.slice(0, part.length));
    }
  });

  test('counts a print that comes twice once, whenever the second one comes', () => {
    const events = tape({ seed: 3, assets: ['BTC'], seconds: 90 }).map(
      (event, id): EngineEvent => (event.kind === 'trade' ? { ...event, id } : event),
    );
    const again = events.flatMap((event): EngineEvent[] =>
      event.kind === 'trade' ? [event, { ...event, tsLocal: micros(event.tsLocal + 1) }] : [event],
    );
    expect(again.length).toBeGreaterThan(events.length + 20);
    const flowIn = (played: readonly EngineEvent[]) =>
      framesIn(linesOf(engineFor(), played), 'BTC').map(({ flow }) => flow);
    expect(flowIn(again)).toEqual(flowIn(events));
  });

  test('resumed from a checkpoint goes on as if it had never stopped', () => {
    const events = tape(BUSY);
    const whole = textOf(linesOf(engineFor(), events));
    const random = randomOf(12);
    const cuts = Array.from({ length: 5 }, () => Math.floor(random() * events.length)).sort(
      (a, b) => a - b,
    );
    let engine = engineFor();
    const lines: OutputLine[] = [];
    let from = 0;
    for (const cut of [...cuts, events.length]) {
      lines.push(...linesOf(engine, events.slice(from, cut)));
      engine = revived(engine);
      from = cut;
    }
    expect(textOf(lines)).toEqual(whole);
  });

  test('is not changed by being looked at, now or ahead of time', () => {
    const events = tape(BUSY);
    const whole = textOf(linesOf(engineFor(), events));
    const watched = engineFor();
    const random = randomOf(13);
    const lines: OutputLine[] = [];
    for (const event of events) {
      lines.push(...linesOf(watched, [event]));
      if (random() < 0.7) continue;
      const before = random() < 0.01 ? serialize(watched) : undefined;
      for (const asset of [...watched.assets.keys(), 'XRP'])
        frameOf(watched, asset, micros(watched.now + Math.floor(random() * 5 * SECOND)));
      if (before !== undefined) expect(serialize(watched).equals(before)).toBe(true);
    }
    expect(textOf(lines)).toEqual(whole);
  });

  test('never goes back in time, not even when its events do', () => {
    const events = tape({ ...BUSY, assets: ['BTC'] });
    const random = randomOf(14);
    const shaken = events.map((event) =>
      event.kind !== 'tick' && random() < 0.2
        ? { ...event, tsLocal: micros(event.tsLocal - Math.floor(random() * 3 * SECOND)) }
        : event,
    );
    let last = 0;
    for (const line of linesOf(engineFor(), shaken)) {
      expect(line.tsLocal).toBeGreaterThanOrEqual(last);
      expect(Number.isInteger(line.tsLocal)).toBe(true);
      last = line.tsLocal;
    }
    expect(last).toBeGreaterThan(0);
  });

  test('ignores assets that nobody asked for', () => {
    const engine = engineFor({ assets: ['SOL'] });
    const lines = linesOf(engine, tape(BUSY));
    expect([...engine.assets.keys()]).toEqual(['SOL']);
    expect(framesIn(lines).every(({ asset }) => asset === 'SOL')).toBe(true);
    expect(eventsIn(lines).some(({ asset }) => asset === 'BTC')).toBe(false);
  });

  test('shows the assets asked for in their order, those never heard of too', () => {
    const engine = engineFor({ assets: ['ETH', 'BTC'] });
    const frames = framesIn(linesOf(engine, tape({ seconds: 3 })));
    expect(frames.slice(0, 2).map(({ asset }) => asset)).toEqual(['ETH', 'BTC']);
    expect(frames.at(-2)?.price).toMatchObject({ state: 'absent', reason: 'no perp listed yet' });
    expect(frames.at(-1)?.price.state).toBe('live');
  });

  test('says in every line where it comes from', () => {
    const engine = engineFor({ source: 'replay', origin: 'recording' });
    for (const line of linesOf(engine, tape({ seconds: 5 })))
      expect(line).toMatchObject({ v: 1, source: 'replay', origin: 'recording' });
  });
});

type Leaf = readonly [path: string, leaf: unknown];

/** Every number, text and hole of a line, with its path; a record or list without any is none. */
function leavesOf(value: unknown, path = '', into: Leaf[] = []): Leaf[] {
  if (typeof value !== 'object' || value === null) into.push([path, value]);
  else for (const key in value) leavesOf(value[key as never], `${path}.${key}`, into);
  return into;
}

const TAPES: readonly (readonly [name: string, options: TapeOptions])[] = [
  ['a busy market', BUSY],
  ['two venues', { venues: ['binance', 'okx'], seconds: 20 }],
  ['no history', { historyHours: 0, seconds: 70 }],
  ['a day of history', { historyHours: 24, seconds: 20 }],
  ['clamped funding', { clampedFunding: 0.0001, seconds: 20 }],
  ['a hole of hours', { seconds: 60, hole: { at: 20, hours: 7 } }],
  ['no open interest', { without: ['openInterest', 'openInterestHistory'], seconds: 70 }],
  ['no marks', { without: ['marks', 'funding'], seconds: 20 }],
  ['no interval', { without: ['interval'], seconds: 20 }],
  ['no spot', { without: ['spot'], seconds: 20 }],
  ['no trades', { without: ['trades'], seconds: 20 }],
  ['no reports', { without: ['reports', 'coverage'], seconds: 20 }],
  ['hourly funding', { fundingHours: 1, seconds: 70 }],
];

describe.each(TAPES)('the lines of %s', (_, options) => {
  const lines = linesOf(engineFor(), tape(options));

  // One expectation per tape: there are hundreds of thousands of leaves.
  const leaves = lines.flatMap((line) => leavesOf(line));

  test('hold no NaN, no Infinity and nothing undefined', () => {
    const isWrong = (leaf: unknown) =>
      leaf === undefined || (typeof leaf === 'number' && !Number.isFinite(leaf));
    expect(leaves.filter(([, leaf]) => isWrong(leaf)).slice(0, 5)).toEqual([]);
    expect(leaves.length).toBeGreaterThan(1000);
  });

  test('survive JSON as they are', () => {
    const isPlain = (leaf: unknown) =>
      leaf === null || ['number', 'string', 'boolean'].includes(typeof leaf);
    expect(leaves.filter(([, leaf]) => !isPlain(leaf)).slice(0, 5)).toEqual([]);
    const last = lines.at(-1);
    expect(JSON.parse(JSON.stringify(last))).toEqual(last);
  });

  test('name a reason for every absence', () => {
    const reasons = leaves.filter(([path]) => path.endsWith('.reason'));
    expect(reasons.filter(([, leaf]) => leaf === '').slice(0, 5)).toEqual([]);
  });
});

describe('back-fill', () => {
  /** The newest cells: those whose windows, 30 days of D and 7 days of cells before, lie within what is kept. */
  const settled = (engine: EngineState, asset = 'BTC') => {
    const { series } = engine.assets.get(asset)!.signals;
    const last = series.lastHour;
    return Array.from({ length: 60 }, (_, i) =>
      (['mu', 'd', 'quantile', 'active', 'oiChange', 'funding8h', 'basis'] as const).map((name) =>
        hourAt(series[name], last - i),
      ),
    );
  };
  const wholeTape: TapeOptions = { seconds: 70 };
  const engine = engineFor();
  linesOf(engine, tape(wholeTape));
  const expected = settled(engine);

  test.prop([fc.integer()], { numRuns: 12 })(
    'gives the same series in whatever pieces and order it comes',
    (shuffle) => {
      const other = engineFor();
      linesOf(other, tape({ ...wholeTape, shuffle }));
      expect(settled(other)).toEqual(expected);
    },
  );

  test('that comes late gives the series it would have given early', () => {
    const late = engineFor();
    // After the close of 13:00, which was committed without a past.
    const lines = linesOf(late, tape({ ...wholeTape, historyAt: 65 }));
    expect(settled(late)).toEqual(expected);
    const before = seriesIn(lines).find(({ whole }) => !whole)!;
    expect(before.cells[0]).toMatchObject({ mu: null, d: null, quantile: null, active: null });
    expect(seriesIn(lines).at(-1)).toMatchObject({ whole: true });
  });

  test('is sent whole once, then cell by cell, and no cell twice', () => {
    const series = seriesIn(linesOf(engineFor(), tape({ seconds: 90, seed: 5 })));
    expect(series.map(({ whole }) => whole)).toEqual([true, false]);
    const closes = series.flatMap(({ cells }) => cells.map(({ close }) => close));
    expect(new Set(closes).size).toBe(closes.length);
    expect(closes).toEqual([...closes].sort((a, b) => a - b));
    expect(closes.length).toBeGreaterThan(900);
    expect(closes.length).toBeLessThanOrEqual(HOURS_KEPT);
    expect(series[1]?.cells).toHaveLength(1);
  });

  test('that repeats what is known changes nothing and sends nothing', () => {
    const events = tape({ seconds: 40 });
    const pages = events.filter(({ kind }) => kind === 'historyPage');
    const again = engineFor();
    linesOf(again, events);
    const later = micros(again.now + SECOND / 2);
    const lines = linesOf(again, [
      ...pages.map((page) => ({ ...page, tsLocal: later })),
      { kind: 'tick', tsLocal: micros(again.now + SECOND) },
    ]);
    expect(seriesIn(lines)).toEqual([]);
    expect(eventsIn(lines, 'fundingSettled')).toEqual([]);
  });

  test('reaches as far as the gate needs: forty days make it alive at once', () => {
    const { drift } = lastFrame(linesOf(engineFor(), tape({ seconds: 10 })));
    expect(drift.cells).toBe(720);
    expect(drift.active.state).toBe('live');
    expect(drift.mu.state).toBe('live');
    expect(drift.zFunding).toMatchObject({ provisional: true, nEff: 21 });
  });
});

describe('what is not there', () => {
  test('stays absent with its reason: without open interest there is no drift', () => {
    const options: TapeOptions = { without: ['openInterest', 'openInterestHistory'], seconds: 70 };
    for (const frame of framesIn(linesOf(engineFor(), tape(options)))) {
      for (const name of ['mu', 'd', 'mu1', 'mu2', 'zOiChange'] as const)
        expect(frame.drift[name]).toMatchObject({
          state: 'absent',
          value: null,
          reason: 'no open interest: binance',
        });
      expect(frame.drift.active.state).toBe('absent');
      expect(frame.openInterest.coin).toMatchObject({ reason: 'no open interest: binance' });
      expect(frame.openInterest.byVenue['binance']?.usd.state).toBe('absent');
      expect(frame.regime.label).toMatchObject({ reason: 'no open interest: binance' });
      expect(frame.regime.since).toBeNull();
      expect(frame.funding.excluded).toEqual(['binance: no open interest']);
      expect(frame.cascade.level.state).toBe('absent');
    }
  });

  test('clamped funding has no score and opens no gate', () => {
    const options: TapeOptions = { clampedFunding: 0.0001, seconds: 20 };
    const settings = engineFor().options.settings;
    const engine = engineFor({
      settings: { ...settings, drift: { ...settings.drift, funding: 'settled' } },
    });
    const { drift, regime } = lastFrame(linesOf(engine, tape(options)));
    expect(drift.zFunding).toMatchObject({ state: 'absent', reason: 'no variance' });
    expect(drift.mu1).toMatchObject({ state: 'absent', reason: 'no variance' });
    expect(drift.active.state).toBe('absent');
    expect(drift.mu2.state).toBe('live');
    expect(regime.label).toMatchObject({ state: 'absent', reason: 'no variance' });
  });

  test('is no liquidation feed where none was announced', () => {
    const options: TapeOptions = { without: ['coverage'], seconds: 20, liquidationEvery: 0 };
    const { liquidations, quality } = lastFrame(linesOf(engineFor(), tape(options)));
    expect(liquidations.h1.long).toMatchObject({ reason: 'no liquidation feed' });
    expect(liquidations.completeness).toEqual({ binance: 'no liquidation feed' });
    expect(quality).toContainEqual({
      subject: 'liquidations',
      state: 'absent',
      reason: 'no liquidation feed',
    });
  });

  test('comes back when it comes back: a lost connection drops the books and nothing is called live meanwhile', () => {
    const lines = linesOf(engineFor(), tape({ seconds: 60, outage: { at: 20, seconds: 15 } }));
    const frameAt = (second: number) =>
      framesIn(lines).find(({ tsLocal }) => tsLocal === TAPE_START + second * SECOND)!;
    expect(frameAt(20).price.state).toBe('live');
    const lost = frameAt(25);
    expect(lost.price).toMatchObject({ state: 'absent', reason: 'book resyncing: closed 1006' });
    expect(lost.basis.fair.state).toBe('stale');
    expect(lost.funding.oiWeighted.state).toBe('absent');
    expect(lost.funding.excluded).toEqual(['binance: stale funding rate']);
    expect(lost.liquidations.m1.long.state).toBe('stale');
    expect(lost.flow.byInstrument[perpOf('BTC')]?.buy1m.state).toBe('stale');
    expect(lost.trust.feeds[0]).toMatchObject({ state: 'disconnected' });
    expect(lost.quality[0]).toMatchObject({ state: 'absent' });
    for (const name of ['zFunding', 'zBasis', 'mu'] as const)
      expect(lost.drift[name].state).toBe('absent');
    const back = frameAt(45);
    expect(back.price.state).toBe('live');
    expect(back.drift.mu.state).toBe('live');
    expect(back.liquidations.m1.long).toMatchObject({ state: 'live', partial: true });
    expect(back.trust.feeds[0]).toMatchObject({ state: 'live', reconnects: 1 });
    expect(eventsIn(lines, 'feedLost')).toHaveLength(2);
    expect(eventsIn(lines, 'feedBack')).toHaveLength(2);
    expect(eventsIn(lines, 'bookResyncing')).toHaveLength(2);
  });
});

describe('a hole of hours', () => {
  const lines = linesOf(
    engineFor(),
    tape({ seconds: 40, hole: { at: 20, hours: 7 }, liquidationEvery: 3 }),
  );

  test('commits every cell in it once, in order', () => {
    const closes = seriesIn(lines)
      .filter(({ whole }) => !whole)
      .flatMap(({ cells }) => cells.map(({ close }) => close));
    const first = hourOf(TAPE_START);
    expect(closes.map((close) => hourOf(close) - first)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('carries open interest over two cells of it and then has none', () => {
    const cells = seriesIn(lines)
      .filter(({ whole }) => !whole)
      .flatMap((line) => line.cells);
    // 12:00 is the last close that is known.
    expect(cells.map(({ mu }) => mu === null)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
    // A state is carried, not written down as if it had been seen: 12:55 is the last that 13:00 knows.
    expect(cells.map(({ openInterest }) => openInterest === null)).toEqual([
      false,
      ...Array.from({ length: 6 }, () => true),
    ]);
  });

  test('leaves nothing live in the frames within it', () => {
    const within = framesIn(lines).filter(
      ({ tsLocal }) =>
        tsLocal > TAPE_START + 40 * SECOND && tsLocal < TAPE_START + 6.9 * 3600 * SECOND,
    );
    expect(within.length).toBeGreaterThan(5);
    for (const frame of within) {
      for (const reading of [
        frame.price,
        frame.basis.fair,
        frame.openInterest.coin,
        frame.liquidations.m1.long,
        frame.flow.byInstrument[perpOf('BTC')]!.buy1m,
      ])
        expect(reading.state).toBe('stale');
      expect(frame.regime.label.state).toBe('absent');
      expect(frame.drift.mu.state).toBe('absent');
    }
  });

  test('starts the windows of liquidations anew', () => {
    expect(lastFrame(lines).liquidations.m5.long).toMatchObject({ state: 'live', partial: true });
  });
});

describe('events', () => {
  const lines = linesOf(engineFor(), tape(BUSY));

  test('of a settlement name venue, time, payer and money, once before and once after', () => {
    const before = TAPE_START as number;
    const options: TapeOptions = {
      start: (before + 10_500 * SECOND) as Micros,
      seconds: 70,
      historyHours: 200,
    };
    const windows = eventsIn(linesOf(engineFor(), tape(options)), 'settlementWindow');
    expect(windows).toHaveLength(1);
    expect(windows[0]?.text).toMatch(
      /^BTC\/USDT perp on binance settles at 16:00 UTC: longs pay 0\.\d{4} % for 8 h, \$[\d.]+[kM] \(estimate\)$/,
    );
    expect(windows[0]?.data).toMatchObject({ inside: true });
  });

  test('of a liquidation say who died, where and for how much', () => {
    const [first] = eventsIn(lines, 'liquidation');
    expect(first?.text).toMatch(
      /^(long|short) of \$[\d.]+[kM]? liquidated at [\d.]+: (BTC|SOL)\/USDT perp on binance$/,
    );
    expect(first?.data).toMatchObject({ side: first?.text.split(' ')[0] });
  });

  test('of books and feeds are told once each', () => {
    expect(eventsIn(lines, 'bookWhole')).toHaveLength(8);
    expect(eventsIn(lines, 'bookResyncing').map(({ text }) => text)).toContain(
      'book dropped, resyncing: closed 1006: BTC/USDT perp on binance',
    );
    expect(eventsIn(lines, 'feedLost').map(({ text }) => text)).toEqual([
      'binance-usdm lost its connection (main: closed 1006)',
      'binance-spot lost its connection (main: closed 1006)',
    ]);
  });

  test('of a gate carry the whole decomposition and a sentence', () => {
    // Half a minute of open interest far above what any hour has brought.
    const told = linesOf(
      engineFor(),
      tape({ start: TAPE_EARLY, seconds: 100 }).map((event) => {
        const second = (event.tsLocal - TAPE_EARLY) / SECOND;
        return event.kind === 'openInterest' && second > 30 && second < 60
          ? { ...event, size: event.size * 1.3 }
          : event;
      }),
    );
    const gates = eventsIn(told).filter(({ kind }) => kind.startsWith('gate'));
    expect(gates.map(({ kind }) => kind)).toEqual(['gateOpened', 'gateClosed']);
    for (const { data } of gates) {
      const { mu1, mu2, mu3, mu, d } = data as Record<string, number>;
      expect(mu1! + mu2! + mu3!).toBeCloseTo(mu!, 12);
      expect(d).toBe(Math.abs(mu!));
      expect(data).toMatchObject({ provisional: true });
    }
    const { mu, d, threshold } = gates[0]!.data as Record<string, number>;
    expect(d!).toBeGreaterThan(threshold!);
    const words = `^BTC gate opened in the open cell, D [\\d.]+ above [\\d.]+: funding .* while OI builds .*: pressure ${mu! > 0 ? 'up' : 'down'}; closes if (funding|OI change|basis) z (falls below|rises above) .*$`;
    expect(gates[0]?.text).toMatch(new RegExp(words));
    expect(gates[1]?.text).toMatch(
      /^BTC gate closed in the open cell, D [\d.]+ not above [\d.]+: .*; opens if /,
    );
    for (const { data } of gates) {
      expect(['funding8h', 'openInterest', 'basis']).toContain(data['flipInput']);
      expect(Number.isFinite(data['flipZ']) && Number.isFinite(data['flipValue'])).toBe(true);
    }
  });

  test('of a regime name the numbers that made it', () => {
    const told = linesOf(
      engineFor(),
      tape({ start: TAPE_EARLY, seconds: 60 }).map((event) =>
        event.kind === 'openInterest' && event.tsLocal - TAPE_EARLY > 30 * SECOND
          ? { ...event, size: event.size * 0.8 }
          : event,
      ),
    );
    const [regime] = eventsIn(told, 'regimeChanged');
    expect(regime?.text).toMatch(
      /^BTC regime: .+ → deleveraging stress \(OI shock z −[\d.]+, OI in 1 h −[\d.]+ %, funding z [+−][\d.]+\)$/,
    );
    expect(regime?.data).toMatchObject({ to: 'deleveraging stress', liquidationZ: null });
  });
});

describe('a checkpoint', () => {
  test('keeps one object for one listing', () => {
    const engine = engineFor();
    linesOf(engine, tape({ seconds: 3 }));
    const copy = revived(engine);
    const asset = copy.assets.get('BTC')!;
    expect(asset.lead.perp).toBe(copy.market.instruments.get(perpOf('BTC')));
    expect(asset.listed[0]).toBe(asset.lead.perp);
  });

  test('is plain data through and through', () => {
    const engine = engineFor();
    linesOf(engine, tape(BUSY));
    expect(structuredClone(engine)).toEqual(engine);
  });
});

test('snapshots are asked for when a book has lost its continuity', () => {
  const engine = engineFor();
  const events = tape({ seconds: 10 });
  const wanted: string[] = [];
  for (const event of events) {
    const broken =
      event.kind === 'bookDelta' && event.previousId !== null && wanted.length === 0
        ? { ...event, previousId: 1, firstId: event.firstId + 50 }
        : event;
    for (const effect of step(engine, broken))
      if (effect.kind === 'snapshotWanted') wanted.push(effect.instrument);
  }
  expect(wanted[0]).toBe(perpOf('BTC'));
});
