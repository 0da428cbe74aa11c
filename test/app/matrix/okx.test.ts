import { tell } from './matrix.ts';

const SWAP = 'BTC-USDT-SWAP';
const BOOKS = `books:${SWAP}`;

tell({
  venue: 'okx',
  feeds: ['okx'],
  books: 3,
  bookStream: { symbol: SWAP, target: BOOKS },
  unlike: {
    banned: 'the venue bans nobody; what it limits passes in seconds',
    ignorePongs: 'the venue sends no pings',
    // A book that lost its place begins anew in its stream; only where that does not come REST is asked.
    staleSnapshot: {
      faults: ({ symbol, target }) => [
        { kind: 'noSnapshot', symbol, durationMs: 40_000 },
        { kind: 'staleSnapshot', symbol },
        { kind: 'gap', symbol, target },
      ],
      within: 40,
    },
    // It is announced a minute before, so a socket that lives but seconds is replaced at once; only its successors are cut.
    lifetime: { notes: [/book resyncing: (closed 1001|connection lost)/], within: 30 },
  },
  own: [
    {
      name: 'sequenceReset',
      faults: ({ symbol, target }) => [{ kind: 'sequenceReset', symbol, target }],
      when: 'live',
      notes: [],
      within: 0,
    },
    {
      name: 'noSnapshot',
      faults: ({ symbol }) => [{ kind: 'noSnapshot', symbol, durationMs: 20_000 }],
      when: 'start',
      notes: [/book awaiting snapshot/],
      within: 5,
    },
    {
      name: 'noSnapshot, noRestSeq',
      faults: ({ symbol }) => [
        { kind: 'noSnapshot', symbol, durationMs: 20_000 },
        { kind: 'noRestSeq', symbol, durationMs: 20_000 },
      ],
      when: 'start',
      notes: [/book awaiting snapshot/],
      within: 30,
    },
    {
      name: 'refusedStream',
      faults: ({ symbol }) => [{ kind: 'refusedStream', symbol, target: `bbo-tbt:${SWAP}` }],
      when: 'start',
      notes: [/bbo-tbt:\S+: 60018 /],
      within: null,
    },
  ],
  elsewhere: { shutdown: 'test/app/okx-line.test.ts' },
});
