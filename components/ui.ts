import { type Asked, asked, completed, type Known } from './command.ts';
import type { Action, KeyContext } from './keys/table.ts';
import { layoutOf, neighbour } from './layout/layout.ts';
import { PRESETS, type Preset, panelsOf } from './layout/presets.ts';
import { DEEPEST_TRAIL, type Explaining } from './overlays/explain.ts';
import { firstLine, isMove, movedCursor } from './panels/cursor.ts';
import { PANEL_IDS, type PanelId } from './panels/ids.ts';
import type { Extent, PanelOptions } from './panels/panel.ts';
import { openPrompt, type Prompt, rememberedLine, typed } from './prompt.ts';
import { STEP, type Travel } from './time-travel.ts';

/** Hours that charts over closed cells can span. */
export const CHART_HOURS = [24, 72, 168, 720] as const;

/** What the person at the screen has chosen. Plain data, changed by `pressed` only. */
export interface Ui {
  readonly focused: PanelId;
  readonly zoomed: boolean;
  /** Which panels are shown together. */
  readonly preset: Preset;
  /** First line of the help shown; null while it is closed. */
  readonly help: number | null;
  /** What the explanation over the panels is about; null while it is closed. */
  readonly explaining: Explaining | null;
  /** The row of the focused panel whose detail is open, and the first line shown of that; null while it is closed. */
  readonly detail: { readonly key: string; readonly scroll: number } | null;
  /** The line being typed; null while keys are keys. */
  readonly prompt: Prompt | null;
  /** Command lines of this run, the newest last. */
  readonly commands: readonly string[];
  readonly chartHours: (typeof CHART_HOURS)[number];
  readonly panels: Readonly<Record<PanelId, PanelOptions>>;
  /** The number being typed before a key that takes one; null where none is. */
  readonly count: Count | null;
}

/** A digit also goes to its panel, which is taken back when it turns out to count something. */
interface Count {
  readonly digits: string;
  readonly before: Pick<Ui, 'focused' | 'preset'>;
  /** When its last digit came, ms. */
  readonly at: number;
}

const UNTOUCHED: PanelOptions = { scroll: 0, sort: 0, reversed: false, view: 0 };

export const initialUi = (focused: PanelId = 'signals', preset: Preset = 'overview'): Ui => ({
  focused,
  zoomed: false,
  preset,
  help: null,
  explaining: null,
  detail: null,
  prompt: null,
  commands: [],
  chartHours: 168,
  count: null,
  panels: Object.fromEntries(PANEL_IDS.map((id) => [id, UNTOUCHED])) as Ui['panels'],
});

/** What a key press depends on besides the choices made so far. */
export interface Surroundings {
  readonly width: number;
  readonly height: number;
  readonly isFrozen: boolean;
  /** Whether an instant is shown instead of the newest frames. */
  readonly isPast: boolean;
  /** On a clock that does not jump, ms. */
  readonly now: number;
  /** How far the focused panel can scroll, or the overlay that is open. */
  readonly extent: Extent;
  /** What the rows of an open explanation lead to; null of those that lead nowhere. */
  readonly targets: readonly (string | null)[];
  /** The chosen row of the focused panel, and the asset that Enter goes to from there; null where no row can be chosen. */
  readonly row: () => { readonly key: string; readonly asset: string | null } | null;
  /** What `y` would copy; null where there is nothing. */
  readonly copied: () => string | null;
  readonly known: Known;
}

/** What a key asks of the world outside the choices. */
export type Wish =
  | { readonly kind: 'quit' }
  | { readonly kind: 'freeze'; readonly isFrozen: boolean }
  | { readonly kind: 'asset'; readonly step: 1 | -1 }
  | { readonly kind: 'theme'; readonly step: 1 | -1 }
  | { readonly kind: 'rate'; readonly step: 1 | -1 }
  | { readonly kind: 'chooseAsset'; readonly asset: string }
  | { readonly kind: 'chooseTheme'; readonly name: string }
  | { readonly kind: 'chooseRate'; readonly fps: number }
  | { readonly kind: 'layout'; readonly preset: Preset }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'say'; readonly text: string; readonly tone: 'info' | 'warning' }
  | { readonly kind: 'travel'; readonly travel: Travel }
  | { readonly kind: 'mark' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'suspend' };

export interface Pressed {
  readonly ui: Ui;
  readonly wish: Wish | null;
}

export function contextOf(ui: Ui): Exclude<KeyContext, 'always'> {
  if (ui.help !== null) return 'help';
  if (ui.explaining !== null) return 'explain';
  return ui.detail === null ? 'panels' : 'detail';
}

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

/** Screen sizes decide which panels a preset has. */
type Size = Pick<Surroundings, 'width' | 'height'>;

/** Panels that are shown together, in the order of their digits. */
function together(preset: Preset, { width, height }: Size): readonly PanelId[] {
  const own = panelsOf(preset, width, height);
  return own === undefined ? PANEL_IDS : PANEL_IDS.filter((id) => own.includes(id));
}

/** With that panel focused; the overview shows it where the preset does not. */
function focusing(ui: Ui, focused: PanelId, size: Size): Ui {
  if (focused === ui.focused) return ui;
  const isThere = together(ui.preset, size).includes(focused);
  return { ...ui, focused, preset: isThere ? ui.preset : 'overview' };
}

/** Another choice of panels, with one of them focused. */
function arranged(ui: Ui, preset: Preset, size: Size): Pressed {
  const isThere = together(preset, size).includes(ui.focused);
  const focused = isThere ? ui.focused : panelsOf(preset, size.width, size.height)![0]!;
  return { ui: { ...ui, preset, focused, zoomed: false }, wish: { kind: 'layout', preset } };
}

const stepped = <T>(list: readonly T[], from: T, step: number): T =>
  list[(list.indexOf(from) + step + list.length) % list.length]!;

/** The next of the panels that are shown together. */
const along = (ui: Ui, step: 1 | -1, size: Size): Ui =>
  focusing(ui, stepped(together(ui.preset, size), ui.focused, step), size);

const DIRECTIONS = {
  panelLeft: 'left',
  panelRight: 'right',
  panelUp: 'up',
  panelDown: 'down',
} as const;

function moved(ui: Ui, action: keyof typeof DIRECTIONS, around: Surroundings): Ui {
  const { width, height } = around;
  const { kind, boxes } = layoutOf(width, height, ui.focused, ui.zoomed, ui.preset);
  if (kind === 'overview')
    return focusing(ui, neighbour(boxes, ui.focused, DIRECTIONS[action]), around);
  return along(ui, action === 'panelLeft' || action === 'panelUp' ? -1 : 1, around);
}

const chartStep = (ui: Ui, step: 1 | -1): Ui => {
  const at = CHART_HOURS.indexOf(ui.chartHours) + step;
  return { ...ui, chartHours: CHART_HOURS[at] ?? ui.chartHours };
};

/** One step back: out of the help, the explanation, the detail, the zoom, the filter, the past, the freeze. Never out of the program. */
function back(ui: Ui, { isFrozen, isPast }: Surroundings): Pressed {
  const only = (next: Ui): Pressed => ({ ui: next, wish: null });
  if (ui.help !== null) return only({ ...ui, help: null });
  if (ui.explaining !== null) return only({ ...ui, explaining: null });
  if (ui.detail !== null) return only({ ...ui, detail: null });
  if (ui.zoomed) return only({ ...ui, zoomed: false });
  if (filterOf(ui) !== '') return only(filtered(ui, ''));
  if (isPast) return { ui, wish: { kind: 'travel', travel: { to: 'now' } } };
  return { ui, wish: isFrozen ? { kind: 'freeze', isFrozen: false } : null };
}

/** The filter of the list that is open, else of the focused panel. */
const filterOf = (ui: Ui): string => ui.explaining?.filter ?? ui.panels[ui.focused].filter ?? '';

const filtered = (ui: Ui, filter: string): Ui =>
  ui.explaining === null
    ? withPanel(ui, { filter, scroll: 0 })
    : { ...ui, explaining: { ...ui.explaining, filter, chosen: [0] } };

const explainingList: Explaining = { trail: [], chosen: [0], filter: '' };

const chosenRow = ({ chosen }: Explaining): number => chosen.at(-1) ?? 0;

const withChosen = (explaining: Explaining, row: number): Explaining => ({
  ...explaining,
  chosen: [...explaining.chosen.slice(0, -1), row],
});

/** Into the number that the chosen row leads to. */
function deeper(explaining: Explaining, targets: Surroundings['targets']): Explaining {
  const { trail, chosen } = explaining;
  const path = targets[Math.min(chosenRow(explaining), targets.length - 1)];
  if (typeof path !== 'string' || trail.length >= DEEPEST_TRAIL) return explaining;
  return { ...explaining, trail: [...trail, path], chosen: [...chosen, 0] };
}

/** Back to where one came from; null from the list. */
const higher = (explaining: Explaining): Explaining | null =>
  explaining.trail.length === 0
    ? null
    : {
        ...explaining,
        trail: explaining.trail.slice(0, -1),
        chosen: explaining.chosen.slice(0, -1),
      };

function moving({ help, explaining, detail, panels, focused }: Ui): number {
  if (help !== null) return help;
  if (explaining !== null) return chosenRow(explaining);
  return detail?.scroll ?? panels[focused].scroll;
}

/** The choices after a movement to a row or a line. */
function movedTo(ui: Ui, at: number): Ui {
  if (ui.help !== null) return { ...ui, help: at };
  if (ui.explaining !== null) return { ...ui, explaining: withChosen(ui.explaining, at) };
  if (ui.detail !== null) return { ...ui, detail: { ...ui.detail, scroll: at } };
  return withPanel(ui, { scroll: at });
}

/** Into the chosen row: to the asset that it is, else to its detail; of a panel without rows to all of it. */
function entered(ui: Ui, around: Surroundings): Pressed {
  const row = around.row();
  if (row === null) return { ui: { ...ui, zoomed: true }, wish: null };
  const { key, asset } = row;
  if (asset === null) return { ui: { ...ui, detail: { key, scroll: 0 } }, wish: null };
  return {
    ui: { ...focusing(ui, 'signals', around), zoomed: false },
    wish: { kind: 'chooseAsset', asset },
  };
}

/** Where an action goes in time; undefined of those that stay. */
function travelOf(action: Action, count: number): Travel | undefined {
  const travels: Partial<Record<Action, Travel>> = {
    stepBack: { to: 'step', seconds: -count * STEP.small },
    stepForward: { to: 'step', seconds: count * STEP.small },
    leapBack: { to: 'step', seconds: -count * STEP.large },
    leapForward: { to: 'step', seconds: count * STEP.large },
    nextTurn: { to: 'turn', count },
    previousTurn: { to: 'turn', count: -count },
    toMark: { to: 'mark' },
    now: { to: 'now' },
  };
  return travels[action];
}

/** Digits of a count that are taken, and how long a digit waits for what follows, ms. */
const MOST_DIGITS = 4;
const COUNT_WAITS = 1000;

/**
 * What a key does, digits before it taken as its count where it takes one.
 *
 * @param action what it is bound to here; undefined where it is to nothing.
 * @returns undefined where it does nothing.
 */
export function pressedKey(
  ui: Ui,
  key: string,
  action: Action | undefined,
  around: Surroundings,
): Pressed | undefined {
  const waiting =
    ui.count !== null && around.now - ui.count.at <= COUNT_WAITS ? ui.count : undefined;
  const isDigit = /^[0-9]$/.test(key) && contextOf(ui) === 'panels';
  if (isDigit && (key !== '0' || waiting !== undefined)) {
    const count: Count = {
      digits: `${waiting?.digits ?? ''}${key}`.slice(0, MOST_DIGITS),
      before: waiting?.before ?? { focused: ui.focused, preset: ui.preset },
      at: around.now,
    };
    const after = action === undefined || key === '0' ? undefined : pressed(ui, action, around);
    return { ui: { ...(after?.ui ?? ui), count }, wish: after?.wish ?? null };
  }
  if (action === undefined) return undefined;
  const bare = ui.count === null ? ui : { ...ui, count: null };
  const takesCount = travelOf(action, 1) !== undefined && action !== 'now' && action !== 'toMark';
  if (waiting === undefined || !takesCount) return pressed(bare, action, around);
  return pressed({ ...bare, ...waiting.before }, action, around, Number(waiting.digits));
}

/**
 * What an action does to the choices, and what it asks of the world.
 *
 * @param count how often, of actions that go through time.
 */
export function pressed(ui: Ui, action: Action, around: Surroundings, count = 1): Pressed {
  const only = (next: Ui): Pressed => ({ ui: next, wish: null });
  const wish = (wanted: Wish): Pressed => ({ ui, wish: wanted });
  if (action.startsWith('panel:')) return only(focusing(ui, action.slice(6) as PanelId, around));
  const options = ui.panels[ui.focused];
  const { list, page, max } = around.extent;
  if (list !== undefined && isMove(action) && contextOf(ui) === 'panels') {
    const { cursor = null } = options;
    // Not what was drawn last: several keys may come before the next picture.
    const from = firstLine(list, cursor, options.scroll, page, max);
    return only(withPanel(ui, movedCursor(action, cursor, { from, page, max, list })));
  }
  const scroll = scrolled(action, moving(ui), around.extent);
  if (scroll !== undefined) return only(movedTo(ui, scroll));
  const travel = travelOf(action, count);
  if (travel !== undefined) return wish({ kind: 'travel', travel });
  switch (action) {
    case 'quit':
      return contextOf(ui) === 'panels' ? wish({ kind: 'quit' }) : back(ui, around);
    case 'help':
      return only({ ...ui, help: ui.help === null ? 0 : null });
    case 'back':
      return back(ui, around);
    case 'zoom':
      return only({ ...ui, zoomed: !ui.zoomed });
    case 'enter':
      return entered(ui, around);
    case 'explain':
      return only({ ...ui, explaining: explainingList });
    case 'follow':
      return only(
        ui.explaining === null ? ui : { ...ui, explaining: deeper(ui.explaining, around.targets) },
      );
    case 'return':
      return only(ui.explaining === null ? ui : { ...ui, explaining: higher(ui.explaining) });
    case 'filter':
      return only(
        ui.explaining !== null && ui.explaining.trail.length > 0
          ? ui
          : { ...ui, prompt: openPrompt('filter', filterOf(ui)) },
      );
    case 'command':
      return only({ ...ui, prompt: openPrompt('command') });
    case 'nextLayout':
      return arranged(ui, stepped(PRESETS, ui.preset, 1), around);
    case 'previousLayout':
      return arranged(ui, stepped(PRESETS, ui.preset, -1), around);
    case 'copy':
      return wish(copying(around.copied()));
    case 'nextPanel':
      return only(along(ui, 1, around));
    case 'previousPanel':
      return only(along(ui, -1, around));
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
    case 'mark':
      return wish({ kind: 'mark' });
    case 'freeze':
      if (around.isPast)
        return wish({ kind: 'say', text: 'the past stands still; 0 follows again', tone: 'info' });
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

const copying = (text: string | null): Wish =>
  text === null
    ? { kind: 'say', text: 'nothing here to copy', tone: 'warning' }
    : { kind: 'copy', text };

/** Does what a command line asked for. */
function obeyed(ui: Ui, command: Asked, around: Surroundings): Pressed {
  const only = (next: Ui): Pressed => ({ ui: next, wish: null });
  const wish = (wanted: Wish): Pressed => ({ ui, wish: wanted });
  switch (command.kind) {
    case 'wrong':
      return wish({ kind: 'say', text: command.text, tone: 'warning' });
    case 'asset':
      return wish({ kind: 'chooseAsset', asset: command.asset });
    case 'theme':
      return wish({ kind: 'chooseTheme', name: command.name });
    case 'fps':
      return wish({ kind: 'chooseRate', fps: command.fps });
    case 'travel':
      return wish(command);
    case 'panel':
      return only(focusing(ui, command.panel, around));
    case 'layout':
      return arranged(ui, command.preset, around);
    case 'sort':
      return only(withPanel(ui, { sort: command.column, reversed: false, scroll: 0 }));
    case 'filter':
      return only(filtered(ui, command.text));
    case 'explain':
      return only({
        ...ui,
        explaining: { ...explainingList, trail: [command.path], chosen: [0, 0] },
      });
    default:
      return pressed(ui, command.kind, around);
  }
}

/**
 * What a key does while a line is being typed.
 *
 * @param key its name; undefined for a paste.
 * @param text what it types.
 */
export function typedKey(
  ui: Ui,
  key: string | undefined,
  text: string,
  around: Surroundings,
): Pressed {
  const { prompt } = ui;
  if (prompt === null) return { ui, wish: null };
  const only = (next: Ui): Pressed => ({ ui: next, wish: null });
  const isCommand = prompt.kind === 'command';
  if (isCommand && key === 'tab') {
    const { text: more } = completed(prompt.text, around.known);
    return only({ ...ui, prompt: openPrompt('command', more) });
  }
  const after = typed(prompt, key, text, isCommand ? ui.commands : []);
  if (after.is === 'open') {
    const next = { ...ui, prompt: after.prompt };
    return only(
      isCommand || after.prompt.text === prompt.text ? next : filtered(next, after.prompt.text),
    );
  }
  const closed: Ui = { ...ui, prompt: null };
  if (!isCommand) return only(after.is === 'entered' ? closed : filtered(closed, ''));
  if (after.is === 'cancelled') return only(closed);
  const command = asked(prompt.text, around.known);
  const remembered = { ...closed, commands: rememberedLine(ui.commands, prompt.text) };
  return command === null ? only(closed) : obeyed(remembered, command, around);
}
