import type { FaultSpec } from '../../../../src/sim/faults.ts';
import type { HyperliquidFault } from '../../../../src/sim/hyperliquid/rules.ts';

type Spec = FaultSpec<HyperliquidFault>;

/** What people have to be told of a fault. */
type Expected =
  /** The book stays whole and nothing is lost, suspected or rejected. */
  | { readonly what: 'nothing' }
  /** The book is dropped for this reason. */
  | { readonly what: 'dropped'; readonly reason: string }
  /** The message costs itself: a note of the feed. */
  | { readonly what: 'rejected'; readonly reason: string }
  /** A note of the feed that matches. */
  | { readonly what: 'noted'; readonly reason: string }
  /** A question is answered otherwise. */
  | { readonly what: 'failed'; readonly reason: string };

/** A fault and what follows from it. */
export interface Story {
  readonly name: string;
  readonly faults: readonly Spec[];
  /** On before the first request. */
  readonly before?: readonly Spec[];
  readonly expected: Expected;
  /** Seconds after which streams are used to their own pace. */
  readonly warm?: number;
}

const VIEWS = ['l2Book:BTC', 'l2Book-fast:BTC', 'bbo:BTC'] as const;
const NOTHING: Expected = { what: 'nothing' };

const ofViews = (
  name: string,
  expected: Expected,
  specs: readonly Omit<Spec, 'target'>[],
): readonly Story[] =>
  VIEWS.map((target) => ({
    name: `${name}: ${target}`,
    faults: specs.map((spec) => ({ ...spec, target })),
    expected,
  }));

/** Every view of a book, and what only this venue has, with what has to be said of it. What can go wrong anywhere is told in `test/app/matrix`. */
export const STORIES: readonly Story[] = [
  // Every frame is a whole picture of its range: the next one heals what was lost or came too late.
  ...ofViews('frames that are lost, repeated or change places change nothing', NOTHING, [
    { kind: 'gap' },
    { kind: 'duplicate' },
    { kind: 'reorder' },
  ]),
  ...ofViews('a crossed frame drops the book', { what: 'dropped', reason: 'crossed' }, [
    { kind: 'crossedBook' },
  ]),
  ...ofViews(
    'frames that nobody can read are rejected, and the next one will do',
    { what: 'rejected', reason: '4 messages rejected' },
    [
      { kind: 'garbage', variant: 'text' },
      { kind: 'garbage', variant: 'truncated' },
      { kind: 'garbage', variant: 'mangled' },
      { kind: 'malformedDecimal', variant: '6.1e4' },
    ],
  ),
  {
    name: 'fast frames without their flag are told by their levels',
    faults: [{ kind: 'unflagged', durationMs: 12_000 }],
    expected: NOTHING,
  },
  {
    name: 'a silent fast view is suspect',
    warm: 20,
    faults: [{ kind: 'silent', target: 'l2Book-fast:BTC' }],
    expected: { what: 'noted', reason: '^l2Book-fast:BTC: silent for \\d+ s$' },
  },
  {
    name: 'silent contexts are suspect',
    warm: 20,
    faults: [{ kind: 'silent', target: 'activeAssetCtx:BTC' }],
    expected: { what: 'noted', reason: '^activeAssetCtx:BTC: silent for \\d+ s$' },
  },
  {
    name: 'silent trades are suspect with the contexts beside them',
    warm: 20,
    before: [{ kind: 'silent', target: 'trades:BTC' }],
    faults: [{ kind: 'silent', target: 'activeAssetCtx:BTC' }],
    expected: { what: 'noted', reason: '^trades:BTC: its sibling is silent$' },
  },
  {
    name: 'a venue that stalls is given up',
    warm: 20,
    faults: [{ kind: 'stall' }, { kind: 'ignorePongs' }],
    expected: { what: 'dropped', reason: 'ping unanswered' },
  },
  {
    name: 'a spent budget holds back the requests',
    faults: [
      { kind: 'rateLimited', target: 'l2Book' },
      { kind: 'crossedBook', target: 'l2Book-fast:BTC' },
    ],
    expected: { what: 'noted', reason: '^REST hyperliquid limited$' },
  },
  {
    name: 'a question for a coin that the venue does not know is not repeated',
    before: [{ kind: 'nullAnswer', target: 'fundingHistory' }],
    faults: [],
    expected: { what: 'failed', reason: 'unknown coin' },
  },
  {
    name: 'an old answer to the question for a crossed book is passed over',
    faults: [
      { kind: 'staleSnapshot', target: 'l2Book' },
      { kind: 'crossedBook', target: 'l2Book-fast:BTC' },
    ],
    expected: { what: 'dropped', reason: 'crossed' },
  },
  {
    name: 'a slow answer to it comes too late to matter',
    faults: [
      { kind: 'slow', target: 'l2Book', delayMs: 3_000, durationMs: 10_000 },
      { kind: 'crossedBook', target: 'l2Book:BTC' },
    ],
    expected: { what: 'dropped', reason: 'crossed' },
  },
  {
    name: 'a venue whose clock is ahead is live',
    before: [{ kind: 'clockSkew', offsetMs: 3_000 }],
    faults: [],
    expected: NOTHING,
  },
];
