import { Box, render, Text } from 'ink';
import { useCallback, useLayoutEffect, useMemo, useSyncExternalStore } from 'react';
import { themes as builtInThemes } from '../themes/index.ts';
import { footerRow, heldText, hintsFor, promptRow } from './chrome/footer.ts';
import { headerRows } from './chrome/header.ts';
import { Guard, PanelBox } from './chrome/panel-box.tsx';
import { Region } from './chrome/region.tsx';
import { completed } from './command.ts';
import { BINDINGS } from './keys/table.ts';
import { layoutOf, SMALLEST } from './layout/layout.ts';
import { detailOn, knownOn } from './on-screen.ts';
import { DetailBox } from './overlays/detail-box.tsx';
import { ExplainBox } from './overlays/explain-box.tsx';
import { HelpBox } from './overlays/help-box.tsx';
import { panels } from './panels/index.ts';
import { type Brush, line } from './panels/line.ts';
import type { AppProps, ScreenOptions, ScreenSettings } from './screen-options.ts';
import { type ScreenState, ScreenStore } from './screen-store.ts';
import { painterFor } from './terminal/painter.ts';
import type { Rect } from './terminal/screen.ts';
import { type MouseReport, TtyInput } from './terminal/tty-input.ts';
import { TimeTravel } from './time-travel.ts';
import { useProblems, useScreen } from './use-screen.ts';
import { surfaceFps } from './wishes.ts';

const DEFAULT_FPS = 10;

const systemNow = (): number => performance.now();

const NO_HOLES = (): void => {};

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
