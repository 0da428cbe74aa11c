import type { Frame } from '../../src/frame/frame.ts';
import type { ScanLine } from '../../src/frame/scan.ts';
import type { Asset } from '../../src/model/instrument.ts';
import type { History } from '../history.ts';
import type { TerminalLoad } from '../screen-store.ts';
import type { Cursor, RowList } from './cursor.ts';
import type { Detail } from './detail.ts';
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
  /** The chosen row, in panels that have rows; the first until one is chosen. */
  readonly cursor?: Cursor;
}

/** All that a panel may look at. */
export interface PanelInput {
  readonly frame: Frame;
  /** Newest frames of all assets that are watched, in the order they were first seen. */
  readonly frames: ReadonlyMap<Asset, Frame>;
  /** All perps, where somebody scans them; null until then. */
  readonly scan: ScanLine | null;
  readonly history: History;
  readonly options: PanelOptions;
  readonly chartHours: number;
  /** Whether it has the screen to itself and shows every column, chart and reason. */
  readonly zoomed: boolean;
  /** Whether keys go to it, so that its chosen row is marked. */
  readonly isFocused: boolean;
  /** What the screen sends to the terminal, where it is known. */
  readonly terminal?: TerminalLoad;
}

/** What of it concerns one row, wherever it is drawn. */
export type RowInput = Omit<PanelInput, 'chartHours' | 'zoomed' | 'isFocused'>;

/** How far something can scroll, and how many rows a page of it has. */
export interface Extent {
  readonly min: number;
  readonly max: number;
  readonly page: number;
  /** Rows that can be chosen; missing where there are none. */
  readonly list?: RowList;
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
  /** The chosen row, tab-separated, for the clipboard; null without one. The panel's headline is taken unless given. */
  readonly copied?: (input: RowInput) => string | null;
  /** All that is known of the row with this key; null where it is gone. Panels with rows have it. */
  readonly detail?: (input: RowInput, key: string) => Detail | null;
  /** The asset that a row stands for, where Enter goes to that instead; null where it shows the detail. */
  readonly leadsTo?: (input: RowInput, key: string) => Asset | null;
  readonly draw: (input: PanelInput, w: number, h: number, brush: Brush) => Picture;
}

/** Of what does not scroll. */
export const STILL: Extent = { min: 0, max: 0, page: 1 };
