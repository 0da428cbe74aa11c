import { panelsOf } from './layout/presets.ts';
import { PANEL_IDS, type PanelId } from './panels/ids.ts';
import { panels } from './panels/index.ts';
import { CHART_HOURS, type Ui } from './ui.ts';

/** How one panel is sorted. */
interface KeptSort {
  /** By its name, so that a panel with other columns is never sorted by a wrong one. */
  readonly column: string;
  readonly reversed: boolean;
}

/** What of the choices at the screen outlives a run, besides theme, asset and layout. */
export interface KeptChoices {
  readonly panel: string;
  readonly chartHours: number;
  /** By panel; those are left out that are sorted as they begin. */
  readonly sorts: Readonly<Record<string, KeptSort>>;
}

const sortOf = (ui: Ui, id: PanelId): readonly (readonly [PanelId, KeptSort])[] => {
  const { sort, reversed } = ui.panels[id];
  const columns = panels[id].sorts ?? [];
  const at = columns.length === 0 ? 0 : sort % columns.length;
  return columns.length === 0 || (at === 0 && !reversed)
    ? []
    : [[id, { column: columns[at]!, reversed }]];
};

export const keptOf = (ui: Ui): KeptChoices => ({
  panel: ui.focused,
  chartHours: ui.chartHours,
  sorts: Object.fromEntries(PANEL_IDS.flatMap((id) => sortOf(ui, id))),
});

/**
 * The choices with those of an earlier run. Whatever of them is not there any more counts as not chosen, and a panel that this screen has no room for in its
 * layout is not focused.
 */
export function withKept(ui: Ui, kept: Partial<KeptChoices>, columns: number, rows: number): Ui {
  const chartHours = CHART_HOURS.find((hours) => hours === kept.chartHours) ?? ui.chartHours;
  const together = panelsOf(ui.preset, columns, rows) ?? PANEL_IDS;
  const focused = together.find((id) => id === kept.panel) ?? ui.focused;
  const sorted = PANEL_IDS.map((id) => {
    const sort = kept.sorts?.[id];
    const at = sort === undefined ? -1 : (panels[id].sorts ?? []).indexOf(sort.column);
    const options = ui.panels[id];
    return [id, at < 0 ? options : { ...options, sort: at, reversed: sort!.reversed }] as const;
  });
  return { ...ui, chartHours, focused, panels: Object.fromEntries(sorted) as Ui['panels'] };
}
