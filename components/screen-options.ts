import type { OutputLine } from '../src/frame/frame.ts';
import type { Asset } from '../src/model/instrument.ts';
import type { Theme } from '../themes/theme.ts';
import type { KeptChoices } from './kept-choices.ts';
import type { Binding } from './keys/table.ts';
import type { Preset } from './layout/presets.ts';
import type { PanelId } from './panels/ids.ts';
import type { Past } from './past.ts';
import type { ScreenClock, ScreenStore } from './screen-store.ts';
import type { ColorLevel } from './terminal/color-level.ts';
import type { Surface } from './terminal/surface.ts';
import type { MouseReport, TerminalSource } from './terminal/tty-input.ts';
import type { TimeTravel } from './time-travel.ts';
import type { ScreenCommand } from './wishes.ts';

/** Settings that can change while the screen is open. */
export interface ScreenSettings {
  readonly theme?: Theme;
  readonly themes?: readonly Theme[];
  readonly fps?: number;
  readonly ascii?: boolean;
  readonly keepsBackground?: boolean;
  readonly bindings?: readonly Binding[];
}

/** What the screen hears. */
export interface ScreenSink {
  line(line: OutputLine): void;
  /** Other settings; what is not among them stays. */
  settings(changed: ScreenSettings): void;
  /** A short message for the footer. */
  notice(text: string, tone?: 'info' | 'warning'): void;
  /** No more lines will come, and why: the end of a recording, an engine that is gone. The screen stays open. */
  ended(reason: string): void;
  /** Closes the screen. */
  close(): void;
}

export interface ScreenOptions {
  /** Called once the screen is there; the result ends the subscription. */
  readonly subscribe: (sink: ScreenSink) => () => void;
  readonly onCommand: (command: ScreenCommand) => void;
  readonly stdin: TerminalSource & Partial<Pick<NodeJS.ReadStream, 'isTTY'>>;
  /** The terminal that Ink would draw on: used directly where `surface` is null. */
  readonly stdout: NodeJS.WriteStream;
  /** The one writer to the terminal, shared with whoever restores it; null draws everything through Ink as plain text rows. */
  readonly surface: Surface | null;
  readonly theme: Theme;
  /** What `t` goes through; the built-in ones unless given. */
  readonly themes?: readonly Theme[];
  readonly colorLevel: ColorLevel;
  /** No glyphs beyond ASCII. */
  readonly ascii?: boolean;
  readonly fps?: number;
  readonly asset?: Asset;
  readonly panel?: PanelId;
  /** What was chosen in an earlier run. */
  readonly kept?: Partial<KeptChoices>;
  /** Which panels are shown together at first. */
  readonly preset?: Preset;
  readonly bindings?: readonly Binding[];
  /** What the screen can go back to; nothing unless given. */
  readonly past?: Past;
  /** Stops the process on Ctrl-Z while the terminal is the shell's, and settles when it goes on. */
  readonly suspend?: () => Promise<void>;
  readonly clock?: ScreenClock;
  /** Whole frames at once, for tests. */
  readonly debug?: boolean;
  /** Leave the terminal's own background instead of painting the theme's. */
  readonly keepsBackground?: boolean;
  /** How long a lone Escape waits, ms. */
  readonly escapeMs?: number;
  /** Clicks and the wheel are heard; the terminal then selects text only with Shift. */
  readonly mouse?: boolean;
}

/** What the screen is drawn from: its options, and what is opened with them. */
export interface AppProps
  extends Omit<ScreenOptions, 'stdin' | 'stdout' | 'fps' | 'asset' | 'clock' | 'subscribe'> {
  readonly store: ScreenStore;
  readonly time: TimeTravel;
  /** The newest change of settings; null before the first. */
  readonly changed: ScreenSettings | null;
  readonly now: () => number;
  /** Hears function keys, for which Ink has no name. */
  readonly onFunctionKeys: (listener: (name: string) => void) => () => void;
  /** Hears what the mouse does. */
  readonly onMouse: (listener: (report: MouseReport) => void) => () => void;
}
