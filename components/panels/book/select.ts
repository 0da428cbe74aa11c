import type { BookEntry, FlowEntry, Frame, PriceSize } from '../../../src/frame/frame.ts';
import type { InstrumentId } from '../../../src/model/instrument.ts';
import { cleanText } from '../../format/cell-width.ts';
import type { PanelOptions } from '../panel.ts';
import { type Reason, reasonsOf } from '../shown.ts';

/** One price of a ladder. */
export interface LadderRow {
  readonly side: 'bid' | 'ask';
  readonly price: number;
  /** Base coin. */
  readonly size: number;
  /** Base coin from the touch to this price, both ends included. */
  readonly cumulative: number;
  /** Size as a share of the largest of the ladder, for a bar. */
  readonly ofLargest: number;
}

export interface BookView {
  readonly instrument: InstrumentId;
  /** `binance perp`. */
  readonly title: string;
  /** What sizes are counted in. */
  readonly asset: string;
  readonly entry: BookEntry;
  readonly flow: FlowEntry | null;
  /** Best ask first. */
  readonly asks: readonly LadderRow[];
  /** Best bid first. */
  readonly bids: readonly LadderRow[];
}

export interface BookRows {
  /** The leading perp, its spot, then the others by id. */
  readonly books: readonly BookView[];
  /** Index of the one that is shown where there is room for only one. */
  readonly selected: number;
  readonly reasons: readonly Reason[];
}

function ladder(side: 'bid' | 'ask', levels: readonly PriceSize[], largest: number): LadderRow[] {
  let cumulative = 0;
  return levels.map(([price, size]) => {
    cumulative += size;
    return { side, price, size, cumulative, ofLargest: largest > 0 ? size / largest : 0 };
  });
}

function viewOf(
  asset: string,
  instrument: InstrumentId,
  entry: BookEntry,
  flow: FlowEntry | null,
): BookView {
  const levels = [...entry.bids, ...entry.asks];
  const largest = levels.reduce((most, [, size]) => Math.max(most, size), 0);
  const venue = cleanText(instrument.split(':')[0] ?? '');
  return {
    instrument: cleanText(instrument),
    title: `${venue} ${entry.kind}`,
    asset,
    entry: { ...entry, reason: entry.reason === null ? null : cleanText(entry.reason) },
    flow,
    bids: ladder('bid', entry.bids, largest),
    asks: ladder('ask', entry.asks, largest),
  };
}

/** The books of an asset as ladders. */
export function selectBook(frame: Frame, options: PanelOptions): BookRows {
  const { perpInstrument, spotInstrument } = frame.basis;
  const rank = (id: InstrumentId): number =>
    id === perpInstrument ? 0 : id === spotInstrument ? 1 : 2;
  const ids = Object.keys(frame.book.byInstrument).sort(
    (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
  );
  const books = ids.map((id) =>
    viewOf(
      cleanText(frame.asset),
      id,
      frame.book.byInstrument[id]!,
      frame.flow.byInstrument[id] ?? null,
    ),
  );
  return {
    books,
    selected: books.length === 0 ? 0 : options.view % books.length,
    reasons: reasonsOf(
      books.flatMap(({ title, entry, flow }) => [
        [`${title} bid`, entry.bid] as const,
        [`${title} ask`, entry.ask] as const,
        [`${title} microprice`, entry.microprice] as const,
        [`${title} spread`, entry.spreadBps] as const,
        [`${title} OIB`, entry.oib] as const,
        [`${title} OIB 30 s`, entry.oibEwma] as const,
        [`${title} depth bid`, entry.depthBid] as const,
        [`${title} depth ask`, entry.depthAsk] as const,
        ...(flow === null
          ? []
          : [[`${title} net 1m`, flow.net1m] as const, [`${title} CVD`, flow.cvd] as const]),
      ]),
    ),
  };
}
