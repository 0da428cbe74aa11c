import { COMMANDS } from '../command.ts';
import { fitted } from '../format/cell-width.ts';
import { type Binding, type KeyContext, keyText } from '../keys/table.ts';
import type { PanelId } from '../panels/ids.ts';
import { type Brush, blank, line, wrapped } from '../panels/line.ts';
import { MARK_SIGNS } from '../panels/shown.ts';
import type { Rect } from '../terminal/screen.ts';

/** Where the help lies on a screen of this size. */
export function helpRect(width: number, height: number): Rect {
  const w = Math.min(76, width - 2);
  const h = Math.min(46, height - 2);
  return { x: (width - w) >> 1, y: Math.max(0, (height - h) >> 1), w, h };
}

const KEY_CELLS = 16;

function keyRows(bindings: readonly Binding[], w: number, brush: Brush): string[] {
  const { ascii } = brush;
  const cells = Math.min(KEY_CELLS, Math.floor(w * 0.4));
  return bindings.flatMap(({ keys, description }) => {
    const names = keys.map((key) => keyText(key, ascii)).join('  ');
    return wrapped(description, w - cells, 3, ascii).map((text, i) =>
      line([[fitted(i === 0 ? names : '', cells, { ascii }), 'key'], text], w, brush),
    );
  });
}

const isOnPanels = (context: KeyContext): boolean => context === 'panels' || context === 'always';

function commandRows(w: number, brush: Brush): string[] {
  const { ascii } = brush;
  const cells = Math.min(KEY_CELLS, Math.floor(w * 0.4));
  return COMMANDS.flatMap(({ name, takes, says }) =>
    wrapped(says, w - cells, 3, ascii).map((text, i) =>
      line([[fitted(i === 0 ? `${name} ${takes}` : '', cells, { ascii }), 'key'], text], w, brush),
    ),
  );
}

const MOUSE: readonly (readonly [what: string, does: string])[] = [
  ['click', 'focus the panel; on its title again, or double, zoom it; on an asset, show it'],
  ['wheel', 'scroll what is under the pointer'],
  ['Shift+drag', 'select text; the terminal does that itself while the mouse is off'],
];

function mouseRows(w: number, brush: Brush): string[] {
  const { ascii } = brush;
  const cells = Math.min(KEY_CELLS, Math.floor(w * 0.4));
  return MOUSE.flatMap(([what, does]) =>
    wrapped(does, w - cells, 3, ascii).map((text, i) =>
      line([[fitted(i === 0 ? what : '', cells, { ascii }), 'key'], text], w, brush),
    ),
  );
}

function legendRows(w: number, brush: Brush): string[] {
  const { ascii } = brush;
  const rows: [string, string][] = [
    [ascii ? '-' : '—', 'absent; the reason stands at the end of the zoomed panel'],
    ...MARK_SIGNS.map(({ sign, ascii: plain, meaning }): [string, string] => [
      ascii ? plain : sign,
      meaning,
    ]),
    [
      'stale 42s',
      'in a border, as 42s where there is little room: the oldest number in the panel is that old; stale numbers have a colour or slant of their own',
    ],
    [
      ascii ? '* . x o' : '● ◌ ✕ ○',
      'a feed or book is live, connecting or resyncing, lost, stale or waiting',
    ],
    ['z', 'distance from the trailing 7 days of hourly cells, in standard deviations'],
    ['D, q', 'strength of the drift, and the quantile of the last 30 days that opens its gate'],
    ['OIB', 'book imbalance: -1 asks only, +1 bids only'],
    ['days', 'open interest over 24 h volume: days to cover'],
    ['VPIN', 'imbalance of takers over 50 buckets of equal volume: 0 balanced, 1 one-sided'],
    ['λ t R²', 'bps that $1M of net buying moves the price, how sure, and how much flow explains'],
    ['OIB>mid', 'correlation of the book imbalance with what the mid did seconds later'],
    [
      ascii ? '* strike' : '◆ strike',
      'the strike of max pain; puts to the left, calls to the right',
    ],
    [ascii ? '-o-+-' : '─●━┃━', 'OIB now (dot) between its q10 and q90, the tick is its median'],
  ];
  return rows.flatMap(([sign, meaning]) =>
    wrapped(meaning, w - 12, 4, ascii).map((text, i) =>
      line(
        [
          [fitted(i === 0 ? sign : '', 12), 'key'],
          [text, 'text'],
        ],
        w,
        brush,
      ),
    ),
  );
}

/** The whole text of the help in rows of `w` cells: the focused panel's own keys, the keys of every panel, what the signs mean. */
export function helpRows(
  bindings: readonly Binding[],
  panel: PanelId,
  title: string,
  w: number,
  brush: Brush,
): string[] {
  const heading = (text: string): string => line([[text, 'title']], w, brush);
  const own = bindings.filter(
    ({ panels, context }) => isOnPanels(context) && panels?.includes(panel) === true,
  );
  const shared = bindings.filter(
    ({ panels, context }) => isOnPanels(context) && panels === undefined,
  );
  const explaining = bindings.filter(({ context }) => context === 'explain');
  const detailed = bindings.filter(({ context }) => context === 'detail');
  return [
    ...(own.length === 0 ? [] : [heading(title), ...keyRows(own, w, brush), blank(w)]),
    heading('every panel'),
    ...keyRows(shared, w, brush),
    blank(w),
    heading('in an explanation'),
    ...keyRows(explaining, w, brush),
    blank(w),
    heading('in the detail of a row'),
    ...keyRows(detailed, w, brush),
    blank(w),
    heading('commands, after :'),
    ...commandRows(w, brush),
    blank(w),
    heading('mouse, where started with --mouse'),
    ...mouseRows(w, brush),
    blank(w),
    heading('signs'),
    ...legendRows(w, brush),
  ];
}
