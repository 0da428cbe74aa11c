import { mixed, rgbOf } from '../../themes/colour.ts';
import type { Hex, RampName, Role, Style, Theme } from '../../themes/theme.ts';
import type { ColorLevel } from './color-level.ts';
import { inkOn16, nearest16, nearest256, nearestPaper16 } from './palette.ts';
import { RGB } from './row.ts';

const ESC = '\u001B';
/** Ends whatever a prefix began. */
export const RESET = `${ESC}[0m`;

const prefixOf = (parameters: readonly string[]): string =>
  parameters.length === 0 ? '' : `${ESC}[${parameters.join(';')}m`;

/** Colours of a style as SGR parameters at a level; `ground` is what text without a background of its own stands on. */
function colours(style: Style, level: ColorLevel, ground: Hex): string[] {
  const { fg, bg } = style;
  switch (level) {
    case 0:
      // A badge that loses its colours would look like text.
      return bg === undefined ? [] : ['7'];
    case 4:
      return named(fg, bg, ground);
    case 8:
      return [
        ...(fg === undefined ? [] : [`38;5;${nearest256(fg)}`]),
        ...(bg === undefined ? [] : [`48;5;${nearest256(bg)}`]),
      ];
    case 24:
      return [
        ...(fg === undefined ? [] : [`38;2;${rgbOf(fg).join(';')}`]),
        ...(bg === undefined ? [] : [`48;2;${rgbOf(bg).join(';')}`]),
      ];
  }
}

const foreground16 = (index: number): string => String(index < 8 ? 30 + index : 82 + index);
const background16 = (index: number): string => String(index < 8 ? 40 + index : 92 + index);

/** Black and the two whites: as text, the terminal's own foreground says the same and is readable on whatever ground it has. */
const isPlain = (index: number): boolean => index === 0 || index === 7 || index === 15;

function named(fg: Hex | undefined, bg: Hex | undefined, ground: Hex): string[] {
  if (bg !== undefined) {
    // Subtle backgrounds have no name among sixteen: reversing is what every terminal can do.
    if (fg === undefined) return ['7'];
    const paper = nearestPaper16(bg);
    return [foreground16(inkOn16(paper)), background16(paper)];
  }
  if (fg === undefined) return [];
  const index = nearest16(fg, ground);
  return isPlain(index) ? [] : [foreground16(index)];
}

function parameters(style: Style, level: ColorLevel, ground: Hex): string[] {
  const all = [
    ...(style.bold === true ? ['1'] : []),
    ...(style.dim === true ? ['2'] : []),
    ...(style.italic === true ? ['3'] : []),
    ...(style.underline === true ? ['4'] : []),
    ...(style.inverse === true ? ['7'] : []),
    ...colours(style, level, ground),
  ];
  return [...new Set(all)];
}

/** Props of Ink's `<Text>` that draw a role. */
export interface InkTextStyle {
  readonly color?: string;
  readonly backgroundColor?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

const inkNames = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

const inkName = (index: number): string =>
  index < 8 ? inkNames[index]! : `${inkNames[index - 8]!}Bright`;

/** A foreground as Ink names it; `paper` is the style's own background, `ground` the terminal's. */
function inkColour(
  fg: Hex,
  level: ColorLevel,
  paper: Hex | undefined,
  ground: Hex,
): string | undefined {
  if (level === 0) return undefined;
  if (level === 24) return fg;
  if (level === 8) return `ansi256(${nearest256(fg)})`;
  if (paper !== undefined) return inkName(inkOn16(nearestPaper16(paper)));
  const index = nearest16(fg, ground);
  return isPlain(index) ? undefined : inkName(index);
}

function inkPaper(bg: Hex, level: ColorLevel): string {
  if (level === 24) return bg;
  return level === 8 ? `ansi256(${nearest256(bg)})` : inkName(nearestPaper16(bg));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const SELECTION = /\u001B\[[\d;:]*m/g;

/** Steps of a colour scale; more are not told apart in a cell. */
const RAMP_STEPS = 32;

/**
 * Turns meanings into colour sequences for one theme at one colour level. Every sequence is made once.
 *
 * Get one from `painterFor`.
 */
export class Painter {
  readonly theme: Theme;
  readonly level: ColorLevel;
  readonly #under: Style | undefined;
  readonly #roles = new Map<Role, string>();
  readonly #series: readonly string[];
  readonly #ramps = new Map<RampName, readonly Hex[]>();
  // Two colours of one scale: at most 33 × 33 pairs for each.
  readonly #cells = new Map<string, string>();
  readonly #over = new Map<Role, Painter>();

  constructor(theme: Theme, level: ColorLevel, under?: Style) {
    this.theme = theme;
    this.level = level;
    this.#under = under;
    this.#series = theme.series.map((style) => this.#prefix(style));
  }

  #prefix(style: Style): string {
    const under = this.#under;
    // A role with a background of its own (a badge) keeps it on a selected row.
    const whole = under === undefined || style.bg !== undefined ? style : { ...style, ...under };
    if (under?.bg !== undefined && whole !== style && this.level <= 4) {
      const { bg: _, ...bare } = whole;
      return prefixOf(parameters({ ...bare, inverse: true }, this.level, this.theme.background));
    }
    return prefixOf(parameters(whole, this.level, this.theme.background));
  }

  /** The sequence that begins a role; empty where the theme leaves it to the terminal. */
  sgr(role: Role): string {
    const known = this.#roles.get(role);
    if (known !== undefined) return known;
    const made = this.#prefix(this.theme.roles[role]);
    this.#roles.set(role, made);
    return made;
  }

  /** A text in a role, closed again. */
  paint(role: Role, text: string): string {
    const prefix = this.sgr(role);
    return prefix === '' ? text : prefix + text + RESET;
  }

  /** The sequence that begins line `index` of a chart; indexes past the theme's last start over. */
  series(index: number): string {
    return this.#series[index % this.#series.length]!;
  }

  /**
   * A row that is painted already, on the background of a role: `laid('selection', row)` is a chosen row. What has a background of its own keeps it. Where
   * colours are too few to lie on one another, the row loses its own.
   */
  laid(role: Role, painted: string): string {
    const { bg } = this.theme.roles[role];
    const under = bg === undefined ? '' : this.#prefix({ bg });
    if (this.level <= 4 || under === '') return this.paint(role, painted.replace(SELECTION, ''));
    return under + painted.replaceAll(RESET, RESET + under) + RESET;
  }

  /** This painter on the background of a role: `on('selection')` draws a selected row. */
  on(role: Role): Painter {
    const known = this.#over.get(role);
    if (known !== undefined) return known;
    const { bg, inverse } = this.theme.roles[role];
    const made = new Painter(this.theme, this.level, {
      ...(bg !== undefined && { bg }),
      ...(inverse !== undefined && { inverse }),
    });
    this.#over.set(role, made);
    return made;
  }

  /** Whether colour alone tells things apart; otherwise patterns have to. */
  get isColoured(): boolean {
    return this.level > 0 && this.theme.ramps.heat.length > 1;
  }

  /**
   * What a screen in this theme stands on, packed as cells are; null where the theme has no colours or the terminal too few to hit its shades, and
   * the terminal's own ground has to do.
   */
  get ground(): { readonly fore: number; readonly back: number } | null {
    const { background, roles } = this.theme;
    const text = roles.text.fg;
    if (this.level < 8 || !this.isColoured || text === undefined) return null;
    const packed = (colour: Hex): number =>
      this.level === 24 ? RGB | Number.parseInt(colour.slice(1), 16) : 1 + nearest256(colour);
    return { fore: packed(text), back: packed(background) };
  }

  /** Whether scales have enough colours to be told apart; otherwise density has to do. */
  get hasRamps(): boolean {
    return this.level >= 8 && this.isColoured;
  }

  /**
   * The sequence for one cell of a scale: `upper` (0–1) as foreground, `lower` as background, as a half block needs them. Undefined leaves
   * that half to the terminal. Only where `hasRamps`.
   */
  ramp(name: RampName, upper: number | undefined, lower?: number): string {
    const fg = step(upper);
    const bg = step(lower);
    const key = `${name}${fg}/${bg}`;
    const known = this.#cells.get(key);
    if (known !== undefined) return known;
    const colour = this.#rampColours(name);
    const made = prefixOf(
      parameters(
        { ...(fg >= 0 && { fg: colour[fg]! }), ...(bg >= 0 && { bg: colour[bg]! }) },
        this.level,
        this.theme.background,
      ),
    );
    this.#cells.set(key, made);
    return made;
  }

  #rampColours(name: RampName): readonly Hex[] {
    const known = this.#ramps.get(name);
    if (known !== undefined) return known;
    const stops = this.theme.ramps[name];
    const made = Array.from({ length: RAMP_STEPS + 1 }, (_, i) => mixed(stops, i / RAMP_STEPS));
    this.#ramps.set(name, made);
    return made;
  }

  /** A role as props of Ink's `<Text>`; `color` also serves as `borderColor` of a `<Box>`. */
  ink(role: Role): InkTextStyle {
    const { fg, bg, bold, dim, italic, underline, inverse } = this.theme.roles[role];
    const { level } = this;
    const color = fg && inkColour(fg, level, bg, this.theme.background);
    const losesPaper = level === 0 || (level === 4 && fg === undefined);
    const isReversed = inverse === true || (bg !== undefined && losesPaper);
    return {
      ...(color && { color }),
      ...(bg && !isReversed && { backgroundColor: inkPaper(bg, level) }),
      ...(bold && { bold }),
      ...(dim && { dimColor: dim }),
      ...(italic && { italic }),
      ...(underline && { underline }),
      ...(isReversed && { inverse: true }),
    };
  }
}

const step = (position: number | undefined): number =>
  position === undefined ? -1 : Math.round(Math.min(1, Math.max(0, position)) * RAMP_STEPS);

const painters = new WeakMap<Theme, Map<ColorLevel, Painter>>();

/** The one painter of a theme at a level, so that its sequences are made once however often panels ask. */
export function painterFor(theme: Theme, level: ColorLevel): Painter {
  let byLevel = painters.get(theme);
  if (byLevel === undefined) {
    byLevel = new Map();
    painters.set(theme, byLevel);
  }
  let painter = byLevel.get(level);
  if (painter === undefined) {
    painter = new Painter(theme, level);
    byLevel.set(level, painter);
  }
  return painter;
}
