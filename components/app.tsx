import { isDeepStrictEqual } from 'node:util';
import { Box, render, Text, useApp, useInput, useWindowSize } from 'ink';
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { readingPaths } from '../src/frame/explain.ts';
import type { OutputLine } from '../src/frame/frame.ts';
import type { Asset } from '../src/model/instrument.ts';
import type { Micros } from '../src/model/units.ts';
import { themes as builtInThemes } from '../themes/index.ts';
import type { Theme } from '../themes/theme.ts';
import { footerRow, heldText, hintsFor, promptRow } from './chrome/footer.ts';
import { assetAt, headerRows } from './chrome/header.ts';
import { Guard, PanelBox } from './chrome/panel-box.tsx';
import { Region } from './chrome/region.tsx';
import { completed, type Known } from './command.ts';
import { type KeptChoices, keptOf, withKept } from './kept-choices.ts';
import { BINDINGS, type Binding, bindingFor, keyName } from './keys/table.ts';
import { layoutOf, SMALLEST } from './layout/layout.ts';
import { type Preset, panelsOf } from './layout/presets.ts';
import { type Click, pointed } from './mouse.ts';
import { DetailBox } from './overlays/detail-box.tsx';
import { explainedText, explainPage, targetsOf } from './overlays/explain.ts';
import { ExplainBox } from './overlays/explain-box.tsx';
import { HelpBox } from './overlays/help-box.tsx';
import { chosenAt } from './panels/cursor.ts';
import { type Detail, detailAsText } from './panels/detail.ts';
import type { PanelId } from './panels/ids.ts';
import { panels } from './panels/index.ts';
import { type Brush, line } from './panels/line.ts';
import { type Extent, type Panel, type RowInput, STILL } from './panels/panel.ts';
import type { Past } from './past.ts';
import { type ScreenClock, type ScreenState, ScreenStore } from './screen-store.ts';
import type { ColorLevel } from './terminal/color-level.ts';
import { painterFor } from './terminal/painter.ts';
import type { Rect } from './terminal/screen.ts';
import type { Surface } from './terminal/surface.ts';
import { suspend } from './terminal/suspend.ts';
import { type MouseReport, type TerminalSource, TtyInput } from './terminal/tty-input.ts';
import { TimeTravel } from './time-travel.ts';
import {
  contextOf,
  initialUi,
  type Pressed,
  pressedKey,
  type Surroundings,
  typedKey,
  type Ui,
} from './ui.ts';
import { fulfil, type ScreenCommand, surfaceFps } from './wishes.ts';

/** Different problems that are reported at most; a screen with more is broken altogether. */
const MAX_PROBLEMS = 100;

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

const DEFAULT_FPS = 10;

/** What can scroll: a panel, or an overlay that tells so when it is drawn. */
type ExtentOf = PanelId | 'help' | 'detail';

interface AppProps
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

/** Tells of each problem once, not ten times a second. */
function useProblems(onCommand: ScreenOptions['onCommand']) {
  const told = useRef(new Set<string>());
  return useCallback(
    (where: string, error: unknown) => {
      const what = `${where}: ${error instanceof Error ? error.message : String(error)}`;
      if (told.current.has(what) || told.current.size >= MAX_PROBLEMS) return;
      told.current.add(what);
      onCommand({ kind: 'problem', where, error });
    },
    [onCommand],
  );
}

/** Hears every key under its name of the table, whoever reports it, and what it types. */
function useKeys(
  press: (name: string | undefined, text: string) => void,
  onFunctionKeys: AppProps['onFunctionKeys'],
): void {
  useInput((input, key) => press(keyName(input, key), key.meta ? '' : input));
  const latest = useRef(press);
  latest.current = press;
  useEffect(() => onFunctionKeys((name) => latest.current(name, '')), [onFunctionKeys]);
}

/** Hears the mouse, and remembers the last click for the next. */
function useMouse(
  point: (report: MouseReport, last: Click | null, at: number) => void,
  onMouse: AppProps['onMouse'],
  now: () => number,
): void {
  const latest = useRef(point);
  latest.current = point;
  const last = useRef<Click | null>(null);
  useEffect(
    () =>
      onMouse((report) => {
        const at = now();
        latest.current(report, last.current, at);
        if (report.kind === 'press') last.current = { x: report.x, y: report.y, at };
      }),
    [onMouse, now],
  );
}

const systemNow = (): number => performance.now();

/** What command lines can name now. */
function knownOn(
  state: ScreenState,
  focused: PanelId,
  themes: readonly Theme[],
  newest: Micros,
): Known {
  const { title, sorts = [] } = panels[focused];
  return {
    assets: state.assets,
    newest,
    themes: themes.map(({ name }) => name),
    panels: Object.values(panels),
    focused: title,
    sorts,
    paths: () => (state.frame === null ? [] : [...readingPaths(state.frame)]),
  };
}

/** What the rows of the focused panel are read off; null before the first frame. */
function rowInputOf({ frame, ...state }: ScreenState, ui: Ui): RowInput | null {
  const { frames, scan, history, terminal } = state;
  if (frame === null) return null;
  return { frame, frames, scan, history, terminal, options: ui.panels[ui.focused] };
}

/** All that is known of the row that was entered; null where it is gone. */
function detailOn(state: ScreenState, ui: Ui): Detail | null {
  const panel: Panel = panels[ui.focused];
  const input = rowInputOf(state, ui);
  if (input === null || ui.detail === null) return null;
  return panel.detail?.(input, ui.detail.key) ?? null;
}

/** The chosen row of a panel as it was last drawn, and the asset that it leads to. */
function rowOn(state: ScreenState, ui: Ui, { list }: Extent): ReturnType<Surroundings['row']> {
  const panel: Panel = panels[ui.focused];
  const input = rowInputOf(state, ui);
  if (list === undefined || input === null || panel.detail === undefined) return null;
  const key = list.keys[chosenAt(list.keys, input.options.cursor)];
  return key === undefined ? null : { key, asset: panel.leadsTo?.(input, key) ?? null };
}

/** What `y` copies: the explanation or the detail that is open, else the panel's chosen row, else its headline explained where there is no row. */
function copiedOn(state: ScreenState, ui: Ui): string | null {
  const panel: Panel = panels[ui.focused];
  const input = rowInputOf(state, ui);
  if (input === null) return null;
  const { frame } = input;
  if (ui.explaining !== null) return explainedText(frame, panel, ui.explaining);
  if (ui.detail !== null) {
    const detail = detailOn(state, ui);
    return detail === null ? null : detailAsText(detail);
  }
  const row = panel.copied?.(input) ?? null;
  if (row !== null) return row;
  return explainedText(frame, panel, { trail: [], chosen: [0], filter: '' });
}

/** Tells when somebody begins or ends to ask where numbers come from. */
function useExplaining(isOpen: boolean, onCommand: ScreenOptions['onCommand']): void {
  const told = useRef(false);
  useEffect(() => {
    if (told.current === isOpen) return;
    told.current = isOpen;
    onCommand({ kind: 'explain', isOpen });
  }, [isOpen, onCommand]);
}

/** Tells of choices that outlive the run, whenever one of them is another: with the key itself, since the next one may leave. */
function useKept(first: Ui, onCommand: ScreenOptions['onCommand']): (ui: Ui) => void {
  const told = useRef(keptOf(first));
  return (ui) => {
    const choices = keptOf(ui);
    if (isDeepStrictEqual(choices, told.current)) return;
    told.current = choices;
    onCommand({ kind: 'kept', choices });
  };
}

/** The choices of the person at the screen, how they are drawn, and what changes them. */
function useScreen(props: AppProps, onProblem: (where: string, error: unknown) => void) {
  const { store, surface, onCommand, bindings = BINDINGS, themes = builtInThemes } = props;
  const { exit, suspendTerminal } = useApp();
  const { columns, rows } = useWindowSize();
  const { preset = 'overview' } = props;
  const [ui, setUi] = useState(() => {
    const first = initialUi(panelsOf(preset, columns, rows)?.[0], preset);
    const kept = withKept(first, props.kept ?? {}, columns, rows);
    return { ...kept, focused: props.panel ?? kept.focused };
  });
  const [theme, setTheme] = useState(props.theme);
  const { changed } = props;
  useLayoutEffect(() => {
    if (changed?.theme !== undefined) setTheme(changed.theme);
  }, [changed]);
  const extents = useRef(new Map<ExtentOf, Extent>());
  // Several keys may come before React draws again: each builds on the one before.
  const latest = useRef({ ui, theme });
  latest.current = { ui, theme };

  const suspendNow = (): void => {
    const stop = props.suspend ?? (() => suspend());
    // What the terminal still has to answer is not for the shell.
    Promise.resolve(surface?.hush())
      .then(() => suspendTerminal(stop))
      .then(() => surface?.repaint())
      .catch((error: unknown) => onProblem('suspend', error));
  };
  const around = (now: Ui): Surroundings => {
    const state = store.state();
    const { focused, explaining, help, detail } = now;
    const targets = explaining === null ? [] : targetsOf(state.frame, panels[focused], explaining);
    const list: Extent = {
      min: 0,
      max: Math.max(0, targets.length - 1),
      page: explainPage(rows),
    };
    const front = help !== null ? 'help' : detail !== null ? 'detail' : focused;
    const drawn = extents.current.get(front) ?? STILL;
    return {
      width: columns,
      height: rows,
      isFrozen: state.frozen !== null,
      isPast: state.past !== null,
      now: props.now(),
      extent: help === null && explaining !== null ? list : drawn,
      targets,
      row: () => rowOn(state, now, extents.current.get(focused) ?? STILL),
      copied: () => copiedOn(state, now),
      known: knownOn(state, focused, themes, store.newest),
    };
  };
  /** What a key does now; undefined where it does nothing. */
  const after = (name: string | undefined, text: string) => {
    const now = latest.current.ui;
    if (now.prompt !== null) return typedKey(now, name, text, around(now));
    const binding =
      name === undefined ? undefined : bindingFor(bindings, name, contextOf(now), now.focused);
    return name === undefined ? undefined : pressedKey(now, name, binding?.action, around(now));
  };
  const tellKept = useKept(ui, onCommand);
  const press = (name: string | undefined, text: string): void => obey(after(name, text));
  const point = (report: MouseReport, last: Click | null, at: number): void => {
    const now = latest.current.ui;
    obey(
      pointed(now, report, {
        around: around(now),
        last,
        at,
        extentOf: (panel) => extents.current.get(panel) ?? STILL,
        assetAt: (x) => assetAt(store.state(), columns, x, PLAIN_BRUSH),
      }) ?? undefined,
    );
  };
  const obey = (next: Pressed | undefined): void => {
    if (next === undefined) return;
    surface?.expedite();
    latest.current = { ...latest.current, ui: next.ui };
    setUi(next.ui);
    tellKept(next.ui);
    if (next.wish === null) return;
    fulfil(next.wish, {
      store,
      time: props.time,
      surface,
      themes,
      theme: latest.current.theme,
      setTheme(chosen) {
        latest.current = { ...latest.current, theme: chosen };
        setTheme(chosen);
      },
      exit: () => void Promise.resolve(surface?.hush()).then(() => exit()),
      suspend: suspendNow,
      onCommand,
    });
  };
  useKeys(press, props.onFunctionKeys);
  useMouse(point, props.onMouse, props.now);
  useExplaining(ui.explaining !== null, onCommand);
  const onExtent = useCallback((id: ExtentOf, extent: Extent) => {
    extents.current.set(id, extent);
  }, []);
  return { ui, theme, columns, rows, onExtent };
}

const NO_HOLES = (): void => {};

/** For counting cells, which colours do not change. */
const PLAIN_BRUSH: Brush = { painter: painterFor(builtInThemes[0]!, 0), ascii: false };

function App(props: AppProps) {
  const { store, surface, colorLevel, ascii = false, bindings = BINDINGS } = props;
  const onProblem = useProblems(props.onCommand);
  const { ui, theme, columns, rows, onExtent } = useScreen(props, onProblem);
  const isPast = useSyncExternalStore(store.subscribe, () => store.state().past !== null);
  const { focused, zoomed, chartHours, prompt, preset } = ui;
  const { themes = builtInThemes } = props;
  const brush = useMemo<Brush>(
    () => ({ painter: painterFor(theme, colorLevel), ascii }),
    [theme, colorLevel, ascii],
  );
  const { keepsBackground = false } = props;
  useLayoutEffect(() => {
    surface?.setGround(keepsBackground ? null : brush.painter.ground);
  }, [surface, brush, keepsBackground]);
  const layout = useMemo(
    () => layoutOf(columns, rows, focused, zoomed, preset),
    [columns, rows, focused, zoomed, preset],
  );
  const drawHeader = useCallback(
    (state: ScreenState) => [
      {
        ...layout.header,
        rows: safely(
          () => headerRows(state, columns, layout.header.h, brush),
          () => [line([['the header failed', 'error']], columns, brush)],
          (error) => onProblem('header', error),
        ),
      },
    ],
    [layout.header, columns, brush, onProblem],
  );
  const drawFooter = useCallback(
    (state: ScreenState) => {
      if (prompt !== null) {
        const known = knownOn(state, focused, themes, store.newest);
        const options =
          prompt.kind === 'command' ? completed(prompt.text, known).options.slice(0, 40) : [];
        return [{ ...layout.footer, rows: [promptRow(prompt, options, columns, brush)] }];
      }
      const about = {
        zoomed,
        isFrozen: state.frozen !== null,
        isPast: state.past !== null,
        assets: state.assets.length,
      };
      const hints = hintsFor(bindings, focused, about, ascii);
      const usual = `${chartHours === 24 ? '24 h' : `${chartHours / 24} d`} charts  ${theme.name}`;
      const right = heldText(state.terminal) ?? usual;
      return [{ ...layout.footer, rows: [footerRow(hints, state.notice, right, columns, brush)] }];
    },
    [
      layout.footer,
      columns,
      brush,
      bindings,
      focused,
      zoomed,
      chartHours,
      theme,
      ascii,
      prompt,
      themes,
      store,
    ],
  );
  const detailOf = useCallback((state: ScreenState) => detailOn(state, ui), [ui]);
  const front = layout.boxes.find(({ panel }) => panel === focused)?.rect ?? null;
  useLayoutEffect(() => surface?.setFront(front), [surface, front]);
  const setHoles = useMemo(
    () => (surface === null ? NO_HOLES : (holes: readonly Rect[]) => surface.setHoles(holes)),
    [surface],
  );

  if (layout.kind === 'tooSmall') return <TooSmall columns={columns} rows={rows} ascii={ascii} />;
  return (
    <Box width={columns} height={rows}>
      <Region id="header" store={store} canvas={surface} draw={drawHeader} />
      {layout.boxes.map(({ panel, rect }) => (
        <Guard key={panel} rect={rect} onError={(error) => onProblem(panel, error)}>
          <PanelBox
            panel={panels[panel]}
            rect={rect}
            isFocused={panel === focused}
            options={ui.panels[panel]}
            isTyping={prompt?.kind === 'filter' && ui.explaining === null && panel === focused}
            chartHours={chartHours}
            isPast={isPast}
            zoomed={layout.kind === 'single'}
            padding={layout.padding}
            brush={brush}
            store={store}
            canvas={surface}
            onExtent={onExtent}
            onProblem={onProblem}
          />
        </Guard>
      ))}
      <Region id="footer" store={store} canvas={surface} draw={drawFooter} />
      {ui.explaining !== null && (
        <ExplainBox
          panel={panels[focused]}
          explaining={ui.explaining}
          width={columns}
          height={rows}
          brush={brush}
          store={store}
          canvas={surface}
        />
      )}
      {ui.detail !== null && (
        <DetailBox
          detailOf={detailOf}
          from={ui.detail.scroll}
          width={columns}
          height={rows}
          brush={brush}
          store={store}
          canvas={surface}
          onExtent={onExtent}
        />
      )}
      {ui.help !== null && (
        <HelpBox
          bindings={bindings}
          panel={focused}
          title={panels[focused].title}
          from={ui.help}
          width={columns}
          height={rows}
          brush={brush}
          setHoles={setHoles}
          onExtent={onExtent}
        />
      )}
    </Box>
  );
}

interface TooSmallProps {
  readonly columns: number;
  readonly rows: number;
  readonly ascii: boolean;
}

function TooSmall({ columns, rows, ascii }: TooSmallProps) {
  const by = ascii ? 'x' : '×';
  const { w, h } = SMALLEST;
  return (
    <Box width={columns} height={rows} alignItems="center" justifyContent="center">
      <Text wrap="truncate">{`terminal too small: ${columns}${by}${rows}, needs ${w}${by}${h}`}</Text>
    </Box>
  );
}

/** What `draw` makes, or what stands in for it where it broke. */
function safely<T>(draw: () => T, instead: () => T, onError: (error: unknown) => void): T {
  try {
    return draw();
  } catch (error) {
    onError(error);
    return instead();
  }
}

/**
 * Opens the screen and settles when it was left. Keys, layout, freezing and themes are its own affair; what concerns others comes out
 * through `onCommand`. Restoring the terminal after a crash is the caller's (`installExit`).
 */
export async function runScreen(options: ScreenOptions): Promise<void> {
  const { surface, subscribe, stdin, stdout, fps = DEFAULT_FPS } = options;
  const store = new ScreenStore({
    fps,
    ...(options.clock && { clock: options.clock }),
    ...(options.asset !== undefined && { asset: options.asset }),
    ...(surface !== null && {
      bytesWritten: () => surface.bytesWritten,
      load: () => surface.load(),
    }),
  });
  surface?.setFps(surfaceFps(fps));
  const time = new TimeTravel(store, options.past ?? null, (isAway) =>
    options.onCommand({ kind: 'past', isAway }),
  );
  surface?.setReports({ mouse: options.mouse === true, focus: false });
  const listeners = new Set<(name: string) => void>();
  const pointers = new Set<(report: MouseReport) => void>();
  const input = new TtyInput(stdin, {
    ...(options.escapeMs !== undefined && { escapeMs: options.escapeMs }),
    onAnswer: () => surface?.answered(),
    onMouse: (report) => {
      for (const listener of pointers) listener(report);
    },
    onFunctionKey: ({ number, shift, alt, ctrl }) => {
      if (!shift && !alt && !ctrl) for (const listener of listeners) listener(`f${number}`);
    },
  });
  const onMouse: AppProps['onMouse'] = (listener) => {
    pointers.add(listener);
    return () => pointers.delete(listener);
  };
  const onFunctionKeys = (listener: (name: string) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  let settings: ScreenSettings = {};
  const app = (changed: ScreenSettings | null) => (
    <App
      {...options}
      {...settings}
      {...{ store, time, changed, onFunctionKeys, onMouse }}
      now={options.clock?.now ?? systemNow}
    />
  );
  const close = (): void => void Promise.resolve(surface?.hush()).then(() => instance.unmount());
  const instance = render(app(null), {
    stdout: (surface ?? stdout) as NodeJS.WritableStream,
    stdin: input as unknown as NodeJS.ReadableStream,
    debug: options.debug === true,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    incrementalRendering: false,
    alternateScreen: surface !== null,
    maxFps: 60,
  });
  const unsubscribe = subscribe({
    line: (line) => store.receive(line),
    settings: (changed) => {
      const { theme: _, ...others } = changed;
      settings = { ...settings, ...others };
      if (changed.fps !== undefined) store.fps = changed.fps;
      surface?.setFps(surfaceFps(store.fps));
      instance.rerender(app(changed));
    },
    notice: (text, tone) => store.notice(text, tone),
    ended: (reason) => store.end(reason),
    close,
  });
  try {
    await instance.waitUntilExit();
  } finally {
    unsubscribe();
    store.close();
    input.destroy();
  }
}
