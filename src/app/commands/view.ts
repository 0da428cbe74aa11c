import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { reasonOf } from '../../feed/reason.ts';
import { requireServer, startAttachSession } from '../attach-session.ts';
import type { Config } from '../config.ts';
import { CommandError, usage } from '../errors.ts';
import { startViewSession } from '../view-session.ts';
import { type ScreenFlags, showLines } from './screen.ts';

/**
 * The screen of somebody else's stream: `ssh host perpscope stream | perpscope view -`.
 *
 * @returns the exit code.
 */
export async function viewLines(file: string, config: Config, flags: ScreenFlags): Promise<number> {
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
      open: (tell) => startViewSession(file === '-' ? process.stdin : createReadStream(file), tell),
    },
    flags,
  );
}

/**
 * The screen of an engine that another process runs.
 *
 * @returns the exit code.
 * @throws CommandError when nobody serves.
 */
export async function attach(file: string, config: Config, flags: ScreenFlags): Promise<number> {
  await requireServer(file);
  return showLines({ config, assets: [], open: (tell) => startAttachSession(file, tell) }, flags);
}
