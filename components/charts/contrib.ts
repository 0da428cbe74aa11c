import { createRequire } from 'node:module';

/** The eight colour names that blessed-contrib's canvas knows. Here they are slots: each stands for a style of ours. */
const SLOTS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
export const SLOT_COUNT = SLOTS.length;

/** What blessed-contrib's widgets draw with: a subset of the HTML canvas. */
interface Context {
  readonly canvas: { frame(): string };
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  fillText(text: string, x: number, y: number): void;
}

interface Widget {
  readonly prototype: { setData(data: unknown): void };
}

interface Contrib {
  readonly Canvas: new (width: number, height: number, kind?: unknown) => { getContext(): Context };
  readonly AnsiTerm: unknown;
  readonly Line: Widget;
  readonly StackedBar: Widget;
  readonly Gauge: Widget;
}

let loaded: Contrib | undefined;

/** Loads the widgets' files at the first chart: they cost tens of milliseconds that a start should not pay. */
function contrib(): Contrib {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  // It requires blessed without declaring it: where that is missing, it is missed here.
  require.resolve('blessed');
  // Its helper packages are resolved from where it lies, whatever npm has hoisted.
  const file = createRequire(require.resolve('blessed-contrib/package.json'));
  loaded = {
    Canvas: file('drawille-canvas-blessed-contrib').Canvas,
    AnsiTerm: file('ansi-term'),
    Line: file('./lib/widget/charts/line.js'),
    StackedBar: file('./lib/widget/charts/stacked-bar.js'),
    Gauge: file('./lib/widget/gauge.js'),
  };
  return loaded;
}

/** One cell of a drawing: its character and the slot it is drawn in, −1 for none. */
export interface SlotCell {
  readonly text: string;
  readonly slot: number;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the canvas answers in escape sequences
const token = /\u001B\[(\d+)m|([^\u001B])/gu;

/** A canvas' answer as rows of cells; a coloured background (bars) counts like a coloured character (lines). */
function cellsOf(frame: string): SlotCell[][] {
  return frame
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const cells: SlotCell[] = [];
      let fore = -1;
      let back = -1;
      for (const [, code, text] of line.matchAll(token)) {
        if (text !== undefined) cells.push({ text, slot: back >= 0 ? back : fore });
        else if (code === '39') fore = -1;
        else if (code === '49') back = -1;
        else if (code!.startsWith('3')) fore = Number(code) - 30;
        else back = Number(code) - 40;
      }
      return cells;
    });
}

/** A widget's drawing code without the widget: no screen, no program, no handlers on the process. */
function borrowed(
  widget: Widget,
  context: Context,
  size: { readonly width: number; readonly height: number },
  options: object,
): { setData(data: unknown): void } {
  // A screen would draw the legend; it has none here, and the labels are ours.
  context.fillText = () => {};
  return Object.create(widget.prototype, {
    options: { value: options },
    canvasSize: { value: size },
    ctx: { value: context },
    width: { value: size.width },
    height: { value: size.height },
    addLegend: { value: () => {} },
  });
}

/** Rows that blessed-contrib's line chart needs below its data, in dots: 11 for its x labels, 2 between data and base line. */
const BELOW_LINES = 13;

/** Shares (0–1) of one line from left to right; NaN interrupts it. */
export interface SlotLine {
  readonly shares: readonly number[];
  readonly slot: number;
}

/**
 * Lines drawn by blessed-contrib on braille dots, without axes: `height` rows of `width` cells. Every line has equally many shares.
 */
export function drawLines(lines: readonly SlotLine[], width: number, height: number): SlotCell[][] {
  const { Canvas, Line } = contrib();
  // Its base line and labels fall into three more rows and one more column, which are cut off.
  const size = { width: (width + 2) * 2, height: (height + 3) * 4 };
  const context = new Canvas(size.width, size.height).getContext();
  interruptible(context);
  const xPadding = 2;
  const chart = borrowed(Line, context, size, {
    style: { line: 'white', text: 'white', baseline: 'black' },
    xLabelPadding: 1,
    xPadding,
    numYLabels: 1,
    showNthLabel: 1,
    wholeNumbersOnly: false,
    minY: 0,
    maxY: 1,
  });
  const points = lines[0]?.shares.length ?? 0;
  // It spreads as many points as there are labels: so many that the last one falls on the last dot.
  const dots = width * 2;
  const spread = Math.max(1, Math.ceil(((size.width - xPadding) * (points - 1)) / (dots - 1)));
  const usable = 1 - (BELOW_LINES - 11) / (size.height - 11);
  chart.setData(
    lines.map(({ shares, slot }) => ({
      x: new Array<string>(spread).fill(''),
      y: shares.map((share) => share * usable),
      style: { line: SLOTS[slot] },
    })),
  );
  return cellsOf(context.canvas.frame())
    .slice(0, height)
    .map((row) => row.slice(2, width + 2));
}

/** Teaches a canvas that a point without a height interrupts the line, and that a point between two gaps is a dot. */
function interruptible(context: Context): void {
  const moveTo = context.moveTo.bind(context);
  const lineTo = context.lineTo.bind(context);
  let isInterrupted = false;
  context.moveTo = (x, y) => {
    isInterrupted = true;
    moveTo(x, y);
  };
  context.lineTo = (x, y) => {
    if (Number.isNaN(y)) {
      isInterrupted = true;
      return;
    }
    if (isInterrupted) moveTo(x, y);
    isInterrupted = false;
    lineTo(x, y);
  };
}

/** A share of a bar in whole cells. */
export interface SlotPart {
  readonly cells: number;
  readonly slot: number;
}

/** Upright stacked bars drawn by blessed-contrib, parts from the bottom: `height` rows of `width` cells. */
export function drawStacks(
  stacks: readonly (readonly SlotPart[])[],
  barWidth: number,
  spacing: number,
  width: number,
  height: number,
): SlotCell[][] {
  const { Canvas, AnsiTerm, StackedBar } = contrib();
  // It leaves two rows free above the highest bar.
  const size = { width, height: height + 2 };
  const context = new Canvas(size.width, size.height, AnsiTerm).getContext();
  const slots = [...new Set(stacks.flatMap((parts) => parts.map(({ slot }) => slot)))];
  const chart = borrowed(StackedBar, context, size, {
    barWidth: barWidth - 1, // its rectangles include both edges
    barSpacing: barWidth + spacing,
    xOffset: 0,
    maxValue: height,
    barBgColor: slots.map((slot) => SLOTS[slot]),
    showText: false,
    showLegend: false,
  });
  chart.setData({
    barCategory: stacks.map(() => ''),
    stackedCategory: slots.map(() => ''),
    data: stacks.map((parts) =>
      slots.map((slot) =>
        parts.reduce((sum, part) => sum + (part.slot === slot ? part.cells : 0), 0),
      ),
    ),
  });
  return cellsOf(context.canvas.frame()).slice(2);
}

/** Row of a gauge's canvas on which it draws, of three alike. */
const GAUGE_ROW = 2;

/** A gauge drawn by blessed-contrib, parts from the left: one row of `width` cells. */
export function drawGauge(parts: readonly SlotPart[], width: number): SlotCell[] {
  const { Canvas, AnsiTerm, Gauge } = contrib();
  const size = { width: width + 3, height: 6 };
  const context = new Canvas(size.width, size.height, AnsiTerm).getContext();
  const chart = borrowed(Gauge, context, size, { fill: 'white', showLabel: false });
  const drawn = parts.filter(({ cells }) => cells > 0);
  if (drawn.length === 0) return new Array<SlotCell>(width).fill({ text: ' ', slot: -1 });
  chart.setData(
    drawn.map(({ cells, slot }, i) => ({
      // Rectangles include both edges: each part is overlapped by the next one, but the last.
      percent: ((cells - (i === drawn.length - 1 ? 1 : 0)) / width) * (1 + 1e-9),
      stroke: SLOTS[slot],
    })),
  );
  return cellsOf(context.canvas.frame())[GAUGE_ROW]!.slice(1, width + 1);
}
