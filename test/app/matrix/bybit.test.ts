import { expect } from 'vitest';
import { type Story, tell } from './matrix.ts';

const AT_START = /no perp listed yet|no feed yet|no feed: /;

/** A lockout lasts ten minutes whatever ends it, so nothing is better after one. */
const LOCKED_OUT: Partial<Story> = { notes: [AT_START, /REST \S+ banned/], within: null };

tell({
  venue: 'bybit',
  feeds: ['bybit-linear', 'bybit-inverse', 'bybit-spot'],
  books: 3,
  bookStream: { symbol: 'BTCUSDT', target: 'orderbook.1000.BTCUSDT' },
  unlike: {
    forbidden: LOCKED_OUT,
    banned: LOCKED_OUT,
    staleSnapshot:
      'books begin in their streams; what they are compared with: test/sim/bybit/line.test.ts',
    shutdown: 'nothing is announced',
  },
  own: [
    {
      name: 'midSnapshot',
      faults: (book) => [{ kind: 'midSnapshot', count: 2, ...book }],
      when: 'live',
      notes: [],
      within: 0,
    },
    {
      name: 'restart',
      faults: (book) => [{ kind: 'restart', ...book }],
      when: 'live',
      notes: [],
      within: 0,
    },
    {
      name: 'skippedIds',
      faults: (book) => [{ kind: 'skippedIds', ...book }],
      when: 'live',
      notes: [/book resyncing: gap/],
      within: 10,
    },
    {
      name: 'withheldSnapshot',
      // Twice a subscription brings none; then a request does.
      faults: (book) => [
        { kind: 'withheldSnapshot', count: 2, family: 'linear', ...book },
        { kind: 'gap', family: 'linear', ...book },
      ],
      when: 'live',
      notes: [/book resyncing: gap/],
      within: 60,
      also: (line) => {
        expect(line.records.some(({ chan }) => chan.startsWith('rest:/v5/market/orderbook?'))).toBe(
          true,
        );
      },
    },
    {
      name: 'refused',
      faults: ({ target }) => [{ kind: 'refused', target }],
      when: 'start',
      notes: [AT_START],
      within: 10,
    },
  ],
  elsewhere: { ignorePongs: 'test/sim/bybit/server.test.ts' },
});
