import { Text } from 'ink';
import { useLayoutEffect } from 'react';
import { Border } from '../chrome/panel-box.tsx';
import type { Binding } from '../keys/table.ts';
import type { PanelId } from '../panels/ids.ts';
import { type Brush, exactly } from '../panels/line.ts';
import type { Extent } from '../panels/panel.ts';
import type { Rect } from '../terminal/screen.ts';
import { helpRect, helpRows } from './help.ts';

export interface HelpBoxProps {
  readonly bindings: readonly Binding[];
  readonly panel: PanelId;
  readonly title: string;
  /** First row shown. */
  readonly from: number;
  readonly width: number;
  readonly height: number;
  readonly brush: Brush;
  readonly setHoles: (holes: readonly Rect[]) => void;
  readonly onExtent: (id: 'help', extent: Extent) => void;
}

/** The help over the panels, drawn by Ink through a hole in what is painted above it. */
export function HelpBox(props: HelpBoxProps) {
  const { bindings, panel, title, from, width, height, brush, setHoles, onExtent } = props;
  const rect = helpRect(width, height);
  const w = rect.w - 4;
  const h = rect.h - 2;
  const rows = helpRows(bindings, panel, title, w, brush);
  const max = Math.max(0, rows.length - h);
  const shown = exactly(rows.slice(Math.min(from, max)), w, h);
  const { x, y } = rect;
  useLayoutEffect(() => {
    onExtent('help', { min: 0, max, page: h });
    setHoles([{ x, y, w: w + 4, h: h + 2 }]);
    return () => setHoles([]);
  }, [x, y, w, h, max, setHoles, onExtent]);
  const [up, down] = brush.ascii ? ['^', 'v'] : ['↑', '↓'];
  const more = max === 0 ? '' : ` ${from > 0 ? up : ' '}${from < max ? down : ' '}`;
  return (
    <Border
      rect={rect}
      title={[
        ['help', 'title'],
        [`  Esc closes${more}`, 'dim'],
      ]}
      isFocused
      brush={brush}
    >
      <Text wrap="truncate">{shown.map((row) => ` ${row} `).join('\n')}</Text>
    </Border>
  );
}
