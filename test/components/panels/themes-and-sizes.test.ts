import { expect, test } from 'vitest';
import { cornerPatch } from '../../../components/chrome/panel-box.tsx';
import { cellWidth } from '../../../components/format/cell-width.ts';
import { emptyHistory, remember } from '../../../components/history.ts';
import { layoutOf } from '../../../components/layout/layout.ts';
import { PANEL_IDS } from '../../../components/panels/ids.ts';
import { panels } from '../../../components/panels/index.ts';
import type { ColorLevel } from '../../../components/terminal/color-level.ts';
import { painterFor } from '../../../components/terminal/painter.ts';
import { COLOUR_MASK, RGB, RowParser } from '../../../components/terminal/row.ts';
import type { Frame } from '../../../src/frame/frame.ts';
import { contrast, rgbOf } from '../../../themes/colour.ts';
import { dark } from '../../../themes/dark.ts';
import { themes } from '../../../themes/index.ts';
import { noColour } from '../../../themes/no-colour.ts';
import type { Hex, Theme } from '../../../themes/theme.ts';
import { picture, plain } from '../../support/drawn.ts';
import { event, frame, series, staleFrame } from '../../support/frames.ts';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 60],
  [300, 100],
] as const;
type Sizes = readonly (readonly [columns: number, rows: number])[];
const LEVELS: readonly ColorLevel[] = [0, 4, 8];

const history = emptyHistory();
remember(history, series());
remember(history, event('gateOpened', 'gate opened: pressure down', -60));
for (let seconds = 0; seconds <= 60; seconds += 5) remember(history, frame({ seconds }));

interface Drawn {
  /** Panel, size, and whether it is alone. */
  readonly where: string;
  readonly w: number;
  readonly h: number;
  /** The words in the border and the body. */
  readonly corner: string;
  readonly rows: readonly string[];
}

/** Every panel among the others at every size, then alone at some. */
function everyPanel(theme: Theme, level: ColorLevel, of: Frame, alone: Sizes = SIZES): Drawn[] {
  const brush = { painter: painterFor(theme, level), ascii: false };
  return [SIZES, alone].flatMap((sizes, zoom) =>
    sizes.flatMap(([columns, rows]) =>
      PANEL_IDS.map((id): Drawn => {
        const zoomed = zoom === 1;
        const { boxes, padding } = layoutOf(columns, rows, id, zoomed);
        const { rect } = boxes.find(({ panel }) => panel === id)!;
        const [w, h] = [rect.w - 2 - 2 * padding, rect.h - 2];
        const drawn = picture(panels[id], of, w, h, { brush, zoomed, history });
        const titleCells = panels[id].title.length + 2;
        const corner = cornerPatch(drawn.corner ?? [], rect, titleCells, brush);
        return {
          where: `${id} ${columns}×${rows}${zoomed ? ' alone' : ''}`,
          w,
          h,
          corner: corner?.rows[0] ?? '',
          rows: drawn.rows,
        };
      }),
    ),
  );
}

/** What is read: words, numbers, signs and marks, without lines, bars and shades. */
const words = (text: string): string =>
  text.replaceAll(/[^\w\p{L}+−—.,%$≥~*½¦:/±▲▼●◆○\n-]/gu, ' ').replaceAll(/ +/g, ' ');

/** Sequences with a parameter of two digits or more: those of colours. */
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*\\d\\d`);

const hexOf = (packed: number): Hex => `#${(packed & 0xff_ff_ff).toString(16).padStart(6, '0')}`;

/** Pairs of colours in which a row has letters and digits, as `text on ground`. */
function pairsIn(parser: RowParser, row: string, { roles, background }: Theme): Set<string> {
  const { glyphs, fores, backs } = parser.parse(row);
  const pairs = new Set<string>();
  for (const [i, glyph] of glyphs.entries()) {
    if (glyph < 0x30 || !/[\p{L}\p{N}]/u.test(parser.textOf(glyph))) continue;
    const fore = fores[i]! & COLOUR_MASK;
    const [text, ground] = [fore & RGB ? hexOf(fore) : roles.text.fg, backs[i]!];
    pairs.add(`${text} on ${ground & RGB ? hexOf(ground) : background}`);
  }
  return pairs;
}

function faint(pair: string, { roles }: Theme): boolean {
  const [text, ground] = pair.split(' on ') as [Hex, Hex];
  const isDim = text === roles.dim.fg || text === roles.absent.fg;
  return contrast(rgbOf(text), rgbOf(ground)) < (isDim ? 3 : 4.5);
}

test('every panel in every theme, colour and size fills its box, can be read, and says in words what it says in colours', () => {
  const live = frame({ seconds: 60 });
  for (const theme of themes) {
    const parser = new RowParser();
    // Alone a panel has the same colours at any size, and the same words in any two themes that both have some.
    const isOne = theme === dark || theme === noColour;
    const alone = isOne ? SIZES : SIZES.slice(2, 3);
    const coloured = everyPanel(theme, 24, live, alone);
    const texts = coloured.map(({ rows }) => rows.map(plain));
    for (const [i, { where, w, h, rows }] of coloured.entries()) {
      const text = texts[i]!;
      expect(text.length, where).toBe(h);
      expect(text.filter((row) => cellWidth(row) !== w)).toEqual([]);
      expect(text.join(''), where).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      if (theme.roles.text.fg === undefined) continue;
      const pairs = new Set(rows.flatMap((row) => [...pairsIn(parser, row, theme)]));
      expect(
        [...pairs].filter((pair) => faint(pair, theme)),
        `${theme.name} ${where}`,
      ).toEqual([]);
    }
    for (const level of LEVELS)
      for (const [i, { where, w, h, rows }] of everyPanel(
        theme,
        level,
        live,
        isOne ? SIZES.slice(0, 2) : [],
      ).entries()) {
        const [text, inColour] = [rows.map(plain).join('\n'), texts[i]!.join('\n')];
        const which = `${theme.name} at level ${level}: ${where}`;
        if (text !== inColour) {
          expect(words(text), which).toBe(words(inColour));
          expect(text.length, which).toBe(inColour.length);
          expect(rows.length, which).toBe(h);
          expect(
            rows.filter((row) => cellWidth(plain(row)) !== w),
            which,
          ).toEqual([]);
        }
        // Without colours there are attributes at most.
        if (level === 0) expect(rows.join('').match(COLOURS), which).toBeNull();
      }
  }
});

test('without any colour a panel with stale numbers is another than one with live ones', () => {
  const text = ({ corner, rows }: Drawn): string => [corner, ...rows].map(plain).join('\n');
  const live = everyPanel(dark, 0, frame({ seconds: 60 }));
  const same = everyPanel(dark, 0, staleFrame({ seconds: 60 }))
    .filter((one, i) => text(one) === text(live[i]!))
    .map(({ where }) => where);
  expect(same).toEqual([]);
});
