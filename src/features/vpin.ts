import { fact } from '../model/definition.ts';
import { fromSteps, type Grid, toSteps } from '../model/grid.ts';
import { absent, live, type Marks, type Reading, stale } from '../model/reading.ts';
import { HOUR, type Micros } from '../model/units.ts';
import { anyInstrument, instrumentFeature } from './feature.ts';
import { sizeGridOf } from './lots.ts';
import { volumeReading } from './ticker.ts';

interface VpinMemory {
  /** |bought − sold| / volume of the complete buckets, the newest last; as many as VPIN is a mean of. */
  readonly imbalances: number[];
  /** When each of them was completed, µs, strictly ascending. */
  readonly stamps: number[];
  /** Whether some of them are of an earlier run, and nothing of this one has been heard yet. */
  isRecalled: boolean;
  /** The bucket in progress: lots of `grid` bought and sold so far, and those it holds; 0 while none has begun. */
  buy: number;
  sell: number;
  bucket: number;
  grid: Grid;
  /** Lots of the next bucket to begin, from the 24 h volume; 0 while that is unknown. */
  next: number;
  /** Coins of `next`, before they were made whole lots of whatever grid. */
  nextCoins: number;
  /** Complete buckets since the last in which trades were missed; −1 when none were ever missed. */
  sinceHole: number;
  /** Whether trades were missed in the bucket in progress. */
  hasHole: boolean;
  /** Buckets that VPIN is a mean of. */
  readonly kept: number;
}

/** Buckets of an earlier run are no past of this one when more time than this went by unheard. */
const LONGEST_PAUSE = HOUR;

const lotsOf = (coins: number, grid: Grid): number =>
  coins > 0 ? Math.max(1, toSteps(coins, grid)) : 0;

/** Counts in the lots of `grid` from now on. Grids only ever become finer, so nothing is lost. */
function countIn(memory: VpinMemory, grid: Grid): void {
  const { grid: before } = memory;
  if (before.units === grid.units && before.scale === grid.scale) return;
  const again = (lots: number): number => toSteps(fromSteps(lots, before), grid);
  memory.buy = again(memory.buy);
  memory.sell = again(memory.sell);
  memory.bucket = again(memory.bucket);
  memory.next = lotsOf(memory.nextCoins, grid);
  memory.grid = grid;
}

/** The bucket in progress is full. */
function complete(memory: VpinMemory, ts: number): void {
  const { imbalances, stamps, buy, sell, bucket } = memory;
  imbalances.push(Math.abs(buy - sell) / bucket);
  stamps.push(Math.max(ts, (stamps.at(-1) ?? 0) + 1));
  if (imbalances.length > memory.kept) {
    imbalances.shift();
    stamps.shift();
  }
  if (memory.hasHole) memory.sinceHole = 0;
  else if (memory.sinceHole >= 0) memory.sinceHole += 1;
  memory.hasHole = false;
  memory.buy = 0;
  memory.sell = 0;
  memory.bucket = memory.next;
}

/** Fills buckets with `lots` of one side. */
function fill(memory: VpinMemory, side: 'buy' | 'sell', lots: number, ts: number): void {
  const { kept } = memory;
  let rest = lots;
  let room = memory.bucket - memory.buy - memory.sell;
  // Of a print that fills more buckets than are kept only the last ones leave a trace.
  const whole = Math.floor((rest - room) / memory.next);
  if (whole > kept) rest -= (whole - kept) * memory.next;
  while (rest >= room) {
    memory[side] += room;
    rest -= room;
    complete(memory, ts);
    room = memory.bucket;
  }
  memory[side] += rest;
}

/** Whether what an earlier run has kept is recent enough to go on from; what was traded in between is missing in any case. */
function admitRecalled(memory: VpinMemory, now: Micros): void {
  const { imbalances, stamps } = memory;
  const newest = stamps.at(-1)!;
  memory.isRecalled = false;
  if (newest <= now && now - newest <= LONGEST_PAUSE) return;
  imbalances.length = 0;
  stamps.length = 0;
  memory.sinceHole = -1;
}

/**
 * VPIN (Easley, López de Prado, O'Hara 2012; SPEC §4): how one-sided the takers are, as the mean of |bought − sold| / volume over the last fifty buckets of
 * equal volume. A bucket holds a fiftieth of the 24 h volume as it is known when it begins; a print that does not fit is split at the edge. The side is the
 * venue's own aggressor, so nothing is classified in bulk. An imbalance, 0 … 1, and no forecast.
 *
 * Absent until the 24 h volume is known, then `warming n/50`: about a day, so buckets are kept and a restart within the hour goes on from them. Marked `partial`
 * while trades are missing in or between the fifty.
 */
export const vpin = instrumentFeature<VpinMemory>({
  name: 'vpin',
  appliesTo: anyInstrument,
  needs: 'book',
  create: (settings) => ({
    imbalances: [],
    stamps: [],
    isRecalled: false,
    buy: 0,
    sell: 0,
    bucket: 0,
    grid: { units: 1, scale: 1 },
    next: 0,
    nextCoins: 0,
    sinceHole: -1,
    hasHole: false,
    kept: settings.vpin.buckets,
  }),
  define: {
    vpin: {
      formula: 'mean of |bought − sold| / volume over 50 buckets of a fiftieth of the 24 h volume',
      unit: 'ratio',
      source: 'SPEC §4; Easley, López de Prado, O’Hara 2012',
      inputs: [fact('trades'), fact('volume24h')],
    },
    vpinBuckets: {
      formula: 'complete buckets that VPIN is made of',
      unit: 'count',
      source: 'SPEC §4',
      inputs: [fact('trades'), fact('volume24h')],
    },
  },
  explain: ({ imbalances, bucket, buy, sell, grid, sinceHole, kept }, _, name) =>
    name === 'vpin'
      ? {
          parameters: {
            buckets: imbalances.length,
            bucketCoins: fromSteps(bucket, grid),
            openCoins: fromSteps(buy + sell, grid),
          },
          ...(sinceHole >= 0 &&
            sinceHole < kept && { excluded: ['trades while the feed was lost'] }),
        }
      : undefined,
  onTrade(memory, { size, aggressor, tsLocal }, instrument) {
    countIn(memory, sizeGridOf(instrument));
    if (memory.next === 0) return;
    if (memory.bucket === 0) memory.bucket = memory.next;
    fill(memory, aggressor, toSteps(size, memory.grid), tsLocal);
  },
  onTick(memory, { now, state, settings, silentFor }) {
    if (silentFor !== null && memory.bucket > 0) memory.hasHole = true;
    if (memory.isRecalled) admitRecalled(memory, now);
    const volume = volumeReading(state, now, settings);
    if (volume.state !== 'live') return;
    memory.nextCoins = volume.value / memory.kept;
    memory.next = lotsOf(memory.nextCoins, memory.grid);
  },
  read({ imbalances, sinceHole, next, kept }, { now, state, settings, silentFor }) {
    if (next === 0) {
      const volume = volumeReading(state, now, settings);
      const none =
        volume.state === 'absent' ? volume : absent(`warming ${imbalances.length}/${kept}`);
      return { vpin: none, vpinBuckets: none };
    }
    const count = imbalances.length;
    const marks: Marks = sinceHole >= 0 && sinceHole < kept ? { partial: true } : {};
    const reading = (value: number, more: Marks): Reading =>
      silentFor === null ? live(value, more) : stale(value, silentFor, more);
    const sum = imbalances.reduce((total, value) => total + value, 0);
    return {
      vpin: count < kept ? absent(`warming ${count}/${kept}`) : reading(sum / count, marks),
      vpinBuckets: reading(count, {}),
    };
  },
  keep({ imbalances, stamps }, after) {
    const from = stamps.findIndex((stamp) => stamp > after);
    return from < 0
      ? undefined
      : { series: 'vpinBucket', stamps: stamps.slice(from), values: imbalances.slice(from) };
  },
  recall(memory, { series, stamps, values }) {
    if (series !== 'vpinBucket' || stamps.length === 0 || memory.stamps.length > 0) return;
    memory.stamps.push(...stamps.slice(-memory.kept));
    memory.imbalances.push(...values.slice(-memory.kept));
    memory.sinceHole = 0;
    memory.isRecalled = true;
  },
});
