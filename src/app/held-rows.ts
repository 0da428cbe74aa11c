import { type Holdings, heldAs } from '../feed/holdings.ts';
import type { HistorySeries } from '../model/event.ts';
import type { InstrumentId } from '../model/instrument.ts';
import type { Kept, KeptHourly, KeptListing } from '../model/kept.ts';
import { HOUR, MINUTE } from '../model/units.ts';

/** Series of a venue's history whose rows are held where an hourly series has a value: of bars the volume, which only whole hours have. */
const HELD_BY: Readonly<Partial<Record<KeptHourly, HistorySeries>>> = {
  openInterest: 'openInterest',
  mark: 'mark1h',
  index: 'index1h',
  volume: 'bar1h',
};

/** How far back from itself a minute's row stands for the rows of a venue: bars by the minute, open interest by five. */
const MINUTES_HELD = {
  price: ['bar1m', 2.5 * MINUTE],
  openInterest: ['openInterest', 5.5 * MINUTE],
} as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Notes which rows of a venue's history are held with what is kept. */
export class HeldRows {
  readonly #holdings: Holdings;
  readonly #listings = new Map<InstrumentId, KeptListing>();

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
  }

  note(kept: Kept): void {
    if (kept.kind === 'listing') this.#listings.set(kept.instrument, kept);
    if (kept.kind !== 'hours' && kept.kind !== 'minutes') return;
    const listing = this.#listings.get(kept.instrument);
    if (listing === undefined) return;
    const { feed, symbol } = listing;
    if (kept.kind === 'hours') {
      const series = HELD_BY[kept.series];
      if (series === undefined) return;
      const what = heldAs(series, HOUR_MS);
      for (const [index, value] of kept.values.entries()) {
        // What was measured before the close is the cell's state so far; the venue may know a later one.
        if (value === null || (kept.lags?.[index] ?? 0) > 0) continue;
        const close = (kept.from + index) * HOUR;
        this.#holdings.note(feed, symbol, what, close - HOUR + 1, close);
      }
      return;
    }
    // No venue's history has rows of these.
    if (kept.series === 'fundingRate' || kept.series === 'vpinBucket') return;
    const [series, reach] = MINUTES_HELD[kept.series];
    const what = heldAs(series, MINUTE_MS);
    for (const ts of kept.stamps) this.#holdings.note(feed, symbol, what, ts - reach, ts);
  }

  /** Settlements follow each other in a page of them, however far apart they are. */
  settled(kept: Kept): Kept | undefined {
    if (kept.kind !== 'hours' || kept.series !== 'fundingSettled') return undefined;
    const listing = this.#listings.get(kept.instrument);
    if (listing === undefined || kept.values.length < 2) return undefined;
    const { feed, symbol } = listing;
    const [from, to] = [kept.from * HOUR, (kept.from + kept.values.length - 1) * HOUR];
    const what = heldAs('fundingSettled', HOUR_MS);
    this.#holdings.note(feed, symbol, what, from, to);
    return { kind: 'coverage', feed, symbol, what, from, to };
  }
}
