import type {
  BookEntry,
  EventLine,
  Frame,
  OutputLine,
  PriceSize,
  SeriesCell,
  SeriesLine,
} from '../src/frame/frame.ts';
import type { Asset, InstrumentId } from '../src/model/instrument.ts';
import type { Reading } from '../src/model/reading.ts';
import { cleanText } from './format/cell-width.ts';

/** Seconds of live past that sparklines and the newest end of a chart can show. */
export const LIVE_SECONDS = 900;

/** Closed hourly cells kept per asset: the 30 days of the gate and a margin. */
const MAX_CELLS = 800;

/** Events kept, of all assets together; of liquidations, which may come by the thousand, half as many. */
const MAX_EVENTS = 200;
const MAX_PRINTS = MAX_EVENTS / 2;

/** The scalars of a frame that the screen remembers second by second. */
export const TRACKS = [
  'price',
  'openInterest',
  'funding8h',
  'basisFair',
  'basisVenue',
  'mu',
  'd',
  'oib',
  'liquidatedLong',
  'liquidatedShort',
  'cvdSpot',
  'cvdPerp',
] as const;

export type Track = (typeof TRACKS)[number];

/** Seconds that share one remembered ladder: the newest that was whole in them. */
export const LADDER_SECONDS = 5;

/** Books per asset whose ladders are remembered; each takes some 150 kB. */
const MOST_BOOKS = 16;

/** As far back as the tracks. */
const LADDER_SLOTS = LIVE_SECONDS / LADDER_SECONDS;

/** A book's best levels at one instant: price and size by turns, best first. */
export interface LadderSlice {
  readonly mid: number;
  readonly bids: Float64Array;
  readonly asks: Float64Array;
}

/** The recent past of one asset: one slot a second, the newest at `newest`; null where a number was not live. */
export interface LiveTracks {
  /** Whole second (Unix) of the newest slot. */
  newest: number;
  /** Ring per track, indexed by second modulo `LIVE_SECONDS`. */
  readonly rings: Readonly<Record<Track, (number | null)[]>>;
  /** Rings of the books in its frames, by slot of `LADDER_SECONDS` modulo `LADDER_SLOTS`. */
  readonly ladders: Map<InstrumentId, (LadderSlice | null)[]>;
}

/** What the screen remembers of the lines it has seen: bounded, plain data, never asked of the engine again. */
export interface History {
  readonly live: Map<Asset, LiveTracks>;
  /** Closed cells, ascending; the array is replaced, never changed, so its identity says whether anything is new. */
  readonly cells: Map<Asset, readonly SeriesCell[]>;
  /** Newest last; replaced, never changed. */
  events: readonly EventLine[];
}

export const emptyHistory = (): History => ({ live: new Map(), cells: new Map(), events: [] });

/** A stale number is the past shown again, so it leaves a hole in a chart. */
const liveNumber = (reading: Reading): number | null =>
  reading.state === 'live' ? reading.value : null;

/** A feature of the asset that is a live number. */
function liveFeature(frame: Frame, name: string): number | null {
  const reading = frame.features.asset[name];
  return reading?.state === 'live' && typeof reading.value === 'number' ? reading.value : null;
}

function scalarsOf(frame: Frame): Record<Track, number | null> {
  const { perpInstrument } = frame.basis;
  const perp = perpInstrument === null ? undefined : frame.book.byInstrument[perpInstrument];
  return {
    price: liveNumber(frame.price),
    openInterest: liveNumber(frame.openInterest.coin),
    funding8h: liveNumber(frame.funding.oiWeighted),
    basisFair: liveNumber(frame.basis.fair),
    basisVenue: liveNumber(frame.basis.venue),
    mu: liveNumber(frame.drift.mu),
    d: liveNumber(frame.drift.d),
    oib: perp === undefined ? null : liveNumber(perp.oib),
    liquidatedLong: liveNumber(frame.liquidations.m1.long),
    liquidatedShort: liveNumber(frame.liquidations.m1.short),
    cvdSpot: liveFeature(frame, 'cvdSpot'),
    cvdPerp: liveFeature(frame, 'cvdPerp'),
  };
}

/** Nothing, up to a second. */
export const emptyTracks = (newest: number): LiveTracks => ({
  newest,
  rings: Object.fromEntries(
    TRACKS.map((track) => [track, Array<number | null>(LIVE_SECONDS).fill(null)]),
  ) as LiveTracks['rings'],
  ladders: new Map(),
});

const flat = (levels: readonly PriceSize[]): Float64Array => Float64Array.from(levels.flat());

/** A ladder worth remembering: whole and as of now. */
const sliceOf = ({ status, mid, bids, asks }: BookEntry): LadderSlice | null =>
  status === 'whole' && mid.state === 'live' && bids.length > 0 && asks.length > 0
    ? { mid: mid.value, bids: flat(bids), asks: flat(asks) }
    : null;

const slotOf = (second: number): number => Math.floor(second / LADDER_SECONDS);

/** Puts a ladder where it belongs among those up to the slot `newest`; one that is too old is left out. */
export function putLadder(
  tracks: LiveTracks,
  book: InstrumentId,
  slot: number,
  slice: LadderSlice,
  newest: number,
): void {
  if (slot <= newest - LADDER_SLOTS) return;
  const ring = tracks.ladders.get(book) ?? Array<LadderSlice | null>(LADDER_SLOTS).fill(null);
  tracks.ladders.set(book, ring);
  ring[slot % LADDER_SLOTS] = slice;
}

/** Books whose ladders are remembered: the leading perp's and its spot's before others, as many as `MOST_BOOKS`. */
function booksOf({ basis, book }: Frame): readonly InstrumentId[] {
  const leading = [basis.perpInstrument, basis.spotInstrument].filter((id) => id !== null);
  const ids = new Set([...leading, ...Object.keys(book.byInstrument)]);
  return [...ids]
    .filter((id) => book.byInstrument[id] !== undefined && book.byInstrument[id].status !== 'none')
    .slice(0, MOST_BOOKS);
}

function rememberLadders(tracks: LiveTracks, frame: Frame, second: number): void {
  const { byInstrument } = frame.book;
  const slot = slotOf(second);
  const skipped = Math.min(slot - slotOf(tracks.newest), LADDER_SLOTS);
  const ids = booksOf(frame);
  for (const id of tracks.ladders.keys()) if (!ids.includes(id)) tracks.ladders.delete(id);
  for (const id of ids) {
    const entry = byInstrument[id]!;
    const ring = tracks.ladders.get(id) ?? Array<LadderSlice | null>(LADDER_SLOTS).fill(null);
    tracks.ladders.set(id, ring);
    for (let back = 0; back < skipped; back += 1) ring[(slot - back) % LADDER_SLOTS] = null;
    const slice = sliceOf(entry);
    if (slice !== null) ring[slot % LADDER_SLOTS] = slice;
  }
}

function rememberFrame(history: History, frame: Frame): void {
  const second = Math.floor(frame.tsLocal / 1e6);
  let tracks = history.live.get(frame.asset);
  // A clock that jumps back is another recording: what was remembered lies in its future.
  if (tracks === undefined || second < tracks.newest) {
    tracks = emptyTracks(second);
    history.live.set(frame.asset, tracks);
  }
  const scalars = scalarsOf(frame);
  const skipped = Math.min(second - tracks.newest, LIVE_SECONDS);
  for (const track of TRACKS) {
    const ring = tracks.rings[track];
    for (let back = 0; back < skipped; back += 1) ring[(second - back) % LIVE_SECONDS] = null;
    ring[second % LIVE_SECONDS] = scalars[track];
  }
  rememberLadders(tracks, frame, second);
  tracks.newest = second;
}

/** Rows of a partial series replace cells of the same close and are put where they belong. */
function merged(known: readonly SeriesCell[], fresh: readonly SeriesCell[]): SeriesCell[] {
  const first = fresh[0];
  const newest = known.at(-1);
  if (first === undefined) return [...known];
  if (newest === undefined || first.close > newest.close) return [...known, ...fresh];
  const byClose = new Map([...known, ...fresh].map((cell) => [cell.close, cell]));
  return [...byClose.values()].sort((a, b) => a.close - b.close);
}

/** The cells of an asset after a line about them. */
export function cellsAfter(known: readonly SeriesCell[], line: SeriesLine): readonly SeriesCell[] {
  return merged(line.whole ? [] : known, line.cells).slice(-MAX_CELLS);
}

function rememberSeries(history: History, line: SeriesLine): void {
  history.cells.set(line.asset, cellsAfter(history.cells.get(line.asset) ?? [], line));
}

/** Events are drawn ten times a second and come rarely: their text is made safe once. */
export const cleanEvent = (line: EventLine): EventLine => ({
  ...line,
  text: cleanText(line.text),
  subject: cleanText(line.subject),
});

/** Of events in their order those that a screen keeps: a flood of liquidations does not wash away what else happened. */
export function newestEvents(events: readonly EventLine[]): readonly EventLine[] {
  const prints = events.filter(({ kind }) => kind === 'liquidation').length;
  let tooMany = prints - MAX_PRINTS;
  const kept =
    tooMany <= 0
      ? events
      : events.filter(({ kind }) => {
          if (kind !== 'liquidation' || tooMany <= 0) return true;
          tooMany -= 1;
          return false;
        });
  return kept.length > MAX_EVENTS ? kept.slice(-MAX_EVENTS) : kept;
}

function rememberEvent(history: History, line: EventLine): void {
  history.events = newestEvents([...history.events, cleanEvent(line)]);
}

/** Takes one line in. Beyond a bound the oldest goes. */
export function remember(history: History, line: OutputLine): void {
  if (line.type === 'frame') rememberFrame(history, line);
  else if (line.type === 'series') rememberSeries(history, line);
  else if (line.type === 'event') rememberEvent(history, line);
}

/** A copy that goes on unchanged while the original remembers more. */
export const frozenCopy = (history: History): History => ({
  live: structuredClone(history.live),
  cells: new Map(history.cells),
  events: history.events,
});

/**
 * The last `seconds` of a track up to the newest frame, oldest first, one value per second; null where it was not live.
 * Empty for an asset never seen.
 */
export function recent(
  history: History,
  asset: Asset,
  track: Track,
  seconds: number,
): (number | null)[] {
  const tracks = history.live.get(asset);
  if (tracks === undefined) return [];
  const ring = tracks.rings[track];
  const count = Math.min(seconds, LIVE_SECONDS);
  return Array.from({ length: count }, (_, i) => {
    const second = tracks.newest - (count - 1 - i);
    return second < 0 ? null : (ring[second % LIVE_SECONDS] ?? null);
  });
}

/**
 * The ladders of a book over the last quarter of an hour, oldest first, one per `LADDER_SECONDS`; null where none was whole. Empty for a book never
 * seen, and beyond `MOST_BOOKS`.
 */
export function recentLadders(
  history: History,
  asset: Asset,
  instrument: InstrumentId,
): readonly (LadderSlice | null)[] {
  const tracks = history.live.get(asset);
  const ring = tracks?.ladders.get(instrument);
  if (tracks === undefined || ring === undefined) return [];
  const newest = slotOf(tracks.newest);
  return Array.from({ length: LADDER_SLOTS }, (_, i) => {
    const slot = newest - (LADDER_SLOTS - 1 - i);
    return slot < 0 ? null : (ring[slot % LADDER_SLOTS] ?? null);
  });
}

/** Events of an asset and of whole feeds, newest first. */
export const eventsOf = (history: History, asset: Asset): readonly EventLine[] =>
  history.events.filter((line) => line.asset === null || line.asset === asset).reverse();
