import type { Frame, OutputLine, SeriesLine } from '../frame/frame.ts';
import type { ScanLine } from '../frame/scan.ts';
import type { Asset } from '../model/instrument.ts';

/** Events kept for those who come later, as many as a screen shows. */
const EVENTS_KEPT = 200;
/** Closed cells kept per asset: 30 days and a margin. */
const CELLS_KEPT = 800;

/** What somebody who comes later needs in order to see what the others see: the newest frames and scan, the closed cells, the latest events. Bounded. */
export class LinesSoFar {
  readonly #frames = new Map<Asset, Frame>();
  readonly #series = new Map<Asset, SeriesLine>();
  #events: OutputLine[] = [];
  #scan: ScanLine | null = null;

  note(line: OutputLine): void {
    if (line.type === 'frame') this.#frames.set(line.asset, line);
    else if (line.type === 'series') this.#noteSeries(line);
    else if (line.type === 'scan') this.#scan = line;
    else if (line.type === 'event') {
      this.#events.push(line);
      if (this.#events.length > 2 * EVENTS_KEPT) this.#events = this.#events.slice(-EVENTS_KEPT);
    }
  }

  #noteSeries(line: SeriesLine): void {
    const before = line.whole ? [] : (this.#series.get(line.asset)?.cells ?? []);
    const first = line.cells[0]?.close ?? Number.POSITIVE_INFINITY;
    const cells = [...before.filter(({ close }) => close < first), ...line.cells];
    this.#series.set(line.asset, { ...line, whole: true, cells: cells.slice(-CELLS_KEPT) });
  }

  /** In the order in which a screen takes them in. */
  get lines(): readonly OutputLine[] {
    return [
      ...this.#series.values(),
      ...this.#events.slice(-EVENTS_KEPT),
      ...this.#frames.values(),
      ...(this.#scan === null ? [] : [this.#scan]),
    ];
  }
}
