import type { Role } from '../../../themes/theme.ts';
import { cleanText, fitted } from '../../format/cell-width.ts';
import { compact, compactUsd, fixed, percent } from '../../format/number.ts';
import { clock, instant } from '../../format/time.ts';
import { firstRow } from '../copied.ts';
import { beside, heading, noneAdmitted, reasonRows, scrolled, stateCorner } from '../document.ts';
import { type Brush, blank, line, spread } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { cascadeRole } from '../roles.ts';
import { markSign, shown, shownWord, wordCells } from '../shown.ts';
import { split, stacks } from '../strips.ts';
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

function tapeTable(
  rows: LiquidationRows,
  { reversed, filter }: PanelInput['options'],
  w: number,
  brush: Brush,
): string[] {
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
  const made = table(columns, rows.tape, w, brush, { sort: { title: rows.sort, reversed } });
  if (rows.prints === 0) return [...made, line([['none heard of yet', 'absent']], w, brush)];
  return [...made, ...noneAdmitted(rows.tape, filter, w, brush)];
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
    ...rows.completeness.map(({ venue, says }) =>
      line(
        [
          [fitted(venue, 12, { ascii: brush.ascii }), 'text'],
          [says, 'dim'],
        ],
        w,
        brush,
      ),
    ),
  ];
}

/** What the estimate is made of: its band, how well it has foretold, what each venue adds and who does not count. */
function estimateRows(rows: LiquidationRows, w: number, brush: Brush): string[] {
  const { hitShare, baseShare, prints } = rows.calibration;
  const share = (value: number, room: number) => percent(value, room, 0);
  const usd = (title: string, key: 'long' | 'short' | 'longH24' | 'shortH24', drop: number) => ({
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
      title: 'within 5 %',
      w: 12,
      drop: 0,
      align: 'left',
      cell: (row, width) => [fitted(row.venue, width, { ascii: brush.ascii }), 'text'],
    },
    usd('long', 'long', 0),
    usd('short', 'short', 0),
    {
      title: 'placed',
      w: 7,
      drop: 1,
      cell: (row, width) => shown(row.placed, width, share, brush, { hasSign: false }),
    },
    usd('long 24h', 'longH24', 2),
    usd('short 24h', 'shortH24', 2),
  ];
  return [
    heading('what the estimate rests on', w, brush),
    ...rows.bands.map(({ side, shown: notional, low, high }) =>
      line(
        [
          [fitted(side, 6), side],
          shown(notional, 9, compactUsd, brush),
          ['  from ', 'dim'],
          shown(low, 8, compactUsd, brush, { hasSign: false }),
          [' to ', 'dim'],
          shown(high, 8, compactUsd, brush, { hasSign: false }),
          ['  by the mix of leverage', 'dim'],
        ],
        w,
        brush,
      ),
    ),
    line(
      [
        ['foretold ', 'dim'],
        shown(hitShare, 6, share, brush),
        [' of what died, by chance ', 'dim'],
        shown(baseShare, 6, share, brush),
        [', of ', 'dim'],
        shown(prints, 5, (value, room) => fixed(value, room, 0), brush, { hasSign: false }),
      ],
      w,
      brush,
    ),
    ...table(columns, rows.venues, w, brush),
    ...rows.excluded.map((text) => line([['without ', 'dim'], text], w, brush)),
  ];
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
  const isWide = w >= 66;
  // A tape without a print needs no half of the panel.
  const isSilent = isWide && rows.prints === 0;
  const leftCells = isSilent ? w : isWide ? Math.max(30, Math.floor((w - 2) * 0.46)) : w;
  const left = windowTable(rows, leftCells, brush);
  if (h >= left.length + 1 && leftCells >= 36) left.push(cascadeRow(rows, leftCells, brush));
  if (isSilent) left.push(line([['no liquidation heard of yet', 'absent']], w, brush));
  const [header, ...prints] = tapeTable(rows, options, isWide ? w - leftCells - 2 : w, brush);
  const reasons = zoomed
    ? [
        ...estimateRows(rows, w, brush),
        blank(w),
        ...completenessRows(rows, w, brush),
        blank(w),
        ...reasonRows(rows.reasons, w, brush),
      ]
    : [];
  if (isWide) {
    const reserved = reasons.length > 0 ? Math.min(reasons.length + 1, Math.floor(h / 3)) : 0;
    const room = Math.min(zoomed ? h : 24, h - reserved - left.length - 1);
    if (room >= 4) left.push(blank(leftCells), ...levels(rows, leftCells, room, brush));
    const upper = isSilent ? left : beside(left, [header!, ...prints], leftCells, w);
    const lower = reasons.length > 0 ? [blank(w), ...reasons] : [];
    return scrolled(
      [],
      [...upper.slice(0, zoomed ? undefined : Math.max(h, left.length)), ...lower],
      w,
      h,
      options.scroll,
      corner,
      brush,
    );
  }
  const room = zoomed || h >= left.length + 12 ? 6 : 0;
  const middle = room > 0 ? levels(rows, w, room, brush) : [];
  if (h < left.length + middle.length + 3) {
    return scrolled([], [...left, header!, ...prints], w, h, options.scroll, corner, brush);
  }
  const lower = [...prints, ...(reasons.length > 0 ? [blank(w), ...reasons] : [])];
  return scrolled([...left, ...middle, header!], lower, w, h, options.scroll, corner, brush);
}

/** The first print of the tape. */
const copied: Panel['copied'] = ({ frame, options }) =>
  firstRow(selectLiquidations(frame, options).tape, { ...options, scroll: 0 }, (row) => [
    instant(row.tsLocal, 19),
    cleanText(row.instrument),
    `${row.side} liquidated`,
    `price ${fixed(row.price, 20, frame.priceDecimals).trim()}`,
    `size ${row.size}`,
    `notional ${compactUsd(row.notional, 20).trim()}`,
  ]);

export const liquidationsPanel: Panel = {
  id: 'liquidations',
  title: 'liquidations',
  sorts: TAPE_SORTS,
  explains: ['liquidations', 'cascade'],
  copied,
  draw,
};
