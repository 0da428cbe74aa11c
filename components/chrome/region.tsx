import { Box, Text } from 'ink';
import { useLayoutEffect, useSyncExternalStore } from 'react';
import type { ScreenState, ScreenStore } from '../screen-store.ts';
import type { Rect } from '../terminal/screen.ts';

/** Who paints rows into rectangles: a `Surface` fits. */
export interface Canvas {
  set(id: string, layer: Rect & { readonly rows: readonly string[]; readonly z?: number }): void;
  delete(id: string): void;
}

/** Rows for a part of the screen. */
export interface Patch extends Rect {
  readonly rows: readonly string[];
  /** Higher is nearer. */
  readonly z?: number;
}

export interface RegionProps {
  /** Unlike any other region's. */
  readonly id: string;
  readonly store: ScreenStore;
  /** Null: rows become Ink's text, for tests and terminals without a surface. */
  readonly canvas: Canvas | null;
  /** Pure; the same function for as long as nothing but the state changes. */
  readonly draw: (state: ScreenState) => readonly Patch[];
}

/**
 * A part of the screen whose rows follow the store. With a canvas React is out of the way: the store's news paint rows directly, and
 * React only comes back when the place or the choices change.
 */
export function Region(props: RegionProps) {
  return props.canvas === null ? (
    <TextRegion {...props} />
  ) : (
    <PaintedRegion {...props} canvas={props.canvas} />
  );
}

function PaintedRegion({ id, store, canvas, draw }: RegionProps & { readonly canvas: Canvas }) {
  useLayoutEffect(() => {
    let painted = 0;
    const paint = (): void => {
      const patches = draw(store.state());
      for (const [i, patch] of patches.entries()) canvas.set(`${id}/${i}`, patch);
      for (let i = patches.length; i < painted; i += 1) canvas.delete(`${id}/${i}`);
      painted = patches.length;
    };
    paint();
    const forget = store.subscribe(paint);
    return () => {
      forget();
      for (let i = 0; i < painted; i += 1) canvas.delete(`${id}/${i}`);
    };
  }, [id, store, canvas, draw]);
  return null;
}

function TextRegion({ store, draw }: RegionProps) {
  const state = useSyncExternalStore(store.subscribe, store.state);
  return draw(state).map(({ x, y, w, h, rows }) => (
    <Box key={`${x},${y}`} position="absolute" top={y} left={x} width={w} height={h}>
      <Text wrap="truncate">{rows.slice(0, h).join('\n')}</Text>
    </Box>
  ));
}
