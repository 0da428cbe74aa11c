import type { Micros } from '../src/model/units.ts';
import { PRESETS, type Preset, presetNamed } from './layout/presets.ts';
import type { PanelId } from './panels/ids.ts';
import type { Travel } from './time-travel.ts';
import { TIMES, whenOf } from './when.ts';

/** What a command line can name on this screen. */
export interface Known {
  readonly assets: readonly string[];
  readonly themes: readonly string[];
  readonly panels: readonly { readonly id: PanelId; readonly title: string }[];
  /** The focused panel and the columns it can be sorted by. */
  readonly focused: string;
  readonly sorts: readonly string[];
  /** Time of the newest frame; 0 before the first. */
  readonly newest: Micros;
  /** Paths of the numbers of the frame shown; only looked at when one is asked for. */
  readonly paths: () => readonly string[];
}

/** What a command line asks for. */
export type Asked =
  | { readonly kind: 'asset'; readonly asset: string }
  | { readonly kind: 'theme'; readonly name: string }
  | { readonly kind: 'panel'; readonly panel: PanelId }
  | { readonly kind: 'layout'; readonly preset: Preset }
  | { readonly kind: 'sort'; readonly column: number }
  | { readonly kind: 'fps'; readonly fps: number }
  | { readonly kind: 'explain'; readonly path: string }
  | { readonly kind: 'travel'; readonly travel: Travel }
  | { readonly kind: 'filter'; readonly text: string }
  | { readonly kind: 'zoom' | 'freeze' | 'help' | 'quit' }
  /** What is wrong, and what would be right. */
  | { readonly kind: 'wrong'; readonly text: string };

interface Command {
  readonly name: string;
  /** After its name, for the help and for complaints. */
  readonly takes: string;
  readonly says: string;
  /** What can stand after it. */
  readonly values?: (known: Known) => readonly string[];
  readonly ask: (value: string, known: Known) => Asked;
}

const wrong = (text: string): Asked => ({ kind: 'wrong', text });

/** Words that a complaint lists at most. */
const MOST_NAMED = 8;

function listed(words: readonly string[]): string {
  if (words.length === 0) return 'none';
  const more = words.length > MOST_NAMED ? ', …' : '';
  return words.slice(0, MOST_NAMED).join(', ') + more;
}

/** The one that is meant: the word itself whatever its case, else the only one that begins so. */
function meant(word: string, words: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const exact = words.find((one) => one.toLowerCase() === lower);
  if (exact !== undefined || lower === '') return exact;
  const beginning = words.filter((one) => one.toLowerCase().startsWith(lower));
  return beginning.length === 1 ? beginning[0] : undefined;
}

/** One of the words, or what to say where it is none. */
function among(
  what: string,
  value: string,
  words: readonly string[],
  ask: (word: string) => Asked,
): Asked {
  const word = meant(value, words);
  if (word !== undefined) return ask(word);
  return wrong(
    value === ''
      ? `${what} takes one of ${listed(words)}`
      : `no ${what} '${value}'; there is ${listed(words)}`,
  );
}

const LEAST_FPS = 0.5;
const MOST_FPS = 60;

/** Short names that people type for a panel. */
const PANEL_ALIASES: Readonly<Record<string, PanelId>> = { oi: 'openInterest' };

const plain =
  (kind: 'zoom' | 'freeze' | 'help' | 'quit') =>
  (value: string): Asked =>
    value === '' ? { kind } : wrong(`${kind} takes nothing after it`);

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'asset',
    takes: 'NAME',
    says: 'Show another asset',
    values: ({ assets }) => assets,
    ask: (value, { assets }) =>
      among('asset', value, assets, (asset) => ({ kind: 'asset', asset })),
  },
  {
    name: 'panel',
    takes: 'NAME',
    says: 'Go to a panel',
    values: ({ panels }) => panels.map(({ id }) => id),
    ask: (value, { panels }) => {
      const byTitle = panels.find(({ title }) => title === value.toLowerCase())?.id;
      const name = byTitle ?? PANEL_ALIASES[value.toLowerCase()] ?? value;
      return among(
        'panel',
        name,
        panels.map(({ id }) => id),
        (id) => ({
          kind: 'panel',
          panel: id as PanelId,
        }),
      );
    },
  },
  {
    name: 'layout',
    takes: 'NAME',
    says: 'Another choice of panels',
    values: () => PRESETS,
    ask: (value) =>
      among('layout', value, PRESETS, (name) => ({ kind: 'layout', preset: presetNamed(name)! })),
  },
  {
    name: 'sort',
    takes: 'COLUMN',
    says: 'Sort the focused panel',
    values: ({ sorts }) => sorts,
    ask: (value, { sorts, focused }) =>
      sorts.length === 0
        ? wrong(`${focused} cannot be sorted`)
        : among('sort', value, sorts, (column) => ({
            kind: 'sort',
            column: sorts.indexOf(column),
          })),
  },
  {
    name: 'filter',
    takes: 'TEXT',
    says: 'Filter the rows of the focused panel; !TEXT inverts, nothing clears',
    ask: (text) => ({ kind: 'filter', text }),
  },
  {
    name: 'explain',
    takes: 'PATH',
    says: 'Where a number comes from',
    values: ({ paths }) => paths(),
    ask: (value, { paths }) => {
      const all = paths();
      const path = meant(value, all);
      if (path !== undefined) return { kind: 'explain', path };
      const last = value.split('.').at(-1)!.toLowerCase();
      const near = all.filter((one) => one.toLowerCase().includes(value === '' ? '' : last));
      return wrong(
        value === ''
          ? 'explain takes the path of a number, like drift.mu2'
          : `no number '${value}'${near.length === 0 ? '' : `; there is ${listed(near)}`}`,
      );
    },
  },
  {
    name: 'at',
    takes: 'TIME',
    says: `Another instant: ${TIMES}`,
    values: () => ['now'],
    ask: (value, { newest }) => {
      const travel = whenOf(value, newest);
      return travel === undefined ? wrong(`at takes ${TIMES}`) : { kind: 'travel', travel };
    },
  },
  {
    name: 'theme',
    takes: 'NAME',
    says: 'Another theme',
    values: ({ themes }) => themes,
    ask: (value, { themes }) => among('theme', value, themes, (name) => ({ kind: 'theme', name })),
  },
  {
    name: 'fps',
    takes: 'NUMBER',
    says: 'Frames a second',
    ask: (value) => {
      const fps = Number(value);
      return value !== '' && fps >= LEAST_FPS && fps <= MOST_FPS
        ? { kind: 'fps', fps }
        : wrong(`fps takes a number from ${LEAST_FPS} to ${MOST_FPS}`);
    },
  },
  { name: 'zoom', takes: '', says: 'Panel to the full screen and back', ask: plain('zoom') },
  { name: 'freeze', takes: '', says: 'Hold the screen, and follow again', ask: plain('freeze') },
  { name: 'help', takes: '', says: 'Keys, commands and signs', ask: plain('help') },
  { name: 'quit', takes: '', says: 'Leave', ask: plain('quit') },
];

const NAMES = COMMANDS.map(({ name }) => name);

function parts(text: string): { readonly name: string; readonly value: string } {
  const [, name = '', value = ''] = /^\s*(\S*)\s*(.*?)\s*$/u.exec(text) ?? [];
  return { name, value };
}

/** What a command line asks for; null of an empty one. The beginning of a name is enough where it is nobody else's. */
export function asked(text: string, known: Known): Asked | null {
  const { name, value } = parts(text);
  if (name === '') return null;
  const found = meant(name, NAMES);
  const command = COMMANDS.find((one) => one.name === found);
  if (command === undefined) return wrong(`no command '${name}'; there is ${NAMES.join(', ')}`);
  return command.ask(value, known);
}

/** How a command line goes on. */
export interface Completion {
  /** The line with as much more as is certain. */
  readonly text: string;
  /** What could stand there, one of several. */
  readonly options: readonly string[];
}

const commonStart = (words: readonly string[]): string => {
  const [first = ''] = words;
  let length = first.length;
  for (const word of words)
    while (!word.toLowerCase().startsWith(first.slice(0, length).toLowerCase())) length -= 1;
  return first.slice(0, length);
};

/** What Tab makes of a command line. */
export function completed(text: string, known: Known): Completion {
  const line = text.trimStart();
  const space = line.search(/\s/u);
  const head = space < 0 ? '' : line.slice(0, space);
  const word = space < 0 ? line : line.slice(space).trimStart();
  const command = COMMANDS.find(({ name }) => name === meant(head, NAMES));
  const words = space < 0 ? NAMES : (command?.values?.(known) ?? []);
  const options = words.filter((one) => one.toLowerCase().startsWith(word.toLowerCase()));
  if (options.length === 0) return { text, options };
  const prefix = space < 0 ? '' : `${command!.name} `;
  const [only] = options;
  const takesMore = space < 0 && COMMANDS.find(({ name }) => name === only)?.takes !== '';
  if (options.length === 1) return { text: `${prefix}${only}${takesMore ? ' ' : ''}`, options };
  const start = commonStart(options);
  return { text: prefix + (start.length > word.length ? start : word), options };
}
