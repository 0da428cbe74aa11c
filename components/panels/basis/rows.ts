import { fitted } from '../../format/cell-width.ts';
import { fixed } from '../../format/number.ts';
import { recent } from '../../history.ts';
import { scrolled, stateCorner, withLower } from '../document.ts';
import { chart, sparkline } from '../graphs.ts';
import { type Brush, line, type Part } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { roleIn, shown, signRole } from '../shown.ts';
import { bipolar } from '../strips.ts';
import { type BasisRows, selectBasis } from './select.ts';

/** At this z a bar is full. */
const FULL_Z = 3;

const asBps = (value: number, width: number): string =>
  fixed(value * 1e4, width, 2, { sign: true });

function kindRows(
  rows: BasisRows,
  live: Readonly<Record<'fair' | 'venue', readonly (number | null)[]>>,
  w: number,
  brush: Brush,
): string[] {
  return rows.kinds.map(({ label, says, basis, z }) => {
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
    if (w >= 62) parts.push('  ', sparkline(live[label], Math.min(40, w - 60), brush, 'dim'));
    if (w >= 100 + says.length) parts.push('  ', [says, 'dim']);
    return line(parts, w, brush);
  });
}

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
  const venue = recent(history, frame.asset, 'basisVenue', 900);
  const numbers = [...kindRows(rows, { fair, venue }, w, brush), ...legRows(rows, w, brush)];
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
  return scrolled([], scrolling, w, h, options.scroll, corner, brush);
}

export const basisPanel: Panel = {
  id: 'basis',
  title: 'basis',
  explains: ['basis'],
  draw,
};
