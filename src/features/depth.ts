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
