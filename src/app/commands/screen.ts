import { mkdirSync, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { BINDINGS, rebound } from '../../../components/keys/table.ts';
import { presetNamed } from '../../../components/layout/presets.ts';
import { colorLevel } from '../../../components/terminal/color-level.ts';
import { themes } from '../../../themes/index.ts';
import type { Theme } from '../../../themes/theme.ts';
import { reasonOf } from '../../feed/reason.ts';
import type { Config } from '../config.ts';
import { directories } from '../directories.ts';
import { CommandError, EXIT, usage } from '../errors.ts';
import type { Job, Session, SessionMessage } from '../job.ts';
import { ProblemLog } from '../log.ts';
import { DerivationThread } from '../past/derivation.ts';
import { type DerivationJob, derivationsOf } from '../past/messages.ts';
import { ScreenPast } from '../past/past.ts';
import { Tape } from '../past/tape.ts';
import { startRemoteSession } from '../remote-session.ts';
import { ScreenMemory } from '../screen-memory.ts';
import { followSettings } from '../settings-follow.ts';
import type { SettingsHome } from '../settings-home.ts';
import { SettingsReload } from '../settings-reload.ts';
import { chosenTheme } from '../theme-choice.ts';
import { readUserThemes } from '../user-themes.ts';

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
  /** From what instants can be made anew that the screen was never sent; nothing unless given. */
  readonly derivations?: readonly DerivationJob[];
  /** Whether this process makes the lines, so that settings of the engine matter to it. */
  readonly hasEngine: boolean;
  readonly open: (tell: (message: SessionMessage) => void) => Session;
}

/** Engine and feeds in a worker, the terminal here. */
export const showScreen = (job: Job, flags: ScreenFlags, settings: SettingsHome): Promise<number> =>
  showLines(
    {
      config: job.config,
      assets: job.kind === 'replay' ? [] : job.config.assets,
      derivations: derivationsOf(job),
      hasEngine: true,
      open: (tell) => startRemoteSession(job, tell),
    },
    flags,
    settings,
  );

/**
 * The screen. Settles when the person leaves.
 *
 * @returns the exit code.
 */
export async function showLines(
  { config, assets, derivations = [], hasEngine, open }: LineSource,
  flags: ScreenFlags,
  settings: SettingsHome,
): Promise<number> {
  const dirs = directories(process.env);
  // There is one place for a notice, so that what is to be told at the start is told together.
  const problems: string[] = [];
  let tell = (problem: string): void => void problems.push(problem);
  const memory = new ScreenMemory(dirs.state, (problem) => tell(problem));
  const remembered = memory.recall('theme');
  const log = new ProblemLog(dirs.state);
  const level = colorLevel({ flag: flags.color === false ? 0 : undefined, env: process.env });
  // Ink's own colours follow the same decision; chalk reads this when it is first imported.
  process.env['FORCE_COLOR'] = { 0: '0', 4: '1', 8: '2', 24: '3' }[level];
  const own = readUserThemes(settings.themesFolder);
  const allThemes = [...themes, ...own.themes];
  const themeFor = (wanted: Config, themes: readonly Theme[]): Theme =>
    chosenTheme({
      flag: flags.theme,
      environment: process.env['PERPSCOPE_THEME'],
      hasColours: level > 0,
      configured: wanted.theme,
      remembered,
      themes,
    });
  const theme = themeFor(config, allThemes);
  const isRemote = process.env['SSH_CONNECTION'] !== undefined;
  const fpsFor = (wanted: Config): number =>
    flags.fps ?? (isRemote ? Math.min(SSH_FPS, wanted.fps) : wanted.fps);
  const fps = fpsFor(config);
  const reload = new SettingsReload({
    home: settings,
    readThemes: () => readUserThemes(settings.themesFolder),
    config,
    own,
    theme,
    hasEngine,
    themeFor,
    fpsFor,
  });
  const lastAsset = memory.recall('asset');
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

  const past = openPast(config, dirs.state, derivations, (error) => {
    log.problem('past', error);
    deliver({
      kind: 'notice',
      text: `the past reaches less far back: no disk for it (${reasonOf(error)})`,
    });
  });
  if (own.problems.length > 1) tell(`${own.problems[0]} (${own.problems.length - 1} more)`);
  else own.problems.forEach(tell);
  const waiting: SessionMessage[] = [];
  let deliver: (message: SessionMessage) => void = (message) => waiting.push(message);
  tell = (text) => deliver({ kind: 'notice', text });
  if (problems.length > 0) tell(problems.join('; '));
  const session = open((message) => deliver(message));
  const watch = (focused: string | null, rate: number): void =>
    session.tell({
      kind: 'watch',
      watched:
        focused === null || isAway
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
      memory.write();
      session.tell({ kind: 'close' });
      await session.done;
    },
    onCrash: (error) => log.problem('screen', error),
  });

  let failure: CommandError | undefined;
  let rate = fps;
  let isExplaining = false;
  /** Whether the screen shows the past, for which nobody needs frames beside those of every second. */
  let isAway = false;
  // The asset in front is watched from the start, so that it lives before the first whole second; a recording says by itself what it holds.
  let focused: string | null = assets.find((asset) => asset === lastAsset) ?? assets[0] ?? null;
  watch(focused, rate);
  try {
    await runScreen({
      stdin,
      stdout: process.stdout,
      surface,
      theme,
      themes: allThemes,
      colorLevel: level,
      ascii: config.ascii,
      bindings: rebound(BINDINGS, config.keys),
      ...(preset !== undefined && { preset }),
      kept: memory.choices,
      keepsBackground: config.keepBackground,
      mouse: config.mouse,
      fps,
      past,
      ...(focused !== null && { asset: focused }),
      subscribe: (sink) => {
        deliver = (message) => {
          switch (message.kind) {
            case 'line':
              past.note(message.line, message.text);
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
        const stopFollowing = followSettings(settings, reload, {
          sink,
          onRate(other) {
            rate = other;
            watch(focused, rate);
          },
          onProblem: (error) => log.problem('settings', error),
        });
        return () => {
          stopFollowing();
          deliver = () => {};
        };
      },
      onCommand: (command) => {
        switch (command.kind) {
          case 'focusAsset':
            focused = command.asset;
            memory.remember({ asset: command.asset });
            watch(focused, rate);
            break;
          case 'fps':
            rate = command.fps;
            reload.choseFps();
            watch(focused, rate);
            break;
          case 'theme':
            memory.remember({ theme: command.name });
            reload.choseTheme(command.name);
            break;
          case 'layout':
            memory.remember({ layout: command.preset });
            break;
          case 'kept':
            memory.remember(command.choices);
            break;
          case 'past':
            isAway = command.isAway;
            watch(focused, rate);
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
    memory.write();
    output?.close();
  }
  session.tell({ kind: 'close' });
  await past.close();
  await session.done;
  guard.dispose();
  if (stdin !== process.stdin) stdin.destroy();
  else process.stdin.unref();
  if (failure !== undefined) throw failure;
  return EXIT.ok;
}

/** The past of a screen, on files in the state directory that nobody sees. */
function openPast(
  config: Config,
  dir: string,
  derivations: readonly DerivationJob[],
  onTrouble: (error: unknown) => void,
): ScreenPast {
  try {
    mkdirSync(dir, { recursive: true });
  } catch {
    // Where no folder can be made no file can, which is told when one is wanted.
  }
  const capacity = config.past.megabytes * 2 ** 20;
  let hasTold = false;
  const tape = (origin: 'tape' | DerivationJob['kind']): Tape =>
    new Tape({
      origin,
      dir,
      capacity,
      onTrouble(error) {
        if (!hasTold) onTrouble(error);
        hasTold = true;
      },
    });
  return new ScreenPast(
    tape('tape'),
    derivations.map((job) => new DerivationThread(job, () => tape(job.kind))),
  );
}
