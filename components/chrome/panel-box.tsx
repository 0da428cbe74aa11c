import { Box, Text } from 'ink';
import { Component, type ReactNode, useMemo } from 'react';
import { cellWidth, fitted } from '../format/cell-width.ts';
import { PANEL_KEYS } from '../panels/ids.ts';
import { type Brush, cellsOf, exactly, line, type Part, thatFit, wrapped } from '../panels/line.ts';
import { type Extent, type Panel, type PanelInput, type Picture, STILL } from '../panels/panel.ts';
import type { ScreenState, ScreenStore } from '../screen-store.ts';
import type { Rect } from '../terminal/screen.ts';
import { DOUBLE, DOUBLE_PLAIN, PLAIN, ROUND } from './border.ts';
import { type Canvas, type Patch, Region } from './region.tsx';

export interface BorderProps {
  readonly rect: Rect;
  readonly title: readonly Part[];
  readonly isFocused: boolean;
  /** Whether what it holds is of the past. */
  readonly isPast?: boolean;
  readonly brush: Brush;
  readonly children?: ReactNode;
}

/** A box with its title in the upper border. */
export function Border({ rect, title, isFocused, isPast = false, brush, children }: BorderProps) {
  const { ascii } = brush;
  const style = isPast ? (ascii ? DOUBLE_PLAIN : DOUBLE) : ascii ? PLAIN : ROUND;
  const role = isPast ? 'pastBorder' : isFocused ? 'borderFocus' : 'border';
  const cells = cellsOf(title);
  const rule = style.top.repeat(Math.max(0, rect.w - 5 - cells));
  const top = line(
    [[`${style.topLeft}${style.top} `, role], ...title, [` ${rule}${style.topRight}`, role]],
    rect.w,
    brush,
  );
  const { color } = brush.painter.ink(role);
  return (
    <Box
      position="absolute"
      top={rect.y}
      left={rect.x}
      width={rect.w}
      height={rect.h}
      flexDirection="column"
    >
      <Text wrap="truncate">{top}</Text>
      <Box
        flexGrow={1}
        borderStyle={style}
        borderTop={false}
        {...(color !== undefined && { borderColor: color })}
      >
        {children}
      </Box>
    </Box>
  );
}

/** What a panel that broke shows instead of itself. */
function broken(error: unknown, w: number, h: number, brush: Brush): Picture {
  const text = error instanceof Error ? error.message : String(error);
  const rows = [
    line([['this panel failed', 'error']], w, brush),
    ...wrapped(text.split('\n')[0]!, w, Math.max(1, h - 1), brush.ascii).map((row) =>
      line([[row, 'dim']], w, brush),
    ),
  ];
  return { rows: exactly(rows, w, h) };
}

export interface PanelBoxProps {
  readonly panel: Panel;
  readonly rect: Rect;
  readonly isFocused: boolean;
  readonly options: PanelInput['options'];
  /** Whether its filter is being typed. */
  readonly isTyping?: boolean;
  readonly chartHours: number;
  readonly isPast?: boolean;
  readonly zoomed: boolean;
  /** Cells left free inside the border at either side. */
  readonly padding: number;
  readonly brush: Brush;
  readonly store: ScreenStore;
  readonly canvas: Canvas | null;
  /** Hears how far the panel can scroll whenever it was drawn. */
  readonly onExtent: (panel: Panel['id'], extent: Extent) => void;
  readonly onProblem: (panel: Panel['id'], error: unknown) => void;
}

function waiting(w: number, h: number, brush: Brush): Picture {
  return { rows: exactly([line([['waiting for the first frame', 'absent']], w, brush)], w, h) };
}

/** A panel: its border by Ink, its body and the live words in its border by the store's news. */
export function PanelBox(props: PanelBoxProps) {
  const { panel, rect, isFocused, options, chartHours, zoomed, padding, brush } = props;
  const { onExtent, onProblem } = props;
  const title = titleOf(panel, isFocused, options.filter ?? '', props.isTyping === true, brush);
  const titleCells = cellsOf(title);
  const draw = useMemo(() => {
    const x = rect.x + 1 + padding;
    const w = rect.w - 2 - 2 * padding;
    const h = rect.h - 2;
    const pictureOf = ({ frame, frames, scan, history, terminal }: ScreenState): Picture => {
      if (frame === null) return waiting(w, h, brush);
      try {
        const about = { options, chartHours, zoomed, isFocused };
        const input = { frame, frames, scan, history, terminal, ...about };
        return panel.draw(input, w, h, brush);
      } catch (error) {
        onProblem(panel.id, error);
        return broken(error, w, h, brush);
      }
    };
    return (state: ScreenState): Patch[] => {
      const picture = pictureOf(state);
      onExtent(panel.id, picture.extent ?? STILL);
      const body: Patch = { x, y: rect.y + 1, w, h, rows: picture.rows };
      const corner = cornerPatch(picture.corner ?? [], rect, titleCells, brush);
      return corner === null ? [body] : [body, corner];
    };
  }, [
    panel,
    rect,
    options,
    chartHours,
    zoomed,
    isFocused,
    padding,
    brush,
    titleCells,
    onExtent,
    onProblem,
  ]);
  return (
    <>
      <Border
        rect={rect}
        title={title}
        isFocused={isFocused}
        isPast={props.isPast === true}
        brush={brush}
      />
      <Region id={panel.id} store={props.store} canvas={props.canvas} draw={draw} />
    </>
  );
}

/** Cells of a filter in a title. */
const MOST_FILTER = 16;

function titleOf(
  panel: Panel,
  isFocused: boolean,
  filter: string,
  isTyping: boolean,
  brush: Brush,
): Part[] {
  const { ascii } = brush;
  const text = `/${filter}${isTyping ? (ascii ? '_' : '▏') : ''}`;
  const cells = Math.min(MOST_FILTER, cellWidth(text));
  return [
    [PANEL_KEYS[panel.id], isFocused ? 'key' : 'dim'],
    ' ',
    [panel.title, isFocused ? 'title' : 'header'],
    ...(filter === '' && !isTyping
      ? []
      : [[` ${fitted(text, cells, { ascii })}`, 'accent'] as const]),
  ];
}

/** The age alone of a corner that begins with `stale 42s`. */
const ageAlone = ([first]: readonly Part[]): readonly Part[] =>
  Array.isArray(first) && first[1] === 'stale' ? [[first[0].split(' ').at(-1)!, 'stale']] : [];

/** As much of a corner as there is room for, its first words before the others: how old numbers are is left out last. */
function cornerWithin(corner: readonly Part[], room: number): readonly Part[] {
  const whole = thatFit(corner, room);
  const fitting = whole.at(-1) === ' ' ? whole.slice(0, -1) : whole;
  return fitting.length > 0 ? fitting : thatFit(ageAlone(corner), room);
}

/** Words at the right end of the upper border, as far as the title leaves room for them. */
export function cornerPatch(
  all: readonly Part[],
  rect: Rect,
  titleCells: number,
  brush: Brush,
): Patch | null {
  const corner = cornerWithin(all, rect.w - titleCells - 8);
  const cells = cellsOf(corner);
  const w = cells + 2;
  if (cells === 0) return null;
  return {
    x: rect.x + rect.w - w - 2,
    y: rect.y,
    w,
    h: 1,
    rows: [line([' ', ...corner, ' '], w, brush)],
  };
}

interface GuardProps {
  readonly rect: Rect;
  readonly onError: (error: unknown) => void;
  readonly children: ReactNode;
}

/** Keeps a panel that cannot even be laid out from taking the screen with it. */
export class Guard extends Component<GuardProps, { readonly message: string | null }> {
  override state: { readonly message: string | null } = { message: null };

  static getDerivedStateFromError(error: unknown): { message: string } {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override componentDidCatch(error: unknown): void {
    this.props.onError(error);
  }

  override render(): ReactNode {
    const { message } = this.state;
    if (message === null) return this.props.children;
    const { x, y, w, h } = this.props.rect;
    return (
      <Box position="absolute" top={y} left={x} width={w} height={h} borderStyle="round">
        <Text wrap="truncate">this panel failed: {message}</Text>
      </Box>
    );
  }
}
