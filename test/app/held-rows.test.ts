import { describe, expect, test } from 'vitest';
import { HeldRows } from '../../src/app/held-rows.ts';
import { Holdings } from '../../src/feed/holdings.ts';
import type { Kept } from '../../src/model/kept.ts';
import { micros } from '../../src/model/units.ts';
import { binanceUsdm } from '../../src/venues/binance/usdm.ts';
import { protocols } from '../../src/venues/index.ts';

const HOUR_MS = 3_600_000;
/** 2026-03-10T12:20Z. */
const NOW_MS = Date.UTC(2026, 2, 10, 12, 20);
const H = Math.floor(NOW_MS / HOUR_MS);
const PERP = 'binance:BTC/USDT:USDT';

const LISTING: Kept = {
  kind: 'listing',
  instrument: PERP,
  feed: 'binance-usdm',
  venue: 'binance',
  asset: 'BTC',
  product: 'perp',
  symbol: 'BTCUSDT',
};

/** Requests of Binance's own back-fill that are left, without their hosts. */
function left(holdings: Holdings): string[] {
  return binanceUsdm
    .backfill(binanceUsdm.defaults, ['BTCUSDT'], NOW_MS)
    .flatMap((request) => holdings.wanted('binance-usdm', request, NOW_MS) ?? [])
    .map(({ chan }) => chan);
}

function holding(...kept: readonly Kept[]): { held: HeldRows; holdings: Holdings } {
  const holdings = new Holdings();
  const held = new HeldRows(holdings);
  held.note(LISTING);
  for (const one of kept) held.note(one);
  return { held, holdings };
}

const hours = (
  series: Extract<Kept, { kind: 'hours' }>['series'],
  count: number,
  lastLag = 0,
): Kept => ({
  kind: 'hours',
  instrument: PERP,
  series,
  from: H - count + 1,
  values: new Array(count).fill(1),
  lags: [...new Array(count - 1).fill(0), lastLag],
});

describe('what is kept need not be asked for', () => {
  test('everything is asked where nothing is kept', () => {
    expect(left(new Holdings())).toHaveLength(8);
  });

  test('cells of every series that a venue has', () => {
    const count = 37 * 24;
    const { holdings } = holding(
      hours('openInterest', count),
      hours('mark', count),
      hours('index', count),
      hours('volume', count),
    );
    expect(left(holdings).map((chan) => /(\w+)\?/.exec(chan)![1])).toEqual([
      'fundingRate',
      'openInterestHist',
      'klines',
    ]);
  });

  test('a cell whose state was taken before its close is asked for again', () => {
    const { holdings } = holding(hours('openInterest', 37 * 24, 5 * 60_000_000));
    const [page] = left(holdings);
    const since = H * HOUR_MS;
    expect(page).toBe(
      `rest:/futures/data/openInterestHist?symbol=BTCUSDT&period=1h&startTime=${since}&endTime=${since + 59_999}&limit=1`,
    );
  });

  test('a bar of which only the close is known is asked for again', () => {
    const { holdings } = holding(hours('close', 37 * 24));
    expect(left(holdings)).toHaveLength(8);
  });

  test('minutes, as close together as they are kept', () => {
    const minutes = (series: 'price' | 'openInterest', count: number, step: number): Kept => ({
      kind: 'minutes',
      instrument: PERP,
      series,
      stamps: Array.from(
        { length: count },
        (_, i) => NOW_MS * 1000 - (count - 1 - i) * step - 7_000_000,
      ),
      values: new Array(count).fill(1),
    });
    const { holdings } = holding(
      minutes('price', 500, 61_000_000),
      minutes('openInterest', 600, 300_000_000),
    );
    const asked = left(holdings).filter((chan) => /period=5m|interval=1m/.test(chan));
    expect(asked).toEqual([
      // The row of this very minute.
      expect.stringMatching(/openInterestHist.*limit=1$/),
      expect.stringMatching(/klines.*limit=1$/),
    ]);
  });

  test('settlements between those of one page, however far apart they are', () => {
    const { held, holdings } = holding();
    const page: Kept = {
      kind: 'hours',
      instrument: PERP,
      series: 'fundingSettled',
      from: H - 16,
      values: Array.from({ length: 17 }, (_, i) => (i % 8 === 0 ? 0.0001 : null)),
    };
    expect(held.settled(page)).toEqual({
      kind: 'coverage',
      feed: 'binance-usdm',
      symbol: 'BTCUSDT',
      what: 'fundingSettled',
      from: (H - 16) * HOUR_MS * 1000,
      to: H * HOUR_MS * 1000,
    });
    const funding = left(holdings).find((chan) => chan.includes('fundingRate'));
    // What lies before it is asked for still.
    expect(funding).toMatch(/startTime=/);
    holdings.note('binance-usdm', 'BTCUSDT', 'fundingSettled', 0, (H - 16) * HOUR_MS * 1000);
    expect(left(holdings).some((chan) => chan.includes('fundingRate'))).toBe(false);
  });
});

const SYMBOLS: Readonly<Record<string, string>> = {
  'binance-usdm': 'BTCUSDT',
  'binance-coinm': 'BTCUSD_PERP',
  'binance-spot': 'BTCUSDT',
  'bybit-linear': 'BTCUSDT',
  'bybit-spot': 'BTCUSDT',
  okx: 'BTC-USDT-SWAP',
  deribit: 'BTC-PERPETUAL',
  hyperliquid: 'BTC',
};

describe.each(Object.keys(SYMBOLS))('pages of the past from %s', (feed) => {
  const protocol = protocols.find((known) => known.feed === feed)!;
  const symbol = SYMBOLS[feed]!;
  const requests = protocol
    .backfill(protocol.defaults, [symbol], NOW_MS)
    // Marks of now are no page of the past, and a volatility index is no listing's.
    .filter(({ chan }) => !/premiumIndex|volatility_index/.test(chan));

  test('say which rows they ask for, up to now and none twice', () => {
    expect(requests.length).toBeGreaterThan(1);
    const rows = new Set<string>();
    for (const { chan, history } of requests) {
      if (history === undefined) throw new Error(`says nothing of its rows: ${chan}`);
      const { series, stepMs, fromMs, toMs } = history;
      const first = Math.ceil(fromMs / stepMs) * stepMs;
      for (let ms = first; ms <= toMs; ms += stepMs) {
        const row = `${history.symbol} ${series} ${stepMs} ${ms}`;
        expect(rows.has(row), row).toBe(false);
        rows.add(row);
      }
      expect(toMs).toBeLessThanOrEqual(NOW_MS + stepMs);
    }
  });

  test('can be asked for in part, for no more weight', () => {
    for (const request of requests) {
      const { fromMs, stepMs, part } = request.history!;
      const first = (Math.ceil(fromMs / stepMs) + 1) * stepMs;
      const smaller = part(first, first + 2 * stepMs);
      expect(smaller.history).toMatchObject({ fromMs: first, toMs: first + 2 * stepMs, stepMs });
      expect(smaller.chan).not.toBe(request.chan);
      expect(smaller.weight).toBeLessThanOrEqual(request.weight);
      expect(smaller.pool).toBe(request.pool);
    }
  });

  test('are not asked for again once they are answered', () => {
    const holdings = new Holdings();
    for (const { history } of requests)
      holdings.answered(feed, history!, micros(history!.toMs * 1000), micros(NOW_MS * 1000));
    const later = NOW_MS + HOUR_MS;
    const left = protocol
      .backfill(protocol.defaults, [symbol], later)
      .flatMap((request) => holdings.wanted(feed, request, later) ?? [])
      .flatMap(({ history }) => (history === undefined ? [] : [history]));
    for (const { series, stepMs, fromMs, toMs } of left)
      expect((toMs - fromMs) / stepMs, series).toBeLessThanOrEqual(HOUR_MS / stepMs);
  });
});
