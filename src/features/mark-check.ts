import { entry, fact } from '../model/definition.ts';
import { absent, derive, live, marked, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, type Micros, SECOND } from '../model/units.ts';
import { markReadings } from './basis.ts';
import { instrumentFeature, perpsOnly } from './feature.ts';
import { intervalReading, nextFunding, predictedReading, settledReading } from './funding.ts';
import { lastPriceReading } from './ticker.ts';

/** Index with the share of the last funding that is still to run: index · (1 + rate · time to funding / period) (SPEC §10). */
export const carriedIndex = (index: number, rate: number, leftHours: number, periodHours: number) =>
  index * (1 + (rate * leftHours) / periodHours);

/** The middle of three prices, as venues make their mark of them. */
export const medianOfThree = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

/** Σ weight · price / Σ weight; NaN without any. */
export function weightedIndex(
  components: readonly { readonly price: number; readonly weight: number }[],
): number {
  let weights = 0;
  let sum = 0;
  for (const { price, weight } of components) {
    weights += weight;
    sum += weight * price;
  }
  return sum / weights;
}

/** Newest distances of mid and index, oldest first, with the time of each. */
interface MarkMemory {
  readonly stamps: number[];
  readonly distances: number[];
}

/** How far back the moving average reaches, µs. */
const spanOf = ({ samples, everySeconds }: EngineSettings['markCheck']): number =>
  samples * everySeconds * SECOND;

/** Samples that still count at `now`. */
const countAt = ({ stamps }: MarkMemory, now: Micros, settings: EngineSettings): number =>
  stamps.filter((stamp) => stamp > now - spanOf(settings.markCheck)).length;

/** Share of the samples without which there is no average: a second without a book does not spoil it. */
const NEEDED = 2 / 3;

/** The moving average of price 2; partial while samples are missing. */
function averageDistance(memory: MarkMemory, now: Micros, settings: EngineSettings): Reading {
  const { samples } = settings.markCheck;
  const count = countAt(memory, now, settings);
  if (count < samples * NEEDED) return absent(`warming ${count}/${samples}`);
  let sum = 0;
  for (const distance of memory.distances.slice(-count)) sum += distance;
  return live(sum / count, count < samples ? { partial: true } : {});
}

/**
 * A perp's mark made anew from what is public, beside the venue's own (SPEC §10): the median of price 1 (index with the funding still to run), price 2 (index with
 * the moving average of mid − index) and the last trade. Where funding flows all the time price 1 has none to run.
 */
export const markCheck = instrumentFeature<MarkMemory>({
  name: 'markCheck',
  appliesTo: perpsOnly,
  create: () => ({ stamps: [], distances: [] }),
  define: {
    markPrice1: {
      formula: 'index · (1 + last settled rate · hours to funding / interval hours)',
      unit: 'price',
      source: 'SPEC §10',
      inputs: [entry('index'), entry('fundingSettled'), entry('fundingIntervalHours')],
    },
    markPrice2: {
      formula: 'index + moving average of (mid − index)',
      unit: 'price',
      source: 'SPEC §10',
      inputs: [entry('index'), entry('mid')],
    },
    markLast: {
      formula: 'price of the last trade',
      unit: 'price',
      source: 'SPEC §10',
      inputs: [fact('trades')],
    },
    markOurs: {
      formula: 'median(price 1, price 2, last)',
      unit: 'price',
      source: 'SPEC §10',
      inputs: [entry('markPrice1'), entry('markPrice2'), entry('markLast')],
    },
    markDifferenceBps: {
      formula: "(our mark − the venue's mark) / the venue's mark",
      unit: 'bps',
      source: 'SPEC §10',
      inputs: [entry('markOurs'), entry('mark')],
    },
  },
  explain(memory, { now, settings }, name) {
    if (name !== 'markPrice2') return undefined;
    const { samples, everySeconds } = settings.markCheck;
    return {
      window: {
        span: spanOf(settings.markCheck),
        count: countAt(memory, now, settings),
        full: samples,
      },
      parameters: { everySeconds },
    };
  },
  onTick({ stamps, distances }, { state, sample, now, settings }) {
    const { samples, everySeconds } = settings.markCheck;
    if (now % (everySeconds * SECOND) !== 0) return;
    const { index } = markReadings(state, now, settings);
    if (index.state !== 'live' || sample.mid.state !== 'live') return;
    stamps.push(now);
    distances.push(sample.mid.value - index.value);
    while (stamps.length > samples) {
      stamps.shift();
      distances.shift();
    }
  },
  read(memory, { state, now, settings }) {
    const { mark, index } = markReadings(state, now, settings);
    const predicted = predictedReading(state, now, settings);
    const next = nextFunding(state, predicted);
    const isContinuous = next.state === 'absent' && next.reason === 'continuous funding';
    const price1 = isContinuous
      ? index
      : derive(
          [index, settledReading(state, now), next, intervalReading(state)] as const,
          (price, rate, ts, hours) =>
            carriedIndex(price, rate, Math.max(0, ts - now) / HOUR, hours),
        );
    const price2 = derive(
      [index, averageDistance(memory, now, settings)] as const,
      (price, distance) => price + distance,
    );
    const last = lastPriceReading(state, now, settings);
    const ours = marked(derive([price1, price2, last] as const, medianOfThree), {
      estimated: true,
    });
    return {
      markPrice1: price1,
      markPrice2: price2,
      markLast: last,
      markOurs: ours,
      markDifferenceBps: derive(
        [ours, mark] as const,
        (our, theirs) => ((our - theirs) / theirs) * 1e4,
      ),
    };
  },
});
