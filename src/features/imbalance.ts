import { type Definition, entry, fact, type Unit } from '../model/definition.ts';
import { absent, live, type Reading } from '../model/reading.ts';
import { HOUR, MINUTE, type Micros, SECOND } from '../model/units.ts';
import { createEwma, type Ewma, ewmaValue, pushEwma } from '../stats/ewma.ts';
import { quantileOf } from '../stats/quantiles.ts';
import { addTimedSum, createTimedSum, type TimedSum, timedSum } from '../stats/sums.ts';
import {
  createTimedWindow,
  evictBefore,
  pushTimed,
  type TimedWindow,
  timedCount,
  timedQuantiles,
} from '../stats/timed-window.ts';
import { anyInstrument, instrumentFeature } from './feature.ts';
import { clockParameter, fullness, snapshotAt } from './notional-clock.ts';
import { sumAt } from './timed-sum.ts';

const SAMPLES_PER_HOUR = 3600;
const NO_SAMPLES = absent('no samples this hour');
const hourlyCount = (): TimedSum => createTimedSum(HOUR, SAMPLES_PER_HOUR + 1, SECOND);

const of = (formula: string, unit: Unit): Definition => ({
  formula,
  unit,
  source: 'SPEC §4',
  inputs: [entry('oib')],
});

interface ImbalanceMemory {
  readonly ewma: Ewma;
  readonly minute: TimedWindow;
  readonly hour: TimedWindow;
  /** Seconds of the hour beyond the shock threshold, per side. */
  readonly shocksBid: TimedSum;
  readonly shocksAsk: TimedSum;
  /** Pairs of neighbouring seconds in the hour, and those of one sign. */
  readonly pairs: TimedSum;
  readonly samePairs: TimedSum;
  previousSign: number;
  previousTs: number;
  /** Number of the sample before (`snapshotAt`). */
  previousSnapshot: number;
  /** Time of the first sample; 0 before it. */
  since: number;
  runSince: number;
}

/**
 * What the weighted imbalance of a book does over time (SPEC §4), from one sample a second: EWMA (30 s half-life), 10/50/90 % quantiles over a minute and
 * an hour, seconds of the hour beyond the shock threshold per side, persistence (share of samples whose sign equals that of the second before) and the
 * sustained run in seconds. Seconds without a live book leave no sample and end the run; windows not yet full are marked `partial`. Under the notional clock
 * (`sampling.clock`) its samples are those of the clock.
 */
export const imbalance = instrumentFeature<ImbalanceMemory>({
  name: 'imbalance',
  appliesTo: anyInstrument,
  needs: 'book',
  create: (settings) => ({
    ewma: createEwma(settings.oib.ewmaHalfLifeSeconds * SECOND),
    minute: createTimedWindow(60, { quantiles: true }),
    hour: createTimedWindow(SAMPLES_PER_HOUR, { quantiles: true }),
    shocksBid: hourlyCount(),
    shocksAsk: hourlyCount(),
    pairs: hourlyCount(),
    samePairs: hourlyCount(),
    previousSign: 0,
    previousTs: 0,
    previousSnapshot: -1,
    since: 0,
    runSince: 0,
  }),
  define: {
    oib: {
      formula: '(Dbid − Dask) / (Dbid + Dask), D = Σ size · price · exp(−λ·|p/m − 1|) within ±δ',
      unit: 'ratio',
      source: 'SPEC §4',
      inputs: [fact('book')],
    },
    oibEwma: of('EWMA of OIB', 'ratio'),
    oibQ10m1: of('0.1 quantile of OIB, 1 min', 'ratio'),
    oibQ50m1: of('median of OIB, 1 min', 'ratio'),
    oibQ90m1: of('0.9 quantile of OIB, 1 min', 'ratio'),
    oibQ10h1: of('0.1 quantile of OIB, 1 h', 'ratio'),
    oibQ50h1: of('median of OIB, 1 h', 'ratio'),
    oibQ90h1: of('0.9 quantile of OIB, 1 h', 'ratio'),
    oibShocksBid: of('seconds of the hour with OIB above the shock threshold', 'seconds'),
    oibShocksAsk: of('seconds of the hour with OIB below minus the shock threshold', 'seconds'),
    oibPersistence: of('share of the hour’s samples whose sign equals the one before', 'fraction'),
    oibRunSeconds: of('how long OIB has kept its sign', 'seconds'),
  },
  explain({ minute, hour, since }, { now, sample, settings }, name) {
    if (name === 'oib') return { parameters: { bandBps: sample.bandBps } };
    const clock = clockParameter(settings);
    if (name === 'oibEwma')
      return { parameters: { halfLifeSeconds: settings.oib.ewmaHalfLifeSeconds, ...clock } };
    if (name === 'oibRunSeconds') return undefined;
    const isMinute = name.endsWith('m1');
    const span = isMinute ? MINUTE : HOUR;
    const count = timedCount(isMinute ? minute : hour);
    const { full } = fullness(count, span, since, now, settings);
    return {
      window: { span, count, full },
      parameters: {
        ...(name.startsWith('oibShocks') && { threshold: settings.oib.shock }),
        ...clock,
      },
    };
  },
  onTick(memory, input) {
    const { now, sample, settings } = input;
    evictBefore(memory.minute, now - MINUTE);
    evictBefore(memory.hour, now - HOUR);
    for (const sum of [memory.shocksBid, memory.shocksAsk, memory.pairs, memory.samePairs])
      timedSum(sum, now);
    const snapshot = snapshotAt(input);
    if (snapshot === null || sample.oib.state !== 'live') return;
    if (memory.since === 0) memory.since = now;
    const oib = sample.oib.value;
    const sign = Math.sign(oib);
    pushEwma(memory.ewma, now, oib);
    pushTimed(memory.minute, now, oib);
    pushTimed(memory.hour, now, oib);
    if (oib > settings.oib.shock) addTimedSum(memory.shocksBid, now, 1);
    if (oib < -settings.oib.shock) addTimedSum(memory.shocksAsk, now, 1);
    const isNeighbour = memory.previousTs > 0 && snapshot - memory.previousSnapshot <= 1;
    const isSame = isNeighbour && sign === memory.previousSign;
    if (isNeighbour) addTimedSum(memory.pairs, now, 1);
    if (isSame) addTimedSum(memory.samePairs, now, 1);
    else memory.runSince = now;
    memory.previousSign = sign;
    memory.previousTs = now;
    memory.previousSnapshot = snapshot;
  },
  read(memory, { now, settings, sample: { oib } }) {
    const count = timedCount(memory.hour);
    const isPartial = (window: TimedWindow, span: Micros): boolean =>
      fullness(timedCount(window), span, memory.since, now, settings).isPartial;
    const hourly = isPartial(memory.hour, HOUR) ? ({ partial: true } as const) : {};
    const over = (window: TimedWindow, p: number, span: Micros): Reading => {
      if (timedCount(window) === 0)
        return absent(`no samples this ${span === MINUTE ? 'minute' : 'hour'}`);
      const value = quantileOf(timedQuantiles(window), p);
      return isPartial(window, span) ? live(value, { partial: true }) : live(value);
    };
    const tally = (sum: TimedSum): Reading =>
      count === 0 ? NO_SAMPLES : live(sumAt(sum, now), hourly);
    /** What continues from second to second is only known while the book lives. */
    const current = (value: number): Reading => {
      if (oib.state === 'absent') return oib;
      if (oib.state === 'stale') return absent('book stale');
      const isCurrent =
        settings.sampling.clock === 'time'
          ? now - memory.previousTs < 2 * SECOND
          : memory.previousTs > 0;
      return isCurrent ? live(value) : absent('no sample yet');
    };
    const pairs = sumAt(memory.pairs, now);
    return {
      oib,
      oibEwma: current(ewmaValue(memory.ewma)),
      oibQ10m1: over(memory.minute, 0.1, MINUTE),
      oibQ50m1: over(memory.minute, 0.5, MINUTE),
      oibQ90m1: over(memory.minute, 0.9, MINUTE),
      oibQ10h1: over(memory.hour, 0.1, HOUR),
      oibQ50h1: over(memory.hour, 0.5, HOUR),
      oibQ90h1: over(memory.hour, 0.9, HOUR),
      oibShocksBid: tally(memory.shocksBid),
      oibShocksAsk: tally(memory.shocksAsk),
      oibPersistence: pairs === 0 ? NO_SAMPLES : live(sumAt(memory.samePairs, now) / pairs, hourly),
      oibRunSeconds: current(Math.round((memory.previousTs - memory.runSince) / SECOND)),
    };
  },
});
