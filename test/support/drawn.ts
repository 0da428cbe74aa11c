import { stripVTControlCharacters } from 'node:util';
import { emptyHistory, type History, remember } from '../../components/history.ts';
import type { Brush } from '../../components/panels/line.ts';
import type { Panel, PanelInput, PanelOptions, Picture } from '../../components/panels/panel.ts';
import type { ColorLevel } from '../../components/terminal/color-level.ts';
import { painterFor } from '../../components/terminal/painter.ts';
import type { Frame } from '../../src/frame/frame.ts';
import { dark } from '../../themes/dark.ts';
import { series } from './frames.ts';

export const UNTOUCHED: PanelOptions = { scroll: 0, sort: 0, reversed: false, view: 0 };

export const brushOf = (level: ColorLevel = 0, ascii = false): Brush => ({
  painter: painterFor(dark, level),
  ascii,
});

/** A row without its colours. */
export const plain = (row: string): string => stripVTControlCharacters(row);

/** A history that has seen a month of cells and this frame. */
function historyOf(frame: Frame): History {
  const history = emptyHistory();
  remember(history, series({ asset: frame.asset as 'BTC' }));
  remember(history, frame);
  return history;
}

export interface DrawOptions extends Partial<Omit<PanelInput, 'options'>> {
  readonly options?: Partial<PanelOptions>;
  readonly brush?: Brush;
}

/** A panel's picture, without colours unless a brush with some is given. */
export function picture(
  panel: Panel,
  frame: Frame,
  w: number,
  h: number,
  more: DrawOptions = {},
): Picture {
  const { options, brush = brushOf(), ...input } = more;
  return panel.draw(
    {
      frame,
      frames: input.frames ?? new Map([[frame.asset, frame]]),
      scan: input.scan ?? null,
      history: input.history ?? historyOf(frame),
      options: { ...UNTOUCHED, ...options },
      chartHours: input.chartHours ?? 168,
      zoomed: input.zoomed ?? false,
      isFocused: input.isFocused ?? false,
      ...(input.terminal !== undefined && { terminal: input.terminal }),
    },
    w,
    h,
    brush,
  );
}

/** The rows of a panel without colours and trailing spaces. */
export const drawn = (
  panel: Panel,
  frame: Frame,
  w: number,
  h: number,
  more: DrawOptions = {},
): string[] => picture(panel, frame, w, h, more).rows.map((row) => plain(row).trimEnd());
