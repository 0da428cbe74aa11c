import { copyHours, createHourly, type Hourly, hourAt, setHour } from '../market/hourly.ts';
import type { InstrumentState } from '../market/state.ts';
import { entry, fact } from '../model/definition.ts';
import { absent, live, type Marks, type Reading, stale } from '../model/reading.ts';
import { HOUR, MINUTE, type Micros } from '../model/units.ts';
import { zScore } from '../stats/z-score.ts';
import { anyInstrument, instrumentFeature } from './feature.ts';

const MINUTES = 60;

/** Flows of one minute, or of sixty. */
interface Flow {
  /** Base coin: bought − sold, bought + sold. */
  net: number;
  volume: number;
  /** The same at the prices paid, quote currency. */
  netUsd: number;
  volumeUsd: number;
}

const nothing = (): Flow => ({ net: 0, volume: 0, netUsd: 0, volumeUsd: 0 });

interface FlowHourMemory {
  /** The last sixty minutes that were heard whole; slot = number mod 60. */
  readonly minutes: Flow[];
  /** Number of the minute in a slot (closes since the epoch); −1 for none. */
  readonly numbers: Float64Array;
  /** The minute in progress, and whether it has been heard from its beginning on. */
  open: Flow;
  isWhole: boolean;
  hasTraded: boolean;
  /** Number of the last minute that was seen closing; −1 before the first. */
  closed: number;
  /** Coins traded in the hours that were heard whole. */
  readonly volumes: Hourly;
}

/** What is known of the sixty minutes up to `now`. */
interface LastHour extends Flow {
  readonly count: number;
  /** Net flow by the minute, oldest first; NaN for a minute not heard whole. */
  readonly nets: Float64Array;
}

function lastHour({ minutes, numbers }: FlowHourMemory, now: Micros): LastHour {
  const last = Math.floor(now / MINUTE);
  const sum = nothing();
  const nets = new Float64Array(MINUTES).fill(Number.NaN);
  let count = 0;
  for (let i = 0; i < MINUTES; i += 1) {
    const number = last - MINUTES + 1 + i;
    const slot = number % MINUTES;
    if (numbers[slot] !== number) continue;
    const { net, volume, netUsd, volumeUsd } = minutes[slot]!;
    nets[i] = net;
    sum.net += net;
    sum.volume += volume;
    sum.netUsd += netUsd;
    sum.volumeUsd += volumeUsd;
    count += 1;
  }
  return { ...sum, count, nets };
}

/** The closed hours of the window of a z-score, the venue's own where it has them, then `current`. */
function volumeWindow(
  { volumes }: FlowHourMemory,
  { history }: InstrumentState,
  hour: number,
  hours: number,
  current: number,
): Float64Array {
  const window = new Float64Array(hours);
  const from = hour - hours + 1;
  copyHours(history.volume, from, hours - 1, window);
  for (let i = 0; i < hours - 1; i += 1)
    if (Number.isNaN(window[i]!)) window[i] = hourAt(volumes, from + i);
  window[hours - 1] = current;
  return window;
}

const UNHEARD = absent('no minute heard whole yet');
const NO_TRADES = absent('no trades yet');

/**
 * Trade flow of one instrument over the last sixty whole minutes (SPEC §4): net flow and volume, the z-score of the last minute's net flow among them, and
 * the z-score of the hour's volume among the hours of the trailing week (volume shock).
 *
 * A minute counts when it was heard from its beginning to its end; sums of fewer than sixty are marked `partial`, and the volume shock, which would be
 * biased by them, is absent until there are sixty.
 */
export const flowHour = instrumentFeature<FlowHourMemory>({
  name: 'flowHour',
  appliesTo: anyInstrument,
  needs: 'book',
  create: (settings) => ({
    minutes: Array.from({ length: MINUTES }, nothing),
    numbers: new Float64Array(MINUTES).fill(-1),
    open: nothing(),
    isWhole: false,
    hasTraded: false,
    closed: -1,
    volumes: createHourly(settings.drift.windowHours),
  }),
  define: {
    netZ60m: {
      formula: '(net − mean) / sd of the last whole minute among the last 60, net = bought − sold',
      unit: 'sd',
      source: 'SPEC §4',
      inputs: [fact('trades')],
    },
    netUsd60m: {
      formula: 'Σ ± price · size of the last 60 whole minutes, + bought, − sold by takers',
      unit: 'usd',
      source: 'SPEC §4',
      inputs: [fact('trades')],
    },
    volumeUsd60m: {
      formula: 'Σ price · size of the last 60 whole minutes',
      unit: 'usd',
      source: 'SPEC §4',
      inputs: [fact('trades')],
    },
    volume60m: {
      formula: 'Σ size of the last 60 whole minutes',
      unit: 'coins',
      source: 'SPEC §4',
      inputs: [fact('trades')],
    },
    volumeShock1h: {
      formula: '(volume − mean) / sd of the last 60 minutes among the hours of the trailing week',
      unit: 'sd',
      source: 'SPEC §4',
      inputs: [entry('volume60m'), fact('history.volume')],
    },
  },
  explain(memory, { now, state, settings }, name) {
    const { count, volume } = lastHour(memory, now);
    if (name !== 'volumeShock1h')
      return {
        window: { span: HOUR, count, full: MINUTES },
        ...(name === 'netZ60m' && { parameters: { minMinutes: settings.flow.minMinutes } }),
        ...(count < MINUTES && { excluded: ['minutes that were not heard whole'] }),
      };
    const { windowHours, minValues } = settings.drift;
    const hour = Math.floor(now / HOUR) + 1;
    const window = volumeWindow(memory, state, hour, windowHours, volume);
    const hours = window.reduce((known, value) => known + (Number.isNaN(value) ? 0 : 1), 0);
    return {
      window: { span: windowHours * HOUR, count: hours, full: windowHours },
      parameters: { minValues },
    };
  },
  onTrade(memory, { price, size, aggressor }) {
    const { open } = memory;
    const sign = aggressor === 'buy' ? 1 : -1;
    memory.hasTraded = true;
    open.net += sign * size;
    open.volume += size;
    open.netUsd += sign * size * price;
    open.volumeUsd += size * price;
  },
  onTick(memory, { now, silentFor }) {
    if (silentFor !== null) memory.isWhole = false;
    if (now % MINUTE !== 0) return;
    const number = now / MINUTE;
    // A minute whose beginning nobody saw is not whole, however much of it was heard.
    if (memory.isWhole && memory.closed === number - 1) {
      memory.minutes[number % MINUTES] = memory.open;
      memory.numbers[number % MINUTES] = number;
    }
    memory.open = nothing();
    memory.closed = number;
    // A stream that has never spoken may be none: its silence is no zero.
    memory.isWhole = memory.hasTraded && silentFor === null;
    if (now % HOUR !== 0) return;
    const { count, volume } = lastHour(memory, now);
    if (count === MINUTES) setHour(memory.volumes, now / HOUR, now, volume);
  },
  read(memory, { now, state, settings, silentFor }) {
    const { count, nets, netUsd, volume, volumeUsd } = lastHour(memory, now);
    const marks: Marks = count < MINUTES ? { partial: true } : {};
    const reading = (value: number): Reading =>
      silentFor === null ? live(value, marks) : stale(value, silentFor, marks);
    const scored = (window: Float64Array, minValues: number, none: string): Reading => {
      const score = zScore(window, minValues);
      if ('z' in score) return reading(score.z);
      return absent(score.reason === 'no value' ? none : score.reason);
    };
    const sum = (value: number): Reading =>
      count > 0 ? reading(value) : memory.hasTraded ? UNHEARD : NO_TRADES;
    const { windowHours, minValues } = settings.drift;
    const hour = Math.floor(now / HOUR) + 1;
    return {
      netZ60m:
        count === 0
          ? sum(0)
          : scored(nets, settings.flow.minMinutes, 'last minute not heard whole'),
      netUsd60m: sum(netUsd),
      volumeUsd60m: sum(volumeUsd),
      volume60m: sum(volume),
      volumeShock1h:
        count < MINUTES
          ? absent(`warming ${count}/${MINUTES} min`)
          : scored(volumeWindow(memory, state, hour, windowHours, volume), minValues, 'no volume'),
    };
  },
});
