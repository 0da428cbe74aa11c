import type { FundingLimits } from '../model/event.ts';
import { isAbsent, rateOf, type Wire } from './wire.ts';

/** Cap and floor of funding as two fields of a message have them; null where it has not both, or they hold nothing in. */
export function limitsOf(
  message: Wire,
  capField: string,
  floorField: string,
): FundingLimits | null {
  if (isAbsent(message[capField]) || isAbsent(message[floorField])) return null;
  const cap = rateOf(message[capField], capField);
  const floor = rateOf(message[floorField], floorField);
  return cap > 0 && floor < 0 ? { cap, floor } : null;
}
