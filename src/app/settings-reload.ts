import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { cleanText } from '../../components/format/cell-width.ts';
import { BINDINGS, rebound } from '../../components/keys/table.ts';
import type { ScreenSettings } from '../../components/screen-options.ts';
import { themes as builtIn, themeNamed } from '../../themes/index.ts';
import type { Theme } from '../../themes/theme.ts';
import type { Config } from './config.ts';
import { CommandError } from './errors.ts';
import type { SettingsHome } from './settings-home.ts';
import type { Changed } from './settings-watch.ts';
import type { UserThemes } from './user-themes.ts';

/** Settings that a running screen takes over; everything else is for the next start. */
const AT_ONCE = ['theme', 'fps', 'ascii', 'keepBackground', 'keys'] as const;
type AtOnce = (typeof AT_ONCE)[number];

/** Where a change of each stands in what a screen is told. */
const SAID_BY: Readonly<Record<AtOnce, keyof ScreenSettings>> = {
  theme: 'theme',
  fps: 'fps',
  ascii: 'ascii',
  keepBackground: 'keepsBackground',
  keys: 'bindings',
};

/** Paths that a notice names; of more it says how many. */
const MOST_NAMED = 3;

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Paths at which two settings differ, as one writes them after `--set`, each as far down as there are objects on both sides. */
export function differences(before: unknown, after: unknown, under = ''): readonly string[] {
  if (!isPlain(before) || !isPlain(after)) return isDeepStrictEqual(before, after) ? [] : [under];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differences(before[key], after[key], under === '' ? key : `${under}.${key}`),
  );
}

const isAbout = (theme: string) => (problem: string) => problem.startsWith(`theme ${theme}.json:`);

function listed(words: readonly string[]): string {
  const rest = words.length - MOST_NAMED;
  return words.slice(0, MOST_NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** What a screen does about changed files: what it takes over, and the sentence that the person reads. */
export interface Reloaded {
  readonly settings: ScreenSettings;
  readonly notice: { readonly text: string; readonly tone: 'info' | 'warning' } | null;
}

export interface ReloadOptions {
  readonly home: SettingsHome;
  readonly readThemes: () => UserThemes;
  /** What the run began with. */
  readonly config: Config;
  readonly own: UserThemes;
  readonly theme: Theme;
  /** Whether settings of the engine concern this run. */
  readonly hasEngine: boolean;
  /** The theme that configuration and flags ask for. */
  readonly themeFor: (config: Config, themes: readonly Theme[]) => Theme;
  /** Frames per second that configuration and flags ask for. */
  readonly fpsFor: (config: Config) => number;
}

/**
 * The settings of a running screen. Reads them again when their files have changed and says what follows. A file that cannot be read changes nothing until it is
 * mended. What the person has chosen at the screen in this run stands.
 */
export class SettingsReload {
  readonly #options: ReloadOptions;
  readonly #name: string;
  #config: Config;
  #own: UserThemes;
  #theme: Theme;
  /** What is wrong with the configuration now. */
  #broken: string | null = null;
  /** What waits for the next start, as it was last told. */
  #waiting: readonly string[] = [];
  readonly #chosen = new Set<AtOnce>();

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#name = cleanText(path.basename(options.home.file));
    this.#config = options.config;
    this.#own = options.own;
    this.#theme = options.theme;
  }

  /** The person at the screen chose another theme. */
  choseTheme(name: string): void {
    this.#chosen.add('theme');
    this.#theme = themeNamed(name, this.#all()) ?? this.#theme;
  }

  /** The person at the screen chose another rate. */
  choseFps(): void {
    this.#chosen.add('fps');
  }

  #all(): readonly Theme[] {
    const all = [...builtIn, ...this.#own.themes];
    // A theme whose file has gone or is broken is in force until another one is chosen.
    return themeNamed(this.#theme.name, all) === undefined ? [...all, this.#theme] : all;
  }

  /** Reads again what has changed. */
  again(changed: Changed): Reloaded {
    const warnings: string[] = [];
    const news: string[] = [];
    const ownBefore = this.#own;
    if (changed.themes) this.#readThemes(warnings, news);
    const settings = this.#readConfig(changed.config, warnings, news);
    const themes = this.#own === ownBefore ? {} : { themes: [...builtIn, ...this.#own.themes] };
    const texts = [...warnings, ...news];
    return {
      settings: { ...themes, ...settings },
      notice:
        texts.length === 0
          ? null
          : { text: texts.join('; '), tone: warnings.length > 0 ? 'warning' : 'info' },
    };
  }

  #readThemes(warnings: string[], news: string[]): void {
    const before = this.#own;
    const { themes, problems } = this.#options.readThemes();
    // What is the same as before stays the same object, whose colours have been made.
    const kept = themes.map((theme) => {
      const old = before.themes.find(({ name }) => name === theme.name);
      return isDeepStrictEqual(old, theme) ? old! : theme;
    });
    this.#own = { themes: kept, problems };
    const fresh = problems.filter((problem) => !before.problems.includes(problem));
    if (fresh.length > 0)
      warnings.push(fresh[0]! + (fresh.length > 1 ? ` (${fresh.length - 1} more)` : ''));
    const isNamed = (name: string, list: readonly Theme[]) => list.some((one) => one.name === name);
    const added = kept.filter(({ name }) => !isNamed(name, before.themes));
    const other = kept.filter(
      (theme) => isNamed(theme.name, before.themes) && !before.themes.includes(theme),
    );
    const gone = before.themes.filter(
      ({ name }) => !isNamed(name, kept) && !problems.some(isAbout(name)),
    );
    const say = (list: readonly Theme[], one: string, many: string): void => {
      if (list.length === 0) return;
      const names = listed(list.map(({ name }) => name));
      news.push(list.length === 1 ? `theme ${names} ${one}` : `themes ${names} ${many}`);
    };
    const wasBroken = ({ name }: Theme) => before.problems.some(isAbout(name));
    say(added.filter(wasBroken), 'is right again', 'are right again');
    say(
      added.filter((theme) => !wasBroken(theme)),
      'is there',
      'are there',
    );
    say(other, 'changed', 'changed');
    say(gone, 'is gone', 'are gone');
  }

  #readConfig(isChanged: boolean, warnings: string[], news: string[]): ScreenSettings {
    let config: Config;
    try {
      config = this.#options.home.load();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const broken = cleanText(
        error.message
          .replace(/^config:? /, '')
          .replace(this.#options.home.file, this.#name)
          .replaceAll('\n', ' '),
      );
      const isTold =
        this.#broken === broken || this.#own.problems.some((problem) => broken.includes(problem));
      if (!isTold || isChanged) warnings.push(`${broken}; the settings before stay`);
      this.#broken = broken;
      return this.#retheme(this.#config);
    }
    const isMended = this.#broken !== null;
    this.#broken = null;
    const before = this.#config;
    this.#config = config;
    const differs = (key: AtOnce): boolean => !isDeepStrictEqual(before[key], config[key]);
    const settings = this.#taken(before, config, differs);
    const taken = AT_ONCE.filter((key) => differs(key) && SAID_BY[key] in settings);
    if (isMended) news.push(`${this.#name} is right again`);
    if (taken.length > 0) news.push(`${this.#name}: ${taken.join(', ')} changed`);
    const stays = AT_ONCE.filter((key) => differs(key) && this.#chosen.has(key));
    if (stays.length > 0) news.push(`${this.#name}: ${stays.join(', ')} stays as chosen here`);
    this.#tellWaiting(config, news);
    if (news.length + warnings.length === 0 && isChanged)
      news.push(`${this.#name}: nothing changes here`);
    return settings;
  }

  /** What the screen takes over of a configuration. */
  #taken(before: Config, config: Config, differs: (key: AtOnce) => boolean): ScreenSettings {
    const fps = this.#options.fpsFor(config);
    const isOther = !this.#chosen.has('fps') && fps !== this.#options.fpsFor(before);
    return {
      ...this.#retheme(config),
      ...(isOther && { fps }),
      ...(differs('ascii') && { ascii: config.ascii }),
      ...(differs('keepBackground') && { keepsBackground: config.keepBackground }),
      ...(differs('keys') && { bindings: rebound(BINDINGS, config.keys) }),
    };
  }

  /** The theme that is wanted now, where that is another one than is shown. */
  #retheme(config: Config): ScreenSettings {
    const all = this.#all();
    const wanted =
      this.#chosen.has('theme') || this.#broken !== null
        ? themeNamed(this.#theme.name, all)!
        : this.#options.themeFor(config, all);
    if (wanted === this.#theme) return {};
    this.#theme = wanted;
    return { theme: wanted };
  }

  /** Says what waits for the next start, when that is something else than was said before. */
  #tellWaiting(config: Config, news: string[]): void {
    if (!this.#options.hasEngine) return;
    const waiting = differences(this.#options.config, config).filter(
      (name) => !(AT_ONCE as readonly string[]).includes(name.split('.')[0]!),
    );
    const before = this.#waiting;
    this.#waiting = waiting;
    if (isDeepStrictEqual(waiting, before)) return;
    if (waiting.length === 0) news.push(`${this.#name}: nothing waits for the next start any more`);
    else
      news.push(
        `${this.#name}: ${listed(waiting)} ${waiting.length === 1 ? 'changes' : 'change'} with the next start`,
      );
  }
}
