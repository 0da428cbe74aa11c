import { entry } from '../model/definition.ts';
import { derive } from '../model/reading.ts';
import { assetFeature, numberOf } from './feature.ts';

/** Cascade ratio = dOI (USD, 1 h) / perp depth (USD, both sides, within the tier's band) (SPEC §4). Negative when OI falls. */
export const cascadeRatio = assetFeature<null>({
  name: 'cascadeRatio',
  create: () => null,
  define: {
    cascadeRatio: {
      formula: 'dOI over 1 h in USD / (perp depth bid + ask)',
      unit: 'ratio',
      source: 'SPEC §4',
      inputs: [
        entry('oiChange1hUsd', 'perp'),
        entry('depthBid', 'perp'),
        entry('depthAsk', 'perp'),
      ],
    },
  },
  read: (_, { perpEntries }) => ({
    cascadeRatio: derive(
      [
        numberOf(perpEntries, 'oiChange1hUsd'),
        numberOf(perpEntries, 'depthBid'),
        numberOf(perpEntries, 'depthAsk'),
      ] as const,
      (change, bid, ask) => change / (bid + ask),
    ),
  }),
});
