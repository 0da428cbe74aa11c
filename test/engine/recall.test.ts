import path from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { EngineState } from '../../src/engine/engine-state.ts';
import { frameOf } from '../../src/engine/frame-of.ts';
import { step } from '../../src/engine/step.ts';
import type { EventLine, Frame } from '../../src/frame/frame.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import type { Kept } from '../../src/model/kept.ts';
import { SELF_FEED } from '../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { HOUR, MINUTE, type Micros, micros, SECOND } from '../../src/model/units.ts';
import { Store } from '../../src/store/store.ts';
import { decodeStored, STORE_CHAN } from '../../src/venues/stored-record.ts';
import { engineFor } from '../support/engine.ts';
import { scratch } from '../support/program.ts';
import { perpOf, TAPE_START, type TapeOptions, tape } from '../support/tape.ts';

interface Run {
  readonly engine: EngineState;
  readonly kept: Kept[];
  readonly events: EventLine[];
  readonly frames: Frame[];
}

const runOf = (assets: readonly string[]): Run => ({
  engine: engineFor({ assets: [...assets] }),
  kept: [],
  events: [],
  frames: [],
});

function feed(run: Run, events: readonly EngineEvent[]): void {
  for (const event of events) {
    for (const effect of step(run.engine, event)) {
      if (effect.kind === 'keep') run.kept.push(effect.kept);
      if (effect.kind === 'emit' && effect.line.type === 'event') run.events.push(effect.line);
    }
    if (event.kind === 'tick')
      for (const asset of run.engine.assets.keys())
        run.frames.push(frameOf(run.engine, asset, event.tsLocal));
  }
}

const store = (file: string) => new Store({ file, settings: 'ours', onNotice: () => {} });

/** What was kept, through a file on disk, as the events that an engine is given at `now`. */
function throughStore(
  kept: readonly Kept[],
  assets: readonly string[],
  now: Micros,
): EngineEvent[] {
  const file = path.join(scratch(), 'history.db');
  const writing = store(file);
  expect(writing.write(kept, now)).toBe(true);
  writing.close();
  const reading = store(file);
  const found = reading.read({ feeds: ['binance-usdm', 'binance-spot'], assets, now });
  reading.close();
  return found!.recalled.map((what) => {
    const event = decodeStored({
      t: now,
      feed: SELF_FEED,
      chan: STORE_CHAN,
      msg: JSON.stringify(what),
    });
    expect(event.kind).toBe('recalled');
    return event;
  });
}

/** Kinds of events that tell of a change and must not be told again. */
const ANNOUNCED: ReadonlySet<string> = new Set([
  'gateOpened',
  'gateClosed',
  'regimeChanged',
  'cascadeLevelChanged',
  'settlementWindow',
  'fundingSettled',
]);

const announced = (run: Run, from: number): readonly unknown[] =>
  run.events
    .filter(({ kind, tsLocal }) => ANNOUNCED.has(kind) && tsLocal >= from)
    .map(({ kind, subject, tsLocal, data }) => ({ kind, subject, tsLocal, data }));

const rounded = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value, (_, part) =>
      typeof part === 'number' ? Number(part.toPrecision(12)) : part,
    ),
  ) as T;

/** Whether what made a label stands between entering and leaving it, where the label depends on what was seen before: for one of the two, during the outage. */
function isUndecided({ fundingZ, oiShock, liquidationZ }: Frame['regime']): boolean {
  const {
    exitShare,
    fundingZ: crowded,
    oiShock: unwinding,
    liquidationZ: spike,
  } = DEFAULT_SETTINGS.regime;
  const isBetween = (value: number | null, threshold: number) =>
    value !== null && value >= threshold * exitShare && value < threshold;
  return (
    isBetween(Math.abs(fundingZ.value ?? 0), crowded) ||
    isBetween(-(oiShock.value ?? 0), -unwinding) ||
    isBetween(liquidationZ.value, spike)
  );
}

/** Everything in a frame that rests on more than the last hour of seconds. */
const windowsOf = ({
  tsLocal,
  asset,
  price,
  priceChange1h,
  priceChange24h,
  openInterest,
  funding,
  basis,
  drift,
  regime,
  cascade,
  liquidations,
}: Frame) => ({
  tsLocal,
  asset,
  price,
  priceChange1h,
  priceChange24h,
  openInterest,
  funding,
  // The average in our mark is of seconds.
  basis: { ...basis, markCheck: null },
  drift,
  // What begins while one of the two does not look is announced when it looks again.
  // How the book did under a regime is not kept: it begins anew, and says of how many minutes it knows.
  regime: {
    ...regime,
    label: isUndecided(regime) ? null : regime.label,
    since: null,
    conditional: null,
  },
  // Cohorts are summed up in the order in which they came to stand, which a series made anew does not keep to the last bit.
  cascade: rounded(cascade),
  liquidations,
});

/** A tape with an outage, told whole to one engine; to another only up to the outage, and from its end on to a third one that has what the second one kept. */
function interrupted(options: TapeOptions, outage: { at: number; seconds: number }) {
  const assets = options.assets ?? ['BTC'];
  const events = tape({ ...options, outage });
  const start = options.start ?? TAPE_START;
  const cut = events.findIndex(({ tsLocal }) => tsLocal > start + outage.at * SECOND);
  const end = start + (outage.at + outage.seconds) * SECOND;
  const back = events.findIndex(({ tsLocal }) => tsLocal > end);
  const whole = runOf(assets);
  feed(whole, events);
  const first = runOf(assets);
  feed(first, events.slice(0, cut));
  const second = runOf(assets);
  const now = micros(end);
  const recalled = throughStore(first.kept, assets, now);
  // A start asks for listings and intervals anew.
  const told = events
    .filter(({ kind }) => kind === 'listing' || kind === 'fundingInterval')
    .map((event) => ({ ...event, tsLocal: now }));
  feed(second, [...recalled, ...told, ...events.slice(back)]);
  return { whole, first, second, end, recalled };
}

describe('an engine that is given back what was kept', () => {
  test.prop(
    [
      fc.integer({ min: 1, max: 1000 }),
      // Before the close of 13:00, and after it: a cell that closes while nobody looks is the venue's to tell.
      fc.constantFrom(10, 20, 75),
      fc.constantFrom(1, 8),
    ],
    { numRuns: 4 },
  )(
    'goes on as the one that was never stopped',
    (seed, at, fundingHours) => {
      const outage = { at, seconds: 15 };
      const options = {
        seed,
        assets: ['BTC', 'SOL'],
        historyHours: 900,
        seconds: 125,
        fundingHours,
      };
      const { whole, second, end } = interrupted(options, outage);
      // Open interest is polled every ten seconds, and what it changes is announced five later.
      const from = end + 20 * SECOND;
      const windows = (run: Run) =>
        run.frames.filter((frame) => frame.tsLocal >= from).map(windowsOf);
      const expected = windows(whole);
      expect(expected.length).toBeGreaterThan(10);
      const last = expected.at(-1)!;
      expect(last.drift.mu.state).toBe('live');
      expect(last.drift.active.state).toBe('live');
      expect(last.openInterest.change24h.state).toBe('live');
      expect(windows(second)).toEqual(expected);
    },
    120_000,
  );

  test('has the cells of every listing, those that do not lead included', () => {
    const run = runOf(['BTC']);
    feed(run, tape({ assets: ['BTC'], venues: ['binance', 'okx'], seconds: 65, historyHours: 0 }));
    const close = Math.ceil(TAPE_START / HOUR);
    const kept = (instrument: string) =>
      run.kept
        .flatMap((one) =>
          one.kind === 'hours' && one.instrument === instrument && one.from === close
            ? [one.series]
            : [],
        )
        .sort();
    const states = ['close', 'depthUsd', 'funding8h', 'index', 'mark', 'openInterest'];
    expect(kept(perpOf('BTC'))).toEqual(expect.arrayContaining(states));
    expect(kept(perpOf('BTC', 'okx'))).toEqual([...states, 'high', 'low'].sort());
    expect(kept('okx:BTC/USDT')).toEqual(['close', 'depthUsd']);
  });

  test('announces nothing twice', () => {
    const options = { seed: 4, assets: ['BTC'], seconds: 100, fundingHours: 1 };
    const { whole, first, second, end } = interrupted(options, { at: 30, seconds: 10 });
    const told = announced(first, 0);
    expect(told).toContainEqual(expect.objectContaining({ kind: 'settlementWindow' }));
    expect(told).toContainEqual(expect.objectContaining({ kind: 'regimeChanged' }));
    expect(announced(second, 0)).toEqual(announced(whole, end));
  });

  test('takes an announcement of long ago for what it may be no more', () => {
    const { first } = interrupted({ seconds: 60, fundingHours: 1 }, { at: 40, seconds: 5 });
    const later = micros(TAPE_START + 3 * HOUR);
    const late = runOf(['BTC']);
    feed(late, throughStore(first.kept, ['BTC'], later));
    const { signals, settling } = late.engine.assets.get('BTC')!;
    expect(signals.regime.announced).toBe(null);
    expect(signals.gate.announced).toBe(null);
    expect([...settling]).toEqual([]);
  });

  test('commits no cell that has been committed', () => {
    const { first, second } = interrupted({ seconds: 120 }, { at: 80, seconds: 10 });
    const committed = (run: Run) => run.kept.filter(({ kind }) => kind === 'cell');
    expect(committed(first)).toHaveLength(1);
    expect(committed(second)).toEqual([]);
    expect(second.engine.assets.get('BTC')!.signals.series.lastHour).toBe(
      first.engine.assets.get('BTC')!.signals.series.lastHour,
    );
  });

  test('has its windows with the first number that is live, without a page of history', () => {
    const { second, end } = interrupted({ seconds: 100 }, { at: 75, seconds: 10 });
    const frame = second.frames.find(({ drift }) => drift.mu.state === 'live')!;
    expect(frame.tsLocal - end).toBeLessThan(12 * SECOND);
    expect(frame.drift.cells).toBeGreaterThan(600);
    expect(frame.drift.active.state).toBe('live');
    expect(frame.openInterest.change1h.state).toBe('live');
  });

  test('goes on warming where no venue has the past: from what was kept, cell by cell', () => {
    const at = (hours: number) => micros(TAPE_START + hours * HOUR);
    const lonely: TapeOptions = { without: ['openInterestHistory'], seconds: 75, seed: 9 };
    let kept: Kept[] = [];
    const reasons: (string | null)[] = [];
    // A run of a minute around each of four closes.
    for (let run = 0; run < 4; run += 1) {
      const engine = runOf(['BTC']);
      if (run > 0) feed(engine, throughStore(kept, ['BTC'], at(run)));
      feed(engine, tape({ ...lonely, start: at(run), historyHours: run === 0 ? 960 : 0 }));
      kept = [...kept, ...engine.kept];
      const frame = engine.frames.at(-1)!;
      reasons.push(frame.drift.zOiChange.state === 'absent' ? frame.drift.zOiChange.reason : null);
    }
    // Each close adds an hour; a change needs two of them.
    expect(reasons).toEqual(['warming 1/168', 'warming 2/168', 'warming 3/168', 'warming 4/168']);
  });

  test('waits with what is given back of a listing until that is told of', () => {
    const { first } = interrupted({ seconds: 60 }, { at: 40, seconds: 5 });
    const now = micros(TAPE_START + MINUTE);
    const run = runOf(['BTC']);
    feed(run, throughStore(first.kept, ['BTC'], now));
    expect(run.engine.recalled.size).toBe(2);
    feed(run, tape({ start: now, seconds: 12, historyHours: 0 }));
    expect(run.engine.recalled.size).toBe(0);
    expect(run.frames.at(-1)!.drift.mu.state).toBe('live');
  });

  test('takes nothing back that lies in its future', () => {
    const { first } = interrupted({ seconds: 120 }, { at: 100, seconds: 5 });
    const early = micros(TAPE_START + 30 * SECOND);
    const run = runOf(['BTC']);
    const file = path.join(scratch(), 'history.db');
    const ours = store(file);
    ours.write(first.kept, micros(TAPE_START + HOUR));
    const found = ours.read({
      feeds: ['binance-usdm', 'binance-spot'],
      assets: ['BTC'],
      now: micros(TAPE_START + HOUR),
    })!;
    ours.close();
    feed(
      run,
      found.recalled.map((what) => ({ kind: 'recalled', what, tsLocal: early })),
    );
    feed(run, [
      {
        kind: 'listing',
        instrument: first.engine.market.instruments.get(perpOf('BTC'))!.instrument,
        tsLocal: early,
      },
    ]);
    const { history } = run.engine.market.instruments.get(perpOf('BTC'))!;
    expect(Math.max(...history.openInterest.stamps)).toBeLessThanOrEqual(early);
    expect(run.engine.assets.get('BTC')!.liquidations.tape.every((p) => p.tsLocal <= early)).toBe(
      true,
    );
  });
});

describe('gaps', () => {
  test('of a night without perpscope are listed, and close as history comes', () => {
    const { first } = interrupted({ seconds: 80 }, { at: 70, seconds: 5 });
    const morning = micros(TAPE_START + 9 * HOUR);
    const recalled = throughStore(first.kept, ['BTC'], morning);
    const dark = runOf(['BTC']);
    feed(dark, recalled);
    feed(dark, tape({ start: morning, seconds: 65, historyHours: 0 }));
    const gaps = dark.frames.at(-1)!.trust.gaps;
    const of = (series: string) => gaps.find((gap) => gap.series === series && gap.subject !== 'x');
    expect(of('openInterest')).toMatchObject({ subject: perpOf('BTC'), count: 1 });
    // The cell of 13:00 has its state of 12:55; then nothing until that of 22:00.
    expect(of('openInterest')!.missing).toBe(8 * HOUR);
    expect(of('hearing')).toMatchObject({ count: 1 });
    expect(dark.frames.at(-1)!.quality).toContainEqual({
      subject: 'history',
      state: 'info',
      reason: expect.stringMatching(/^\d+ gaps in \d+ series$/),
    });
    const filled = runOf(['BTC']);
    feed(filled, recalled);
    feed(filled, tape({ start: morning, seconds: 65, historyHours: 960 }));
    const left = filled.frames.at(-1)!.trust.gaps.map(({ series }) => series);
    expect(left).not.toContain('openInterest');
    // Nobody can tell what was not heard.
    expect(left).toContain('hearing');
  });
});
