import { dark } from '../../themes/dark.ts';
import { themeNamed } from '../../themes/index.ts';
import type { Theme } from '../../themes/theme.ts';

/** Everything that has a say in the theme. */
export interface ThemeWishes {
  /** `--theme`. */
  readonly flag: string | undefined;
  /** `PERPSCOPE_THEME`. */
  readonly environment: string | undefined;
  /** Whether the terminal shows colours and nobody forbade them. */
  readonly hasColours: boolean;
  /** The configuration in force, file and `--set` included; null where nothing sets it. */
  readonly configured: string | null;
  /** What was last chosen at the screen. */
  readonly remembered: string | undefined;
  /** Those there are: the built-in ones and the person's own. */
  readonly themes: readonly Theme[];
}

/**
 * The theme that the screen starts with: what was said for this run, `no-colour` where there are no colours, what is configured, what was last chosen, `dark`. A
 * remembered theme that is gone counts as none; the others have been checked with the configuration.
 */
export function chosenTheme(wishes: ThemeWishes): Theme {
  const { flag, environment, hasColours, configured, remembered } = wishes;
  const said = flag ?? (environment || undefined) ?? (hasColours ? configured : 'no-colour');
  return themeNamed(said ?? remembered ?? '', wishes.themes) ?? dark;
}
