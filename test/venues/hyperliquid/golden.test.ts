import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../../src/model/event.ts';
import { micros } from '../../../src/model/units.ts';
import { decoder, META, NOW, NOW_MS, tradeFrame } from './support/decoder.ts';

const HOUR_MS = 3_600_000;
/** The hour that comes next after NOW. */
const NEXT_HOUR = micros((Math.floor(NOW_MS / HOUR_MS) + 1) * HOUR_MS * 1000);

/** What was said, without times of receipt and without what does not concern the numbers. */
const saidBy = (events: readonly EngineEvent[]) =>
  events.filter(({ kind }) => kind !== 'heard' && kind !== 'listing' && kind !== 'fundingInterval');

const context = (coin: string, ctx: object) => ({ channel: 'activeAssetCtx', data: { coin, ctx } });

const BTC_CONTEXT = {
  funding: '0.0000018952',
  openInterest: '36585.31848',
  prevDayPx: '86627.0',
  dayNtlVlm: '4161029539.69',
  dayBaseVlm: '49116.08',
  premium: '-0.00064',
  oraclePx: '84198.0',
  markPx: '84148.0',
  midPx: '84143.5',
  impactPxs: ['84143.0', '84144.0'],
};

const stamped = (instrument: string) => ({ instrument, tsExchange: null, tsLocal: NOW });

describe('one raw message of each kind', () => {
  const BTC = 'hyperliquid:BTC/USDC:USDC';
  const PEPE = 'hyperliquid:KPEPE/USDC:USDC';

  test('a context tells mark, oracle, the hourly rate and its hour, open interest, volume', () => {
    expect(saidBy(decoder().hear('activeAssetCtx:BTC', context('BTC', BTC_CONTEXT)))).toEqual([
      { kind: 'markPrice', ...stamped(BTC), markPrice: 84148, indexPrice: 84198 },
      {
        kind: 'fundingPredicted',
        ...stamped(BTC),
        fundingRate: 0.0000018952,
        nextFundingTs: NEXT_HOUR,
      },
      { kind: 'openInterest', ...stamped(BTC), size: 36585.31848 },
      {
        kind: 'volume24h',
        ...stamped(BTC),
        size: 49116.08,
        notional: 4161029539.69,
        openPrice: 86627,
      },
    ]);
  });

  test('a context of a bundle is told per single coin: prices a thousandth, sizes a thousandfold', () => {
    const ctx = {
      ...BTC_CONTEXT,
      markPx: '0.0125',
      oraclePx: '0.0124',
      prevDayPx: '0.0100',
      openInterest: '5000000',
      dayBaseVlm: '1000',
      dayNtlVlm: '12.5',
    };
    const said = saidBy(decoder().hear('activeAssetCtx:kPEPE', context('kPEPE', ctx)));
    expect(said).toMatchObject([
      { kind: 'markPrice', instrument: PEPE, markPrice: 0.0000125, indexPrice: 0.0000124 },
      { kind: 'fundingPredicted' },
      { kind: 'openInterest', size: 5e9 },
      { kind: 'volume24h', size: 1e6, notional: 12.5, openPrice: 0.00001 },
    ]);
  });

  test('numbers, nulls and empty texts are taken as they come', () => {
    const ctx = { ...BTC_CONTEXT, markPx: 84148, funding: -1e-7, premium: null, midPx: null };
    const said = saidBy(decoder().hear('x', context('BTC', { ...ctx, openInterest: '' })));
    expect(said).toMatchObject([
      { kind: 'markPrice', markPrice: 84148 },
      { kind: 'fundingPredicted', fundingRate: -0.0000001 },
      { kind: 'volume24h' },
    ]);
  });

  test('a context of 2024 without volume in coins tells no volume, as coins are not made up', () => {
    const { dayBaseVlm: _, ...ctx } = BTC_CONTEXT;
    expect(saidBy(decoder().hear('x', context('BTC', ctx))).map(({ kind }) => kind)).toEqual([
      'markPrice',
      'fundingPredicted',
      'openInterest',
    ]);
  });

  test('an oracle price alone is an index price', () => {
    expect(saidBy(decoder().hear('x', context('BTC', { oraclePx: '84198.0' })))).toEqual([
      { kind: 'indexPrice', ...stamped(BTC), indexPrice: 84198 },
    ]);
  });

  test('the next settlement is the next whole hour of the venue’s clock', () => {
    const heard = decoder();
    const nextAt = (offset: number, t = NOW) => {
      heard.report({ kind: 'clock', offset: micros(offset), roundTrip: micros(1) });
      const [event] = heard.only('fundingPredicted', 'x', context('BTC', BTC_CONTEXT), t);
      return event!.nextFundingTs;
    };
    expect(nextAt(0, micros(NEXT_HOUR - 1))).toBe(NEXT_HOUR);
    expect(nextAt(0, NEXT_HOUR)).toBe(NEXT_HOUR + 3_600e6);
    expect(nextAt(2e6, micros(NEXT_HOUR - 1e6))).toBe(NEXT_HOUR + 3_600e6);
  });

  test('open interest is told again at most about once a second', () => {
    const heard = decoder();
    const told = (ms: number) =>
      heard.only('openInterest', 'x', context('BTC', BTC_CONTEXT), micros(NOW + ms * 1000)).length;
    expect([0, 300, 800, 950, 1200, 2000].map(told)).toEqual([1, 0, 0, 1, 0, 1]);
  });

  test.each([
    ['B', 'buy'],
    ['A', 'sell'],
  ])('side %s of a trade is a %s aggressor', (side, aggressor) => {
    const print = { side, px: '84143.0', sz: '0.00036', time: NOW_MS + 5, tid: 1045359869404765 };
    expect(saidBy(decoder().hear('trades:BTC', tradeFrame(print)))).toEqual([
      {
        kind: 'trade',
        instrument: BTC,
        aggressor,
        price: 84143,
        size: 0.00036,
        id: 1045359869404765,
        tsExchange: micros((NOW_MS + 5) * 1000),
        tsLocal: NOW,
      },
    ]);
  });

  test('a trade of a bundle has the same notional as on the wire', () => {
    const print = { coin: 'kPEPE', px: '0.012345', sz: '2000', time: NOW_MS, tid: 7 };
    const [trade] = decoder().only('trade', 'trades:kPEPE', tradeFrame(print));
    expect(trade).toMatchObject({ instrument: PEPE, price: 0.000012345, size: 2e6 });
    expect(trade!.price * trade!.size).toBeCloseTo(0.012345 * 2000, 12);
  });

  test('settled funding is stamped with its hour, ascending', () => {
    const chan = 'rest:/info?type=fundingHistory&coin=BTC&startTime=1&endTime=2';
    const body = [
      { coin: 'BTC', fundingRate: '0.0000125', premium: '0.00029005', time: 1769908800012 },
      { coin: 'BTC', fundingRate: '-0.00002', premium: '-0.0004', time: 1769912400003 },
    ];
    expect(decoder().hear(chan, body)).toEqual([
      {
        kind: 'historyPage',
        instrument: BTC,
        series: 'fundingSettled',
        rows: [
          { ts: micros(1769908800e6), value: 0.0000125 },
          { ts: micros(1769912400e6), value: -0.00002 },
        ],
        tsExchange: micros(1769912400e6),
        tsLocal: NOW,
      },
    ]);
  });

  test('candles are stamped with their close; the open one is left out', () => {
    const t = (Math.floor(NOW_MS / HOUR_MS) - 1) * HOUR_MS;
    const candle = (start: number) => ({
      t: start,
      T: start + HOUR_MS - 1,
      s: 'kPEPE',
      i: '1h',
      o: '0.001601',
      c: '0.001604',
      h: '0.001616',
      l: '0.001601',
      v: '520665683.0',
      n: 709,
    });
    const chan =
      'rest:/info?type=candleSnapshot&coin=kPEPE&interval=1h&startTime=1&endTime=1791504600000';
    const [page] = decoder().only('historyPage', chan, [candle(t), candle(t + HOUR_MS)]);
    expect(page).toMatchObject({ instrument: PEPE, series: 'bar1h' });
    expect(page!.rows).toHaveLength(1);
    const [row] = page!.rows;
    expect(row).toMatchObject({ ts: micros((t + HOUR_MS) * 1000), volume: 520665683000 });
    expect(row!.value).toBeCloseTo(0.000001604, 15);
    expect(row!.high).toBeCloseTo(0.000001616, 15);
    expect(row).not.toHaveProperty('buyVolume');
  });

  test('a recording that writes the question behind the URL is read the same', () => {
    const chan =
      'https://api.hyperliquid.xyz/info {"type":"candleSnapshot","req":{"coin":"BTC","interval":"1m","startTime":1,"endTime":2}}';
    const body = [
      { t: 1684699200000, T: 1684699259999, s: 'BTC', o: '1', c: '2', h: '3', l: '1', v: '5' },
    ];
    expect(decoder().only('historyPage', chan, body)).toMatchObject([
      { series: 'bar1m', rows: [{ ts: micros(1684699260e6), value: 2, volume: 5 }] },
    ]);
  });
});

describe('contexts without names', () => {
  const message = (count: number, dexes: readonly string[] = ['']) => ({
    channel: 'allDexsAssetCtxs',
    data: {
      ctxs: dexes.map((dex) => [
        dex,
        Array.from({ length: count }, (_, i) => ({ ...BTC_CONTEXT, markPx: String(100 + i) })),
      ]),
    },
  });
  const marks = (heard: ReturnType<typeof decoder>, said: unknown) =>
    heard
      .only('markPrice', 'allDexsAssetCtxs', said)
      .map(({ instrument, markPrice }) => [instrument, markPrice]);

  test('are joined to the listings by their place; a delisted coin takes a place and says nothing', () => {
    const heard = decoder();
    expect(marks(heard, message(4, ['', 'xyz']))).toEqual([
      ['hyperliquid:BTC/USDC:USDC', 100],
      ['hyperliquid:ETH/USDC:USDC', 101],
      ['hyperliquid:KPEPE/USDC:USDC', 0.102],
    ]);
  });

  test('say nothing before the listings are known', () => {
    expect(decoder(false).hear('allDexsAssetCtxs', message(4))).toMatchObject([{ kind: 'heard' }]);
  });

  test('say nothing where they are as many as nobody listed', () => {
    expect(decoder().hear('allDexsAssetCtxs', message(5))).toMatchObject([
      { kind: 'unfamiliar', what: 'contexts of other coins than listed' },
      { kind: 'heard' },
    ]);
  });
});

describe('listings', () => {
  test('come from meta: grids by the decimals of the size, one funding interval for all', () => {
    const heard = decoder(false);
    const universe = [
      { szDecimals: 5, name: 'BTC', maxLeverage: 40, marginTableId: 56 },
      { szDecimals: 0, name: 'kPEPE', maxLeverage: 10, marginTableId: 52 },
      { szDecimals: 1, name: 'MATIC', maxLeverage: 20, marginTableId: 20, isDelisted: true },
    ];
    expect(heard.hear(META, { universe, marginTables: [], collateralToken: 0 })).toMatchObject([
      {
        kind: 'listing',
        instrument: {
          id: 'hyperliquid:BTC/USDC:USDC',
          venue: 'hyperliquid',
          feed: 'hyperliquid',
          symbol: 'BTC',
          kind: 'perp',
          asset: 'BTC',
          base: 'BTC',
          quote: 'USDC',
          settle: 'USDC',
          priceGrid: { units: 1, scale: 10 },
          sizeGrid: { units: 1, scale: 100_000 },
          sizeUnit: 'base',
          bookRule: 'chained',
          bookLevels: null,
          expiry: null,
          inferred: false,
        },
      },
      {
        kind: 'fundingInterval',
        hours: 1,
        basis: 'default',
        limits: { cap: 0.04, floor: -0.04 },
      },
      { kind: 'maintenanceTiers', tiers: [[null, 0.0125, 40]] },
      {
        kind: 'listing',
        instrument: {
          id: 'hyperliquid:KPEPE/USDC:USDC',
          symbol: 'kPEPE',
          asset: 'PEPE',
          base: 'KPEPE',
          priceGrid: { units: 1, scale: 1e9 },
          sizeGrid: { units: 1000, scale: 1 },
        },
      },
      { kind: 'fundingInterval' },
      { kind: 'maintenanceTiers', tiers: [[null, 0.05, 10]] },
    ]);
  });

  test('have the brackets of their table, told once, and again when they change', () => {
    const heard = decoder(false);
    const universe = [{ szDecimals: 5, name: 'BTC', maxLeverage: 40, marginTableId: 56 }];
    const answer = (...marginTables: unknown[]) =>
      heard
        .hear(META, { universe, marginTables, collateralToken: 0 })
        .filter(({ kind }) => kind === 'maintenanceTiers' || kind === 'unfamiliar');
    const table = [
      56,
      {
        description: 'tiered 40x',
        marginTiers: [
          { lowerBound: '0.0', maxLeverage: 40 },
          { lowerBound: '150000000.0', maxLeverage: 20 },
        ],
      },
    ];
    const told = [
      {
        kind: 'maintenanceTiers',
        instrument: 'hyperliquid:BTC/USDC:USDC',
        tiers: [
          [150e6, 0.0125, 40],
          [null, 0.025, 20],
        ],
      },
    ];
    expect(answer(table)).toMatchObject(told);
    expect(answer(table)).toEqual([]);
    // A table that cannot be read costs the brackets beyond the first, not the listing.
    expect(answer([56, { marginTiers: [{ lowerBound: '0.0', maxLeverage: 0 }] }])).toMatchObject([
      { kind: 'unfamiliar' },
      { kind: 'maintenanceTiers', tiers: [[null, 0.0125, 40]] },
    ]);
    expect(answer(table)).toMatchObject(told);
  });

  test('that are gone from the next meta, or delisted in it, trade no longer', () => {
    const heard = decoder();
    const said = heard.only('listing', META, {
      universe: [
        { szDecimals: 5, name: 'BTC', maxLeverage: 40 },
        { szDecimals: 4, name: 'ETH', maxLeverage: 40, isDelisted: true },
      ],
    });
    expect(said.map(({ instrument, isTrading }) => [instrument.symbol, isTrading])).toEqual([
      ['ETH', false],
      ['kPEPE', false],
    ]);
  });

  test('that cannot be read cost themselves and leave what was known', () => {
    const heard = decoder();
    const said = heard.hear(META, {
      universe: [
        { szDecimals: 5, name: 'BTC' },
        { szDecimals: 'many', name: 'ETH' },
        { szDecimals: 0, name: 'kPEPE' },
      ],
    });
    expect(said).toMatchObject([
      { kind: 'rejected', reason: '1 of 3 coins, first szDecimals: not an id' },
    ]);
    expect(heard.state.listings.get('ETH')?.isTrading).toBe(true);
  });

  test('none at all is an answer gone wrong', () => {
    expect(decoder().hear(META, { universe: [] })).toMatchObject([{ kind: 'rejected' }]);
  });

  test('of a builder’s dex are told under their own name', () => {
    const heard = decoder(false);
    const print = { coin: 'xyz:TSLA', px: '433.21', sz: '1.5', time: NOW_MS, tid: 1 };
    const [listing] = heard.only('listing', 'trades:xyz:TSLA', tradeFrame(print));
    expect(listing).toMatchObject({
      isTrading: false,
      instrument: {
        id: 'hyperliquid:XYZ-TSLA/USDC:USDC',
        asset: 'XYZ-TSLA',
        symbol: 'xyz:TSLA',
        inferred: true,
      },
    });
  });

  test('of spot pairs mean nothing here', () => {
    const heard = decoder();
    for (const coin of ['@107', 'PURR/USDC']) {
      const print = { coin, px: '1', sz: '1', time: NOW_MS, tid: 1 };
      expect(heard.hear('x', tradeFrame(print))).toMatchObject([{ kind: 'heard' }]);
      expect(heard.hear('x', context(coin, BTC_CONTEXT))).toMatchObject([{ kind: 'heard' }]);
    }
  });
});

describe('the first frame of trades is history', () => {
  const subscribed = (heard: ReturnType<typeof decoder>, t = NOW) =>
    heard.report(
      { kind: 'subscribed', connection: 'default', streams: ['l2Book:BTC', 'trades:BTC'] },
      t,
    );
  const ids = (
    heard: ReturnType<typeof decoder>,
    ...prints: readonly (readonly [msAgo: number, tid: number])[]
  ) =>
    heard
      .only(
        'trade',
        'trades:BTC',
        tradeFrame(...prints.map(([msAgo, tid]) => ({ time: NOW_MS - msAgo, tid }))),
        micros(NOW + 50_000),
      )
      .map(({ id }) => id);

  test('what happened before the subscription is left out', () => {
    const heard = decoder();
    subscribed(heard);
    expect(ids(heard, [60_000, 1], [1, 2], [0, 3], [-20, 4])).toEqual([3, 4]);
  });

  test('what comes later is live flow, however late it is', () => {
    const heard = decoder();
    subscribed(heard);
    ids(heard, [60_000, 1]);
    expect(ids(heard, [500, 5])).toEqual([5]);
  });

  test('a subscription that follows a loss begins with history again', () => {
    const heard = decoder();
    subscribed(heard);
    ids(heard, [60_000, 1]);
    heard.report({
      kind: 'disconnected',
      connection: 'default',
      reason: 'closed 1006',
      streams: ['trades:BTC'],
    });
    subscribed(heard, micros(NOW + 30_000));
    expect(ids(heard, [100, 6], [-40, 7])).toEqual([7]);
  });

  test('history that overtakes the acknowledgement is measured by the connection', () => {
    const heard = decoder();
    heard.report({ kind: 'connected', connection: 'default' });
    expect(ids(heard, [100, 1], [-10, 2])).toEqual([2]);
  });

  test('a venue whose clock is ahead is measured by its clock', () => {
    const heard = decoder();
    heard.report({ kind: 'clock', offset: micros(2_000_000), roundTrip: micros(1) });
    subscribed(heard);
    expect(ids(heard, [-1_900, 1], [-2_000, 2])).toEqual([2]);
  });

  test('a recording without reports begins with its first message', () => {
    const heard = decoder();
    heard.hear('activeAssetCtx:BTC', context('BTC', BTC_CONTEXT));
    expect(ids(heard, [100, 1], [-10, 2])).toEqual([2]);
  });

  test('a print that nobody can read costs itself', () => {
    const heard = decoder();
    const said = heard.hear(
      'trades:BTC',
      tradeFrame({ time: NOW_MS, tid: 1, side: 'X' }, { time: NOW_MS, tid: 2 }),
    );
    expect(said.map(({ kind }) => kind)).toEqual(['trade', 'rejected', 'heard']);
  });
});
