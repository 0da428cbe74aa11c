import { COMPLEX, unitClass } from '../format/cell-width.ts';
import { pen } from './pen.ts';
import { COLOUR_MASK, MAX_COLUMNS, type Row, type RowParser, SPACE, TAIL } from './row.ts';

/** A rectangle of cells, from the top left corner of the screen. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Rows painted into a rectangle above the base; missing rows and cells are blank, surplus is cut. Changes are found by comparing with the rows set before, so an array is never changed after it was handed over. */
export interface Layer extends Rect {
  /** Higher is nearer; equal ones in the order in which they were first set. */
  readonly z?: number;
  readonly rows: readonly string[];
}

/** Rows that are drawn at most. */
const MAX_ROWS = 512;
/** Layers at most: far more than panels; more is a leak. */
const MAX_LAYERS = 256;

const ESC = '\u001B';

/** What has happened to a row since it was last drawn. */
const CLEAN = 0;
const DIRTY = 1;
const URGENT = 2;

interface Cells {
  readonly glyphs: Int32Array;
  readonly fores: Int32Array;
  readonly backs: Int32Array;
}

const cellsOf = (count: number): Cells => ({
  glyphs: new Int32Array(count).fill(SPACE),
  fores: new Int32Array(count),
  backs: new Int32Array(count),
});

/** Cells of one style within a difference: their text with its movements, and where the cursor is after it. */
interface Style {
  readonly fore: number;
  readonly back: number;
  text: string;
  y: number;
  /** -1 when it is not known. */
  at: number;
}

/** Bytes of a usual change of colours. */
const USUAL_PEN = 19;

/** Packed colours, as in `Row`, of cells that ask for none: a theme made for a light terminal is unreadable on a dark one. */
export interface Ground {
  readonly fore: number;
  readonly back: number;
}

/**
 * What should be on the terminal and what is: base rows, layers above them, holes through which the base shows, and the difference as text.
 *
 * Knows nothing of streams or time.
 */
export class Screen {
  readonly #parser: RowParser;
  readonly #keepsLastCell: boolean;
  #columns = 0;
  #rows = 0;
  #base: readonly string[] = [];
  readonly #layers = new Map<string, Layer>();
  #stack: readonly Layer[] = [];
  #holes: readonly Rect[] = [];
  #ground: Ground | null = null;
  // The pen as the terminal holds it while a difference is written.
  #fore = 0;
  #back = 0;
  // What the terminal shows now.
  #shown = cellsOf(0);
  // One row while it is put together.
  #line = cellsOf(0);
  #dirt = new Uint8Array(0);
  // Rows in the order in which they are sent where not all of them are, and where the last part ended.
  #front: Rect | null = null;
  #order: readonly number[] = [];
  #nextPlace = 0;
  // What the cells of each style make of the difference so far, and about how many bytes that is.
  #styles: Style[] = [];
  #styled = 0;

  /** `keepsLastCell`: the bottom right cell stays blank, for consoles that scroll when it is written. */
  constructor(parser: RowParser, keepsLastCell: boolean) {
    this.#parser = parser;
    this.#keepsLastCell = keepsLastCell;
  }

  /** The terminal is blank and this large. Everything is drawn again by the next `difference`. */
  blank(columns: number, rows: number): void {
    this.#columns = Math.max(1, Math.min(MAX_COLUMNS, columns));
    this.#rows = Math.max(1, Math.min(MAX_ROWS, rows));
    this.#shown = cellsOf(this.#columns * this.#rows);
    this.#line = cellsOf(this.#columns);
    this.#dirt = new Uint8Array(this.#rows).fill(URGENT);
    this.#parser.forget();
    this.#reorder();
  }

  /** The part of the screen that somebody looks at, which goes first when not everything goes at once. */
  setFront(front: Rect | null): void {
    this.#front = front;
    this.#reorder();
  }

  #reorder(): void {
    const { y, h } = this.#front ?? { y: 0, h: 0 };
    const rows = Array.from({ length: this.#rows }, (_, row) => row);
    const isInFront = (row: number): boolean => row >= y && row < y + h;
    this.#order = [...rows.filter(isInFront), ...rows.filter((row) => !isInFront(row))];
    this.#nextPlace = 0;
  }

  /** What waits to be sent: nothing, changes that may wait, or some that answer a key. */
  get waiting(): 'nothing' | 'changes' | 'answers' {
    if (this.#dirt.includes(URGENT)) return 'answers';
    return this.#dirt.includes(DIRTY) ? 'changes' : 'nothing';
  }

  setBase(lines: readonly string[], isUrgent = false): void {
    const before = this.#base;
    this.#base = lines;
    for (let y = 0; y < this.#rows; y++) {
      if ((before[y] ?? '') !== (lines[y] ?? '')) this.#soil(y, isUrgent);
    }
  }

  #soil(y: number, isUrgent: boolean): void {
    if (isUrgent) this.#dirt[y] = URGENT;
    else if (this.#dirt[y] === CLEAN) this.#dirt[y] = DIRTY;
  }

  /** Returns whether anything that can be seen may have changed. */
  set(id: string, layer: Layer, isUrgent = false): boolean {
    if (![layer.x, layer.y, layer.w, layer.h].every(Number.isInteger)) {
      throw new RangeError(`Invariant: layer ${id} lies on whole cells`);
    }
    const before = this.#layers.get(id);
    if (before === undefined && this.#layers.size >= MAX_LAYERS) {
      throw new RangeError(`Invariant: a screen has at most ${MAX_LAYERS} layers`);
    }
    this.#layers.set(id, layer);
    this.#restack();
    if (before !== undefined && isSamePlace(before, layer)) {
      return this.#markChanged(before, layer, isUrgent);
    }
    if (before !== undefined) this.#mark(before, isUrgent);
    this.#mark(layer, isUrgent);
    return true;
  }

  delete(id: string, isUrgent = false): boolean {
    const before = this.#layers.get(id);
    if (before === undefined) return false;
    this.#layers.delete(id);
    this.#mark(before, isUrgent);
    this.#restack();
    return true;
  }

  setHoles(holes: readonly Rect[], isUrgent = false): boolean {
    if (
      holes.length === this.#holes.length &&
      holes.every((hole, i) => isSameRect(hole, this.#holes[i]!))
    ) {
      return false;
    }
    for (const hole of this.#holes) this.#mark(hole, isUrgent);
    for (const hole of holes) this.#mark(hole, isUrgent);
    this.#holes = holes.map(({ x, y, w, h }) => ({ x, y, w, h }));
    return true;
  }

  /** What cells without colours of their own stand on; null leaves the terminal's own ground. */
  setGround(ground: Ground | null): void {
    if (ground?.fore === this.#ground?.fore && ground?.back === this.#ground?.back) return;
    this.#ground = ground;
    for (let y = 0; y < this.#rows; y++) this.#soil(y, true);
  }

  #restack(): void {
    this.#stack = [...this.#layers.values()].sort((a, b) => (a.z ?? 0) - (b.z ?? 0));
  }

  #mark({ y, h }: Rect, isUrgent: boolean): void {
    const end = Math.min(this.#rows, y + h);
    for (let row = Math.max(0, y); row < end; row++) this.#soil(row, isUrgent);
  }

  #markChanged(before: Layer, after: Layer, isUrgent: boolean): boolean {
    const end = Math.min(this.#rows - after.y, after.h);
    let hasChanged = false;
    for (let i = Math.max(0, -after.y); i < end; i++) {
      if ((before.rows[i] ?? '') === (after.rows[i] ?? '')) continue;
      this.#soil(after.y + i, isUrgent);
      hasChanged = true;
    }
    return hasChanged;
  }

  /**
   * The text that makes the terminal show what it should, empty when it does; the cursor ends anywhere and the pen default. With
   * `isUrgentOnly`, of the rows that were changed as urgent only. It ends after the row that reaches `mostBytes`, and the next one goes on from
   * there, so that every row has its turn.
   */
  difference(isUrgentOnly = false, mostBytes = Infinity): string {
    let out = '';
    const from = this.#nextPlace;
    this.#nextPlace = 0;
    this.#styles = [];
    this.#styled = 0;
    for (let i = 0; i < this.#rows; i++) {
      const place = (from + i) % this.#rows;
      const y = this.#order[place]!;
      const dirt = this.#dirt[y];
      if (dirt === CLEAN || (isUrgentOnly && dirt !== URGENT)) continue;
      if (out.length + this.#styled >= mostBytes) {
        this.#nextPlace = place;
        break;
      }
      this.#dirt[y] = CLEAN;
      const end = this.#keepsLastCell && y === this.#rows - 1 ? this.#columns - 1 : this.#columns;
      this.#compose(y, end);
      if (this.#isPlain(y, end)) this.#sortByStyle(y, end);
      else out += this.#rowDifference(y, end);
    }
    // Those on the same ground after each other: a change of one colour is shorter than one of both.
    this.#styles.sort((one, other) => one.back - other.back || one.fore - other.fore);
    for (const { fore, back, text } of this.#styles) {
      out += pen(this.#fore, this.#back, fore, back) + text;
      this.#fore = fore;
      this.#back = back;
    }
    out += pen(this.#fore, this.#back, 0, 0);
    this.#fore = 0;
    this.#back = 0;
    return out;
  }

  #compose(y: number, end: number): void {
    const base = this.#parser.parse(this.#base[y] ?? '');
    this.#blit(base, 0, 0, end, end);
    for (const layer of this.#stack) {
      if (y < layer.y || y >= layer.y + layer.h) continue;
      const row = this.#parser.parse(layer.rows[y - layer.y] ?? '');
      this.#blit(row, layer.x, layer.x, layer.x + layer.w, end);
    }
    for (const hole of this.#holes) {
      if (y < hole.y || y >= hole.y + hole.h) continue;
      this.#blit(base, 0, hole.x, hole.x + hole.w, end);
    }
    if (this.#ground !== null) this.#underlay(this.#ground, end);
  }

  #underlay({ fore, back }: Ground, end: number): void {
    const { glyphs, fores, backs } = this.#line;
    for (let x = 0; x < end; x++) {
      if (backs[x] === 0) backs[x] = back;
      // A space shows no foreground, unless it is reversed or underlined: leaving it out saves the bytes that set it.
      const isBare = glyphs[x] === SPACE && fores[x] === 0;
      if (!isBare && (fores[x]! & COLOUR_MASK) === 0) fores[x] = fores[x]! | fore;
    }
  }

  /** Copies a row whose first cell belongs at `origin` into the columns `from` to `to`; halves of wide characters become spaces. */
  #blit(row: Row, origin: number, from: number, to: number, end: number): void {
    const first = Math.max(0, from);
    const last = Math.min(end, to);
    if (first >= last) return;
    const { glyphs, fores, backs } = this.#line;
    // What is about to be overwritten may be one half of a wide character whose other half stays.
    if (first > 0 && glyphs[first] === TAIL) glyphs[first - 1] = SPACE;
    if (last < end && glyphs[last] === TAIL) glyphs[last] = SPACE;
    const length = row.glyphs.length;
    for (let x = first, i = first - origin; x < last; x++, i++) {
      if (i < length) {
        glyphs[x] = row.glyphs[i]!;
        fores[x] = row.fores[i]!;
        backs[x] = row.backs[i]!;
      } else {
        glyphs[x] = SPACE;
        fores[x] = 0;
        backs[x] = 0;
      }
    }
    if (glyphs[first] === TAIL) glyphs[first] = SPACE;
    if (row.glyphs[last - origin] === TAIL) glyphs[last - 1] = SPACE;
  }

  /** Whether every cell that changes is and was one character of undisputed width, so that they can be sent in any order. */
  #isPlain(y: number, end: number): boolean {
    const { glyphs } = this.#line;
    const shown = this.#shown.glyphs;
    const row = y * this.#columns;
    for (let x = 0; x < end; x++) {
      const glyph = glyphs[x]!;
      const before = shown[row + x]!;
      if (glyph !== before && !(isSingle(glyph) && isSingle(before))) return false;
      if (glyph === TAIL || isDisputed(glyph)) return false;
    }
    return true;
  }

  /** Adds the cells of a row that changed to the text of their style. Colours cost three times as much as movements, so each is set once a frame. */
  #sortByStyle(y: number, end: number): void {
    const { glyphs, fores, backs } = this.#line;
    const shown = this.#shown;
    const row = y * this.#columns;
    let blankFrom = end;
    while (blankFrom > 0 && isBlank(this.#line, blankFrom - 1)) blankFrom--;
    let style: Style | undefined;
    for (let x = 0; x < end; x++) {
      const glyph = glyphs[x]!;
      const fore = fores[x]!;
      const back = backs[x]!;
      const cell = row + x;
      if (
        shown.glyphs[cell] === glyph &&
        shown.fores[cell] === fore &&
        shown.backs[cell] === back
      ) {
        continue;
      }
      if (style?.fore !== fore || style.back !== back) style = this.#styleOf(fore, back);
      const approach = this.#approach(style.y === y ? style.at : -1, x, y, fore, back);
      style.y = y;
      if (x >= blankFrom && this.#isCheaperToErase(row, x, end)) {
        style.text += `${approach}${ESC}[K`;
        this.#styled += approach.length + 3;
        style.at = -1;
        this.#rememberBlank(row, x, end);
        return;
      }
      style.text += approach + String.fromCharCode(glyph);
      this.#styled += approach.length + bytesOf(glyph);
      style.at = x + 1;
      this.#remember(cell, x);
    }
  }

  #styleOf(fore: number, back: number): Style {
    const known = this.#styles.find((style) => style.fore === fore && style.back === back);
    if (known !== undefined) return known;
    const style: Style = { fore, back, text: '', y: -1, at: -1 };
    this.#styles.push(style);
    this.#styled += USUAL_PEN;
    return style;
  }

  #rowDifference(y: number, end: number): string {
    const { glyphs, fores, backs } = this.#line;
    const shown = this.#shown;
    const row = y * this.#columns;
    let blankFrom = end;
    while (blankFrom > 0 && isBlank(this.#line, blankFrom - 1)) blankFrom--;

    let out = '';
    let at = -1; // where the cursor is, when it is known to be in this row
    let fore = this.#fore;
    let back = this.#back;
    for (let x = 0; x < end; x++) {
      const glyph = glyphs[x]!;
      const cell = row + x;
      if (
        shown.glyphs[cell] === glyph &&
        shown.fores[cell] === fores[x] &&
        shown.backs[cell] === backs[x]
      ) {
        continue;
      }
      if (glyph === TAIL) {
        // Its first half differed as well and has been printed with it.
        this.#remember(cell, x);
        continue;
      }
      if (x >= blankFrom && this.#isCheaperToErase(row, x, end)) {
        out += `${this.#approach(at, x, y, fore, back)}${pen(fore, back, 0, 0)}${ESC}[K`;
        fore = 0;
        back = 0;
        this.#rememberBlank(row, x, end);
        break;
      }
      out += this.#approach(at, x, y, fore, back);
      out += pen(fore, back, fores[x]!, backs[x]!);
      fore = fores[x]!;
      back = backs[x]!;
      const width = x + 1 < end && glyphs[x + 1] === TAIL ? 2 : 1;
      at = x + width;
      if (isDisputed(glyph) || isDisputed(shown.glyphs[cell]!)) {
        // Whatever the terminal thinks of its width: both cells are emptied first, what follows is addressed and printed again.
        out += `${' '.repeat(width)}${ESC}[${y + 1};${x + 1}H`;
        at = -1;
        if (x + width < end) shown.glyphs[cell + width] = UNKNOWN;
      }
      out += this.#parser.textOf(glyph);
      this.#remember(cell, x);
    }
    this.#fore = fore;
    this.#back = back;
    return out;
  }

  #remember(cell: number, x: number): void {
    this.#shown.glyphs[cell] = this.#line.glyphs[x]!;
    this.#shown.fores[cell] = this.#line.fores[x]!;
    this.#shown.backs[cell] = this.#line.backs[x]!;
  }

  #rememberBlank(row: number, from: number, end: number): void {
    // Erasing to the end of the line reaches the last cell as well, which is blank anyway where it is kept.
    this.#shown.glyphs.fill(SPACE, row + from, row + end);
    this.#shown.fores.fill(0, row + from, row + end);
    this.#shown.backs.fill(0, row + from, row + end);
  }

  /** Whether more than a few of the cells from `x` on are not blank yet. */
  #isCheaperToErase(row: number, x: number, end: number): boolean {
    let differing = 0;
    for (let i = row + x; i < row + end && differing <= ERASE_FROM; i++) {
      if (
        this.#shown.glyphs[i] !== SPACE ||
        this.#shown.fores[i] !== 0 ||
        this.#shown.backs[i] !== 0
      ) {
        differing++;
      }
    }
    return differing > ERASE_FROM;
  }

  /** Gets the cursor from column `at` to `x`: nothing, the few equal cells between printed again, or a jump. */
  #approach(at: number, x: number, y: number, fore: number, back: number): string {
    if (at === x) return '';
    if (at < 0 || at > x) return x === 0 ? `${ESC}[${y + 1}H` : `${ESC}[${y + 1};${x + 1}H`;
    const between = this.#cheapCells(at, x, fore, back);
    return between ?? `${ESC}[${x - at === 1 ? '' : x - at}C`;
  }

  /** The cells between, when printing them takes no colour change and no more bytes than a jump. */
  #cheapCells(from: number, to: number, fore: number, back: number): string | undefined {
    if (to - from > 3) return undefined;
    const { glyphs, fores, backs } = this.#line;
    let text = '';
    for (let x = from; x < to; x++) {
      const glyph = glyphs[x]!;
      if (glyph < SPACE || glyph > 0x7e || fores[x] !== fore || backs[x] !== back) return undefined;
      text += String.fromCharCode(glyph);
    }
    return text;
  }
}

/** In place of a glyph: nobody knows what the terminal shows there. */
const UNKNOWN = 1;

/** Terminals disagree about the width of clusters, emoji and everything beyond the BMP. */
const isDisputed = (glyph: number): boolean =>
  glyph < 0 || glyph > 0xff_ff || unitClass(glyph) === COMPLEX;

/** A character of the BMP in one cell, as far as everybody agrees. */
const isSingle = (glyph: number): boolean => glyph >= SPACE && !isDisputed(glyph);

/** In UTF-8. */
const bytesOf = (glyph: number): number => (glyph < 0x80 ? 1 : glyph < 0x8_00 ? 2 : 3);

/** Blank cells at the end of a row from which erasing is shorter than printing them. */
const ERASE_FROM = 4;

const isBlank = (cells: Cells, x: number): boolean =>
  cells.glyphs[x] === SPACE && cells.fores[x] === 0 && cells.backs[x] === 0;

const isSameRect = (a: Rect, b: Rect): boolean =>
  a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;

const isSamePlace = (a: Layer, b: Layer): boolean => isSameRect(a, b) && (a.z ?? 0) === (b.z ?? 0);
