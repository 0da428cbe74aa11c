import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import { cleanText } from '../../components/format/cell-width.ts';
import { themeNamed } from '../../themes/index.ts';
import type { Theme } from '../../themes/theme.ts';
import { reasonOf } from '../feed/reason.ts';
import { themeOf } from './theme-file.ts';

/** Files of one's own themes that are read; what comes behind in the alphabet is told of. */
const MOST_FILES = 64;
/** Bytes of one such file at most. */
const LARGEST_FILE = 65_536;

const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/i;

/** Themes of a person's own, in the order of their files' names, and all that is wrong with the other files, a sentence each. */
export interface UserThemes {
  readonly themes: readonly Theme[];
  readonly problems: readonly string[];
}

/** The files among a folder's names that are meant as themes, sorted, as many as are read. What an editor keeps beside them begins with a dot or ends otherwise. */
export const themeFilesAmong = (names: readonly string[]): readonly string[] =>
  meantAmong(names).slice(0, MOST_FILES);

const meantAmong = (names: readonly string[]): readonly string[] =>
  names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();

function textOf(file: string): { readonly text: string } | { readonly mistake: string } {
  let handle: number | undefined;
  try {
    // A pipe would hold the program until somebody writes.
    handle = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const kind = fstatSync(handle);
    if (!kind.isFile()) return { mistake: 'is no file' };
    if (kind.size > LARGEST_FILE) return { mistake: `is larger than ${LARGEST_FILE / 1024} kB` };
    const bytes = Buffer.alloc(LARGEST_FILE);
    return { text: bytes.toString('utf8', 0, readSync(handle, bytes)) };
  } catch (error) {
    return { mistake: `cannot be read: ${reasonOf(error)}` };
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** What a name cannot be; undefined of a good one. */
function wrongWith(name: string, taken: readonly Theme[]): string | undefined {
  if (!NAME.test(name)) return 'the name may have letters, digits, - and _, 32 at most';
  const builtIn = themeNamed(name);
  if (builtIn !== undefined)
    return `${builtIn.name} is a built-in theme and stays as it is; take another name and "extends": "${builtIn.name}"`;
  const other = themeNamed(name, taken);
  return other === undefined ? undefined : `the name is that of ${other.name}.json`;
}

/** Reads every theme in a folder: `NAME.json` is the theme NAME. A folder that is not there has none. */
export function readUserThemes(folder: string): UserThemes {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { themes: [], problems: isMissing ? [] : [`themes: ${reasonOf(error)}`] };
  }
  const themes: Theme[] = [];
  const problems: string[] = [];
  for (const file of themeFilesAmong(names)) {
    const tell = (what: string) => problems.push(`theme ${cleanText(file)}: ${what}`);
    const name = file.slice(0, -'.json'.length);
    const wrong = wrongWith(name, themes);
    if (wrong !== undefined) {
      tell(wrong);
      continue;
    }
    const content = textOf(path.join(folder, file));
    const read =
      'mistake' in content ? { mistakes: [content.mistake] } : themeOf(name, content.text);
    if ('theme' in read) themes.push(read.theme);
    else read.mistakes.forEach(tell);
  }
  const left = meantAmong(names).length - MOST_FILES;
  if (left > 0) problems.push(`themes: ${left} more files than the ${MOST_FILES} that are read`);
  return { themes, problems };
}
