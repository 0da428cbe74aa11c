import { createEngine, type EngineOptions, type EngineState } from '../engine/engine-state.ts';
import { frameOf } from '../engine/frame-of.ts';
import { scanOf } from '../engine/scan-of.ts';
import { step } from '../engine/step.ts';
import { createDecoderState, type DecoderState, decodeRecord } from '../feed/decode.ts';
import type { Frame, OutputLine } from '../frame/frame.ts';
import type { ScanLine } from '../frame/scan.ts';
import type { Asset, InstrumentId } from '../model/instrument.ts';
import type { Kept } from '../model/kept.ts';
import type { RawRecord } from '../model/record.ts';
import { SECOND } from '../model/units.ts';
import { decoderOf } from '../venues/index.ts';
import type { BookNeed } from '../venues/protocol.ts';

export interface PipelineOptions {
  readonly engine: EngineOptions;
  /** Seconds between the frames that are emitted, Infinity for none; a frame is emitted at every tick whose second is a multiple. */
  readonly everySeconds: number;
  /** The same of scans, where there is a universe. */
  readonly scanEverySeconds: number;
  /** Whether frames carry what `explain` cannot read off them otherwise. */
  readonly withGrounds?: boolean;
  readonly onLine: (line: OutputLine) => void;
  readonly onSnapshotWanted?: (instrument: InstrumentId, need: BookNeed) => void;
  /** Takes what is to outlive the run. */
  readonly onKeep?: (kept: Kept) => void;
}

/**
 * Records in, lines out: decoder and engine behind each other, the same for live, replay and demo. What comes out depends on the records and the options
 * alone.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #decoder: DecoderState = createDecoderState();
  readonly #engine: EngineState;
  #explained: ReadonlySet<Asset> = new Set();

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#engine = createEngine(options.engine);
  }

  /** Feeds one record. */
  readonly push = (record: RawRecord): void => {
    const { onLine, onSnapshotWanted, onKeep, everySeconds, scanEverySeconds } = this.#options;
    for (const event of decodeRecord(this.#decoder, decoderOf, record)) {
      for (const effect of step(this.#engine, event)) {
        if (effect.kind === 'emit') onLine(effect.line);
        else if (effect.kind === 'snapshotWanted')
          onSnapshotWanted?.(effect.instrument, effect.need);
        else onKeep?.(effect.kept);
      }
      if (event.kind !== 'tick') continue;
      const second = Math.round(event.tsLocal / SECOND);
      if (second % everySeconds === 0)
        for (const asset of this.#engine.assets.keys()) onLine(this.frame(asset));
      if (second % scanEverySeconds === 0 && this.#engine.universe !== null) onLine(this.scan());
    }
  };

  /** Assets in the order of their frames. */
  get assets(): readonly Asset[] {
    return [...this.#engine.assets.keys()];
  }

  /** From now on frames of these assets carry what `explain` cannot read off them otherwise, besides those that do anyway. */
  explainAlso(assets: ReadonlySet<Asset>): void {
    this.#explained = assets;
  }

  /** What may be seen of all perps as of the newest event. Changes nothing either. */
  scan(): ScanLine {
    return scanOf(this.#engine, this.#engine.now);
  }

  /** What may be seen of an asset as of the newest event. Changes nothing, so a screen may ask as often as it likes. */
  frame(asset: Asset): Frame {
    const withGrounds = this.#options.withGrounds === true || this.#explained.has(asset);
    return frameOf(this.#engine, asset, this.#engine.now, { withGrounds });
  }
}
