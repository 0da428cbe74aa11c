import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { reasonOf } from '../feed/reason.ts';
import type { OutputLine } from '../frame/frame.ts';
import { CommandError } from './errors.ts';
import type { Watched } from './job.ts';
import { LineOutput } from './output.ts';
import { LinesSoFar } from './shared-lines.ts';

/** Screens at a time; more are turned away. */
const MOST_SCREENS = 32;
/** A command is one short line; whoever sends more is no screen of ours. */
const LONGEST_COMMAND = 1024;

/** What a screen says: which asset it looks at, how often it wants to see it, and whether it explains its numbers. */
function watchedIn(text: string): Watched | undefined {
  try {
    const { asset, fps, withGrounds } = JSON.parse(text) as Partial<Watched>;
    const isAsset = typeof asset === 'string' && asset !== '';
    return isAsset && typeof fps === 'number' && fps >= 0 && fps <= 60
      ? { asset, fps, ...(withGrounds === true && { withGrounds }) }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether somebody answers on a socket; a file that nobody answers on is left from a server that died. */
function isAnswered(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(file);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Makes way for a socket at `file`, whose folder is made for its owner alone. @throws CommandError */
async function prepare(file: string): Promise<void> {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CommandError(`cannot make ${path.dirname(file)}: ${reasonOf(error)}`);
  }
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new CommandError(`${file} is there and no socket`);
  if (await isAnswered(file)) throw new CommandError(`another perpscope serves ${file}`);
  unlinkSync(file);
}

/** One screen at the other end. */
interface Screen {
  readonly socket: Socket;
  readonly output: LineOutput;
  watching: Watched | null;
}

export interface SocketServerOptions {
  readonly file: string;
  /** What all screens together look at, whenever that changes. */
  readonly onWatch: (watched: readonly Watched[]) => void;
}

/**
 * Gives the lines of one engine to any number of screens over a Unix socket that only its owner may open (0600). A screen that comes later is first told what
 * the others know; one that is too slow loses lines, and nobody waits for it.
 */
export class SocketServer {
  readonly #server: Server;
  readonly #screens = new Set<Screen>();
  readonly #soFar = new LinesSoFar();
  readonly #options: SocketServerOptions;

  private constructor(server: Server, options: SocketServerOptions) {
    this.#server = server;
    this.#options = options;
    server.on('connection', (socket) => this.#welcome(socket));
  }

  /** @throws CommandError when the socket cannot be had. */
  static async open(options: SocketServerOptions): Promise<SocketServer> {
    const { file } = options;
    await prepare(file);
    const server = createServer();
    // The mask is in force from the moment the file is there, before its mode could be changed.
    const mask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(file, resolve);
      });
      chmodSync(file, 0o600);
    } catch (error) {
      server.close();
      throw new CommandError(`cannot serve ${file}: ${reasonOf(error)}`);
    } finally {
      process.umask(mask);
    }
    server.on('error', () => {});
    return new SocketServer(server, options);
  }

  get screens(): number {
    return this.#screens.size;
  }

  /**
   * To every screen.
   *
   * @param text the line as JSON.
   */
  send(line: OutputLine, text = JSON.stringify(line)): void {
    this.#soFar.note(line);
    for (const { output } of this.#screens) output.write(`${text}\n`);
  }

  #welcome(socket: Socket): void {
    if (this.#screens.size >= MOST_SCREENS) {
      socket.destroy();
      return;
    }
    const screen: Screen = {
      socket,
      output: new LineOutput(socket, () => socket.destroy()),
      watching: null,
    };
    this.#screens.add(screen);
    socket.on('close', () => {
      this.#screens.delete(screen);
      this.#tellWatched();
    });
    let waiting = '';
    socket.setEncoding('utf8').on('data', (piece: string) => {
      waiting += piece;
      const lines = waiting.split('\n');
      waiting = lines.pop()!;
      if (waiting.length > LONGEST_COMMAND) {
        socket.destroy();
        return;
      }
      for (const line of lines) {
        const watched = watchedIn(line);
        if (watched === undefined) continue;
        screen.watching = watched;
        this.#tellWatched();
      }
    });
    for (const line of this.#soFar.lines) screen.output.write(`${JSON.stringify(line)}\n`);
  }

  #tellWatched(): void {
    this.#options.onWatch(
      [...this.#screens].map(({ watching }) => watching).filter((watched) => watched !== null),
    );
  }

  /** Ends every connection and takes the socket away. */
  async close(): Promise<void> {
    for (const { socket } of this.#screens) socket.end();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      // A screen that does not take its end is cut off.
      setTimeout(() => {
        for (const { socket } of this.#screens) socket.destroy();
      }, 500).unref();
    });
  }
}
