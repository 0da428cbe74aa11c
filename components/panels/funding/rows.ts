import type { FundingOther, FundingPair } from '../../../src/frame/funding.ts';
import { valueIn } from '../../../src/model/reading.ts';
import { HOUR } from '../../../src/model/units.ts';
import { cellWidth, cleanText, fitted } from '../../format/cell-width.ts';
import { compactUsd, fixed, percent } from '../../format/number.ts';
import { age, clock, duration } from '../../format/time.ts';
import { recent } from '../../history.ts';
import { cell, chosenRow } from '../copied.ts';
import { chosenAt, type RowList } from '../cursor.ts';
import { heardSection, linesAt } from '../detail.ts';
import { arranged, heading, noneAdmitted, scrolled, stateCorner, withLower } from '../document.ts';
import { chart, sparkline } from '../graphs.ts';
import { type Brush, blank, line, type Part, spread, wrapped } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { markSign, oldestAge, roleIn, shown, shownWord, signRole } from '../shown.ts';
import { bipolar } from '../strips.ts';
import { type Column, table } from '../table.ts';
import {
  FUNDING_SORTS,
  type FundingRow,
  type FundingRows,
  type SettlementRow,
  selectFunding,
} from './select.ts';

/** At this 8h rate a bar is full: the upper edge of the strong band (SPEC §7). */
const FULL_BAR = 0.0008;

const signed = { sign: true, unit: '' } as const;
const signed2 = (value: number, width: number): string => fixed(value, width, 2, { sign: true });
const signedUsd = (value: number, width: number): string =>
  compactUsd(value, width, { sign: true });

function columnsOf(
  rows: FundingRows,
  w: number,
  zoomed: boolean,
  brush: Brush,
): Column<FundingRow>[] {
  const longest = Math.max(7, ...rows.venues.map(({ venue }) => venue.length));
  const rate = (
    title: string,
    of: (row: FundingRow) => FundingRow['rate8h'],
    cells: number,
    decimals: number,
    drop: number,
  ): Column<FundingRow> => ({
    title,
    w: cells,
    drop,
    cell: (row, width) =>
      shown(of(row), width, (v, room) => percent(v, room, decimals, signed), brush, {
        role: signRole(of(row)),
      }),
  });
  const all: Column<FundingRow>[] = [
    {
      title: 'venue',
      w: w < 30 ? Math.min(7, longest) : Math.min(12, longest),
      drop: 0,
      align: 'left',
      cell: (row, width) => [fitted(row.venue, width, { ascii: brush.ascii }), 'text'],
    },
    rate('8h %', (row) => row.rate8h, 8, 4, 0),
    {
      title: '',
      w: 9,
      drop: 12,
      grow: 8,
      cell: (row, width) =>
        bipolar(row.rate8h.state === 'absent' ? null : row.rate8h.value / FULL_BAR, width, brush, [
          roleIn(row.rate8h, 'falling'),
          roleIn(row.rate8h, 'rising'),
        ]),
    },
    rate('annual %', (row) => row.rateAnnual, 8, 2, 2),
    {
      title: 'z',
      w: 6,
      drop: 3,
      cell: (row, width) => shown(row.z, width, signed2, brush),
    },
    {
      title: 'next',
      w: 8,
      drop: 1,
      cell: (row, width) => shown(row.countdown, width, duration, brush),
    },
    {
      title: 'every',
      w: 5,
      drop: 9,
      cell: (row, width) =>
        shown(row.intervalHours, width, (v, room) => fixed(v, room, 0, { unit: 'h' }), brush),
    },
    {
      title: 'spend',
      w: 8,
      drop: 4,
      cell: (row, width) => shown(row.spendUsd, width, signedUsd, brush),
    },
    {
      title: 'cap',
      w: 5,
      drop: 5,
      cell: (row, width) =>
        shown(row.capShare, width, (v, room) => percent(v, room, 0), brush, {
          role: row.isNearCap ? 'warn' : 'text',
        }),
    },
    rate('predicted', (row) => row.predicted, 9, 4, 13),
    rate('settled', (row) => row.settled, 8, 4, 7),
    {
      title: 'paid 7d',
      w: 7,
      drop: 6,
      grow: 14,
      align: 'left',
      cell: (row, width) => sparkline(row.history, width, brush, 'dim'),
    },
    rate('paid p.a.', (row) => row.settledAnnual, 9, 2, 11),
    {
      title: 'bps/h',
      w: 7,
      drop: 8,
      cell: (row, width) =>
        shown(
          row.accelerationPerHour,
          width,
          (v, room) => fixed(v * 1e4, room, 3, { sign: true }),
          brush,
        ),
    },
    {
      title: 'reads',
      w: 16,
      drop: 10,
      grow: 11,
      align: 'left',
      cell: (row, width) => shownWord(row.interpretation, width, brush),
    },
    {
      title: 'age',
      w: 4,
      drop: 14,
      cell: (row, width): Part => {
        const oldest = oldestAge(row);
        return oldest === undefined ? blank(width) : [age(oldest, width), 'stale'];
      },
    },
  ];
  return all.filter(({ title }) => zoomed || title !== 'age');
}

/** The interpretation in one row, or broken into two where it is longer and there are as many. */
function interpretationRows(
  { interpretation }: FundingRows,
  w: number,
  max: number,
  brush: Brush,
): string[] {
  if (interpretation.state === 'absent')
    return [line([shownWord(interpretation, w, brush)], w, brush)];
  const text = markSign(interpretation, brush.ascii) + cleanText(interpretation.value);
  return wrapped(text, w, Math.min(2, max), brush.ascii).map((row) =>
    line([[row, roleIn(interpretation, 'text')]], w, brush),
  );
}

function summary(
  rows: FundingRows,
  live: readonly (number | null)[],
  w: number,
  h: number,
  brush: Brush,
): string[] {
  const role = signRole(rows.oiWeighted);
  const label: Part = ['OI-weighted 8h %', 'dim'];
  const average = shown(
    rows.oiWeighted,
    w < 44 ? 8 : 9,
    (v, room) => percent(v, room, 4, signed),
    brush,
    { role },
  );
  // Two rows say it whole and with its unit, where no venue gives way for them.
  const spare = h - rows.venues.length - (rows.excluded.length > 0 ? 1 : 0);
  if (w >= 25 && w < 44 && spare >= 3) {
    return [line([label, average], w, brush), ...interpretationRows(rows, w, spare - 2, brush)];
  }
  // The longest interpretation has 34 cells; beside the sparkline it gets fewer.
  const wordCells = w < 44 ? w - 9 : w < 72 ? Math.min(36, w - 27) : 34;
  const words = shownWord(rows.interpretation, Math.max(0, wordCells), brush);
  if (w < 44) return [line([average, ' ', words], w, brush)];
  const spark: Part[] =
    w < 80 ? [] : [['15m ', 'dim'], sparkline(live, Math.min(40, w - 68), brush, 'dim')];
  const first = spread([label, average, '  ', words], spark, w, brush);
  return spare >= 4 ? [first, spendRow(rows, w, brush)] : [first];
}

/** What changes hands in eight hours, and the widest pair of venues. */
function spendRow({ spend8hUsd, pairs }: FundingRows, w: number, brush: Brush): string {
  const usd = valueIn(spend8hUsd);
  const who = usd === undefined ? '' : usd < 0 ? ' shorts pay longs' : ' longs pay shorts';
  const left: Part[] = [
    ['paid in 8 h', 'dim'],
    shown(spend8hUsd, 10, signedUsd, brush, { role: signRole(spend8hUsd) }),
    [who, 'dim'],
  ];
  const [pair] = pairs;
  if (pair === undefined) return line(left, w, brush);
  const right: Part[] = [
    [`${pair.long} → ${pair.short} `, 'text'],
    shown(pair.annualNet, 7, (v, room) => percent(v, room, 1, signed), brush, {
      role: signRole(pair.annualNet),
    }),
    [' % net p.a.', 'dim'],
  ];
  return spread(left, right, w, brush);
}

/** Settlements of the next hours with what each will move. */
function calendarRows(rows: FundingRows, w: number, brush: Brush): readonly string[] {
  if (rows.calendar.length === 0) return [];
  const columns: Column<SettlementRow>[] = [
    {
      title: 'next',
      w: 11,
      drop: 0,
      align: 'left',
      cell: ({ venue }, width) => fitted(venue, width, { ascii: brush.ascii }),
    },
    { title: 'at', w: 5, drop: 3, cell: ({ ts }, width) => [clock(ts, width), 'dim'] },
    { title: 'in', w: 8, drop: 0, cell: ({ left }, width) => duration(left, width) },
    {
      title: 'rate %',
      w: 8,
      drop: 1,
      cell: ({ rate }, width) =>
        shown(rate, width, (v, room) => percent(v, room, 4, signed), brush, {
          role: signRole(rate),
        }),
    },
    {
      title: 'usd',
      w: 9,
      drop: 0,
      cell: ({ usd }, width) => shown(usd, width, signedUsd, brush),
    },
    {
      title: 'cap',
      w: 4,
      drop: 2,
      align: 'left',
      cell: ({ capNear }) =>
        capNear === null ? [brush.ascii ? '-' : '—', 'absent'] : capNear ? ['near', 'warn'] : '',
    },
  ];
  return [
    heading('settlements of the next 8 h', w, brush),
    ...table(columns, rows.calendar, w, brush),
  ];
}

/** Long the venue that pays less, short the one that pays more. */
function pairRows(rows: FundingRows, w: number, brush: Brush): readonly string[] {
  if (rows.pairs.length === 0 && rows.pairsExcluded.length === 0) return [];
  const cells = Math.max(
    7,
    ...rows.pairs.flatMap(({ long, short }) => [long.length, short.length]),
  );
  const name = (key: 'long' | 'short'): Column<FundingPair> => ({
    title: key,
    w: Math.min(11, cells),
    drop: 0,
    align: 'left',
    cell: (row, width) => [fitted(row[key], width, { ascii: brush.ascii }), key],
  });
  const share = (
    title: string,
    key: 'spread8h' | 'annualGross' | 'annualNet',
    decimals: number,
    drop: number,
  ): Column<FundingPair> => ({
    title,
    w: 8,
    drop,
    cell: (row, width) =>
      shown(row[key], width, (v, room) => percent(v, room, decimals, signed), brush, {
        role: key === 'annualNet' ? signRole(row[key]) : 'text',
      }),
  });
  const columns: Column<FundingPair>[] = [
    name('long'),
    name('short'),
    share('8h %', 'spread8h', 4, 1),
    share('gross %', 'annualGross', 2, 3),
    {
      title: 'fees',
      w: 6,
      drop: 4,
      cell: ({ feesBps }, width) => shown(feesBps, width, (v, room) => fixed(v, room, 1), brush),
    },
    share('net %', 'annualNet', 2, 0),
    {
      title: 'even in',
      w: 9,
      drop: 2,
      cell: ({ breakEvenHours }, width) =>
        shown(breakEvenHours, width, (v, room) => duration(v * HOUR, room), brush),
    },
  ];
  return [
    heading('between venues, a year, fees in bps', w, brush),
    ...table(columns, rows.pairs, w, brush),
    ...leftOut(rows.pairsExcluded, w, brush),
  ];
}

/** Perps of a venue besides the one in the matrix. */
function otherRows({ others }: FundingRows, w: number, brush: Brush): readonly string[] {
  if (others.length === 0) return [];
  const longest = Math.max(7, ...others.map(({ instrument }) => cellWidth(instrument)));
  const columns: Column<FundingOther>[] = [
    {
      title: 'perp',
      w: Math.min(30, longest),
      drop: 0,
      align: 'left',
      cell: ({ instrument }, width) => fitted(instrument, width, { ascii: brush.ascii }),
    },
    {
      title: '8h %',
      w: 8,
      drop: 0,
      cell: ({ rate8h }, width) =>
        shown(rate8h, width, (v, room) => percent(v, room, 4, signed), brush, {
          role: signRole(rate8h),
        }),
    },
    { title: 'z', w: 6, drop: 1, cell: ({ z }, width) => shown(z, width, signed2, brush) },
    {
      title: 'spend',
      w: 9,
      drop: 2,
      cell: ({ spendUsd }, width) => shown(spendUsd, width, signedUsd, brush),
    },
    {
      title: 'paid p.a.',
      w: 9,
      drop: 3,
      cell: ({ settledAnnual }, width) =>
        shown(settledAnnual, width, (v, room) => percent(v, room, 2, signed), brush),
    },
  ];
  return [heading('further perps', w, brush), ...table(columns, others, w, brush)];
}

function changeRows({ changes }: FundingRows, w: number, brush: Brush): readonly string[] {
  if (changes.length === 0) return [];
  const longest = Math.max(7, ...changes.map(({ instrument }) => cellWidth(instrument)));
  const hours = (value: number): string => `${fixed(value, 5, 0).trim()}h`;
  return [
    heading('intervals that changed', w, brush),
    ...changes.map(({ instrument, ago, from, to }) =>
      line(
        [
          fitted(instrument, Math.min(longest, Math.max(8, w - 24)), { ascii: brush.ascii }),
          [`  ${hours(from)} → ${hours(to)}`, 'warn'],
          [`  ${age(ago, 4).trim()} ago`, 'dim'],
        ],
        w,
        brush,
      ),
    ),
  ];
}

/** Columns side by side have at least so many cells. */
const BLOCK_CELLS = 54;

function sections(rows: FundingRows, w: number, brush: Brush): string[] {
  const made = arranged(
    [calendarRows, pairRows, otherRows, changeRows].map((of) => (cells) => of(rows, cells, brush)),
    w,
    BLOCK_CELLS,
  );
  return made.length === 0 ? [] : [blank(w), ...made];
}

const leftOut = (names: readonly string[], w: number, brush: Brush): string[] =>
  names.length === 0
    ? []
    : [
        line(
          [
            ['left out: ', 'dim'],
            [names.join('; '), 'stale'],
          ],
          w,
          brush,
        ),
      ];

/** The funding matrix of an asset. */
function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const { frame, history, options, chartHours, zoomed, isFocused } = input;
  const rows = selectFunding(frame, options);
  const live = recent(history, frame.asset, 'funding8h', 900);
  const columns = columnsOf(rows, w, zoomed, brush);
  const sort = { title: titleOf(rows), reversed: options.reversed };
  const list = listOf(rows);
  const chosen = isFocused ? chosenAt(list.keys, options.cursor) : -1;
  const [header, ...body] = table(columns, rows.venues, w, brush, { sort, chosen });
  const sticky = [...summary(rows, live, w, h, brush), ...(h >= 4 ? [header!] : [])];
  const lower = {
    title: 'OI-weighted 8h rate, %',
    reasons: rows.reasons,
    chart: (room: number) =>
      chart(
        {
          history,
          asset: frame.asset,
          now: frame.tsLocal,
          hours: chartHours,
          curves: [{ name: '8h %', of: ({ funding8h }) => funding8h, track: 'funding8h' }],
          format: (v, cells) => percent(v, cells, 4, { unit: '' }),
        },
        w,
        room,
        brush,
      ),
  };
  const numbers = [
    ...body,
    ...noneAdmitted(rows.venues, options.filter, w, brush),
    ...leftOut(rows.excluded, w, brush),
    ...(zoomed ? sections(rows, w, brush) : []),
  ];
  const scrolling = withLower(numbers, lower, sticky.length, zoomed, w, h, brush);
  const corner = stateCorner(rows.oiWeighted, rows, brush.ascii);
  return scrolled(sticky, scrolling, w, h, options, corner, brush, list);
}

const titleOf = (rows: FundingRows): string =>
  ({ venue: 'venue', '8h': '8h %', annual: 'annual %', z: 'z', next: 'next', spend: 'spend' })[
    rows.sort
  ];

/** The venues, which are the first lines below the head. */
const listOf = ({ venues }: FundingRows): RowList => ({
  keys: venues.map(({ venue }) => venue),
  lineOf: (at) => at,
});

/** The chosen venue. */
const copied: Panel['copied'] = ({ frame, options }) => {
  const rows = selectFunding(frame, options);
  return chosenRow(rows.venues, listOf(rows).keys, options, (row) => [
    cleanText(frame.asset),
    row.venue,
    cell('8h', row.rate8h, (v, w) => percent(v, w, 4, { sign: true })),
    cell('annual', row.rateAnnual, (v, w) => percent(v, w, 2, { sign: true })),
    cell('z', row.z, (v, w) => fixed(v, w, 2, { sign: true })),
    cell('next in', row.countdown, duration),
    cell('spend', row.spendUsd, compactUsd),
  ]);
};

/** All that is said of a venue: its perp, its other perps, its settlements and the pairs that it is one of. */
const detail: Panel['detail'] = ({ frame }, key) => {
  const { byVenue, calendar, arbitrage, others } = frame.funding;
  const venue = Object.keys(byVenue).find((one) => cleanText(one) === key);
  const entry = venue === undefined ? undefined : byVenue[venue as keyof typeof byVenue];
  if (entry === undefined) return null;
  /** Lines of those of a list that concern the venue. */
  const linesOf = <T>(list: string, all: readonly T[], isOf: (one: T) => boolean) =>
    all.flatMap((one, at) => (isOf(one) ? linesAt(frame, `funding.${list}.${at}`) : []));
  return {
    title: `${cleanText(frame.asset)} funding on ${key}`,
    sections: [
      { heading: 'perp', lines: linesAt(frame, `funding.byVenue.${venue}`) },
      {
        heading: 'next settlement',
        lines: linesOf('calendar', calendar, ({ instrument }) => instrument === entry.instrument),
      },
      {
        heading: 'against other venues',
        lines: linesOf('arbitrage', arbitrage, ({ long, short }) =>
          [long, short].includes(venue as never),
        ),
      },
      {
        heading: 'further perps',
        lines: linesOf('others', others, (other) => other.venue === venue),
      },
      heardSection(frame, entry.instrument),
    ],
  };
};

export const fundingPanel: Panel = {
  id: 'funding',
  title: 'funding',
  sorts: FUNDING_SORTS,
  explains: ['funding.oiWeighted', 'funding.interpretation', 'funding'],
  copied,
  detail,
  draw,
};
