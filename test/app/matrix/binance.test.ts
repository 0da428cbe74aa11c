import { tell } from './matrix.ts';

tell({
  venue: 'binance',
  feeds: ['binance-usdm', 'binance-spot'],
  books: 2,
  bookStream: { symbol: 'BTCUSDT', target: 'btcusdt@depth@100ms' },
  // Listings of funding intervals are asked for every five minutes.
  numbers: { fundingInfoEveryMs: 15_000 },
  elsewhere: {
    ignorePongs: 'test/app/faults.test.ts',
    shutdown: 'test/app/faults.test.ts',
    snapshotAtPu: 'test/app/faults.test.ts',
  },
});
