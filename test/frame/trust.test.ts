import { describe, expect, test } from 'vitest';
import type { FeedTrust, Frame, QualityNote } from '../../src/frame/frame.ts';
import { feedsTrust, qualityNotes } from '../../src/frame/trust.ts';
import { createFeedState, noteHeard, noteReport } from '../../src/market/feed-state.ts';
import { createMarketState } from '../../src/market/state.ts';
import { absent, live, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { micros, SECOND } from '../../src/model/units.ts';
import { frame } from '../support/frames.ts';
import { at } from '../support/market.ts';

const connection = 'main';

/** Trust in one feed that has lived through `story`. */
function trustOf(
  story: (feed: ReturnType<typeof createFeedState>) => void,
  seconds = 10,
): FeedTrust {
  const market = createMarketState('any');
  const feed = createFeedState('binance-usdm');
  market.feeds.set(feed.feed, feed);
  story(feed);
  return feedsTrust(market, at(seconds), DEFAULT_SETTINGS)[0]!;
}

describe('trust in a feed', () => {
  test('is connecting until something was heard', () => {
    const trust = trustOf((feed) => noteReport(feed, { kind: 'connected', connection }, at(1)));
    expect(trust).toMatchObject({ state: 'connecting', age: { reason: 'nothing heard yet' } });
    expect(trust.clockOffset).toMatchObject({ reason: 'clock not probed' });
    expect(trust.lag).toMatchObject({ reason: 'no event times yet' });
  });

  test('is live while it speaks and stale when it stops', () => {
    const heard = (second: number) =>
      trustOf((feed) => {
        for (let s = 0; s <= second; s += 1) noteHeard(feed, 's', null, at(s));
      });
    expect(heard(9)).toMatchObject({ state: 'live', age: live(SECOND), streams: 1 });
    expect(heard(6).state).toBe('stale');
  });

  test('is disconnected from the loss to the return, whatever else is tried or said', () => {
    const lost = (more: (feed: ReturnType<typeof createFeedState>) => void) =>
      trustOf((feed) => {
        noteReport(feed, { kind: 'connected', connection }, at(1));
        noteReport(
          feed,
          { kind: 'disconnected', connection, reason: 'closed', streams: ['s'] },
          at(2),
        );
        more(feed);
        noteHeard(feed, 'other', null, at(9));
      });
    expect(lost(() => {}).state).toBe('disconnected');
    expect(lost((feed) => noteReport(feed, { kind: 'connecting', connection }, at(3))).state).toBe(
      'disconnected',
    );
    expect(
      lost((feed) => noteReport(feed, { kind: 'connected', connection }, at(3))),
    ).toMatchObject({ state: 'live', reconnects: 1 });
  });

  test('names its suspects and the end of a ban', () => {
    const trust = trustOf((feed) => {
      noteReport(feed, { kind: 'suspect', stream: 'btcusdt@depth', reason: 'silent' }, at(1));
      const used = { used: 1, limit: 2, state: 'banned', until: at(60) } as const;
      noteReport(feed, { kind: 'rest', pool: 'ip', ...used }, at(1));
      noteReport(feed, { kind: 'rest', pool: 'data', ...used, until: at(5) }, at(1));
    });
    expect(trust.suspects).toEqual(['btcusdt@depth: silent']);
    expect(trust.rest.map(({ until }) => until)).toEqual([at(60), null]);
  });
});

describe('quality notes', () => {
  const base = frame();
  const nothing = { feeds: [], books: [], store: null, gaps: [] };
  const notesOf = (change: (given: Frame) => Partial<Frame>): readonly QualityNote[] => {
    const { quality: _, ...rest } = { ...base, ...change(base) };
    return qualityNotes({ ...rest, trust: change(base).trust ?? nothing });
  };

  test('say nothing where everything lives', () => {
    expect(notesOf(() => ({}))).toEqual([]);
  });

  test('give what is absent with its reason, what is stale with its age, what warms up apart', () => {
    const notes = notesOf(() => ({
      price: absent('book resyncing: gap'),
      priceDecimals: 1,
      funding: { ...base.funding, oiWeighted: stale(0.0001, micros(42 * SECOND)) },
      drift: { ...base.drift, active: absent('warming 12/48') },
    }));
    expect(notes).toEqual([
      { subject: 'price', state: 'absent', reason: 'book resyncing: gap' },
      { subject: 'funding', state: 'stale', reason: '42 s old' },
      { subject: 'drift.gate', state: 'warming', reason: 'warming 12/48' },
    ]);
  });

  test('tell of a book that did not agree with the venue', () => {
    const [book] = base.trust.books;
    const checked = {
      quoteChecks: 1200,
      quoteMismatches: 2,
      snapshotChecks: 3,
      snapshotMismatches: 1,
    };
    const notes = notesOf(() => ({ trust: { ...nothing, books: [{ ...book!, ...checked }] } }));
    expect(notes).toEqual([
      {
        subject: book!.instrument,
        state: 'info',
        reason: "book differed from the venue's 3 of 1203 times",
      },
    ]);
  });

  test('put the gravest first', () => {
    const [feed] = base.trust.feeds;
    const [book] = base.trust.books;
    const notes = notesOf(() => ({
      trust: {
        ...nothing,
        feeds: [
          {
            ...feed!,
            state: 'stale',
            age: live(micros(9 * SECOND)),
            suspects: ['x: silent'],
            rejected: 2,
            unfamiliar: 1,
            unfamiliarNames: ['field zz'],
            dropped: 3,
            rest: [{ pool: 'ip', used: 1, limit: 2, state: 'limited', until: null }],
          },
          { ...feed!, feed: 'okx', state: 'disconnected' },
          { ...feed!, feed: 'bybit', state: 'connecting' },
        ],
        books: [{ ...book!, status: 'resyncing', reason: 'resyncing: gap' }],
      },
    }));
    expect(notes.map(({ state, reason }) => `${state}: ${reason}`)).toEqual([
      'absent: no feed: okx',
      'resyncing: book resyncing: gap',
      'suspect: x: silent',
      'stale: silent for 9 s',
      'limited: REST ip limited',
      'limited: 3 messages dropped',
      'warming: no feed yet: bybit',
      'info: 2 messages rejected',
      'info: 1 unfamiliar: field zz',
    ]);
  });
});
