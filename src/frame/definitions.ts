import type { Definitions } from '../model/definition.ts';
import { cascadeDefinitions } from './cascade.ts';
import { liquidationDefinitions } from './liquidations.ts';

/** What the numbers of a frame are, by path, beyond those that a feature family defines itself. One line per section. */
export const frameDefinitions: readonly Definitions[] = [
  cascadeDefinitions,
  liquidationDefinitions,
];
