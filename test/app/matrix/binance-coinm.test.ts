import { tell } from './matrix.ts';

tell({
  venue: 'binance',
  name: 'binance-coinm',
  feeds: ['binance-coinm'],
  books: 1,
  bookStream: { symbol: 'BTCUSD_PERP', target: 'btcusd_perp@depth@100ms' },
  lacks: /no spot of this venue/,
  numbers: { fundingInfoEveryMs: 15_000 },
  elsewhere: {
    ignorePongs: 'test/app/faults.test.ts',
    shutdown: 'test/app/faults.test.ts',
    snapshotAtPu: 'test/app/faults.test.ts',
  },
});
