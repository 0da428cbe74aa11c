import { HYPERLIQUID_MOMENT, tell } from './matrix.ts';

const HOURLY = 'funding is paid every hour, everywhere';
/** Every message of a book is the whole: what is lost is made good by the next one. */
const REPEATED = { notes: [], within: 0 } as const;
const REPEATED_BUT_REJECTED = { notes: [/1 messages rejected/], within: 0 } as const;

tell({
  venue: 'hyperliquid',
  feeds: ['hyperliquid'],
  books: 1,
  bookStream: { symbol: 'BTC', target: 'l2Book-fast:BTC' },
  // It has perps alone, tells no liquidations and nothing of the open interest of the past.
  lacks: /no spot of this venue|no liquidation feed|no open.interest/,
  momentOf: HYPERLIQUID_MOMENT,
  unlike: {
    gap: REPEATED,
    reorder: REPEATED,
    'garbage, truncated': REPEATED_BUT_REJECTED,
    'garbage, mangled': REPEATED_BUT_REJECTED,
    malformedDecimal: REPEATED_BUT_REJECTED,
    frozenBook: REPEATED,
    banned: 'it bans nobody',
    staleSnapshot: 'no book is asked for',
    fundingInterval: HOURLY,
    ignorePongs: 'it sends no pings',
    shutdown: 'it announces nothing',
  },
  elsewhere: {
    delisted: 'test/sim/hyperliquid',
    unflagged: 'test/sim/hyperliquid',
    nullAnswer: 'test/sim/hyperliquid',
  },
});
