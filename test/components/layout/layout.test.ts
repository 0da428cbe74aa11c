import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { layoutOf, neighbour } from '../../../components/layout/layout.ts';
import { PRESETS, type Preset, panelsOf } from '../../../components/layout/presets.ts';
import { PANEL_IDS } from '../../../components/panels/ids.ts';

const panel = fc.constantFrom(...PANEL_IDS);
const large = [fc.integer({ min: 80, max: 300 }), fc.integer({ min: 24, max: 100 })] as const;

/** How many rectangles lie on each cell. */
function covered(
  w: number,
  h: number,
  rects: readonly { x: number; y: number; w: number; h: number }[],
) {
  const cells = new Uint8Array(w * h);
  for (const rect of rects) {
    for (let y = rect.y; y < rect.y + rect.h; y += 1) {
      for (let x = rect.x; x < rect.x + rect.w; x += 1) {
        if (x < 0 || y < 0 || x >= w || y >= h) return null;
        cells[y * w + x]! += 1;
      }
    }
  }
  return cells;
}

describe('the overview', () => {
  test.prop([...large, panel], { numRuns: 200 })(
    'covers every cell once: header, panels, the focused one among them, footer',
    (w, h, focused) => {
      const layout = layoutOf(w, h, focused, false);
      expect(layout.kind).toBe('overview');
      const shown = layout.boxes.map((box) => box.panel);
      expect(shown).toContain(focused);
      expect(new Set(shown).size).toBe(shown.length);
      const cells = covered(w, h, [
        layout.header,
        layout.footer,
        ...layout.boxes.map((b) => b.rect),
      ]);
      expect(cells?.every((count) => count === 1)).toBe(true);
    },
  );

  test.prop([...large], { numRuns: 200 })('leaves no panel too small to be read', (w, h) => {
    for (const { panel: id, rect } of layoutOf(w, h, 'book', false).boxes) {
      expect(rect.w, id).toBeGreaterThanOrEqual(26);
      expect(rect.h, id).toBeGreaterThanOrEqual(7);
    }
  });

  test.prop([
    ...large,
    panel,
    fc.array(fc.constantFrom('left', 'right', 'up', 'down'), { maxLength: 30 }),
  ])(
    'can be walked through with the arrow keys, always onto a panel that is there',
    (w, h, start, steps) => {
      const { boxes } = layoutOf(w, h, start, false);
      let at = start;
      for (const step of steps) at = neighbour(boxes, at, step as 'left');
      expect(boxes.some((box) => box.panel === at)).toBe(true);
    },
  );

  test.prop([...large, panel])('reaches every panel shown from every other one', (w, h, start) => {
    const { boxes } = layoutOf(w, h, start, false);
    const reached = new Set([start]);
    for (const from of reached) {
      for (const towards of ['left', 'right', 'up', 'down'] as const) {
        reached.add(neighbour(boxes, from, towards));
      }
    }
    expect([...reached].sort()).toEqual(boxes.map((box) => box.panel).sort());
  });
});

describe('a preset', () => {
  test.prop([...large, fc.constantFrom(...PRESETS), panel], { numRuns: 150 })(
    'covers every cell once, shows the focused panel, and leaves none too small to be read',
    (w, h, preset, focused) => {
      const { kind, header, footer, boxes } = layoutOf(w, h, focused, false, preset);
      expect(kind).toBe('overview');
      const rects = boxes.map((box) => box.rect);
      expect(covered(w, h, [header, footer, ...rects])?.every((count) => count === 1)).toBe(true);
      expect(boxes.map((box) => box.panel)).toContain(focused);
      for (const { rect } of boxes) {
        expect(rect.w).toBeGreaterThanOrEqual(26);
        expect(rect.h).toBeGreaterThanOrEqual(7);
      }
    },
  );

  test('shows its own panels and no other', () => {
    const shown = (preset: Preset) =>
      layoutOf(120, 40, panelsOf(preset, 120, 40)![0]!, false, preset).boxes.map((b) => b.panel);
    expect(shown('derivatives').sort()).toEqual(['basis', 'funding', 'openInterest', 'signals']);
    expect(shown('trust').sort()).toEqual(['book', 'trust']);
  });
});

test.each([
  [120, 40],
  [160, 45],
  [200, 60],
  [220, 30],
  [220, 60],
  [220, 90],
  [100, 60],
] as const)('%i×%i has a place for flow and options beside all others', (w, h) => {
  const shown = layoutOf(w, h, 'signals', false).boxes.map((box) => box.panel);
  expect(shown).toHaveLength(9);
  expect(shown).toEqual(expect.arrayContaining(['flow', 'options']));
});

test('a panel the smallest grid has no room for takes the place of trust while it is focused', () => {
  const rectOf = (focused: 'flow' | 'trust', id: string) =>
    layoutOf(80, 24, focused, false).boxes.find((box) => box.panel === id)?.rect;
  expect(rectOf('flow', 'flow')).toEqual(rectOf('trust', 'trust'));
  expect(rectOf('flow', 'trust')).toBeUndefined();
  expect(rectOf('trust', 'flow')).toBeUndefined();
});

test.prop([fc.integer({ min: 40, max: 300 }), fc.integer({ min: 12, max: 100 }), panel])(
  'a zoomed panel has everything between header and footer',
  (w, h, focused) => {
    const layout = layoutOf(w, h, focused, true);
    expect(layout.kind).toBe('single');
    expect(layout.boxes.map((box) => box.panel)).toEqual([focused]);
    const cells = covered(w, h, [layout.header, layout.footer, layout.boxes[0]!.rect]);
    expect(cells?.every((count) => count === 1)).toBe(true);
  },
);

test.each([
  [79, 24, 'single'],
  [80, 23, 'single'],
  [40, 12, 'single'],
  [39, 50, 'tooSmall'],
  [200, 11, 'tooSmall'],
  [80, 24, 'overview'],
] as const)('%i×%i is %s', (w, h, kind) => {
  expect(layoutOf(w, h, 'funding', false).kind).toBe(kind);
});

test('the signals stand where the eye starts and the book is as tall as it can be', () => {
  for (const [w, h] of [
    [80, 24],
    [120, 40],
    [200, 60],
    [220, 60],
  ] as const) {
    const { boxes } = layoutOf(w, h, 'book', false);
    const rectOf = (id: string) => boxes.find((box) => box.panel === id)!.rect;
    expect(rectOf('signals')).toMatchObject({ x: 0, y: 2 });
    const tallest = Math.max(...boxes.map(({ rect }) => rect.h));
    expect(rectOf('book').h).toBe(tallest);
  }
});
