import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { BINDINGS, bindingFor } from '../../components/keys/table.ts';
import { PANEL_IDS } from '../../components/panels/ids.ts';
import {
  CHART_HOURS,
  contextOf,
  initialUi,
  pressedKey,
  type Surroundings,
  typedKey,
  type Ui,
  type Wish,
} from '../../components/ui.ts';
import { T0 } from '../support/frames.ts';

const AROUND: Surroundings = {
  width: 120,
  height: 40,
  isFrozen: false,
  isPast: false,
  now: 0,
  extent: { min: 0, max: 10, page: 4 },
  targets: Array.from({ length: 11 }, (_, i) => `drift.n${i}`),
  row: () => null,
  copied: () => 'copied',
  known: {
    assets: ['BTC', 'ETH'],
    themes: ['dark', 'light'],
    panels: PANEL_IDS.map((id) => ({ id, title: id })),
    focused: 'funding',
    newest: T0,
    sorts: ['venue', '8h', 'annual'],
    paths: () => ['drift.mu', 'drift.mu2', 'basis.fair'],
  },
};

/** Presses keys by name, as the screen does. */
function press(start: Ui, keys: readonly string[], around: Partial<Surroundings> = {}) {
  let ui = start;
  const wishes: Wish[] = [];
  for (const key of keys) {
    if (ui.prompt !== null) {
      const text = key === 'space' ? ' ' : key;
      const next = typedKey(ui, key, text, { ...AROUND, ...around });
      ui = next.ui;
      if (next.wish !== null) wishes.push(next.wish);
      continue;
    }
    const binding = bindingFor(BINDINGS, key, contextOf(ui), ui.focused);
    const next = pressedKey(ui, key, binding?.action, { ...AROUND, ...around });
    if (next === undefined) continue;
    ui = next.ui;
    if (next.wish !== null) wishes.push(next.wish);
  }
  return { ui, wishes };
}

const everyKey = [...new Set(BINDINGS.flatMap(({ keys }) => keys))];

describe('a row of a panel', () => {
  const keys = Array.from({ length: 30 }, (_, i) => `row ${i}`);
  const list = { keys, lineOf: (at: number) => at };
  const extent = { min: 0, max: 22, page: 8, list };
  const cursorOf = ({ panels, focused }: Ui) => panels[focused].cursor;

  test('is chosen by the keys that scroll elsewhere, and each panel has its own', () => {
    const { ui } = press(initialUi('scanner'), ['j', 'j', 'down', 'k'], { extent });
    expect(cursorOf(ui)).toEqual({ key: 'row 2', at: 2, follows: true });
    expect(press(ui, ['G'], { extent }).ui.panels.scanner).toMatchObject({
      scroll: 22,
      cursor: { key: 'row 29' },
    });
    expect(press(ui, ['g'], { extent }).ui.panels.scanner.cursor?.key).toBe('row 0');
    expect(press(ui, ['pagedown'], { extent }).ui.panels.scanner.cursor?.key).toBe('row 10');
    expect(ui.panels.funding.cursor).toBeUndefined();
  });

  test('stays chosen when the rows are sorted or filtered', () => {
    const { ui } = press(initialUi('scanner'), ['j', 's', 'S', '/', 'x', 'enter'], { extent });
    expect(cursorOf(ui)?.key).toBe('row 1');
    expect(ui.panels.scanner).toMatchObject({ sort: 1, reversed: true, filter: 'x' });
  });

  test('is entered: its detail lies over the panels, scrolls, is copied, and closes', () => {
    const row = () => ({ key: 'row 1', asset: null });
    const open = press(initialUi('funding'), ['enter'], { extent, row });
    expect(open.ui.detail).toEqual({ key: 'row 1', scroll: 0 });
    expect(contextOf(open.ui)).toBe('detail');
    expect(open.ui.zoomed).toBe(false);
    const scrolled = press(open.ui, ['j', 'j', 'k', 'y']);
    expect(scrolled.ui.detail).toEqual({ key: 'row 1', scroll: 1 });
    expect(scrolled.wishes).toEqual([{ kind: 'copy', text: 'copied' }]);
    expect(cursorOf(scrolled.ui)).toBeUndefined();
    for (const key of ['q', 'escape']) expect(press(open.ui, [key]).ui.detail).toBeNull();
  });

  test('that is a watched asset leads to it, and out of the zoom', () => {
    const row = () => ({ key: 'binance:ETH/USDT:USDT', asset: 'ETH' });
    const { ui, wishes } = press({ ...initialUi('scanner'), zoomed: true }, ['enter'], { row });
    expect(wishes).toEqual([{ kind: 'chooseAsset', asset: 'ETH' }]);
    expect(ui).toMatchObject({ focused: 'signals', zoomed: false, detail: null });
  });

  test('where there is none, Enter zooms and z goes back', () => {
    const { ui } = press(initialUi('book'), ['enter', 'enter']);
    expect(ui).toMatchObject({ zoomed: true, detail: null });
    expect(press(ui, ['z']).ui.zoomed).toBe(false);
  });
});

test('every key of the table does something somewhere', () => {
  const starts: [Ui, Partial<Surroundings>][] = PANEL_IDS.flatMap(
    (id): [Ui, Partial<Surroundings>][] => [
      [{ ...initialUi(id), chartHours: 72 }, { extent: { min: -3, max: 10, page: 4 } }],
      [press({ ...initialUi(id), zoomed: true }, ['j', 'j', 'j']).ui, {}],
      [{ ...initialUi(id), help: 5 }, {}],
      [{ ...initialUi(id), detail: { key: 'a row', scroll: 5 } }, {}],
      [{ ...initialUi(id), explaining: { trail: [], chosen: [5], filter: '' } }, {}],
    ],
  );
  for (const { keys, action } of BINDINGS) {
    for (const key of keys) {
      const works = starts.some(([ui, around]) => {
        const after = press(ui, [key], around);
        return after.wishes.length > 0 || JSON.stringify(after.ui) !== JSON.stringify(ui);
      });
      expect(works, `${key} (${action})`).toBe(true);
    }
  }
});

test.prop([
  fc.array(fc.constantFrom(...everyKey), { maxLength: 60 }),
  fc.integer({ min: -5, max: 40 }),
])('whatever is pressed, what is chosen can be drawn', (keys, max) => {
  const extent = { min: Math.min(0, max), max: Math.max(0, max), page: 7 };
  const { ui } = press(initialUi(), keys, { extent });
  expect(PANEL_IDS).toContain(ui.focused);
  expect(CHART_HOURS).toContain(ui.chartHours);
  for (const { scroll, sort, view } of Object.values(ui.panels)) {
    expect(Number.isInteger(scroll)).toBe(true);
    expect(scroll).toBeGreaterThanOrEqual(extent.min);
    expect(scroll).toBeLessThanOrEqual(extent.max);
    expect(sort).toBeGreaterThanOrEqual(0);
    expect(view).toBeGreaterThanOrEqual(0);
  }
});

describe('scrolling', () => {
  const scrollAfter = (keys: string[], extent = AROUND.extent): number =>
    press(initialUi('liquidations'), keys, { extent }).ui.panels.liquidations.scroll;

  test('stops at both ends, so that going back answers at once', () => {
    expect(scrollAfter(['k', 'k', 'j'])).toBe(1);
    expect(scrollAfter([...Array(30).fill('j'), 'k'])).toBe(9);
  });

  test('goes by rows, half pages, pages and to the ends', () => {
    expect(scrollAfter(['down', 'j'])).toBe(2);
    expect(scrollAfter(['ctrl+d'])).toBe(2);
    expect(scrollAfter(['pagedown', 'pageup'])).toBe(0);
    expect(scrollAfter(['pagedown'])).toBe(4);
    expect(scrollAfter(['G'])).toBe(10);
    expect(scrollAfter(['end', 'home'])).toBe(0);
  });

  test('a book scrolls both ways and comes back to its middle', () => {
    const extent = { min: -20, max: 20, page: 10 };
    expect(scrollAfter(['k', 'k'], extent)).toBe(-2);
    expect(scrollAfter(['G', 'g'], extent)).toBe(0);
  });

  test('a panel that shrank is scrolled from where it ends now', () => {
    const far = press(initialUi('liquidations'), ['G']).ui;
    const near = press(far, ['k'], { extent: { min: 0, max: 3, page: 4 } }).ui;
    expect(near.panels.liquidations.scroll).toBe(2);
  });

  test('is remembered per panel and forgotten when the order changes', () => {
    const { ui } = press(initialUi('funding'), ['j', '3', 'j', 'j', '1']);
    expect(ui.panels.funding.scroll).toBe(1);
    expect(ui.panels.liquidations.scroll).toBe(2);
    expect(press(ui, ['s']).ui.panels.funding).toMatchObject({ scroll: 0, sort: 1 });
  });
});

describe('Escape', () => {
  test('goes one step back at a time and never leaves the program', () => {
    const deep = press(initialUi(), ['z', '?']).ui;
    const one = press(deep, ['escape']);
    expect(one.ui).toMatchObject({ help: null, zoomed: true });
    const two = press(one.ui, ['escape']);
    expect(two.ui.zoomed).toBe(false);
    expect(press(two.ui, ['escape'], { isFrozen: true }).wishes).toEqual([
      { kind: 'freeze', isFrozen: false },
    ]);
    expect(press(two.ui, ['escape']).wishes).toEqual([]);
  });
});

test('q closes the help before it leaves', () => {
  const { ui, wishes } = press(initialUi(), ['?', 'q']);
  expect(ui.help).toBeNull();
  expect(wishes).toEqual([]);
  expect(press(ui, ['q']).wishes).toEqual([{ kind: 'quit' }]);
});

test('left and right follow the grid in the overview and the numbers in the zoom', () => {
  expect(press(initialUi('funding'), ['l']).ui.focused).toBe('openInterest');
  expect(press(initialUi('funding'), ['right', 'right']).ui.focused).toBe('book');
  expect(press(initialUi('funding'), ['J']).ui.focused).toBe('flow');
  expect(press(initialUi('funding'), ['J', 'J']).ui.focused).toBe('liquidations');
  const last = PANEL_IDS.at(-1)!;
  expect(press(initialUi('funding'), ['z', 'h']).ui.focused).toBe(last);
  expect(press(initialUi(last), ['tab']).ui.focused).toBe('funding');
  expect(press(initialUi('funding'), ['shift+tab']).ui.focused).toBe(last);
});

describe('explaining', () => {
  test('goes from the list into a number, into its inputs, and back the same way', () => {
    const list = press(initialUi(), ['e', 'j', 'j']).ui;
    expect(list.explaining).toEqual({ trail: [], chosen: [2], filter: '' });
    const deep = press(list, ['enter', 'j', 'l']).ui;
    expect(deep.explaining).toEqual({
      trail: ['drift.n2', 'drift.n1'],
      chosen: [2, 1, 0],
      filter: '',
    });
    const back = press(deep, ['backspace', 'h']).ui;
    expect(back.explaining).toEqual(list.explaining);
    expect(press(back, ['left']).ui.explaining).toBeNull();
  });

  test('a row that leads nowhere stays where it is, and so does the end of a long trail', () => {
    const { ui } = press(initialUi(), ['e', 'enter'], { targets: [null] });
    expect(ui.explaining?.trail).toEqual([]);
    expect(press(initialUi(), ['e', ...Array(50).fill('l')]).ui.explaining?.trail).toHaveLength(32);
  });

  test('Escape and q close it and leave the zoom alone', () => {
    for (const key of ['escape', 'q']) {
      const { ui, wishes } = press(initialUi(), ['z', 'e', 'l', key]);
      expect(ui).toMatchObject({ explaining: null, zoomed: true });
      expect(wishes).toEqual([]);
    }
  });

  test('filters the list it shows and no panel', () => {
    const { ui } = press(initialUi('funding'), ['e', 'j', '/', 'o', 'k', 'enter']);
    expect(ui.explaining).toEqual({ trail: [], chosen: [0], filter: 'ok' });
    expect(ui.panels.funding.filter).toBeUndefined();
  });
});

describe('the filter of a panel', () => {
  test('follows every letter; Enter keeps it, Escape clears it', () => {
    const typing = press(initialUi('funding'), ['j', '/', 'o', 'k']).ui;
    expect(typing.panels.funding).toMatchObject({ filter: 'ok', scroll: 0 });
    const kept = press(typing, ['enter']).ui;
    expect(kept).toMatchObject({ prompt: null });
    expect(kept.panels.funding.filter).toBe('ok');
    expect(press(typing, ['escape']).ui.panels.funding.filter).toBe('');
    expect(press(kept, ['/', 'x']).ui.panels.funding.filter).toBe('okx');
  });

  test('is cleared by Escape after the zoom is left and before the freeze is', () => {
    const { ui } = press(initialUi('funding'), ['/', 'o', 'enter', 'z', 'escape']);
    expect(ui.zoomed).toBe(false);
    expect(ui.panels.funding.filter).toBe('o');
    const cleared = press(ui, ['escape'], { isFrozen: true });
    expect(cleared.ui.panels.funding.filter).toBe('');
    expect(cleared.wishes).toEqual([]);
  });

  test('keys are letters while it is typed', () => {
    const { ui, wishes } = press(initialUi('funding'), ['/', 'q', 't', '?', 'space', '1']);
    expect(ui.panels.funding.filter).toBe('qt? 1');
    expect(wishes).toEqual([]);
  });
});

describe('the command line', () => {
  const run = (line: string, start = initialUi('funding')) =>
    press(start, [':', ...[...line].map((one) => (one === ' ' ? 'space' : one)), 'enter']);

  test('does what keys do, and more', () => {
    expect(run('asset eth').wishes).toEqual([{ kind: 'chooseAsset', asset: 'ETH' }]);
    expect(run('theme light').wishes).toEqual([{ kind: 'chooseTheme', name: 'light' }]);
    expect(run('fps 4').wishes).toEqual([{ kind: 'chooseRate', fps: 4 }]);
    expect(run('q').wishes).toEqual([{ kind: 'quit' }]);
    expect(run('panel book').ui.focused).toBe('book');
    expect(run('sort annual').ui.panels.funding.sort).toBe(2);
    expect(run('filter !okx').ui.panels.funding.filter).toBe('!okx');
    expect(run('zoom').ui.zoomed).toBe(true);
    expect(run('help').ui.help).toBe(0);
    expect(run('explain drift.mu2').ui.explaining).toEqual({
      trail: ['drift.mu2'],
      chosen: [0, 0],
      filter: '',
    });
  });

  test('says what would be right, and lets the line be recalled', () => {
    const { ui, wishes } = run('theme blue');
    expect(wishes).toEqual([
      { kind: 'say', text: "no theme 'blue'; there is dark, light", tone: 'warning' },
    ]);
    expect(press(ui, [':', 'up']).ui.prompt?.text).toBe('theme blue');
  });

  test('Tab completes, Escape gives up', () => {
    expect(press(initialUi(), [':', 't', 'h', 'tab', 'l', 'tab']).ui.prompt?.text).toBe(
      'theme light',
    );
    expect(press(initialUi(), [':', 'q', 'escape'])).toMatchObject({
      ui: { prompt: null, commands: [] },
      wishes: [],
    });
  });
});

test('y copies what there is, and says where there is nothing', () => {
  expect(press(initialUi(), ['y']).wishes).toEqual([{ kind: 'copy', text: 'copied' }]);
  expect(press(initialUi(), ['y'], { copied: () => null }).wishes).toEqual([
    { kind: 'say', text: 'nothing here to copy', tone: 'warning' },
  ]);
});

describe('layouts', () => {
  test('p and P go through them, and the focus stays where it is shown', () => {
    const micro = press(initialUi('book'), ['p']);
    expect(micro.ui).toMatchObject({ preset: 'microstructure', focused: 'book' });
    expect(micro.wishes).toEqual([{ kind: 'layout', preset: 'microstructure' }]);
    expect(press(micro.ui, ['p']).ui).toMatchObject({ preset: 'derivatives', focused: 'funding' });
    expect(press(micro.ui, ['P']).ui.preset).toBe('overview');
    expect(press(initialUi(), ['P']).ui.preset).toBe('scanner');
    expect(press(initialUi(), ['P', 'P']).ui.preset).toBe('trust');
  });

  test('Tab and arrows stay inside; a digit of another panel leads back to the overview', () => {
    const ui = initialUi('funding', 'derivatives');
    const visited = ['tab', 'tab', 'tab', 'tab'].map((_, i) => press(ui, Array(i + 1).fill('tab')));
    expect(visited.map((after) => after.ui.focused)).toEqual([
      'openInterest',
      'basis',
      'signals',
      'funding',
    ]);
    expect(press(ui, ['l', 'J']).ui.focused).toBe('signals');
    expect(press(ui, ['5']).ui).toMatchObject({ preset: 'overview', focused: 'book' });
  });
});

describe('a count before a key', () => {
  const seconds = (wishes: readonly Wish[]) =>
    wishes.map((wish) =>
      wish.kind === 'travel' && wish.travel.to === 'step' ? wish.travel.seconds : wish,
    );

  test('takes a step so often, and its digits leave the focus where it was', () => {
    const { ui, wishes } = press(initialUi('basis'), ['3', '0', '[']);
    expect(seconds(wishes)).toEqual([-30]);
    expect(ui.focused).toBe('basis');
    expect(seconds(press(ui, [']', '2', '}', '{']).wishes)).toEqual([1, 120, -60]);
  });

  test('is forgotten after a second, and by every other key: then a digit was a panel', () => {
    const typed = press(initialUi('basis'), ['3']).ui;
    expect(typed.focused).toBe(PANEL_IDS[2]);
    const late = press(typed, ['['], { now: 1001 });
    expect(seconds(late.wishes)).toEqual([-1]);
    expect(late.ui.focused).toBe(PANEL_IDS[2]);
    expect(seconds(press(typed, ['j', '[']).wishes)).toEqual([-1]);
  });

  test('of events goes to the n-th, and 0 alone goes back to now', () => {
    expect(press(initialUi(), ['4', 'N', '0', 'n', "'", 'm']).wishes).toEqual([
      { kind: 'travel', travel: { to: 'turn', count: -4 } },
      { kind: 'travel', travel: { to: 'now' } },
      { kind: 'travel', travel: { to: 'turn', count: 1 } },
      { kind: 'travel', travel: { to: 'mark' } },
      { kind: 'mark' },
    ]);
  });

  test('never grows beyond its bound', () => {
    const { ui, wishes } = press(initialUi(), [...'9999999'.split(''), '[']);
    expect(seconds(wishes)).toEqual([-9999]);
    expect(ui.count).toBeNull();
  });
});

test('in the past Escape goes back to now once nothing else is open, and freezing says why it does not', () => {
  const past = { isPast: true };
  const { ui, wishes } = press({ ...initialUi(), zoomed: true }, ['escape', 'escape'], past);
  expect(ui.zoomed).toBe(false);
  expect(wishes).toEqual([{ kind: 'travel', travel: { to: 'now' } }]);
  expect(press(initialUi(), ['space'], past).wishes).toMatchObject([{ kind: 'say' }]);
});

test.each([
  [':at -5m', { to: 'ago', span: 300e6 }],
  [':at now', { to: 'now' }],
  [':at 2026-11-20T12:00', { to: 'instant', time: Date.UTC(2026, 10, 20, 12) * 1000 }],
])('%s travels', (line, travel) => {
  const { wishes } = press(initialUi(), [...line, 'enter']);
  expect(wishes).toEqual([{ kind: 'travel', travel }]);
});
