import type { Action, Binding } from '../keys/table.ts';
import { keyText } from '../keys/table.ts';
import type { PanelId } from '../panels/ids.ts';
import { type Brush, cellsOf, line, type Part, widthOf } from '../panels/line.ts';
import type { ScreenState } from '../screen-store.ts';

/** Hints in the order in which they are kept: what comes first goes last when the footer is too narrow. */
const HINTS: readonly Action[] = [
  'help',
  'quit',
  'zoom',
  'sort',
  'view',
  'longer',
  'nextAsset',
  'freeze',
  'nextPanel',
  'down',
  'nextTheme',
];

/** At most this many, so that a wide footer stays calm. */
const MOST_HINTS = 8;

export interface Hint {
  readonly key: string;
  readonly label: string;
}

/** The hints for a panel, the most important first. */
export function hintsFor(
  bindings: readonly Binding[],
  panel: PanelId,
  state: { readonly zoomed: boolean; readonly isFrozen: boolean; readonly assets: number },
  ascii: boolean,
): Hint[] {
  const order: readonly Action[] = state.isFrozen
    ? ['freeze', ...HINTS.filter((action) => action !== 'freeze')]
    : HINTS;
  return order.flatMap((action): Hint[] => {
    if (action === 'nextAsset' && state.assets < 2) return [];
    const binding = bindings.find(
      (one) =>
        one.action === action &&
        one.context !== 'help' &&
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

/** The footer: key hints of the focused panel at the left, the newest message at the right; hints give way first. */
export function footerRow(
  hints: readonly Hint[],
  notice: ScreenState['notice'],
  right: string,
  w: number,
  brush: Brush,
): string {
  const message: Part =
    notice === null ? [right, 'dim'] : [notice.text, notice.tone === 'warning' ? 'warn' : 'accent'];
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
