import type { Definitions } from '../model/definition.ts';
import { basisDefinitions } from './basis.ts';
import { fundingDefinitions } from './funding.ts';
import { openInterestDefinitions } from './open-interest.ts';

/** What the numbers of a frame are, by path, beyond those that a feature family defines itself. One line per section. */
export const frameDefinitions: readonly Definitions[] = [
  fundingDefinitions,
  openInterestDefinitions,
  basisDefinitions,
];
