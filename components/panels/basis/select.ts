import type { Frame } from '../../../src/frame/frame.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { cleanText } from '../../format/cell-width.ts';
import { type Reason, reasonsOf } from '../shown.ts';

export interface BasisRows {
  /** The two kinds of basis of a perp, each named after what it compares (SPEC §10). */
  readonly kinds: readonly {
    readonly label: 'fair' | 'venue';
    readonly says: string;
    readonly basis: Reading;
    readonly z: Reading;
  }[];
  readonly legs: readonly {
    readonly label: 'mark' | 'index' | 'perp' | 'spot';
    readonly price: Reading;
  }[];
  readonly perpInstrument: string | null;
  readonly spotInstrument: string | null;
  readonly priceDecimals: number;
  readonly reasons: readonly Reason[];
}

const named = (instrument: string | null): string | null =>
  instrument === null ? null : cleanText(instrument);

/** Basis of an asset: fair against the index, venue against the same venue's spot, and the prices behind both. */
export function selectBasis(frame: Frame): BasisRows {
  const { basis } = frame;
  return {
    kinds: [
      { label: 'fair', says: '(mark - index) / index', basis: basis.fair, z: basis.fairZ },
      {
        label: 'venue',
        says: '(perp mid - spot mid) / spot mid',
        basis: basis.venue,
        z: basis.venueZ,
      },
    ],
    legs: [
      { label: 'mark', price: basis.mark },
      { label: 'index', price: basis.index },
      { label: 'perp', price: basis.perpMid },
      { label: 'spot', price: basis.spotMid },
    ],
    perpInstrument: named(basis.perpInstrument),
    spotInstrument: named(basis.spotInstrument),
    priceDecimals: frame.priceDecimals,
    reasons: reasonsOf([
      ['fair', basis.fair],
      ['venue', basis.venue],
      ['fair z', basis.fairZ],
      ['venue z', basis.venueZ],
      ['mark', basis.mark],
      ['index', basis.index],
      ['perp mid', basis.perpMid],
      ['spot mid', basis.spotMid],
    ]),
  };
}
