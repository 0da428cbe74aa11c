import { readingPaths } from '../src/frame/explain.ts';
import type { Micros } from '../src/model/units.ts';
import type { Theme } from '../themes/theme.ts';
import type { Known } from './command.ts';
import { explainedText } from './overlays/explain.ts';
import { chosenAt } from './panels/cursor.ts';
import { type Detail, detailAsText } from './panels/detail.ts';
import type { PanelId } from './panels/ids.ts';
import { panels } from './panels/index.ts';
import type { Extent, Panel, RowInput } from './panels/panel.ts';
import type { ScreenState } from './screen-store.ts';
import type { Surroundings, Ui } from './ui.ts';

/** What command lines can name now. */
export function knownOn(
  state: ScreenState,
  focused: PanelId,
  themes: readonly Theme[],
  newest: Micros,
): Known {
  const { title, sorts = [] } = panels[focused];
  return {
    assets: state.assets,
    newest,
    themes: themes.map(({ name }) => name),
    panels: Object.values(panels),
    focused: title,
    sorts,
    paths: () => (state.frame === null ? [] : [...readingPaths(state.frame)]),
  };
}

/** What the rows of the focused panel are read off; null before the first frame. */
function rowInputOf({ frame, ...state }: ScreenState, ui: Ui): RowInput | null {
  const { frames, scan, history, terminal } = state;
  if (frame === null) return null;
  return { frame, frames, scan, history, terminal, options: ui.panels[ui.focused] };
}

/** All that is known of the row that was entered; null where it is gone. */
export function detailOn(state: ScreenState, ui: Ui): Detail | null {
  const panel: Panel = panels[ui.focused];
  const input = rowInputOf(state, ui);
  if (input === null || ui.detail === null) return null;
  return panel.detail?.(input, ui.detail.key) ?? null;
}

/** The chosen row of a panel as it was last drawn, and the asset that it leads to. */
export function rowOn(
  state: ScreenState,
  ui: Ui,
  { list }: Extent,
): ReturnType<Surroundings['row']> {
  const panel: Panel = panels[ui.focused];
  const input = rowInputOf(state, ui);
  if (list === undefined || input === null || panel.detail === undefined) return null;
  const key = list.keys[chosenAt(list.keys, input.options.cursor)];
  return key === undefined ? null : { key, asset: panel.leadsTo?.(input, key) ?? null };
}

/** What `y` copies: the explanation or the detail that is open, else the panel's chosen row, else its headline explained where there is no row. */
export function copiedOn(state: ScreenState, ui: Ui): string | null {
  const panel: Panel = panels[ui.focused];
  const input = rowInputOf(state, ui);
  if (input === null) return null;
  const { frame } = input;
  if (ui.explaining !== null) return explainedText(frame, panel, ui.explaining);
  if (ui.detail !== null) {
    const detail = detailOn(state, ui);
    return detail === null ? null : detailAsText(detail);
  }
  const row = panel.copied?.(input) ?? null;
  if (row !== null) return row;
  return explainedText(frame, panel, { trail: [], chosen: [0], filter: '' });
}
