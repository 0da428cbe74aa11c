import path from 'node:path';
import { type Config, loadConfig } from '../../src/app/config.ts';

/** The defaults, and what a test wants otherwise. */
export const configOf = (flags: Readonly<Record<string, unknown>>): Config =>
  loadConfig({
    file: { path: path.join('no', 'such', 'config.json'), isOptional: true },
    env: {},
    userThemes: () => ({ themes: [], problems: [] }),
    sets: [],
    flags,
  });
