import { entry } from '../model/definition.ts';
import { absent, live, type Reading } from '../model/reading.ts';
import { HOUR, SECOND } from '../model/units.ts';
import {
  type Comoments,
  comomentsCorrelation,
  comomentsCount,
  createComoments,
  evictOldestComoments,
  pushComoments,
} from '../stats/comoments.ts';
import { anyInstrument, instrumentFeature } from './feature.ts';
import { clockParameter, fullness, snapshotAt } from './notional-clock.ts';

const SECONDS = HOUR / SECOND;
const LAGS = [5, 30, 60] as const;
/** Samples of the recent past that pairs are made with: more than the longest lag. */
const RECENT = 64;

/** The pairs of one lag that became known within the hour. */
interface LagMemory {
  readonly pairs: Comoments;
  /** 1 where a pair became known in the second; slot = second mod 3600. */
  readonly entered: Uint8Array;
}

interface ImpulseMemory {
  readonly lags: readonly LagMemory[];
  /** Number, imbalance and mid of the newest samples; slot = number mod 64. */
  readonly numbers: Float64Array;
  readonly oibs: Float64Array;
  readonly mids: Float64Array;
  /** The last second that was heard of. */
  second: number;
  /** Time of the first sample; 0 before it. */
  since: number;
}

/** Lets the pairs go that are an hour old. */
function forget({ lags, second: from }: ImpulseMemory, second: number): void {
  for (const { pairs, entered } of lags)
    for (let s = Math.max(from, second - SECONDS) + 1; s <= second; s += 1) {
      const slot = s % SECONDS;
      if (entered[slot] === 0) continue;
      entered[slot] = 0;
      evictOldestComoments(pairs);
    }
}

const nameOf = (lag: number): string => `oibResponse${lag}s`;

/**
 * Impulse response of price to the imbalance of the book (SPEC §4): the correlation, over the pairs that became known within the hour, of OIB(t) with
 * mid(t + k) − mid(t), k = 5, 30 and 60 samples of one second each. A pair is entered when its second half is known and never before; a second without a
 * live book makes none. Absent below 60 pairs and where either side does not vary; `partial` until the hour is full.
 */
export const impulseResponse = instrumentFeature<ImpulseMemory>({
  name: 'impulseResponse',
  appliesTo: anyInstrument,
  needs: 'book',
  create: () => ({
    lags: LAGS.map(() => ({
      pairs: createComoments(SECONDS),
      entered: new Uint8Array(SECONDS),
    })),
    numbers: new Float64Array(RECENT).fill(-1),
    oibs: new Float64Array(RECENT),
    mids: new Float64Array(RECENT),
    second: 0,
    since: 0,
  }),
  define: Object.fromEntries(
    LAGS.map((lag) => [
      nameOf(lag),
      {
        formula: `correlation of OIB(t) with mid(t + ${lag}) − mid(t), pairs of one hour`,
        unit: 'ratio',
        source: 'SPEC §4',
        inputs: [entry('oib'), entry('mid')],
      },
    ]),
  ),
  explain({ lags, since }, { now, settings }, name) {
    const at = LAGS.findIndex((lag) => nameOf(lag) === name);
    const count = comomentsCount(lags[at]!.pairs);
    const { full } = fullness(count, HOUR, since, now, settings);
    const heard = Math.min(full, Math.floor((now - since) / SECOND) - LAGS[at]! + 1);
    return {
      window: { span: HOUR, count, full },
      parameters: { minPairs: settings.oib.minPairs, ...clockParameter(settings) },
      ...(heard > count && {
        excluded: [`${heard - count} seconds without a live book at both ends`],
      }),
    };
  },
  onTick(memory, input) {
    const { now, sample } = input;
    const second = Math.floor(now / SECOND);
    forget(memory, second);
    memory.second = second;
    const number = snapshotAt(input);
    if (number === null || sample.oib.state !== 'live' || sample.mid.state !== 'live') return;
    if (memory.since === 0) memory.since = now;
    const { numbers, oibs, mids } = memory;
    const mid = sample.mid.value;
    for (const [index, lag] of LAGS.entries()) {
      const before: number = number - lag;
      const slot = before % RECENT;
      if (numbers[slot] !== before) continue;
      const { pairs, entered } = memory.lags[index]!;
      pushComoments(pairs, oibs[slot]!, mid - mids[slot]!);
      entered[second % SECONDS] = 1;
    }
    const slot = number % RECENT;
    numbers[slot] = number;
    oibs[slot] = sample.oib.value;
    mids[slot] = mid;
  },
  read({ lags, since }, { now, settings }) {
    const { minPairs } = settings.oib;
    const responseOf = ({ pairs }: LagMemory): Reading => {
      const count = comomentsCount(pairs);
      if (count < minPairs) return absent(`warming ${count}/${minPairs}`);
      const correlation = comomentsCorrelation(pairs);
      if (Number.isNaN(correlation)) return absent('no variance');
      return fullness(count, HOUR, since, now, settings).isPartial
        ? live(correlation, { partial: true })
        : live(correlation);
    };
    return Object.fromEntries(LAGS.map((lag, index) => [nameOf(lag), responseOf(lags[index]!)]));
  },
});
