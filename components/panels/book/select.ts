import type { BookEntry, FlowEntry, Frame, PriceSize } from '../../../src/frame/frame.ts';
import type { InstrumentId } from '../../../src/model/instrument.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { cleanText } from '../../format/cell-width.ts';
import { numberIn } from '../features.ts';
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

/** Quantiles of OIB over one window. */
export interface OibWindow {
  readonly label: string;
  readonly q10: Reading;
  readonly q50: Reading;
  readonly q90: Reading;
}

/** How a book is shaped and how it has been lately. */
export interface BookShape {
  readonly oib: readonly OibWindow[];
  /** USD per bp of distance from mid. */
  readonly slopeBid: Reading;
  readonly slopeAsk: Reading;
  readonly top5: Reading;
  /** Share of the hour's samples whose OIB has the sign of the one before. */
  readonly persistence: Reading;
  readonly runSeconds: Reading;
  /** Seconds of the hour with OIB beyond the shock threshold. */
  readonly shocksBid: Reading;
  readonly shocksAsk: Reading;
  /** bps, of the hour. */
  readonly spreadQ90: Reading;
}

export interface BookView {
  /** As the frame and the history call it. */
  readonly id: InstrumentId;
  readonly instrument: InstrumentId;
  /** `binance perp`. */
  readonly title: string;
  /** What sizes are counted in. */
  readonly asset: string;
  readonly entry: BookEntry;
  readonly flow: FlowEntry | null;
  readonly shape: BookShape;
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
  /** Of the selected one and the one that stands beside it. */
  readonly reasons: readonly Reason[];
}

function ladder(side: 'bid' | 'ask', levels: readonly PriceSize[], largest: number): LadderRow[] {
  let cumulative = 0;
  return levels.map(([price, size]) => {
    cumulative += size;
    return { side, price, size, cumulative, ofLargest: largest > 0 ? size / largest : 0 };
  });
}

const NOT_HERE = 'not computed for this book';

function shapeOf(frame: Frame, instrument: InstrumentId): BookShape {
  const features = frame.features.byInstrument[instrument];
  const of = (name: string): Reading => numberIn(features, name, NOT_HERE);
  const window = (label: string, suffix: string): OibWindow => ({
    label,
    q10: of(`oibQ10${suffix}`),
    q50: of(`oibQ50${suffix}`),
    q90: of(`oibQ90${suffix}`),
  });
  return {
    oib: [window('1m', 'm1'), window('1h', 'h1')],
    slopeBid: of('bookSlopeBid'),
    slopeAsk: of('bookSlopeAsk'),
    top5: of('top5Imbalance'),
    persistence: of('oibPersistence'),
    runSeconds: of('oibRunSeconds'),
    shocksBid: of('oibShocksBid'),
    shocksAsk: of('oibShocksAsk'),
    spreadQ90: of('spreadQ90h1'),
  };
}

/** Venue and kind, which name the leading perp and its spot; of other listings what tells them apart as well. */
function titleOf(frame: Frame, instrument: InstrumentId): string {
  const { perpInstrument, spotInstrument } = frame.basis;
  const { kind } = frame.book.byInstrument[instrument]!;
  const [venue = '', , settled] = instrument.split(':');
  const name = `${cleanText(venue)} ${kind}`;
  const isLeading = instrument === perpInstrument || instrument === spotInstrument;
  return isLeading || settled === undefined ? name : `${name} ${cleanText(settled)}`;
}

function viewOf(frame: Frame, instrument: InstrumentId): BookView {
  const entry = frame.book.byInstrument[instrument]!;
  const levels = [...entry.bids, ...entry.asks];
  const largest = levels.reduce((most, [, size]) => Math.max(most, size), 0);
  return {
    id: instrument,
    instrument: cleanText(instrument),
    title: titleOf(frame, instrument),
    asset: cleanText(frame.asset),
    entry: { ...entry, reason: entry.reason === null ? null : cleanText(entry.reason) },
    flow: frame.flow.byInstrument[instrument] ?? null,
    shape: shapeOf(frame, instrument),
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
  const books = ids.map((id) => viewOf(frame, id));
  const selected = books.length === 0 ? 0 : options.view % books.length;
  const next = books.length > 1 ? (selected + 1) % books.length : selected;
  return {
    books,
    selected,
    reasons: reasonsOf(
      books
        .filter((_, i) => i === selected || i === next)
        .flatMap(({ title, entry, flow, shape }) => [
          [`${title} bid`, entry.bid] as const,
          [`${title} ask`, entry.ask] as const,
          [`${title} microprice`, entry.microprice] as const,
          [`${title} spread`, entry.spreadBps] as const,
          [`${title} OIB`, entry.oib] as const,
          [`${title} OIB 30 s`, entry.oibEwma] as const,
          [`${title} depth bid`, entry.depthBid] as const,
          [`${title} depth ask`, entry.depthAsk] as const,
          ...shape.oib.map(({ label, q50 }) => [`${title} OIB ${label}`, q50] as const),
          [`${title} slope`, shape.slopeBid] as const,
          [`${title} top 5`, shape.top5] as const,
          [`${title} spread q90`, shape.spreadQ90] as const,
          [`${title} side kept`, shape.persistence] as const,
          ...(flow === null
            ? []
            : [[`${title} net 1m`, flow.net1m] as const, [`${title} CVD`, flow.cvd] as const]),
        ]),
    ),
  };
}
