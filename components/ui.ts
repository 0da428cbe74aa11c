import type { Action, KeyContext } from './keys/table.ts';
import { layoutOf, neighbour } from './layout/layout.ts';
import { PANEL_IDS, type PanelId } from './panels/ids.ts';
import type { Extent, PanelOptions } from './panels/panel.ts';

/** Hours that charts over closed cells can span. */
export const CHART_HOURS = [24, 72, 168, 720] as const;

/** What the person at the screen has chosen. Plain data, changed by `pressed` only. */
export interface Ui {
  readonly focused: PanelId;
  readonly zoomed: boolean;
  /** First line of the help shown; null while it is closed. */
  readonly help: number | null;
  readonly chartHours: (typeof CHART_HOURS)[number];
  readonly panels: Readonly<Record<PanelId, PanelOptions>>;
}

const UNTOUCHED: PanelOptions = { scroll: 0, sort: 0, reversed: false, view: 0 };

export const initialUi = (focused: PanelId = 'signals'): Ui => ({
  focused,
  zoomed: false,
  help: null,
  chartHours: 168,
  panels: Object.fromEntries(PANEL_IDS.map((id) => [id, UNTOUCHED])) as Ui['panels'],
});

/** What a key press depends on besides the choices made so far. */
export interface Surroundings {
  readonly width: number;
  readonly height: number;
  readonly isFrozen: boolean;
  /** How far the focused panel, or the help while it is open, can scroll. */
  readonly extent: Extent;
}

/** What a key asks of the world outside the choices. */
export type Wish =
  | { readonly kind: 'quit' }
  | { readonly kind: 'freeze'; readonly isFrozen: boolean }
  | { readonly kind: 'asset'; readonly step: 1 | -1 }
  | { readonly kind: 'theme'; readonly step: 1 | -1 }
  | { readonly kind: 'rate'; readonly step: 1 | -1 }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'suspend' };

export interface Pressed {
  readonly ui: Ui;
  readonly wish: Wish | null;
}

export const contextOf = (ui: Ui): Exclude<KeyContext, 'always'> =>
  ui.help === null ? 'panels' : 'help';

function scrolled(action: Action, at: number, extent: Extent): number | undefined {
  const { min, max, page } = extent;
  const from = Math.min(max, Math.max(min, at));
  const half = Math.max(1, page >> 1);
  const target = {
    up: from - 1,
    down: from + 1,
    pageUp: from - page,
    pageDown: from + page,
    halfPageUp: from - half,
    halfPageDown: from + half,
    // A list that also goes upwards, such as the book, has its natural place at 0.
    top: Math.min(0, max),
    bottom: max,
  }[action as string];
  return target === undefined ? undefined : Math.min(max, Math.max(min, target));
}

const withPanel = (ui: Ui, change: Partial<PanelOptions>): Ui => ({
  ...ui,
  panels: { ...ui.panels, [ui.focused]: { ...ui.panels[ui.focused], ...change } },
});

const focusing = (ui: Ui, focused: PanelId): Ui =>
  focused === ui.focused ? ui : { ...ui, focused };

const stepped = <T>(list: readonly T[], from: T, step: number): T =>
  list[(list.indexOf(from) + step + list.length) % list.length]!;

const DIRECTIONS = {
  panelLeft: 'left',
  panelRight: 'right',
  panelUp: 'up',
  panelDown: 'down',
} as const;

function moved(ui: Ui, action: keyof typeof DIRECTIONS, around: Surroundings): Ui {
  const { kind, boxes } = layoutOf(around.width, around.height, ui.focused, ui.zoomed);
  if (kind === 'overview') return focusing(ui, neighbour(boxes, ui.focused, DIRECTIONS[action]));
  const step = action === 'panelLeft' || action === 'panelUp' ? -1 : 1;
  return focusing(ui, stepped(PANEL_IDS, ui.focused, step));
}

const chartStep = (ui: Ui, step: 1 | -1): Ui => {
  const at = CHART_HOURS.indexOf(ui.chartHours) + step;
  return { ...ui, chartHours: CHART_HOURS[at] ?? ui.chartHours };
};

/** One step back: out of the help, then out of the zoom, then out of the freeze. Never out of the program. */
function back(ui: Ui, isFrozen: boolean): Pressed {
  if (ui.help !== null) return { ui: { ...ui, help: null }, wish: null };
  if (ui.zoomed) return { ui: { ...ui, zoomed: false }, wish: null };
  return { ui, wish: isFrozen ? { kind: 'freeze', isFrozen: false } : null };
}

/** What an action does to the choices, and what it asks of the world. */
export function pressed(ui: Ui, action: Action, around: Surroundings): Pressed {
  const only = (next: Ui): Pressed => ({ ui: next, wish: null });
  const wish = (wanted: Wish): Pressed => ({ ui, wish: wanted });
  if (action.startsWith('panel:')) return only(focusing(ui, action.slice(6) as PanelId));
  const options = ui.panels[ui.focused];
  const scroll = scrolled(action, ui.help ?? options.scroll, around.extent);
  if (scroll !== undefined) {
    return only(ui.help === null ? withPanel(ui, { scroll }) : { ...ui, help: scroll });
  }
  switch (action) {
    case 'quit':
      return ui.help === null ? wish({ kind: 'quit' }) : only({ ...ui, help: null });
    case 'help':
      return only({ ...ui, help: ui.help === null ? 0 : null });
    case 'back':
      return back(ui, around.isFrozen);
    case 'zoom':
      return only({ ...ui, zoomed: !ui.zoomed });
    case 'enter':
      return only(ui.zoomed ? ui : { ...ui, zoomed: true });
    case 'nextPanel':
      return only(focusing(ui, stepped(PANEL_IDS, ui.focused, 1)));
    case 'previousPanel':
      return only(focusing(ui, stepped(PANEL_IDS, ui.focused, -1)));
    case 'panelLeft':
    case 'panelRight':
    case 'panelUp':
    case 'panelDown':
      return only(moved(ui, action, around));
    case 'sort':
      return only(withPanel(ui, { sort: options.sort + 1, reversed: false, scroll: 0 }));
    case 'reverse':
      return only(withPanel(ui, { reversed: !options.reversed, scroll: 0 }));
    case 'view':
      return only(withPanel(ui, { view: options.view + 1, scroll: 0 }));
    case 'longer':
      return only(chartStep(ui, 1));
    case 'shorter':
      return only(chartStep(ui, -1));
    case 'freeze':
      return wish({ kind: 'freeze', isFrozen: !around.isFrozen });
    case 'nextAsset':
      return wish({ kind: 'asset', step: 1 });
    case 'previousAsset':
      return wish({ kind: 'asset', step: -1 });
    case 'nextTheme':
      return wish({ kind: 'theme', step: 1 });
    case 'previousTheme':
      return wish({ kind: 'theme', step: -1 });
    case 'faster':
      return wish({ kind: 'rate', step: 1 });
    case 'slower':
      return wish({ kind: 'rate', step: -1 });
    case 'redraw':
      return wish({ kind: 'redraw' });
    case 'suspend':
      return wish({ kind: 'suspend' });
    default:
      return only(ui);
  }
}
