import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { expect } from 'vitest';
import { footerRow, heldText, hintsFor, promptRow } from '../../../components/chrome/footer.ts';
import { BINDINGS } from '../../../components/keys/table.ts';
import { PANEL_IDS } from '../../../components/panels/ids.ts';
import { absent, live } from '../../../src/model/reading.ts';
import { brushOf, plain } from '../../support/drawn.ts';

const CALM = { zoomed: false, isFrozen: false, isPast: false, assets: 3 };

test('hints are those of the focused panel', () => {
  const labels = (panel: 'book' | 'funding') =>
    hintsFor(BINDINGS, panel, CALM, false).map(({ label }) => label);
  expect(labels('book')).toContain('instrument');
  expect(labels('book')).not.toContain('sort');
  expect(labels('funding')).toContain('sort');
  expect(labels('funding')).toContain('detail');
  expect(labels('book').filter((label) => label === 'zoom')).toHaveLength(1);
});

test('hints say what the key does now', () => {
  const labelOf = (key: string, state: typeof CALM) =>
    hintsFor(BINDINGS, 'funding', state, false).find((hint) => hint.key === key)?.label;
  expect(labelOf('z', CALM)).toBe('zoom');
  expect(labelOf('z', { ...CALM, zoomed: true })).toBe('overview');
  expect(labelOf('Space', { ...CALM, isFrozen: true })).toBe('follow');
  expect(labelOf('a', { ...CALM, assets: 1 })).toBeUndefined();
});

test.prop([
  fc.constantFrom(...PANEL_IDS),
  fc.integer({ min: 40, max: 300 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
  fc.boolean(),
])(
  'is exactly as wide as the screen, and a message is never the first to go',
  (panel, w, text, isFrozen) => {
    const hints = hintsFor(BINDINGS, panel, { ...CALM, isFrozen }, false);
    const row = plain(footerRow(hints, { text, tone: 'warning' }, '', w, brushOf(24)));
    expect(stringWidth(row)).toBe(w);
    if (text.length < w - 4) expect(row).toContain(text);
  },
);

test('a wide footer shows help and quit first, a narrow one still shows them', () => {
  const hints = hintsFor(BINDINGS, 'funding', CALM, false);
  const row = (w: number) => plain(footerRow(hints, null, 'dark', w, brushOf()));
  expect(row(160)).toMatch(/^ \? help {3}q quit {3}z zoom/);
  expect(row(40)).toMatch(/^ \? help {3}q quit/);
});

test.prop([
  fc.string({ unit: 'grapheme', maxLength: 250 }),
  fc.nat(250),
  fc.array(fc.string({ maxLength: 30 }), { maxLength: 20 }),
  fc.integer({ min: 40, max: 220 }),
  fc.boolean(),
])(
  'a line being typed is exactly as wide as the screen and shows its cursor',
  (text, at, options, w, ascii) => {
    const characters = [...text].length;
    const prompt = {
      kind: 'command',
      text,
      at: Math.min(at, characters),
      back: 0,
      draft: '',
    } as const;
    const row = plain(promptRow(prompt, options, w, brushOf(24, ascii)));
    expect(stringWidth(row)).toBe(w);
    expect(row).not.toMatch(/\p{Cc}/u);
  },
);

test('a line that holds frames back is told of, with what it carries', () => {
  const load = {
    bytes: live(1),
    bytesPerSecond: live(1),
    framesPerSecond: live(2.13),
    linkBytesPerSecond: live(30_400),
    roundTripMs: live(40),
    heldBelow: 10,
  };
  const footer = (given: typeof load | Parameters<typeof heldText>[0]): string =>
    plain(footerRow([], null, heldText(given) ?? 'dark', 60, brushOf())).trim();
  expect(footer(load)).toBe('link 30 kB/s: 2.1 of 10 frames/s');
  expect(footer({ ...load, framesPerSecond: live(6.4) })).toBe('link 30 kB/s: 6 of 10 frames/s');
  expect(footer({ ...load, linkBytesPerSecond: absent('x') })).toBe(
    'slow terminal: 2.1 of 10 frames/s',
  );
  expect(footer({ ...load, heldBelow: null })).toBe('dark');
});
