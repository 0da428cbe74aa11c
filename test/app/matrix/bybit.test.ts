import { tell } from './matrix.ts';

tell({
  venue: 'bybit',
  feeds: ['bybit-linear', 'bybit-inverse', 'bybit-spot'],
  books: 3,
  bookStream: { symbol: 'BTCUSDT', target: 'orderbook.1000.BTCUSDT' },
  unlike: {
    banned: 'it bans nobody',
    ignorePongs: 'it sends no pings of the protocol',
    shutdown: 'it announces nothing',
  },
  own: [
    {
      name: 'midSnapshot',
      faults: (book) => [{ kind: 'midSnapshot', ...book }],
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
      faults: (book) => [
        { kind: 'withheldSnapshot', ...book },
        { kind: 'gap', ...book },
      ],
      when: 'live',
      notes: [/book resyncing: gap/],
      within: 40,
    },
    {
      name: 'refused',
      faults: () => [{ kind: 'refused' }, { kind: 'disconnect' }],
      when: 'live',
      notes: [/no feed: /],
      within: 60,
    },
  ],
});
