import type {
  BookTrust,
  FeedTrust,
  Frame,
  GapTrust,
  QualityNote,
  RestTrust,
} from '../../../src/frame/frame.ts';
import { cleanText } from '../../format/cell-width.ts';
import { admits } from '../filter.ts';
import type { PanelOptions } from '../panel.ts';

export interface FeedRow extends Omit<FeedTrust, 'feed' | 'unfamiliarNames' | 'suspects' | 'rest'> {
  readonly feed: string;
  readonly unfamiliarNames: readonly string[];
  readonly suspects: readonly string[];
  readonly rest: readonly RestTrust[];
}

export interface TrustRows {
  readonly feeds: readonly FeedRow[];
  readonly books: readonly (Omit<BookTrust, 'instrument' | 'reason'> & {
    readonly instrument: string;
    readonly reason: string | null;
  })[];
  readonly pools: readonly (RestTrust & { readonly feed: string; readonly venue: string })[];
  /** The history on disk; null where none is kept. */
  readonly store: Frame['trust']['store'];
  /** What the history lacks, the longest first. */
  readonly gaps: readonly GapTrust[];
  /** The worst first. */
  readonly quality: readonly QualityNote[];
  /** Of all, whatever the filter. */
  readonly liveFeeds: number;
  readonly allFeeds: number;
  readonly wholeBooks: number;
  readonly allBooks: number;
}

/** The worst first: what is wrong, then what is missing, then what will come by itself. */
const GRAVITY: Readonly<Record<QualityNote['state'], number>> = {
  suspect: 0,
  stale: 1,
  resyncing: 2,
  absent: 3,
  limited: 4,
  warming: 5,
  info: 6,
};

/** How far the feeds and books behind a frame can be trusted. */
export function selectTrust(
  frame: Frame,
  { filter }: Pick<PanelOptions, 'filter'> = {},
): TrustRows {
  const { feeds, books, store, gaps } = frame.trust;
  const rows = feeds.map(
    (feed): FeedRow => ({
      ...feed,
      feed: cleanText(feed.feed),
      unfamiliarNames: feed.unfamiliarNames.map(cleanText),
      suspects: feed.suspects.map(cleanText),
      rest: feed.rest.map((pool) => ({ ...pool, pool: cleanText(pool.pool) })),
    }),
  );
  const pools = rows.flatMap(({ feed, venue, rest }) =>
    rest.map((pool) => ({ feed, venue, ...pool })),
  );
  return {
    feeds: rows.filter(({ feed, state }) => admits(filter, feed, state)),
    books: books
      .map((book) => ({
        ...book,
        instrument: cleanText(book.instrument),
        reason: book.reason === null ? null : cleanText(book.reason),
      }))
      .filter(({ instrument, status }) => admits(filter, instrument, status)),
    pools: pools.filter(({ feed, pool, state }) => admits(filter, feed, pool, state)),
    quality: frame.quality
      .map((note) => ({
        ...note,
        subject: cleanText(note.subject),
        reason: cleanText(note.reason),
      }))
      .filter(({ subject, state, reason }) => admits(filter, subject, state, reason))
      .sort((a, b) => GRAVITY[a.state] - GRAVITY[b.state]),
    store:
      store === null
        ? null
        : { ...store, reason: store.reason === null ? null : cleanText(store.reason) },
    gaps: gaps
      .map((gap) => ({ ...gap, subject: cleanText(gap.subject) }))
      .filter(({ subject, series }) => admits(filter, subject, series))
      .sort((a, b) => b.missing - a.missing),
    liveFeeds: feeds.filter(({ state }) => state === 'live').length,
    allFeeds: feeds.length,
    allBooks: books.length,
    wholeBooks: books.filter(({ status }) => status === 'whole').length,
  };
}
