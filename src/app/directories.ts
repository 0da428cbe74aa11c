import { homedir, userInfo } from 'node:os';
import path from 'node:path';

/** Where things are kept, by the XDG base directory specification. Nothing is created here. */
export interface Directories {
  readonly config: string;
  readonly data: string;
  readonly state: string;
  /** Of the socket that screens share an engine through: only its owner may look into it. */
  readonly runtime: string;
}

/** The home directory, also where `HOME` is empty; the root for a user without any, as containers have it. Never a folder that others may write to. */
function home(): string {
  for (const find of [homedir, () => userInfo().homedir])
    try {
      const found = find();
      if (path.isAbsolute(found)) return found;
    } catch {
      // A user that the system does not know.
    }
  return path.parse(process.cwd()).root;
}

/** @param dataDir `--data-dir`, which beats the environment. */
export function directories(env: NodeJS.ProcessEnv, dataDir?: string): Directories {
  const base = (name: string, ...fallback: string[]): string => {
    const given = env[name];
    // The specification: relative paths are invalid and ignored.
    const root =
      given !== undefined && path.isAbsolute(given) ? given : path.join(home(), ...fallback);
    return path.join(root, 'perpscope');
  };
  return {
    config: base('XDG_CONFIG_HOME', '.config'),
    data: dataDir || env['PERPSCOPE_DATA_DIR'] || base('XDG_DATA_HOME', '.local', 'share'),
    state: base('XDG_STATE_HOME', '.local', 'state'),
    runtime: base('XDG_RUNTIME_DIR', '.local', 'state'),
  };
}
