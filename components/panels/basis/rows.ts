import type { TermEntry } from '../../../src/frame/basis.ts';
import { type Reading, valueIn } from '../../../src/model/reading.ts';
import type { Role } from '../../../themes/theme.ts';
import { type Dot, scatter } from '../../charts/scatter.ts';
import { cellWidth, fitted } from '../../format/cell-width.ts';
import { bps, fixed, percent } from '../../format/number.ts';
import { instant } from '../../format/time.ts';
import { recent } from '../../history.ts';
import { RESET } from '../../terminal/painter.ts';
import { arranged, heading, scrolled, stateCorner, withLower } from '../document.ts';
import { chart, sparkline } from '../graphs.ts';
import { type Brush, blank, flowed, line, type Part, spread, wrapped } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { roleIn, shown, shownWord, signRole, wordCells } from '../shown.ts';
import { bipolar } from '../strips.ts';
import { type Column, table } from '../table.ts';
import { type BasisRows, selectBasis } from './select.ts';

/** At this z a bar is full. */
const FULL_Z = 3;

const asBps = (value: number, width: number): string =>
  fixed(value * 1e4, width, 2, { sign: true });

/** Hours of history beside each kind. */
const HISTORY_CELLS = 24;

function kindRows(rows: BasisRows, w: number, brush: Brush): string[] {
  return rows.kinds.map(({ label, says, basis, z, history }) => {
    const parts: Part[] = [
      [fitted(label, 6), 'dim'],
      shown(basis, 7, asBps, brush, { role: signRole(basis) }),
      [' bps', 'dim'],
    ];
    if (w >= 24) {
      parts.push(
        [w >= 25 ? ' z' : 'z', 'dim'],
        shown(z, w >= 26 ? 7 : 6, (v, width) => fixed(v, width, 2, { sign: true }), brush),
      );
    }
    if (w >= 36) {
      const position = z.state === 'absent' ? null : z.value / FULL_Z;
      parts.push(
        w >= 37 ? '  ' : ' ',
        bipolar(position, w >= 44 ? 11 : 9, brush, [roleIn(z, 'falling'), roleIn(z, 'rising')]),
      );
    }
    const room = Math.min(HISTORY_CELLS, w - 45);
    if (room >= 8) parts.push(['  24h ', 'dim'], sparkline(history, room, brush, 'dim'));
    if (w >= 72 + says.length) parts.push('  ', [says, 'dim']);
    return line(parts, w, brush);
  });
}

const curveRole = ({ value }: BasisRows['curve']): Role =>
  value === 'contango' ? 'rising' : value === 'backwardation' ? 'falling' : 'text';

const yearly = (value: number, width: number): string =>
  percent(value, width, 2, { sign: true, unit: '' });

/** The shape of the curve with its front, and the best carry. */
function curveRow(rows: BasisRows, w: number, brush: Brush): string[] {
  if (rows.datedInstrument === null && rows.carry.length === 0) return [];
  const left: Part[] = [
    ['curve ', 'dim'],
    shownWord(rows.curve, 14, brush, curveRole(rows.curve)),
    shown(rows.datedAnnual, 8, yearly, brush, { role: signRole(rows.datedAnnual) }),
    [' % p.a.', 'dim'],
  ];
  const [best] = rows.carry;
  if (best === undefined) return [line(left, w, brush)];
  const right: Part[] = [
    ['carry', 'dim'],
    shown(best.yield, 8, yearly, brush, { role: signRole(best.yield) }),
    [
      ` % ${fitted(best.venue, Math.min(11, cellWidth(best.venue)), { ascii: brush.ascii })}`,
      'dim',
    ],
  ];
  return [spread(left, right, w, brush)];
}

const VENUE_GLYPHS = ['●', '◆', '■', '▲', '○', '◇'];
const ASCII_GLYPHS = ['o', '+', 'x', '*', '@', '#'];
/** Free above the highest and below the lowest point, a share of what lies between them. */
const MARGIN = 0.2;
/** Points that make up the line between two expiries. */
const STEPS = 60;
const TERM_ROWS = 10;
/** Cells of a label at the left of the curve, with its gap. */
const LABEL_CELLS = 9;

/** A year's basis by days to expiry, the expiries of one venue joined. */
function termChart(rows: BasisRows, w: number, brush: Brush): string[] {
  const { painter, ascii } = brush;
  const points = rows.term.flatMap(({ venue, days, annualised }) => {
    const y = valueIn(annualised);
    return y === undefined || !Number.isFinite(y) || !Number.isFinite(days)
      ? []
      : [{ venue, x: days, y }];
  });
  if (points.length === 0 || w < 30) return [];
  const venues = [...new Set(points.map(({ venue }) => venue))];
  const glyphs = ascii ? ASCII_GLYPHS : VENUE_GLYPHS;
  const glyphOf = (i: number): string => glyphs[i % glyphs.length]!;
  const ys = points.map(({ y }) => y);
  const spare = Math.max((Math.max(...ys) - Math.min(...ys)) * MARGIN, Math.abs(ys[0]!) * MARGIN);
  const highest = Math.min(Number.MAX_VALUE, Math.max(...ys) + spare);
  const lowest = Math.max(-Number.MAX_VALUE, Math.min(...ys) - spare);
  const furthest = Math.max(1, ...points.map(({ x }) => x));
  const joints = venues.flatMap((venue): Dot[] => {
    const own = points.filter((point) => point.venue === venue).sort((a, b) => a.x - b.x);
    const style = painter.sgr('grid');
    return own.slice(1).flatMap((to, k) => {
      const from = own[k]!;
      return Array.from({ length: STEPS }, (_, step): Dot => {
        const share = step / STEPS;
        const at = (a: number, b: number): number => a * (1 - share) + b * share;
        const glyph = ascii ? '.' : '·';
        return { x: at(from.x, to.x), y: at(from.y, to.y), glyph, style };
      });
    });
  });
  const marks = points.map(({ venue, x, y }): Dot => {
    const i = venues.indexOf(venue);
    return { x, y, glyph: glyphOf(i), style: painter.series(i) };
  });
  const plot = scatter({
    dots: [...joints, ...marks],
    x: { min: 0, max: furthest },
    y: highest > lowest ? { min: lowest, max: highest } : { min: -1, max: 1 },
    width: w - LABEL_CELLS,
    height: TERM_ROWS,
    painter,
    hasCross: true,
    ascii,
  });
  const label = (y: number): string =>
    y === 0
      ? yearly(highest, LABEL_CELLS - 1)
      : y === TERM_ROWS - 1
        ? yearly(lowest, LABEL_CELLS - 1)
        : '';
  const legend = venues.flatMap((venue, i): Part[] => {
    const sgr = painter.series(i);
    const glyph = glyphOf(i);
    return [
      { painted: sgr === '' ? glyph : `${sgr}${glyph}${RESET}`, cells: 1 },
      [` ${venue}  `, 'dim'],
    ];
  });
  const end = `${fixed(furthest, 6, 0).trim()} d`;
  const ends = fitted('0 d', w - LABEL_CELLS - end.length) + end;
  return [
    heading('term structure, % a year by days to expiry', w, brush),
    line(legend, w, brush),
    ...plot.map((row, y) =>
      line(
        [[fitted(label(y), LABEL_CELLS), 'dim'], { painted: row, cells: w - LABEL_CELLS }],
        w,
        brush,
      ),
    ),
    line([' '.repeat(LABEL_CELLS), [ends, 'dim']], w, brush),
  ];
}

function termTable(rows: BasisRows, w: number, brush: Brush): string[] {
  if (rows.term.length === 0) return [];
  const longest = Math.max(7, ...rows.term.map(({ venue }) => cellWidth(venue)));
  const share = (
    title: string,
    key: 'basis' | 'annualised' | 'roll',
    drop: number,
  ): Column<TermEntry> => ({
    title,
    w: 8,
    drop,
    cell: (row, width) => shown(row[key], width, yearly, brush, { role: signRole(row[key]) }),
  });
  const columns: Column<TermEntry>[] = [
    {
      title: 'venue',
      w: Math.min(11, longest),
      drop: 0,
      align: 'left',
      cell: ({ venue }, width) => fitted(venue, width, { ascii: brush.ascii }),
    },
    {
      title: 'expiry',
      w: 10,
      drop: 3,
      align: 'left',
      cell: ({ expiry }, width) => [fitted(instant(expiry, 19).trim().slice(0, 10), width), 'dim'],
    },
    {
      title: 'days',
      w: 6,
      drop: 0,
      cell: ({ days, nearExpiry }, width) => [fixed(days, width, 1), nearExpiry ? 'warn' : 'text'],
    },
    {
      title: 'price',
      w: 11,
      drop: 4,
      cell: ({ price }, width) =>
        shown(
          price,
          width,
          (v, room) => fixed(v, room, rows.priceDecimals, { thousands: true }),
          brush,
        ),
    },
    {
      title: 'of',
      w: 4,
      drop: 6,
      align: 'left',
      cell: ({ priceOf }, width) => [fitted(priceOf, width), 'dim'],
    },
    share('basis %', 'basis', 2),
    share('% p.a.', 'annualised', 0),
    share('roll %', 'roll', 5),
  ];
  return [
    heading('dated futures', w, brush),
    ...table(columns, rows.term, w, brush),
    ...(rows.curves.length === 0
      ? []
      : flowed(
          rows.curves.map(({ venue, shape }): Part[] => [
            [`${venue} `, 'dim'],
            shownWord(shape, wordCells(shape), brush, curveRole(shape)),
          ]),
          w,
          brush,
        )),
  ];
}

/** Each carry with what it yields and in words. */
function carryRows({ carry }: BasisRows, w: number, brush: Brush): string[] {
  if (carry.length === 0) return [];
  const cells = 9;
  return [
    heading('carry, % a year on capital after fees', w, brush),
    ...carry.flatMap(({ yield: own, strategy }) =>
      wrapped(strategy, Math.max(8, w - cells - 2), 4, brush.ascii).map((text, i) =>
        line(
          [
            i === 0 ? shown(own, cells, yearly, brush, { role: signRole(own) }) : ' '.repeat(cells),
            '  ',
            text,
          ],
          w,
          brush,
        ),
      ),
    ),
  ];
}

/** The venue's mark beside the median of its three prices. */
function markRows(
  { markCheck: check, priceDecimals }: BasisRows,
  w: number,
  brush: Brush,
): string[] {
  const price = (label: string, value: Reading): Part[] => [
    [`${label} `, 'dim'],
    shown(value, 12, (v, room) => fixed(v, room, priceDecimals + 1, { thousands: true }), brush),
  ];
  const off = (value: Reading): Part[] => [
    ['off by ', 'dim'],
    shown(value, 10, (v, room) => bps(v, room, 2, { sign: true }), brush),
  ];
  return [
    heading('mark: median of three prices', w, brush),
    ...flowed(
      [
        price('index + funding', check.price1),
        price('index + basis', check.price2),
        price('last', check.last),
      ],
      w,
      brush,
    ),
    ...flowed(
      [price('ours', check.ours), price('venue', check.venue), off(check.differenceBps)],
      w,
      brush,
    ),
    ...flowed([price('our index', check.indexOurs), off(check.indexDifferenceBps)], w, brush),
  ];
}

/** Columns side by side have at least so many cells. */
const BLOCK_CELLS = 54;

function legRows(rows: BasisRows, w: number, brush: Brush): string[] {
  const cells = Math.min(13, w < 34 ? w - 6 : Math.floor((w - 14) / 2));
  const leg = ({ label, price }: BasisRows['legs'][number]): Part[] => [
    [fitted(label, 6), 'dim'],
    shown(
      price,
      cells,
      (v, width) => fixed(v, width, rows.priceDecimals + 1, { thousands: true }),
      brush,
    ),
  ];
  if (w < 34) return rows.legs.map((one) => line(leg(one), w, brush));
  const [mark, index, perp, spot] = rows.legs;
  const pair = (left: Part[], right: Part[], note: Part): string =>
    line([...left, '  ', ...right, '   ', note], w, brush);
  const { perpInstrument, spotInstrument } = rows;
  const names =
    perpInstrument === null || spotInstrument === null
      ? ''
      : `mids of ${perpInstrument} and ${spotInstrument}`;
  return [
    pair(leg(mark!), leg(index!), ''),
    pair(leg(perp!), leg(spot!), w >= 48 + names.length ? [names, 'dim'] : ''),
  ];
}

function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const { frame, history, options, chartHours, zoomed } = input;
  const rows = selectBasis(frame);
  const fair = recent(history, frame.asset, 'basisFair', 900);
  const blocks = [termChart, termTable, carryRows, markRows];
  const numbers = [
    ...kindRows(rows, w, brush),
    ...legRows(rows, w, brush),
    ...(w >= 44 && h >= 8 ? curveRow(rows, w, brush) : []),
    ...(zoomed
      ? [
          blank(w),
          ...arranged(
            blocks.map((block) => (cells) => block(rows, cells, brush)),
            w,
            BLOCK_CELLS,
          ),
        ]
      : []),
  ];
  const lower = {
    title: 'basis at the close of each hour, bps',
    reasons: rows.reasons,
    chart: (room: number) =>
      chart(
        {
          history,
          asset: frame.asset,
          now: frame.tsLocal,
          hours: chartHours,
          curves: [{ name: 'bps', of: (cell) => cell.basis }],
          format: (v, width) => fixed(v * 1e4, width, 1),
        },
        w,
        room,
        brush,
      ),
  };
  const scrolling = withLower(numbers, lower, 0, zoomed, w, h, brush);
  if (scrolling.length === numbers.length && h > numbers.length && w >= 16) {
    scrolling.push(line([['15m ', 'dim'], sparkline(fair, w - 4, brush, 'dim')], w, brush));
  }
  const corner = stateCorner(rows.kinds[0]!.basis, rows, brush.ascii);
  return scrolled([], scrolling, w, h, options, corner, brush);
}

export const basisPanel: Panel = {
  id: 'basis',
  title: 'basis',
  explains: ['basis'],
  draw,
};
