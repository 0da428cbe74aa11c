import { windowWith } from '../market/hourly.ts';
import type { InstrumentState } from '../market/state.ts';
import {
  type Definition,
  type Definitions,
  entry,
  fact,
  type Grounds,
  type Input,
  path,
} from '../model/definition.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, MINUTE, type Micros } from '../model/units.ts';
import type { AssetSignals } from '../signals/asset-signals.ts';
import { windowStats } from '../signals/drift.ts';
import { regimeThresholds } from '../signals/regime.ts';
import { RECORD_SPAN, readRegimeRecord } from '../signals/regime-record.ts';
import { driftGrounds, scoreGrounds } from './drift-lineage.ts';

const of = (formula: string, unit: string, ...inputs: Input[]): Definition => ({
  formula,
  unit,
  source: 'SPEC §6',
  inputs,
});

export const regimeDefinitions: Definitions = {
  'regime.label': of(
    'stress: OI shock ≤ its threshold, or liquidations z and a thin book together; else crowded carry: funding z beyond its threshold while OI rises; else neutral',
    'text',
    path('regime.oiShock'),
    path('regime.oiChange'),
    path('regime.fundingZ'),
    path('regime.liquidationZ'),
    path('regime.depthRank'),
  ),
  'regime.oiShock': of(
    'z of the change of ln OI over the last hour among the hourly changes of the trailing 7 days',
    'sd',
    path('regime.oiChange'),
    fact('history.openInterest', 'perp'),
  ),
  'regime.fundingZ': of('z of the 8h funding rate', 'sd', path('drift.zFunding')),
  'regime.oiChange': of(
    'ln OI − ln OI 1 h ago, in coin',
    'ratio',
    entry('oiCoin', 'perp'),
    fact('history.openInterestTrail', 'perp'),
  ),
  'regime.liquidationZ': of(
    'z of the USD liquidated in the last hour among the hours of the trailing 7 days',
    'sd',
    path('liquidations.h1.long'),
    path('liquidations.h1.short'),
    fact('history.liquidatedUsd', 'perp'),
  ),
  'regime.depthRank': of(
    'share of the closes of the trailing 7 days with less perp depth, ties counting half',
    'fraction',
    entry('depthBid', 'perp'),
    entry('depthAsk', 'perp'),
    fact('history.depthUsd', 'perp'),
  ),
  'regime.conditional.spreadQ90Carry': of(
    '0.9 quantile of the spread in crowded carry, the last crowded second of each minute, 7 d',
    'bps',
    entry('spreadBps', 'perp'),
    path('regime.label'),
  ),
  'regime.conditional.depthMinStress': of(
    'least depth of both sides together in deleveraging stress, 7 d',
    'usd',
    entry('depthBid', 'perp'),
    entry('depthAsk', 'perp'),
    path('regime.label'),
  ),
  'regime.conditional.oibPersistenceCarry': of(
    'share of the seconds of crowded carry whose OIB has the sign of the second before, 7 d',
    'fraction',
    entry('oib', 'perp'),
    path('regime.label'),
  ),
  'regime.conditional.carryMinutes': of(
    'minutes of crowded carry, 7 d',
    'minutes',
    path('regime.label'),
  ),
  'regime.conditional.stressMinutes': of(
    'minutes of deleveraging stress, 7 d',
    'minutes',
    path('regime.label'),
  ),
  'regime.conditional.knownMinutes': of(
    'minutes in which the regime could be told, 7 d',
    'minutes',
    path('regime.label'),
  ),
};

/**
 * What a number under `regime.` rests on at this instant: windows and counts, and the thresholds in force, which are lower for the label that holds.
 *
 * @param lead the leading perp; null while there is none.
 * @returns undefined where its inputs say all, and before the first cell.
 */
export function regimeGrounds(
  signals: AssetSignals,
  lead: InstrumentState | null,
  settings: Pick<EngineSettings, 'drift' | 'gate' | 'regime'>,
  name: string,
  now: Micros,
): Grounds | undefined {
  const { provisional: cell, regime, regimeInputs, regimeRecord, series } = signals;
  if (cell === null || lead === null) return undefined;
  const { windowHours, minValues } = settings.drift;
  const at = regimeThresholds(regime.announced, settings.regime);
  const hourly = (of: 'liquidatedUsd' | 'depthUsd', parameters: Grounds['parameters']): Grounds => {
    const { count } = windowStats(windowWith(lead.history[of], cell.hour, windowHours, Number.NaN));
    return {
      window: { span: windowHours * HOUR, count, full: windowHours - 1 },
      parameters: { minValues, ...parameters },
    };
  };
  const record = () => readRegimeRecord(regimeRecord, now);
  const week = (count: number, full: number): Grounds => ({
    window: { span: RECORD_SPAN, count, full },
    parameters: { knownMinutes: record().knownMinutes },
  });
  const minutes = RECORD_SPAN / MINUTE;
  switch (name) {
    case 'regime.label':
      return {
        parameters: {
          ...at,
          held: regime.announced,
          holdSeconds: settings.gate.holdSeconds,
          exitShare: settings.regime.exitShare,
        },
      };
    case 'regime.oiShock': {
      const { window, parameters } = scoreGrounds(
        series.oiChange,
        cell.hour,
        regimeInputs.oiChange,
        windowHours,
      );
      return { ...(window && { window }), parameters: { ...parameters, stressBelow: at.oiShock } };
    }
    case 'regime.fundingZ': {
      const grounds = driftGrounds(signals, settings, 'drift.zFunding');
      const { fundingZLong, fundingZShort } = at;
      return { ...grounds, parameters: { ...grounds?.parameters, fundingZLong, fundingZShort } };
    }
    case 'regime.liquidationZ':
      return hourly('liquidatedUsd', { stressFrom: at.liquidationZ });
    case 'regime.depthRank':
      return hourly('depthUsd', { thinBelow: at.depthRank });
    case 'regime.conditional.spreadQ90Carry':
      return week(record().spreadCount, minutes);
    case 'regime.conditional.depthMinStress':
      return week(record().depthCount, minutes);
    case 'regime.conditional.oibPersistenceCarry':
      return week(record().pairCount, minutes * 60);
    default:
      return undefined;
  }
}
