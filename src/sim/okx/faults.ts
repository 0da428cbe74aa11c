import { type FaultKind as CommonKind, catalogueWith, FaultRegistry } from '../faults.ts';

/**
 * What can go wrong here besides the usual: `sequenceReset` numbers the next book message anew from below; with `noSnapshot` on, books begin without one;
 * with `noRestSeq` on, those that REST answers do not say where they stand; `refusedStream` answers a subscription as if its instrument did not exist.
 */
export type FaultKind = CommonKind | 'sequenceReset' | 'noSnapshot' | 'noRestSeq' | 'refusedStream';

const CATALOGUE = catalogueWith<'sequenceReset' | 'noSnapshot' | 'noRestSeq' | 'refusedStream'>({
  once: ['sequenceReset', 'refusedStream'],
  lasting: ['noSnapshot', 'noRestSeq'],
});

/** The switchboard of this venue. */
export class Faults extends FaultRegistry<FaultKind> {
  /**
   * @param now wall ms
   * @param act carries out the faults that are done the moment they are injected
   */
  constructor(
    now: () => number,
    act: (spec: Parameters<FaultRegistry<FaultKind>['inject']>[0]) => void,
  ) {
    super(CATALOGUE, now, act);
  }
}
