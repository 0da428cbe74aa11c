import { basisFair, basisVenue, oibDivergence } from './basis.ts';
import { cascadeRatio } from './cascade-ratio.ts';
import { depth } from './depth.ts';
import type { AnyAssetFeature, AnyInstrumentFeature } from './feature.ts';
import { flow } from './flow.ts';
import { funding } from './funding.ts';
import { imbalance } from './imbalance.ts';
import { markCheck } from './mark-check.ts';
import { openInterest } from './open-interest.ts';

/** Every family of numbers about an instrument, in the order in which frames list them. */
export const instrumentFeatures: readonly AnyInstrumentFeature[] = [
  depth,
  imbalance,
  flow,
  basisFair,
  funding,
  openInterest,
  markCheck,
];

/** Every family of numbers about an asset. */
export const assetFeatures: readonly AnyAssetFeature[] = [basisVenue, oibDivergence, cascadeRatio];
