import { entry, fact } from '../model/definition.ts';
import { absent, live, type Reading } from '../model/reading.ts';
import { HOUR } from '../model/units.ts';
import { quantileOf } from '../stats/quantiles.ts';
import {
  createTimedWindow,
  evictBefore,
  pushTimed,
  type TimedWindow,
  timedCount,
  timedQuantiles,
} from '../stats/timed-window.ts';
import { anyInstrument, instrumentFeature } from './feature.ts';

const SAMPLES_PER_HOUR = 3600;

const BOOK = [fact('book')];
const DEPTH = 'Σ size · price over levels within ±δ of mid';

interface DepthMemory {
  readonly spread: TimedWindow;
  readonly depth: TimedWindow;
}

/**
 * Depth and spread of one book (SPEC §4): what rests within ±band of mid per side, in quote currency, the spread and its 90 % quantile of the hour,
 * and the least depth (both sides together) of the hour. Hour figures are marked `partial` until the hour is full.
 */
export const depth = instrumentFeature<DepthMemory>({
  name: 'depth',
  appliesTo: anyInstrument,
  create: () => ({
    spread: createTimedWindow(SAMPLES_PER_HOUR, { quantiles: true }),
    depth: createTimedWindow(SAMPLES_PER_HOUR, { quantiles: true }),
  }),
  define: {
    mid: { formula: '(bid + ask) / 2', unit: 'price', source: 'SPEC §4', inputs: BOOK },
    microprice: {
      formula: '(bid · askSize + ask · bidSize) / (bidSize + askSize)',
      unit: 'price',
      source: 'SPEC §4',
      inputs: BOOK,
    },
    spreadBps: { formula: '(ask − bid) / mid · 1e4', unit: 'bps', source: 'SPEC §4', inputs: BOOK },
    spreadQ90h1: {
      formula: '0.9 quantile of the spread, one sample a second, 1 h',
      unit: 'bps',
      source: 'SPEC §4',
      inputs: [entry('spreadBps')],
    },
    depthBid: { formula: DEPTH, unit: 'usd', source: 'SPEC §4', inputs: BOOK },
    depthAsk: { formula: DEPTH, unit: 'usd', source: 'SPEC §4', inputs: BOOK },
    depthMinH1: {
      formula: 'least depth of both sides together, one sample a second, 1 h',
      unit: 'usd',
      source: 'SPEC §4',
      inputs: [entry('depthBid'), entry('depthAsk')],
    },
  },
  explain({ spread, depth }, { sample }, name) {
    const window = name === 'spreadQ90h1' ? spread : name === 'depthMinH1' ? depth : undefined;
    if (window !== undefined)
      return { window: { span: HOUR, count: timedCount(window), full: SAMPLES_PER_HOUR } };
    return name.startsWith('depth') ? { parameters: { bandBps: sample.bandBps } } : undefined;
  },
  onTick(memory, { now, sample }) {
    evictBefore(memory.spread, now - HOUR);
    evictBefore(memory.depth, now - HOUR);
    if (sample.spreadBps.state === 'live') pushTimed(memory.spread, now, sample.spreadBps.value);
    if (sample.depthBid.state === 'live' && sample.depthAsk.state === 'live')
      pushTimed(memory.depth, now, sample.depthBid.value + sample.depthAsk.value);
  },
  read(memory, { sample }) {
    const over = (window: TimedWindow, p: number): Reading => {
      const samples = timedCount(window);
      if (samples === 0) return absent('no samples this hour');
      const value = quantileOf(timedQuantiles(window), p);
      return samples < SAMPLES_PER_HOUR ? live(value, { partial: true }) : live(value);
    };
    return {
      mid: sample.mid,
      microprice: sample.microprice,
      spreadBps: sample.spreadBps,
      spreadQ90h1: over(memory.spread, 0.9),
      depthBid: sample.depthBid,
      depthAsk: sample.depthAsk,
      depthMinH1: over(memory.depth, 0),
    };
  },
});
