import { isDeepStrictEqual } from 'node:util';
import { fc, test } from '@fast-check/vitest';
import { afterEach, describe, expect, vi } from 'vitest';
import { RGB, RowParser } from '../../../components/terminal/row.ts';
import { Screen } from '../../../components/terminal/screen.ts';
import {
  type Ground,
  type Layer,
  type Rect,
  Surface,
} from '../../../components/terminal/surface.ts';
import { Emulator, type ShownCell } from './emulator.ts';

const ESC = '\u001B';

/** A character with the cells it takes. */
interface Glyph {
  readonly text: string;
  readonly width: 1 | 2;
}

/** A stretch of one style: the sequences that a row contains and what a terminal then reports. */
interface Stretch {
  readonly sgr: string;
  readonly style: string;
  readonly glyphs: readonly Glyph[];
}

type ModelRow = readonly Stretch[];

interface ModelLayer extends Rect {
  readonly z: number;
  readonly rows: readonly ModelRow[];
}

const glyph = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'ab 0─│█⣿▁—é') },
  { weight: 2, arbitrary: fc.constantFrom('漢', '한', '，') },
  { weight: 1, arbitrary: fc.constantFrom('e\u0301', 'a\u0323\u0302', '漢\u0301') },
);

const widthOf = (text: string): 1 | 2 => (/^[漢한，]/.test(text) ? 2 : 1);

const styles = [
  ['', '- -'],
  ['31', 'p1 -'],
  ['1;92', 'p10 - bold'],
  ['2', '- - dim'],
  ['3;4', '- - italic underline'],
  ['7;44', '- p4 inverse'],
  ['38;5;208', 'p208 -'],
  ['38:5:17;48;5;3', 'p17 p3'],
  ['38;2;1;2;3', '#010203 -'],
  ['38:2::10:20:30', '#0a141e -'],
  ['48;2;200;100;0;104', '- p12'],
  ['1;2;3;4;7;22;23;24;27', '- -'],
  ['31;41;39;49', '- -'],
] as const;

const stretch: fc.Arbitrary<Stretch> = fc
  .record({
    style: fc.constantFrom(...styles),
    texts: fc.array(glyph, { maxLength: 8 }),
  })
  .map(({ style: [sgr, style], texts }) => ({
    sgr,
    style,
    glyphs: texts.map((text) => ({ text, width: widthOf(text) })),
  }));

const modelRow: fc.Arbitrary<ModelRow> = fc.array(stretch, { maxLength: 4 });

const rowText = (row: ModelRow): string =>
  row
    .map(({ sgr, glyphs }) => `${ESC}[0m${ESC}[${sgr}m${glyphs.map((g) => g.text).join('')}`)
    .join('');

const BLANK: ShownCell = { text: ' ', style: '- -' };

/** The cells a row would take on an endless line. */
function cellsOf(row: ModelRow): ShownCell[] {
  return row.flatMap(({ style, glyphs }) =>
    glyphs.flatMap(({ text, width }) => [
      { text, style },
      ...(width === 2 ? [{ text: '', style }] : []),
    ]),
  );
}

/** Replaces the columns `from` to `to` of a line; whatever half of a wide character is left over becomes a space. */
function paste(line: readonly ShownCell[], cells: readonly ShownCell[], from: number, to: number) {
  const first = Math.max(0, from);
  const last = Math.min(line.length, to);
  if (first >= last) return line;
  const middle = line.slice(first, last).map((_, i) => cells[first - from + i] ?? BLANK);
  return [...whole(line.slice(0, first)), ...whole(middle), ...whole(line.slice(last))];
}

/** A piece of a line without halves at its ends. */
function whole(cells: readonly ShownCell[]): ShownCell[] {
  return cells.map((cell, i) => {
    const isLostTail = cell.text === '' && i === 0;
    const isLostHead = widthOf(cell.text) === 2 && i === cells.length - 1;
    return isLostTail || isLostHead ? { text: ' ', style: cell.style } : cell;
  });
}

const covers = (rect: Rect, y: number): boolean => y >= rect.y && y < rect.y + rect.h;

/** A ground as the surface takes it and as a terminal then reports it. */
interface ModelGround {
  readonly packed: Ground;
  readonly shown: { readonly fore: string; readonly back: string };
}

const grounds: readonly (ModelGround | null)[] = [
  null,
  {
    packed: { fore: RGB | 0x01_02_03, back: RGB | 0xf0_f1_f2 },
    shown: { fore: '#010203', back: '#f0f1f2' },
  },
  { packed: { fore: 1 + 250, back: 1 + 17 }, shown: { fore: 'p250', back: 'p17' } },
  // One colour for both: text is told from its ground by nothing but what it is.
  {
    packed: { fore: RGB | 0x0a_14_1e, back: RGB | 0x0a_14_1e },
    shown: { fore: '#0a141e', back: '#0a141e' },
  },
];

/** What should be on the screen, worked out cell by cell with nothing remembered. */
class Model {
  base: readonly ModelRow[] = [];
  layers = new Map<string, ModelLayer>();
  holes: readonly Rect[] = [];
  ground: ModelGround | null = null;

  row(y: number, columns: number): ShownCell[] {
    const blank = Array.from({ length: columns }, () => BLANK);
    const base = cellsOf(this.base[y] ?? []);
    let line: readonly ShownCell[] = paste(blank, base, 0, columns);
    const stack = [...this.layers.values()].sort((a, b) => a.z - b.z);
    for (const layer of stack) {
      if (!covers(layer, y)) continue;
      line = paste(line, cellsOf(layer.rows[y - layer.y] ?? []), layer.x, layer.x + layer.w);
    }
    for (const hole of this.holes) {
      if (!covers(hole, y)) continue;
      const from = Math.max(0, hole.x);
      line = paste(line, base.slice(from), from, hole.x + hole.w);
    }
    return line.map((cell) => onGround(cell, this.ground));
  }
}

/** A cell on a ground: colours of its own stay; a space that has nothing to show keeps no foreground. */
function onGround(cell: ShownCell, ground: ModelGround | null): ShownCell {
  if (ground === null) return cell;
  const [fore, back, ...attributes] = cell.style.split(' ');
  const isBare = cell.text === ' ' && fore === '-' && attributes.length === 0;
  const style = [
    fore === '-' && !isBare ? ground.shown.fore : fore,
    back === '-' ? ground.shown.back : back,
    ...attributes,
  ];
  return { text: cell.text, style: style.join(' ') };
}

const place = {
  x: fc.integer({ min: -4, max: 26 }),
  y: fc.integer({ min: -2, max: 8 }),
  w: fc.integer({ min: 0, max: 20 }),
  h: fc.integer({ min: 0, max: 6 }),
};

type Step =
  | { readonly kind: 'base'; readonly rows: readonly ModelRow[] }
  | { readonly kind: 'set'; readonly id: string; readonly layer: ModelLayer }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'holes'; readonly holes: readonly Rect[] }
  | { readonly kind: 'ground'; readonly ground: ModelGround | null }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly kind: 'repaint' };

const id = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('base' as const),
    rows: fc.array(modelRow, { maxLength: 10 }),
  }),
  fc.record({
    kind: fc.constant('set' as const),
    id,
    layer: fc.record({
      ...place,
      z: fc.integer({ min: 0, max: 2 }),
      rows: fc.array(modelRow, { maxLength: 6 }),
    }),
  }),
  fc.record({ kind: fc.constant('delete' as const), id }),
  fc.record({
    kind: fc.constant('holes' as const),
    holes: fc.array(fc.record(place), { maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant('ground' as const), ground: fc.constantFrom(...grounds) }),
  fc.record({
    kind: fc.constant('resize' as const),
    columns: fc.integer({ min: 1, max: 30 }),
    rows: fc.integer({ min: 1, max: 10 }),
  }),
  fc.record({ kind: fc.constant('repaint' as const) }),
);

/** What a step makes of what should be seen. */
function imagine(one: Step, model: Model): void {
  if (one.kind === 'base') model.base = one.rows;
  else if (one.kind === 'set') model.layers.set(one.id, one.layer);
  else if (one.kind === 'delete') model.layers.delete(one.id);
  else if (one.kind === 'holes') model.holes = one.holes;
  else if (one.kind === 'ground') model.ground = one.ground;
}

function perform(one: Step, surface: Surface, model: Model, terminal: Emulator): void {
  imagine(one, model);
  switch (one.kind) {
    case 'base':
      surface.write(`${ESC}[2K${ESC}[1A${ESC}[G${one.rows.map(rowText).join('\n')}\n`);
      break;
    case 'set':
      surface.set(one.id, { ...one.layer, rows: one.layer.rows.map(rowText) });
      break;
    case 'delete':
      surface.delete(one.id);
      break;
    case 'holes':
      surface.setHoles(one.holes);
      break;
    case 'ground':
      surface.setGround(one.ground?.packed ?? null);
      break;
    case 'resize':
      terminal.resize(one.columns, one.rows);
      break;
    case 'repaint':
      surface.repaint();
      break;
  }
}

const open: Surface[] = [];
function surfaceOn(terminal: Emulator, options: ConstructorParameters<typeof Surface>[1] = {}) {
  const surface = new Surface(terminal, { keepsLastCell: false, ...options });
  open.push(surface);
  return surface;
}

afterEach(() => {
  for (const surface of open.splice(0)) surface.close();
  vi.useRealTimers();
});

const layer = (x: number, y: number, w: number, rows: readonly string[]): Layer => ({
  x,
  y,
  w,
  h: rows.length,
  rows,
});

describe('what is on the screen', () => {
  test.prop([fc.array(step, { minLength: 1, maxLength: 14 })], { numRuns: 300 })(
    'equals what a naive compositor draws, whatever happened before',
    async (steps) => {
      const terminal = new Emulator(24, 8);
      const surface = surfaceOn(terminal);
      const model = new Model();
      surface.write(`${ESC}[?1049h`);
      surface.write(`${ESC}[?25l`);
      for (const one of steps) {
        perform(one, surface, model, terminal);
        surface.flush();
        await terminal.settled();
        for (let y = 0; y < terminal.rows; y++) {
          expect(terminal.cells(y), `row ${y} after ${one.kind}`).toEqual(
            model.row(y, terminal.columns),
          );
        }
        expect(terminal.scrolled).toBe(0);
        // Nothing has changed since: nothing is sent.
        const { bytesWritten, flushes } = surface;
        surface.flush();
        expect(surface.bytesWritten).toBe(bytesWritten);
        expect(surface.flushes).toBe(flushes);
      }
      expect(surface.bytesWritten).toBe(terminal.bytes);
      surface.close();
    },
  );

  test.prop(
    [fc.array(fc.tuple(step, fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 12 })],
    {
      numRuns: 100,
    },
  )(
    'is the answer to a key at once where only answers are drawn, what it was elsewhere, and in the end the same',
    async (steps) => {
      const terminal = new Emulator(24, 8);
      const screen = new Screen(new RowParser(), false);
      const model = new Model();
      const write = async (text: string): Promise<void> => {
        terminal.write(text);
        await terminal.settled();
      };
      const rows = () => Array.from({ length: terminal.rows }, (_, y) => terminal.cells(y));
      const wanted = () => rows().map((_, y) => model.row(y, terminal.columns));
      const blank = async (): Promise<void> => {
        screen.blank(terminal.columns, terminal.rows);
        await write(`${ESC}[?7l${ESC}[0m${ESC}[2J`);
      };
      terminal.write(`${ESC}[?1049h`);
      await blank();
      await write(screen.difference());
      for (const [one, isUrgent, isAnswer] of steps) {
        const before = wanted();
        imagine(one, model);
        if (one.kind === 'base') screen.setBase(one.rows.map(rowText), isUrgent);
        else if (one.kind === 'set')
          screen.set(one.id, { ...one.layer, rows: one.layer.rows.map(rowText) }, isUrgent);
        else if (one.kind === 'delete') screen.delete(one.id, isUrgent);
        else if (one.kind === 'holes') screen.setHoles(one.holes, isUrgent);
        else if (one.kind === 'ground') screen.setGround(one.ground?.packed ?? null);
        else {
          if (one.kind === 'resize') terminal.resize(one.columns, one.rows);
          await blank();
        }
        if (isAnswer) {
          const shown = rows();
          await write(screen.difference(true));
          const [now, want] = [rows(), wanted()];
          for (const [y, cells] of now.entries()) {
            const isAnswered = isUrgent && !isDeepStrictEqual(before[y], want[y]);
            if (isAnswered || !isDeepStrictEqual(cells, shown[y]))
              expect(cells, `row ${y} after ${one.kind}`).toEqual(want[y]);
          }
        }
      }
      await write(screen.difference());
      expect(rows()).toEqual(wanted());
      expect(screen.difference()).toBe('');
      expect(terminal.scrolled).toBe(0);
    },
  );

  test('a ground colours every cell that asks for no colour of its own, and goes away again', async () => {
    const emulator = new Emulator(6, 2);
    const surface = new Surface(emulator);
    surface.set('a', { x: 0, y: 0, w: 6, h: 1, rows: [`x${ESC}[31my${ESC}[44mz`] });
    surface.setGround({ fore: (1 << 24) | 0x010203, back: (1 << 24) | 0xf0f1f2 });
    surface.flush();
    await emulator.settled();
    const [x, y, z, blank] = emulator.cells(0).map(({ style }) => style);
    expect([x, y, z]).toEqual(['#010203 #f0f1f2', 'p1 #f0f1f2', 'p1 p4']);
    expect(blank).toBe('- #f0f1f2');
    expect(emulator.cells(1).map(({ style }) => style)).toEqual(Array(6).fill('- #f0f1f2'));
    const { bytes } = emulator;
    surface.flush();
    expect(emulator.bytes).toBe(bytes);
    surface.setGround(null);
    surface.flush();
    await emulator.settled();
    expect(emulator.cells(1).map(({ style }) => style)).toEqual(Array(6).fill('- -'));
    surface.close();
  });

  test('the same rows set again cost nothing', () => {
    const terminal = new Emulator(40, 5);
    const surface = surfaceOn(terminal);
    surface.set('a', layer(1, 1, 10, ['one', 'two']));
    surface.flush();
    const before = surface.bytesWritten;
    surface.set('a', layer(1, 1, 10, ['one', 'two']));
    surface.flush();
    expect(surface.bytesWritten).toBe(before);
  });

  test('a changed digit costs a few bytes, and one write', () => {
    const terminal = new Emulator(80, 24);
    const surface = surfaceOn(terminal);
    surface.write(`${ESC}[?25l`);
    surface.set('a', layer(10, 3, 20, [`${ESC}[32m60123.4${ESC}[0m mid`]));
    surface.flush();
    terminal.writes.length = 0;
    surface.set('a', layer(10, 3, 20, [`${ESC}[32m60123.5${ESC}[0m mid`]));
    surface.flush();
    expect(terminal.writes).toEqual([`${ESC}[?2026h${ESC}[32m${ESC}[4;17H5${ESC}[0m${ESC}[?2026l`]);
  });

  test('a colour is set once for all the cells that have it, wherever they are', () => {
    const terminal = new Emulator(80, 24);
    const surface = surfaceOn(terminal);
    surface.write(`${ESC}[?25l`);
    const rows = (n: number): string[] =>
      Array.from({ length: 10 }, () => `${ESC}[38;2;1;2;3m${n}${ESC}[38;2;9;8;7m  ${n}`);
    surface.set('a', layer(10, 3, 20, rows(1)));
    surface.flush();
    terminal.writes.length = 0;
    surface.set('a', layer(10, 3, 20, rows(2)));
    surface.flush();
    expect(terminal.writes[0]!.split('38;2;1;2;3m')).toHaveLength(2);
    expect(terminal.writes[0]!.split('38;2;9;8;7m')).toHaveLength(2);
  });

  test('a cleared row is erased, not printed over', () => {
    const terminal = new Emulator(80, 24);
    const surface = surfaceOn(terminal);
    surface.write(`${ESC}[?25l`);
    surface.write('x'.repeat(80));
    surface.flush();
    terminal.writes.length = 0;
    surface.write('xx');
    surface.flush();
    expect(terminal.writes).toEqual([`${ESC}[?2026h${ESC}[1;3H${ESC}[K${ESC}[?2026l`]);
  });

  test('nothing that moves a cursor gets out of a row', async () => {
    const terminal = new Emulator(30, 3);
    const surface = surfaceOn(terminal);
    const evil = `a${ESC}[2Jb${ESC}[5;5Hc${ESC}]0;title\u0007d\r\n\t\u0008e${ESC}Mf\u202Eg${ESC}Pq${ESC}\\h\u009B2Ji${ESC}`;
    surface.set('a', layer(0, 1, 30, [evil]));
    surface.flush();
    await terminal.settled();
    expect(terminal.lines).toEqual(['', 'abcdefghi', '']);
  });

  test('marks that outlive the memory for them leave their letter', async () => {
    const terminal = new Emulator(4, 1);
    const surface = surfaceOn(terminal);
    const marked = (n: number): string =>
      `e${String.fromCodePoint(0x300 + (n % 0x60), 0x300 + Math.floor(n / 0x60))}`;
    for (let n = 0; n < 5000; n++) {
      surface.set('a', layer(0, 0, 4, [marked(n)]));
      surface.flush();
    }
    await terminal.settled();
    expect(terminal.line(0)).toBe('e');
    // A repaint starts the memory anew.
    surface.repaint();
    surface.flush();
    await terminal.settled();
    expect(terminal.line(0)).toBe(marked(4999));
  });

  test('an emoji whose width a terminal sees differently damages only its own cells', async () => {
    // This emulator draws emoji one cell wide; they are laid out with two.
    const terminal = new Emulator(10, 1);
    const surface = surfaceOn(terminal);
    surface.set('a', layer(0, 0, 10, ['abcdefghij']));
    surface.flush();
    surface.set('a', layer(0, 0, 10, ['a😀defghij']));
    surface.flush();
    await terminal.settled();
    expect(terminal.line(0)).toBe('a😀 defghij');
    surface.set('a', layer(0, 0, 10, ['abcdefghij']));
    surface.flush();
    await terminal.settled();
    expect(terminal.line(0)).toBe('abcdefghij');
  });

  test('the last cell stays blank for consoles that scroll when it is written', async () => {
    const terminal = new Emulator(4, 2);
    const surface = surfaceOn(terminal, { keepsLastCell: true });
    surface.write('abcd\nefgh');
    surface.flush();
    await terminal.settled();
    expect(terminal.lines).toEqual(['abcd', 'efg']);
    surface.write('abcd\ne漢字');
    surface.flush();
    await terminal.settled();
    expect(terminal.lines).toEqual(['abcd', 'e漢']);
  });

  test('a leak of layers is refused', () => {
    const surface = surfaceOn(new Emulator(10, 2));
    expect(() => {
      for (let i = 0; i < 1000; i++) surface.set(`layer ${i}`, layer(0, 0, 1, ['x']));
    }).toThrow('at most 256 layers');
    expect(() => surface.set('half', layer(0.5, 0, 1, ['x']))).toThrow('whole cells');
  });
});

describe('the terminal it leaves behind', () => {
  test('mode switches pass through, Ink’s own erasing and synchronizing does not', () => {
    const terminal = new Emulator(10, 2);
    const surface = surfaceOn(terminal);
    surface.write(`${ESC}[?2004h`);
    surface.write(`${ESC}[>1u`);
    surface.write(`${ESC}[2K${ESC}[1A${ESC}[2K${ESC}[G`);
    surface.write(`${ESC}[?2026h`);
    expect(terminal.writes).toEqual([`${ESC}[?2004h`, `${ESC}[>1u`]);
  });

  test('leaving the alternate screen blanks it first, stops drawing, and happens once', async () => {
    const terminal = new Emulator(10, 2);
    terminal.write('shell$');
    const surface = surfaceOn(terminal);
    surface.write(`${ESC}[?1049h`);
    surface.write(`${ESC}[?25l`);
    expect(surface.isAlternate).toBe(true);
    surface.set('a', layer(0, 0, 5, ['panel']));
    surface.flush();
    terminal.writes.length = 0;
    surface.write(`${ESC}[?25h`);
    surface.write(`${ESC}[?1049l`);
    surface.write(`${ESC}[?1049l`);
    surface.write('late frame');
    surface.set('a', layer(0, 0, 5, ['late']));
    surface.flush();
    await terminal.settled();
    expect(terminal.writes).toEqual([`${ESC}[0m${ESC}[2J${ESC}[?7h${ESC}[?1049l`, `${ESC}[?25h`]);
    expect(surface.isAlternate).toBe(false);
    expect(terminal.isAlternate).toBe(false);
    expect(terminal.line(0)).toBe('shell$');
  });

  test('coming back to the alternate screen draws everything again', async () => {
    const terminal = new Emulator(10, 2);
    const surface = surfaceOn(terminal);
    surface.write(`${ESC}[?1049h`);
    surface.write('base');
    surface.set('a', layer(0, 1, 5, ['panel']));
    surface.flush();
    surface.write(`${ESC}[?1049l`);
    surface.write(`${ESC}[?1049h`);
    surface.flush();
    await terminal.settled();
    expect(terminal.lines).toEqual(['base', 'panel']);
  });

  test('reports are asked for only while the alternate screen is ours', () => {
    const terminal = new Emulator(10, 2);
    const surface = surfaceOn(terminal);
    const sent = (): string => terminal.writes.splice(0).join('').replaceAll(ESC, '');
    surface.setReports({ mouse: true, focus: true });
    expect(sent()).toBe('');
    surface.write(`${ESC}[?1049h`);
    expect(sent()).toBe('[?1049h[?1000h[?1006h[?1004h');
    surface.setReports({ mouse: false, focus: true });
    expect(sent()).toBe('[?1006l[?1000l');
    surface.write(`${ESC}[?1049l`);
    expect(sent()).toMatch(/^\[\?1004l.*\[\?1049l/);
    surface.write(`${ESC}[?1049h`);
    expect(sent()).toBe('[?1049h[?1004h');
  });

  test('nothing is written after close, nor kept alive by it', () => {
    vi.useFakeTimers();
    const terminal = new Emulator(10, 2);
    const surface = surfaceOn(terminal);
    surface.set('a', layer(0, 0, 5, ['panel']));
    surface.close();
    surface.write(`${ESC}[?1049l`);
    surface.write('frame');
    surface.flush();
    vi.runAllTimers();
    expect(terminal.writes).toEqual([]);
    expect(terminal.listenerCount('resize')).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a copy goes to the terminal only while it is ours, whole characters of at most 8 kB', () => {
    const terminal = new Emulator(10, 2);
    const surface = surfaceOn(terminal);
    expect(surface.copy('early')).toBe(false);
    surface.write(`${ESC}[?1049h`);
    expect(surface.copy(`${'é'.repeat(5000)}x`)).toBe(true);
    const sent = terminal.writes.at(-1)!;
    expect(sent.startsWith(`${ESC}]52;c;`) && sent.endsWith('\u0007')).toBe(true);
    const text = Buffer.from(sent.slice(7, -1), 'base64').toString();
    expect(text).toBe('é'.repeat(4096));
    surface.copy(`x${'é'.repeat(5000)}`);
    const odd = Buffer.from(terminal.writes.at(-1)!.slice(7, -1), 'base64').toString();
    expect(odd).toBe(`x${'é'.repeat(4095)}`);
    surface.write(`${ESC}[?1049l`);
    expect(surface.copy('late')).toBe(false);
  });

  test('Ink’s text cursor ends where Ink wants it', async () => {
    const terminal = new Emulator(20, 4);
    const surface = surfaceOn(terminal);
    // As log-update writes a frame of three lines with the cursor in the second one, column 3.
    surface.write(`${ESC}[2K${ESC}[Gone\ntwo\nthree${ESC}[1A${ESC}[4G${ESC}[?25h`);
    surface.flush();
    await terminal.settled();
    expect(terminal.cursor).toEqual({ x: 3, y: 1 });
    // Then it moves without a new frame: down to the last line, up to the first, column 0.
    surface.write(`${ESC}[?25l${ESC}[1B${ESC}[G${ESC}[2A${ESC}[1G${ESC}[?25h`);
    surface.set('a', layer(10, 3, 4, ['tick']));
    surface.flush();
    await terminal.settled();
    expect(terminal.cursor).toEqual({ x: 0, y: 0 });
    expect(terminal.line(3)).toBe('          tick');
    expect(terminal.writes.at(-1)).toContain(`${ESC}[1;1H${ESC}[?25h${ESC}[?2026l`);
  });
});

describe('when it draws', () => {
  const clock = () => {
    vi.useFakeTimers();
    return { now: () => Date.now() };
  };

  test('layers that change all the time are drawn at the frame rate, the newest state each time', () => {
    const options = clock();
    const terminal = new Emulator(20, 2);
    const surface = surfaceOn(terminal, { ...options, fps: 10 });
    surface.flush();
    const before = surface.flushes;
    for (let ms = 0; ms < 1000; ms++) {
      surface.set('a', layer(0, 0, 8, [String(ms)]));
      vi.advanceTimersByTime(1);
    }
    expect(surface.flushes - before).toBeGreaterThanOrEqual(9);
    expect(surface.flushes - before).toBeLessThanOrEqual(11);
    surface.setFps(2);
    const atTwo = surface.flushes;
    for (let ms = 0; ms < 2000; ms++) {
      surface.set('a', layer(0, 0, 8, [`x${ms}`]));
      vi.advanceTimersByTime(1);
    }
    expect(surface.flushes - atTwo).toBeGreaterThanOrEqual(3);
    expect(surface.flushes - atTwo).toBeLessThanOrEqual(5);
  });

  test('the answer to a key does not wait for the next frame', () => {
    const options = clock();
    const terminal = new Emulator(20, 2);
    const surface = surfaceOn(terminal, { ...options, fps: 1 });
    surface.flush();
    vi.advanceTimersByTime(20);
    surface.set('a', layer(0, 0, 8, ['data']));
    vi.advanceTimersByTime(20);
    expect(terminal.writes.join('')).not.toContain('data');
    surface.expedite();
    surface.set('a', layer(0, 0, 8, ['answer']));
    vi.advanceTimersByTime(0);
    expect(terminal.writes.join('')).toContain('answer');
  });

  test('a frame of Ink is drawn together with the layers of the same commit', () => {
    const options = clock();
    const terminal = new Emulator(20, 2);
    const surface = surfaceOn(terminal, { ...options, fps: 1 });
    surface.set('a', layer(0, 0, 8, ['panel']));
    surface.flush();
    vi.advanceTimersByTime(20);
    const before = surface.flushes;
    surface.write('overlay');
    surface.setHoles([{ x: 0, y: 0, w: 8, h: 1 }]);
    vi.advanceTimersByTime(0);
    expect(surface.flushes).toBe(before + 1);
    expect(terminal.writes.at(-1)).toContain('overl');
  });

  test('nothing is written while the terminal does not drain, and then only the newest', async () => {
    const terminal = new Emulator(20, 2);
    const surface = surfaceOn(terminal);
    surface.flush();
    terminal.accepts = false;
    surface.set('a', layer(0, 0, 8, ['first']));
    surface.flush();
    const before = terminal.writes.length;
    for (let i = 0; i < 100; i++) {
      surface.set('a', layer(0, 0, 8, [`drop ${i}`]));
      surface.flush();
    }
    expect(terminal.writes.length).toBe(before);
    terminal.accepts = true;
    terminal.emit('drain');
    surface.flush();
    await terminal.settled();
    expect(terminal.writes.length).toBe(before + 1);
    expect(terminal.line(0)).toBe('drop 99');
  });

  test('writes that block make frames rarer, and quick ones bring them back', () => {
    vi.useFakeTimers();
    let now = 0;
    let writeMs = 100;
    const terminal = new Emulator(20, 2);
    const write = terminal.write.bind(terminal);
    terminal.write = (data) => {
      now += writeMs;
      return write(data);
    };
    const surface = surfaceOn(terminal, { now: () => now, fps: 10 });
    const framesIn = (ms: number): number => {
      const before = surface.flushes;
      for (const end = now + ms; now < end; ) {
        surface.set('a', layer(0, 0, 8, [String(now)]));
        now += 10;
        vi.advanceTimersByTime(10);
      }
      return surface.flushes - before;
    };
    framesIn(5000);
    // A quarter of the time at most goes into writing.
    expect(framesIn(8000)).toBeLessThanOrEqual(20);
    writeMs = 10_000;
    framesIn(100_000);
    expect(framesIn(120_000)).toBeGreaterThanOrEqual(8);
    writeMs = 1;
    framesIn(60_000);
    expect(framesIn(5000)).toBeGreaterThanOrEqual(40);
  });

  test('on a slow line the answer to a key goes ahead of everything else', () => {
    vi.useFakeTimers();
    let now = 0;
    const terminal = new Emulator(20, 4);
    const write = terminal.write.bind(terminal);
    terminal.write = (data) => {
      now += 200;
      return write(data);
    };
    const surface = surfaceOn(terminal, { now: () => now });
    for (let i = 0; i < 9; i++) {
      surface.set('data', layer(0, 0, 8, [`first ${i}`]));
      surface.flush();
    }
    now += 300;
    terminal.writes.length = 0;
    surface.set('data', layer(0, 0, 8, ['second']));
    surface.expedite();
    surface.set('panel', layer(0, 2, 8, ['answer']));
    vi.advanceTimersByTime(0);
    expect(terminal.writes).toHaveLength(1);
    expect(terminal.writes[0]).toContain('answer');
    expect(terminal.writes[0]).not.toContain('second');
    // The rest is not forgotten.
    now += 2000;
    vi.advanceTimersByTime(2000);
    expect(terminal.writes).toHaveLength(2);
    expect(terminal.writes[1]).toContain('second');
  });

  test('a resize is told to Ink and drawn anew', async () => {
    const terminal = new Emulator(20, 3);
    const surface = surfaceOn(terminal);
    const heard = vi.fn();
    surface.on('resize', heard);
    surface.write('base');
    surface.set('a', layer(12, 1, 8, ['panel']));
    surface.flush();
    terminal.resize(15, 2);
    expect(heard).toHaveBeenCalledOnce();
    expect([surface.columns, surface.rows]).toEqual([15, 2]);
    surface.flush();
    await terminal.settled();
    expect(terminal.lines).toEqual(['base', '            pan']);
  });
});
