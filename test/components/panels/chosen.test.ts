import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { emptyHistory, remember } from '../../../components/history.ts';
import { WITH_ROWS } from '../../../components/keys/table.ts';
import { chosenAt, firstLine } from '../../../components/panels/cursor.ts';
import type { PanelId } from '../../../components/panels/ids.ts';
import { panels } from '../../../components/panels/index.ts';
import type { PanelOptions } from '../../../components/panels/panel.ts';
import { brushOf, picture } from '../../support/drawn.ts';
import { event, frame, series } from '../../support/frames.ts';
import { scan } from '../../support/scans.ts';

test('the keys know which panels have rows', () => {
  const detailed = Object.values(panels).filter(({ detail }) => detail !== undefined);
  expect(WITH_ROWS.toSorted()).toEqual(detailed.map(({ id }) => id).toSorted());
});

/** The ground of the selection. */
const GROUND = '\u001B[48;2;32;48;63m';

const FRAME = frame();
const HISTORY = emptyHistory();
remember(HISTORY, series());
for (let i = 0; i < 12; i += 1) remember(HISTORY, event('gateOpened', `event ${i}`, i));
remember(HISTORY, FRAME);

const drawnOf = (
  id: PanelId,
  w: number,
  h: number,
  zoomed: boolean,
  options: Partial<PanelOptions>,
  isFocused = true,
) =>
  picture(panels[id], FRAME, w, h, {
    history: HISTORY,
    scan: scan(80),
    zoomed,
    isFocused,
    options,
    brush: brushOf(24),
  });

describe.each(WITH_ROWS)('the rows of %s', (id) => {
  test.prop(
    [
      fc.integer({ min: 24, max: 220 }),
      fc.integer({ min: 4, max: 70 }),
      fc.boolean(),
      fc.nat(100),
      fc.nat(120),
    ],
    { numRuns: 8 },
  )(
    'lie where the panel says they do, and only the chosen one is marked',
    (w, h, zoomed, nth, scroll) => {
      const before = drawnOf(id, w, h, zoomed, {});
      const list = before.extent?.list;
      if (list === undefined) return;
      const at = nth % list.keys.length;
      const cursor = { key: list.keys[at]!, at, follows: true };
      const { rows, extent } = drawnOf(id, w, h, zoomed, { cursor, scroll });
      const { page, max } = extent!;
      const from = firstLine(list, cursor, scroll, page, max);
      const y = h - page + list.lineOf(chosenAt(list.keys, cursor)) - from;
      const marked = rows.flatMap((row, i) => (row.includes(GROUND) ? [i] : []));
      expect(marked[0]).toBe(y);
      // An event may take several rows, which are marked together.
      expect(marked).toEqual(marked.map((_, i) => y + i));
      if (id !== 'signals') expect(marked).toHaveLength(1);
      const quiet = drawnOf(id, w, h, zoomed, { cursor, scroll }, false);
      expect(quiet.rows.join('')).not.toContain(GROUND);
    },
  );

  test('are there at all, and every one has a detail', () => {
    const { extent } = drawnOf(id, 150, 60, true, {});
    const keys = extent!.list!.keys;
    expect(keys.length).toBeGreaterThan(1);
    const input = {
      frame: FRAME,
      frames: new Map([[FRAME.asset, FRAME]]),
      scan: scan(80),
      history: HISTORY,
      options: { scroll: 0, sort: 0, reversed: false, view: 0 },
    };
    for (const key of keys) {
      const detail = panels[id].detail!(input, key);
      expect(detail?.sections.flatMap(({ lines }) => lines).length, key).toBeGreaterThan(2);
    }
    expect(panels[id].detail!(input, 'nothing of the kind')).toBeNull();
  });
});
