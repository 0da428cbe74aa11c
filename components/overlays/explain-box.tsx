import { useCallback } from 'react';
import { type Canvas, Region } from '../chrome/region.tsx';
import type { Brush } from '../panels/line.ts';
import type { Panel } from '../panels/panel.ts';
import type { ScreenState, ScreenStore } from '../screen-store.ts';
import { type Explaining, explainRect, explainRows } from './explain.ts';

export interface ExplainBoxProps {
  readonly panel: Panel;
  readonly explaining: Explaining;
  readonly width: number;
  readonly height: number;
  readonly brush: Brush;
  readonly store: ScreenStore;
  readonly canvas: Canvas | null;
}

/** Where numbers come from, over the panels; it follows the frames like a panel. */
export function ExplainBox(props: ExplainBoxProps) {
  const { panel, explaining, width, height, brush, store, canvas } = props;
  const draw = useCallback(
    ({ frame }: ScreenState) => {
      const rect = explainRect(width, height);
      return [
        { ...rect, z: 1, rows: explainRows(frame, panel, explaining, rect.w, rect.h, brush) },
      ];
    },
    [panel, explaining, width, height, brush],
  );
  return <Region id="explain" store={store} canvas={canvas} draw={draw} />;
}
