import {
  definitionOf,
  explain,
  isReading,
  readingPaths,
  valueAt,
} from '../../src/frame/explain.ts';
import type { Frame } from '../../src/frame/frame.ts';
import type { Lineage, LineageInput } from '../../src/frame/lineage.ts';
import type { Reading } from '../../src/model/reading.ts';
import { framed } from '../chrome/border.ts';
import { cellWidth, cleanText, fitted } from '../format/cell-width.ts';
import { groundsLines, lineageAsText, valueText } from '../format/lineage.ts';
import { readingRole, said } from '../format/reading.ts';
import { ageText, clock } from '../format/time.ts';
import { worded } from '../format/words.ts';
import { heading } from '../panels/document.ts';
import { admits } from '../panels/filter.ts';
import {
  type Brush,
  blank,
  cellsOf,
  exactly,
  line,
  type Part,
  spread,
  wrapped,
} from '../panels/line.ts';
import type { Panel } from '../panels/panel.ts';
import { type Column, table } from '../panels/table.ts';
import type { Rect } from '../terminal/screen.ts';

/** What somebody asks about: a panel's numbers, one of them, an input of that, and so on. */
export interface Explaining {
  /** Paths of what is explained, each an input of the one before; empty while the panel's numbers are listed. */
  readonly trail: readonly string[];
  /** Row chosen in the list and in each explanation of the trail. */
  readonly chosen: readonly number[];
  /** Only rows of the list that have this in them. */
  readonly filter: string;
}

/** Inputs of inputs are followed so far. */
export const DEEPEST_TRAIL = 32;

/** Names of tables that a reader needs no word for. */
const UNSAID = new Set(['byVenue', 'byInstrument']);

/** A path in words: rows of a list by what they are of, tables left out. Starts after `skip` steps where more than one is left. */
export function labelOf(frame: Frame, path: string, skip = 0): string {
  const words: string[] = [];
  let at: unknown = frame;
  let rest = path;
  for (let depth = 0; rest !== '' && typeof at === 'object' && at !== null; depth += 1) {
    const table = at as Readonly<Record<string, unknown>>;
    const key = Array.isArray(at)
      ? rest.split('.')[0]!
      : Object.keys(table)
          .filter((known) => rest === known || rest.startsWith(`${known}.`))
          .sort((a, b) => b.length - a.length)[0];
    if (key === undefined) break;
    const isRow = Array.isArray(at);
    at = table[key];
    rest = rest.slice(key.length + 1);
    if (isRow && typeof at === 'object' && at !== null) {
      const row = at as Readonly<Record<string, unknown>>;
      words.push(String(row['feed'] ?? row['instrument'] ?? row['venue'] ?? key));
    } else if (!UNSAID.has(key) && (depth >= skip || rest === '')) words.push(worded(key));
  }
  if (rest !== '') return path;
  return cleanText(words.join(' '));
}

/** One number of a panel. */
export interface Explainable {
  readonly path: string;
  readonly label: string;
}

/** The numbers that a panel shows and a frame can explain, the headline first. */
export function explainables(frame: Frame, panel: Panel, filter = ''): Explainable[] {
  const sections = panel.explains ?? [panel.id];
  const isAlone = new Set(sections.map((path) => path.split('.')[0])).size === 1;
  const paths = new Set(sections.flatMap((path) => [...readingPaths(valueAt(frame, path), path)]));
  return [...paths]
    .map((path) => ({ path, label: labelOf(frame, path, isAlone ? 1 : 0) }))
    .filter(({ path, label }) => filter === '' || admits(filter, label, path))
    .filter(({ path }) => definitionOf(frame, path) !== undefined);
}

/** The input as a path that can be explained itself; null where it is a fact, or not there. */
const targetOf = (frame: Frame, { name, fact }: LineageInput): string | null =>
  fact === null && isReading(valueAt(frame, name)) && definitionOf(frame, name) !== undefined
    ? name
    : null;

/** What each row that can be chosen leads to; null where it leads nowhere. */
export function targetsOf(
  frame: Frame | null,
  panel: Panel,
  { trail, filter }: Explaining,
): (string | null)[] {
  if (frame === null) return [];
  const path = trail.at(-1);
  if (path === undefined) return explainables(frame, panel, filter).map((one) => one.path);
  const lineage = explain(frame, path);
  if (lineage === undefined) return [];
  return [
    ...lineage.inputs.map((input) => targetOf(frame, input)),
    ...groundsLines(lineage).map(() => null),
  ];
}

/** What `y` copies: the explanation shown, or that of the row chosen in the list. */
export function explainedText(frame: Frame, panel: Panel, explaining: Explaining): string | null {
  const path =
    explaining.trail.at(-1) ?? targetsOf(frame, panel, explaining)[explaining.chosen[0] ?? 0];
  const lineage = typeof path === 'string' ? explain(frame, path) : undefined;
  return lineage === undefined ? null : lineageAsText(lineage);
}

/** Where explanations lie on a screen of this size. */
export function explainRect(width: number, height: number): Rect {
  const w = Math.min(108, width - 2);
  const h = Math.min(34, height - 2);
  return { x: (width - w) >> 1, y: Math.max(0, (height - h) >> 1), w, h };
}

/** Rows that a page of the list or of an explanation has, about. */
export const explainPage = (height: number): number => Math.max(1, explainRect(80, height).h - 8);

const saidIn = (reading: Reading<unknown>, unit: string | null): string =>
  cleanText(said(reading, (value) => valueText(value, unit)));

interface ListRow extends Explainable {
  readonly reading: Reading<unknown>;
  readonly unit: string | null;
}

function listColumns(rows: readonly ListRow[], w: number, brush: Brush): Column<ListRow>[] {
  const { ascii } = brush;
  const longest = Math.max(8, ...rows.map(({ label }) => cellWidth(label)));
  return [
    {
      title: 'number',
      w: Math.min(30, longest),
      drop: 0,
      grow: Math.max(0, longest - 30),
      align: 'left',
      cell: ({ label }, w) => [fitted(label, w, { ascii }), 'text'],
    },
    {
      title: 'value',
      w: w < 90 ? 28 : 42,
      drop: 0,
      align: 'left',
      cell: ({ reading, unit }, w) => [
        fitted(saidIn(reading, unit), w, { ascii }),
        readingRole(reading, 'title'),
      ],
    },
    {
      title: 'path',
      w: 16,
      drop: 1,
      grow: 30,
      align: 'left',
      cell: ({ path }, w) => [fitted(cleanText(path), w, { ascii }), 'dim'],
    },
  ];
}

interface InputRow {
  readonly name: string;
  readonly leads: boolean;
  readonly reading: Reading<unknown>;
  readonly value: string;
  readonly instrument: string;
  readonly heard: string;
}

function inputRow(frame: Frame, input: LineageInput): InputRow {
  const { name, fact, instrument, reading, heardTs, age } = input;
  const leads = targetOf(frame, input) !== null;
  const unit = definitionOf(frame, name)?.unit ?? null;
  const isFact = fact !== null;
  return {
    name: isFact ? cleanText(name) : labelOf(frame, name),
    leads,
    reading,
    value: isFact && reading.state !== 'absent' ? 'as heard' : saidIn(reading, unit),
    instrument: cleanText(instrument ?? ''),
    heard:
      heardTs === null || age === null
        ? ''
        : `${clock(heardTs, 8)}, ${ageText(Math.max(0, age)).trim()} ago`,
  };
}

function inputColumns(rows: readonly InputRow[], brush: Brush): Column<InputRow>[] {
  const { ascii } = brush;
  const widest = (of: (row: InputRow) => string, most: number): number =>
    Math.min(most, Math.max(4, ...rows.map((row) => cellWidth(of(row)))));
  const isSaid = (of: (row: InputRow) => string): boolean => rows.some((row) => of(row) !== '');
  const text = (title: string, of: (row: InputRow) => string, w: number, drop: number) => ({
    title,
    w,
    drop,
    align: 'left' as const,
    cell: (row: InputRow, cells: number): Part => [fitted(of(row), cells, { ascii }), 'dim'],
  });
  return [
    {
      ...text(
        'input',
        ({ name }) => name,
        widest(({ name }) => name, 30),
        0,
      ),
      grow: 18,
      cell: ({ name, leads }, w) => [fitted(name, w, { ascii }), leads ? 'accent' : 'text'],
    },
    {
      ...text(
        'value',
        ({ value }) => value,
        widest(({ value }) => value, 34),
        0,
      ),
      cell: ({ value, reading }, w) => [fitted(value, w, { ascii }), readingRole(reading)],
    },
    ...(isSaid(({ heard }) => heard) ? [text('heard', ({ heard }) => heard, 18, 1)] : []),
    ...(isSaid(({ instrument }) => instrument)
      ? [
          text(
            'listing',
            ({ instrument }) => instrument,
            widest(({ instrument }) => instrument, 26),
            2,
          ),
        ]
      : []),
  ];
}

/** Rows under a head, scrolled so that the chosen one is seen, and marked. */
function chosenIn(
  rows: readonly {
    readonly draw: (brush: Brush, w: number) => string;
    readonly stop: number | null;
  }[],
  chosen: number,
  w: number,
  h: number,
  brush: Brush,
): string[] {
  const last = Math.max(-1, ...rows.map(({ stop }) => stop ?? -1));
  const at = rows.findIndex(({ stop }) => stop === Math.min(chosen, last));
  const most = Math.max(0, rows.length - h);
  // The first stop shows what stands above it as well.
  const from = chosen <= 0 || at < 0 ? 0 : Math.min(most, Math.max(0, at - (h >> 1)));
  const [mark, up, down] = brush.ascii ? ['> ', '^', 'v'] : ['▸ ', '↑', '↓'];
  return exactly(
    rows.slice(from, from + h).map(({ draw }, i) => {
      const isChosen = from + i === at;
      const on: Brush = isChosen ? { ...brush, painter: brush.painter.on('selection') } : brush;
      const more = i === 0 && from > 0 ? up : i === h - 1 && from < most ? down : ' ';
      const drawn = draw(on, w - 4);
      // What a row is filled up with is nobody's colour; here it is the selection's.
      const bare = drawn.replace(/ +$/, '');
      const rest = on.painter.paint('text', ' '.repeat(drawn.length - bare.length));
      return line(
        [
          [isChosen ? mark : '  ', 'accent'],
          { painted: isChosen ? bare + rest : drawn, cells: w - 4 },
          [` ${more}`, 'dim'],
        ],
        w,
        on,
      );
    }),
    w,
    h,
  );
}

interface Page {
  readonly title: readonly Part[];
  readonly head: readonly string[];
  readonly rows: Parameters<typeof chosenIn>[0];
}

function listPage(
  frame: Frame,
  panel: Panel,
  { filter }: Explaining,
  w: number,
  brush: Brush,
): Page {
  const rows = explainables(frame, panel, filter).map(
    ({ path, label }): ListRow => ({
      path,
      label,
      reading: valueAt(frame, path) as Reading<unknown>,
      unit: definitionOf(frame, path)?.unit ?? null,
    }),
  );
  const columns = listColumns(rows, w, brush);
  const [titles] = table(columns, [], w - 4, brush);
  const none = filter === '' ? 'nothing here that could be explained' : `nothing has '${filter}'`;
  return {
    title: [
      ['explain ', 'dim'],
      [panel.title, 'title'],
      ...(filter === '' ? [] : [[` /${filter}`, 'accent'] as const]),
    ],
    head:
      rows.length === 0
        ? [line([[none, 'absent']], w, brush)]
        : [line(['  ', { painted: titles!, cells: w - 4 }], w, brush)],
    rows: rows.map((row, stop) => ({
      stop,
      draw: (on, cells) => table(columns, [row], cells, on, { header: false })[0]!,
    })),
  };
}

/** What the formula says, and of which instant this is. */
function lineageHead(frame: Frame, lineage: Lineage, w: number, brush: Brush): string[] {
  const { path, reading, formula, unit, reference, source, tsLocal } = lineage;
  const label: Part[] = [[labelOf(frame, path), 'title']];
  const value: Part = [saidIn(reading, unit), readingRole(reading, 'title')];
  const isShort = cellsOf([...label, '  ', value]) <= w;
  const text = (words: string, role: 'text' | 'dim', max: number, mark = '  '): string[] =>
    wrapped(cleanText(words), w - 2, max, brush.ascii).map((row, i) =>
      line(
        [
          [i === 0 ? mark : '  ', 'dim'],
          [row, role],
        ],
        w,
        brush,
      ),
    );
  return [
    ...(isShort
      ? [spread(label, [value], w, brush)]
      : [line(label, w, brush), line([value], w, brush)]),
    ...text(formula, 'text', 4, formula.includes(' = ') ? '  ' : '= '),
    ...text(`${reference}, in ${unit}, as of ${clock(tsLocal, 8)} UTC, ${source}`, 'dim', 1),
    blank(w),
  ];
}

function lineagePage(
  frame: Frame,
  path: string,
  trail: readonly string[],
  w: number,
  brush: Brush,
): Page {
  const title: Part[] = [
    ['explain ', 'dim'],
    [cleanText(path), 'title'],
    ...(trail.length > 1 ? [[` ${trail.length - 1} deep`, 'dim'] as const] : []),
  ];
  const lineage = explain(frame, path);
  if (lineage === undefined)
    return {
      title,
      head: [line([[`${frame.asset} has no such number now`, 'absent']], w, brush)],
      rows: [],
    };
  const inputs = lineage.inputs.map((input) => inputRow(frame, input));
  const columns = inputColumns(inputs, brush);
  const grounds = groundsLines(lineage);
  const still = (draw: Page['rows'][number]['draw']) => ({ stop: null, draw });
  const words = (text: string, role: 'text' | 'absent' | 'dim') => (on: Brush, cells: number) =>
    line([[fitted(text, cells, { ascii: on.ascii }), role]], cells, on);
  const missing =
    frame.grounds === undefined
      ? [still(words('windows and thresholds are not in this frame', 'absent'))]
      : [];
  return {
    title,
    head: lineageHead(frame, lineage, w, brush),
    rows: [
      ...(inputs.length === 0
        ? [still(words('of no other number: told by the venue, or counted here', 'dim'))]
        : [still((on, cells) => table(columns, [], cells, on)[0]!)]),
      ...inputs.map((row, stop) => ({
        stop,
        draw: (on: Brush, cells: number) => table(columns, [row], cells, on, { header: false })[0]!,
      })),
      ...(grounds.length + missing.length === 0
        ? []
        : [
            still((_, cells) => blank(cells)),
            still((on, cells) => heading('made over', cells, on)),
          ]),
      ...grounds.map((text, i) => ({
        stop: inputs.length + i,
        draw: words(cleanText(text), 'text'),
      })),
      ...missing,
    ],
  };
}

/** The whole overlay in `w` × `h` cells: the numbers of a panel, or where one of them comes from. */
export function explainRows(
  frame: Frame | null,
  panel: Panel,
  explaining: Explaining,
  w: number,
  h: number,
  brush: Brush,
): string[] {
  const inner = w - 4;
  const { trail, chosen } = explaining;
  const path = trail.at(-1);
  const page: Page =
    frame === null
      ? {
          title: [['explain', 'title']],
          head: [line([['waiting for the first frame', 'absent']], inner, brush)],
          rows: [],
        }
      : path === undefined
        ? listPage(frame, panel, explaining, inner, brush)
        : lineagePage(frame, path, trail, inner, brush);
  const room = Math.max(0, h - 2 - page.head.length);
  const body = chosenIn(page.rows, chosen.at(-1) ?? 0, inner, room, brush);
  const [enter, back] = brush.ascii ? ['Enter', '<-'] : ['↵', '←'];
  const keys: Part[] = [
    [enter, 'key'],
    [path === undefined ? ' explain  ' : ' follow  ', 'dim'],
    [back, 'key'],
    [' back  ', 'dim'],
    ['Esc', 'key'],
    [' close', 'dim'],
  ];
  return framed(exactly([...page.head, ...body], inner, h - 2), page.title, keys, w, brush);
}
