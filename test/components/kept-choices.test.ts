import { expect, test } from 'vitest';
import { keptOf, withKept } from '../../components/kept-choices.ts';
import { panels } from '../../components/panels/index.ts';
import { initialUi, type Ui } from '../../components/ui.ts';

const sorted = (ui: Ui, sort: number, reversed: boolean): Ui => ({
  ...ui,
  panels: { ...ui.panels, funding: { ...ui.panels.funding, sort, reversed } },
});
const columns = panels.funding.sorts!;

test('choices come back as they were, the sort by its column', () => {
  const ui = { ...sorted(initialUi('book'), columns.length + 1, true), chartHours: 720 as const };
  const kept = keptOf(ui);
  expect(kept).toEqual({
    panel: 'book',
    chartHours: 720,
    sorts: { funding: { column: columns[1], reversed: true } },
  });
  const back = withKept(initialUi(), JSON.parse(JSON.stringify(kept)), 120, 40);
  expect(keptOf(back)).toEqual(kept);
  expect(back.panels.funding).toMatchObject({ sort: 1, reversed: true });
  expect(back.zoomed).toBe(false);
});

test('a panel that is sorted as it begins keeps nothing', () => {
  expect(keptOf(sorted(initialUi(), columns.length, false)).sorts).toEqual({});
});

test('what is not there any more counts as not chosen', () => {
  const ui = initialUi('signals');
  const kept = {
    panel: 'gone',
    chartHours: 25,
    sorts: {
      funding: { column: 'gone', reversed: true },
      gone: { column: 'x', reversed: true },
      signals: { column: 'venue', reversed: true },
    },
  };
  expect(withKept(ui, kept, 120, 40)).toEqual(ui);
  expect(withKept(ui, {}, 120, 40)).toEqual(ui);
});
