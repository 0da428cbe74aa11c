import { sparkline } from '../../components/charts/sparkline.ts';
import { cleanText, fitted } from '../../components/format/cell-width.ts';
import { compactUsd, dash, fixed, percent } from '../../components/format/number.ts';
import { duration, instant } from '../../components/format/time.ts';
import type { ScanLine, ScanRow } from '../frame/scan.ts';
import type { Reading } from '../model/reading.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (row: ScanRow, width: number, scan: ScanLine) => string;
}

const MARKS = [
  ['partial', '½'],
  ['sampled', '≥'],
  ['estimated', '~'],
  ['polled', '¦'],
] as const;

/** A number with its gravest mark before it and `!` behind it when stale; `—` when absent. */
function cell<T>(
  reading: Reading<T>,
  width: number,
  format: (value: T, width: number) => string,
): string {
  if (reading.state === 'absent') return `${dash(width - 1)} `;
  const text = format(reading.value, width - 2).trimStart();
  const [, mark = ''] = MARKS.find(([name]) => reading[name] === true) ?? [];
  return (
    fitted(mark + text, width - 1, { align: 'right' }) + (reading.state === 'stale' ? '!' : ' ')
  );
}

const share = (decimals: number) => (value: number, width: number) =>
  percent(value, width, decimals, { sign: true, unit: '' });
const usd = (value: number, width: number) => compactUsd(value, width);

/** What a table shows, the most wanted columns first: those that do not fit any more are left out. Widths include the place of the stale mark. */
const COLUMNS: readonly Column[] = [
  { title: '#', width: 5, text: ({ rank }, width) => `${fixed(rank, width - 1, 0)} ` },
  {
    title: 'perp',
    width: 16,
    // Without venue and settlement, which is in the quote coin.
    text: ({ instrument }, width) =>
      `${fitted(cleanText(instrument.split(':')[1] ?? instrument), width - 1)} `,
  },
  {
    title: 'price',
    width: 13,
    text: ({ price, priceDecimals }, width) =>
      cell(price, width, (value, cells) => fixed(value, cells, priceDecimals)),
  },
  { title: '1h %', width: 9, text: ({ change1h }, width) => cell(change1h, width, share(2)) },
  { title: '24h %', width: 9, text: ({ change24h }, width) => cell(change24h, width, share(2)) },
  { title: 'volume', width: 10, text: (row, width) => cell(row.volume24hUsd, width, usd) },
  {
    title: 'fund 8h %',
    width: 11,
    text: ({ funding8h }, width) => cell(funding8h, width, share(4)),
  },
  { title: 'OI', width: 10, text: ({ oiUsd }, width) => cell(oiUsd, width, usd) },
  { title: 'OI 1h %', width: 9, text: (row, width) => cell(row.oiChange1h, width, share(2)) },
  {
    title: 'OIB',
    width: 8,
    text: ({ oib }, width) =>
      cell(oib, width, (value, cells) => fixed(value, cells, 2, { sign: true })),
  },
  {
    title: 'long liq',
    width: 10,
    text: (row, width) => cell(row.liquidatedLong1h, width, usd),
  },
  {
    title: 'short liq',
    width: 11,
    text: (row, width) => cell(row.liquidatedShort1h, width, usd),
  },
  { title: 'basis %', width: 9, text: ({ basisFair }, width) => cell(basisFair, width, share(3)) },
  {
    title: 'settles',
    width: 10,
    text: ({ nextFundingTs }, width, { tsLocal }) =>
      cell(nextFundingTs, width, (ts, cells) => duration(ts - tsLocal, cells)),
  },
  {
    title: 'spread',
    width: 8,
    text: ({ spreadBps }, width) =>
      cell(spreadBps, width, (value, cells) => fixed(value, cells, 2)),
  },
  { title: 'bids', width: 10, text: ({ depthBid }, width) => cell(depthBid, width, usd) },
  { title: 'asks', width: 10, text: ({ depthAsk }, width) => cell(depthAsk, width, usd) },
  { title: 'OI 24h %', width: 10, text: (row, width) => cell(row.oiChange24h, width, share(2)) },
  {
    title: 'last hour',
    width: 21,
    text: ({ trend }, width) =>
      `${sparkline(
        trend.map((price) => price ?? Number.NaN),
        width - 1,
      )} `,
  },
  {
    title: 'says',
    width: 17,
    text: ({ oiChangeType }, width) => fitted(oiChangeType.value ?? '—', width),
  },
];

/** Titles stand as their columns do: names at the left, numbers at the right. */
const titleOf = ({ title, width }: Column): string => {
  const isName = title === 'perp' || title === 'says' || title === 'last hour';
  return `${fitted(title, width - 1, { align: isName ? 'left' : 'right' })} `;
};

/** Where it comes from, how much of it is there, and what was asked of the venue for it. */
function heading(scan: ScanLine): string {
  const { source, origin, tsLocal, listed, books, feeds } = scan;
  const from = source === origin ? source : `${source} of ${origin}`;
  const weights = feeds.flatMap(({ rest }) =>
    rest
      .filter(({ used }) => used > 0)
      .map(({ pool, used, limit, state }) => {
        const held = state === 'ok' ? '' : ` ${state}`;
        return `${pool} ${used}/${limit}${held}`;
      }),
  );
  return [
    `${instant(tsLocal, 19)} UTC`,
    from,
    `${listed} perps`,
    `books ${books.whole}/${books.wanted}`,
    ...weights,
  ].join(' · ');
}

/**
 * A scan as an aligned table of at most `width` cells: as many columns as fit, a line of what is not right where something is not.
 *
 * @returns lines without their ends.
 */
export function scanTable(scan: ScanLine, width: number): string[] {
  let left = width;
  const columns = COLUMNS.filter((column) => {
    if (column.width > left) return false;
    left -= column.width;
    return true;
  });
  const notes = scan.quality.map(({ subject, state, reason }) => `${subject} ${state}: ${reason}`);
  return [
    heading(scan),
    ...(notes.length === 0 ? [] : [cleanText(notes.join('; '))]),
    columns.map(titleOf).join(''),
    ...scan.rows.map((row) =>
      columns.map((column) => column.text(row, column.width, scan)).join(''),
    ),
  ].map((line) => fitted(line, width).trimEnd());
}
