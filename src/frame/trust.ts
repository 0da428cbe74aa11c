import type { InstrumentInput } from '../features/feature.ts';
import { staleAfter } from '../market/cadence.ts';
import { type FeedState, feedSilence, messageRate } from '../market/feed-state.ts';
import { levelCount } from '../market/ladder.ts';
import type { MarketState } from '../market/state.ts';
import type { StoreReport } from '../model/kept.ts';
import { absent, live, observed, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { type Micros, micros } from '../model/units.ts';
import type { BookTrust, FeedTrust, Frame, GapTrust, QualityNote } from './frame.ts';
import type { ScanLine, ScanRow } from './scan.ts';

/** Suspect streams named in a frame. */
const SUSPECTS_SHOWN = 12;

function stateOf(feed: FeedState, now: Micros, settings: EngineSettings): FeedTrust['state'] {
  const links = [...feed.connections.values()];
  if (links.some(({ state }) => state === 'down')) return 'disconnected';
  if (feed.cadence.count === 0) return 'connecting';
  if (feedSilence(feed, now, settings) !== null) return 'stale';
  return links.some(({ state }) => state === 'connecting') ? 'connecting' : 'live';
}

function feedTrust(
  feed: FeedState,
  venue: string,
  now: Micros,
  settings: EngineSettings,
): FeedTrust {
  const heard = feed.cadence.count > 0;
  const age = (now - feed.cadence.lastTs) as Micros;
  const rate = messageRate(feed, now);
  return {
    feed: feed.feed,
    venue,
    state: stateOf(feed, now, settings),
    ...(feed.polledEveryMs !== null && { polledEveryMs: feed.polledEveryMs }),
    messagesPerSecond: Number.isFinite(rate) ? live(rate) : absent('warming 1 s'),
    age: heard ? live(age) : absent('nothing heard yet'),
    lag: Number.isFinite(feed.lagMedian)
      ? live(Math.round(feed.lagMedian) as Micros)
      : absent('no event times yet'),
    clockOffset:
      feed.clockOffset === null
        ? absent('clock not probed')
        : observed(feed.clockOffset.offset, feed.clockOffset.tsLocal, now, 30 * 60e6),
    reconnects: feed.reconnects,
    rejected: feed.rejected,
    unfamiliar: feed.unfamiliar,
    unfamiliarNames: [...feed.unfamiliarNames],
    dropped: feed.dropped,
    rest: [...feed.rest].map(([pool, rest]) => ({
      pool,
      used: rest.used,
      limit: rest.limit,
      state: rest.state,
      until: rest.until > now ? rest.until : null,
    })),
    suspects: [...feed.suspects]
      .slice(0, SUSPECTS_SHOWN)
      .map(([stream, reason]) => `${stream}: ${reason}`),
    streams: feed.streams.size,
  };
}

/** Every feed, in the order in which they were first heard of. */
export function feedsTrust(
  market: MarketState,
  now: Micros,
  settings: EngineSettings,
): FeedTrust[] {
  const venues = new Map<string, string>();
  for (const { instrument } of market.instruments.values())
    venues.set(instrument.feed, instrument.venue);
  return [...market.feeds.values()].map((feed) =>
    feedTrust(feed, venues.get(feed.feed) ?? feed.feed, now, settings),
  );
}

/** The books of one asset. */
export function booksTrust(
  inputs: readonly InstrumentInput[],
  now: Micros,
  settings: EngineSettings,
): BookTrust[] {
  const books = inputs.filter(({ state }) => state.hasBook);
  return books.map(({ state, sample }) => {
    const { book, instrument, cadences } = state;
    const { counts } = book;
    const checks = counts.quoteChecks + counts.snapshotChecks + counts.checksumChecks;
    const mismatches =
      counts.quoteMismatches + counts.snapshotMismatches + counts.checksumMismatches;
    const age: Reading<Micros> =
      book.tsLocal === null
        ? absent('no book message yet')
        : observed(
            (now - book.tsLocal) as Micros,
            book.tsLocal,
            now,
            staleAfter(cadences.book, settings),
          );
    return {
      instrument: instrument.id,
      status: book.status,
      reason: book.reason,
      applied: counts.applied,
      gaps: counts.gaps,
      resyncs: counts.resyncs,
      crossed: counts.crossed,
      quoteChecks: counts.quoteChecks,
      quoteMismatches: counts.quoteMismatches,
      snapshotChecks: counts.snapshotChecks,
      snapshotMismatches: counts.snapshotMismatches,
      checksumChecks: counts.checksumChecks,
      checksumMismatches: counts.checksumMismatches,
      errorRate: checks === 0 ? absent('nothing compared yet') : live(mismatches / checks),
      broken: micros(state.brokenFor + (state.brokenSince === null ? 0 : now - state.brokenSince)),
      lenient: book.isLenient,
      jumps: counts.jumps,
      levels: levelCount(book.ladder, 'bid') + levelCount(book.ladder, 'ask'),
      knownBidBps: sample.knownBidBps,
      knownAskBps: sample.knownAskBps,
      age,
    };
  });
}

/** What to say of a feed that is not live. */
function feedNote(feed: FeedTrust): QualityNote | undefined {
  const { feed: subject, age } = feed;
  switch (feed.state) {
    case 'live':
      return undefined;
    case 'stale':
      return { subject, state: 'stale', reason: `silent for ${secondsText(age.value ?? 0)}` };
    case 'disconnected':
      return { subject, state: 'absent', reason: `no feed: ${subject}` };
    case 'connecting':
      return { subject, state: 'warming', reason: `no feed yet: ${subject}` };
  }
}

const secondsText = (micros: number): string => `${Math.round(micros / 1e6)} s`;

const ORDER: readonly QualityNote['state'][] = [
  'absent',
  'resyncing',
  'suspect',
  'stale',
  'limited',
  'warming',
  'info',
];

const gravestFirst = (notes: QualityNote[]): QualityNote[] =>
  notes.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));

/** Columns of a scan that are told of when rows lack them. */
const SCANNED = [
  'price',
  'change1h',
  'fundingPredicted',
  'intervalHours',
  'basisFair',
  'volume24hUsd',
  'oiCoin',
  'oiChange1h',
  'oiChange24h',
  'liquidatedLong1h',
] as const satisfies readonly (keyof ScanRow)[];

/** What is not live in the rows of a scan: by column, with the first reason, because five hundred rows have few of them. */
export function scanNotes(rows: readonly ScanRow[], books: ScanLine['books']): QualityNote[] {
  const notes: QualityNote[] = [];
  for (const subject of SCANNED) {
    let stale = 0;
    let oldest = 0;
    const reasons: string[] = [];
    for (const row of rows) {
      const reading = row[subject];
      if (reading.state === 'absent') reasons.push(reading.reason);
      else if (reading.state === 'stale') {
        stale += 1;
        oldest = Math.max(oldest, reading.age);
      }
    }
    const of = (count: number) => `${count} of ${rows.length}`;
    if (stale > 0)
      notes.push({
        subject,
        state: 'stale',
        reason: `${of(stale)} rows, up to ${secondsText(oldest)} old`,
      });
    const [first] = reasons;
    if (first !== undefined)
      notes.push({
        subject,
        state: reasons.every((reason) => reason.startsWith('warming')) ? 'warming' : 'absent',
        reason: `${of(reasons.length)} rows: ${first}`,
      });
  }
  const missing = books.wanted - books.whole;
  if (missing > 0)
    notes.push({
      subject: 'books',
      state: 'resyncing',
      reason: `${missing} of ${books.wanted} books not whole`,
    });
  return gravestFirst(notes);
}

/** What is to be said of feeds. */
export function feedNotes(feeds: readonly FeedTrust[]): QualityNote[] {
  const notes: QualityNote[] = [];
  for (const feed of feeds) {
    const note = feedNote(feed);
    if (note !== undefined) notes.push(note);
    if (feed.polledEveryMs !== undefined)
      notes.push({
        subject: feed.feed,
        state: 'info',
        reason: `polled every ${feed.polledEveryMs / 1000} s`,
      });
    for (const suspect of feed.suspects)
      notes.push({ subject: feed.feed, state: 'suspect', reason: suspect });
    for (const rest of feed.rest)
      if (rest.state !== 'ok')
        notes.push({
          subject: feed.feed,
          state: 'limited',
          reason: `REST ${rest.pool} ${rest.state}`,
        });
    if (feed.rejected > 0)
      notes.push({
        subject: feed.feed,
        state: 'info',
        reason: `${feed.rejected} messages rejected`,
      });
    if (feed.unfamiliar > 0)
      notes.push({
        subject: feed.feed,
        state: 'info',
        reason: `${feed.unfamiliar} unfamiliar: ${feed.unfamiliarNames.join(', ')}`,
      });
    if (feed.dropped > 0)
      notes.push({
        subject: feed.feed,
        state: 'limited',
        reason: `${feed.dropped} messages dropped`,
      });
  }
  return notes;
}

/** What is to be said of the store while it does not work, or has lost something. */
export function storeNotes(store: StoreReport | null): QualityNote[] {
  if (store === null) return [];
  const notes: QualityNote[] = [];
  if (store.state === 'memory')
    notes.push({
      subject: 'store',
      state: 'limited',
      reason: `history is kept in memory only: ${store.reason ?? 'no reason given'}`,
    });
  if (store.lost > 0)
    notes.push({ subject: 'store', state: 'info', reason: `${store.lost} rows never stored` });
  return notes;
}

/** Gaps are counted here; the frame lists them. */
function gapNotes(gaps: readonly GapTrust[]): QualityNote[] {
  if (gaps.length === 0) return [];
  const count = gaps.reduce((sum, gap) => sum + gap.count, 0);
  const reason = `${count} ${count === 1 ? 'gap' : 'gaps'} in ${gaps.length} series`;
  return [{ subject: 'history', state: 'info', reason }];
}

/** What is not live in a frame and why, the gravest first (SPEC §2). */
export function qualityNotes(frame: Omit<Frame, 'quality'>): QualityNote[] {
  const { feeds, store, gaps } = frame.trust;
  const notes = [...feedNotes(feeds), ...storeNotes(store), ...gapNotes(gaps)];
  for (const book of frame.trust.books) {
    if (book.status !== 'whole')
      notes.push({
        subject: book.instrument,
        state: 'resyncing',
        reason: `book ${book.reason ?? book.status}`,
      });
    const mismatches = book.quoteMismatches + book.snapshotMismatches + book.checksumMismatches;
    const checks = book.quoteChecks + book.snapshotChecks + book.checksumChecks;
    if (mismatches > 0)
      notes.push({
        subject: book.instrument,
        state: 'info',
        reason: `book differed from the venue's ${mismatches} of ${checks} times`,
      });
    if (book.lenient)
      notes.push({
        subject: book.instrument,
        state: 'suspect',
        reason: `numbers of the book skip: ${book.jumps} jumps taken, compared with a snapshot every minute`,
      });
  }
  const watched: readonly (readonly [string, Reading<unknown>])[] = [
    ['price', frame.price],
    ['funding', frame.funding.oiWeighted],
    ['openInterest', frame.openInterest.coin],
    ['openInterest.change1h', frame.openInterest.change1h],
    ['basis.fair', frame.basis.fair],
    ['basis.venue', frame.basis.venue],
    ['liquidations', frame.liquidations.h1.long],
    ['drift.mu', frame.drift.mu],
    ['drift.gate', frame.drift.active],
    ['regime', frame.regime.label],
    ['cascade', frame.cascade.level],
  ];
  for (const [subject, reading] of watched) {
    if (reading.state === 'stale')
      notes.push({
        subject,
        state: 'stale',
        reason: `${secondsText(reading.age)} old`,
      });
    if (reading.state === 'absent')
      notes.push({
        subject,
        state: reading.reason.startsWith('warming') ? 'warming' : 'absent',
        reason: reading.reason,
      });
  }
  return gravestFirst(notes);
}
