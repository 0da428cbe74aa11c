import {
  type FaultKind as CommonKind,
  type FaultSpec as CommonSpec,
  catalogueWith,
} from '../faults.ts';

/**
 * What can go wrong here. In the place of the next change of a book: `midSnapshot` sends the whole, `restart` the whole under the number 1. `skippedIds`:
 * the next change has a number that does not follow, and nothing is missing. `withheldSnapshot`: a subscription is granted and its snapshot never comes.
 * `refused`: a subscription is answered with `success: false`.
 */
export type FaultKind =
  | CommonKind
  | 'midSnapshot'
  | 'restart'
  | 'skippedIds'
  | 'withheldSnapshot'
  | 'refused';

/** A fault of this venue to inject. */
export type FaultSpec = CommonSpec<FaultKind>;

export const CATALOGUE = catalogueWith({
  once: ['midSnapshot', 'restart', 'skippedIds', 'withheldSnapshot', 'refused'],
});
