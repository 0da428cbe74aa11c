import type { EventLine, SeriesCell } from '../src/frame/frame.ts';
import type { Asset, InstrumentId } from '../src/model/instrument.ts';
import {
  emptyTracks,
  type History,
  LADDER_SECONDS,
  type LadderSlice,
  LIVE_SECONDS,
  putLadder,
  recent,
  recentLadders,
  TRACKS,
  type Track,
} from './history.ts';

/** A ladder as numbers: mid, then price and size by turns. */
type FlatLadder = readonly [mid: number, bids: readonly number[], asks: readonly number[]];

/** What the screen remembers of an asset from one second to another (both included), as plain data that can be written and read back. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** One value a second. */
  readonly tracks: Readonly<Record<Track, readonly (number | null)[]>>;
  /** By book, with the slot (second ÷ `LADDER_SECONDS`) of each. */
  readonly ladders: Readonly<
    Record<InstrumentId, readonly (readonly [slot: number, FlatLadder])[]>
  >;
}

const flatOf = ({ mid, bids, asks }: LadderSlice): FlatLadder => [mid, [...bids], [...asks]];

const sliceOf = ([mid, bids, asks]: FlatLadder): LadderSlice => ({
  mid,
  bids: Float64Array.from(bids),
  asks: Float64Array.from(asks),
});

/** What `history` still holds of those seconds; undefined where it holds none of them. */
export function stretchOf(
  history: History,
  asset: Asset,
  from: number,
  to: number,
): Stretch | undefined {
  const live = history.live.get(asset);
  if (live === undefined) return undefined;
  const oldest = Math.max(from, live.newest - LIVE_SECONDS + 1);
  const newest = Math.min(to, live.newest);
  if (oldest > newest) return undefined;
  const back = live.newest - oldest + 1;
  const cut = <T>(values: readonly T[]): T[] => values.slice(0, newest - oldest + 1);
  const firstSlot = Math.floor(oldest / LADDER_SECONDS);
  const lastSlot = Math.floor(newest / LADDER_SECONDS);
  const newestSlot = Math.floor(live.newest / LADDER_SECONDS);
  return {
    from: oldest,
    to: newest,
    tracks: Object.fromEntries(
      TRACKS.map((track) => [track, cut(recent(history, asset, track, back))]),
    ) as unknown as Stretch['tracks'],
    ladders: Object.fromEntries(
      [...live.ladders.keys()].map((book) => {
        const slices = recentLadders(history, asset, book);
        const first = newestSlot - slices.length + 1;
        return [
          book,
          slices.flatMap((slice, i): [number, FlatLadder][] => {
            const slot = first + i;
            return slice === null || slot < firstSlot || slot > lastSlot
              ? []
              : [[slot, flatOf(slice)]];
          }),
        ];
      }),
    ),
  };
}

/** What was remembered at an instant, put together again. */
export interface Remembered {
  readonly stretches: ReadonlyMap<Asset, readonly Stretch[]>;
  readonly cells: ReadonlyMap<Asset, readonly SeriesCell[]>;
  readonly events: readonly EventLine[];
}

/**
 * The history as it was at a whole second; seconds after it are left out. So is the ladder of the slot that was not over then: what is known of it may be of a
 * later second, and the frame of that second has its own.
 */
export function historyAt(second: number, { stretches, cells, events }: Remembered): History {
  const history: History = { live: new Map(), cells: new Map(cells), events };
  const slot = Math.floor(second / LADDER_SECONDS);
  for (const [asset, parts] of stretches) {
    const live = emptyTracks(second);
    for (const { from, to, tracks, ladders } of parts) {
      const first = Math.max(from, second - LIVE_SECONDS + 1);
      for (const track of TRACKS)
        for (let at = first; at <= Math.min(to, second); at += 1)
          live.rings[track][at % LIVE_SECONDS] = tracks[track]?.[at - from] ?? null;
      for (const [book, slices] of Object.entries(ladders))
        for (const [at, ladder] of slices)
          if (at < slot) putLadder(live, book, at, sliceOf(ladder), slot);
    }
    history.live.set(asset, live);
  }
  return history;
}
