import { instrumentFeatures } from '../features/index.ts';
import { createLiquidationMemory, onLiquidation } from '../features/liquidations.ts';
import { recallHours, recallMinutes } from '../market/recall.ts';
import type { InstrumentState } from '../market/state.ts';
import type {
  KeptHearing,
  KeptHours,
  KeptLiquidations,
  KeptMinuteRows,
  KeptSignals,
  KeptState,
  Recalled,
} from '../model/kept.ts';
import { HOUR, type Micros } from '../model/units.ts';
import type { Held } from '../signals/hold.ts';
import { outdate } from './cascade.ts';
import type { AssetState, EngineState } from './engine-state.ts';

/** Takes back what an earlier run kept. Of a listing that has not been told of yet it waits until that has happened. */
export function recall(engine: EngineState, what: Recalled, now: Micros): void {
  switch (what.kind) {
    case 'hours':
    case 'minutes': {
      const state = engine.market.instruments.get(what.instrument);
      if (state !== undefined) recallOf(engine, state, what, now);
      else {
        const waiting = engine.recalled.get(what.instrument) ?? [];
        waiting.push(what);
        engine.recalled.set(what.instrument, waiting);
      }
      return;
    }
    default: {
      const asset = engine.assets.get(what.asset);
      if (asset === undefined) return;
      if (what.kind === 'liquidations') recallLiquidations(asset, what, now);
      else if (what.kind === 'hearing') recallHearing(asset, what, now);
      else recallSignals(asset, what, now);
    }
  }
}

/** A listing is known now: takes back what waited for it. */
export function recallWaiting(engine: EngineState, state: InstrumentState, now: Micros): void {
  const { id } = state.instrument;
  for (const what of engine.recalled.get(id) ?? []) recallOf(engine, state, what, now);
  engine.recalled.delete(id);
}

function recallOf(
  engine: EngineState,
  state: InstrumentState,
  what: KeptHours | KeptMinuteRows,
  now: Micros,
): void {
  const { instrument, isWatched } = state;
  if (!isWatched) return;
  if (what.kind === 'hours') {
    if (!recallHours(state, what, now)) return;
    const asset = engine.assets.get(instrument.asset);
    if (asset === undefined) return;
    if (asset.lead.perp === state || asset.lead.spot === state) asset.signals.historyChanged = true;
    else if (instrument.kind === 'future') asset.signals.datedChanged = true;
    outdate(asset, instrument.id);
    return;
  }
  recallMinutes(state, what, now);
  const memories = engine.features.get(instrument.id) ?? {};
  for (const { name, recall: take } of instrumentFeatures)
    if (take !== undefined && name in memories) take(memories[name], what);
}

/** Sums cannot take in what is older than what they hold, so they are made anew, and only as long as nothing has been heard. */
function recallLiquidations(asset: AssetState, { prints }: KeptLiquidations, now: Micros): void {
  if (asset.liquidations.tape.length > 0) return;
  const memory = createLiquidationMemory(true);
  let newest = 0;
  for (const { side, ...print } of prints) {
    if (print.tsLocal > now || print.tsLocal < newest) continue;
    newest = print.tsLocal;
    onLiquidation(memory, { kind: 'liquidation', liquidatedSide: side, ...print });
  }
  asset.liquidations = memory;
}

function recallHearing(asset: AssetState, { feed, spans }: KeptHearing, now: Micros): void {
  if (asset.heard.has(feed)) return;
  const known = spans.filter(([from, to]) => from <= to && to <= now);
  asset.heard.set(
    feed,
    known.map(([from, to]) => [from, to]),
  );
}

/** What was announced longer ago than a cell may have become anything meanwhile: its like is taken anew, without an announcement. */
const ANNOUNCED_HOLDS = HOUR;

function recallHeld<T>(held: Held<T>, kept: KeptState<T> | null): void {
  if (kept === null || held.announced !== null) return;
  held.announced = kept.state;
  held.since = kept.since;
}

function recallSignals(asset: AssetState, kept: KeptSignals, now: Micros): void {
  if (kept.at > now || now - kept.at > ANNOUNCED_HOLDS) return;
  const { signals, settling, nearCap } = asset;
  recallHeld(signals.gate, kept.gate);
  recallHeld(signals.regime, kept.regime);
  recallHeld(signals.cascade, kept.cascade);
  if (Math.floor(kept.at / HOUR) === Math.floor(now / HOUR)) {
    signals.wasOpenInCell ||= kept.wasOpenInCell;
    signals.reach.low = Math.min(signals.reach.low, kept.reach?.low ?? signals.reach.low);
    signals.reach.high = Math.max(signals.reach.high, kept.reach?.high ?? signals.reach.high);
  }
  for (const instrument of kept.settling) settling.set(instrument, null);
  for (const instrument of kept.nearCap) nearCap.add(instrument);
}
