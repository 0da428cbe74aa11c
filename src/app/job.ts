import type { OutputLine } from '../frame/frame.ts';
import type { Asset } from '../model/instrument.ts';
import type { Config } from './config.ts';

interface CommonJob {
  readonly config: Config;
  /** Seconds between emitted frames; Infinity for none. */
  readonly everySeconds: number;
  /** Seconds between emitted scans of the universe, where there is one; Infinity for none. */
  readonly scanEverySeconds: number;
  /** Whether all perps are carried besides the assets. In a replay: even where the recording does not say so. */
  readonly universe: boolean;
  /** Whether frames carry the windows, thresholds and exclusions behind their numbers. */
  readonly withGrounds: boolean;
}

/** Connect to the venues, or to the embedded simulators. */
export interface LiveJob extends CommonJob {
  readonly kind: 'live' | 'demo';
  /** File of the history that outlives the run; null for none. */
  readonly storeFile: string | null;
  /** Directory to record into; null for none. */
  readonly recordTo: string | null;
  /** Of jitter, and in a demo of the market. */
  readonly seed: number;
  readonly scenario: string;
  /** Perps that the simulated market lists; null for the coins it is made of. */
  readonly symbols: number | null;
}

/** Play recordings. */
export interface ReplayJob extends CommonJob {
  readonly kind: 'replay';
  readonly files: readonly string[];
  /** Feed of files that do not say; null to take the folder's name. */
  readonly feed: string | null;
  /** Times real time; Infinity for as fast as possible. */
  readonly speed: number;
  /** Null takes the assets of the recording. */
  readonly assets: readonly Asset[] | null;
  /** Emit a scan of the universe at the end, as of the last second. */
  readonly scanAtEnd: boolean;
  /** Print `source` as it was when recorded, so that the lines can be compared with the original's byte for byte. */
  readonly asRecorded: boolean;
}

/** Everything a session has to do, as plain data: it crosses into a worker. */
export type Job = LiveJob | ReplayJob;

/** What a session tells, in order. */
export type SessionMessage =
  | {
      readonly kind: 'line';
      readonly line: OutputLine;
      /** The line as JSON, where it came so. */
      readonly text?: string;
    }
  /** For the person watching: a recorder that cannot write, a truncated file. */
  | { readonly kind: 'notice'; readonly text: string }
  /** Records never reached the disk, which stands in the recording as well; told at the end. */
  | { readonly kind: 'recordingIncomplete'; readonly atLeast: number }
  | { readonly kind: 'ended'; readonly reason: string }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number };

/** An asset that somebody looks at, and how many frames of it a second they want. */
export interface Watched {
  readonly asset: Asset;
  readonly fps: number;
  /** Whether its frames are to carry the windows, thresholds and exclusions behind their numbers. */
  readonly withGrounds?: boolean;
}

/** What a session can be told while it runs. */
export type SessionCommand =
  /** Send frames of these assets so often besides the regular ones, and of no others; of one that is named twice as often as anybody wants it. */
  { readonly kind: 'watch'; readonly watched: readonly Watched[] } | { readonly kind: 'close' };

/** A running session, in this thread or in another. */
export interface Session {
  tell(command: SessionCommand): void;
  /** Resolves when everything is closed. */
  readonly done: Promise<void>;
}
