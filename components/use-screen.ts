import { isDeepStrictEqual } from 'node:util';
import { useApp, useInput, useWindowSize } from 'ink';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { themes as builtInThemes } from '../themes/index.ts';
import { assetAt } from './chrome/header.ts';
import { keptOf, withKept } from './kept-choices.ts';
import { BINDINGS, bindingFor, keyName } from './keys/table.ts';
import { panelsOf } from './layout/presets.ts';
import { type Click, pointed } from './mouse.ts';
import { copiedOn, knownOn, rowOn } from './on-screen.ts';
import { explainPage, targetsOf } from './overlays/explain.ts';
import type { PanelId } from './panels/ids.ts';
import { panels } from './panels/index.ts';
import type { Brush } from './panels/line.ts';
import { type Extent, STILL } from './panels/panel.ts';
import type { AppProps, ScreenOptions } from './screen-options.ts';
import { painterFor } from './terminal/painter.ts';
import { suspend } from './terminal/suspend.ts';
import type { MouseReport } from './terminal/tty-input.ts';
import {
  contextOf,
  initialUi,
  type Pressed,
  pressedKey,
  type Surroundings,
  typedKey,
  type Ui,
} from './ui.ts';
import { fulfil } from './wishes.ts';

/** Different problems that are reported at most; a screen with more is broken altogether. */
const MAX_PROBLEMS = 100;

/** What can scroll: a panel, or an overlay that tells so when it is drawn. */
type ExtentOf = PanelId | 'help' | 'detail';

/** For counting cells, which colours do not change. */
const PLAIN_BRUSH: Brush = { painter: painterFor(builtInThemes[0]!, 0), ascii: false };

/** Tells of each problem once, not ten times a second. */
export function useProblems(onCommand: ScreenOptions['onCommand']) {
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
export function useScreen(props: AppProps, onProblem: (where: string, error: unknown) => void) {
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
