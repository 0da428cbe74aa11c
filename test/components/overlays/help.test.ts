import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { expect } from 'vitest';
import { BINDINGS, keyText } from '../../../components/keys/table.ts';
import { helpRect, helpRows } from '../../../components/overlays/help.ts';
import { PANEL_IDS } from '../../../components/panels/ids.ts';
import { MARK_SIGNS } from '../../../components/panels/shown.ts';
import { brushOf, plain } from '../../support/drawn.ts';

const rowsOf = (panel: (typeof PANEL_IDS)[number], w = 72, ascii = false): string[] =>
  helpRows(BINDINGS, panel, panel, w, brushOf(0, ascii)).map(plain);

test('begins with the keys of the focused panel, then has those of every panel', () => {
  const rows = rowsOf('funding').map((row) => row.trimEnd());
  expect(rows[0]).toBe('funding');
  expect(rows.indexOf('every panel')).toBeGreaterThan(
    rows.findIndex((row) => row.startsWith('s ')),
  );
  expect(rows.join('\n')).not.toContain('next instrument');
});

test('names every key that works on the panel with what it does', () => {
  for (const panel of PANEL_IDS) {
    const text = rowsOf(panel, 200).join('\n');
    for (const { keys, description, panels, context } of BINDINGS) {
      if (context === 'help' || (panels !== undefined && !panels.includes(panel))) continue;
      expect(text).toContain(description);
      for (const key of keys) expect(text).toContain(keyText(key));
    }
  }
});

test('explains every sign that stands before a number', () => {
  const rows = rowsOf('book', 200);
  for (const { sign, meaning } of MARK_SIGNS) {
    expect(rows.some((row) => row.startsWith(sign) && row.includes(meaning))).toBe(true);
  }
});

test.prop([fc.constantFrom(...PANEL_IDS), fc.integer({ min: 34, max: 120 }), fc.boolean()])(
  'is exactly as wide as its box, in ASCII too',
  (panel, w, ascii) => {
    for (const row of rowsOf(panel, w, ascii)) {
      expect(stringWidth(row), row).toBe(w);
      if (ascii) expect(row).toMatch(/^[ -~]*$/);
    }
  },
);

test.prop([fc.integer({ min: 40, max: 300 }), fc.integer({ min: 12, max: 100 })])(
  'lies within every screen',
  (width, height) => {
    const { x, y, w, h } = helpRect(width, height);
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(x + w).toBeLessThanOrEqual(width);
    expect(y + h).toBeLessThanOrEqual(height);
    expect(h).toBeGreaterThan(8);
  },
);
