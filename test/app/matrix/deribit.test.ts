import { tell } from './matrix.ts';

tell({
  venue: 'deribit',
  feeds: ['deribit'],
  books: 2,
  bookStream: { symbol: 'BTC-PERPETUAL', target: 'book.BTC-PERPETUAL.100ms' },
  // No spot, and nothing of the open interest of the past.
  lacks: /no spot of this venue|no open.interest/,
  numbers: { optionExpiries: 1, optionStrikes: 1 },
  unlike: {
    banned: 'it bans nobody',
    staleSnapshot: 'books begin in their stream',
    fundingInterval: 'funding flows all the time',
    ignorePongs: 'it sends no pings of the protocol',
    shutdown: 'it announces nothing',
  },
  own: [
    {
      name: 'tooManyRequests',
      faults: () => [{ kind: 'tooManyRequests' }, { kind: 'disconnect' }],
      when: 'live',
      notes: [/book resyncing: connection lost/],
      within: 40,
    },
    {
      name: 'tooManyConnections',
      faults: () => [{ kind: 'tooManyConnections', count: 2 }, { kind: 'disconnect' }],
      when: 'live',
      notes: [/book resyncing: http 429/],
      within: 40,
    },
    {
      name: 'noBeginning',
      faults: (book) => [
        { kind: 'noBeginning', ...book },
        { kind: 'gap', ...book },
      ],
      when: 'live',
      notes: [/book resyncing: gap/],
      within: 40,
    },
    {
      name: 'omitted',
      faults: (book) => [{ kind: 'omitted', target: book.target }, { kind: 'disconnect' }],
      when: 'live',
      notes: [/not accepted/],
      within: null,
    },
    {
      name: 'platformLock',
      faults: () => [{ kind: 'platformLock', durationMs: 30_000 }],
      when: 'warm',
      notes: [/: silent for \d+ s/],
      within: 30,
    },
  ],
});
