import {
  type FaultKind as CommonKind,
  type FaultSpec as CommonSpec,
  catalogueWith,
  FaultRegistry,
  readFault,
} from '../faults.ts';

/** What can go wrong here: `snapshotAtPu` answers with a book that ends where the first buffered event begins. */
export type FaultKind = CommonKind | 'snapshotAtPu';

/** A fault of this venue to inject. */
export type FaultSpec = CommonSpec<FaultKind>;

const CATALOGUE = catalogueWith({ once: ['snapshotAtPu'] });

/** Everything that can go wrong. */
export const FAULT_KINDS: readonly FaultKind[] = CATALOGUE.kinds;

/** A fault as JSON, checked; throws with the field that is wrong. */
export const faultFrom = (value: unknown): FaultSpec => readFault(value, FAULT_KINDS);

/** The switchboard of this venue. */
export class Faults extends FaultRegistry<FaultKind> {
  /**
   * @param now wall ms
   * @param act carries out the faults that are done the moment they are injected
   */
  constructor(now: () => number, act: (spec: FaultSpec) => void) {
    super(CATALOGUE, now, act);
  }
}
