import stringWidth from 'string-width';

/** How a UTF-16 unit behaves in a terminal row: the fast paths are built on knowing this before looking at its neighbours. */
export type UnitClass = typeof CONTROL | typeof NARROW | typeof WIDE | typeof COMPLEX;

/** Never drawn: control characters, and the format characters that reorder or hide text. */
export const CONTROL = 1;
/** One cell, and never part of a larger cluster by itself. */
export const NARROW = 2;
/** Two cells, and never part of a larger cluster by itself. */
export const WIDE = 3;
/** Its width depends on its neighbours: marks, emoji, surrogates, conjoining jamo. */
export const COMPLEX = 4;

// One byte per UTF-16 unit, filled as units are first met.
const classes = new Uint8Array(0x1_00_00);

const ZERO_WIDTH_JOINER = 0x20_0d;
const neverDrawn = /^[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]$/u;
const dependsOnNeighbours =
  /^[\p{M}\p{Default_Ignorable_Code_Point}\p{Extended_Pictographic}\p{Emoji_Component}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]$/u;

function classify(unit: number): UnitClass {
  if (unit >= 0x20 && unit <= 0x7e) return NARROW;
  if (unit >= 0xd8_00 && unit <= 0xdf_ff) return COMPLEX;
  const text = String.fromCharCode(unit);
  if (unit === ZERO_WIDTH_JOINER) return COMPLEX;
  if (neverDrawn.test(text)) return CONTROL;
  if (dependsOnNeighbours.test(text)) return COMPLEX;
  const width = stringWidth(text);
  if (width === 1) return NARROW;
  return width === 2 ? WIDE : COMPLEX;
}

/** The class of one UTF-16 unit. */
export function unitClass(unit: number): UnitClass {
  const known = classes[unit];
  if (known !== 0) return known as UnitClass;
  const found = classify(unit);
  classes[unit] = found;
  return found;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Visits the graphemes of a text without escape sequences, each with its width in cells; what is never drawn is left out.
 * Marks that stand alone have width 0.
 */
export function forEachGrapheme(
  text: string,
  visit: (grapheme: string, width: number) => void,
): void {
  let clean = '';
  let isSimple = true;
  for (let i = 0; i < text.length; i++) {
    const kind = unitClass(text.charCodeAt(i));
    if (kind === CONTROL) continue;
    if (kind === COMPLEX) isSimple = false;
    clean += text[i];
  }
  if (isSimple) {
    for (let i = 0; i < clean.length; i++) {
      visit(clean[i]!, unitClass(clean.charCodeAt(i)) === WIDE ? 2 : 1);
    }
    return;
  }
  for (const { segment } of segmenter.segment(clean.toWellFormed())) {
    visit(segment, stringWidth(segment));
  }
}

/** Cells that a text takes on a terminal; colour sequences take none. */
export function cellWidth(text: string): number {
  let width = 0;
  for (let i = 0; i < text.length; i++) {
    const kind = unitClass(text.charCodeAt(i));
    if (kind === NARROW) width += 1;
    else if (kind === WIDE) width += 2;
    else return graphemeWidth(withoutEscapes(text));
  }
  return width;
}

function graphemeWidth(text: string): number {
  let width = 0;
  forEachGrapheme(text, (_, cells) => {
    width += cells;
  });
  return width;
}

// CSI with its parameters; OSC, DCS, SOS, PM and APC with their payload; any other two-character escape.
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|\u001B[\]PX^_][^\u0007\u001B]*(?:\u0007|\u001B\\)?|\u001B[ -/]*[0-~]?/g;

const withoutEscapes = (text: string): string => text.replace(escapes, '');

export interface FittedOptions {
  /** Where the text stands in the cells it does not fill. */
  readonly align?: 'left' | 'right' | 'center';
  /** The mark of a cut becomes `~`. */
  readonly ascii?: boolean;
}

/**
 * A text in exactly `width` cells: padded with spaces, or cut with `…`. Colour sequences are kept and closed after a cut; a wide character
 * that would straddle the cut is left out.
 */
export function fitted(text: string, width: number, options: FittedOptions = {}): string {
  if (!Number.isInteger(width) || width < 0) {
    throw new RangeError(`Invariant: a width is a whole number of cells, not ${width}`);
  }
  const cells = cellWidth(text);
  if (cells > width) return cut(text, width, options.ascii === true ? '~' : '…');
  const space = width - cells;
  if (space === 0) return text;
  if (options.align === 'right') return ' '.repeat(space) + text;
  if (options.align === 'center') {
    const left = space >> 1;
    return ' '.repeat(left) + text + ' '.repeat(space - left);
  }
  return text + ' '.repeat(space);
}

function cut(text: string, width: number, mark: string): string {
  if (width === 0) return '';
  let out = '';
  let used = 0;
  let isStyled = false;
  const take = (grapheme: string, cells: number): void => {
    if (used + cells > width - 1) used = Infinity;
    if (used === Infinity) return;
    out += grapheme;
    used += cells;
  };
  let from = 0;
  for (const sequence of text.matchAll(escapes)) {
    forEachGrapheme(text.slice(from, sequence.index), (grapheme, cells) => take(grapheme, cells));
    if (used === Infinity) break;
    if (sequence[0].endsWith('m')) {
      out += sequence[0];
      isStyled = true;
    }
    from = sequence.index + sequence[0].length;
  }
  if (used !== Infinity)
    forEachGrapheme(text.slice(from), (grapheme, cells) => take(grapheme, cells));
  const row = `${out}${mark}${isStyled ? '\u001B[0m' : ''}`;
  return row + ' '.repeat(width - cellWidth(row));
}

const MAX_VENUE_TEXT = 256;
const marksPastTheSecond = /(\p{M}{2})\p{M}+/gu;
const invisible = /[[\p{Cc}--[\t-\r]]\p{Cf}\p{Default_Ignorable_Code_Point}]/gv;

/**
 * Text that came from outside, made safe for a terminal: no escape sequences, control, bidirectional or zero-width characters, white space
 * collapsed, at most two combining marks per letter, at most 256 characters.
 */
export function cleanText(text: string): string {
  // Bounded before the expensive part: a venue may send megabytes.
  const head = withoutEscapes(text.slice(0, MAX_VENUE_TEXT * 4).toWellFormed())
    .normalize('NFC')
    .replace(invisible, '')
    .replace(/[\t-\r\p{Z}]+/gu, ' ')
    .replace(marksPastTheSecond, '$1')
    .trim();
  const characters = [...head];
  return characters.length <= MAX_VENUE_TEXT
    ? head
    : `${characters.slice(0, MAX_VENUE_TEXT - 1).join('')}…`;
}
