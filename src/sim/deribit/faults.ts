import {
  type FaultKind as CommonKind,
  type FaultSpec as CommonSpec,
  catalogueWith,
  FaultRegistry,
} from '../faults.ts';

/**
 * What can go wrong here, besides the usual: a request that is one too many and costs the socket
 * (`tooManyRequests`), a connection that is one too many (`tooManyConnections`), a subscription that
 * brings no snapshot (`noBeginning`), a channel that is left out of what was accepted (`omitted`), a
 * platform whose trading is locked (`platformLock`).
 */
export type FaultKind =
  | CommonKind
  | 'tooManyRequests'
  | 'tooManyConnections'
  | 'noBeginning'
  | 'omitted'
  | 'platformLock';

/** A fault of this venue to inject. */
export type FaultSpec = CommonSpec<FaultKind>;

const CATALOGUE = catalogueWith({
  once: ['tooManyRequests', 'tooManyConnections', 'noBeginning', 'omitted'],
  lasting: ['platformLock'],
});

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
