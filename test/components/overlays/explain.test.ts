import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { describe, expect } from 'vitest';
import {
  type Explaining,
  explainables,
  explainedText,
  explainRect,
  explainRows,
  labelOf,
  targetsOf,
} from '../../../components/overlays/explain.ts';
import { PANEL_IDS } from '../../../components/panels/ids.ts';
import { panels } from '../../../components/panels/index.ts';
import { explain } from '../../../src/frame/explain.ts';
import { brushOf, plain } from '../../support/drawn.ts';
import { frame } from '../../support/frames.ts';

const F = frame();
const LIST: Explaining = { trail: [], chosen: [0], filter: '' };

/** Cells of a row that stand on no ground of their own. */
function bareCells(row: string): number {
  let hasGround = false;
  let bare = 0;
  for (const piece of `m${row}`.split('\u001B[')) {
    const end = piece.indexOf('m');
    const codes = piece.slice(0, end);
    if (/(?:^|;)48;/.test(codes)) hasGround = true;
    else if (/^0?$|(?:^|;)49(?:;|$)/.test(codes)) hasGround = false;
    if (!hasGround) bare += piece.length - end - 1;
  }
  return bare;
}

const text = (explaining: Explaining, given = F, w = 108, h = 34): string =>
  explainRows(given, panels.signals, explaining, w, h, brushOf()).map(plain).join('\n');

test('the row chosen stands on the ground of the selection from its mark to the border', () => {
  for (const trail of [[], ['drift.mu'], ['basis.fair']]) {
    const explaining = { trail, chosen: [...trail.map(() => 0), 0], filter: '' };
    const rows = explainRows(F, panels.signals, explaining, 108, 34, brushOf(24));
    const chosen = rows.find((row) => plain(row).includes('▸'))!;
    // The borders and the cell within each stay as they are.
    expect(bareCells(chosen), trail.join()).toBeLessThanOrEqual(4);
  }
});

describe('the list', () => {
  test.each(PANEL_IDS)('of %s holds only numbers that can be explained, none twice', (id) => {
    const listed = explainables(F, panels[id]);
    expect(listed.length).toBeGreaterThan(3);
    expect(new Set(listed.map(({ path }) => path)).size).toBe(listed.length);
    for (const { path, label } of listed) {
      expect(explain(F, path), path).toBeDefined();
      expect(label).not.toBe('');
    }
  });

  test('begins with the headline and can be filtered', () => {
    expect(explainables(F, panels.funding)[0]?.path).toBe('funding.oiWeighted');
    const okx = explainables(F, panels.funding, 'OKX');
    expect(okx.length).toBeGreaterThan(5);
    // By its path, or by the listing that its row is of.
    for (const { path, label } of okx) expect(`${path} ${label}`).toContain('okx');
    expect(targetsOf(F, panels.funding, { ...LIST, filter: 'OKX' })).toEqual(
      okx.map(({ path }) => path),
    );
  });

  test('says what a row is of in words', () => {
    expect(labelOf(F, 'funding.byVenue.okx.rate8h', 1)).toBe('okx rate8h');
    expect(labelOf(F, 'drift.zOiChange')).toBe('drift z oi change');
    expect(labelOf(F, 'book.byInstrument.binance:BTC/USDT:USDT.spreadBps', 1)).toBe(
      'binance:BTC/USDT:USDT spread bps',
    );
    expect(labelOf(F, 'trust.feeds.0.lag', 1)).toBe(`feeds ${F.trust.feeds[0]!.feed} lag`);
    expect(labelOf(F, 'no.such.path')).toBe('no.such.path');
  });
});

describe('an explanation', () => {
  const MU2: Explaining = { trail: ['drift.mu2'], chosen: [1, 0], filter: '' };

  test('has path, formula, reference, unit, instant, inputs with value', () => {
    const lineage = explain(F, 'drift.mu2')!;
    const shown = text(MU2);
    expect(shown).toContain('explain drift.mu2');
    expect(shown).toContain(lineage.formula.slice(0, 40));
    expect(shown).toContain(`${lineage.reference}, in ${lineage.unit}, as of 12:34:56 UTC, live`);
    for (const { name } of lineage.inputs.filter(({ fact }) => fact === null))
      expect(shown).toContain(labelOf(F, name));
  });

  test('says when inputs that venues told were heard, and of which listing', () => {
    const shown = text({ trail: ['basis.fair'], chosen: [0, 0], filter: '' });
    expect(shown).toMatch(/mark +\S.* {2}binance:BTC\/USDT:USDT/);
  });

  test('has window, thresholds and exclusions where the frame has them, else says that it has none', () => {
    expect(text(MU2)).toContain('windows and thresholds are not in this frame');
    const grounds = {
      'drift.mu2': {
        window: { span: 604_800_000_000, count: 160, full: 168, nEff: 21 },
        parameters: { beta: 0.5 },
        excluded: ['okx: stale'],
      },
    };
    const shown = text(MU2, { ...F, grounds });
    expect(shown).toMatch(/over 7d 0h: 160 of 168, 21 distinct facts/);
    expect(shown).toContain('with beta 0.5');
    expect(shown).toContain('without okx: stale');
    expect(shown).not.toContain('not in this frame');
  });

  test('keeps its formula readable in ASCII', () => {
    const rows = explainRows(F, panels.signals, MU2, 108, 34, brushOf(0, true)).map(plain);
    expect(rows.join('\n')).toContain("= +b * z(OI') * z(basis)");
    expect(rows.join('\n')).toContain('SPEC S5, in sd2');
  });

  test('of a number that is gone says so', () => {
    expect(text({ ...MU2, trail: ['funding.byVenue.gone.z'] })).toContain('has no such number now');
    expect(targetsOf(F, panels.signals, { ...MU2, trail: ['gone'] })).toEqual([]);
  });

  test('leads to its inputs, and every way down ends', () => {
    const follow = (path: string, depth: number): number => {
      expect(depth).toBeLessThan(12);
      const targets = targetsOf(F, panels.signals, { trail: [path], chosen: [0, 0], filter: '' });
      return Math.max(
        depth,
        ...targets.map((next) => (next === null ? depth : follow(next, depth + 1))),
      );
    };
    expect(follow('drift.mu', 0)).toBeGreaterThan(1);
  });

  test('is copied as the command line prints it', () => {
    expect(explainedText(F, panels.signals, MU2)).toMatch(/^BTC drift\.mu2 {2}/);
    expect(explainedText(F, panels.funding, LIST)).toMatch(/^BTC funding\.oiWeighted {2}/);
    expect(explainedText(F, panels.funding, { ...LIST, filter: 'nowhere' })).toBeNull();
  });
});

const PATHS = [undefined, 'drift.mu2', 'basis.fair', 'funding.oiWeighted', 'gone.now'];

test.prop(
  [
    fc.constantFrom(...PANEL_IDS),
    fc.constantFrom(...PATHS),
    fc.integer({ min: 40, max: 220 }),
    fc.integer({ min: 12, max: 70 }),
    fc.integer({ min: 0, max: 400 }),
    fc.boolean(),
  ],
  { numRuns: 40 },
)('fills its box exactly on every screen, in ASCII too', (id, path, width, height, row, ascii) => {
  const { x, y, w, h } = explainRect(width, height);
  expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
  expect(x + w).toBeLessThanOrEqual(width);
  expect(y + h).toBeLessThanOrEqual(height);
  const trail = path === undefined ? [] : [path];
  const explaining = { trail, chosen: [...trail.map(() => 0), row], filter: '' };
  const rows = explainRows(F, panels[id], explaining, w, h, brushOf(0, ascii)).map(plain);
  expect(rows).toHaveLength(h);
  for (const one of rows) {
    expect(stringWidth(one), one).toBe(w);
    expect(one).not.toMatch(/NaN|undefined|\[object/);
    if (ascii) expect(one).toMatch(/^[ -~]*$/);
  }
});
