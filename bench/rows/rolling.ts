import { createMoments, momentsSd, pushMoments } from '../../src/stats/moments.ts';
import { createQuantiles, pushQuantiles, quantileOf } from '../../src/stats/quantiles.ts';
import { createRandom, nextNormal, type Random } from '../../src/stats/random.ts';
import { collectYoung } from '../collect.ts';
import { createSortedWindow, pushSorted, quantileOfSorted } from '../contenders/sorted-array.ts';
import { shuffled } from '../shuffled.ts';
import { spreadOf } from '../spread.ts';
import { counted, type Found, type Options, type Section } from './row.ts';

/** A week of seconds. */
const WEEK = 604_800;

/** Normals to feed from, a power of two: drawing each anew would cost more than what it is fed to. */
const FEED = 2 ** 20;

function normals(random: Random, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = nextNormal(random);
  return out;
}

/** Σ without the roundings (Neumaier 1974). */
function compensatedSum(values: Float64Array): number {
  let sum = 0;
  let rest = 0;
  for (const value of values) {
    const next = sum + value;
    rest += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + rest;
}

/** Standard deviation in two passes over the window, both compensated. */
function referenceSd(values: Float64Array): number {
  const mean = compensatedSum(values) / values.length;
  const deviations = values.map((value) => value - mean);
  const left = compensatedSum(deviations);
  const squares = compensatedSum(deviations.map((deviation) => deviation * deviation));
  return Math.sqrt((squares - (left * left) / values.length) / (values.length - 1));
}

/** One wrong price in so many parts of the run. */
const SPIKES = 40;
const SPIKE = 1e9;

function measureMoments({ seed, quick }: Options): ReadonlyMap<string, Found> {
  const window = quick ? 6048 : WEEK;
  const updates = quick ? 200_000 : 1e8;
  const feed = normals(createRandom(seed), FEED);
  const valueAt = (i: number): number => 64_000 + 50 * feed[i & (FEED - 1)]!;
  // The last spike leaves the window with the last update.
  const lastSpike = updates - window - 1;
  const spikeEvery = Math.ceil(updates / SPIKES);
  let nextSpike = lastSpike % spikeEvery;
  const moments = createMoments(window);
  const start = performance.now();
  for (let i = 0; i < updates; i++) {
    const isSpike = i === nextSpike;
    if (isSpike) nextSpike = i < lastSpike ? i + spikeEvery : Infinity;
    pushMoments(moments, isSpike ? SPIKE : valueAt(i));
  }
  const nanos = ((performance.now() - start) * 1e6) / updates;
  const last = Float64Array.from({ length: window }, (_, i) => valueAt(updates - window + i));
  const reference = referenceSd(last);
  const error = Math.abs(momentsSd(moments) / reference - 1);
  const note = `${updates} updates, window ${window}, sd ${reference.toFixed(3)}`;
  return new Map([
    ['rolling.sd', counted(error, note)],
    ['rolling.cost', counted(nanos, 'its feed included')],
  ]);
}

export const momentsSection: Section = {
  rows: [
    {
      id: 'rolling.sd',
      what: 'rolling sd after spikes of 1e9: relative error',
      unit: '',
      better: 'less',
      must: 1e-9,
      aim: 1e-13,
    },
    {
      id: 'rolling.cost',
      what: 'rolling mean and sd: one update',
      unit: 'ns',
      better: 'less',
      must: null,
      aim: null,
    },
  ],
  measure: async (options) => measureMoments(options),
};

const TURN = 500;
const TURNS = 40;
const QUANTILE = 0.85;

function measureQuantile({ seed, quick, rounds }: Options): ReadonlyMap<string, Found> {
  const window = quick ? 6048 : WEEK;
  const random = createRandom(seed);
  const turns = (quick ? 4 : TURNS) * rounds;
  const values = normals(random, window + turns * TURN);
  const first = values.subarray(0, window);
  const ours = createQuantiles(window);
  for (const value of first) pushQuantiles(ours, value);
  const peer = createSortedWindow(first);
  const runners = [
    {
      times: [] as number[],
      results: new Float64Array(turns * TURN),
      step: (x: number): number => {
        pushQuantiles(ours, x);
        return quantileOf(ours, QUANTILE);
      },
    },
    {
      times: [] as number[],
      results: new Float64Array(turns * TURN),
      step: (x: number): number => {
        pushSorted(peer, x);
        return quantileOfSorted(peer, QUANTILE);
      },
    },
  ] as const;
  for (let from = 0; from < turns * TURN; from += TURN)
    for (const { times, results, step } of shuffled(runners, random)) {
      collectYoung();
      const start = performance.now();
      for (let i = from; i < from + TURN; i++) results[i] = step(values[window + i]!);
      times.push(performance.now() - start);
    }
  const [mine, other] = runners;
  const differs = mine.results.findIndex((value, i) => value !== other.results[i]);
  const failed =
    differs < 0
      ? undefined
      : `update ${differs}: ${mine.results[differs]}, the sorted array says ${other.results[differs]}`;
  const ratio = spreadOf(other.times.map((ms, i) => ms / mine.times[i]!));
  const micros = (spreadOf(mine.times).value * 1000) / TURN;
  const note = `${turns * TURN} equal results, ${micros.toFixed(2)} µs each`;
  return new Map([['rolling.quantile', failed === undefined ? { ...ratio, note } : { failed }]]);
}

export const quantileSection: Section = {
  rows: [
    {
      id: 'rolling.quantile',
      what: 'exact 0.85 quantile of 604,800: than a sorted array',
      unit: '× faster',
      better: 'more',
      must: 8,
      aim: 15,
    },
  ],
  measure: async (options) => measureQuantile(options),
};
