import { absent, live, type Marks, type Reading, stale } from '../model/reading.ts';
import type { Micros } from '../model/units.ts';
import type { AssetSignals } from '../signals/asset-signals.ts';
import type { RegimeInputs } from '../signals/regime.ts';
import type { RegimeFrame } from './frame.ts';

/**
 * The regime in force with the numbers it rests on; absent where it cannot be told.
 *
 * @param overdue age of the tick it was made at, when the next one is overdue.
 * @param lead what marks every number of the leading perp.
 */
export function regimeFrame(
  signals: AssetSignals,
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
  };
}
