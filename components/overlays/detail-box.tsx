import { useCallback } from 'react';
import { type Canvas, Region } from '../chrome/region.tsx';
import type { Detail } from '../panels/detail.ts';
import type { Brush } from '../panels/line.ts';
import type { Extent } from '../panels/panel.ts';
import type { ScreenState, ScreenStore } from '../screen-store.ts';
import { detailBox } from './detail.ts';
import { explainRect } from './explain.ts';

export interface DetailBoxProps {
  /** What is known of the row now; null where it is gone. */
  readonly detailOf: (state: ScreenState) => Detail | null;
  /** First line shown. */
  readonly from: number;
  readonly width: number;
  readonly height: number;
  readonly brush: Brush;
  readonly store: ScreenStore;
  readonly canvas: Canvas | null;
  readonly onExtent: (id: 'detail', extent: Extent) => void;
}

/** All that is known of a row, over the panels; it follows the frames like a panel. */
export function DetailBox(props: DetailBoxProps) {
  const { detailOf, from, width, height, brush, store, canvas, onExtent } = props;
  const draw = useCallback(
    (state: ScreenState) => {
      const rect = explainRect(width, height);
      const { rows, extent } = detailBox(detailOf(state), from, rect.w, rect.h, brush);
      onExtent('detail', extent);
      return [{ ...rect, h: rows.length, z: 1, rows }];
    },
    [detailOf, from, width, height, brush, onExtent],
  );
  return <Region id="detail" store={store} canvas={canvas} draw={draw} />;
}
