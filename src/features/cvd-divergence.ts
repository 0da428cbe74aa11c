import { entry } from '../model/definition.ts';
import { absent, derive, type Reading } from '../model/reading.ts';
import { assetFeature, type Entries } from './feature.ts';

const numberOf = (entries: Entries, name: string, none: string): Reading =>
  (entries[name] as Reading | undefined) ?? absent(none);

/** Who buys and who sells over the hour; zero counts as bought. */
function sidesOf(spot: number, perp: number): string {
  if (spot >= 0) return perp >= 0 ? 'both bought' : 'spot bought, perp sold';
  return perp >= 0 ? 'perp bought, spot sold' : 'both sold';
}

/**
 * Takers in spot against takers in the perp of the leading venue (SPEC §4): the two CVDs, each since its listing was first heard, and what can be compared
 * of them: net flow over volume, in USD, of the same sixty minutes. Spot bought while the perp is sold is demand for coins; the reverse is leverage.
 */
export const cvdDivergence = assetFeature<null>({
  name: 'cvdDivergence',
  create: () => null,
  define: {
    cvdSpot: {
      formula: 'CVD of the leading venue’s spot, base coin',
      unit: 'coins',
      source: 'SPEC §4',
      inputs: [entry('cvd', 'spot')],
    },
    cvdPerp: {
      formula: 'CVD of the leading perp, base coin',
      unit: 'coins',
      source: 'SPEC §4',
      inputs: [entry('cvd', 'perp')],
    },
    cvdSpotPerpDivergence: {
      formula: 'net / volume of spot − net / volume of the perp, USD of the last 60 minutes',
      unit: 'ratio',
      source: 'SPEC §4',
      inputs: [
        entry('netUsd60m', 'spot'),
        entry('volumeUsd60m', 'spot'),
        entry('netUsd60m', 'perp'),
        entry('volumeUsd60m', 'perp'),
      ],
    },
    cvdSpotPerpSides: {
      formula: 'by the signs of the net flows of spot and perp over the last 60 minutes',
      unit: 'text',
      source: 'SPEC §4',
      inputs: [entry('netUsd60m', 'spot'), entry('netUsd60m', 'perp')],
    },
  },
  read(_, { perpEntries, spotEntries }) {
    const ofPerp = (name: string): Reading => numberOf(perpEntries, name, 'no perp');
    const ofSpot = (name: string): Reading => numberOf(spotEntries, name, 'no spot of this venue');
    const share = (of: typeof ofPerp): Reading =>
      derive([of('netUsd60m'), of('volumeUsd60m')] as const, (net, volume) => net / volume);
    return {
      cvdSpot: ofSpot('cvd'),
      cvdPerp: ofPerp('cvd'),
      cvdSpotPerpDivergence: derive([share(ofSpot), share(ofPerp)] as const, (s, p) => s - p),
      cvdSpotPerpSides: derive([ofSpot('netUsd60m'), ofPerp('netUsd60m')] as const, sidesOf),
    };
  },
});
