import { type Reading, valueIn } from '../../../src/model/reading.ts';
import type { Role } from '../../../themes/theme.ts';
import { type Dot, scatter } from '../../charts/scatter.ts';
import { cellWidth, cleanText, fitted } from '../../format/cell-width.ts';
import { compact, compactUsd, fixed, percent } from '../../format/number.ts';
import { cell, chosenRow } from '../copied.ts';
import { chosenAt } from '../cursor.ts';
import { heardSection, linesAt } from '../detail.ts';
import { beside, heading, noneAdmitted, scrolled, stateCorner, withLower } from '../document.ts';
import { chart } from '../graphs.ts';
import { type Brush, blank, exactly, flowed, line, type Part, spread, wrapped } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { markSign, roleIn, shown, shownWord, signRole, wordCells } from '../shown.ts';
import { bar } from '../strips.ts';
import { type Column, table } from '../table.ts';
import {
  type Move,
  OI_SORTS,
  type OpenInterestRow,
  type OpenInterestRows,
  selectMoves,
  selectOpenInterest,
} from './select.ts';

/** From here on there is one table for all numbers by venue. */
const WIDE = 44;

const signed2 = (value: number, width: number): string => fixed(value, width, 2, { sign: true });
const percentSigned = (value: number, width: number): string =>
  percent(value, width, 2, { sign: true });

/** The size, of the leading perp where there is no room for a word about it, else of all perps, with where it is heading. */
function totalRow(rows: OpenInterestRows, w: number, brush: Brush): string {
  const isWide = w >= WIDE;
  const of = isWide ? rows.total : rows;
  const usd = shown(of.usd, isWide ? 9 : 8, compactUsd, brush, { role: 'title' });
  const coin = shown(
    of.coin,
    isWide ? 14 : Math.min(12, w - 15),
    (v, width) => fixed(v, width, 1, { thousands: true }),
    brush,
  );
  const unit: Part = [` ${fitted(rows.asset, Math.min(5, rows.asset.length))}`, 'dim'];
  if (!isWide) return line([usd, [' ', 'text'], coin, unit], w, brush);
  const { trend, strength } = rows.total;
  return spread(
    [['all ', 'dim'], usd, coin, unit],
    [
      shownWord(trend, 8, brush, trendRole(trend)),
      ['z', 'dim'],
      shown(strength, 7, signed2, brush),
    ],
    w,
    brush,
  );
}

const trendRole = ({ value }: OpenInterestRows['total']['trend']): Role =>
  value === 'rising' ? 'rising' : value === 'falling' ? 'falling' : 'text';

/** Whoever is building says which way it leans. */
function changeRole(rows: OpenInterestRows): Role {
  const { changeType } = rows;
  if (changeType.state === 'absent') return 'absent';
  return changeType.value === 'long build' || changeType.value === 'long liquidation'
    ? 'long'
    : 'short';
}

function changeRows(rows: OpenInterestRows, w: number, brush: Brush): string[] {
  const item = (label: string, part: Part): Part[] => [[fitted(label, 4), 'dim'], part];
  const changes = rows.changes.map(({ label, change }) =>
    item(label, shown(change, 8, percentSigned, brush, { role: signRole(change) })),
  );
  const dollars = shown(
    rows.change1hUsd,
    8,
    (v, width) => compactUsd(v, width, { sign: true }),
    brush,
    { role: signRole(rows.change1hUsd) },
  );
  const shock = shown(rows.shock, 8, (v, width) => fixed(v, width, 2, { sign: true }), brush);
  const norm = shown(rows.norm, 8, (v, width) => fixed(v, width, 2), brush);
  const all = [...changes, item('z', shock)];
  if (w >= 36) all.push(item('$1h', dollars), item('days', norm));
  const rowCount = Math.ceil(all.length / Math.max(1, Math.floor((w + 1) / 13)));
  const perRow = Math.ceil(all.length / rowCount);
  // Wider between items than inside of them, where there is room: a label belongs to the number at its right.
  const gap = Math.max(1, Math.min(4, Math.floor((w - 12 * perRow) / Math.max(1, perRow - 1))));
  const made: string[] = [];
  for (let i = 0; i < all.length; i += perRow) {
    const row = all
      .slice(i, i + perRow)
      .flatMap((item, k): Part[] => (k === 0 ? item : [' '.repeat(gap), ...item]));
    made.push(line(row, w, brush));
  }
  return made;
}

/** Narrow: the divergence in as many as two rows, the type of the change above it where one is enough. */
function narrowVerdict(rows: OpenInterestRows, w: number, brush: Brush): string[] {
  const { divergence } = rows;
  const type = line([shownWord(rows.changeType, w, brush, changeRole(rows))], w, brush);
  if (divergence.state === 'absent' || cellWidth(cleanText(divergence.value)) < w) {
    return [type, line([shownWord(divergence, w, brush)], w, brush)];
  }
  const text = markSign(divergence, brush.ascii) + cleanText(divergence.value);
  return wrapped(text, w, 2, brush.ascii).map((row) =>
    line([[row, roleIn(divergence, 'text')]], w, brush),
  );
}

/** What the leading perp's move says, how sure that is, and the numbers behind it. */
function verdictRows(rows: OpenInterestRows, w: number, brush: Brush): string[] {
  if (w < WIDE) return narrowVerdict(rows, w, brush);
  const { changeType, divergence, confidence } = rows;
  const type = shownWord(changeType, wordCells(changeType), brush, changeRole(rows));
  const words = shownWord(divergence, wordCells(divergence), brush);
  const sure: Part[] = [
    shown(confidence, 6, (v, width) => percent(v, width, 0), brush),
    [' sure', 'dim'],
  ];
  const item = (label: string, part: Part): Part[] => [[`${label} `, 'dim'], part];
  const change = (value: Reading): Part =>
    shown(value, 8, percentSigned, brush, { role: signRole(value) });
  const dollars = shown(
    rows.change1hUsd,
    9,
    (v, width) => compactUsd(v, width, { sign: true }),
    brush,
    { role: signRole(rows.change1hUsd) },
  );
  return [
    spread([['lead ', 'dim'], type, '  ', words], sure, w, brush),
    ...flowed(
      [
        item('1h', dollars),
        item(
          'days',
          shown(rows.norm, 6, (v, width) => fixed(v, width, 2), brush),
        ),
        item('price 1h', change(rows.priceChange1h)),
        item('its z', shown(rows.priceZ, 7, signed2, brush)),
      ],
      w,
      brush,
    ),
  ];
}

/** A row of the table: a venue's, or that of all of them. */
interface TableRow extends Omit<OpenInterestRow, 'share' | 'ofLargest'> {
  readonly share: Reading | null;
  readonly ofLargest: number | null;
}

/** The table of venues below the sum of all; the chosen one is an index among the venues, −1 for none. */
function venueTable(
  rows: OpenInterestRows,
  reversed: boolean,
  chosen: number,
  w: number,
  brush: Brush,
): string[] {
  const { total } = rows;
  const longest = Math.max(7, ...rows.venues.map(({ venue }) => cellWidth(venue)));
  const change = (
    title: string,
    key: 'change1h' | 'change4h' | 'change24h',
    drop: number,
  ): Column<TableRow> => ({
    title,
    w: 7,
    drop,
    cell: (row, width) =>
      shown(row[key], width, (v, room) => percent(v, room, 2, { sign: true, unit: '' }), brush, {
        role: signRole(row[key]),
      }),
  });
  const columns: Column<TableRow>[] = [
    {
      title: 'venue',
      w: Math.min(12, longest),
      drop: 0,
      align: 'left',
      cell: (row, width) => fitted(row.venue, width, { ascii: brush.ascii }),
    },
    {
      title: 'usd',
      w: 8,
      drop: 0,
      cell: (row, width) => shown(row.usd, width, compactUsd, brush),
    },
    {
      title: 'coin',
      w: 8,
      drop: 6,
      cell: (row, width) => shown(row.coin, width, compact, brush),
    },
    change('1h %', 'change1h', 2),
    change('4h %', 'change4h', 5),
    change('24h %', 'change24h', 4),
    {
      title: 'z',
      w: 6,
      drop: 7,
      cell: (row, width) => shown(row.shock, width, signed2, brush),
    },
    {
      title: 'share',
      w: 6,
      drop: 1,
      cell: (row, width) =>
        row.share === null
          ? ''
          : shown(row.share, width, (v, room) => percent(v, room, 1, { unit: '%' }), brush),
    },
    {
      title: '',
      w: 6,
      drop: 3,
      grow: 24,
      cell: (row, width) => bar(row.ofLargest, width, brush, 'grid'),
    },
  ];
  const all: TableRow = {
    venue: 'all',
    usd: total.usd,
    coin: total.coin,
    change1h: total.change1h,
    change4h: total.change4h,
    change24h: total.change24h,
    shock: total.strength,
    share: null,
    ofLargest: null,
  };
  return table(columns, [all, ...rows.venues], w, brush, {
    sort: { title: rows.sort, reversed },
    chosen: chosen < 0 ? chosen : chosen + 1,
  });
}

const leftOut = ({ total: { excluded } }: OpenInterestRows, w: number, brush: Brush): string[] =>
  excluded.length === 0
    ? []
    : [
        line(
          [
            ['left out: ', 'dim'],
            [excluded.join('; '), 'stale'],
          ],
          w,
          brush,
        ),
      ];

/** Hours whose moves trail behind the one of now. */
const TRAIL_HOURS = 24;
/** Of them, how many are drawn brighter. */
const RECENT_HOURS = 6;
/** The furthest move lies so far from the edge. */
const MARGIN = 1.15;

/** Price to the right, open interest upwards: where the last hour lies among the hours before it. */
function quadrant(
  input: PanelInput,
  rows: OpenInterestRows,
  w: number,
  h: number,
  brush: Brush,
): string[] {
  const { painter, ascii } = brush;
  const trail = selectMoves(input.frame, input.history, TRAIL_HOURS);
  const price = valueIn(rows.priceChange1h);
  const openInterest = valueIn(rows.changes[0]!.change);
  const isKnown = price !== undefined && openInterest !== undefined;
  const moves = isKnown ? [...trail, { price, openInterest }] : trail;
  if (moves.length === 0 || h < 4) return exactly([], w, h);
  const reachOf = (key: keyof Move): number => {
    const most = Math.max(...moves.map((move) => Math.abs(move[key])).filter(Number.isFinite), 0);
    return Math.min(Number.MAX_VALUE / 2, most > 0 ? most * MARGIN : 0.001);
  };
  const [right, top] = [reachOf('price'), reachOf('openInterest')];
  const [old, recent, now] = ascii ? ['.', 'o', '@'] : ['·', '•', '●'];
  const isPast = (i: number): boolean => i < trail.length;
  const dots = moves.map(({ price: x, openInterest: y }, i): Dot => {
    const isRecent = i >= trail.length - RECENT_HOURS;
    return isPast(i)
      ? { x, y, glyph: isRecent ? recent : old, style: painter.sgr(isRecent ? 'text' : 'dim') }
      : { x, y, glyph: now, style: painter.sgr(roleIn(rows.changeType, changeRole(rows))) };
  });
  const drawn = scatter({
    dots,
    x: { min: -right, max: right },
    y: { min: -top, max: top },
    width: w,
    height: h - 1,
    painter,
    hasCross: true,
    corners: ['short build', 'long build', 'long liquidation', 'short squeeze'],
    ascii,
  });
  const reach = (value: number): string => `±${percent(value, 9, 2).trim()}`;
  const scale = `price ${reach(right)}, OI ${reach(top)}, ${now} now, ${recent} last ${RECENT_HOURS} h`;
  return [...drawn, line([[fitted(scale, w, { ascii }), 'dim']], w, brush)];
}

const QUADRANT = 'each hour: price to the right, OI up';

/** From here on the quadrants stand beside the chart. */
const BESIDE = 96;
const QUADRANT_ROWS = 11;

function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const { frame, history, options, chartHours, zoomed, isFocused } = input;
  const rows = selectOpenInterest(frame, options);
  const keys = keysOf(rows);
  const chosen = isFocused ? chosenAt(keys, options.cursor) : -1;
  const head = [
    totalRow(rows, w, brush),
    ...(w < WIDE ? changeRows(rows, w, brush) : []),
    ...verdictRows(rows, w, brush),
  ];
  const venues = venueTable(rows, options.reversed, chosen, w, brush);
  const isRoomy = zoomed || h >= head.length + venues.length;
  const hasQuadrant = zoomed && w < BESIDE;
  const body = [
    ...head,
    ...(isRoomy
      ? [
          ...venues,
          ...noneAdmitted(rows.venues, options.filter, w, brush),
          ...leftOut(rows, w, brush),
        ]
      : []),
    ...(hasQuadrant
      ? [blank(w), heading(QUADRANT, w, brush), ...quadrant(input, rows, w, QUADRANT_ROWS, brush)]
      : []),
  ];
  const curves = (cells: number, room: number): readonly string[] =>
    chart(
      {
        history,
        asset: frame.asset,
        now: frame.tsLocal,
        hours: chartHours,
        curves: [
          { name: `OI ${rows.asset}`, of: (cell) => cell.openInterest, track: 'openInterest' },
          { name: 'price', of: (cell) => cell.price, track: 'price', hasOwnScale: true },
        ],
        format: compact,
      },
      cells,
      room,
      brush,
    );
  const quadrantCells = Math.min(64, Math.floor(w * 0.4));
  const isBeside = zoomed && !hasQuadrant;
  const lower = {
    title: isBeside
      ? `${QUADRANT}; open interest in ${rows.asset}, and price`
      : `open interest in ${rows.asset}, and price`,
    reasons: rows.reasons,
    chart: (room: number) =>
      isBeside
        ? beside(
            quadrant(input, rows, quadrantCells, room, brush),
            curves(w - quadrantCells - 3, room),
            quadrantCells,
            w,
            3,
          )
        : curves(w, room),
  };
  const scrolling = withLower(body, lower, 0, zoomed, w, h, brush);
  const corner = stateCorner(rows.usd, rows, brush.ascii);
  // Above the first venue stand the head, the titles and the sum.
  const first = head.length + 2;
  const list = isRoomy ? { keys, lineOf: (at: number) => first + at } : undefined;
  return scrolled([], scrolling, w, h, options, corner, brush, list);
}

const keysOf = ({ venues }: OpenInterestRows): string[] => venues.map(({ venue }) => venue);

/** The chosen venue. */
const copied: Panel['copied'] = ({ frame, options }) => {
  const rows = selectOpenInterest(frame, options);
  return chosenRow(rows.venues, keysOf(rows), options, (row) => [
    cleanText(frame.asset),
    row.venue,
    cell('open interest', row.usd, compactUsd),
    `${cell('coin', row.coin, (v, w) => fixed(v, w, 1, { thousands: true }))} ${cleanText(frame.asset)}`,
  ]);
};

const detail: Panel['detail'] = ({ frame }, key) => {
  const { byVenue } = frame.openInterest;
  const venue = Object.keys(byVenue).find((one) => cleanText(one) === key);
  const entry = venue === undefined ? undefined : byVenue[venue as keyof typeof byVenue];
  if (entry === undefined) return null;
  return {
    title: `${cleanText(frame.asset)} open interest on ${key}`,
    sections: [
      {
        heading: 'open interest, one side',
        lines: linesAt(frame, `openInterest.byVenue.${venue}`),
      },
      heardSection(frame, entry.instrument),
    ],
  };
};

export const openInterestPanel: Panel = {
  id: 'openInterest',
  title: 'open interest',
  sorts: OI_SORTS,
  explains: [
    'openInterest.usd',
    'openInterest.coin',
    'openInterest',
    'price',
    'priceChange1h',
    'priceChange24h',
  ],
  copied,
  detail,
  draw,
};
