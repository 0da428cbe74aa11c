import { existsSync } from 'node:fs';
import path from 'node:path';

/** The project's folder, wherever this file runs from: as it is written, or compiled into `dist`. */
export const ROOT = ((): string => {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
})();

/** The program as `npm ci` leaves it. */
export const PROGRAM = path.join(ROOT, 'bin', 'perpscope.js');

/** A module beside the one that asks, in the language that it runs in. */
export const sibling = (dirname: string, name: string): string =>
  path.join(dirname, name + path.extname(import.meta.filename));
