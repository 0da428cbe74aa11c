import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { reasonOf } from '../../feed/reason.ts';
import { requireServer, startAttachSession } from '../attach-session.ts';
import { CommandError, usage } from '../errors.ts';
import type { SettingsHome } from '../settings-home.ts';
import { startViewSession } from '../view-session.ts';
import { type ScreenFlags, showLines } from './screen.ts';

/**
 * The screen of somebody else's stream: `ssh host perpscope stream | perpscope view -`.
 *
 * @returns the exit code.
 */
export async function viewLines(
  file: string,
  settings: SettingsHome,
  flags: ScreenFlags,
): Promise<number> {
  const config = settings.load();
  if (file === '-') {
    if (process.stdin.isTTY)
      throw usage('stdin is a terminal; pipe `perpscope stream` into `perpscope view -`');
  } else
    try {
      if ((await stat(file)).isDirectory()) throw usage(`${file} is a folder`);
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw new CommandError(`cannot read ${file}: ${reasonOf(error)}`);
    }
  return showLines(
    {
      config,
      assets: [],
      hasEngine: false,
      open: (tell) => startViewSession(file === '-' ? process.stdin : createReadStream(file), tell),
    },
    flags,
    settings,
  );
}

/**
 * The screen of an engine that another process runs.
 *
 * @returns the exit code.
 * @throws CommandError when nobody serves.
 */
export async function attach(
  file: string,
  settings: SettingsHome,
  flags: ScreenFlags,
): Promise<number> {
  const config = settings.load();
  await requireServer(file);
  return showLines(
    { config, assets: [], hasEngine: false, open: (tell) => startAttachSession(file, tell) },
    flags,
    settings,
  );
}
