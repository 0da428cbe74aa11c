import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { describe, expect } from 'vitest';
import { emptyHistory, remember } from '../../../components/history.ts';
import { detailBox } from '../../../components/overlays/detail.ts';
import { explainRect } from '../../../components/overlays/explain.ts';
import { type Detail, detailAsText, linesAt, wordLine } from '../../../components/panels/detail.ts';
import { panels } from '../../../components/panels/index.ts';
import type { Panel } from '../../../components/panels/panel.ts';
import { absent } from '../../../src/model/reading.ts';
import { brushOf, picture, plain, UNTOUCHED } from '../../support/drawn.ts';
import { chaosFrame, frame, mapReadings } from '../../support/frames.ts';

const F = frame();
const inputOf = (of = F) => ({
  frame: of,
  frames: new Map([[of.asset, of]]),
  scan: null,
  history: emptyHistory(),
  options: UNTOUCHED,
});
const textOf = (panel: Panel, key: string): string =>
  detailBox(panel.detail!(inputOf(), key), 0, 108, 60, brushOf())
    .rows.map((row) => plain(row).replace(/ +│$/, ''))
    .join('\n');

describe('what is told of a row', () => {
  test('of a venue’s funding: rates with units, when it settles, what it is worth against others', () => {
    const text = textOf(panels.funding, 'bybit');
    expect(text).toContain('detail BTC funding on bybit');
    expect(text).toMatch(/rate annual +\+14\.4540 %/);
    expect(text).toMatch(/interval hours +8 hours/);
    expect(text).toMatch(/next settlement ─.*cap near +yes/s);
    expect(text).toMatch(/against other venues ─.*annual net +\+14\.1300 % \(estimated\)/s);
  });

  test('of a book: trust, the book itself, when its facts were heard, and no levels', () => {
    const id = 'binance:BTC/USDT:USDT';
    const detail = panels.trust.detail!(inputOf(), `book ${id}`)!;
    expect(detail.title).toBe(`book ${id}`);
    const labels = detail.sections.flatMap(({ lines }) => lines.map(({ label }) => label));
    expect(labels).toEqual(expect.arrayContaining(['gaps', 'quote checks', 'spread bps', 'oib']));
    expect(labels).not.toContain('bids');
    const broken = detail.sections[0]!.lines.find(({ label }) => label === 'broken');
    expect(broken?.text).toMatch(/^\d\d:\d\d:\d\d$/);
  });

  test('of a print: what it was worth, how long ago, and what its feed leaves out', () => {
    const { list } = picture(panels.liquidations, F, 150, 60, { zoomed: true }).extent!;
    const text = textOf(panels.liquidations, list!.keys[0]!);
    expect(text).toMatch(/notional +\$\d/);
    expect(text).toMatch(/heard +2026-11-20 .* ago/);
    expect(text).toMatch(/this feed leaves out +\S+ \S+/);
  });

  test('what is absent says why, in the colour of the absent', () => {
    const byVenue = mapReadings(F.openInterest.byVenue, (reading, path) =>
      path === '.okx.change1h' ? absent('warming 3/12') : reading,
    );
    const one = { ...F, openInterest: { ...F.openInterest, byVenue } };
    const lines = linesAt(one, 'openInterest.byVenue.okx');
    expect(lines).toContainEqual({
      label: 'change1h',
      text: '— (warming 3/12)',
      role: 'absent',
    });
    expect(lines.filter(({ role }) => role === 'absent')).toHaveLength(1);
  });
});

const LONG: Detail = {
  title: 'a row',
  sections: [
    { heading: 'empty', lines: [] },
    {
      heading: 'many',
      lines: Array.from({ length: 50 }, (_, i) => wordLine(`number ${i}`, `value ${i}`)),
    },
  ],
};

describe('the overlay', () => {
  test('scrolls to its end and no further, and says how much is hidden', () => {
    const at = (scroll: number) => {
      const { rows, extent } = detailBox(LONG, scroll, 60, 20, brushOf());
      return { text: rows.map(plain), extent };
    };
    expect(at(0).extent).toEqual({ min: 0, max: 33, page: 18 });
    expect(at(0).text[0]).toContain('↓33');
    expect(at(0).text[1]).toContain('many');
    expect(at(5).text[0]).toContain('↑5 ↓28');
    expect(at(99).text.at(-2)).toContain('value 49');
  });

  test('is no higher than what it tells', () => {
    const few = { ...LONG, sections: [{ heading: 'one', lines: [wordLine('a', 'b')] }] };
    expect(detailBox(few, 0, 60, 20, brushOf()).rows).toHaveLength(4);
    expect(detailBox(LONG, 0, 60, 20, brushOf()).rows).toHaveLength(20);
  });

  test('says that a row is gone', () => {
    const text = detailBox(null, 0, 60, 20, brushOf()).rows.map(plain).join('\n');
    expect(text).toContain('this row is there no more');
  });

  test('is copied as lines of name and number, headings above them', () => {
    expect(detailAsText(LONG).split('\n').slice(0, 3)).toEqual([
      'a row',
      'many:',
      '  number 0  value 0',
    ]);
  });

  test.prop(
    [
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.constantFrom([80, 24], [120, 40], [200, 60], [40, 12]),
      fc.constantFrom('funding', 'openInterest', 'liquidations', 'trust', 'options', 'signals'),
      fc.boolean(),
      fc.nat(60),
    ],
    { numRuns: 25 },
  )('fills its box exactly whatever exchanges send', (seed, [width, height], id, ascii, scroll) => {
    const noisy = chaosFrame(seed);
    const history = emptyHistory();
    remember(history, noisy);
    const { extent } = picture(panels[id as 'trust'], noisy, 150, 60, { history, zoomed: true });
    const { w, h } = explainRect(width!, height!);
    for (const key of [...(extent?.list?.keys ?? []), 'gone']) {
      const detail = panels[id as 'trust'].detail!(inputOf(noisy), key);
      const { rows } = detailBox(detail, scroll, w, h, brushOf(24, ascii));
      expect(rows.length).toBeLessThanOrEqual(h);
      for (const row of rows) {
        const text = plain(row);
        expect(stringWidth(text), JSON.stringify(text)).toBe(w);
        expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);
        expect(text).not.toMatch(/\p{Cc}/u);
        if (ascii) expect(text).toMatch(/^[ -~]*$/);
      }
    }
  });
});
