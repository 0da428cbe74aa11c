import type { Asset } from '../src/model/instrument.ts';
import type { Theme } from '../themes/theme.ts';
import { cleanText } from './format/cell-width.ts';
import type { KeptChoices } from './kept-choices.ts';
import type { Preset } from './layout/presets.ts';
import type { ScreenStore } from './screen-store.ts';
import type { TimeTravel } from './time-travel.ts';
import type { Wish } from './ui.ts';

/** What the screen tells whoever feeds it. */
export type ScreenCommand =
  | { readonly kind: 'quit' }
  /** The panels are about another asset now, whose frames are wanted more often. */
  | { readonly kind: 'focusAsset'; readonly asset: Asset }
  | { readonly kind: 'theme'; readonly name: string }
  | { readonly kind: 'fps'; readonly fps: number }
  | { readonly kind: 'freeze'; readonly isFrozen: boolean }
  | { readonly kind: 'layout'; readonly preset: Preset }
  /** The screen shows an instant that does not move, or the newest frames again. */
  | { readonly kind: 'past'; readonly isAway: boolean }
  /** Choices that outlive the run are others than before. */
  | { readonly kind: 'kept'; readonly choices: KeptChoices }
  /** Numbers are being explained, or no longer: frames are wanted with what is behind them. */
  | { readonly kind: 'explain'; readonly isOpen: boolean }
  /** Something of ours broke; the screen goes on. For the log. */
  | { readonly kind: 'problem'; readonly where: string; readonly error: unknown };

/** Frames per second that `+` and `-` go through. */
const RATES = [0.5, 1, 2, 4, 5, 10, 15, 20, 30] as const;

/** What a key can change outside of the choices. */
export interface World {
  readonly store: ScreenStore;
  readonly time: TimeTravel;
  readonly surface: {
    setFps(fps: number): void;
    repaint(): void;
    copy(text: string): boolean;
  } | null;
  readonly themes: readonly Theme[];
  readonly theme: Theme;
  readonly setTheme: (theme: Theme) => void;
  readonly exit: () => void;
  /** Gives the terminal to the shell until the program is continued. */
  readonly suspend: () => void;
  readonly onCommand: (command: ScreenCommand) => void;
}

/** Does what a key asked for, and tells whoever feeds the screen. */
export function fulfil(wish: Wish, world: World): void {
  const { store, surface, onCommand } = world;
  switch (wish.kind) {
    case 'quit':
      onCommand({ kind: 'quit' });
      world.exit();
      return;
    case 'freeze':
      store.freeze(wish.isFrozen);
      onCommand(wish);
      return;
    case 'asset':
      changeAsset(wish.step, world);
      return;
    case 'theme':
      changeTheme(wish.step, world);
      return;
    case 'rate':
      changeRate(wish.step, world);
      return;
    case 'chooseAsset':
      showAsset(wish.asset, world);
      return;
    case 'chooseTheme':
      showTheme(
        world.themes.find(({ name }) => name === wish.name),
        world,
      );
      return;
    case 'chooseRate':
      setRate(wish.fps, world);
      return;
    case 'layout':
      store.notice(`layout ${wish.preset}`);
      onCommand(wish);
      return;
    case 'copy':
      copy(wish.text, world);
      return;
    case 'say':
      store.notice(wish.text, wish.tone);
      return;
    case 'travel':
      world.time.go(wish.travel);
      return;
    case 'mark':
      world.time.mark();
      return;
    case 'redraw':
      surface?.repaint();
      return;
    case 'suspend':
      world.suspend();
      return;
  }
}

const around = <T>(list: readonly T[], at: number, step: number): T =>
  list[(Math.max(0, at) + step + list.length) % list.length]!;

function changeAsset(step: 1 | -1, world: World): void {
  const { assets, asset } = world.store.state();
  if (assets.length > 0) showAsset(around(assets, assets.indexOf(asset ?? ''), step), world);
}

function showAsset(next: Asset, { store, onCommand }: World): void {
  if (next === store.state().asset) return;
  store.focusAsset(next);
  onCommand({ kind: 'focusAsset', asset: next });
}

function changeTheme(step: 1 | -1, world: World): void {
  const { themes, theme } = world;
  const at = themes.findIndex(({ name }) => name === theme.name);
  showTheme(around(themes, at, step), world);
}

function showTheme(next: Theme | undefined, { setTheme, store, onCommand }: World): void {
  if (next === undefined) return;
  setTheme(next);
  store.notice(`theme ${next.name}`);
  onCommand({ kind: 'theme', name: next.name });
}

function changeRate(step: 1 | -1, world: World): void {
  const { store } = world;
  const above = RATES.find((rate) => rate > store.fps);
  const below = RATES.findLast((rate) => rate < store.fps);
  setRate((step > 0 ? above : below) ?? store.fps, world);
}

function setRate(fps: number, { store, surface, onCommand }: World): void {
  store.fps = fps;
  surface?.setFps(surfaceFps(fps));
  store.notice(`${fps} frames/s`);
  onCommand({ kind: 'fps', fps });
}

function copy(text: string, { store, surface }: World): void {
  const [first = ''] = text.split('\n');
  if (surface?.copy(text) === true) store.notice(`copied: ${cleanText(first)}`);
  else store.notice('this screen cannot reach a clipboard', 'warning');
}

/** The store paces the panels; the surface only has to follow before the next ones come. */
export const surfaceFps = (fps: number): number => Math.min(60, fps * 2);
