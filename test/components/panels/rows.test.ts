import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { describe, expect } from 'vitest';
import { emptyHistory, remember } from '../../../components/history.ts';
import { PANEL_IDS } from '../../../components/panels/ids.ts';
import { panels } from '../../../components/panels/index.ts';
import { brushOf, picture, plain } from '../../support/drawn.ts';
import { chaosFrame, event, frame, HOSTILE, series } from '../../support/frames.ts';

const sizes = fc.record({
  w: fc.integer({ min: 18, max: 298 }),
  h: fc.integer({ min: 1, max: 97 }),
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: that none of them is left is what is tested
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;

const stormyHistory = (seed: number) => {
  const history = emptyHistory();
  const noisy = chaosFrame(seed);
  remember(history, { ...series({ holes: true }), asset: noisy.asset });
  for (const text of HOSTILE) remember(history, event('feedLost', text, 1, null));
  remember(history, noisy);
  return { noisy, history };
};

describe.each(PANEL_IDS)('the %s panel', (id) => {
  test.prop(
    [
      fc.integer({ min: 0, max: 1_000_000 }),
      sizes,
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(0 as const, 24 as const),
      fc.integer({ min: -60, max: 200 }),
    ],
    { numRuns: 60 },
  )(
    'fills exactly its box and shows nothing a terminal could trip over, whatever the frame holds',
    (seed, { w, h }, zoomed, ascii, level, scroll) => {
      const { noisy, history } = stormyHistory(seed);
      const { rows, extent } = picture(panels[id], noisy, w, h, {
        history,
        zoomed,
        options: { scroll, sort: seed % 7, reversed: seed % 2 === 1, view: seed % 5 },
        brush: brushOf(level, ascii),
      });
      expect(rows).toHaveLength(h);
      for (const row of rows) {
        const text = plain(row);
        expect(stringWidth(text), JSON.stringify(text)).toBe(w);
        expect(text).not.toMatch(/NaN|undefined|Infinity|\[object|null/);
        expect(text).not.toMatch(CONTROL);
      }
      if (extent !== undefined) {
        expect(extent.min).toBeLessThanOrEqual(0);
        expect(extent.max).toBeGreaterThanOrEqual(0);
        expect(extent.page).toBeGreaterThan(0);
      }
    },
  );

  test.prop([sizes, fc.boolean()], { numRuns: 15 })(
    'is the same without colours as with them',
    ({ w, h }, zoomed) => {
      const bare = picture(panels[id], frame(), w, h, { zoomed });
      const coloured = picture(panels[id], frame(), w, h, { zoomed, brush: brushOf(24) });
      // Where colours are few, the book's map says with density what half blocks say with two colours.
      const read = (row: string): string =>
        id === 'book' && zoomed ? plain(row).replace(/[ ░▒▓█▀▄]+/g, ' ') : plain(row);
      expect(coloured.rows.map(read)).toEqual(bare.rows.map(read));
    },
  );

  test.prop([fc.integer({ min: 0, max: 1_000_000 }), sizes, fc.boolean()], { numRuns: 30 })(
    'uses nothing beyond ASCII where nothing else can be shown, whatever exchanges send',
    (seed, { w, h }, zoomed) => {
      const { noisy, history } = stormyHistory(seed);
      const more = { zoomed, brush: brushOf(0, true) };
      for (const one of [noisy, frame()]) {
        for (const row of picture(panels[id], one, w, h, { ...more, history }).rows) {
          expect(plain(row)).toMatch(/^[ -~]*$/);
        }
      }
    },
  );

  test.prop([fc.integer({ min: 0, max: 900 }), fc.constantFrom(25, 38, 52, 78, 118)], {
    numRuns: 30,
  })('keeps its labels where they are while numbers move', (seconds, w) => {
    const [before, after] = [seconds, seconds + 1].map((at) =>
      picture(panels[id], frame({ seconds: at }), w, 17).rows.map(plain),
    );
    let compared = 0;
    for (const [y, row] of before!.entries()) {
      for (const word of row.match(/(?<=\s|^)[A-Za-z]{2,}(?=\s|$)/g) ?? []) {
        const other = after![y]!;
        const isAlone = (text: string) => text.split(word).length === 2;
        if (!isAlone(row) || !isAlone(other)) continue;
        expect(other.indexOf(word), `${word} in ${other}`).toBe(row.indexOf(word));
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(0);
  });
});
