import { markReadings } from '../features/basis.ts';
import type { InstrumentInput } from '../features/feature.ts';
import { intervalReading, predictedReading, rate8h } from '../features/funding.ts';
import { openInterestReading } from '../features/open-interest.ts';
import { realisedVolatility } from '../features/volatility.ts';
import { type Hourly, setHour } from '../market/hourly.ts';
import type { Reading } from '../model/reading.ts';

/** Only a live number is one of this instant. */
export const fresh = (reading: Reading): number =>
  reading.state === 'live' ? reading.value : Number.NaN;

/** Writes a number into an hourly series, unless there is none. */
export function writeHour(series: Hourly, hour: number, stamp: number, value: number): void {
  if (Number.isFinite(value)) setHour(series, hour, stamp, value);
}

/** At the close of `hour`: writes the states of one listing, as far as they are live, into its history. */
export function sampleHour(input: InstrumentInput, hour: number): void {
  const { now, settings, state, sample } = input;
  const { history } = state;
  const write = (series: Hourly, value: number) => writeHour(series, hour, now, value);
  write(history.close, fresh(sample.mid));
  write(history.depthUsd, fresh(sample.depthBid) + fresh(sample.depthAsk));
  write(history.realisedVolatility, fresh(realisedVolatility(state, now, settings)));
  if (state.instrument.kind === 'spot') return;
  const { mark, index } = markReadings(state, now, settings);
  write(history.openInterest, fresh(openInterestReading(state, now, settings)));
  write(
    history.funding8h,
    fresh(rate8h(predictedReading(state, now, settings), intervalReading(state))),
  );
  write(history.mark, fresh(mark));
  write(history.index, fresh(index));
}
