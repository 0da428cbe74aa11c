import type { EventLine, Frame } from '../src/frame/frame.ts';
import type { ScanLine } from '../src/frame/scan.ts';
import type { Asset } from '../src/model/instrument.ts';
import type { Micros } from '../src/model/units.ts';
import type { History } from './history.ts';

/** Where a moment comes from. */
export type Origin =
  /** Frames that this screen was sent, kept as they came. */
  | 'tape'
  /** Made anew by the engine from what was recorded. */
  | 'recording'
  /** Made anew by the engine from what the store keeps: no books and no trades. */
  | 'store';

/** All that a screen shows of an instant; nothing in it became known later. */
export interface Moment {
  /** Time of the frame of the asset asked for. */
  readonly at: Micros;
  readonly frames: ReadonlyMap<Asset, Frame>;
  readonly history: History;
  /** The scan of all perps of then, at most some minutes old; null where none was kept. */
  readonly scan: ScanLine | null;
  readonly origin: Origin;
  /** Seconds between frames there. */
  readonly everySeconds: number;
}

/** An instant that cannot be shown, and why, in words for the footer. */
export interface NoMoment {
  readonly reason: string;
}

/** What is asked for. */
export interface PastQuery {
  readonly time: Micros;
  readonly asset: Asset;
  /** The first frame at or after `time` instead of the last one at or before it. */
  readonly isForward: boolean;
}

/** Which event is looked for: the first one after an instant, or the last one before it. */
export interface TurnQuery {
  readonly time: Micros;
  readonly asset: Asset;
  readonly direction: 1 | -1;
}

/** Share of a long derivation that is done, 0 to 1. */
export type OnProgress = (share: number) => void;

/** The past as a screen asks for it. */
export interface Past {
  /** All that was known at an instant. Asked again before it has answered, it answers the earlier question with a reason. */
  at(query: PastQuery, onProgress: OnProgress): Promise<Moment | NoMoment>;
  /**
   * The next gate, regime or cascade event of an asset after an instant, or the one before it; null where none is known. In a recording that is being replayed
   * what lies ahead is looked for.
   */
  turn(query: TurnQuery, onProgress: OnProgress): Promise<EventLine | null>;
  /** Leaves what is being made anew. */
  giveUp(): void;
  /** Whether an instant after the newest frame can be shown: in a recording that is being replayed. */
  readonly reachesAhead: boolean;
}

export const isMoment = (found: Moment | NoMoment): found is Moment => 'frames' in found;
