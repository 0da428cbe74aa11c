import type { Asset } from '../src/model/instrument.ts';
import type { Theme } from '../themes/theme.ts';
import type { ScreenStore } from './screen-store.ts';
import type { Wish } from './ui.ts';

/** What the screen tells whoever feeds it. */
export type ScreenCommand =
  | { readonly kind: 'quit' }
  /** The panels are about another asset now, whose frames are wanted more often. */
  | { readonly kind: 'focusAsset'; readonly asset: Asset }
  | { readonly kind: 'theme'; readonly name: string }
  | { readonly kind: 'fps'; readonly fps: number }
  | { readonly kind: 'freeze'; readonly isFrozen: boolean }
  /** Something of ours broke; the screen goes on. For the log. */
  | { readonly kind: 'problem'; readonly where: string; readonly error: unknown };

/** Frames per second that `+` and `-` go through. */
const RATES = [0.5, 1, 2, 4, 5, 10, 15, 20, 30] as const;

/** What a key can change outside of the choices. */
export interface World {
  readonly store: ScreenStore;
  readonly surface: { setFps(fps: number): void; repaint(): void } | null;
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

function changeAsset(step: 1 | -1, { store, onCommand }: World): void {
  const { assets, asset } = store.state();
  if (assets.length === 0) return;
  const next = around(assets, assets.indexOf(asset ?? ''), step);
  if (next === asset) return;
  store.focusAsset(next);
  onCommand({ kind: 'focusAsset', asset: next });
}

function changeTheme(step: 1 | -1, { themes, theme, setTheme, store, onCommand }: World): void {
  const at = themes.findIndex(({ name }) => name === theme.name);
  const next = around(themes, at, step);
  setTheme(next);
  store.notice(`theme ${next.name}`);
  onCommand({ kind: 'theme', name: next.name });
}

function changeRate(step: 1 | -1, { store, surface, onCommand }: World): void {
  const above = RATES.find((rate) => rate > store.fps);
  const below = RATES.findLast((rate) => rate < store.fps);
  const fps = (step > 0 ? above : below) ?? store.fps;
  store.fps = fps;
  surface?.setFps(surfaceFps(fps));
  store.notice(`${fps} frames/s`);
  onCommand({ kind: 'fps', fps });
}

/** The store paces the panels; the surface only has to follow before the next ones come. */
export const surfaceFps = (fps: number): number => Math.min(60, fps * 2);
