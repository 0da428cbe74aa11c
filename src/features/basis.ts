import { staleAfter } from '../market/cadence.ts';
import type { InstrumentState } from '../market/state.ts';
import { entry, fact } from '../model/definition.ts';
import { absent, derive, observed, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';
import { assetFeature, instrumentFeature, perpsOnly } from './feature.ts';

/** Mark and index price as readings, stale when their stream is. */
export function markReadings(
  state: InstrumentState,
  now: Micros,
  settings: EngineSettings,
): { readonly mark: Reading; readonly index: Reading } {
  const { mark, index, cadences, instrument } = state;
  const limit = staleAfter(cadences.mark, settings);
  return {
    mark:
      mark === null
        ? absent(`no mark price: ${instrument.venue}`)
        : observed(mark.markPrice, mark.tsLocal, now, limit),
    index:
      mark !== null && mark.indexPrice !== null
        ? observed(mark.indexPrice, mark.tsLocal, now, limit)
        : index !== null
          ? observed(index.indexPrice, index.tsLocal, now, staleAfter(cadences.index, settings))
          : absent(
              mark === null
                ? `no mark price: ${instrument.venue}`
                : `no index price: ${instrument.venue}`,
            ),
  };
}

/** How far `upper` stands above `lower`, as a fraction of it. */
export const basisOf = (upper: number, lower: number): number => (upper - lower) / lower;

/** Basis fair = (mark − index) / index: the venue's own smoothed premium, as a fraction (SPEC §4). */
export const basisFair = instrumentFeature<null>({
  name: 'basisFair',
  appliesTo: perpsOnly,
  create: () => null,
  define: {
    mark: { formula: 'mark price', unit: 'price', source: 'SPEC §3', inputs: [fact('mark')] },
    index: { formula: 'index price', unit: 'price', source: 'SPEC §3', inputs: [fact('index')] },
    basisFair: {
      formula: '(mark − index) / index',
      unit: 'fraction',
      source: 'SPEC §4',
      inputs: [entry('mark'), entry('index')],
    },
  },
  read(_, { state, now, settings }) {
    const { mark, index } = markReadings(state, now, settings);
    return {
      mark,
      index,
      basisFair: derive([mark, index], basisOf),
    };
  },
});

/** Basis venue = (perp mid − spot mid) / spot mid of the same venue, as a fraction (SPEC §4). Never against another venue's spot. */
export const basisVenue = assetFeature<null>({
  name: 'basisVenue',
  create: () => null,
  define: {
    basisVenue: {
      formula: '(perp mid − spot mid of the same venue) / spot mid',
      unit: 'fraction',
      source: 'SPEC §4',
      inputs: [entry('mid', 'perp'), entry('mid', 'spot')],
    },
  },
  read(_, { perp, spot }) {
    const perpMid: Reading = perp?.sample.mid ?? absent('no perp');
    const spotMid: Reading = spot?.sample.mid ?? absent('no spot of this venue');
    return { basisVenue: derive([perpMid, spotMid], basisOf) };
  },
});

/** OIB divergence = OIB spot − OIB perp of one venue (SPEC §4): −2 … +2. */
export const oibDivergence = assetFeature<null>({
  name: 'oibDivergence',
  create: () => null,
  define: {
    oibDivergence: {
      formula: 'OIB spot − OIB perp',
      unit: 'ratio',
      source: 'SPEC §4',
      inputs: [entry('oib', 'spot'), entry('oib', 'perp')],
    },
  },
  read(_, { perp, spot }) {
    const perpOib: Reading = perp?.sample.oib ?? absent('no perp');
    const spotOib: Reading = spot?.sample.oib ?? absent('no spot of this venue');
    return { oibDivergence: derive([spotOib, perpOib], (s, p) => s - p) };
  },
});
