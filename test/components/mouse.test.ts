import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../components/layout/layout.ts';
import { type Click, type Pointing, pointed, targetAt } from '../../components/mouse.ts';
import { PANEL_IDS, type PanelId } from '../../components/panels/ids.ts';
import type { MouseReport } from '../../components/terminal/tty-input.ts';
import { initialUi, type Ui } from '../../components/ui.ts';
import { T0 } from '../support/frames.ts';

const POINTING: Pointing = {
  around: {
    width: 120,
    height: 40,
    isFrozen: false,
    isPast: false,
    now: 0,
    row: () => null,
    extent: { min: 0, max: 10, page: 4 },
    targets: Array.from({ length: 11 }, () => null),
    copied: () => null,
    known: {
      ...{ assets: [], themes: [], panels: [], focused: '', sorts: [] },
      newest: T0,
      paths: () => [],
    },
  },
  last: null,
  at: 1000,
  extentOf: () => ({ min: 0, max: 20, page: 4 }),
  assetAt: (x) => (x >= 20 && x < 40 ? 'ETH' : null),
};

const report = (kind: MouseReport['kind'], x: number, y: number, button = 0): MouseReport => ({
  kind,
  button,
  x,
  y,
  shift: false,
  alt: false,
  ctrl: false,
});

const rectOf = (ui: Ui, panel: PanelId) =>
  layoutOf(120, 40, ui.focused, ui.zoomed, ui.preset).boxes.find((box) => box.panel === panel)!
    .rect;

/** A click some cells into a panel, from its upper left corner. */
function click(ui: Ui, panel: PanelId, dy: number, pointing: Partial<Pointing> = {}) {
  const { x, y } = rectOf(ui, panel);
  return pointed(ui, report('press', x + 5, y + dy), { ...POINTING, ...pointing });
}

describe('a click', () => {
  // The scanner is in no grid: it takes another's place once it has the focus.
  test.each(PANEL_IDS.filter((panel) => panel !== 'scanner'))(
    'focuses %s wherever it hits it, and zooms nothing',
    (panel) => {
      const ui = initialUi(panel === 'funding' ? 'book' : 'funding');
      for (const dy of [0, 1, 3]) {
        const next = click(ui, panel, dy);
        expect(next?.ui).toMatchObject({ focused: panel, zoomed: false });
      }
    },
  );

  test('on the title of what is focused zooms, and again leaves the zoom', () => {
    const ui = initialUi('funding');
    const zoomed = click(ui, 'funding', 0)!.ui;
    expect(zoomed).toMatchObject({ focused: 'funding', zoomed: true });
    expect(click(zoomed, 'funding', 0)!.ui.zoomed).toBe(false);
  });

  test('in the body of what is focused does nothing, twice in a row zooms', () => {
    const ui = initialUi('funding');
    const { x, y } = rectOf(ui, 'funding');
    expect(click(ui, 'funding', 2)).toBeNull();
    const last: Click = { x: x + 5, y: y + 2, at: 700 };
    expect(click(ui, 'funding', 2, { last })?.ui.zoomed).toBe(true);
    expect(click(ui, 'funding', 2, { last, at: 1101 })).toBeNull();
    expect(click(ui, 'funding', 3, { last })).toBeNull();
  });

  test('on the tab of an asset shows it, beside the tabs nothing', () => {
    const ui = initialUi();
    expect(pointed(ui, report('press', 25, 0), POINTING)).toEqual({
      ui,
      wish: { kind: 'chooseAsset', asset: 'ETH' },
    });
    expect(pointed(ui, report('press', 60, 0), POINTING)).toBeNull();
    expect(pointed(ui, report('press', 25, 1), POINTING)).toBeNull();
    expect(pointed(ui, report('press', 25, 39), POINTING)).toBeNull();
  });

  test('with another button, a release or a movement does nothing', () => {
    const ui = initialUi('funding');
    const { x, y } = rectOf(ui, 'book');
    expect(pointed(ui, report('press', x, y, 2), POINTING)).toBeNull();
    expect(pointed(ui, report('release', x, y), POINTING)).toBeNull();
    expect(pointed(ui, report('move', x, y), POINTING)).toBeNull();
  });

  test('does nothing while something lies over the panels or a line is typed', () => {
    const over: Ui[] = [
      { ...initialUi('funding'), help: 0 },
      { ...initialUi('funding'), explaining: { trail: [], chosen: [0], filter: '' } },
      { ...initialUi('funding'), prompt: { kind: 'command', text: '', at: 0 } as never },
    ];
    for (const ui of over) expect(click(ui, 'book', 1)).toBeNull();
  });
});

describe('the wheel', () => {
  const turn = (ui: Ui, kind: 'wheelUp' | 'wheelDown', panel: PanelId, given = {}) => {
    const { x, y } = rectOf(ui, panel);
    return pointed(ui, report(kind, x + 3, y + 2), { ...POINTING, ...given })?.ui;
  };

  test('scrolls the panel under the pointer by three rows, and leaves the focus where it is', () => {
    const ui = initialUi('funding');
    const down = turn(ui, 'wheelDown', 'book')!;
    expect(down.focused).toBe('funding');
    expect(down.panels.book.scroll).toBe(3);
    expect(down.panels.funding).toBe(ui.panels.funding);
    expect(turn(down, 'wheelUp', 'book')!.panels.book.scroll).toBe(0);
  });

  test('stops at both ends, those of a list that also goes upwards as well', () => {
    const ui = initialUi('funding');
    expect(turn(ui, 'wheelUp', 'book')).toBeUndefined();
    const book = { extentOf: () => ({ min: -4, max: 4, page: 4 }) };
    expect(turn(ui, 'wheelUp', 'book', book)!.panels.book.scroll).toBe(-3);
    const low = turn(turn(ui, 'wheelUp', 'book', book)!, 'wheelUp', 'book', book)!;
    expect(low.panels.book.scroll).toBe(-4);
  });

  test('moves in the help and in an explanation, wherever the pointer is', () => {
    const help = { ...initialUi('funding'), help: 2 };
    expect(turn(help, 'wheelDown', 'book')!.help).toBe(5);
    expect(turn(help, 'wheelUp', 'book')!.help).toBe(0);
    const explaining = { trail: [], chosen: [4], filter: '' };
    const list = turn({ ...initialUi('funding'), explaining }, 'wheelDown', 'book')!;
    expect(list.explaining?.chosen).toEqual([7]);
    expect(list.panels).toEqual(initialUi('funding').panels);
  });

  test('on the header and the footer scrolls nothing', () => {
    expect(pointed(initialUi(), report('wheelDown', 5, 0), POINTING)).toBeNull();
    expect(pointed(initialUi(), report('wheelDown', 5, 39), POINTING)).toBeNull();
  });
});

test('every cell of the screen has a target, and rows of a body count from its first', () => {
  const layout = layoutOf(120, 40, 'funding', false, 'overview');
  const { x, y } = layout.boxes.find(({ panel }) => panel === 'funding')!.rect;
  expect(targetAt(layout, { x, y: y + 1 })).toEqual({ kind: 'body', panel: 'funding', row: 0 });
  expect(targetAt(layout, { x, y })).toEqual({ kind: 'title', panel: 'funding' });
  for (let row = 2; row < 39; row += 1)
    for (let column = 0; column < 120; column += 1)
      expect(targetAt(layout, { x: column, y: row }).kind).toMatch(/title|body/);
});

describe('rows', () => {
  const list = { keys: ['a', 'b', 'c', 'd', 'e', 'f'], lineOf: (at: number) => at };
  const withRows = (ui: Ui, panel: PanelId) => {
    // A header row that does not scroll stands above.
    const page = rectOf(ui, panel).h - 3;
    return { extentOf: () => ({ min: 0, max: 3, page, list }) };
  };

  test('are chosen by a click, also in a panel that gets the focus by it', () => {
    const ui = initialUi('basis');
    const after = click(ui, 'funding', 3, withRows(ui, 'funding'))!;
    expect(after.ui.focused).toBe('funding');
    expect(after.ui.panels.funding.cursor).toMatchObject({ key: 'b', at: 1 });
    const header = click(after.ui, 'funding', 1, withRows(ui, 'funding'));
    expect(header).toBeNull();
  });

  test('are entered by a second click', () => {
    const ui = initialUi('funding');
    const { x, y } = rectOf(ui, 'funding');
    const around = { ...POINTING.around, row: () => ({ key: 'b', asset: null }) };
    const last = { x: x + 5, y: y + 3, at: 900 };
    const after = click(ui, 'funding', 3, { ...withRows(ui, 'funding'), around, last })!;
    expect(after.ui.detail).toEqual({ key: 'b', scroll: 0 });
  });

  test('stay chosen while the wheel moves the view away from them', () => {
    const ui = initialUi('funding');
    const chosen = click(ui, 'funding', 2, withRows(ui, 'funding'))!.ui;
    const { x, y } = rectOf(chosen, 'funding');
    const pointing = { ...POINTING, ...withRows(ui, 'funding') };
    const turned = pointed(chosen, report('wheelDown', x + 5, y + 3), pointing)!.ui;
    expect(turned.panels.funding).toMatchObject({
      scroll: 3,
      cursor: { key: 'a', follows: false },
    });
  });
});
