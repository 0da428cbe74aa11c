import { expect, test } from 'vitest';
import { emptyHistory } from '../../../components/history.ts';
import { PANEL_IDS } from '../../../components/panels/ids.ts';
import { panels } from '../../../components/panels/index.ts';
import type { Panel, PanelOptions } from '../../../components/panels/panel.ts';
import { absent } from '../../../src/model/reading.ts';
import { UNTOUCHED } from '../../support/drawn.ts';
import { frame } from '../../support/frames.ts';

const copied = (panel: Panel, options: Partial<PanelOptions> = {}, of = frame()) =>
  panel.copied?.({
    frame: of,
    frames: new Map([[of.asset, of]]),
    scan: null,
    history: emptyHistory(),
    options: { ...UNTOUCHED, ...options },
  });

test('the chosen row is copied, the first unless one was chosen, sorted and filtered as they are', () => {
  const venue = (options: Partial<PanelOptions>) => copied(panels.funding, options)?.split('\t')[1];
  expect(venue({})).toBe('binance');
  expect(venue({ reversed: true })).toBe('okx');
  expect(venue({ filter: '!binance' })).toBe('bybit');
  const cursor = { key: 'bybit', at: 1, follows: true };
  expect(venue({ cursor })).toBe('bybit');
  expect(venue({ cursor, reversed: true })).toBe('bybit');
  expect(venue({ cursor: { key: 'gone', at: 99, follows: true } })).toBe('okx');
  expect(copied(panels.funding, { filter: 'nowhere' })).toBeNull();
});

test('a number is copied with its marks, an absent one with its reason', () => {
  const base = frame();
  const { binance } = base.funding.byVenue;
  const byVenue = { binance: { ...binance!, z: absent('warming 3/168') } };
  const text = copied(panels.funding, {}, { ...base, funding: { ...base.funding, byVenue } });
  expect(text).toContain('z — (warming 3/168)');
});

test.each(PANEL_IDS)('what %s copies is one line of words and numbers', (id) => {
  const text = copied(panels[id]);
  expect(text ?? '').not.toMatch(/NaN|undefined|\[object|\n| {2}/);
});
