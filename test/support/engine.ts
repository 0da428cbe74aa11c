import {
  createEngine,
  type EngineOptions,
  type EngineState,
} from '../../src/engine/engine-state.ts';
import { frameOf } from '../../src/engine/frame-of.ts';
import { step } from '../../src/engine/step.ts';
import type { EventLine, Frame, OutputLine, SeriesLine } from '../../src/frame/frame.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';

export const engineFor = (options: Partial<EngineOptions> = {}): EngineState =>
  createEngine({
    settings: DEFAULT_SETTINGS,
    assets: 'any',
    source: 'demo',
    origin: 'demo',
    ...options,
  });

/** Feeds events and returns every line: what was emitted, and at each tick a frame of every asset. */
export function linesOf(engine: EngineState, events: readonly EngineEvent[]): OutputLine[] {
  const lines: OutputLine[] = [];
  for (const event of events) {
    for (const effect of step(engine, event)) if (effect.kind === 'emit') lines.push(effect.line);
    if (event.kind === 'tick')
      for (const asset of engine.assets.keys()) lines.push(frameOf(engine, asset, event.tsLocal));
  }
  return lines;
}

export const textOf = (lines: readonly OutputLine[]): string[] =>
  lines.map((line) => JSON.stringify(line));

export const framesIn = (lines: readonly OutputLine[], asset?: string): Frame[] =>
  lines.filter(
    (line): line is Frame => line.type === 'frame' && (asset === undefined || line.asset === asset),
  );
export const eventsIn = (lines: readonly OutputLine[], kind?: EventLine['kind']): EventLine[] =>
  lines.filter(
    (line): line is EventLine =>
      line.type === 'event' && (kind === undefined || line.kind === kind),
  );
export const seriesIn = (lines: readonly OutputLine[]): SeriesLine[] =>
  lines.filter((line): line is SeriesLine => line.type === 'series');

/** The last frame of an asset. */
export function lastFrame(lines: readonly OutputLine[], asset = 'BTC'): Frame {
  const frame = framesIn(lines, asset).at(-1);
  if (frame === undefined) throw new Error(`no frame of ${asset}`);
  return frame;
}
