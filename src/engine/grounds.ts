import { assetFeatures, instrumentFeatures } from '../features/index.ts';
import { pathOfAssetEntry, pathOfEntry, type Standing } from '../frame/homes.ts';
import type { Grounds } from '../model/definition.ts';
import type { AssetState, EngineState } from './engine-state.ts';
import type { AssetView } from './read.ts';

/**
 * Windows, thresholds and exclusions behind the numbers of an asset, by their path in its frame: what `explain` cannot read off a frame. Changes nothing.
 *
 * @param standingOf where a listing stands in the frame.
 */
export function groundsOf(
  engine: EngineState,
  asset: AssetState,
  view: AssetView,
  standingOf: (instrument: string) => Standing,
): Readonly<Record<string, Grounds>> {
  const grounds: Record<string, Grounds> = {};
  const put = (path: string, found: Grounds | undefined) => {
    if (found !== undefined) grounds[path] = found;
  };
  for (const input of view.inputs) {
    const { id } = input.state.instrument;
    const memories = engine.features.get(id)!;
    const standing = standingOf(id);
    for (const { name, define, explain } of instrumentFeatures)
      if (explain !== undefined && name in memories)
        for (const entry of Object.keys(define))
          put(pathOfEntry(entry, standing), explain(memories[name], input, entry));
  }
  const { perpEntries, spotEntries } = view;
  for (const { name, define, explain } of assetFeatures)
    if (explain !== undefined)
      for (const entry of Object.keys(define))
        put(
          pathOfAssetEntry(entry),
          explain(asset.features[name], { ...view.input, perpEntries, spotEntries }, entry),
        );
  return grounds;
}
