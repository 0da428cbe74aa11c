import { type FSWatcher, statSync, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { themeFilesAmong } from './user-themes.ts';

/** What a look at the files finds: texts that differ whenever what they stand for may differ. */
interface Seen {
  readonly config: string;
  readonly themes: string;
}

/** Which files are others than before. */
export interface Changed {
  readonly config: boolean;
  readonly themes: boolean;
}

/** Files and time, as the watch needs them. */
export interface WatchedWorld {
  readonly look: () => Promise<Seen>;
  /** Whoever is to be told that a look may be worth while. */
  hint: () => void;
  /** Calls `run` once after `ms`; the result cancels. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly close: () => void;
}

/** Between two looks when nothing hints at a change: disks in a network and targets of links never do. */
export const POLL_MS = 2000;
/** A file is read once it has not changed for so long: editors write in several steps. */
export const SETTLE_MS = 100;

/** Tells when the files of the settings have changed and have come to rest. What was there at the start counts as known. */
export class SettingsWatch {
  readonly #world: WatchedWorld;
  readonly #tell: (changed: Changed) => void;
  #known: Seen | undefined;
  #unsettled: Seen | undefined;
  #cancel: (() => void) | undefined;
  #isLooking = false;
  #isClosed = false;

  constructor(world: WatchedWorld, tell: (changed: Changed) => void) {
    this.#world = world;
    this.#tell = tell;
    world.hint = () => {
      // A look that is under way or about to come sees it as well.
      if (!this.#isLooking && this.#unsettled === undefined) this.#lookIn(SETTLE_MS);
    };
    void this.#look();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    this.#world.close();
  }

  #lookIn(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#world.after(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const seen = await this.#world.look();
    this.#isLooking = false;
    if (this.#isClosed) return;
    this.#known ??= seen;
    const { config, themes } = this.#known;
    const isSettled = same(seen, this.#unsettled);
    const changed = { config: seen.config !== config, themes: seen.themes !== themes };
    this.#unsettled = undefined;
    if (!changed.config && !changed.themes) this.#lookIn(POLL_MS);
    else if (isSettled) {
      this.#known = seen;
      this.#lookIn(POLL_MS);
      this.#tell(changed);
    } else {
      this.#unsettled = seen;
      this.#lookIn(SETTLE_MS);
    }
  }
}

const same = (one: Seen, other: Seen | undefined): boolean =>
  one.config === other?.config && one.themes === other.themes;

/** Whether a file can be read any number of times; what is missing may become one. A pipe gives its text once and then holds whoever reads. */
export function isReadAgain(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false })?.isFile() !== false;
  } catch {
    return true;
  }
}

/** Of a file: other than before when it was written, replaced, or has gone. */
async function markOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return [ino, size, mtimeMs, ctimeMs].join(':');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

/** The files of the settings on disk. Folders are listened to where that is possible; where it is not, looks come every `POLL_MS` all the same. */
export function settingsOnDisk(file: string, themesFolder: string): WatchedWorld {
  const watchers = new Map<string, { readonly inode: string; readonly watcher: FSWatcher }>();
  const unwatch = (folder: string): void => {
    watchers.get(folder)?.watcher.close();
    watchers.delete(folder);
  };
  /** A folder that was replaced tells nothing any more, so it is listened to anew. */
  const attend = async (folder: string): Promise<void> => {
    const inode = await stat(folder).then(
      ({ ino }) => String(ino),
      () => undefined,
    );
    if (watchers.get(folder)?.inode === inode || isClosed) return;
    unwatch(folder);
    if (inode === undefined) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => world.hint());
      watcher.on('error', () => unwatch(folder));
      watchers.set(folder, { inode, watcher });
    } catch {
      // The system watches no more folders, or none at all here: looks find out.
    }
  };
  const themesMark = async (): Promise<string> => {
    const names = themeFilesAmong(await readdir(themesFolder).catch(() => []));
    const marks = names.map(
      async (name) => `${name} ${await markOf(path.join(themesFolder, name))}`,
    );
    return (await Promise.all(marks)).join('\n');
  };
  let isClosed = false;
  const world: WatchedWorld = {
    hint: () => {},
    async look() {
      await Promise.all([attend(path.dirname(file)), attend(themesFolder)]);
      const [config, themes] = await Promise.all([markOf(file), themesMark()]);
      return { config, themes };
    },
    after(ms, run) {
      const timer = setTimeout(run, ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
    close() {
      isClosed = true;
      for (const folder of [...watchers.keys()]) unwatch(folder);
    },
  };
  return world;
}
