import { basisFair, basisVenue, oibDivergence } from './basis.ts';
import { cascadeRatio } from './cascade-ratio.ts';
import { crossMarket } from './cross-market.ts';
import { cvdDivergence } from './cvd-divergence.ts';
import { depth } from './depth.ts';
import type { AnyAssetFeature, AnyInstrumentFeature } from './feature.ts';
import { flow } from './flow.ts';
import { flowHour } from './flow-hour.ts';
import { funding } from './funding.ts';
import { imbalance } from './imbalance.ts';
import { impulseResponse } from './impulse-response.ts';
import { kyleLambda } from './kyle-lambda.ts';
import { markCheck } from './mark-check.ts';
import { meanReversion } from './mean-reversion.ts';
import { notionalClock } from './notional-clock.ts';
import { openInterest } from './open-interest.ts';
import { perpShocks } from './perp-shocks.ts';
import { volatility } from './volatility.ts';
import { vpin } from './vpin.ts';

/** Every family of numbers about an instrument, in the order in which frames list them. */
export const instrumentFeatures: readonly AnyInstrumentFeature[] = [
  notionalClock,
  depth,
  imbalance,
  impulseResponse,
  flow,
  flowHour,
  vpin,
  kyleLambda,
  volatility,
  meanReversion,
  basisFair,
  funding,
  openInterest,
  perpShocks,
  markCheck,
];

/** Every family of numbers about an asset. */
export const assetFeatures: readonly AnyAssetFeature[] = [
  basisVenue,
  oibDivergence,
  cvdDivergence,
  cascadeRatio,
  crossMarket,
];
