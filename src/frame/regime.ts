import { absent, live, type Marks, type Reading, stale } from '../model/reading.ts';
import type { Micros } from '../model/units.ts';
import type { AssetSignals } from '../signals/asset-signals.ts';
import type { RegimeInputs } from '../signals/regime.ts';
import { readRegimeRecord } from '../signals/regime-record.ts';
import type { RegimeConditional, RegimeFrame } from './frame.ts';

/**
 * The regime in force with the numbers it rests on; absent where it cannot be told.
 *
 * @param overdue age of the tick it was made at, when the next one is overdue.
 * @param lead what marks every number of the leading perp.
 */
export function regimeFrame(
  signals: AssetSignals,
  now: Micros,
  overdue: Micros | null,
  lead: Marks = {},
): RegimeFrame {
  const { regime, isRegimeTold, regimeInputs, regimeReasons, provisional } = signals;
  const asOfTick = <T>(value: T, more: Marks = {}): Reading<T> => {
    const marks = { ...lead, ...more };
    return overdue === null ? live(value, marks) : stale(value, overdue, marks);
  };
  const number = (name: keyof RegimeInputs, marks: Marks = {}): Reading =>
    Number.isFinite(regimeInputs[name])
      ? asOfTick(regimeInputs[name], marks)
      : absent(regimeReasons[name]);
  const isTold = isRegimeTold && regime.announced !== null;
  return {
    label:
      isTold && regime.announced !== null
        ? asOfTick(regime.announced)
        : absent(
            Number.isFinite(regimeInputs.oiShock) ? regimeReasons.fundingZ : regimeReasons.oiShock,
          ),
    since: isTold ? regime.since : null,
    oiShock: number('oiShock'),
    fundingZ: number('fundingZ', {
      provisional: true,
      ...(provisional !== null && { nEff: provisional.fundingFacts }),
    }),
    oiChange: number('oiChange'),
    liquidationZ: number('liquidationZ'),
    depthRank: number('depthRank'),
    conditional: conditionalOf(signals, now, asOfTick),
  };
}

function conditionalOf(
  { regimeRecord, provisional }: AssetSignals,
  now: Micros,
  asOfTick: (value: number, marks?: Marks) => Reading,
): RegimeConditional {
  const record = readRegimeRecord(regimeRecord, now);
  const { isWhole, knownMinutes, carryMinutes, stressMinutes } = record;
  const known = isWhole ? '7 d' : `${knownMinutes} min known of 7 d`;
  const reading = (value: number, isBeen: boolean, never: string, what: string): Reading =>
    provisional === null
      ? absent('no perp listed yet')
      : Number.isFinite(value)
        ? asOfTick(value, isWhole ? {} : { partial: true })
        : absent(isBeen ? `no ${what} meanwhile` : `${never} in ${known}`);
  const isCrowded = carryMinutes > 0;
  return {
    spreadQ90Carry: reading(record.spreadQ90Carry, isCrowded, 'never crowded', 'spread'),
    depthMinStress: reading(record.depthMinStress, stressMinutes > 0, 'never in stress', 'depth'),
    oibPersistenceCarry: reading(record.oibPersistenceCarry, isCrowded, 'never crowded', 'OIB'),
    carryMinutes,
    stressMinutes,
    knownMinutes,
  };
}
