/** Bits of colour: none, the 16 ANSI names, the 256 palette, 24-bit. */
export type ColorLevel = 0 | 4 | 8 | 24;

/** The variables that decide; `process.env` fits. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ColorLevelInput {
  /** What the command line says, if anything; it beats everything. */
  readonly flag?: ColorLevel | undefined;
  readonly env: Environment;
  /** `process.platform`: Windows consoles set no TERM. */
  readonly platform?: string;
}

/**
 * How many colours the terminal gets, decided once for everything that draws: flag, then NO_COLOR (any value), FORCE_COLOR (0–3, true,
 * false), COLORTERM, TERM.
 */
export function colorLevel({ flag, env, platform }: ColorLevelInput): ColorLevel {
  if (flag !== undefined) return flag;
  if ((env['NO_COLOR'] ?? '') !== '') return 0;
  const forced = forcedLevel(env['FORCE_COLOR']);
  if (forced !== undefined) return forced;
  return levelOfTerminal(env, platform);
}

function forcedLevel(value: string | undefined): ColorLevel | undefined {
  switch (value?.toLowerCase()) {
    case '0':
    case 'false':
      return 0;
    case '':
    case '1':
    case 'true':
      return 4;
    case '2':
      return 8;
    case '3':
      return 24;
    default:
      return undefined;
  }
}

// These do 24-bit colour but lose COLORTERM over SSH, where only TERM travels.
const trueColourTerminals = /direct|kitty|ghostty|alacritty|wezterm|foot|contour|rio/;

function levelOfTerminal(env: Environment, platform: string | undefined): ColorLevel {
  const term = (env['TERM'] ?? '').toLowerCase();
  if (term === 'dumb') return 0;
  const colorTerm = (env['COLORTERM'] ?? '').toLowerCase();
  if (colorTerm === 'truecolor' || colorTerm === '24bit') return 24;
  if ((env['WT_SESSION'] ?? '') !== '' || platform === 'win32') return 24;
  if (trueColourTerminals.test(term)) return 24;
  if (term.includes('256')) return 8;
  return term === '' && colorTerm === '' ? 0 : 4;
}
