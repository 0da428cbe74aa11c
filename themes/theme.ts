/** A 24-bit colour, `#rrggbb`. What a terminal with fewer colours shows is the painter's business. */
export type Hex = `#${string}`;

/**
 * What a colour means. Views name meanings and never hues, so that a theme can be anything from Okabe-Ito to no colour at all.
 *
 * Sides and positions: `bid`/`ask` of a book, `long`/`short` of a position or a liquidation, `rising`/`falling` of a change.
 * Certainty (SPEC §2): `live`, `stale`, `absent`, `provisional`, `estimated`. Whole-screen states: `frozen`, `past`, `demo`, `replay`.
 */
export type Role =
  | 'text'
  | 'dim'
  | 'title'
  | 'header'
  | 'key'
  | 'border'
  | 'borderFocus'
  | 'grid'
  | 'selection'
  | 'bid'
  | 'ask'
  | 'long'
  | 'short'
  | 'rising'
  | 'falling'
  | 'live'
  | 'stale'
  | 'absent'
  | 'provisional'
  | 'estimated'
  | 'riskLow'
  | 'riskMedium'
  | 'riskHigh'
  | 'riskCritical'
  | 'accent'
  | 'warn'
  | 'error'
  | 'frozen'
  | 'past'
  | 'pastBorder'
  | 'demo'
  | 'replay';

/** How a role is drawn. A colour left out is the terminal's own. */
export interface Style {
  readonly fg?: Hex;
  readonly bg?: Hex;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

/** A scale of colours: `heat`, `long` and `short` run from nothing to much, `diverging` from short over nothing to long. */
export type RampName = 'heat' | 'long' | 'short' | 'diverging';

export interface Theme {
  /** As written in the configuration and after `:theme`. */
  readonly name: string;
  /** The terminal background it is made for; text is at least 4.5 : 1 against it. The screen paints it where the terminal has colours enough. */
  readonly background: Hex;
  readonly roles: Readonly<Record<Role, Style>>;
  /** Stops of each scale, interpolated by the painter; empty where the theme has no colours and density has to do. */
  readonly ramps: Readonly<Record<RampName, readonly Hex[]>>;
  /** Lines of a chart, by index, the first ones furthest apart. */
  readonly series: readonly Style[];
}
