import type { ScanLine, ScanRow } from '../../../src/frame/scan.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { cleanText } from '../../format/cell-width.ts';
import { compact, compactUsd, fixed, percent } from '../../format/number.ts';
import { clock, duration, instant } from '../../format/time.ts';
import { type Detail, type DetailLine, readingLine, wordLine } from '../detail.ts';

/** Wide enough for any number; the padding is cut off again. */
const CELLS = 20;

const share = (label: string, reading: Reading, decimals = 2): DetailLine =>
  readingLine(label, reading, (value) => percent(value, CELLS, decimals, { sign: true }));
const usd = (label: string, reading: Reading): DetailLine =>
  readingLine(label, reading, (value) => compactUsd(value, CELLS));

const PRICES: Readonly<Record<ScanRow['priceKind'], string>> = {
  mid: 'mid of its book',
  last: 'last trade',
  mark: 'mark',
};

/** All that a scan says of one perp. */
export function scannedDetail(row: ScanRow, { listed, tsLocal }: ScanLine): Detail {
  const { book, priceDecimals } = row;
  const price = (value: number): string => fixed(value, CELLS, priceDecimals, { thousands: true });
  const hours = (value: number): string => fixed(value, CELLS, 2, { unit: ' h' });
  const known = row.trend.filter((value) => value !== null);
  return {
    title: cleanText(row.instrument),
    sections: [
      {
        heading: `as of ${clock(tsLocal, 8)} UTC`,
        lines: [
          wordLine('rank by 24 h volume', `${row.rank} of ${listed}`),
          readingLine(`price, ${PRICES[row.priceKind]}`, row.price, price),
          share('change 1 h', row.change1h),
          share('change 24 h', row.change24h),
          wordLine(
            'last 60 min',
            known.length === 0
              ? null
              : `${price(Math.min(...known)).trim()} to ${price(Math.max(...known)).trim()}, ${known.length} of ${row.trend.length} minutes known`,
          ),
          usd('volume 24 h', row.volume24hUsd),
        ],
      },
      {
        heading: 'funding',
        lines: [
          share('predicted, own interval', row.fundingPredicted, 4),
          share('per 8 h', row.funding8h, 4),
          share('per year', row.fundingAnnual),
          readingLine('interval', row.intervalHours, hours),
          readingLine(
            'next settlement',
            row.nextFundingTs,
            (ts) => `${instant(ts, CELLS).trim()} UTC, in ${duration(ts - tsLocal, CELLS).trim()}`,
          ),
          share('basis, mark to index', row.basisFair, 4),
        ],
      },
      {
        heading: 'open interest, one side',
        lines: [
          usd('USD', row.oiUsd),
          readingLine(
            cleanText(row.asset),
            row.oiCoin,
            (value) => `${compact(value, CELLS).trim()} ${cleanText(row.asset)}`,
          ),
          share('change 1 h', row.oiChange1h),
          share('change 4 h', row.oiChange4h),
          share('change 24 h', row.oiChange24h),
          readingLine('days to cover', row.oiNorm, (value) =>
            fixed(value, CELLS, 2, { unit: ' d' }),
          ),
          readingLine('last hour says', row.oiChangeType, String),
        ],
      },
      {
        heading: 'liquidated in the last hour',
        lines: [usd('longs', row.liquidatedLong1h), usd('shorts', row.liquidatedShort1h)],
      },
      {
        heading: 'book',
        lines: [
          wordLine(
            'book',
            book.reason === null ? book.status : `${book.status}: ${book.reason}`,
            book.status === 'whole' ? 'live' : 'absent',
          ),
          readingLine('spread', row.spreadBps, (value) => fixed(value, CELLS, 2, { unit: ' bps' })),
          readingLine('imbalance OIB', row.oib, (value) => fixed(value, CELLS, 3, { sign: true })),
          usd('bids within the band', row.depthBid),
          usd('asks within the band', row.depthAsk),
        ],
      },
    ],
  };
}
