import type { Definitions } from '../model/definition.ts';
import { basisDefinitions } from './basis.ts';
import { cascadeDefinitions } from './cascade.ts';
import { driftDefinitions } from './drift-lineage.ts';
import { fundingDefinitions } from './funding.ts';
import { liquidationDefinitions } from './liquidations.ts';
import { marketDefinitions } from './market.ts';
import { openInterestDefinitions } from './open-interest.ts';
import { optionsDefinitions } from './options.ts';
import { regimeDefinitions } from './regime-lineage.ts';
import { bookDefinitions, trustDefinitions } from './trust-definitions.ts';

/** What the numbers of a frame are, by path, beyond those that a feature family defines itself. One line per section. */
export const frameDefinitions: readonly Definitions[] = [
  fundingDefinitions,
  openInterestDefinitions,
  basisDefinitions,
  cascadeDefinitions,
  liquidationDefinitions,
  driftDefinitions,
  regimeDefinitions,
  marketDefinitions,
  optionsDefinitions,
  bookDefinitions,
  trustDefinitions,
];
