import type { Config } from './config.ts';

/** Where the settings of a run come from, so that a screen can read them again when they change. */
export interface SettingsHome {
  /** The config file, whether it is there or not. */
  readonly file: string;
  /** The folder of a person's own themes, whether it is there or not. */
  readonly themesFolder: string;
  /**
   * Defaults, file, environment and flags as they are now.
   *
   * @throws CommandError naming what is wrong and where.
   */
  readonly load: () => Config;
}
