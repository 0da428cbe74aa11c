import { valueIn } from '../../../src/model/reading.ts';
import type { Role } from '../../../themes/theme.ts';
import { cleanText, fitted } from '../../format/cell-width.ts';
import { compact, compactUsd, fixed, percent } from '../../format/number.ts';
import { age, clock, instant } from '../../format/time.ts';
import { chosenRow } from '../copied.ts';
import { chosenAt } from '../cursor.ts';
import { wordLine } from '../detail.ts';
import {
  type Block,
  besideBlock,
  firstRows,
  heading,
  noneAdmitted,
  reasonRows,
  scrolled,
  stacked,
  stateCorner,
} from '../document.ts';
import { type Brush, blank, cellsOf, line, type Part, spread, wrapped } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { cascadeRole } from '../roles.ts';
import { markSign, shown, shownWord, wordCells } from '../shown.ts';
import { banded, meter, split, stacks } from '../strips.ts';
import { type Column, table } from '../table.ts';
import {
  binned,
  binOf,
  type LiquidationRows,
  type LiquidationWindowRow,
  selectLiquidations,
  TAPE_SORTS,
  type TapeRow,
  type VenueRow,
} from './select.ts';

const amountIn = (reading: LiquidationWindowRow['long']): number | null =>
  reading.state === 'absent' ? null : reading.value;

function windowTable(rows: LiquidationRows, w: number, brush: Brush): string[] {
  const usd = (
    key: 'long' | 'short' | 'largest',
    role: Role,
    drop: number,
  ): Column<LiquidationWindowRow> => ({
    title: key,
    w: 9,
    drop,
    cell: (row, width) => shown(row[key], width, compactUsd, brush, { role }),
  });
  const columns: Column<LiquidationWindowRow>[] = [
    {
      title: '',
      w: 3,
      drop: 0,
      align: 'left',
      cell: (row, width) => [fitted(row.label, width), 'dim'],
    },
    usd('long', 'long', 0),
    usd('short', 'short', 0),
    {
      title: '',
      w: 12,
      drop: 4,
      grow: 12,
      cell: (row, width) =>
        split(amountIn(row.long), amountIn(row.short), width, brush, ['long', 'short']),
    },
    {
      title: 'count',
      w: 7,
      drop: 2,
      cell: (row, width) => shown(row.count, width, (v, room) => fixed(v, room, 0), brush),
    },
    usd('largest', 'text', 3),
  ];
  return table(columns, rows.windows, w, brush);
}

/** What a print is recognised by. */
const keyOf = ({ tsLocal, instrument, side, price, size }: TapeRow): string =>
  `${tsLocal} ${instrument} ${side} ${price} ${size}`;

function tapeTable(
  rows: LiquidationRows,
  { options, isFocused }: Pick<PanelInput, 'options' | 'isFocused'>,
  w: number,
  brush: Brush,
): Block {
  const { reversed, filter, cursor } = options;
  const columns: Column<TapeRow>[] = [
    {
      title: 'time',
      w: 8,
      drop: 1,
      align: 'left',
      cell: (row, width) => [clock(row.tsLocal, width), 'dim'],
    },
    {
      title: 'venue',
      w: 8,
      drop: 3,
      align: 'left',
      cell: (row, width) => [fitted(row.venue, width, { ascii: brush.ascii }), 'dim'],
    },
    {
      title: 'side',
      w: 5,
      drop: 0,
      align: 'left',
      cell: (row, width) => [fitted(row.side, width), row.side],
    },
    {
      title: 'price',
      w: 10,
      drop: 2,
      cell: (row, width) => fixed(row.price, width, rows.priceDecimals, { thousands: true }),
    },
    {
      title: 'size',
      w: 8,
      drop: 4,
      cell: (row, width) => compact(row.size, width),
    },
    {
      title: 'notional',
      w: 8,
      drop: 0,
      cell: (row, width) => [compactUsd(row.notional, width), row.side],
    },
  ];
  const keys = rows.tape.map(keyOf);
  const chosen = isFocused ? chosenAt(keys, cursor) : -1;
  const sort = { title: rows.sort, reversed };
  const made = table(columns, rows.tape, w, brush, { sort, chosen });
  const none =
    rows.prints === 0
      ? [line([['none heard of yet', 'absent']], w, brush)]
      : noneAdmitted(rows.tape, filter, w, brush);
  return { rows: [...made, ...none], keys, lines: keys.map((_, at) => at + 1) };
}

function cascadeRow(rows: LiquidationRows, w: number, brush: Brush): string {
  const { cascade } = rows;
  const cells = wordCells(cascade);
  return spread(
    [
      [w < 60 ? '5 %' : 'within 5 %', 'dim'],
      shown(rows.longWithin5, 9, compactUsd, brush),
      [' long', 'long'],
      shown(rows.shortWithin5, 9, compactUsd, brush),
      [' short', 'short'],
    ],
    [
      ['cascade ', 'dim'],
      shownWord(cascade, cells, brush, cascadeRole(cascade)),
      // The longest word keeps the label in its column; a badge ends with its word.
      ' '.repeat(Math.max(0, 10 - cells)),
    ],
    w,
    brush,
  );
}

/** Estimated levels as columns over price: long ones below the price, short ones above it. */
function levelChart(rows: LiquidationRows, w: number, h: number, brush: Brush): string[] {
  const bins = binned(rows.levels, Math.min(w, rows.levels.length));
  if (bins.length === 0 || h < 2) return [];
  const own = binOf(bins, rows.price);
  const at = own === undefined ? undefined : Math.floor(((own + 0.5) * w) / bins.length);
  // Fewer bins than cells: each takes its share of them, so that no empty columns stand between.
  const columns = Array.from({ length: w }, (_, x) => {
    const { long, short } = bins[Math.floor((x * bins.length) / w)]!;
    return { low: long, high: short };
  });
  const drawn = stacks(columns, h - 1, brush, ['long', 'short']);
  const decimals = rows.priceDecimals;
  const low = fixed(bins[0]!.from, 10, decimals, { thousands: true }).trim();
  const high = fixed(bins.at(-1)!.to, 10, decimals, { thousands: true }).trim();
  const here =
    rows.price.state === 'absent' || at === undefined
      ? undefined
      : {
          at,
          sign: brush.ascii ? '^' : '▲',
          text: fixed(rows.price.value, 10, decimals, { thousands: true }).trim(),
        };
  const axis = axisOf([low, high], here, w);
  return [...drawn, line([[axis, 'dim']], w, brush)];
}

/** Texts at both ends, and a pointer at a column with its text beside it where that touches neither end. */
function axisOf(
  [low, high]: readonly [string, string],
  pointer: { readonly at: number; readonly sign: string; readonly text: string } | undefined,
  w: number,
): string {
  if (low.length + high.length >= w) return fitted(low, w);
  const ends = fitted(low, w - high.length) + high;
  if (pointer === undefined) return ends;
  const { at, sign, text } = pointer;
  const forms = [
    { from: at, form: sign + text },
    { from: at - text.length, form: text + sign },
    { from: at, form: sign },
  ];
  for (const { from, form } of forms) {
    const to = from + form.length;
    const isFree = from > 0 && to < w && ends.slice(from - 1, to + 1).trim() === '';
    if (isFree) return ends.slice(0, from) + form + ends.slice(to);
  }
  return ends;
}

function completenessRows(rows: LiquidationRows, w: number, brush: Brush): string[] {
  if (rows.completeness.length === 0) return [];
  return [
    heading('what the feeds leave out', w, brush),
    ...rows.completeness.flatMap(({ venue, says }) =>
      wrapped(says, Math.max(8, w - 12), 3, brush.ascii).map((text, i) =>
        line(
          [
            [fitted(i === 0 ? venue : '', 12, { ascii: brush.ascii }), 'text'],
            [text, 'dim'],
          ],
          w,
          brush,
        ),
      ),
    ),
  ];
}

/** What was liquidated on each venue, and what it adds to the estimate. */
function venueRows(rows: LiquidationRows, w: number, brush: Brush): string[] {
  if (rows.venues.length === 0) return [];
  const usd = (title: string, key: Exclude<keyof VenueRow, 'venue' | 'placed'>, drop: number) => ({
    title,
    w: 9,
    drop,
    cell: (row: VenueRow, width: number) =>
      shown(row[key], width, compactUsd, brush, {
        role: key.startsWith('long') ? ('long' as const) : ('short' as const),
      }),
  });
  const columns: Column<VenueRow>[] = [
    {
      title: 'venue',
      w: 12,
      drop: 0,
      align: 'left',
      cell: (row, width) => [fitted(row.venue, width, { ascii: brush.ascii }), 'text'],
    },
    usd('long 1h', 'longH1', 2),
    usd('short 1h', 'shortH1', 2),
    usd('long 24h', 'longH24', 0),
    usd('short 24h', 'shortH24', 0),
    usd('5 % long', 'long', 3),
    usd('5 % short', 'short', 3),
    {
      title: 'placed',
      w: 7,
      drop: 4,
      cell: (row, width) => shown(row.placed, width, share, brush, { hasSign: false }),
    },
  ];
  return [heading('by venue', w, brush), ...table(columns, rows.venues, w, brush)];
}

const share = (value: number, room: number): string => percent(value, room, 0);

/** From the left edge to a quarter beyond the highest threshold. */
const GAUGE_REACH = 1.25;

/** The larger side within 5 % of price against the thresholds of the levels. */
function gaugeRow(rows: LiquidationRows, w: number, brush: Brush): string {
  const { cascade, thresholds } = rows;
  const cells = wordCells(cascade);
  const left: Part[] = [
    shownWord(cascade, cells, brush, cascadeRole(cascade)),
    ' '.repeat(Math.max(1, 10 - cells)),
  ];
  if (thresholds === null) {
    return line([...left, ['thresholds not known yet', 'absent']], w, brush);
  }
  const { medium, high, critical } = thresholds;
  const steps = [medium, high, critical];
  const words: Part = [` ${steps.map((step) => compactUsd(step, 7).trim()).join(' / ')}`, 'dim'];
  const room = w - cellsOf(left) - cellsOf([words]);
  const known = [rows.longWithin5, rows.shortWithin5].flatMap((side) => valueIn(side) ?? []);
  const full = critical * GAUGE_REACH;
  const role = cascadeRole(cascade);
  const bar = meter(
    known.length === 0 ? null : Math.max(...known) / full,
    steps.map((step) => step / full),
    Math.max(0, room),
    brush,
    // The filled part needs a foreground, which the badge of the highest risk does not have.
    role === 'absent' ? 'dim' : role === 'riskCritical' ? 'error' : role,
  );
  return line(room < 8 ? left : [...left, bar, words], w, brush);
}

/** The level, what it rests on, its band, and how well the estimate has foretold. */
function estimateRows(rows: LiquidationRows, w: number, brush: Brush): string[] {
  const { hitShare, baseShare, prints } = rows.calibration;
  return [
    heading('cascade: estimated to die within 5 % of price', w, brush),
    gaugeRow(rows, w, brush),
    ...rows.bands.map(({ side, shown: notional, low, high }) =>
      line(
        [
          [fitted(side, 6), side],
          shown(notional, 9, compactUsd, brush),
          ['  from ', 'dim'],
          shown(low, 8, compactUsd, brush, { hasSign: false }),
          [' to ', 'dim'],
          shown(high, 8, compactUsd, brush, { hasSign: false }),
          [w < 62 ? ' by mix' : ' by the mix of leverage', 'dim'],
        ],
        w,
        brush,
      ),
    ),
    line(
      [
        ['foretold', 'dim'],
        shown(hitShare, 6, share, brush),
        [' of what died,', 'dim'],
        shown(baseShare, 6, share, brush),
        [' by chance, of', 'dim'],
        shown(prints, 6, (value, room) => fixed(value, room, 0), brush, { hasSign: false }),
      ],
      w,
      brush,
    ),
    line(
      [
        ['dOI / depth', 'dim'],
        shown(rows.ratio, 7, (value, room) => fixed(value, room, 2, { sign: true }), brush),
        [' in the last hour', 'dim'],
      ],
      w,
      brush,
    ),
    ...rows.excluded.map((text) => line([['without ', 'dim'], text], w, brush)),
  ];
}

/** Rows of the map besides its prices: heading, price and explanation. */
const MAP_EXTRA = 3;

/** What dies at which price, the highest above: bars that are sure, likely and possible under other mixes of leverage, and where price is. */
function mapRows(rows: LiquidationRows, w: number, h: number, brush: Brush): string[] {
  const bins = binned(rows.levels, Math.min(rows.levels.length, h - MAP_EXTRA));
  if (bins.length === 0) {
    return [
      heading('where positions die', w, brush),
      line([['no level is estimated yet', 'absent']], w, brush),
    ];
  }
  const decimals = Math.min(rows.priceDecimals, 2);
  const write = (value: number): string => fixed(value, 11, decimals, { thousands: true });
  const most = Math.max(...bins.map(({ long, short, high }) => Math.max(long + short, high)));
  const room = Math.max(1, w - 11 - 2 - 9);
  const made = bins.map(({ from, to, long, short, low, high }) => {
    const side = long >= short ? 'long' : 'short';
    const total = long + short;
    return line(
      [
        [write(from / 2 + to / 2), 'dim'],
        ' ',
        banded([low / most, total / most, high / most], room, brush, side),
        ' ',
        [total > 0 ? compactUsd(total, 9) : ' '.repeat(9), side],
      ],
      w,
      brush,
    );
  });
  const price = valueIn(rows.price);
  if (price !== undefined) {
    const below = bins.filter(({ from, to }) => from / 2 + to / 2 <= price).length;
    const rule = (brush.ascii ? '-' : '─').repeat(Math.max(0, w - 12));
    made.splice(below, 0, line([[write(price), 'title'], ' ', [rule, 'title']], w, brush));
  }
  const sign = markSign({ estimated: true }, brush.ascii);
  const [sure, likely, possible] = brush.ascii ? '#=.' : '█▓░';
  const key = `${sure} least  ${likely} estimate  ${possible} most, by mix of leverage`;
  return [
    heading(`${sign}where positions die`, w, brush),
    ...made.reverse(),
    line([[fitted(key, w, { ascii: brush.ascii }), 'dim']], w, brush),
  ];
}

/** From here on the map stands beside the numbers. */
const BESIDE = 100;
/** Rows of the map at least, where it shares a column with what is left out. */
const LEAST_MAP_ROWS = 12;
/** Prices of the map where it is one block among others. */
const MAP_ROWS = 24;

/** Everything: totals, cascade and venues beside the map of prices, then the tape, what is left out and why. */
function zoomedRows(
  rows: LiquidationRows,
  input: PanelInput,
  w: number,
  h: number,
  brush: Brush,
): (Block | readonly string[])[] {
  const numbers = (cells: number): string[] => [
    ...windowTable(rows, cells, brush),
    blank(cells),
    ...estimateRows(rows, cells, brush),
    blank(cells),
    ...venueRows(rows, cells, brush),
  ];
  const notes = (cells: number): string[] => completenessRows(rows, cells, brush);
  const reasons = reasonRows(rows.reasons, w, brush);
  const why = reasons.length > 0 ? [blank(w), ...reasons] : [];
  if (w < BESIDE) {
    const map = mapRows(rows, w, Math.min(MAP_ROWS, h), brush);
    const told = notes(w);
    return [
      [...numbers(w), blank(w), ...map, blank(w), heading('tape', w, brush)],
      tapeTable(rows, input, w, brush),
      [...(told.length > 0 ? [blank(w), ...told] : []), ...why],
    ];
  }
  const cells = (w - 3) >> 1;
  const others = w - cells - 3;
  const above = [...numbers(cells), blank(cells), heading('tape', cells, brush)];
  const left = stacked([above, tapeTable(rows, input, cells, brush)]).block;
  const told = notes(others);
  const map = mapRows(rows, others, Math.max(LEAST_MAP_ROWS, h - told.length - 1), brush);
  return [besideBlock(left, [...map, blank(others), ...told], cells, w, 3), why];
}

function levels(rows: LiquidationRows, w: number, h: number, brush: Brush): string[] {
  const drawn = levelChart(rows, w, h - 1, brush);
  const sign = markSign({ estimated: true }, brush.ascii);
  if (drawn.length === 0) return [];
  // The tallest column is the scale of the others.
  const bins = binned(rows.levels, Math.min(w, rows.levels.length));
  const most = compactUsd(Math.max(...bins.map(({ long, short }) => long + short)), 8).trim();
  const full = `${sign}estimated levels, tallest ${most}`;
  const title = full.length < w ? full : `${sign}estimated levels`;
  return [heading(title, w, brush), ...drawn];
}

function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const { options, zoomed } = input;
  const rows = selectLiquidations(input.frame, options);
  const corner = stateCorner(rows.windows[0]!.long, rows.windows, brush.ascii);
  if (zoomed) {
    const { rows: body, list } = stacked(zoomedRows(rows, input, w, h, brush));
    return scrolled([], body, w, h, options, corner, brush, list);
  }
  const isWide = w >= 66;
  // A tape without a print needs no half of the panel.
  const isSilent = isWide && rows.prints === 0;
  const leftCells = isSilent ? w : isWide ? Math.max(30, Math.floor((w - 2) * 0.46)) : w;
  const left = windowTable(rows, leftCells, brush);
  if (h >= left.length + 1 && leftCells >= 36) left.push(cascadeRow(rows, leftCells, brush));
  if (isSilent) left.push(line([['no liquidation heard of yet', 'absent']], w, brush));
  const tape = tapeTable(rows, input, isWide ? w - leftCells - 2 : w, brush);
  if (isWide) {
    const room = Math.min(24, h - left.length - 1);
    if (room >= 4) left.push(blank(leftCells), ...levels(rows, leftCells, room, brush));
    if (isSilent) return scrolled([], left, w, h, options, corner, brush);
    const upper = firstRows(besideBlock(left, tape, leftCells, w), Math.max(h, left.length));
    const { rows: body, list } = stacked([upper]);
    return scrolled([], body, w, h, options, corner, brush, list);
  }
  const middle = h >= left.length + 12 ? levels(rows, w, 6, brush) : [];
  if (h < left.length + middle.length + 3) {
    const { rows: body, list } = stacked([left, tape]);
    return scrolled([], body, w, h, options, corner, brush, list);
  }
  const [header, ...prints] = tape.rows;
  const list = { keys: tape.keys, lineOf: (at: number) => at };
  return scrolled([...left, ...middle, header!], prints, w, h, options, corner, brush, list);
}

/** The chosen print of the tape. */
const copied: Panel['copied'] = ({ frame, options }) => {
  const { tape } = selectLiquidations(frame, options);
  return chosenRow(tape, tape.map(keyOf), options, (row) => [
    instant(row.tsLocal, 19),
    cleanText(row.instrument),
    `${row.side} liquidated`,
    `price ${fixed(row.price, 20, frame.priceDecimals).trim()}`,
    `size ${row.size}`,
    `notional ${compactUsd(row.notional, 20).trim()}`,
  ]);
};

const detail: Panel['detail'] = ({ frame, options }, key) => {
  const print = selectLiquidations(frame, { ...options, filter: '' }).tape.find(
    (one) => keyOf(one) === key,
  );
  if (print === undefined) return null;
  const { tsLocal, instrument, venue, side, price, size, notional } = print;
  const says = Object.entries(frame.liquidations.completeness).find(
    ([one]) => cleanText(one) === venue,
  )?.[1];
  const ago = age(frame.tsLocal - tsLocal, 4).trim();
  return {
    title: `${side} liquidated on ${venue}`,
    sections: [
      {
        heading: cleanText(frame.asset),
        lines: [
          wordLine('instrument', instrument),
          wordLine('heard', `${instant(tsLocal, 19)} UTC, ${ago} ago`),
          wordLine('position that died', side, side),
          wordLine('price', fixed(price, 20, frame.priceDecimals, { thousands: true }).trim()),
          wordLine('size', `${size} ${cleanText(frame.asset)}`),
          wordLine('notional', compactUsd(notional, 20).trim()),
          wordLine('this feed leaves out', says ?? null),
        ],
      },
    ],
  };
};

export const liquidationsPanel: Panel = {
  id: 'liquidations',
  title: 'liquidations',
  sorts: TAPE_SORTS,
  explains: ['liquidations', 'cascade'],
  copied,
  detail,
  draw,
};
