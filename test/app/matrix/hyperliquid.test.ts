import { tell } from './matrix.ts';

tell({
  venue: 'hyperliquid',
  feeds: ['hyperliquid'],
  books: 1,
  bookStream: { symbol: 'BTC', target: 'l2Book-fast:BTC' },
  // It has perps alone, tells no liquidations and nothing of the open interest of the past.
  lacks: /no spot of this venue|no liquidation feed|no open.interest/,
});
