import {
  cellsAfter,
  cleanEvent,
  emptyHistory,
  type History,
  LIVE_SECONDS,
  newestEvents,
  remember,
} from '../../../components/history.ts';
import type { Moment, Origin } from '../../../components/past.ts';
import { historyAt, type Stretch, stretchOf } from '../../../components/stretches.ts';
import type { EventLine, Frame, OutputLine, SeriesCell, SeriesLine } from '../../frame/frame.ts';
import type { ScanLine } from '../../frame/scan.ts';
import type { Asset } from '../../model/instrument.ts';
import { MINUTE, type Micros, SECOND } from '../../model/units.ts';
import { type BlockId, BlockRing } from './block-ring.ts';
import { LineRing, packed, unpacked } from './line-ring.ts';

/** Seconds of tracks that are written together. */
const STRETCH_SECONDS = 300;
/** Stretches that a history needs at most, and one more for the edge. */
const STRETCHES_BACK = Math.ceil(LIVE_SECONDS / STRETCH_SECONDS) + 1;
/** Stretches that were read lately. */
const READ_STRETCHES = 24;
/** A clock that jumps back by more is another recording. */
const BACKWARD = 5 * SECOND;
/** Seconds between frames where the finest are gone. */
const COARSE_SECONDS = 15;
/** Seconds between scans of all perps, which are long, and how old the one that is shown may be. */
const SCAN_SECONDS = 60;
const OLDEST_SCAN = 3 * MINUTE;
const SCAN = 'scan';
/** Events that can be gone back to: liquidations, others, and those that are jumped to. */
const MOST_EVENTS = 2000;
/** Lines of cells kept per asset; the oldest two become one. */
const MOST_SERIES = 32;

/** What is jumped to (SPEC §15): gate, regime and cascade. */
export const TURNS: ReadonlySet<EventLine['kind']> = new Set([
  'gateOpened',
  'gateClosed',
  'regimeChanged',
  'cascadeLevelChanged',
]);

export const isTurn = ({ kind }: EventLine): boolean => TURNS.has(kind);

interface WrittenStretch {
  readonly from: number;
  readonly to: number;
  readonly id: BlockId;
}

export interface TapeOptions {
  readonly origin: Origin;
  /** Of its files. */
  readonly dir: string;
  /** Bytes of disk for frames of every second, as much again for one in fifteen, and half as much for scans and tracks together. */
  readonly capacity: number;
  readonly onTrouble: (error: unknown) => void;
  /** Characters of frames that are packed together. */
  readonly blockCharacters?: number;
}

/**
 * What a screen has seen, so that it can be seen again: a frame a second of every asset (farther back one in fifteen), the tracks of charts and heatmaps, closed
 * cells and events, each as it was known then. Bounded; the oldest goes.
 */
export class Tape {
  readonly #origin: Origin;
  readonly #fine: LineRing<Frame>;
  readonly #coarse: LineRing<Frame>;
  readonly #scans: LineRing<ScanLine>;
  readonly #stretchBlocks: BlockRing;
  readonly #rings: readonly BlockRing[];
  #history: History = emptyHistory();
  /** By asset: the second up to which its tracks are written, and where they are. */
  readonly #written = new Map<Asset, { next: number; readonly stretches: WrittenStretch[] }>();
  #readStretches: { readonly id: BlockId; readonly stretch: Stretch }[] = [];
  readonly #series = new Map<Asset, SeriesLine[]>();
  #events: EventLine[] = [];
  /** Liquidations, which may come by the thousand and leave the others their place. */
  #prints: EventLine[] = [];
  #turns: EventLine[] = [];

  constructor({ origin, dir, capacity, onTrouble, blockCharacters }: TapeOptions) {
    this.#origin = origin;
    const ring = (share: number) =>
      new BlockRing({ dir, capacity: Math.ceil(capacity * share), onTrouble });
    const [fine, coarse, scans] = [ring(1), ring(1), ring(1 / 4)];
    this.#stretchBlocks = ring(1 / 4);
    this.#fine = new LineRing(1, fine, blockCharacters);
    this.#coarse = new LineRing(COARSE_SECONDS, coarse, blockCharacters);
    this.#scans = new LineRing(SCAN_SECONDS, scans, blockCharacters);
    this.#rings = [fine, coarse, scans, this.#stretchBlocks];
  }

  /** Takes a line in. @param text the line as JSON, where it is at hand. */
  note(line: OutputLine, text?: string): void {
    if (line.type === 'frame') this.#noteFrame(line, () => text ?? JSON.stringify(line));
    else if (line.type === 'scan')
      this.#scans.note(SCAN, line.tsLocal, () => text ?? JSON.stringify(line));
    else if (line.type === 'series') this.#noteSeries(line);
    else if (line.type === 'event') {
      const event = cleanEvent(line);
      if (event.kind === 'liquidation') this.#prints = appended(this.#prints, event);
      else this.#events = appended(this.#events, event);
      if (isTurn(event)) this.#turns = appended(this.#turns, event);
    }
  }

  /** From when on there is anything. */
  get from(): Micros | null {
    return this.#coarse.from ?? this.#fine.from;
  }

  /** The newest frame that it has. */
  get to(): Micros | null {
    let newest: number | null = null;
    for (const { newest: second } of this.#history.live.values())
      newest = Math.max(newest ?? 0, second * SECOND);
    return newest as Micros | null;
  }

  /**
   * What was known of an asset at an instant, and of the others with it; null where the tape has nothing of it.
   *
   * @param isForward takes the first frame after the instant rather than the last one before it.
   */
  async at(time: Micros, asset: Asset, isForward = false): Promise<Moment | null> {
    for (const ring of [this.#fine, this.#coarse]) {
      if (ring.from === null || time < ring.from) continue;
      const at = isForward ? ((await ring.firstFrom(time, asset)) ?? time) : time;
      const frames = await ring.at(at, asset);
      const frame = frames.get(asset);
      if (frame === undefined) continue;
      return {
        at: frame.tsLocal,
        frames,
        history: await this.#historyAt(frame.tsLocal, frames.values()),
        scan: await this.#scanAt(frame.tsLocal),
        origin: this.#origin,
        everySeconds: ring.everySeconds,
      };
    }
    return null;
  }

  /** The next turn of an asset after an instant, or the one before. */
  turn(time: Micros, asset: Asset, direction: 1 | -1): EventLine | null {
    const of = this.#turns.filter((event) => event.asset === asset);
    const found =
      direction > 0
        ? of.find(({ tsLocal }) => tsLocal > time)
        : of.findLast(({ tsLocal }) => tsLocal < time);
    return found ?? null;
  }

  async close(): Promise<void> {
    await Promise.all(this.#rings.map((ring) => ring.close()));
  }

  #noteFrame(frame: Frame, text: () => string): void {
    let made: string | undefined;
    const once = (): string => {
      made ??= text();
      return made;
    };
    if (frame.tsLocal < (this.to ?? 0) - BACKWARD) this.#forget();
    const { asset, tsLocal } = frame;
    const isFine = this.#fine.note(asset, tsLocal, once);
    if (isFine) this.#coarse.note(asset, tsLocal, once);
    if (!isFine) return;
    remember(this.#history, frame);
    this.#writeStretches(frame.asset, Math.floor(frame.tsLocal / SECOND));
  }

  #forget(): void {
    this.#fine.forget();
    this.#coarse.forget();
    this.#scans.forget();
    this.#history = emptyHistory();
    this.#written.clear();
    this.#series.clear();
    this.#events = [];
    this.#prints = [];
    this.#turns = [];
  }

  /** Writes tracks before they fall out of the history, in whole stretches. */
  #writeStretches(asset: Asset, second: number): void {
    const stretch = Math.floor(second / STRETCH_SECONDS);
    const written = this.#written.get(asset) ?? { next: stretch, stretches: [] };
    this.#written.set(asset, written);
    if (stretch <= written.next) return;
    const from = written.next * STRETCH_SECONDS;
    written.next = stretch;
    const found = stretchOf(this.#history, asset, from, stretch * STRETCH_SECONDS - 1);
    if (found === undefined) return;
    void packed(JSON.stringify(found))
      .then((bytes) => this.#stretchBlocks.append(bytes))
      .then(
        (id) => {
          if (id !== null) written.stretches.push({ from: found.from, to: found.to, id });
          const { oldest } = this.#stretchBlocks;
          while (written.stretches[0] !== undefined && written.stretches[0].id < oldest)
            written.stretches.shift();
        },
        () => {},
      );
  }

  #noteSeries(line: SeriesLine): void {
    const lines = [...(this.#series.get(line.asset) ?? []), line];
    if (lines.length > MOST_SERIES) {
      const [first, second] = lines.splice(0, 2) as [SeriesLine, SeriesLine];
      const cells = cellsAfter(cellsAfter([], first), second);
      lines.unshift({ ...second, whole: true, cells });
    }
    this.#series.set(line.asset, lines);
  }

  async #scanAt(time: Micros): Promise<ScanLine | null> {
    const scan = (await this.#scans.at(time, SCAN)).get(SCAN);
    return scan === undefined || time - scan.tsLocal > OLDEST_SCAN ? null : scan;
  }

  async #historyAt(time: Micros, frames: Iterable<Frame>): Promise<History> {
    const second = Math.floor(time / SECOND);
    const stretches = new Map<Asset, readonly Stretch[]>();
    for (const [asset, { stretches: written }] of this.#written) {
      const needed = written
        .filter(({ from, to }) => from <= second && to > second - LIVE_SECONDS)
        .slice(-STRETCHES_BACK);
      const read = await Promise.all(needed.map(({ id }) => this.#stretch(id)));
      const newest = stretchOf(this.#history, asset, second - LIVE_SECONDS + 1, second);
      stretches.set(
        asset,
        [...read, newest].filter((one) => one !== undefined),
      );
    }
    const cells = new Map<Asset, readonly SeriesCell[]>();
    for (const [asset, lines] of this.#series) {
      const known = lines.filter(({ tsLocal }) => tsLocal <= time);
      if (known.length > 0) cells.set(asset, known.reduce(cellsAfter, [] as readonly SeriesCell[]));
    }
    const events = newestEvents(
      [...this.#events, ...this.#prints]
        .filter(({ tsLocal }) => tsLocal <= time)
        .sort((a, b) => a.tsLocal - b.tsLocal),
    );
    const history = historyAt(second, { stretches, cells, events });
    for (const frame of frames) remember(history, frame);
    return history;
  }

  async #stretch(id: BlockId): Promise<Stretch | undefined> {
    const known = this.#readStretches.find((one) => one.id === id);
    if (known !== undefined) return known.stretch;
    const bytes = await this.#stretchBlocks.read(id);
    if (bytes === null) return undefined;
    const stretch = JSON.parse(await unpacked(bytes)) as Stretch;
    this.#readStretches = [...this.#readStretches, { id, stretch }].slice(-READ_STRETCHES);
    return stretch;
  }
}

/** Bounded, without a copy for each event. */
function appended(events: EventLine[], event: EventLine): EventLine[] {
  events.push(event);
  return events.length > 2 * MOST_EVENTS ? events.slice(-MOST_EVENTS) : events;
}
