import { type Definition, entry, type Input, type Unit } from '../model/definition.ts';
import { absent, derive, live, type Reading } from '../model/reading.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../model/units.ts';
import { momentsSd, momentsZ } from '../stats/moments.ts';
import { addTimedSum, createTimedSum, type TimedSum, timedSum } from '../stats/sums.ts';
import {
  createTimedWindow,
  evictBefore,
  pushTimed,
  type TimedWindow,
  timedCount,
  timedMoments,
} from '../stats/timed-window.ts';
import { basisOf } from './basis.ts';
import { type AssetInput, assetFeature, numberOf } from './feature.ts';
import { sumAt } from './timed-sum.ts';

const SECONDS_PER_HOUR = 3600;
const MINUTES_PER_HOUR = 60;
const MINUTES_PER_DAY = 1440;

const secondsOfHour = (): TimedSum => createTimedSum(HOUR, SECONDS_PER_HOUR + 1, SECOND);
const minutesOfHour = (): TimedSum => createTimedSum(HOUR, MINUTES_PER_HOUR + 1, MINUTE);

const of = (formula: string, unit: Unit, ...inputs: Input[]): Definition => ({
  formula,
  unit,
  source: 'SPEC §4',
  inputs,
});

const OIBS = [entry('oib', 'spot'), entry('oib', 'perp')];
const DEPTHS = [
  entry('depthBid', 'perp'),
  entry('depthAsk', 'perp'),
  entry('depthBid', 'spot'),
  entry('depthAsk', 'spot'),
];

/** Of one pair of listings: another pair begins anew. */
interface CrossMarketMemory {
  /** The listings compared; null before the first second of both. */
  pair: string | null;
  /** Seconds of the hour in which both books were live, and those in which spot led, per direction. */
  seconds: TimedSum;
  leadBid: TimedSum;
  leadAsk: TimedSum;
  /** Venue basis at each whole minute of the trailing day. */
  basis: TimedWindow;
  /** Minutes of the hour whose basis could be held against the day, and those in which it was dislocated. */
  judged: TimedSum;
  dislocated: TimedSum;
  /** z of the newest minute, NaN where there is none, and when that was. */
  z: number;
  zTs: number;
}

const empty = (): CrossMarketMemory => ({
  pair: null,
  seconds: secondsOfHour(),
  leadBid: secondsOfHour(),
  leadAsk: secondsOfHour(),
  basis: createTimedWindow(MINUTES_PER_DAY, { moments: true }),
  judged: minutesOfHour(),
  dislocated: minutesOfHour(),
  z: Number.NaN,
  zTs: 0,
});

/** A second in which spot is beyond the shock threshold and the perp is not in that direction, be it calm or beyond it in the other. */
function noteLead(memory: CrossMarketMemory, { now, settings, perp, spot }: AssetInput): void {
  const spotOib = spot?.sample.oib;
  const perpOib = perp?.sample.oib;
  if (spotOib?.state !== 'live' || perpOib?.state !== 'live') return;
  const { shock } = settings.oib;
  addTimedSum(memory.seconds, now, 1);
  if (spotOib.value > shock && !(perpOib.value > shock)) addTimedSum(memory.leadBid, now, 1);
  if (spotOib.value < -shock && !(perpOib.value < -shock)) addTimedSum(memory.leadAsk, now, 1);
}

/** A whole minute: the basis as it stands, held against the day that ends with it. */
function noteBasis(memory: CrossMarketMemory, { now, settings, perp, spot }: AssetInput): void {
  const perpMid = perp?.sample.mid;
  const spotMid = spot?.sample.mid;
  if (perpMid?.state !== 'live' || spotMid?.state !== 'live') return;
  const basis = basisOf(perpMid.value, spotMid.value);
  const { dislocationZ, minMinutes } = settings.crossMarket;
  pushTimed(memory.basis, now, basis);
  memory.zTs = now;
  memory.z =
    timedCount(memory.basis) < minMinutes
      ? Number.NaN
      : momentsZ(timedMoments(memory.basis), basis);
  if (Number.isNaN(memory.z)) return;
  addTimedSum(memory.judged, now, 1);
  if (Math.abs(memory.z) > dislocationZ) addTimedSum(memory.dislocated, now, 1);
}

/** Why no minute of the hour could be judged. */
function whyUnjudged({ basis }: CrossMarketMemory, { settings, perp, spot }: AssetInput): string {
  const count = timedCount(basis);
  const { minMinutes } = settings.crossMarket;
  if (perp === undefined) return 'no perp';
  if (spot === undefined) return 'no spot of this venue';
  if (count < minMinutes) return `warming ${count}/${minMinutes}`;
  return momentsSd(timedMoments(basis)) > 0 ? 'no samples this hour' : 'no variance';
}

/**
 * Spot against perp of one venue (SPEC §4): seconds of the hour in which spot led the perp per direction, minutes of the hour in which the venue basis was
 * dislocated from its own trailing day, how much deeper the perp is than spot, and how much of an open-interest shock its volume explains. Hours and days
 * not yet full are marked `partial`.
 */
export const crossMarket = assetFeature<CrossMarketMemory>({
  name: 'crossMarket',
  create: empty,
  define: {
    leadLagBid: of(
      'seconds of the hour with OIB spot above the shock threshold and OIB perp not',
      'seconds',
      ...OIBS,
    ),
    leadLagAsk: of(
      'seconds of the hour with OIB spot below minus the shock threshold and OIB perp not',
      'seconds',
      ...OIBS,
    ),
    basisVenueZ24h: of(
      'z of the venue basis at the last whole minute among those of its trailing 24 h',
      'sd',
      entry('mid', 'perp'),
      entry('mid', 'spot'),
    ),
    basisDislocationMinutes: of(
      'minutes of the hour with |z of the venue basis, 24 h| beyond the threshold',
      'minutes',
      entry('mid', 'perp'),
      entry('mid', 'spot'),
    ),
    liquidityRatio: of('perp depth / spot depth, both sides, within ±δ of mid', 'ratio', ...DEPTHS),
    crowdingRatio: of(
      'OI shock / volume shock, 1 h',
      'ratio',
      entry('oiShock1h', 'perp'),
      entry('volumeShock1h', 'perp'),
    ),
  },
  explain(memory, { now, settings }, name) {
    const { oib, crossMarket } = settings;
    switch (name) {
      case 'leadLagBid':
      case 'leadLagAsk':
        return {
          window: { span: HOUR, count: sumAt(memory.seconds, now), full: SECONDS_PER_HOUR },
          parameters: { threshold: oib.shock },
        };
      case 'basisDislocationMinutes':
        return {
          window: { span: HOUR, count: sumAt(memory.judged, now), full: MINUTES_PER_HOUR },
          parameters: { threshold: crossMarket.dislocationZ },
        };
      case 'basisVenueZ24h':
        return { window: { span: DAY, count: timedCount(memory.basis), full: MINUTES_PER_DAY } };
      case 'crowdingRatio':
        return { parameters: { minVolumeShock: crossMarket.minVolumeShock } };
      default:
        return undefined;
    }
  },
  onTick(memory, input) {
    const { now, perp, spot } = input;
    const pair =
      perp === undefined || spot === undefined
        ? null
        : `${perp.state.instrument.id} ${spot.state.instrument.id}`;
    if (pair !== memory.pair) Object.assign(memory, empty(), { pair });
    if (pair === null) return;
    evictBefore(memory.basis, now - DAY);
    for (const sum of [
      memory.seconds,
      memory.leadBid,
      memory.leadAsk,
      memory.judged,
      memory.dislocated,
    ])
      timedSum(sum, now);
    noteLead(memory, input);
    if (now % MINUTE === 0) noteBasis(memory, input);
  },
  read(memory, input) {
    const { now, settings, perp, perpEntries, spotEntries } = input;
    const { minVolumeShock } = settings.crossMarket;
    const over = (sum: TimedSum, samples: number, full: number, why: string): Reading =>
      samples === 0 ? absent(why) : live(sumAt(sum, now), samples < full ? { partial: true } : {});
    const seconds = sumAt(memory.seconds, now);
    const judged = sumAt(memory.judged, now);
    const unheard =
      perp === undefined
        ? 'no perp'
        : input.spot === undefined
          ? 'no spot of this venue'
          : 'no samples this hour';
    const depth = (bid: number, ask: number) => bid + ask;
    const perpDepth = derive(
      [numberOf(perpEntries, 'depthBid'), numberOf(perpEntries, 'depthAsk')] as const,
      depth,
    );
    const spotDepth: Reading =
      input.spot === undefined
        ? absent('no spot of this venue')
        : derive(
            [numberOf(spotEntries, 'depthBid'), numberOf(spotEntries, 'depthAsk')] as const,
            depth,
          );
    const volumeShock = numberOf(perpEntries, 'volumeShock1h');
    const isQuiet = volumeShock.state !== 'absent' && Math.abs(volumeShock.value) < minVolumeShock;
    return {
      leadLagBid: over(memory.leadBid, seconds, SECONDS_PER_HOUR, unheard),
      leadLagAsk: over(memory.leadAsk, seconds, SECONDS_PER_HOUR, unheard),
      basisVenueZ24h: zReading(memory, input),
      basisDislocationMinutes: over(
        memory.dislocated,
        judged,
        MINUTES_PER_HOUR,
        whyUnjudged(memory, input),
      ),
      liquidityRatio: derive([perpDepth, spotDepth] as const, (ours, theirs) => ours / theirs),
      crowdingRatio: isQuiet
        ? absent(`|volume shock| below ${minVolumeShock}`)
        : derive(
            [numberOf(perpEntries, 'oiShock1h'), volumeShock] as const,
            (shock, volume) => shock / volume,
          ),
    };
  },
});

/** z of the last whole minute; absent where that minute had no sample. */
function zReading(memory: CrossMarketMemory, input: AssetInput): Reading {
  const { z, zTs, basis } = memory;
  if (Number.isNaN(z)) return absent(whyUnjudged(memory, input));
  if (input.now - zTs >= 2 * MINUTE) return absent('no sample in the last minute');
  return live(z, timedCount(basis) < MINUTES_PER_DAY ? { partial: true } : {});
}
