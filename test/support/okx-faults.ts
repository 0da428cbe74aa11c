import type { FaultSpec } from '../../src/sim/faults.ts';
import type { FaultKind } from '../../src/sim/okx/faults.ts';

/** A fault of the simulated OKX, and what the quality list says of it. */
export interface FaultStory {
  readonly fault: FaultSpec<FaultKind>;
  /** `instrument`: the BTC swap; `feed`: the feed. */
  readonly about: 'instrument' | 'feed';
  /** Part of a reason; null for a fault that does no harm and is not spoken of. */
  readonly reason: string | null;
}

const BOOKS = 'books:BTC-USDT-SWAP';

/** What a running feed of OKX can be struck with, after which its books equal the venue's again. */
export const OKX_FAULTS: readonly FaultStory[] = [
  { fault: { kind: 'gap', target: BOOKS }, about: 'instrument', reason: 'resyncing: gap' },
  { fault: { kind: 'reorder', target: BOOKS }, about: 'instrument', reason: 'resyncing: gap' },
  {
    fault: { kind: 'crossedBook', target: BOOKS },
    about: 'instrument',
    reason: 'resyncing: crossed',
  },
  { fault: { kind: 'duplicate', target: BOOKS, count: 3 }, about: 'instrument', reason: null },
  { fault: { kind: 'sequenceReset', target: BOOKS }, about: 'instrument', reason: null },
  {
    fault: { kind: 'garbage', target: BOOKS, variant: 'text' },
    about: 'feed',
    reason: '1 messages rejected',
  },
  {
    fault: { kind: 'garbage', target: BOOKS, variant: 'truncated' },
    about: 'instrument',
    reason: 'resyncing: gap',
  },
  {
    fault: { kind: 'garbage', target: BOOKS, variant: 'mangled' },
    about: 'instrument',
    reason: 'resyncing: gap',
  },
  {
    fault: { kind: 'malformedDecimal', target: BOOKS },
    about: 'feed',
    reason: '1 messages rejected',
  },
  {
    fault: { kind: 'unknownEvent', target: BOOKS },
    about: 'feed',
    reason: '1 unfamiliar: channel lunar-eclipse',
  },
  {
    fault: { kind: 'unknownField', target: 'trades:BTC-USDT-SWAP' },
    about: 'feed',
    reason: '1 unfamiliar: envelope.brandNew',
  },
  { fault: { kind: 'disconnect' }, about: 'instrument', reason: 'resyncing: connection lost' },
  { fault: { kind: 'disconnect', code: 4001 }, about: 'instrument', reason: 'closed 4001' },
];
