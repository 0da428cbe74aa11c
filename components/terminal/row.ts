import {
  COMPLEX,
  CONTROL,
  forEachGrapheme,
  NARROW,
  unitClass,
  WIDE,
} from '../format/cell-width.ts';

/** The second cell of a wide character. */
export const TAIL = 0;
/** An empty cell. */
export const SPACE = 0x20;

/** Attributes, kept above the 25 bits of a foreground colour. */
export const BOLD = 1;
export const DIM = 2;
export const ITALIC = 4;
export const UNDERLINE = 8;
export const INVERSE = 16;
export const STRIKE = 32;

const COLOUR_BITS = 25;
export const COLOUR_MASK = (1 << COLOUR_BITS) - 1;
/** Marks a 24-bit colour; without it the number is a palette index plus one, and 0 is the terminal's own colour. */
export const RGB = 1 << 24;
export const attributesOf = (fore: number): number => fore >>> COLOUR_BITS;

/** Columns that are drawn at most; a row is cut there. */
export const MAX_COLUMNS = 1024;

/**
 * One row of cells, ready to be compared number by number: per cell a code point (or a glyph's negative number, or `TAIL`), the foreground
 * with its attributes, and the background.
 */
export interface Row {
  readonly glyphs: Int32Array;
  readonly fores: Int32Array;
  readonly backs: Int32Array;
}

const ESC = 0x1b;
const CSI_8BIT = 0x9b;
const BEL = 0x07;

/** Clusters of several code points that are remembered; beyond it a new one loses its marks until `forget`. */
const MAX_GLYPHS = 4096;
/** Longest cluster that is kept whole, in UTF-16 units: a family emoji has 11. */
const MAX_CLUSTER = 24;
/** Parsed rows that are remembered; the least recently used one goes. Several times the rows of a large screen with all its panels. */
const MAX_ROWS = 1024;
/** Longer rows are parsed each time. */
const MAX_REMEMBERED_TEXT = 16_384;
const MAX_PARAMETERS = 32;

/**
 * Turns strings with SGR sequences into rows of cells. Everything else that could move a cursor is dropped: control characters, other
 * escape sequences, bidirectional controls.
 */
export class RowParser {
  readonly #rows = new Map<string, Row>();
  readonly #glyphNumbers = new Map<string, number>();
  readonly #glyphs: string[] = [];

  readonly #glyphCells = new Int32Array(MAX_COLUMNS);
  readonly #foreCells = new Int32Array(MAX_COLUMNS);
  readonly #backCells = new Int32Array(MAX_COLUMNS);
  #length = 0;

  #colour = 0;
  #attributes = 0;
  #back = 0;
  readonly #parameters = new Int32Array(MAX_PARAMETERS);
  // Whether a parameter belongs to the one before it (`38:2:…`).
  readonly #isSub = new Uint8Array(MAX_PARAMETERS);

  /** Drops everything remembered. Glyph numbers handed out before mean nothing afterwards. */
  forget(): void {
    this.#rows.clear();
    this.#glyphNumbers.clear();
    this.#glyphs.length = 0;
  }

  /** What a cell prints. */
  textOf(glyph: number): string {
    return glyph < 0 ? this.#glyphs[-glyph - 1]! : String.fromCodePoint(glyph);
  }

  /** The cells of a row, at most `MAX_COLUMNS`. */
  parse(text: string): Row {
    const known = this.#rows.get(text);
    if (known !== undefined) {
      this.#rows.delete(text);
      this.#rows.set(text, known);
      return known;
    }
    const row = this.#parsed(text);
    if (text.length > MAX_REMEMBERED_TEXT) return row;
    if (this.#rows.size >= MAX_ROWS) {
      for (const oldest of this.#rows.keys()) {
        this.#rows.delete(oldest);
        break;
      }
    }
    this.#rows.set(text, row);
    return row;
  }

  #parsed(text: string): Row {
    this.#length = 0;
    this.#reset();
    let i = 0;
    while (i < text.length && this.#length < MAX_COLUMNS) {
      const unit = text.charCodeAt(i);
      if (unit === ESC || unit === CSI_8BIT) i = this.#skipSequence(text, i);
      else i = this.#print(text, i);
    }
    return {
      glyphs: this.#glyphCells.slice(0, this.#length),
      fores: this.#foreCells.slice(0, this.#length),
      backs: this.#backCells.slice(0, this.#length),
    };
  }

  /** Prints up to the next escape or control character; returns where it stopped. */
  #print(text: string, from: number): number {
    const start = this.#length;
    let i = from;
    for (; i < text.length && this.#length < MAX_COLUMNS; i++) {
      const unit = text.charCodeAt(i);
      const kind = unitClass(unit);
      if (kind === NARROW) this.#put(unit, 1);
      else if (kind === WIDE) this.#put(unit, 2);
      else if (kind === COMPLEX) {
        // A mark may belong to the letter already printed: this run is done again, by clusters.
        this.#length = start;
        return this.#printClusters(text, from);
      } else return i === from ? i + 1 : i;
    }
    return i;
  }

  #printClusters(text: string, from: number): number {
    const limit = Math.min(text.length, from + MAX_COLUMNS * MAX_CLUSTER);
    let end = from;
    while (end < limit && unitClass(text.charCodeAt(end)) !== CONTROL) end++;
    forEachGrapheme(text.slice(from, end), (grapheme, width) => {
      if (width === 0) this.#attach(grapheme);
      else this.#put(this.#glyphOf(grapheme), width);
    });
    return end;
  }

  #put(glyph: number, width: number): void {
    const at = this.#length;
    if (at + width > MAX_COLUMNS) return;
    const fore = (this.#attributes << COLOUR_BITS) | this.#colour;
    for (let i = 0; i < width; i++) {
      // No terminal draws one cluster over more than two cells; what a wider one claims stays empty.
      this.#glyphCells[at + i] = i === 0 ? glyph : i === 1 ? TAIL : SPACE;
      this.#foreCells[at + i] = fore;
      this.#backCells[at + i] = this.#back;
    }
    this.#length += width;
  }

  /** A mark that follows a colour change still belongs to the letter before it. */
  #attach(marks: string): void {
    let at = this.#length - 1;
    if (at > 0 && this.#glyphCells[at] === TAIL) at--;
    if (at < 0) return;
    this.#glyphCells[at] = this.#glyphOf(this.textOf(this.#glyphCells[at]!) + marks);
  }

  #glyphOf(cluster: string): number {
    const first = cluster.codePointAt(0)!;
    if (cluster.length === (first > 0xff_ff ? 2 : 1)) return first;
    const known = this.#glyphNumbers.get(cluster);
    if (known !== undefined) return known;
    if (this.#glyphs.length >= MAX_GLYPHS || cluster.length > MAX_CLUSTER) return first;
    this.#glyphs.push(cluster);
    this.#glyphNumbers.set(cluster, -this.#glyphs.length);
    return -this.#glyphs.length;
  }

  /** Obeys an SGR sequence, drops any other; returns where the text goes on. */
  #skipSequence(text: string, from: number): number {
    if (text.charCodeAt(from) === CSI_8BIT) return this.#skipCsi(text, from + 1);
    const kind = text[from + 1];
    if (kind === '[') return this.#skipCsi(text, from + 2);
    if (kind !== undefined && ']PX^_'.includes(kind)) return endOfString(text, from + 2);
    let i = from + 1;
    while (i < text.length && text.charCodeAt(i) >= 0x20 && text.charCodeAt(i) <= 0x2f) i++;
    const final = text.charCodeAt(i);
    return final >= 0x30 && final <= 0x7e ? i + 1 : i;
  }

  #skipCsi(text: string, from: number): number {
    let end = from;
    while (end < text.length && text.charCodeAt(end) >= 0x20 && text.charCodeAt(end) <= 0x3f) end++;
    const final = text.charCodeAt(end);
    if (!(final >= 0x40 && final <= 0x7e)) return end;
    if (text[end] === 'm') this.#select(text, from, end);
    return end + 1;
  }

  #reset(): void {
    this.#colour = 0;
    this.#attributes = 0;
    this.#back = 0;
  }

  /** SGR: reads the parameters between `from` and `end`, then obeys them. */
  #select(text: string, from: number, end: number): void {
    const parameters = this.#parameters;
    const isSub = this.#isSub;
    let count = 0;
    parameters[0] = 0;
    isSub[0] = 0;
    for (let i = from; i < end; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x30 && unit <= 0x39) {
        parameters[count] = Math.min(9999, parameters[count]! * 10 + unit - 0x30);
      } else if (unit === 0x3b || unit === 0x3a) {
        count++;
        if (count === MAX_PARAMETERS) return;
        parameters[count] = 0;
        isSub[count] = unit === 0x3a ? 1 : 0;
      } else return; // a private or intermediate byte: not a selection of colours
    }
    this.#obey(count + 1);
  }

  #obey(count: number): void {
    const parameters = this.#parameters;
    const isSub = this.#isSub;
    let i = 0;
    while (i < count) {
      const value = parameters[i]!;
      let next = i + 1;
      while (next < count && isSub[next] === 1) next++;
      if (value === 38 || value === 48 || value === 58) {
        next = this.#extended(value, i, next, count);
      } else if (value === 4 && next > i + 1) {
        this.#turn(UNDERLINE, parameters[i + 1] !== 0);
      } else this.#simple(value);
      i = next;
    }
  }

  /** `38;5;n`, `38;2;r;g;b` and their colon forms; returns the index after what it used. */
  #extended(target: number, at: number, endOfSubs: number, count: number): number {
    const p = this.#parameters;
    const hasColons = endOfSubs > at + 1;
    const end = hasColons ? endOfSubs : count;
    const mode = at + 1 < end ? p[at + 1]! : -1;
    let colour = -1;
    let next = hasColons ? endOfSubs : at + 2;
    if (mode === 5 && at + 2 < end) {
      colour = 1 + Math.min(255, p[at + 2]!);
      next = hasColons ? endOfSubs : at + 3;
    } else if (mode === 2) {
      // With colons a colour space may stand before red.
      const red = hasColons && end - at > 5 ? at + 3 : at + 2;
      if (red + 2 < end) colour = rgb(p[red]!, p[red + 1]!, p[red + 2]!);
      next = hasColons ? endOfSubs : at + 5;
    }
    if (colour >= 0 && target === 38) this.#colour = colour;
    if (colour >= 0 && target === 48) this.#back = colour;
    return Math.min(next, count);
  }

  #turn(attribute: number, isOn: boolean): void {
    this.#attributes = isOn ? this.#attributes | attribute : this.#attributes & ~attribute;
  }

  #simple(value: number): void {
    if (value >= 30 && value <= 37) this.#colour = value - 29;
    else if (value >= 90 && value <= 97) this.#colour = value - 81;
    else if (value >= 40 && value <= 47) this.#back = value - 39;
    else if (value >= 100 && value <= 107) this.#back = value - 91;
    else if (value === 0) this.#reset();
    else if (value === 39) this.#colour = 0;
    else if (value === 49) this.#back = 0;
    else {
      this.#turn(TURNED_ON.get(value) ?? 0, true);
      this.#turn(TURNED_OFF.get(value) ?? 0, false);
    }
  }
}

const TURNED_ON = new Map([
  [1, BOLD],
  [2, DIM],
  [3, ITALIC],
  [4, UNDERLINE],
  [7, INVERSE],
  [9, STRIKE],
  [21, UNDERLINE],
]);
const TURNED_OFF = new Map([
  [22, BOLD | DIM],
  [23, ITALIC],
  [24, UNDERLINE],
  [27, INVERSE],
  [29, STRIKE],
]);

const rgb = (red: number, green: number, blue: number): number =>
  RGB | (Math.min(255, red) << 16) | (Math.min(255, green) << 8) | Math.min(255, blue);

/** Where a string sequence (OSC, DCS, …) ends: after BEL or ST. */
function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === BEL) return i + 1;
    if (unit === ESC) return text[i + 1] === '\\' ? i + 2 : i;
  }
  return text.length;
}
