import type { FaultSpec } from '../../../../src/sim/deribit/faults.ts';

/** A fault, and what has to be said of it. */
export interface FaultStory {
  readonly name: string;
  readonly fault: FaultSpec;
  /**
   * `resync`: the book is dropped for this reason and whole again. `lost`: the feed is lost for it and back. `suspect`: a stream is called suspect. `told`: the feed's
   * own notes hold it. `limited`: requests wait. `failed`: an answer was of no use, and a book or a poll gets another. `unmoved`: nothing is dropped or suspected.
   */
  readonly expected:
    | { readonly kind: 'resync' | 'lost' | 'suspect' | 'told' | 'failed'; readonly reason: RegExp }
    | { readonly kind: 'limited' | 'unmoved' };
  /** Lasts until it is cleared; then everything has to be well again. */
  readonly isLasting?: true;
  /** Seconds of acquaintance before it strikes: streams have to be used to their own pace. */
  readonly warm?: number;
  /** It strikes before the first request. */
  readonly fromStart?: true;
}

const BOOK = 'book.BTC-PERPETUAL.100ms';
const TICKER = 'ticker.BTC-PERPETUAL.100ms';

/** Everything that can go wrong at Deribit. */
export const STORIES: readonly FaultStory[] = [
  {
    name: 'a lost change',
    fault: { kind: 'gap', target: BOOK },
    expected: { kind: 'resync', reason: /^resyncing: gap$/ },
  },
  {
    name: 'a change that comes twice',
    fault: { kind: 'duplicate', target: BOOK },
    expected: { kind: 'unmoved' },
  },
  {
    name: 'two changes in the wrong order',
    fault: { kind: 'reorder', target: BOOK },
    expected: { kind: 'resync', reason: /^resyncing: gap$/ },
  },
  {
    name: 'a bid above the ask',
    fault: { kind: 'crossedBook', target: BOOK },
    expected: { kind: 'resync', reason: /^resyncing: crossed$/ },
  },
  {
    name: 'a change cut short',
    fault: { kind: 'garbage', target: BOOK, variant: 'truncated' },
    expected: { kind: 'resync', reason: /^resyncing: gap$/ },
  },
  {
    name: 'a change with keys of nobody’s',
    fault: { kind: 'garbage', target: BOOK, variant: 'mangled' },
    expected: { kind: 'resync', reason: /^resyncing: gap$/ },
  },
  {
    name: 'a price that is none',
    fault: { kind: 'malformedDecimal', target: BOOK },
    expected: { kind: 'resync', reason: /^resyncing: gap$/ },
  },
  {
    name: 'a page of HTML',
    fault: { kind: 'garbage', target: BOOK, variant: 'text' },
    expected: { kind: 'told', reason: /^1 messages rejected$/ },
  },
  {
    name: 'a channel never heard of',
    fault: { kind: 'unknownEvent', target: TICKER },
    expected: { kind: 'told', reason: /unfamiliar: channel lunar_eclipse\.btc_usd$/ },
  },
  {
    name: 'a field never seen',
    fault: { kind: 'unknownField', target: TICKER },
    expected: { kind: 'told', reason: /unfamiliar: ticker\.brandNew$/ },
  },
  {
    name: 'a channel that falls silent',
    fault: { kind: 'silent', target: TICKER },
    expected: { kind: 'suspect', reason: /^silent for \d+ s$/ },
    isLasting: true,
    warm: 5,
  },
  {
    name: 'a socket that stalls',
    fault: { kind: 'stall' },
    expected: { kind: 'lost', reason: /^public: silent \d+ s$/ },
    isLasting: true,
  },
  {
    name: 'a cut wire',
    fault: { kind: 'disconnect' },
    expected: { kind: 'lost', reason: /^public: connection lost$/ },
  },
  {
    name: 'a socket that the venue closes',
    fault: { kind: 'disconnect', code: 1001 },
    expected: { kind: 'lost', reason: /^public: closed 1001$/ },
  },
  {
    name: 'a venue that does not hear our signs of life',
    fault: { kind: 'ignorePongs' },
    expected: { kind: 'lost', reason: /^public: closed 4000$/ },
    isLasting: true,
  },
  {
    name: 'a request too many',
    fault: { kind: 'tooManyRequests' },
    expected: { kind: 'lost', reason: /^public: closed 1008$/ },
  },
  {
    name: 'sockets that get old',
    fault: { kind: 'lifetime', delayMs: 1000 },
    expected: { kind: 'lost', reason: /^public: closed 1001$/ },
    isLasting: true,
  },
  {
    name: 'a socket that is refused twice',
    fault: { kind: 'refuseSockets', count: 2 },
    expected: { kind: 'lost', reason: /503/ },
    fromStart: true,
  },
  {
    name: 'a channel that is left out of what was accepted',
    fault: { kind: 'omitted', target: TICKER },
    expected: { kind: 'suspect', reason: /^not accepted$/ },
    fromStart: true,
  },
  {
    name: 'subscriptions without a beginning',
    fault: { kind: 'noBeginning', target: BOOK, count: 3 },
    expected: { kind: 'unmoved' },
    fromStart: true,
  },
  {
    name: 'a locked platform',
    fault: { kind: 'platformLock' },
    expected: { kind: 'told', reason: /unfamiliar: platform locked: btc_/ },
    isLasting: true,
  },
  {
    name: 'an answer that says too many requests',
    fault: { kind: 'rateLimited' },
    expected: { kind: 'limited' },
  },
  {
    name: 'an answer that says too many connections',
    fault: { kind: 'tooManyConnections' },
    expected: { kind: 'limited' },
  },
  {
    name: 'a ban',
    fault: { kind: 'banned' },
    expected: { kind: 'limited' },
  },
  {
    name: 'an error of the servers',
    fault: { kind: 'serverError', count: 2 },
    expected: { kind: 'failed', reason: /^11094 internal_server_error/ },
    // The history is there by then: a poll is not asked a third time.
    warm: 8,
  },
  {
    name: 'empty answers',
    fault: { kind: 'emptyBody', count: 2 },
    expected: { kind: 'failed', reason: /^answer without a result$/ },
    // The history is there by then: a poll is not asked a third time.
    warm: 8,
  },
  {
    name: 'answers cut short',
    fault: { kind: 'truncatedBody', count: 2 },
    expected: { kind: 'failed', reason: /^answer without a result$/ },
    // The history is there by then: a poll is not asked a third time.
    warm: 8,
  },
  {
    name: 'slow answers',
    fault: { kind: 'slow', delayMs: 3000 },
    expected: { kind: 'unmoved' },
    isLasting: true,
  },
  {
    name: 'a clock that is ahead',
    fault: { kind: 'clockSkew', offsetMs: 4000 },
    expected: { kind: 'unmoved' },
    isLasting: true,
  },
];
