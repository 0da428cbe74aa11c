import type { Move } from '../panels/cursor.ts';
import { PANEL_IDS, PANEL_KEYS, type PanelId } from '../panels/ids.ts';

/** What a key can ask for. `panel:…` focuses that panel. */
export type Action =
  | 'quit'
  | 'help'
  | 'back'
  | 'redraw'
  | 'suspend'
  | 'nextPanel'
  | 'previousPanel'
  | 'panelLeft'
  | 'panelRight'
  | 'panelUp'
  | 'panelDown'
  | Move
  | 'zoom'
  | 'enter'
  | 'freeze'
  | 'nextAsset'
  | 'previousAsset'
  | 'nextTheme'
  | 'previousTheme'
  | 'faster'
  | 'slower'
  | 'sort'
  | 'reverse'
  | 'view'
  | 'longer'
  | 'shorter'
  | 'explain'
  | 'follow'
  | 'return'
  | 'filter'
  | 'command'
  | 'copy'
  | 'nextLayout'
  | 'previousLayout'
  | 'stepBack'
  | 'stepForward'
  | 'leapBack'
  | 'leapForward'
  | 'nextTurn'
  | 'previousTurn'
  | 'mark'
  | 'toMark'
  | 'now'
  | `panel:${PanelId}`;

/** Where a key works: everywhere, on the panels while no overlay is open, in the help, in an explanation, or in the detail of a row. */
export type KeyContext = 'always' | 'panels' | 'help' | 'explain' | 'detail';

export interface Binding {
  readonly action: Action;
  readonly context: KeyContext;
  /** Names as `keyName` gives them: `q`, `Q`, `ctrl+c`, `shift+tab`, `up`, `f1`, `space`. */
  readonly keys: readonly string[];
  /** One or two words for the footer. */
  readonly label: string;
  /** What it does, for the help. */
  readonly description: string;
  /** Panels it works on; every panel when not given. */
  readonly panels?: readonly PanelId[];
}

const PANEL_TITLES: Readonly<Record<PanelId, string>> = {
  funding: 'funding',
  openInterest: 'open interest',
  liquidations: 'liquidations',
  basis: 'basis',
  book: 'book',
  signals: 'signals',
  trust: 'trust',
  flow: 'flow',
  options: 'options',
  scanner: 'scanner',
};

const panelBindings: readonly Binding[] = PANEL_IDS.map((panel) => ({
  action: `panel:${panel}`,
  context: 'panels',
  keys: [PANEL_KEYS[panel]],
  label: PANEL_TITLES[panel],
  description: `Go to ${PANEL_TITLES[panel]}`,
}));

/** Panels that draw charts over closed cells. */
const CHARTED: readonly PanelId[] = ['funding', 'openInterest', 'basis', 'signals'];

/** Panels with columns to sort by. */
const SORTED: readonly PanelId[] = ['funding', 'openInterest', 'liquidations', 'flow', 'scanner'];

/** Panels with rows that can be chosen. */
export const WITH_ROWS: readonly PanelId[] = [
  'funding',
  'openInterest',
  'liquidations',
  'signals',
  'trust',
  'options',
  'scanner',
];

/** Panels with rows that can be filtered. */
const FILTERED: readonly PanelId[] = [
  'funding',
  'openInterest',
  'liquidations',
  'signals',
  'trust',
  'scanner',
];

/** Movement in an overlay. */
const movement = (context: 'help' | 'explain' | 'detail', what: string): readonly Binding[] => [
  {
    action: 'up',
    context,
    keys: ['k', 'up'],
    label: 'up',
    description: `${what} up`,
  },
  {
    action: 'down',
    context,
    keys: ['j', 'down'],
    label: 'scroll',
    description: `${what} down`,
  },
  {
    action: 'pageUp',
    context,
    keys: ['pageup', 'ctrl+u'],
    label: 'page up',
    description: `${what} up by a page`,
  },
  {
    action: 'pageDown',
    context,
    keys: ['pagedown', 'ctrl+d', 'space'],
    label: 'page down',
    description: `${what} down by a page`,
  },
  {
    action: 'top',
    context,
    keys: ['g', 'home'],
    label: 'top',
    description: `${what} to the top`,
  },
  {
    action: 'bottom',
    context,
    keys: ['G', 'end'],
    label: 'bottom',
    description: `${what} to the end`,
  },
];

/** Every key of the screen, in the order of the help. Dispatch, footer and help all read this table and nothing else. */
export const BINDINGS: readonly Binding[] = [
  {
    action: 'sort',
    context: 'panels',
    keys: ['s'],
    label: 'sort',
    description: 'Sort by the next column',
    panels: SORTED,
  },
  {
    action: 'reverse',
    context: 'panels',
    keys: ['S'],
    label: 'reverse',
    description: 'Reverse the order',
    panels: SORTED,
  },
  {
    action: 'view',
    context: 'panels',
    keys: ['v'],
    label: 'instrument',
    description: 'Show the next instrument',
    panels: ['book'],
  },
  {
    action: 'longer',
    context: 'panels',
    keys: ['w'],
    label: 'window',
    description: 'Longer charts: 1, 3, 7, 30 days',
    panels: CHARTED,
  },
  {
    action: 'shorter',
    context: 'panels',
    keys: ['W'],
    label: 'shorter',
    description: 'Shorter charts',
    panels: CHARTED,
  },
  {
    action: 'filter',
    context: 'panels',
    keys: ['/'],
    label: 'filter',
    description: 'Filter the rows as you type: Enter keeps, Esc clears, !x those without x',
    panels: FILTERED,
  },
  {
    action: 'explain',
    context: 'panels',
    keys: ['e'],
    label: 'explain',
    description: 'Where a number comes from: formula, inputs, window, what was left out',
  },
  {
    action: 'command',
    context: 'panels',
    keys: [':'],
    label: 'command',
    description: 'Command line: Tab completes, up and down recall',
  },
  {
    action: 'copy',
    context: 'panels',
    keys: ['y'],
    label: 'copy',
    description: 'Copy the chosen row, or the headline, to the clipboard',
  },
  {
    action: 'up',
    context: 'panels',
    keys: ['k', 'up'],
    label: 'up',
    description: 'To the row above; scroll where there are no rows',
  },
  {
    action: 'down',
    context: 'panels',
    keys: ['j', 'down'],
    label: 'scroll',
    description: 'To the row below; scroll where there are no rows',
  },
  {
    action: 'pageUp',
    context: 'panels',
    keys: ['pageup'],
    label: 'page up',
    description: 'Up by a page',
  },
  {
    action: 'pageDown',
    context: 'panels',
    keys: ['pagedown'],
    label: 'page down',
    description: 'Down by a page',
  },
  {
    action: 'halfPageUp',
    context: 'panels',
    keys: ['ctrl+u'],
    label: 'half up',
    description: 'Up by half a page',
  },
  {
    action: 'halfPageDown',
    context: 'panels',
    keys: ['ctrl+d'],
    label: 'half down',
    description: 'Down by half a page',
  },
  {
    action: 'top',
    context: 'panels',
    keys: ['g', 'home'],
    label: 'top',
    description: 'To the top; the book to its middle',
  },
  {
    action: 'bottom',
    context: 'panels',
    keys: ['G', 'end'],
    label: 'bottom',
    description: 'To the end',
  },
  {
    action: 'zoom',
    context: 'panels',
    keys: ['z'],
    label: 'zoom',
    description: 'Panel to the full screen and back',
  },
  {
    action: 'enter',
    context: 'panels',
    keys: ['enter'],
    label: 'detail',
    description: 'All that is known of the chosen row; in the scanner to an asset that is watched',
    panels: WITH_ROWS,
  },
  {
    action: 'enter',
    context: 'panels',
    keys: ['enter'],
    label: 'zoom',
    description: 'Panel to the full screen',
    panels: PANEL_IDS.filter((id) => !WITH_ROWS.includes(id)),
  },
  {
    action: 'back',
    context: 'always',
    keys: ['escape'],
    label: 'back',
    description: 'Close what is open, leave the zoom, clear the filter, follow the feeds again',
  },
  {
    action: 'nextPanel',
    context: 'panels',
    keys: ['tab'],
    label: 'panel',
    description: 'Next panel',
  },
  {
    action: 'previousPanel',
    context: 'panels',
    keys: ['shift+tab'],
    label: 'panel',
    description: 'Previous panel',
  },
  {
    action: 'panelLeft',
    context: 'panels',
    keys: ['h', 'left'],
    label: 'left',
    description: 'Panel to the left; previous panel in the zoom',
  },
  {
    action: 'panelRight',
    context: 'panels',
    keys: ['l', 'right'],
    label: 'right',
    description: 'Panel to the right; next panel in the zoom',
  },
  {
    action: 'panelUp',
    context: 'panels',
    keys: ['K', 'shift+up'],
    label: 'above',
    description: 'Panel above',
  },
  {
    action: 'panelDown',
    context: 'panels',
    keys: ['J', 'shift+down'],
    label: 'below',
    description: 'Panel below',
  },
  ...panelBindings,
  {
    action: 'nextAsset',
    context: 'panels',
    keys: ['a'],
    label: 'asset',
    description: 'Next asset',
  },
  {
    action: 'previousAsset',
    context: 'panels',
    keys: ['A'],
    label: 'asset',
    description: 'Previous asset',
  },
  {
    action: 'nextLayout',
    context: 'panels',
    keys: ['p'],
    label: 'layout',
    description:
      'Next choice of panels: overview, microstructure, derivatives, risk, trust, scanner',
  },
  {
    action: 'previousLayout',
    context: 'panels',
    keys: ['P'],
    label: 'layout',
    description: 'Previous choice of panels',
  },
  {
    action: 'freeze',
    context: 'panels',
    keys: ['space', 'f'],
    label: 'freeze',
    description: 'Hold the screen while the feeds go on, and follow again',
  },
  {
    action: 'stepBack',
    context: 'panels',
    keys: ['['],
    label: 'back',
    description: 'A second back in time while the feeds go on; a number before it takes so many',
  },
  {
    action: 'stepForward',
    context: 'panels',
    keys: [']'],
    label: 'forward',
    description: 'A second forward; from the last one back to now',
  },
  {
    action: 'leapBack',
    context: 'panels',
    keys: ['{'],
    label: 'minute back',
    description: 'A minute back',
  },
  {
    action: 'leapForward',
    context: 'panels',
    keys: ['}'],
    label: 'minute forward',
    description: 'A minute forward',
  },
  {
    action: 'nextTurn',
    context: 'panels',
    keys: ['n'],
    label: 'next event',
    description: 'Forward to the next gate, regime or cascade event',
  },
  {
    action: 'previousTurn',
    context: 'panels',
    keys: ['N'],
    label: 'event',
    description: 'Back to the gate, regime or cascade event before',
  },
  {
    action: 'mark',
    context: 'panels',
    keys: ['m'],
    label: 'mark',
    description: 'Mark the instant shown',
  },
  {
    action: 'toMark',
    context: 'panels',
    keys: ["'"],
    label: 'to mark',
    description: 'To the mark before, from the first one to the newest',
  },
  {
    action: 'now',
    context: 'panels',
    keys: ['0'],
    label: 'now',
    description: 'Back to the newest frame',
  },
  {
    action: 'nextTheme',
    context: 'panels',
    keys: ['t'],
    label: 'theme',
    description: 'Next theme',
  },
  {
    action: 'previousTheme',
    context: 'panels',
    keys: ['T'],
    label: 'theme',
    description: 'Previous theme',
  },
  {
    action: 'faster',
    context: 'panels',
    keys: ['+', '='],
    label: 'faster',
    description: 'Draw more often',
  },
  {
    action: 'slower',
    context: 'panels',
    keys: ['-'],
    label: 'slower',
    description: 'Draw less often',
  },
  {
    action: 'redraw',
    context: 'always',
    keys: ['ctrl+l'],
    label: 'redraw',
    description: 'Draw the whole screen again',
  },
  {
    action: 'suspend',
    context: 'always',
    keys: ['ctrl+z'],
    label: 'suspend',
    description: 'Back to the shell; `fg` returns',
  },
  {
    action: 'help',
    context: 'always',
    keys: ['?', 'f1'],
    label: 'help',
    description: 'This help',
  },
  {
    action: 'quit',
    context: 'always',
    keys: ['q', 'ctrl+c'],
    label: 'quit',
    description: 'Leave; where something lies over the panels, q closes that',
  },
  ...movement('help', 'Help:'),
  ...movement('explain', 'Choose a row:'),
  {
    action: 'follow',
    context: 'explain',
    keys: ['enter', 'l', 'right'],
    label: 'follow',
    description: 'Explain the number of the chosen row, or the input it is',
  },
  {
    action: 'return',
    context: 'explain',
    keys: ['backspace', 'h', 'left'],
    label: 'return',
    description: 'To what was explained before',
  },
  {
    action: 'filter',
    context: 'explain',
    keys: ['/'],
    label: 'filter',
    description: 'Filter the list of numbers',
  },
  {
    action: 'copy',
    context: 'explain',
    keys: ['y'],
    label: 'copy',
    description: 'Copy the explanation, or that of the chosen row',
  },
  ...movement('detail', 'Detail:'),
  {
    action: 'copy',
    context: 'detail',
    keys: ['y'],
    label: 'copy',
    description: 'Copy the detail',
  },
];

const canMeet = (a: Binding, b: Binding): boolean => {
  if (a.context !== b.context && a.context !== 'always' && b.context !== 'always') return false;
  return a.panels === undefined || b.panels === undefined
    ? true
    : a.panels.some((panel) => b.panels?.includes(panel) === true);
};

/** Sentences about keys that would do two things in one place; empty when every key means one thing. */
export function conflictsIn(bindings: readonly Binding[]): string[] {
  const conflicts: string[] = [];
  for (const [i, a] of bindings.entries()) {
    for (const b of bindings.slice(i + 1)) {
      if (!canMeet(a, b)) continue;
      for (const key of a.keys.filter((one) => b.keys.includes(one))) {
        conflicts.push(`key '${key}' is bound to both '${a.action}' and '${b.action}'`);
      }
    }
  }
  return conflicts;
}

/** Names of keys with several letters. */
const NAMED_KEY =
  /^(?:(?:ctrl|shift)\+)?(?:up|down|left|right|pageup|pagedown|home|end|enter|tab|backspace|delete)$|^ctrl\+[a-z]$|^f(?:[1-9]|1\d|20)$|^escape$|^space$/;

/** Whether a name is that of a key a terminal can tell. */
const isKey = (name: string): boolean =>
  NAMED_KEY.test(name) || ([...name].length === 1 && /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(name));

/** Keys of one's own, by action. */
export type OwnKeys = Readonly<Record<string, string | readonly string[]>>;

/** What leaves the program whatever else is bound. */
const ALWAYS_LEAVES = 'ctrl+c';

/** The bindings with one's own keys in the place of those of the same actions; an action without keys has none any more, but Ctrl-C always leaves. */
export function rebound(bindings: readonly Binding[], own: OwnKeys): readonly Binding[] {
  return bindings.map((binding) => {
    if (!Object.hasOwn(own, binding.action)) return binding;
    const keys = [own[binding.action]!].flat();
    const isQuit = binding.action === 'quit' && !keys.includes(ALWAYS_LEAVES);
    return { ...binding, keys: isQuit ? [...keys, ALWAYS_LEAVES] : keys };
  });
}

/** What is wrong with keys of one's own, in a sentence with what would be right; undefined when nothing is. */
export function wrongIn(bindings: readonly Binding[], own: OwnKeys): string | undefined {
  const actions = new Set<string>(bindings.map(({ action }) => action));
  for (const [action, keys] of Object.entries(own)) {
    if (!actions.has(action))
      return `${action}: no such action, known are ${[...actions].join(', ')}`;
    const odd = [keys].flat().find((key) => !isKey(key));
    if (odd !== undefined)
      return `${action}: '${odd}' is no key; keys are like x, X, ctrl+u, shift+tab, pageup, f5, space`;
  }
  const [conflict] = conflictsIn(rebound(bindings, own));
  return conflict;
}

/** The binding that a key has on a panel, or in the help. */
export function bindingFor(
  bindings: readonly Binding[],
  key: string,
  context: Exclude<KeyContext, 'always'>,
  panel: PanelId,
): Binding | undefined {
  return bindings.find(
    (binding) =>
      binding.keys.includes(key) &&
      (binding.context === context || binding.context === 'always') &&
      (binding.panels === undefined || context === 'help' || binding.panels.includes(panel)),
  );
}

/** What Ink's `useInput` says about a key. */
export interface InkKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageDown: boolean;
  readonly pageUp: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly meta: boolean;
}

const NAMED = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const;

/** The name of a key as the table spells it; undefined for text that is no single key, such as a paste. */
export function keyName(input: string, key: InkKey): string | undefined {
  const named = NAMED.find(([flag]) => key[flag]);
  if (named !== undefined) {
    const modifier = key.ctrl ? 'ctrl+' : key.shift ? 'shift+' : '';
    return `${modifier}${named[1]}`;
  }
  if (key.meta || [...input].length !== 1) return undefined;
  if (key.ctrl) return `ctrl+${input}`;
  return input === ' ' ? 'space' : input;
}

const SYMBOLS: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  enter: 'Enter',
  escape: 'Esc',
  space: 'Space',
  tab: 'Tab',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  backspace: 'Backspace',
  delete: 'Del',
};

const ASCII_SYMBOLS: Readonly<Record<string, string>> = {
  ...SYMBOLS,
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
};

/** A key as people read it: `ctrl+u` → `Ctrl-U`, `up` → `↑`. */
export function keyText(key: string, ascii = false): string {
  const symbols = ascii ? ASCII_SYMBOLS : SYMBOLS;
  const parts = key.length > 1 && key.includes('+') ? key.split('+') : [key];
  const last = parts.at(-1)!;
  const name =
    symbols[last] ?? (/^f\d+$/.test(last) || parts.length > 1 ? last.toUpperCase() : last);
  return [...parts.slice(0, -1).map((part) => part[0]!.toUpperCase() + part.slice(1)), name].join(
    '-',
  );
}
