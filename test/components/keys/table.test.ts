import { describe, expect, test } from 'vitest';
import {
  BINDINGS,
  type Binding,
  bindingFor,
  conflictsIn,
  type InkKey,
  keyName,
  keyText,
  rebound,
  wrongIn,
} from '../../../components/keys/table.ts';
import { PANEL_IDS, PANEL_KEYS } from '../../../components/panels/ids.ts';

const NO_KEY: InkKey = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
};

const binding = (keys: string[], more: Partial<Binding> = {}): Binding => ({
  action: 'zoom',
  context: 'panels',
  keys,
  label: '',
  description: '',
  ...more,
});

describe('conflicts', () => {
  test('the default keys have none', () => {
    expect(conflictsIn(BINDINGS)).toEqual([]);
  });

  test('the same key twice in one place is one, named with both actions', () => {
    expect(
      conflictsIn([binding(['x']), binding(['x'], { action: 'quit', context: 'always' })]),
    ).toEqual(["key 'x' is bound to both 'zoom' and 'quit'"]);
  });

  test('the same key in the help and on the panels is none, nor on different panels', () => {
    expect(conflictsIn([binding(['j']), binding(['j'], { context: 'help' })])).toEqual([]);
    expect(
      conflictsIn([binding(['v'], { panels: ['book'] }), binding(['v'], { panels: ['trust'] })]),
    ).toEqual([]);
    expect(conflictsIn([binding(['v'], { panels: ['book'] }), binding(['v'])])).toHaveLength(1);
  });
});

describe('finding a binding', () => {
  const actionOf = (key: string, context: 'panels' | 'help', panel: 'book' | 'funding' = 'book') =>
    bindingFor(BINDINGS, key, context, panel)?.action;

  test('keys of a panel only work on that panel', () => {
    expect(actionOf('v', 'panels', 'book')).toBe('view');
    expect(actionOf('v', 'panels', 'funding')).toBeUndefined();
    expect(actionOf('s', 'panels', 'funding')).toBe('sort');
  });

  test('in the help, panel keys are off and its own are on', () => {
    expect(actionOf('z', 'help')).toBeUndefined();
    expect(actionOf('space', 'help')).toBe('pageDown');
    expect(actionOf('q', 'help')).toBe('quit');
    expect(actionOf('ctrl+c', 'help')).toBe('quit');
  });

  test('every panel has the key that stands in its border: digits, then u for all perps', () => {
    for (const id of PANEL_IDS) expect(actionOf(PANEL_KEYS[id], 'panels')).toBe(`panel:${id}`);
    expect(PANEL_IDS.map((id) => PANEL_KEYS[id]).join('')).toBe('123456789u');
  });
});

describe('names of keys', () => {
  test.each([
    ['q', {}, 'q'],
    ['Q', { shift: true }, 'Q'],
    [' ', {}, 'space'],
    ['', { tab: true, shift: true }, 'shift+tab'],
    ['', { upArrow: true }, 'up'],
    ['', { upArrow: true, shift: true }, 'shift+up'],
    ['', { pageDown: true }, 'pagedown'],
    ['', { return: true }, 'enter'],
    ['', { escape: true, meta: true }, 'escape'],
    ['', { backspace: true }, 'backspace'],
    ['c', { ctrl: true }, 'ctrl+c'],
    ['漢', {}, '漢'],
  ] as const)('%j with %j is %j', (input, flags, name) => {
    expect(keyName(input, { ...NO_KEY, ...flags })).toBe(name);
  });

  test('a paste, an Alt combination and nothing at all are no keys', () => {
    expect(keyName('quit', NO_KEY)).toBeUndefined();
    expect(keyName('q', { ...NO_KEY, meta: true })).toBeUndefined();
    expect(keyName('', NO_KEY)).toBeUndefined();
  });

  test.each([
    ['ctrl+u', 'Ctrl-U'],
    ['shift+tab', 'Shift-Tab'],
    ['up', '↑'],
    ['f1', 'F1'],
    ['q', 'q'],
    ['+', '+'],
    ['space', 'Space'],
  ])('%s reads as %s', (key, text) => {
    expect(keyText(key)).toBe(text);
  });
});

describe('keys of one’s own', () => {
  test('stand in the place of the built-in ones, wherever the action works', () => {
    const bindings = rebound(BINDINGS, { zoom: ['x', 'f5'], down: 'U', sort: [] });
    expect(bindingFor(bindings, 'x', 'panels', 'funding')?.action).toBe('zoom');
    expect(bindingFor(bindings, 'f5', 'panels', 'funding')?.action).toBe('zoom');
    expect(bindingFor(bindings, 'z', 'panels', 'funding')).toBeUndefined();
    expect(bindingFor(bindings, 's', 'panels', 'funding')).toBeUndefined();
    for (const context of ['panels', 'help', 'explain'] as const)
      expect(bindingFor(bindings, 'U', context, 'book')?.action).toBe('down');
    expect(wrongIn(BINDINGS, { zoom: ['x', 'f5'], down: 'U', sort: [] })).toBeUndefined();
  });

  test('Ctrl-C leaves whatever they are', () => {
    const bindings = rebound(BINDINGS, { quit: 'Q' });
    expect(bindingFor(bindings, 'Q', 'help', 'book')?.action).toBe('quit');
    expect(bindingFor(bindings, 'ctrl+c', 'panels', 'book')?.action).toBe('quit');
    expect(wrongIn(BINDINGS, { zoom: 'ctrl+c' })).toBe(
      "key 'ctrl+c' is bound to both 'zoom' and 'quit'",
    );
  });

  test.each([
    [{ zom: 'x' }, /^zom: no such action, known are sort, /],
    [{ zoom: 'cltr+x' }, /^zoom: 'cltr\+x' is no key; keys are like x/],
    [{ zoom: ' ' }, /^zoom: ' ' is no key/],
    [{ zoom: 's' }, /^key 's' is bound to both 'sort' and 'zoom'$/],
    [{ constructor: 'x' }, /^constructor: no such action/],
  ])('%j is refused', (own, text) => {
    expect(wrongIn(BINDINGS, own)).toMatch(text);
  });

  test('swapping two keys is no conflict, and every built-in key is a key', () => {
    expect(wrongIn(BINDINGS, { zoom: 's', sort: 'z' })).toBeUndefined();
    const all = Object.fromEntries(BINDINGS.map(({ action, keys }) => [action, keys]));
    for (const [action, keys] of Object.entries(all))
      expect(wrongIn(BINDINGS, { [action]: keys }) ?? '').not.toContain('is no key');
  });
});
