import type { Role } from '../../../themes/theme.ts';
import { cellWidth, cleanText, fitted } from '../../format/cell-width.ts';
import { compact, compactUsd, fixed, percent } from '../../format/number.ts';
import { cell, firstRow } from '../copied.ts';
import { noneAdmitted, scrolled, stateCorner, withLower } from '../document.ts';
import { chart } from '../graphs.ts';
import { type Brush, line, type Part, spread, wrapped } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { markSign, roleIn, shown, shownWord, signRole } from '../shown.ts';
import { bar } from '../strips.ts';
import { type Column, table } from '../table.ts';
import {
  OI_SORTS,
  type OpenInterestRow,
  type OpenInterestRows,
  selectOpenInterest,
} from './select.ts';

const percentSigned = (value: number, width: number): string =>
  percent(value, width, 2, { sign: true });

function totalRow(rows: OpenInterestRows, w: number, brush: Brush): string {
  const usd = shown(rows.usd, 8, compactUsd, brush, { role: 'title' });
  const coin = shown(
    rows.coin,
    Math.min(12, w - 14),
    (v, width) => fixed(v, width, 1, { thousands: true }),
    brush,
  );
  const unit: Part = [` ${fitted(rows.asset, Math.min(5, rows.asset.length))}`, 'dim'];
  const left: Part[] = w >= 44 ? [['lead ', 'dim'], usd, coin, unit] : [usd, coin, unit];
  const type = shownWord(rows.changeType, 16, brush, changeRole(rows));
  return w >= 44 ? spread(left, [type], w, brush) : line(left, w, brush);
}

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

function verdictRows(rows: OpenInterestRows, w: number, brush: Brush): string[] {
  if (w < 44) return narrowVerdict(rows, w, brush);
  const divergence = shownWord(rows.divergence, w < 72 ? w : 40, brush);
  const price: Part[] =
    w < 72
      ? []
      : [
          ['price 1h', 'dim'],
          shown(rows.priceChange1h, 9, percentSigned, brush, {
            role: signRole(rows.priceChange1h),
          }),
          ['  24h', 'dim'],
          shown(rows.priceChange24h, 9, percentSigned, brush, {
            role: signRole(rows.priceChange24h),
          }),
        ];
  return [spread([divergence], price, w, brush)];
}

function venueTable(rows: OpenInterestRows, reversed: boolean, w: number, brush: Brush): string[] {
  const columns: Column<OpenInterestRow>[] = [
    {
      title: 'venue',
      w: Math.min(12, Math.max(7, ...rows.venues.map(({ venue }) => venue.length))),
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
      drop: 2,
      cell: (row, width) => shown(row.coin, width, compact, brush),
    },
    {
      title: '',
      w: 6,
      drop: 3,
      grow: 24,
      cell: (row, width) => bar(row.ofLargest, width, brush, 'grid'),
    },
  ];
  return table(columns, rows.venues, w, brush, { sort: { title: rows.sort, reversed } });
}

function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const { frame, history, options, chartHours, zoomed } = input;
  const rows = selectOpenInterest(frame, options);
  const body = [
    totalRow(rows, w, brush),
    ...changeRows(rows, w, brush),
    ...verdictRows(rows, w, brush),
  ];
  if (h >= body.length + 1 + rows.venues.length) {
    body.push(
      ...venueTable(rows, options.reversed, w, brush),
      ...noneAdmitted(rows.venues, options.filter, w, brush),
    );
  }
  const lower = {
    title: `open interest in ${rows.asset}, and price`,
    reasons: rows.reasons,
    chart: (room: number) =>
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
        w,
        room,
        brush,
      ),
  };
  const scrolling = withLower(body, lower, 0, zoomed, w, h, brush);
  const corner = stateCorner(rows.usd, rows, brush.ascii);
  return scrolled([], scrolling, w, h, options.scroll, corner, brush);
}

/** The first venue of the table, which does not scroll. */
const copied: Panel['copied'] = ({ frame, options }) =>
  firstRow(selectOpenInterest(frame, options).venues, { ...options, scroll: 0 }, (row) => [
    cleanText(frame.asset),
    row.venue,
    cell('open interest', row.usd, compactUsd),
    `${cell('coin', row.coin, (v, w) => fixed(v, w, 1, { thousands: true }))} ${cleanText(frame.asset)}`,
  ]);

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
  draw,
};
