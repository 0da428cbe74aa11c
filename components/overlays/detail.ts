import { framed } from '../chrome/border.ts';
import { cellWidth, fitted } from '../format/cell-width.ts';
import type { Detail } from '../panels/detail.ts';
import { heading } from '../panels/document.ts';
import { type Brush, blank, exactly, line, type Part, wrapped } from '../panels/line.ts';
import type { Extent } from '../panels/panel.ts';

/** Rows that one number may take: a long reason is worth several. */
const MOST_ROWS = 4;
const GAP = 2;

function detailRows({ sections }: Detail, w: number, brush: Brush): string[] {
  const told = sections.filter(({ lines }) => lines.length > 0);
  const longest = Math.max(
    6,
    ...told.flatMap(({ lines }) => lines.map(({ label }) => cellWidth(label))),
  );
  const labelCells = Math.min(longest, Math.floor(w * 0.45));
  return told.flatMap(({ heading: words, lines }, i) => [
    ...(i === 0 ? [] : [blank(w)]),
    heading(words, w, brush),
    ...lines.flatMap(({ label, text, role }) =>
      wrapped(text, w - labelCells - GAP, MOST_ROWS, brush.ascii).map((row, at) =>
        line(
          [
            [fitted(at === 0 ? label : '', labelCells, { ascii: brush.ascii }), 'dim'],
            ' '.repeat(GAP),
            [row, role],
          ],
          w,
          brush,
        ),
      ),
    ),
  ]);
}

/**
 * The whole overlay, `w` cells wide and as high as it needs to be, `most` rows at most: all that is known of a row, from line `scroll` on.
 *
 * @param detail null where the row is gone.
 */
export function detailBox(
  detail: Detail | null,
  scroll: number,
  w: number,
  most: number,
  brush: Brush,
): { readonly rows: readonly string[]; readonly extent: Extent } {
  const inner = w - 4;
  const rows =
    detail === null
      ? [line([['this row is there no more', 'absent']], inner, brush)]
      : detailRows(detail, inner, brush);
  const room = Math.max(0, Math.min(rows.length, most - 2));
  const max = rows.length - room;
  const from = Math.min(max, Math.max(0, scroll));
  const [up, down] = brush.ascii ? ['^', 'v'] : ['↑', '↓'];
  const hidden = [from > 0 ? `${up}${from}` : '', from < max ? `${down}${max - from}` : ''];
  const more = hidden.filter(Boolean).join(' ');
  const keys: Part[] = [
    ...(more === '' ? [] : [[`${more}  `, 'dim'] as const]),
    ['y', 'key'],
    [' copy  ', 'dim'],
    ['Esc', 'key'],
    [' close', 'dim'],
  ];
  const title: Part[] = [
    ['detail ', 'dim'],
    [
      fitted(detail?.title ?? '', Math.min(cellWidth(detail?.title ?? ''), Math.max(0, w - 40)), {
        ascii: brush.ascii,
      }),
      'title',
    ],
  ];
  return {
    rows: framed(exactly(rows.slice(from, from + room), inner, room), title, keys, w, brush),
    extent: { min: 0, max, page: Math.max(1, room) },
  };
}
