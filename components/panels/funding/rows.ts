import { cleanText, fitted } from '../../format/cell-width.ts';
import { compactUsd, fixed, percent } from '../../format/number.ts';
import { age, duration } from '../../format/time.ts';
import { recent } from '../../history.ts';
import { cell, firstRow } from '../copied.ts';
import { noneAdmitted, scrolled, stateCorner, withLower } from '../document.ts';
import { chart, sparkline } from '../graphs.ts';
import { type Brush, blank, line, type Part, spread, wrapped } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { markSign, oldestAge, roleIn, shown, shownWord, signRole } from '../shown.ts';
import { bipolar } from '../strips.ts';
import { type Column, table } from '../table.ts';
import { FUNDING_SORTS, type FundingRow, type FundingRows, selectFunding } from './select.ts';

/** At this 8h rate a bar is full: the upper edge of the strong band (SPEC §7). */
const FULL_BAR = 0.0008;

const signed = { sign: true, unit: '' } as const;

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
      drop: 9,
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
      cell: (row, width) =>
        shown(row.z, width, (v, room) => fixed(v, room, 2, { sign: true }), brush),
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
      drop: 6,
      cell: (row, width) =>
        shown(row.intervalHours, width, (v, room) => fixed(v, room, 0, { unit: 'h' }), brush),
    },
    {
      title: 'spend',
      w: 8,
      drop: 4,
      cell: (row, width) =>
        shown(row.spendUsd, width, (v, room) => compactUsd(v, room, { sign: true }), brush),
    },
    rate('predicted', (row) => row.predicted, 9, 4, 7),
    rate('settled', (row) => row.settled, 8, 4, 5),
    rate('paid p.a.', (row) => row.settledAnnual, 9, 2, 8),
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
      title: 'age',
      w: 4,
      drop: 10,
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
  return [
    spread(
      [label, average, '  ', words],
      w < 80 ? [] : [['15m ', 'dim'], sparkline(live, Math.min(40, w - 68), brush, 'dim')],
      w,
      brush,
    ),
  ];
}

function excludedRow(rows: FundingRows, w: number, brush: Brush): string[] {
  if (rows.excluded.length === 0) return [];
  return [
    line(
      [
        ['left out: ', 'dim'],
        [rows.excluded.join('; '), 'stale'],
      ],
      w,
      brush,
    ),
  ];
}

/** The funding matrix of an asset. */
function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const { frame, history, options, chartHours, zoomed } = input;
  const rows = selectFunding(frame, options);
  const live = recent(history, frame.asset, 'funding8h', 900);
  const columns = columnsOf(rows, w, zoomed, brush);
  const sort = { title: titleOf(rows), reversed: options.reversed };
  const [header, ...body] = table(columns, rows.venues, w, brush, { sort });
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
    ...excludedRow(rows, w, brush),
  ];
  const scrolling = withLower(numbers, lower, sticky.length, zoomed, w, h, brush);
  const corner = stateCorner(rows.oiWeighted, rows, brush.ascii);
  return scrolled(sticky, scrolling, w, h, options.scroll, corner, brush);
}

const titleOf = (rows: FundingRows): string =>
  ({ venue: 'venue', '8h': '8h %', annual: 'annual %', z: 'z', next: 'next', spend: 'spend' })[
    rows.sort
  ];

/** The first venue shown. */
const copied: Panel['copied'] = ({ frame, options }) =>
  firstRow(selectFunding(frame, options).venues, options, (row) => [
    cleanText(frame.asset),
    row.venue,
    cell('8h', row.rate8h, (v, w) => percent(v, w, 4, { sign: true })),
    cell('annual', row.rateAnnual, (v, w) => percent(v, w, 2, { sign: true })),
    cell('z', row.z, (v, w) => fixed(v, w, 2, { sign: true })),
    cell('next in', row.countdown, duration),
    cell('spend', row.spendUsd, compactUsd),
  ]);

export const fundingPanel: Panel = {
  id: 'funding',
  title: 'funding',
  sorts: FUNDING_SORTS,
  explains: ['funding.oiWeighted', 'funding.interpretation', 'funding'],
  copied,
  draw,
};
