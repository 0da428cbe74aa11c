import { tell } from './matrix.ts';

tell({
  venue: 'deribit',
  feeds: ['deribit'],
  books: 2,
  bookStream: { symbol: 'BTC-PERPETUAL', target: 'book.BTC-PERPETUAL.100ms' },
});
