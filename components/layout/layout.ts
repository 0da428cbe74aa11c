import { PANEL_IDS, type PanelId } from '../panels/ids.ts';
import type { Rect } from '../terminal/screen.ts';
import { type Grid, gridsOf, type Preset } from './presets.ts';

export interface PanelBox {
  readonly panel: PanelId;
  readonly rect: Rect;
}

/** Where everything is on a screen of one size. */
export interface Layout {
  /**
   * `overview`: as many panels as can be read, or those of a preset; `single`: the focused one, because it is zoomed or the screen is too small for all;
   * `tooSmall`: nothing can be read here.
   */
  readonly kind: 'overview' | 'single' | 'tooSmall';
  readonly header: Rect;
  readonly footer: Rect;
  readonly boxes: readonly PanelBox[];
  /** Cells left free inside the borders at either side: none where every cell counts. */
  readonly padding: 0 | 1;
}

/** From here up panels are shown side by side. */
const OVERVIEW = { w: 80, h: 24 };

/** Below this nothing is shown but a sentence. */
export const SMALLEST = { w: 40, h: 12 };

/** Whose place a panel takes that a grid has no room for, while it is focused. */
const HOST: PanelId = 'trust';

const GRIDS: readonly Grid[] = [
  {
    // Very wide and low: two rows of five, the book as tall as the screen.
    fits: (w, h) => w >= 190 && h < 36,
    columns: [4, 4, 4, 4, 3],
    rows: [1, 1],
    areas: [
      ['signals', 'funding', 'liquidations', 'flow', 'book'],
      ['openInterest', 'basis', 'options', 'trust', 'book'],
    ],
  },
  {
    // Wide and low: two rows of four.
    fits: (w, h) => w >= 150 && h < 36,
    columns: [4, 4, 4, 3],
    rows: [1, 1],
    areas: [
      ['signals', 'funding', 'liquidations', 'book'],
      ['openInterest', 'basis', 'trust', 'book'],
    ],
  },
  {
    // Wide and very high: a ladder of every level needs no more than three quarters of the height.
    fits: (w, h) => w >= 150 && h >= 76,
    columns: [10, 10, 8],
    rows: [1, 1, 1, 1],
    areas: [
      ['signals', 'funding', 'book'],
      ['openInterest', 'basis', 'book'],
      ['flow', 'options', 'book'],
      ['liquidations', 'liquidations', 'trust'],
    ],
  },
  {
    // Very wide and high: four columns, the ladder at the right edge, signals where the eye starts.
    fits: (w) => w >= 190,
    columns: [10, 10, 10, 9],
    rows: [10, 10, 9],
    areas: [
      ['signals', 'funding', 'flow', 'book'],
      ['openInterest', 'basis', 'options', 'book'],
      ['liquidations', 'trust', 'trust', 'book'],
    ],
  },
  {
    // Wide and high: three columns.
    fits: (w) => w >= 150,
    columns: [10, 10, 8],
    rows: [10, 9, 9, 9],
    areas: [
      ['signals', 'funding', 'book'],
      ['openInterest', 'basis', 'book'],
      ['flow', 'options', 'book'],
      ['liquidations', 'trust', 'book'],
    ],
  },
  {
    // Narrow and very high: two columns.
    fits: (w, h) => w < 110 && h >= 56,
    columns: [1, 1],
    rows: [4, 3, 3, 3, 4, 3],
    areas: [
      ['signals', 'signals'],
      ['funding', 'book'],
      ['openInterest', 'book'],
      ['flow', 'options'],
      ['liquidations', 'basis'],
      ['trust', 'trust'],
    ],
  },
  {
    // Narrow and high.
    fits: (w, h) => w < 110 && h >= 48,
    columns: [1, 1],
    rows: [4, 3, 3, 4, 3],
    areas: [
      ['signals', 'signals'],
      ['funding', 'book'],
      ['openInterest', 'book'],
      ['liquidations', 'basis'],
      ['trust', 'trust'],
    ],
  },
  {
    fits: (w, h) => w >= 110 && h >= 38,
    columns: [1, 1, 1],
    rows: [5, 5, 5, 4],
    areas: [
      ['signals', 'signals', 'book'],
      ['funding', 'openInterest', 'book'],
      ['flow', 'options', 'book'],
      ['liquidations', 'basis', 'trust'],
    ],
  },
  {
    fits: () => true,
    columns: [1, 1, 1],
    rows: [1, 1, 1],
    areas: [
      ['signals', 'signals', 'book'],
      ['funding', 'openInterest', 'book'],
      ['liquidations', 'basis', 'trust'],
    ],
  },
];

/** Whole cells in the proportion of `shares` that add up to `total`; what is left over goes to the first ones. */
function shared(total: number, shares: readonly number[]): number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  const cells = shares.map((share) => Math.floor((total * share) / sum));
  let left = total - cells.reduce((a, b) => a + b, 0);
  return cells.map((size) => {
    if (left <= 0) return size;
    left -= 1;
    return size + 1;
  });
}

const starts = (sizes: readonly number[], from: number): number[] => {
  let at = from;
  return sizes.map((size) => {
    at += size;
    return at - size;
  });
};

function boxesOf(grid: Grid, area: Rect, focused: PanelId): PanelBox[] {
  const hasFocused = grid.areas.some((row) => row.includes(focused));
  const widths = shared(area.w, grid.columns);
  const heights = shared(area.h, grid.rows);
  const xs = starts(widths, area.x);
  const ys = starts(heights, area.y);
  return PANEL_IDS.flatMap((panel) => {
    const place = panel === focused && !hasFocused ? HOST : panel;
    if (place === panel && panel === HOST && !hasFocused) return [];
    let rect: Rect | undefined;
    for (const [r, row] of grid.areas.entries()) {
      for (const [c, name] of row.entries()) {
        if (name !== place) continue;
        const x = rect?.x ?? xs[c]!;
        const y = rect?.y ?? ys[r]!;
        rect = { x, y, w: xs[c]! + widths[c]! - x, h: ys[r]! + heights[r]! - y };
      }
    }
    return rect === undefined ? [] : [{ panel, rect }];
  });
}

/**
 * Divides a screen of `width` × `height` cells: header, panels without gap or overlap, footer.
 *
 * `zoomed` or a screen below 80×24 shows the focused panel alone. Where not every panel finds a place, the focused one does.
 */
export function layoutOf(
  width: number,
  height: number,
  focused: PanelId,
  zoomed: boolean,
  preset: Preset = 'overview',
): Layout {
  const isCompact = width < OVERVIEW.w || height < OVERVIEW.h;
  const headerRows = isCompact && height < 18 ? 1 : 2;
  const header = { x: 0, y: 0, w: width, h: headerRows };
  const footer = { x: 0, y: height - 1, w: width, h: 1 };
  const area = { x: 0, y: headerRows, w: width, h: height - headerRows - 1 };
  if (width < SMALLEST.w || height < SMALLEST.h) {
    return { kind: 'tooSmall', header, footer, boxes: [], padding: 0 };
  }
  if (zoomed || isCompact) {
    const padding = width >= 60 ? 1 : 0;
    return { kind: 'single', header, footer, boxes: [{ panel: focused, rect: area }], padding };
  }
  const own = gridsOf(preset)?.find((one) => one.fits(width, height));
  // A panel that was focused on a larger screen is never out of sight.
  const isThere = own?.areas.some((row) => row.includes(focused)) === true;
  const grid = isThere ? own! : GRIDS.find((one) => one.fits(width, height))!;
  const padding = width >= 100 ? 1 : 0;
  return { kind: 'overview', header, footer, boxes: boxesOf(grid, area, focused), padding };
}

/** The panel one meets going from `from` in a direction; `from` itself at the edge. */
export function neighbour(
  boxes: readonly PanelBox[],
  from: PanelId,
  towards: 'left' | 'right' | 'up' | 'down',
): PanelId {
  const here = boxes.find((box) => box.panel === from)?.rect;
  if (here === undefined) return from;
  const isAcross = towards === 'left' || towards === 'right';
  const middle = isAcross ? here.y + here.h / 2 : here.x + here.w / 2;
  let best = from;
  let bestDistance = Infinity;
  for (const { panel, rect } of boxes) {
    const gap = {
      left: here.x - (rect.x + rect.w),
      right: rect.x - (here.x + here.w),
      up: here.y - (rect.y + rect.h),
      down: rect.y - (here.y + here.h),
    }[towards];
    if (gap < 0 || panel === from) continue;
    const start = isAcross ? rect.y : rect.x;
    const end = isAcross ? rect.y + rect.h : rect.x + rect.w;
    const aside = Math.max(0, start - middle, middle - end);
    const distance = gap * 1000 + aside;
    if (distance < bestDistance) {
      best = panel;
      bestDistance = distance;
    }
  }
  return best;
}
