import type { InstrumentInput } from '../features/feature.ts';
import { coinsAt } from '../market/book.ts';
import { topLevels } from '../market/ladder.ts';
import { decimalsOf, fromSteps } from '../model/grid.ts';
import type { Instrument } from '../model/instrument.ts';
import type { Reading } from '../model/reading.ts';
import type { BookEntry, PriceSize } from './frame.ts';

/** Decimals of coins that were dollars divided by a price. */
const QUOTIENT_DECIMALS = 4;

const whyNone = ({ polledEveryMs }: Instrument): string =>
  polledEveryMs === undefined ? 'best bid and ask only' : 'polled: best bid and ask only';

/** One book as a frame shows it, with its best levels. A book that is not whole has none, and where nothing is streamed there is no book. */
export function bookEntry(input: InstrumentInput, oibEwma: Reading, levels: number): BookEntry {
  const { state, sample } = input;
  const { book, instrument, hasBook } = state;
  const { priceGrid, sizeGrid } = instrument;
  const side = (which: 'bid' | 'ask'): PriceSize[] => {
    if (book.status !== 'whole' || instrument.sizeUnit === 'contracts') return [];
    const flat = new Float64Array(2 * levels);
    const count = topLevels(book.ladder, which, levels, flat);
    return Array.from(
      { length: count },
      (_, i): PriceSize => [
        fromSteps(flat[2 * i]!, priceGrid),
        coinsAt(instrument, flat[2 * i]!, flat[2 * i + 1]!)!,
      ],
    );
  };
  return {
    kind: instrument.kind,
    status: hasBook ? book.status : 'none',
    reason: hasBook ? book.reason : whyNone(instrument),
    ...sample,
    oibEwma,
    priceDecimals: decimalsOf(priceGrid),
    sizeDecimals: instrument.sizeUnit === 'base' ? decimalsOf(sizeGrid) : QUOTIENT_DECIMALS,
    bids: side('bid'),
    asks: side('ask'),
  };
}
