import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { BINDINGS, rebound } from '../../../components/keys/table.ts';
import { presetNamed } from '../../../components/layout/presets.ts';
import { colorLevel } from '../../../components/terminal/color-level.ts';
import type { Config } from '../config.ts';
import { directories } from '../directories.ts';
import { CommandError, EXIT, usage } from '../errors.ts';
import type { Job, Session, SessionMessage } from '../job.ts';
import { ProblemLog } from '../log.ts';
import { startRemoteSession } from '../remote-session.ts';
import { ScreenMemory } from '../screen-memory.ts';
import { chosenTheme } from '../theme-choice.ts';

export interface ScreenFlags {
  readonly theme?: string;
  readonly fps?: number;
  readonly ascii?: boolean;
  readonly color?: boolean;
}

/** Updates per second over SSH unless asked for: what a slow line carries without falling behind. */
const SSH_FPS = 4;

/** Frames per second while numbers are explained: each carries what is behind all of them, as much again as the frame itself. */
const EXPLAINING_FPS = 2;

/** Keys come from the terminal even when stdin is a pipe. */
function keyboard(): ReadStream | NodeJS.ReadStream {
  if (process.stdin.isTTY) return process.stdin;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    throw usage('stdin is no terminal, so there are no keys; use `perpscope stream`');
  }
}

/** Takes stdout and stderr away from whoever bids farewell at the exit, as Ink does to the cursor: on a terminal that takes nothing that would last for ever. */
function mute(): false {
  for (const stream of [process.stdout, process.stderr])
    if (stream.isTTY) stream.write = () => true;
  return false;
}

/** Where the lines of a screen come from. */
export interface LineSource {
  readonly config: Config;
  /** Assets that are known to come; none where the lines say by themselves what they hold. */
  readonly assets: readonly string[];
  readonly open: (tell: (message: SessionMessage) => void) => Session;
}

/** Engine and feeds in a worker, the terminal here. */
export const showScreen = (job: Job, flags: ScreenFlags): Promise<number> =>
  showLines(
    {
      config: job.config,
      assets: job.kind === 'replay' ? [] : job.config.assets,
      open: (tell) => startRemoteSession(job, tell),
    },
    flags,
  );

/**
 * The screen. Settles when the person leaves.
 *
 * @returns the exit code.
 */
export async function showLines(
  { config, assets, open }: LineSource,
  flags: ScreenFlags,
): Promise<number> {
  const dirs = directories(process.env);
  const memory = new ScreenMemory(dirs.state);
  const log = new ProblemLog(dirs.state);
  const level = colorLevel({ flag: flags.color === false ? 0 : undefined, env: process.env });
  // Ink's own colours follow the same decision; chalk reads this when it is first imported.
  process.env['FORCE_COLOR'] = { 0: '0', 4: '1', 8: '2', 24: '3' }[level];
  const theme = chosenTheme({
    flag: flags.theme,
    environment: process.env['PERPSCOPE_THEME'],
    hasColours: level > 0,
    configured: config.theme,
    remembered: memory.recall('theme'),
  });
  const isRemote = process.env['SSH_CONNECTION'] !== undefined;
  const fps = flags.fps ?? (isRemote ? Math.min(SSH_FPS, config.fps) : config.fps);
  const asset = memory.recall('asset');
  const preset = presetNamed(memory.recall('layout'));

  const [{ runScreen }, { Surface }, { openTty }, { installExit }] = await Promise.all([
    import('../../../components/app.tsx'),
    import('../../../components/terminal/surface.ts'),
    import('../../../components/terminal/tty-output.ts'),
    import('../../../components/terminal/exit.ts'),
  ]);
  const stdin = keyboard();
  const output = openTty(process.stdout);
  const surface = new Surface(output ?? process.stdout, { fps, asks: true });

  const waiting: SessionMessage[] = [];
  let deliver: (message: SessionMessage) => void = (message) => waiting.push(message);
  const session = open((message) => deliver(message));
  const watch = (focused: string | null, rate: number): void =>
    session.tell({
      kind: 'watch',
      watched:
        focused === null
          ? []
          : [
              isExplaining
                ? { asset: focused, fps: Math.min(rate, EXPLAINING_FPS), withGrounds: true }
                : { asset: focused, fps: rate },
            ],
    });
  const guard = installExit({
    stdout: output ?? process.stdout,
    surface,
    ...(output !== null && { writeScreen: (text: string) => output.finish(text) || mute() }),
    onSignal: async () => {
      session.tell({ kind: 'close' });
      await session.done;
    },
    onCrash: (error) => log.problem('screen', error),
  });

  let failure: CommandError | undefined;
  let rate = fps;
  let isExplaining = false;
  // The asset in front is watched from the start, so that it lives before the first whole second; a recording says by itself what it holds.
  const remembered = asset !== undefined && assets.includes(asset) ? asset : undefined;
  let focused: string | null = remembered ?? assets[0] ?? null;
  watch(focused, rate);
  try {
    await runScreen({
      stdin,
      stdout: process.stdout,
      surface,
      theme,
      colorLevel: level,
      ascii: config.ascii,
      bindings: rebound(BINDINGS, config.keys),
      ...(preset !== undefined && { preset }),
      keepsBackground: config.keepBackground,
      mouse: config.mouse,
      fps,
      ...(focused !== null && { asset: focused }),
      subscribe: (sink) => {
        deliver = (message) => {
          switch (message.kind) {
            case 'line':
              if (focused === null && message.line.type === 'frame') {
                focused = message.line.asset;
                watch(focused, rate);
              }
              sink.line(message.line);
              break;
            case 'notice':
              sink.notice(message.text, 'warning');
              break;
            case 'recordingIncomplete':
              break;
            case 'ended':
              sink.ended(message.reason);
              break;
            case 'failed':
              failure = new CommandError(message.message, message.exitCode);
              sink.close();
              break;
          }
        };
        for (const message of waiting.splice(0)) deliver(message);
        return () => {
          deliver = () => {};
        };
      },
      onCommand: (command) => {
        switch (command.kind) {
          case 'focusAsset':
            focused = command.asset;
            memory.remember('asset', command.asset);
            watch(focused, rate);
            break;
          case 'fps':
            rate = command.fps;
            watch(focused, rate);
            break;
          case 'theme':
            memory.remember('theme', command.name);
            break;
          case 'layout':
            memory.remember('layout', command.preset);
            break;
          case 'explain':
            isExplaining = command.isOpen;
            watch(focused, rate);
            break;
          case 'problem':
            log.problem(command.where, command.error);
            break;
          case 'freeze':
          case 'quit':
            break;
        }
      },
    });
  } finally {
    guard.restore();
    output?.close();
  }
  session.tell({ kind: 'close' });
  await session.done;
  guard.dispose();
  if (stdin !== process.stdin) stdin.destroy();
  else process.stdin.unref();
  if (failure !== undefined) throw failure;
  return EXIT.ok;
}
