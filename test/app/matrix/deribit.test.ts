import { expect } from 'vitest';
import { tell } from './matrix.ts';

const BOOK = 'book.BTC-PERPETUAL.100ms';
const TICKER = 'ticker.BTC-PERPETUAL.100ms';
const FEED = 'deribit';

tell({
  venue: 'deribit',
  feeds: [FEED],
  // The inverse perp and the linear one; dated futures and options are not followed by their books.
  books: 2,
  bookStream: { symbol: 'BTC-PERPETUAL', target: BOOK },
  // Perps, futures and options without a spot market, and nothing tells the open interest of the past.
  lacks: /no spot of this venue|no open.interest/,
  unlike: {
    banned: 'the venue answers too many requests the same way every time',
    staleSnapshot: 'a lost book is subscribed anew, and begins in its stream',
    fundingInterval: 'funding flows all the time',
    shutdown: 'the venue announces no closes',
  },
  elsewhere: { staleSnapshot: 'test/sim/deribit/line.test.ts' },
  own: [
    {
      name: 'ignorePongs',
      faults: () => [{ kind: 'ignorePongs', durationMs: 25_000 }],
      when: 'live',
      notes: [/book resyncing: closed 4000/],
      within: 20,
    },
    {
      name: 'tooManyRequests',
      faults: () => [{ kind: 'tooManyRequests' }],
      when: 'live',
      notes: [/book resyncing: closed 1008/],
      within: 20,
    },
    {
      name: 'tooManyConnections',
      faults: () => [{ kind: 'tooManyConnections', count: 2 }],
      when: 'start',
      notes: [/no perp listed yet/, /REST deribit limited/],
      within: 60,
    },
    {
      name: 'noBeginning',
      faults: () => [{ kind: 'noBeginning', target: BOOK, count: 3 }],
      when: 'start',
      notes: [/book awaiting snapshot/],
      within: 40,
      also: (line) => {
        // Twice by subscription, then by asking for it.
        const asked = line.records.filter(({ chan }) => chan.includes('get_order_book'));
        expect(asked).toHaveLength(1);
      },
    },
    {
      name: 'omitted',
      faults: () => [{ kind: 'omitted', target: TICKER }],
      when: 'start',
      notes: [/ticker\.BTC-PERPETUAL\.100ms: not accepted/],
      // Until the next connection.
      within: null,
    },
    {
      name: 'platformLock',
      faults: () => [{ kind: 'platformLock', durationMs: 15_000 }],
      when: 'warm',
      notes: [/unfamiliar: platform locked: btc_/, /: silent for \d+ s/],
      within: 15,
    },
  ],
});
