import type { Frame } from '../../src/frame/frame.ts';
import type { History } from '../history.ts';
import type { TerminalLoad } from '../screen-store.ts';
import type { PanelId } from './ids.ts';
import type { Brush, Part } from './line.ts';

/** Choices of the person at the screen about one panel. */
export interface PanelOptions {
  /** Rows away from where the panel begins; the book also goes up, below 0. */
  readonly scroll: number;
  /** Counts presses of the sort key; the panel takes it modulo its columns. */
  readonly sort: number;
  readonly reversed: boolean;
  /** Counts presses of the view key, taken modulo what there is to see. */
  readonly view: number;
  /** What rows must have in them, or after `!` must not; none where it is empty or missing. */
  readonly filter?: string;
}

/** All that a panel may look at. */
export interface PanelInput {
  readonly frame: Frame;
  readonly history: History;
  readonly options: PanelOptions;
  readonly chartHours: number;
  /** Whether it has the screen to itself and shows every column, chart and reason. */
  readonly zoomed: boolean;
  /** What the screen sends to the terminal, where it is known. */
  readonly terminal?: TerminalLoad;
}

/** How far something can scroll, and how many rows a page of it has. */
export interface Extent {
  readonly min: number;
  readonly max: number;
  readonly page: number;
}

/** A panel body: rows of exactly the width asked for, exactly as many as asked for. */
export interface Picture {
  readonly rows: readonly string[];
  /** How far it can scroll; absent where everything is visible. */
  readonly extent?: Extent;
  /** A few words for the right end of the title's border. */
  readonly corner?: readonly Part[];
}

export interface Panel {
  readonly id: PanelId;
  /** In the border, after its digit. */
  readonly title: string;
  /** Paths of the frame whose numbers it shows, the headline first; one of a section means every number in it. Its own section unless given. */
  readonly explains?: readonly string[];
  /** Columns it can be sorted by, in the order of the sort key; none unless given. */
  readonly sorts?: readonly string[];
  /** The first row shown, tab-separated, for the clipboard; null without one. The panel's headline is taken unless given. */
  readonly copied?: (input: Pick<PanelInput, 'frame' | 'history' | 'options'>) => string | null;
  readonly draw: (input: PanelInput, w: number, h: number, brush: Brush) => Picture;
}

/** Of what does not scroll. */
export const STILL: Extent = { min: 0, max: 0, page: 1 };
