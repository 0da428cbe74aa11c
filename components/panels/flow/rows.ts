import type { Reading } from '../../../src/model/reading.ts';
import type { Role } from '../../../themes/theme.ts';
import { fitted } from '../../format/cell-width.ts';
import { compact, compactUsd, fixed } from '../../format/number.ts';
import { recent } from '../../history.ts';
import { beside, heading, reasonRows, scrolled, stateCorner } from '../document.ts';
import { gainChart, type LiveCurve, sparkline } from '../graphs.ts';
import { type Brush, blank, line, type Part, thatFit } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { roleIn, shown, shownWord, signRole } from '../shown.ts';
import { bipolar, meter, split } from '../strips.ts';
import { type Column, table } from '../table.ts';
import { type FlowRow, type FlowRows, selectFlow } from './select.ts';

const coins = (value: number, width: number): string => compact(value, width);
const signedCoins = (value: number, width: number): string => compact(value, width, { sign: true });
const signed2 = (value: number, width: number): string => fixed(value, width, 2, { sign: true });
const plain2 = (value: number, width: number): string => fixed(value, width, 2);
const percent1 = (value: number, width: number): string => fixed(value * 100, width, 1);
const whole = (value: number, width: number): string => fixed(value, width, 0);

const amountIn = (reading: Reading): number | null =>
  reading.state === 'absent' ? null : reading.value;

/** What a flow's words mean for the eye. */
const REGIME: Readonly<Record<string, Role>> = {
  low: 'riskLow',
  medium: 'text',
  high: 'riskHigh',
  rich: 'rising',
  cheap: 'falling',
  trending: 'warn',
  ranging: 'accent',
};

const wordRole = (word: Reading<string>): Role =>
  word.state === 'absent' ? 'absent' : (REGIME[word.value] ?? 'text');

const word = (reading: Reading<string>, cells: number, brush: Brush): Part =>
  shownWord(reading, cells, brush, wordRole(reading));

/** Takers of one listing in the last minute: net, bought against sold, how unusual. */
function takersRow(label: string, row: FlowRow | null, w: number, brush: Brush): string {
  if (row === null)
    return line(
      [
        [label, 'dim'],
        ['  none', 'absent'],
      ],
      w,
      brush,
    );
  const hasZ = w >= 32;
  const room = w - 5 - 8 - 1 - (hasZ ? 9 : 0);
  return line(
    [
      [fitted(label, 5), 'dim'],
      shown(row.net, 8, signedCoins, brush, { role: signRole(row.net) }),
      ' ',
      split(amountIn(row.buy), amountIn(row.sell), Math.max(0, room), brush, [
        roleIn(row.buy, 'bid'),
        roleIn(row.sell, 'ask'),
      ]),
      ...(hasZ ? ([[' z', 'dim'], shown(row.netZ, 7, signed2, brush)] satisfies Part[]) : []),
    ],
    w,
    brush,
  );
}

/** The rows of the overview, the most telling first, so that what does not fit is what matters least. */
function overviewRows(rows: FlowRows, w: number, brush: Brush): string[] {
  const isWide = w >= 34;
  const row = (...parts: Part[]): string => line(parts, w, brush);
  const dim = (text: string): Part => [text, 'dim'];
  const { cvdPerp, cvdSpot } = rows;
  const [fast] = rows.responses;
  const impact: Part[] = [
    dim('λ'),
    shown(rows.lambdaBps, 7, signed2, brush),
    dim(' t'),
    shown(rows.lambdaT, 6, (v, width) => fixed(v, width, 1, { sign: true }), brush),
  ];
  return [
    takersRow('perp', rows.perp, w, brush),
    takersRow('spot', rows.spot, w, brush),
    row(
      dim(isWide ? 'CVD perp' : 'CVD p'),
      shown(cvdPerp, isWide ? 9 : 8, signedCoins, brush, { role: signRole(cvdPerp) }),
      dim(isWide ? '  spot' : ' s'),
      shown(cvdSpot, isWide ? 9 : 8, signedCoins, brush, { role: signRole(cvdSpot) }),
      ...(w >= 50 ? ([dim('  60m '), word(rows.sides, w - 38, brush)] satisfies Part[]) : []),
    ),
    isWide
      ? row(
          dim('VPIN'),
          shown(rows.vpin, 6, plain2, brush),
          '  ',
          ...impact,
          dim(' R²'),
          shown(rows.lambdaR2, 5, plain2, brush),
        )
      : row(
          dim('VPIN'),
          shown(rows.vpin, 5, plain2, brush),
          ' ',
          dim('λ'),
          shown(rows.lambdaBps, 7, signed2, brush),
        ),
    row(
      dim('vol'),
      shown(rows.volatility, 7, percent1, brush),
      dim(' % '),
      word(rows.volatilityRegime, isWide ? 8 : 7, brush),
      ...(isWide ? [word(rows.marketState, 11, brush)] : []),
    ),
    row(
      dim('z60'),
      shown(rows.z60, isWide ? 7 : 6, signed2, brush),
      dim(' z240'),
      shown(rows.z240, isWide ? 7 : 6, signed2, brush),
      ...(isWide ? [' ', word(rows.opportunity, 8, brush)] : []),
    ),
    ...(isWide
      ? [
          row(
            dim('OIB>mid 5s'),
            shown(fast!.correlation, 7, signed2, brush),
            dim('  half-life'),
            shown(rows.halfLifeMinutes, 5, whole, brush),
            dim(' m'),
          ),
          row(
            dim('spot leads'),
            shown(rows.leadBid, 6, whole, brush, { role: 'bid' }),
            dim(' bid'),
            shown(rows.leadAsk, 6, whole, brush, { role: 'ask' }),
            dim(' ask s/h'),
          ),
          row(
            dim('depth perp/spot'),
            shown(rows.liquidityRatio, 6, plain2, brush),
            dim('  crowding'),
            shown(rows.crowdingRatio, 6, plain2, brush),
          ),
        ]
      : []),
  ];
}

const CURVES: readonly LiveCurve[] = [
  { name: 'perp', track: 'cvdPerp' },
  { name: 'spot', track: 'cvdSpot' },
];

const cvdChart = (input: PanelInput, w: number, h: number, brush: Brush): readonly string[] =>
  gainChart(
    {
      history: input.history,
      asset: input.frame.asset,
      now: input.frame.tsLocal,
      curves: CURVES,
      format: signedCoins,
    },
    w,
    h,
    brush,
  );

/** Below so many rows a chart says less than a sparkline. */
const LEAST_CHART = 5;

function drawOverview(input: PanelInput, rows: FlowRows, w: number, h: number, brush: Brush) {
  const made = overviewRows(rows, w, brush);
  const left = h - made.length;
  if (left > LEAST_CHART && w >= 24) {
    return [...made, blank(w), ...cvdChart(input, w, left - 1, brush)];
  }
  if (left > 0 && w >= 24) {
    const values = recent(input.history, input.frame.asset, 'cvdPerp', 900);
    const spark = sparkline(values, w - 9, brush, 'dim');
    made.push(line([['CVD 15m ', 'dim'], ' ', spark], w, brush));
  }
  return made;
}

/** Cells of a fact's name. */
const NAME_CELLS = 17;

/** A fact of the zoom: its name, its value, then in words what it says, as far as there is room. */
const factRow = (label: string, parts: readonly Part[], w: number, brush: Brush): string =>
  line(
    thatFit([[fitted(label, Math.min(w, NAME_CELLS), { ascii: brush.ascii }), 'dim'], ...parts], w),
    w,
    brush,
  );

function pairTable(rows: FlowRows, w: number, brush: Brush): string[] {
  const pair = [rows.perp, rows.spot].flatMap((row) => row ?? []);
  const columns: Column<FlowRow>[] = [
    {
      title: 'last minute',
      w: 16,
      drop: 0,
      align: 'left',
      cell: (row, width) => [fitted(row.title, width, { ascii: brush.ascii }), 'dim'],
    },
    ...takerColumns(brush),
  ];
  return table(columns, pair, w, brush);
}

const takerColumns = (brush: Brush): Column<FlowRow>[] => [
  {
    title: 'buy 1m',
    w: 8,
    drop: 0,
    cell: (row, width) => shown(row.buy, width, coins, brush, { role: 'bid' }),
  },
  {
    title: 'volume',
    w: 10,
    drop: 3,
    grow: 8,
    align: 'left',
    cell: (row, width) =>
      split(amountIn(row.buy), amountIn(row.sell), width, brush, [
        roleIn(row.buy, 'bid'),
        roleIn(row.sell, 'ask'),
      ]),
  },
  {
    title: 'sell 1m',
    w: 8,
    drop: 0,
    cell: (row, width) => shown(row.sell, width, coins, brush, { role: 'ask' }),
  },
  {
    title: 'net 1m',
    w: 8,
    drop: 0,
    cell: (row, width) => shown(row.net, width, signedCoins, brush, { role: signRole(row.net) }),
  },
  {
    title: 'z 60m',
    w: 7,
    drop: 1,
    cell: (row, width) => shown(row.netZ, width, signed2, brush),
  },
  {
    title: 'CVD',
    w: 8,
    drop: 2,
    cell: (row, width) => shown(row.cvd, width, signedCoins, brush, { role: signRole(row.cvd) }),
  },
];

/** What the flow says and does, in groups. */
function factRows(rows: FlowRows, w: number, brush: Brush): string[] {
  const fact = (label: string, ...parts: Part[]): string => factRow(label, parts, w, brush);
  const dim = (text: string): Part => [text, 'dim'];
  const strip = (reading: Reading, full: number): Part =>
    bipolar(amountIn(reading) === null ? null : amountIn(reading)! / full, 15, brush, [
      roleIn(reading, 'falling'),
      roleIn(reading, 'rising'),
    ]);
  const one = (value: number, width: number): string => fixed(value, width, 1, { sign: true });
  return [
    heading('spot against perp', w, brush),
    ...pairTable(rows, w, brush),
    fact(
      'spot − perp 60m',
      shown(rows.divergence, 8, signed2, brush),
      '  ',
      word(rows.sides, 23, brush),
      '  ',
      strip(rows.divergence, 1),
    ),
    fact(
      'spot leads',
      shown(rows.leadBid, 8, whole, brush, { role: 'bid' }),
      dim(' s bid '),
      shown(rows.leadAsk, 6, whole, brush, { role: 'ask' }),
      dim(' s ask'),
      dim(' of the hour'),
    ),
    fact(
      'OIB spot − perp',
      shown(rows.oibDivergence, 8, signed2, brush),
      '  ',
      strip(rows.oibDivergence, 2),
    ),
    fact('depth perp/spot', shown(rows.liquidityRatio, 8, plain2, brush)),
    fact('crowding', shown(rows.crowdingRatio, 8, plain2, brush), dim('  OI shock / volume shock')),
    fact(
      'basis dislocated',
      shown(rows.dislocationMinutes, 8, whole, brush),
      dim('  min of the hour'),
    ),
    blank(w),
    heading('what flow does to the price', w, brush),
    fact(
      'VPIN',
      shown(rows.vpin, 8, plain2, brush),
      '  ',
      meter(amountIn(rows.vpin), null, 15, brush, roleIn(rows.vpin, 'accent')),
      dim('  buckets'),
      shown(rows.vpinBuckets, 4, whole, brush),
    ),
    fact(
      'Kyle λ bps/$M',
      shown(rows.lambdaBps, 8, signed2, brush),
      dim('  t'),
      shown(rows.lambdaT, 7, one, brush),
      dim('  R²'),
      shown(rows.lambdaR2, 6, plain2, brush),
    ),
    ...rows.responses.map(({ label, correlation }) =>
      fact(
        `OIB > mid ${label}`,
        shown(correlation, 8, signed2, brush),
        '  ',
        strip(correlation, 1),
        dim('  corr. 1h'),
      ),
    ),
    blank(w),
    heading('volatility and the way back', w, brush),
    fact(
      'realised % p.a.',
      shown(rows.volatility, 8, percent1, brush),
      '  ',
      word(rows.volatilityRegime, 8, brush),
    ),
    fact('price z 60m', shown(rows.z60, 8, signed2, brush), '  ', strip(rows.z60, 3)),
    fact(
      'price z 240m',
      shown(rows.z240, 8, signed2, brush),
      '  ',
      strip(rows.z240, 3),
      '  ',
      word(rows.opportunity, 8, brush),
    ),
    fact('half-life', shown(rows.halfLifeMinutes, 8, whole, brush), dim(' min')),
    fact(
      'variance ratio',
      shown(rows.varianceRatio, 8, plain2, brush),
      '  ',
      word(rows.marketState, 11, brush),
    ),
    fact('reverts', '          ', word(rows.meanReversion, 8, brush)),
  ];
}

function listingTable(
  rows: FlowRows,
  reversed: boolean,
  w: number,
  brush: Brush,
): { header: string; body: string[] } {
  const { ascii } = brush;
  const columns: Column<FlowRow>[] = [
    {
      title: 'venue',
      w: 11,
      drop: 0,
      align: 'left',
      cell: (row, width) => fitted(row.venue, width, { ascii }),
    },
    {
      title: 'listing',
      w: 20,
      drop: 1,
      grow: 4,
      align: 'left',
      cell: (row, width) => [fitted(row.listing, width, { ascii }), 'dim'],
    },
    ...takerColumns(brush),
    {
      title: 'trades',
      w: 7,
      drop: 4,
      cell: (row, width) => shown(row.trades, width, whole, brush),
    },
    {
      title: 'mean size',
      w: 9,
      drop: 8,
      cell: (row, width) => shown(row.meanSize, width, (v, n) => fixed(v, n, 3), brush),
    },
    {
      title: 'net 60m',
      w: 9,
      drop: 6,
      cell: (row, width) =>
        shown(row.netUsdHour, width, (v, n) => compactUsd(v, n, { sign: true }), brush),
    },
    {
      title: 'VPIN',
      w: 6,
      drop: 3,
      cell: (row, width) => shown(row.vpin, width, plain2, brush),
    },
    {
      title: 'λ bps/$M',
      w: 9,
      drop: 7,
      cell: (row, width) => shown(row.lambdaBps, width, signed2, brush),
    },
    {
      title: 'vol %',
      w: 6,
      drop: 7,
      cell: (row, width) => shown(row.volatility, width, percent1, brush),
    },
  ];
  const sort = { title: rows.sort, reversed };
  const [header, ...body] = table(columns, rows.listings, w, brush, { sort });
  return { header: header!, body };
}

/** From here up the facts have the chart beside them. */
const BESIDE_CELLS = 112;

function drawZoomed(input: PanelInput, rows: FlowRows, w: number, brush: Brush): string[] {
  const title = 'CVD gained';
  const isBeside = w >= BESIDE_CELLS;
  const cells = isBeside ? Math.min(76, (w - 3) >> 1) : w;
  const facts = factRows(rows, cells, brush);
  const chartCells = isBeside ? w - cells - 3 : w;
  const chart = [
    heading(title, chartCells, brush),
    ...cvdChart(input, chartCells, isBeside ? facts.length - 1 : 9, brush),
  ];
  const { header, body } = listingTable(rows, input.options.reversed, w, brush);
  const reasons = reasonRows(rows.reasons, w, brush);
  return [
    ...(isBeside ? beside(facts, chart, cells, w, 3) : [...facts, blank(w), ...chart]),
    blank(w),
    heading('every listing', w, brush),
    header,
    ...body,
    ...(reasons.length > 0 ? [blank(w), ...reasons] : []),
  ];
}

function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const { frame, options, zoomed } = input;
  const rows = selectFlow(frame, options);
  const made = zoomed ? drawZoomed(input, rows, w, brush) : drawOverview(input, rows, w, h, brush);
  const { listings: _, reasons: __, ...own } = rows;
  const corner = stateCorner(rows.cvdPerp, own, brush.ascii);
  return scrolled([], made, w, h, options, corner, brush);
}

export const flowPanel: Panel = { id: 'flow', title: 'flow', draw };
