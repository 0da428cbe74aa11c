import { homedir } from 'node:os';
import path from 'node:path';

/** Where things are kept, by the XDG base directory specification. Nothing is created here. */
export interface Directories {
  readonly config: string;
  readonly data: string;
  readonly state: string;
}

export function directories(env: NodeJS.ProcessEnv): Directories {
  const base = (name: string, ...fallback: string[]): string => {
    const given = env[name];
    // The specification: relative paths are invalid and ignored.
    const root =
      given !== undefined && path.isAbsolute(given) ? given : path.join(homedir(), ...fallback);
    return path.join(root, 'perpscope');
  };
  return {
    config: base('XDG_CONFIG_HOME', '.config'),
    data: env['PERPSCOPE_DATA_DIR'] ?? base('XDG_DATA_HOME', '.local', 'share'),
    state: base('XDG_STATE_HOME', '.local', 'state'),
  };
}
