import { fact } from '../model/definition.ts';
import { absent, derive, live, type Marks, type Reading, stale } from '../model/reading.ts';
import { HOUR, MINUTE } from '../model/units.ts';
import {
  type Comoments,
  comomentsCount,
  comomentsFit,
  createComoments,
  evictOldestComoments,
  pushComoments,
} from '../stats/comoments.ts';
import { createRing, popRing, pushRing, type Ring, ringAt } from '../stats/ring.ts';
import { anyInstrument, instrumentFeature } from './feature.ts';

const MINUTES = 60;
/** Signed notional is regressed on in millions, so that λ reads as what a million does. */
const MILLION = 1e6;

interface KyleMemory {
  /** x: signed notional of a minute, $M; y: change of mid over it. */
  readonly pairs: Comoments;
  /** Number of the minute (closes since the epoch) of each pair. */
  readonly numbers: Ring;
  /** Bought − sold by takers in the minute in progress, quote currency. */
  net: number;
  /** Heard from its beginning on. */
  isWhole: boolean;
  hasTraded: boolean;
  /** Mid at the last whole minute, NaN where it was not live, and the number of that minute; −1 before the first. */
  mid: number;
  closed: number;
  /** Number of the first minute that was seen beginning; −1 before it. */
  since: number;
}

const of = (formula: string, unit: string) => ({
  formula,
  unit,
  source: 'SPEC §4; Kyle 1985',
  inputs: [fact('trades'), fact('book')],
});

/**
 * Kyle's λ (Kyle 1985; SPEC §4): how far price moves per dollar that takers put on one side; the slope of the change of mid over a minute on the signed
 * notional of that minute, over the minutes of the last hour. In price per $1M, and in bps of the last minute's mid per $1M; with its t-statistic and R².
 *
 * A minute without a live mid at both ends, or of which trades were missed, makes no pair. Absent below `kyle.minMinutes` pairs and where the flow does not
 * vary; `partial` below sixty.
 */
export const kyleLambda = instrumentFeature<KyleMemory>({
  name: 'kyleLambda',
  appliesTo: anyInstrument,
  needs: 'book',
  create: () => ({
    pairs: createComoments(MINUTES),
    numbers: createRing(MINUTES),
    net: 0,
    isWhole: false,
    hasTraded: false,
    mid: Number.NaN,
    closed: -1,
    since: -1,
  }),
  define: {
    kyleLambda: of('slope of the 1-min change of mid on signed notional, 60 min', 'price per $M'),
    kyleLambdaBps: of('slope of the 1-min change of mid on signed notional / mid', 'bps per $M'),
    kyleLambdaT: of('slope / its standard error', 'ratio'),
    kyleLambdaR2: of('share of the variance of the changes that flow explains', 'fraction'),
  },
  explain({ pairs, since }, { now, settings }) {
    const count = comomentsCount(pairs);
    const begun = since < 0 ? 0 : Math.min(MINUTES, Math.floor(now / MINUTE) - since);
    return {
      window: { span: HOUR, count, full: MINUTES },
      parameters: { minMinutes: settings.kyle.minMinutes },
      ...(begun > count && {
        excluded: [
          `${begun - count} minutes without a live mid at both ends or with trades missing`,
        ],
      }),
    };
  },
  onTrade(memory, { price, size, aggressor }) {
    memory.hasTraded = true;
    memory.net += (aggressor === 'buy' ? 1 : -1) * price * size;
  },
  onTick(memory, { now, sample, silentFor }) {
    if (silentFor !== null) memory.isWhole = false;
    if (now % MINUTE !== 0) return;
    const { pairs, numbers } = memory;
    const number = now / MINUTE;
    const mid = sample.mid.state === 'live' ? sample.mid.value : Number.NaN;
    while (ringAt(numbers, 0) <= number - MINUTES) {
      popRing(numbers);
      evictOldestComoments(pairs);
    }
    const change = mid - memory.mid;
    if (memory.isWhole && memory.closed === number - 1 && Number.isFinite(change)) {
      pushComoments(pairs, memory.net / MILLION, change);
      pushRing(numbers, number);
    }
    memory.net = 0;
    memory.mid = mid;
    memory.closed = number;
    // A stream that has never spoken may be none: its silence is no zero.
    memory.isWhole = memory.hasTraded && silentFor === null;
    if (memory.isWhole && memory.since < 0) memory.since = number;
  },
  read({ pairs, mid, hasTraded }, { settings, silentFor }) {
    const { minMinutes } = settings.kyle;
    const count = comomentsCount(pairs);
    if (count < minMinutes) {
      const none = absent(hasTraded ? `warming ${count}/${minMinutes}` : 'no trades yet');
      return { kyleLambda: none, kyleLambdaBps: none, kyleLambdaT: none, kyleLambdaR2: none };
    }
    const { slope, t, r2 } = comomentsFit(pairs);
    const marks: Marks = count < MINUTES ? { partial: true } : {};
    const reading = (value: number, otherwise = 'no variance'): Reading =>
      !Number.isFinite(value)
        ? absent(otherwise)
        : silentFor === null
          ? live(value, marks)
          : stale(value, silentFor, marks);
    const lambda = reading(slope);
    return {
      kyleLambda: lambda,
      kyleLambdaBps: Number.isNaN(mid)
        ? absent('no mid at the last whole minute')
        : derive([lambda] as const, (value) => (value / mid) * 1e4),
      kyleLambdaT: reading(t),
      kyleLambdaR2: reading(r2),
    };
  },
});
