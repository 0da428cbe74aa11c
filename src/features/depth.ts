import { entry, fact } from '../model/definition.ts';
import { absent, derive, live, type Reading } from '../model/reading.ts';
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
import { bookSlope, topImbalance } from './book-shape.ts';
import { anyInstrument, instrumentFeature } from './feature.ts';
import { clockParameter, fullness, snapshotAt } from './notional-clock.ts';

const SAMPLES_PER_HOUR = 3600;

const BOOK = [fact('book')];
const SLOPE = 'Σ d · D(d) / Σ d², D(d) = depth within d bps of mid, d = δ/4, δ/2, 3δ/4, δ';
/** The slope of demand and supply schedules, there as an elasticity over levels: that depends on the unit of size, dollars per bp do not. */
const SLOPE_SOURCE = 'SPEC §4; after Næs, Skjeltorp 2006';
const DEPTH = 'Σ size · price over levels within ±δ of mid';

interface DepthMemory {
  readonly spread: TimedWindow;
  readonly depth: TimedWindow;
  /** Time of the first sample; 0 before it. */
  since: number;
  /** Of the book as of the last tick: dear enough to be told once a second. NaN where there was none. */
  slopeBid: number;
  slopeAsk: number;
}

/**
 * Depth and spread of one book (SPEC §4): what rests within ±band of mid per side, in quote currency, the spread and its 90 % quantile of the hour,
 * and the least depth (both sides together) of the hour; slope of the book per side, and the imbalance of the best five levels. Hour figures are marked
 * `partial` until the hour is full; under the notional clock (`sampling.clock`) their samples are those of the clock.
 */
export const depth = instrumentFeature<DepthMemory>({
  name: 'depth',
  appliesTo: anyInstrument,
  needs: 'quote',
  create: () => ({
    spread: createTimedWindow(SAMPLES_PER_HOUR, { quantiles: true }),
    depth: createTimedWindow(SAMPLES_PER_HOUR, { quantiles: true }),
    since: 0,
    slopeBid: Number.NaN,
    slopeAsk: Number.NaN,
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
    bookSlopeBid: { formula: SLOPE, unit: 'usd per bp', source: SLOPE_SOURCE, inputs: BOOK },
    bookSlopeAsk: { formula: SLOPE, unit: 'usd per bp', source: SLOPE_SOURCE, inputs: BOOK },
    bookSlope: {
      formula: '(slope of the bids + slope of the asks) / 2',
      unit: 'usd per bp',
      source: SLOPE_SOURCE,
      inputs: [entry('bookSlopeBid'), entry('bookSlopeAsk')],
    },
    top5Imbalance: {
      formula:
        '(Σ bid size − Σ ask size) / (Σ bid size + Σ ask size), best five levels of each side',
      unit: 'ratio',
      source: 'SPEC §4',
      inputs: BOOK,
    },
  },
  explain({ spread, depth, since }, { now, sample, settings }, name) {
    const window = name === 'spreadQ90h1' ? spread : name === 'depthMinH1' ? depth : undefined;
    if (window !== undefined) {
      const count = timedCount(window);
      const { full } = fullness(count, HOUR, since, now, settings);
      return { window: { span: HOUR, count, full }, parameters: clockParameter(settings) };
    }
    return /^(depth|bookSlope)/.test(name)
      ? { parameters: { bandBps: sample.bandBps } }
      : undefined;
  },
  onTick(memory, input) {
    const { now, sample, state } = input;
    memory.slopeBid = bookSlope(state, 'bid', sample);
    memory.slopeAsk = bookSlope(state, 'ask', sample);
    evictBefore(memory.spread, now - HOUR);
    evictBefore(memory.depth, now - HOUR);
    if (snapshotAt(input) === null) return;
    if (sample.spreadBps.state === 'live') {
      if (memory.since === 0) memory.since = now;
      pushTimed(memory.spread, now, sample.spreadBps.value);
    }
    if (sample.depthBid.state === 'live' && sample.depthAsk.state === 'live')
      pushTimed(memory.depth, now, sample.depthBid.value + sample.depthAsk.value);
  },
  read(memory, { now, state, settings, sample }) {
    const over = (window: TimedWindow, p: number): Reading => {
      const samples = timedCount(window);
      if (samples === 0) return absent('no samples this hour');
      const value = quantileOf(timedQuantiles(window), p);
      const { isPartial } = fullness(samples, HOUR, memory.since, now, settings);
      return isPartial ? live(value, { partial: true }) : live(value);
    };
    const slopeBid = derive([sample.depthBid] as const, () => memory.slopeBid);
    const slopeAsk = derive([sample.depthAsk] as const, () => memory.slopeAsk);
    return {
      mid: sample.mid,
      microprice: sample.microprice,
      spreadBps: sample.spreadBps,
      spreadQ90h1: over(memory.spread, 0.9),
      depthBid: sample.depthBid,
      depthAsk: sample.depthAsk,
      depthMinH1: over(memory.depth, 0),
      bookSlopeBid: slopeBid,
      bookSlopeAsk: slopeAsk,
      bookSlope: derive([slopeBid, slopeAsk] as const, (bid, ask) => (bid + ask) / 2),
      top5Imbalance: topImbalance(state, sample),
    };
  },
});
