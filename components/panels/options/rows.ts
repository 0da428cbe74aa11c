import type { Reading } from '../../../src/model/reading.ts';
import type { Role } from '../../../themes/theme.ts';
import { lineChart } from '../../charts/line-chart.ts';
import { cleanText, fitted } from '../../format/cell-width.ts';
import { compact, compactUsd, fixed } from '../../format/number.ts';
import { clock } from '../../format/time.ts';
import { cell, chosenRow } from '../copied.ts';
import { chosenAt } from '../cursor.ts';
import { linesAt } from '../detail.ts';
import {
  type Block,
  beside,
  firstRows,
  heading,
  reasonRows,
  scrolled,
  stacked,
  stateCorner,
} from '../document.ts';
import {
  asciiOnly,
  type Brush,
  blank,
  exactly,
  line,
  type Part,
  thatFit,
  wrapped,
} from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { roleIn, shown, shownWord, signRole } from '../shown.ts';
import { bar, barLeftwards, meter } from '../strips.ts';
import { type Column, table } from '../table.ts';
import {
  type ExpiryRow,
  expiryLabel,
  type OptionRows,
  type StrikeRow,
  type StrikeView,
  selectOptions,
} from './select.ts';

/** Said where the frame has no chain: either nobody lists options on the asset, or the first look at them is still to come. */
const NONE = 'no options: no venue watched lists them, or none was heard of yet';

const vol1 = (value: number, width: number): string => fixed(value * 100, width, 1);
const points1 = (value: number, width: number): string =>
  fixed(value * 100, width, 1, { sign: true });
const percent0 = (value: number, width: number): string => fixed(value * 100, width, 0);
const ratio2 = (value: number, width: number): string => fixed(value, width, 2);
const price0 = (value: number, width: number): string =>
  fixed(value, width, 0, { thousands: true });
const signedUsd = (value: number, width: number): string =>
  compactUsd(value, width, { sign: true });

const valueIn = (reading: Reading): number | null =>
  reading.state === 'absent' ? null : reading.value;

const SAYS: Readonly<Record<string, Role>> = {
  bearish: 'falling',
  bullish: 'rising',
  'premium rich': 'warn',
  'premium cheap': 'accent',
  backwardation: 'warn',
};

const word = (reading: Reading<string>, cells: number, brush: Brush): Part =>
  shownWord(
    reading,
    cells,
    brush,
    reading.state === 'absent' ? 'absent' : (SAYS[reading.value] ?? 'text'),
  );

const dim = (text: string): Part => [text, 'dim'];

type Body = readonly (Block | readonly string[])[];

const keysOf = ({ expiries }: OptionRows): string[] => expiries.map(({ label }) => label);

/** The chosen one is an index among the expiries, −1 for none. */
function expiryTable(rows: OptionRows, chosen: number, w: number, brush: Brush): Block {
  const column = (
    title: string,
    cells: number,
    drop: number,
    of: (row: ExpiryRow) => Reading,
    format: (value: number, width: number) => string,
    role?: (reading: Reading) => Role,
  ): Column<ExpiryRow> => ({
    title,
    w: cells,
    drop,
    cell: (row, width) => {
      const reading = of(row);
      return shown(reading, width, format, brush, { role: role?.(reading) });
    },
  });
  const columns: Column<ExpiryRow>[] = [
    {
      title: 'expiry',
      w: 7,
      drop: 0,
      align: 'left',
      cell: (row, width) => [fitted(row.label, width, { ascii: brush.ascii }), 'text'],
    },
    column(
      'days',
      6,
      3,
      (row) => row.days,
      (v, n) => fixed(v, n, 1),
    ),
    column(
      'forward',
      10,
      6,
      (row) => row.forward,
      (v, n) => fixed(v, n, rows.priceDecimals, { thousands: true }),
    ),
    column(
      'ATM %',
      6,
      0,
      (row) => row.atmIv,
      vol1,
      () => 'title',
    ),
    column('RR25', 6, 0, (row) => row.rr25, points1, signRole),
    column('BF25', 6, 4, (row) => row.bf25, points1),
    column('P/C OI', 6, 5, (row) => row.putCallOi, ratio2),
    column('P/C vol', 7, 7, (row) => row.putCallVolume, ratio2),
    column('max pain', 9, 1, (row) => row.maxPain, price0),
    column('GEX 1 %', 9, 2, (row) => row.gex, signedUsd, signRole),
    column('OI', 8, 8, (row) => row.oiCoin, compact),
    {
      title: 'IV/forward by',
      w: 16,
      drop: 9,
      align: 'left',
      cell: (row, width) => [fitted(row.sources, width, { ascii: brush.ascii }), 'dim'],
    },
  ];
  const keys = keysOf(rows);
  return {
    rows: table(columns, rows.expiries, w, brush, { chosen }),
    keys,
    lines: keys.map((_, at) => at + 1),
  };
}

/** Points over which a term structure is drawn. */
const TERM_POINTS = 120;

/** IV at the money over time to expiry; near expiries lie closer together, so the axis goes by the root of days. */
function termChart(rows: OptionRows, w: number, h: number, brush: Brush): string[] {
  const { term } = rows;
  if (h < 1) return [];
  const last = term.at(-1);
  if (last === undefined || last.days <= 0) {
    const text = fitted('no IV at the money', w, { align: 'center', ascii: brush.ascii });
    return exactly(
      [...Array<string>((h - 1) >> 1).fill(blank(w)), line([[text, 'absent']], w, brush)],
      w,
      h,
    );
  }
  const daysAt = (share: number): number => share * share * last.days;
  const values = Array.from({ length: TERM_POINTS }, (_, i) => {
    const days = daysAt(i / (TERM_POINTS - 1));
    const after = term.findIndex((point) => point.days >= days - 1e-9);
    const to = term[after];
    const from = term[after - 1];
    if (to === undefined) return last.iv;
    if (from === undefined) return to.days > days ? Number.NaN : to.iv;
    const share = to.days > from.days ? (days - from.days) / (to.days - from.days) : 1;
    return from.iv * (1 - share) + to.iv * share;
  });
  const labels = [0, 0.25, 0.5, 0.75, 1].map((share) => `${Math.round(daysAt(share))}d`);
  return exactly(
    lineChart({
      series: [{ values }],
      width: w,
      height: h,
      painter: brush.painter,
      ascii: brush.ascii,
      labels,
      yFormat: (value) => {
        const label = vol1(value, 6).trim();
        return brush.ascii ? asciiOnly(label) : label;
      },
    }),
    w,
    h,
  );
}

function dvolRow(rows: OptionRows, w: number, brush: Brush): string {
  const parts: Part[] = [
    dim('DVOL'),
    shown(rows.dvol, 6, vol1, brush, { role: 'title' }),
    dim(w >= 30 ? '  rank' : ' rk'),
    shown(rows.ivRank, 4, percent0, brush),
    dim(w >= 30 ? ' % pct' : ' pc'),
    shown(rows.ivPercentile, 4, percent0, brush),
    ...(w >= 30 ? [dim(' %')] : []),
    ...(w >= 46 ? ['  ', word(rows.premium, 13, brush)] : []),
  ];
  return line(parts, w, brush);
}

function ratioRow(rows: OptionRows, w: number, brush: Brush): string {
  const [interest, volume] = rows.ratios;
  const cells = w >= 44 ? 8 : w >= 36 ? 7 : 0;
  return line(
    [
      dim('P/C OI'),
      shown(interest!.ratio, 5, ratio2, brush),
      ...(cells > 0 ? [' ', word(interest!.says, cells, brush)] : []),
      dim(' vol'),
      shown(volume!.ratio, 5, ratio2, brush),
      ...(cells > 0 ? [' ', word(volume!.says, cells, brush)] : []),
    ],
    w,
    brush,
  );
}

function termRow(rows: OptionRows, w: number, brush: Brush): string {
  const shownFew = w >= 44 ? rows.maturities : rows.maturities.slice(0, 3);
  const parts = [
    ...shownFew.flatMap(({ label, iv }, i): Part[] => [
      dim(i === 0 ? label : ` ${label}`),
      shown(iv, 5, vol1, brush),
    ]),
    '  ',
    word(rows.termShape, 13, brush),
  ];
  return line(thatFit(parts, w), w, brush);
}

/** Rows a chart has at least. */
const LEAST_CHART = 5;

function drawOverview(rows: OptionRows, chosen: number, w: number, h: number, brush: Brush): Body {
  const expiries = expiryTable(rows, chosen, w, brush);
  const head = [dvolRow(rows, w, brush), ratioRow(rows, w, brush)];
  if (h >= 9) head.push(termRow(rows, w, brush));
  const left = h - head.length - expiries.rows.length - 1;
  const hasChart = w >= 30 && h >= 12 && h - head.length - 6 > LEAST_CHART;
  if (!hasChart) return [head, expiries];
  const chartRows = Math.max(LEAST_CHART, left);
  const shownExpiries = firstRows(expiries, h - head.length - chartRows - 1);
  return [head, shownExpiries, [blank(w), ...termChart(rows, w, chartRows, brush)]];
}

function factRows(rows: OptionRows, w: number, brush: Brush): string[] {
  const fact = (label: string, ...parts: Part[]): string =>
    line(
      thatFit([[fitted(label, Math.min(w, 14), { ascii: brush.ascii }), 'dim'], ...parts], w),
      w,
      brush,
    );
  const ofYear = (label: string, reading: Reading, says: Part): string =>
    fact(
      label,
      shown(reading, 8, percent0, brush),
      dim(' %  '),
      meter(valueIn(reading), null, 12, brush, roleIn(reading, 'accent')),
      '  ',
      says,
    );
  return [
    heading('implied volatility', w, brush),
    fact('DVOL', shown(rows.dvol, 8, vol1, brush, { role: 'title' }), dim(' % p.a.')),
    ofYear('rank', rows.ivRank, dim('of a year')),
    ofYear('percentile', rows.ivPercentile, word(rows.premium, 13, brush)),
    ...rows.maturities.map(({ label, iv }, i) =>
      fact(
        `ATM ${label}`,
        shown(iv, 8, vol1, brush),
        dim(' %'),
        ...(i === 0 ? ['  ', word(rows.termShape, 13, brush)] : []),
      ),
    ),
    blank(w),
    heading('positions, all expiries', w, brush),
    ...rows.ratios.map(({ label, ratio, says, percentile }) =>
      fact(
        `P/C ${label}`,
        shown(ratio, 8, ratio2, brush),
        '  ',
        word(says, 8, brush),
        dim(' percentile'),
        shown(percentile, 5, percent0, brush),
        dim(' %'),
      ),
    ),
    fact(
      'gamma',
      shown(rows.gex, 9, signedUsd, brush, { role: signRole(rows.gex) }),
      dim(' per 1 %, calls + puts −'),
    ),
    fact('open interest', shown(rows.oiCoin, 9, compact, brush), dim(` ${rows.asset}`)),
    fact('looked at', [clock(rows.asOf, 9), 'text'], dim(` UTC, ${rows.venue}`)),
  ];
}

/** Cells of a strike's price. */
const STRIKE_CELLS = 9;

function strikeRow(row: StrikeRow, w: number, brush: Brush): string {
  const hasGex = w >= 50;
  const hasSizes = w >= 36;
  const mark: Part = row.isMaxPain ? [brush.ascii ? '*' : '◆', 'accent'] : ' ';
  const fixedCells = 1 + STRIKE_CELLS + 1 + (hasSizes ? 16 : 0) + (hasGex ? 10 : 0);
  const room = Math.max(0, w - fixedCells - 1);
  const half = room >> 1;
  const size = (value: number, role: Role): Part[] =>
    hasSizes ? [[` ${compact(value, 6)} `, role]] : [];
  const gex: Part[] =
    row.gex === null
      ? [[fitted(brush.ascii ? '-' : '—', 10, { align: 'right' }), 'absent']]
      : [[signedUsd(row.gex, 9).replace(/^ */, (space) => `${space}~`), 'estimated']];
  return line(
    [
      mark,
      [fixed(row.strike, STRIKE_CELLS, 0, { thousands: true }), row.isMaxPain ? 'accent' : 'text'],
      ' ',
      ...size(row.puts, 'dim'),
      barLeftwards(row.putShare, half, brush, 'ask'),
      [brush.ascii ? '|' : '│', 'grid'],
      bar(row.callShare, room - half, brush, 'bid'),
      ...size(row.calls, 'dim'),
      ...(hasGex ? gex : []),
    ],
    w,
    brush,
  );
}

function strikeRows(view: StrikeView, rows: OptionRows, w: number, brush: Brush): string[] {
  const { forward, maxPain } = view;
  const rule = (text: string): string => {
    const dashes = (brush.ascii ? '-' : '─').repeat(Math.max(0, w - text.length - 3));
    return line(
      [
        [`${brush.ascii ? '-' : '─'} `, 'grid'],
        [text, 'accent'],
        [` ${dashes}`, 'grid'],
      ],
      w,
      brush,
    );
  };
  const at =
    forward.state === 'absent'
      ? []
      : [
          rule(
            `forward ${fixed(forward.value, 14, rows.priceDecimals, { thousands: true }).trim()}`,
          ),
        ];
  const pain: Part[] =
    maxPain.state === 'absent'
      ? []
      : [
          dim('  '),
          [brush.ascii ? '*' : '◆', 'accent'],
          dim(' max pain '),
          shown(maxPain, 9, price0, brush),
        ];
  return [
    heading(`open interest by strike, ${view.label}`, w, brush),
    line(
      [
        [' puts', 'ask'],
        dim(' | '),
        ['calls', 'bid'],
        dim(` in ${rows.asset}`),
        ...(w >= 68 ? [dim(', gamma per 1 %')] : []),
        ...pain,
      ],
      w,
      brush,
    ),
    ...view.above.map((row) => strikeRow(row, w, brush)),
    ...at,
    ...view.below.map((row) => strikeRow(row, w, brush)),
    ...(view.beyond > 0
      ? [line([dim(`${view.beyond} strikes farther away or without interest`)], w, brush)]
      : []),
  ];
}

/** From here up blocks stand side by side. */
const BESIDE_CELLS = 104;
const BLOCK_GAP = 3;

function pairOf(
  left: (w: number) => string[],
  right: ((w: number, h: number) => readonly string[]) | null,
  w: number,
): string[] {
  if (right === null) return left(w);
  if (w < BESIDE_CELLS) {
    const first = left(w);
    return [...first, blank(w), ...right(w, 10)];
  }
  const cells = (w - BLOCK_GAP) >> 1;
  const first = left(cells);
  return beside(first, right(w - cells - BLOCK_GAP, first.length), cells, w, BLOCK_GAP);
}

function drawZoomed(rows: OptionRows, chosen: number, w: number, brush: Brush): Body {
  const [first, second] = rows.strikes;
  const reasons = reasonRows(rows.reasons, w, brush);
  const notes = rows.notes.flatMap((note) => wrapped(note, w, 2, brush.ascii));
  const byStrike =
    first === undefined
      ? []
      : [
          blank(w),
          ...pairOf(
            (cells) => strikeRows(first, rows, cells, brush),
            second === undefined ? null : (cells) => strikeRows(second, rows, cells, brush),
            w,
          ),
        ];
  const facts = pairOf(
    (cells) => factRows(rows, cells, brush),
    (cells, h) => [
      heading('IV at the money by days to expiry, %', cells, brush),
      ...termChart(rows, cells, h - 1, brush),
    ],
    w,
  );
  return [
    [...facts, blank(w), heading('expiries', w, brush)],
    expiryTable(rows, chosen, w, brush),
    byStrike,
    notes.length > 0 ? [blank(w), ...notes.map((note) => line([dim(note)], w, brush))] : [],
    reasons.length > 0 ? [blank(w), ...reasons] : [],
  ];
}

function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const { frame, options, zoomed, isFocused } = input;
  const rows = selectOptions(frame);
  if (rows === null) {
    const sentence = wrapped(NONE, w, 4, brush.ascii).map((text) =>
      line([[text, 'absent']], w, brush),
    );
    return { rows: exactly(sentence, w, h) };
  }
  const chosen = isFocused ? chosenAt(keysOf(rows), options.cursor) : -1;
  const body = zoomed
    ? drawZoomed(rows, chosen, w, brush)
    : drawOverview(rows, chosen, w, h, brush);
  const { rows: made, list } = stacked(body);
  const { reasons: _, ...own } = rows;
  const corner = stateCorner(rows.gex, own, brush.ascii);
  return scrolled([], made, w, h, options, corner, brush, list);
}

/** The chosen expiry. */
const copied: Panel['copied'] = ({ frame, options }) => {
  const rows = selectOptions(frame);
  if (rows === null) return null;
  return chosenRow(rows.expiries, keysOf(rows), options, (row) => [
    cleanText(frame.asset),
    row.label,
    cell('days', row.days, (v, w) => fixed(v, w, 1)),
    cell('ATM %', row.atmIv, vol1),
    cell('RR25', row.rr25, points1),
    cell('BF25', row.bf25, points1),
    cell('max pain', row.maxPain, price0),
    cell('GEX per 1 %', row.gex, signedUsd),
  ]);
};

const detail: Panel['detail'] = ({ frame }, key) => {
  const at = frame.options?.expiries.findIndex(({ expiry }) => expiryLabel(expiry) === key) ?? -1;
  if (at < 0) return null;
  return {
    title: `${cleanText(frame.asset)} options of ${key}`,
    sections: [{ heading: 'expiry', lines: linesAt(frame, `options.expiries.${at}`) }],
  };
};

export const optionsPanel: Panel = { id: 'options', title: 'options', copied, detail, draw };
