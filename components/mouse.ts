import type { Asset } from '../src/model/instrument.ts';
import { type Layout, layoutOf } from './layout/layout.ts';
import type { PanelId } from './panels/ids.ts';
import type { Extent } from './panels/panel.ts';
import type { Rect } from './terminal/screen.ts';
import type { MouseReport } from './terminal/tty-input.ts';
import { type Pressed, pressed, type Surroundings, type Ui } from './ui.ts';

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
 * What a mouse report does to the choices: a click focuses, on the title of what is focused or twice in a row it zooms, on an asset's tab it
 * chooses; the wheel scrolls what is under the pointer, or the help or explanation that is open. Null where it does nothing.
 */
export function pointed(ui: Ui, report: MouseReport, pointing: Pointing): Pressed | null {
  if (ui.prompt !== null) return null;
  const { around } = pointing;
  if (report.kind === 'wheelUp' || report.kind === 'wheelDown')
    return turned(ui, report, report.kind === 'wheelUp' ? -1 : 1, pointing);
  if (report.kind !== 'press' || report.button !== 0) return null;
  if (ui.help !== null || ui.explaining !== null) return null;
  const layout = layoutOf(around.width, around.height, ui.focused, ui.zoomed, ui.preset);
  const target = targetAt(layout, report);
  switch (target.kind) {
    case 'header': {
      const asset = pointing.assetAt(report.x);
      return asset === null ? null : { ui, wish: { kind: 'chooseAsset', asset } };
    }
    case 'title':
    case 'body':
      if (target.panel !== ui.focused) return pressed(ui, `panel:${target.panel}`, around);
      return target.kind === 'title' || isDouble(report, pointing)
        ? pressed(ui, 'zoom', around)
        : null;
    case 'nothing':
      return null;
  }
}

const isDouble = ({ x, y }: MouseReport, { last, at }: Pointing): boolean =>
  last !== null && last.x === x && last.y === y && at - last.at <= DOUBLE_MS;

function turned(ui: Ui, report: MouseReport, step: 1 | -1, pointing: Pointing): Pressed | null {
  const { around } = pointing;
  if (ui.help !== null || ui.explaining !== null) {
    let next = ui;
    for (let i = 0; i < NOTCH; i += 1) next = pressed(next, step < 0 ? 'up' : 'down', around).ui;
    return { ui: next, wish: null };
  }
  const layout = layoutOf(around.width, around.height, ui.focused, ui.zoomed, ui.preset);
  const target = targetAt(layout, report);
  if (target.kind !== 'title' && target.kind !== 'body') return null;
  const { min, max } = pointing.extentOf(target.panel);
  const options = ui.panels[target.panel];
  const from = Math.min(max, Math.max(min, options.scroll));
  const scroll = Math.min(max, Math.max(min, from + step * NOTCH));
  if (scroll === options.scroll) return null;
  return {
    ui: { ...ui, panels: { ...ui.panels, [target.panel]: { ...options, scroll } } },
    wish: null,
  };
}
