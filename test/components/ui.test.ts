import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { BINDINGS, bindingFor } from '../../components/keys/table.ts';
import { PANEL_IDS } from '../../components/panels/ids.ts';
import {
  CHART_HOURS,
  contextOf,
  initialUi,
  pressed,
  type Surroundings,
  type Ui,
  type Wish,
} from '../../components/ui.ts';

const AROUND: Surroundings = {
  width: 120,
  height: 40,
  isFrozen: false,
  extent: { min: 0, max: 10, page: 4 },
};

/** Presses keys by name, as the screen does. */
function press(start: Ui, keys: readonly string[], around: Partial<Surroundings> = {}) {
  let ui = start;
  const wishes: Wish[] = [];
  for (const key of keys) {
    const binding = bindingFor(BINDINGS, key, contextOf(ui), ui.focused);
    if (binding === undefined) continue;
    const next = pressed(ui, binding.action, { ...AROUND, ...around });
    ui = next.ui;
    if (next.wish !== null) wishes.push(next.wish);
  }
  return { ui, wishes };
}

const everyKey = [...new Set(BINDINGS.flatMap(({ keys }) => keys))];

test('every key of the table does something somewhere', () => {
  const starts: [Ui, Partial<Surroundings>][] = PANEL_IDS.flatMap(
    (id): [Ui, Partial<Surroundings>][] => [
      [{ ...initialUi(id), chartHours: 72 }, { extent: { min: -3, max: 10, page: 4 } }],
      [press({ ...initialUi(id), zoomed: true }, ['j', 'j', 'j']).ui, {}],
      [{ ...initialUi(id), help: 5 }, {}],
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
