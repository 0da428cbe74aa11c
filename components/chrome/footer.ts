import { fitted } from '../format/cell-width.ts';
import { fixed } from '../format/number.ts';
import type { Action, Binding } from '../keys/table.ts';
import { keyText, WITH_ROWS } from '../keys/table.ts';
import type { PanelId } from '../panels/ids.ts';
import { type Brush, cellsOf, line, type Part, widthOf } from '../panels/line.ts';
import type { Prompt } from '../prompt.ts';
import type { ScreenState, TerminalLoad } from '../screen-store.ts';

/** Hints in the order in which they are kept: what comes first goes last when the footer is too narrow. */
const HINTS: readonly Action[] = [
  'help',
  'quit',
  'zoom',
  'explain',
  'enter',
  'sort',
  'filter',
  'view',
  'longer',
  'nextAsset',
  'freeze',
  'command',
  'nextPanel',
  'down',
  'nextTheme',
];

/** What one wants to know in the past. */
const TRAVEL_HINTS: readonly Action[] = [
  'now',
  'stepBack',
  'stepForward',
  'leapBack',
  'nextTurn',
  'mark',
];

/** At most this many, so that a wide footer stays calm. */
const MOST_HINTS = 9;

export interface Hint {
  readonly key: string;
  readonly label: string;
}

/** The hints for a panel, the most important first. */
export function hintsFor(
  bindings: readonly Binding[],
  panel: PanelId,
  state: {
    readonly zoomed: boolean;
    readonly isFrozen: boolean;
    readonly isPast: boolean;
    readonly assets: number;
  },
  ascii: boolean,
): Hint[] {
  const first: readonly Action[] = state.isPast ? TRAVEL_HINTS : state.isFrozen ? ['freeze'] : [];
  const order = [...first, ...HINTS.filter((action) => !first.includes(action))];
  return order.flatMap((action): Hint[] => {
    if (action === 'nextAsset' && state.assets < 2) return [];
    // Elsewhere it does what the zoom does.
    if (action === 'enter' && !WITH_ROWS.includes(panel)) return [];
    const binding = bindings.find(
      (one) =>
        one.action === action &&
        (one.context === 'panels' || one.context === 'always') &&
        (one.panels === undefined || one.panels.includes(panel)),
    );
    const key = binding?.keys[0];
    if (binding === undefined || key === undefined) return [];
    const label =
      action === 'zoom' && state.zoomed
        ? 'overview'
        : action === 'freeze' && state.isFrozen
          ? 'follow'
          : binding.label;
    return [{ key: keyText(key, ascii), label }];
  });
}

/** That the line to the terminal carries fewer frames than are wanted; null while it carries them. */
export function heldText({
  heldBelow,
  framesPerSecond,
  linkBytesPerSecond,
}: TerminalLoad): Part | null {
  if (heldBelow === null || framesPerSecond.state === 'absent') return null;
  const link =
    linkBytesPerSecond.state === 'absent'
      ? 'slow terminal'
      : `link ${fixed(linkBytesPerSecond.value / 1000, 8, 0).trim()} kB/s`;
  const frames = framesPerSecond.value;
  return [
    `${link}: ${fixed(frames, 8, frames < 3 ? 1 : 0).trim()} of ${heldBelow} frames/s`,
    'warn',
  ];
}

/** The footer: key hints of the focused panel at the left, the newest message at the right; hints give way first. */
export function footerRow(
  hints: readonly Hint[],
  notice: ScreenState['notice'],
  right: Part,
  w: number,
  brush: Brush,
): string {
  const usual: Part = typeof right === 'string' ? [right, 'dim'] : right;
  const message: Part =
    notice === null ? usual : [notice.text, notice.tone === 'warning' ? 'warn' : 'accent'];
  const room = w - widthOf(message) - 3;
  const parts: Part[] = [' '];
  let used = 1;
  for (const { key, label } of hints.slice(0, MOST_HINTS)) {
    const hint: Part[] = [[key, 'key'], ' ', [label, 'dim'], '   '];
    const cells = cellsOf(hint);
    if (used + cells > room) break;
    parts.push(...hint);
    used += cells;
  }
  const gap = Math.max(0, w - used - widthOf(message) - 1);
  return line([...parts, ' '.repeat(gap), message], w, brush);
}

/** The footer while a line is typed: the line with its cursor at the left, what could stand there at the right. */
export function promptRow(
  prompt: Prompt,
  options: readonly string[],
  w: number,
  brush: Brush,
): string {
  const characters = [...cleanLine(prompt.text)];
  const room = Math.max(1, w - 4);
  // A line longer than the screen is seen around its cursor.
  const from = Math.max(0, Math.min(prompt.at - Math.floor(room / 2), characters.length - room));
  const seen = characters.slice(from, from + room);
  const at = prompt.at - from;
  const cursor: Part = {
    painted: brush.painter.on('selection').paint('title', seen[at] ?? ' '),
    cells: widthOf(seen[at] ?? ' '),
  };
  const left: Part[] = [
    ' ',
    [prompt.kind === 'filter' ? '/' : ':', 'key'],
    [seen.slice(0, at).join(''), 'title'],
    cursor,
    [seen.slice(at + 1).join(''), 'title'],
    '  ',
  ];
  const words: string =
    prompt.kind === 'filter' ? 'Enter keeps, Esc clears, !x those without x' : options.join('  ');
  const free = w - cellsOf(left) - 1;
  if (free < 8) return line(left, w, brush);
  const right: Part = [
    fitted(words, Math.min(free, widthOf(words)), { ascii: brush.ascii }),
    'dim',
  ];
  return line([...left, ' '.repeat(Math.max(0, free - widthOf(right))), right], w, brush);
}

/** Every character takes a place in the line, also one that is never drawn. */
const cleanLine = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ');
