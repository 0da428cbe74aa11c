import type { Asset } from '../src/model/instrument.ts';
import { type Layout, layoutOf } from './layout/layout.ts';
import { firstLine } from './panels/cursor.ts';
import type { PanelId } from './panels/ids.ts';
import type { Extent } from './panels/panel.ts';
import type { Rect } from './terminal/screen.ts';
import type { MouseReport } from './terminal/tty-input.ts';
import { contextOf, type Pressed, pressed, type Surroundings, type Ui } from './ui.ts';

/** Rows that one notch of the wheel moves. */
const NOTCH = 3;
/** Two clicks within this many ms on the same cell are a double click. */
const DOUBLE_MS = 400;

/** A click, remembered for the next one. */
export interface Click {
  readonly x: number;
  readonly y: number;
  readonly at: number;
}

/** What the pointer is on. */
export type Target =
  | { readonly kind: 'header' }
  | { readonly kind: 'title'; readonly panel: PanelId }
  /** `row` of the panel's body, from 0. */
  | { readonly kind: 'body'; readonly panel: PanelId; readonly row: number }
  | { readonly kind: 'nothing' };

const isIn = ({ x, y, w, h }: Rect, at: { readonly x: number; readonly y: number }): boolean =>
  at.x >= x && at.x < x + w && at.y >= y && at.y < y + h;

export function targetAt(layout: Layout, at: { readonly x: number; readonly y: number }): Target {
  if (isIn(layout.header, at)) return at.y === 0 ? { kind: 'header' } : { kind: 'nothing' };
  const box = layout.boxes.find(({ rect }) => isIn(rect, at));
  if (box === undefined) return { kind: 'nothing' };
  const { panel, rect } = box;
  return at.y === rect.y
    ? { kind: 'title', panel }
    : { kind: 'body', panel, row: at.y - rect.y - 1 };
}

/** What the mouse depends on besides what keys do. */
export interface Pointing {
  readonly around: Surroundings;
  readonly last: Click | null;
  /** Milliseconds that never run backwards. */
  readonly at: number;
  /** How far a panel can scroll. */
  readonly extentOf: (panel: PanelId) => Extent;
  /** The asset whose tab has that column of the header. */
  readonly assetAt: (x: number) => Asset | null;
}

/**
 * What a mouse report does to the choices: a click focuses and chooses the row it hits, on the title of what is focused it zooms, twice in a row it enters the
 * row or, where there is none, zooms; on an asset's tab it chooses that. The wheel scrolls what is under the pointer, or what is open over the panels. Null
 * where it does nothing.
 */
export function pointed(ui: Ui, report: MouseReport, pointing: Pointing): Pressed | null {
  if (ui.prompt !== null) return null;
  const { around } = pointing;
  if (report.kind === 'wheelUp' || report.kind === 'wheelDown')
    return turned(ui, report, report.kind === 'wheelUp' ? -1 : 1, pointing);
  if (report.kind !== 'press' || report.button !== 0) return null;
  if (contextOf(ui) !== 'panels') return null;
  const layout = layoutOf(around.width, around.height, ui.focused, ui.zoomed, ui.preset);
  const target = targetAt(layout, report);
  switch (target.kind) {
    case 'header': {
      const asset = pointing.assetAt(report.x);
      return asset === null ? null : { ui, wish: { kind: 'chooseAsset', asset } };
    }
    case 'title':
    case 'body':
      return clicked(ui, target, isDouble(report, pointing), layout, pointing);
    case 'nothing':
      return null;
  }
}

const isDouble = ({ x, y }: MouseReport, { last, at }: Pointing): boolean =>
  last !== null && last.x === x && last.y === y && at - last.at <= DOUBLE_MS;

/** The first line that a panel shows now. */
function firstShown(ui: Ui, panel: PanelId, { extentOf }: Pointing): number {
  const { min, max, page, list } = extentOf(panel);
  const { scroll, cursor } = ui.panels[panel];
  return list === undefined
    ? Math.min(max, Math.max(min, scroll))
    : firstLine(list, cursor, scroll, page, max);
}

function withOptions(ui: Ui, panel: PanelId, change: Partial<Ui['panels'][PanelId]>): Pressed {
  const options = { ...ui.panels[panel], ...change };
  return { ui: { ...ui, panels: { ...ui.panels, [panel]: options } }, wish: null };
}

/** The choices with the row chosen that lies at a row of a panel's body; null where none does. */
function choosing(
  ui: Ui,
  panel: PanelId,
  row: number,
  { rect }: { readonly rect: Rect },
  pointing: Pointing,
): Pressed | null {
  const { list, page } = pointing.extentOf(panel);
  const sticky = rect.h - 2 - page;
  if (list === undefined || row < sticky) return null;
  const from = firstShown(ui, panel, pointing);
  const at = list.keys.findIndex((_, i) => list.lineOf(i) === from + row - sticky);
  if (at < 0) return null;
  return withOptions(ui, panel, {
    scroll: from,
    cursor: { key: list.keys[at]!, at, follows: true },
  });
}

function clicked(
  ui: Ui,
  target: Extract<Target, { kind: 'title' | 'body' }>,
  isSecond: boolean,
  layout: Layout,
  pointing: Pointing,
): Pressed | null {
  const { around } = pointing;
  const { panel } = target;
  const box = layout.boxes.find((one) => one.panel === panel)!;
  const chosen = target.kind === 'body' ? choosing(ui, panel, target.row, box, pointing) : null;
  if (panel !== ui.focused) return pressed(chosen?.ui ?? ui, `panel:${panel}`, around);
  if (isSecond) return pressed(ui, chosen === null ? 'zoom' : 'enter', around);
  return target.kind === 'title' ? pressed(ui, 'zoom', around) : chosen;
}

function turned(ui: Ui, report: MouseReport, step: 1 | -1, pointing: Pointing): Pressed | null {
  const { around } = pointing;
  if (contextOf(ui) !== 'panels') {
    let next = ui;
    for (let i = 0; i < NOTCH; i += 1) next = pressed(next, step < 0 ? 'up' : 'down', around).ui;
    return { ui: next, wish: null };
  }
  const layout = layoutOf(around.width, around.height, ui.focused, ui.zoomed, ui.preset);
  const target = targetAt(layout, report);
  if (target.kind !== 'title' && target.kind !== 'body') return null;
  const { min, max } = pointing.extentOf(target.panel);
  const { cursor } = ui.panels[target.panel];
  const from = firstShown(ui, target.panel, pointing);
  const scroll = Math.min(max, Math.max(min, from + step * NOTCH));
  if (scroll === from) return null;
  return withOptions(ui, target.panel, {
    scroll,
    // The view no longer goes where the chosen row goes.
    ...(cursor !== undefined && { cursor: { ...cursor, follows: false } }),
  });
}
