import type { AnyInstrumentFeature, Entries } from '../../src/features/feature.ts';
import type { Trade } from '../../src/model/event.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { absent, live } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import { micros } from '../../src/model/units.ts';
import { at, inputWith, listed } from './market.ts';

/** A feature that is told trades, mids and the seconds of the clock. Times are seconds after `T0`. */
export function fed(
  feature: AnyInstrumentFeature,
  changes: Partial<Instrument> = {},
  settings: EngineSettings = DEFAULT_SETTINGS,
) {
  const { state, tell } = listed('perp', changes);
  const memory = feature.create(settings);
  /** The mid from now on; null for a book that is not live. */
  let mid: number | null = 100;
  const input = (seconds: number, silentFor?: number) =>
    inputWith(state, at(seconds), {
      sample: { mid: mid === null ? absent('book resyncing: gap') : live(mid) },
      settings,
      ...(silentFor !== undefined && { silentFor: micros(silentFor * 1e6) }),
    });
  let second = 0;
  /** Ticks up to and with `seconds`. */
  const until = (seconds: number, silentFor?: number): void => {
    for (; second < seconds; second += 1) feature.onTick?.(memory, input(second + 1, silentFor));
  };
  return {
    state,
    tell,
    memory,
    until,
    midIs: (value: number | null): void => {
      mid = value;
    },
    trade: (aggressor: Trade['aggressor'], size: number, price = 100): void => {
      const event: Trade = {
        kind: 'trade',
        instrument: state.instrument.id,
        aggressor,
        price,
        size,
        id: null,
        tsExchange: null,
        tsLocal: at(second + 0.5),
      };
      feature.onTrade?.(memory, event, state.instrument);
    },
    read: (silentFor?: number): Entries => feature.read(memory, input(second, silentFor)),
    explain: (name: string) => feature.explain?.(memory, input(second), name),
  };
}

/** A 24 h volume that the ticker tells, base coin. */
export const volume24h = (tsLocal: number, size: number, notional = size * 100) => ({
  kind: 'volume24h',
  tsLocal: micros(tsLocal),
  size,
  notional,
});
