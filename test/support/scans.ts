import { FRAME_VERSION } from '../../src/frame/frame.ts';
import type { ScanLine, ScanRow } from '../../src/frame/scan.ts';
import type { InstrumentId } from '../../src/model/instrument.ts';
import { absent, live } from '../../src/model/reading.ts';
import { HOUR, type Micros, micros } from '../../src/model/units.ts';
import { T0 } from './frames.ts';

/** Symbols of a scan in the order of volume: coins that the frames watch come first. */
const SYMBOLS = ['BTC', 'ETH', 'SOL'];

const scanSymbol = (n: number): string => SYMBOLS[n - 1] ?? `C${n}`;
export const scanId = (n: number): InstrumentId =>
  `binance:${scanSymbol(n)}/USDT:USDT` as InstrumentId;

/** The n-th perp by volume, from 1 on: numbers follow formulas, so that a test can say what comes first. Every seventh has no book. */
function scanRow(n: number, change: Partial<ScanRow> = {}): ScanRow {
  const wave = Math.sin(n * 1.7);
  const hasBook = n % 7 !== 0;
  const book = (value: number) => (hasBook ? live(value) : absent(`no book: rank ${n} of 500`));
  return {
    instrument: scanId(n),
    asset: scanSymbol(n) as ScanRow['asset'],
    rank: n,
    priceKind: 'last',
    price: live(60_000 / n ** 1.5),
    priceDecimals: n < 4 ? 1 : 4,
    change1h: live(wave / 50),
    change24h: live(Math.cos(n) / 10),
    volume24hUsd: live(2e10 / n),
    fundingPredicted: live(wave / 5000),
    funding8h: live(wave / 5000),
    fundingAnnual: live((wave / 5000) * 1095),
    intervalHours: live(8),
    nextFundingTs: live(micros(T0 + HOUR)),
    basisFair: live(wave / 2000),
    oiCoin: live(1e5 / n),
    oiUsd: live(6e9 / n),
    oiChange1h: live(Math.cos(n * 2.3) / 40),
    oiChange4h: live(Math.cos(n * 1.1) / 20),
    oiChange24h: absent('warming 3/24'),
    oiNorm: live(0.3),
    oiChangeType: live('long build'),
    liquidatedLong1h: live(n * 1000, { sampled: true }),
    liquidatedShort1h: live(5000 / n, { sampled: true }),
    spreadBps: book(0.2 * n),
    oib: book(wave),
    depthBid: book(1e7 / n),
    depthAsk: book(9e6 / n),
    book: hasBook
      ? { status: 'whole', reason: null }
      : { status: 'none', reason: `no book: rank ${n} of 500` },
    trend: Array.from({ length: 60 }, (_, i) =>
      i < n % 11 ? null : 60_000 / n ** 1.5 + Math.sin(i / 9 + n),
    ),
    ...change,
  };
}

/** A scan of so many perps. */
export const scan = (
  perps: number,
  change: (n: number) => Partial<ScanRow> = () => ({}),
  seconds = 0,
): ScanLine => ({
  v: FRAME_VERSION,
  type: 'scan',
  source: 'demo',
  origin: 'demo',
  tsLocal: (T0 + seconds * 1e6) as Micros,
  listed: perps,
  books: { wanted: perps, whole: perps - Math.floor(perps / 7) },
  rows: Array.from({ length: perps }, (_, i) => scanRow(i + 1, change(i + 1))),
  feeds: [],
  quality: [],
});
