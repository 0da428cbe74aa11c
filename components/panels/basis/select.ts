import type { CurveShape, MarkCheck, TermEntry } from '../../../src/frame/basis.ts';
import type { CarryEntry } from '../../../src/frame/carry.ts';
import type { Frame } from '../../../src/frame/frame.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { cleanText } from '../../format/cell-width.ts';
import { type Reason, reasonsOf } from '../shown.ts';

export interface BasisRows {
  /** The kinds of basis, each named after what it compares (SPEC §10); the dated one where there is such a future. */
  readonly kinds: readonly {
    readonly label: 'fair' | 'venue' | 'dated';
    readonly says: string;
    readonly basis: Reading;
    readonly z: Reading;
    /** The last 24 closed hours, oldest first. */
    readonly history: readonly (number | null)[];
  }[];
  /** Of the front dated future, a year. */
  readonly datedAnnual: Reading;
  readonly datedInstrument: string | null;
  readonly curve: Reading<CurveShape>;
  readonly curves: readonly { readonly venue: string; readonly shape: Reading<CurveShape> }[];
  /** By expiry. */
  readonly term: readonly TermEntry[];
  /** The best first. */
  readonly carry: readonly CarryEntry[];
  readonly markCheck: MarkCheck;
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

/** Basis of an asset: fair against the index, venue against the same venue's spot, dated futures with what they yield, and the prices behind. */
export function selectBasis(frame: Frame): BasisRows {
  const { basis } = frame;
  return {
    kinds: [
      {
        label: 'fair',
        says: '(mark - index) / index',
        basis: basis.fair,
        z: basis.fairZ,
        history: basis.history.fair,
      },
      {
        label: 'venue',
        says: '(perp mid - spot mid) / spot mid',
        basis: basis.venue,
        z: basis.venueZ,
        history: basis.history.venue,
      },
      ...(basis.datedInstrument === null
        ? []
        : [
            {
              label: 'dated' as const,
              says: '(future - spot) / spot, z and history of it a year',
              basis: basis.dated,
              z: basis.datedZ,
              history: basis.history.dated,
            },
          ]),
    ],
    datedAnnual: basis.datedAnnual,
    datedInstrument: named(basis.datedInstrument),
    curve: basis.curve,
    curves: Object.entries(basis.curves).map(([venue, shape]) => ({
      venue: cleanText(venue),
      shape,
    })),
    term: basis.term.map((entry) => ({
      ...entry,
      venue: cleanText(entry.venue),
      instrument: cleanText(entry.instrument),
    })),
    carry: basis.carry.map((entry) => ({
      ...entry,
      venue: cleanText(entry.venue),
      strategy: cleanText(entry.strategy),
    })),
    markCheck: basis.markCheck,
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
      ['dated', basis.dated],
      ['dated z', basis.datedZ],
      ['curve', basis.curve],
      ['our mark', basis.markCheck.ours],
      ['our index', basis.markCheck.indexOurs],
      ...basis.term.flatMap((entry) => {
        const name = cleanText(entry.instrument);
        return [[name, entry.annualised] as const, [`roll of ${name}`, entry.roll] as const];
      }),
    ]),
  };
}
