import { tell } from './matrix.ts';

tell({
  venue: 'binance',
  name: 'binance-coinm',
  feeds: ['binance-coinm'],
  // Dated contracts have marks, volume and open interest, and no book.
  books: 1,
  bookStream: { symbol: 'BTCUSD_PERP', target: 'btcusd_perp@depth@100ms' },
  // What is quoted in dollars has its spot elsewhere.
  lacks: /no spot of this venue/,
  numbers: { fundingInfoEveryMs: 15_000 },
  own: [
    {
      name: 'snapshotAtPu',
      faults: ({ symbol }) => [{ kind: 'snapshotAtPu', symbol }],
      when: 'start',
      notes: [/no perp listed yet|no feed yet/],
      within: 30,
    },
  ],
  elsewhere: {
    ignorePongs: 'test/app/faults.test.ts',
    // Futures close without a notice.
    shutdown: 'test/app/faults.test.ts',
  },
});
