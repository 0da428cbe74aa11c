import { chainNumbers } from '../features/options/chain.ts';
import { noteChain } from '../features/options/memory.ts';
import type { OptionState } from '../market/state.ts';
import type { Asset, Instrument } from '../model/instrument.ts';
import { type Micros, SECOND } from '../model/units.ts';
import type { AssetState, EngineState } from './engine-state.ts';

/** Mark of the dated future that is settled as an option is, on its day; null for none. */
function futureOf(asset: AssetState, expiry: Micros, like: Instrument): number | null {
  for (const { instrument, mark } of asset.listed)
    if (
      instrument.kind === 'future' &&
      instrument.expiry === expiry &&
      instrument.venue === like.venue &&
      instrument.settle === like.settle
    )
      return mark?.markPrice ?? null;
  return null;
}

/** Looks at the option chains, every few seconds: a thousand quotes are too many for every frame. */
export function tickOptions(engine: EngineState, now: Micros): void {
  const { settings } = engine.options;
  if (now % (settings.options.everySeconds * SECOND) !== 0) return;
  const byAsset = new Map<Asset, OptionState[]>();
  for (const option of engine.market.options.values()) {
    const known = byAsset.get(option.instrument.asset);
    if (known === undefined) byAsset.set(option.instrument.asset, [option]);
    else known.push(option);
  }
  for (const asset of engine.assets.values()) {
    const options = byAsset.get(asset.asset);
    const chain =
      options === undefined
        ? null
        : chainNumbers(options, (expiry, like) => futureOf(asset, expiry, like), now, settings);
    noteChain(asset.options, chain, now, settings);
  }
}
