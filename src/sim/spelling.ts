import type { ListingSpec } from './assets.ts';
import type { Levels } from './market-book.ts';

/** A price as a decimal string with the listing's decimals. */
export const priceText = (spec: ListingSpec, ticks: number): string =>
  (ticks * spec.tickSize).toFixed(spec.priceDecimals);

/** A size as a decimal string with the listing's decimals. */
export const sizeText = (spec: ListingSpec, lots: number): string =>
  (lots * spec.stepSize).toFixed(spec.sizeDecimals);

/** Price and size of every level. */
export const levelTexts = (spec: ListingSpec, levels: Levels): [price: string, size: string][] =>
  levels.map(([ticks, lots]) => [priceText(spec, ticks), sizeText(spec, lots)]);
