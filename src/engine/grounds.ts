import { hasNeeds } from '../features/feature.ts';
import { assetFeatures, instrumentFeatures } from '../features/index.ts';
import { basisGrounds } from '../frame/basis.ts';
import { cascadeGrounds } from '../frame/cascade.ts';
import { driftGrounds } from '../frame/drift-lineage.ts';
import { readingPaths } from '../frame/explain.ts';
import type { Frame } from '../frame/frame.ts';
import { fundingGrounds } from '../frame/funding.ts';
import { pathOfAssetEntry, pathOfEntry, type Standing } from '../frame/homes.ts';
import { liquidationGrounds } from '../frame/liquidations.ts';
import { marketGrounds } from '../frame/market.ts';
import { openInterestGrounds } from '../frame/open-interest.ts';
import { optionsGrounds } from '../frame/options.ts';
import { regimeGrounds } from '../frame/regime-lineage.ts';
import type { Grounds } from '../model/definition.ts';
import type { AssetState, EngineState } from './engine-state.ts';
import { type AssetView, sectionOf } from './read.ts';

/**
 * Windows, thresholds and exclusions behind the numbers of an asset, by their path in its frame: what `explain` cannot read off a frame. Changes nothing.
 *
 * @param frame the frame itself, whose numbers they are of.
 * @param standingOf where a listing stands in it.
 */
export function groundsOf(
  engine: EngineState,
  asset: AssetState,
  view: AssetView,
  frame: Frame,
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
    for (const feature of instrumentFeatures) {
      const { name, define, explain } = feature;
      if (explain === undefined || !(name in memories) || !hasNeeds(feature, input.state)) continue;
      for (const entry of Object.keys(define))
        put(pathOfEntry(entry, standing), explain(memories[name], input, entry));
    }
  }
  const { perpEntries, spotEntries } = view;
  for (const { name, define, explain } of assetFeatures)
    if (explain !== undefined)
      for (const entry of Object.keys(define))
        put(
          pathOfAssetEntry(entry),
          explain(asset.features[name], { ...view.input, perpEntries, spotEntries }, entry),
        );
  const section = sectionGrounds(engine, asset, view, frame);
  for (const path of readingPaths(frame)) put(path, section(path));
  return grounds;
}

/** The same of the numbers that a section of the frame makes itself. */
function sectionGrounds(
  { options: { settings }, market }: EngineState,
  assetState: AssetState,
  view: AssetView,
  frame: Frame,
): (path: string) => Grounds | undefined {
  const { asset, signals, lead, options } = assetState;
  const input = sectionOf(assetState, view, settings, frame.tsLocal);
  const sections: Readonly<Record<string, (path: string) => Grounds | undefined>> = {
    funding: (path) => fundingGrounds(input, path),
    openInterest: (path) => openInterestGrounds(input, path),
    basis: (path) => basisGrounds(input, path),
    cascade: (path) => cascadeGrounds(path, frame.cascade, settings.cascade),
    liquidations: (path) => liquidationGrounds(path, frame.liquidations),
    drift: (path) => driftGrounds(signals, settings, path),
    regime: (path) => regimeGrounds(signals, lead.perp, settings, path, frame.tsLocal),
    market: () => marketGrounds(frame.market),
    options: (path) =>
      optionsGrounds(options, market.volatility.get(asset), frame.tsLocal, settings, path),
  };
  return (path) => sections[path.slice(0, path.indexOf('.'))]?.(path);
}
