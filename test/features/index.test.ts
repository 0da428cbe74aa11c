import { describe, expect, test } from 'vitest';
import { viewOf } from '../../src/engine/read.ts';
import { step } from '../../src/engine/step.ts';
import { assetFeatures, instrumentFeatures } from '../../src/features/index.ts';
import type { Definition } from '../../src/model/definition.ts';
import { engineFor } from '../support/engine.ts';
import { tape } from '../support/tape.ts';

/** A market of some seconds, cold, and one with a past. */
const engines = [0, 60].map((historyHours) => {
  const engine = engineFor();
  for (const event of tape({ seconds: 20, historyHours })) step(engine, event);
  return engine;
});

/** Every family as it is read in these markets, with all that belongs to it. */
const families = engines.flatMap((engine) => {
  const asset = engine.assets.get('BTC')!;
  const view = viewOf(engine, asset, engine.now);
  const { input, perpEntries, spotEntries } = view;
  return [
    ...view.inputs.flatMap((one) => {
      const memories = engine.features.get(one.state.instrument.id)!;
      return instrumentFeatures
        .filter(({ name }) => name in memories)
        .map((feature) => ({
          feature,
          entries: feature.read(memories[feature.name], one),
          explain: (name: string) => feature.explain?.(memories[feature.name], one, name),
        }));
    }),
    ...assetFeatures.map((feature) => {
      const read = { ...input, perpEntries, spotEntries };
      return {
        feature,
        entries: feature.read(asset.features[feature.name], read),
        explain: (name: string) => feature.explain?.(asset.features[feature.name], read, name),
      };
    }),
  ];
});

describe('every family of numbers', () => {
  test('defines the entries that it reads, those and no others', () => {
    for (const { feature, entries } of families)
      expect(Object.keys(entries).toSorted(), feature.name).toEqual(
        Object.keys(feature.define).toSorted(),
      );
  });

  test('names each entry once', () => {
    const names = [...instrumentFeatures, ...assetFeatures].flatMap(({ define }) =>
      Object.keys(define),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test('rests on entries that somebody defines', () => {
    const known = new Set(instrumentFeatures.flatMap(({ define }) => Object.keys(define)));
    for (const { define } of [...instrumentFeatures, ...assetFeatures])
      for (const { inputs } of Object.values<Definition>(define))
        for (const input of inputs) if ('entry' in input) expect(known).toContain(input.entry);
  });

  test('explains each entry with plain, finite numbers and never more samples than a window holds', () => {
    for (const { feature, entries, explain } of families)
      for (const name of Object.keys(entries)) {
        const grounds = explain(name);
        expect(JSON.parse(JSON.stringify(grounds ?? null)), `${feature.name}.${name}`).toEqual(
          grounds ?? null,
        );
        const { window } = grounds ?? {};
        if (window === undefined) continue;
        expect(window.count, `${feature.name}.${name}`).toBeLessThanOrEqual(window.full);
        expect(window.count, `${feature.name}.${name}`).toBeGreaterThanOrEqual(0);
      }
  });
});
