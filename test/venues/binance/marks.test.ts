import { describe, expect, test } from 'vitest';
import { microsFromMillis } from '../../../src/model/units.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import { FUTURES_INFO, futuresRow, NOW, usdm, wrapped } from './support/decoder.ts';

/** 2026-09-30, one second before a settlement. */
const MARK_2026 = {
  e: 'markPriceUpdate',
  E: 1790755199000,
  s: 'BTCUSDT',
  p: '83259.61836957',
  ap: '83259.61836957',
  P: '83390.57692985',
  i: '83301.31260870',
  r: '-0.00000189',
  T: 1790755200000,
  st: 1,
};

describe('a mark price message', () => {
  test('of September 2026 states mark, index and the running funding estimate', () => {
    const decoder = usdm();
    decoder.hear(FUTURES_INFO, { symbols: [futuresRow('BTCUSDT')] });
    const stamped = {
      instrument: 'binance:BTC/USDT:USDT',
      tsExchange: microsFromMillis(1790755199000),
      tsLocal: NOW,
    };
    expect(decoder.hear('btcusdt@markPrice@1s', wrapped('x', MARK_2026))).toEqual([
      { kind: 'markPrice', ...stamped, markPrice: 83259.61836957, indexPrice: 83301.3126087 },
      {
        kind: 'fundingPredicted',
        ...stamped,
        fundingRate: -0.00000189,
        nextFundingTs: microsFromMillis(1790755200000),
      },
      {
        kind: 'heard',
        feed: 'binance-usdm',
        stream: 'btcusdt@markPrice@1s',
        tsExchange: stamped.tsExchange,
        tsLocal: NOW,
      },
    ]);
  });

  test('of 2019 knows no index price', () => {
    const frame =
      '{"stream":"btcusdt@markPrice","data":{"e":"markPriceUpdate","E":1569888003001,"s":"BTCUSDT","p":"8291.34697815","r":"0.00010000","T":1569916800000}}';
    expect(usdm().only('markPrice', 'x', frame)[0]?.indexPrice).toBeNull();
  });

  test.each([
    ['an empty rate', { r: '', T: 0 }],
    ['a rate of zero and no time, as in January 2021', { r: '0.00000000', T: 0 }],
    ['no rate at all', { r: undefined, T: undefined }],
  ])('of a dated contract with %s pays no funding', (_, change) => {
    const data = { ...MARK_2026, s: 'BTCUSDT_261225', ...change };
    const kinds = usdm()
      .hear('x', wrapped('x', data))
      .map(({ kind }) => kind);
    expect(kinds).toEqual(['listing', 'markPrice', 'heard']);
  });

  test('may come as an array, in which COIN-M has no place', () => {
    const elements = [
      MARK_2026,
      { ...MARK_2026, s: 'BTCUSD_PERP', st: 2 },
      { ...MARK_2026, s: 'ETHUSDT', p: '2673.54000000' },
    ];
    const events = usdm().hear('!markPrice@arr@1s', wrapped('!markPrice@arr@1s', elements));
    expect(
      events.flatMap((event) => (event.kind === 'markPrice' ? [event.instrument] : [])),
    ).toEqual(['binance:BTC/USDT:USDT', 'binance:ETH/USDT:USDT']);
    expect(events.filter(({ kind }) => kind === 'heard')).toHaveLength(1);
  });

  test('in an array counts for itself: one that is unreadable costs no other', () => {
    const decoder = usdm();
    const elements = [{ ...MARK_2026, s: 'ETHUSDT', p: '0' }, MARK_2026];
    const events = decoder.hear('!markPrice@arr@1s', wrapped('x', elements));
    expect(events.map(({ kind }) => kind)).toEqual([
      'listing',
      'markPrice',
      'fundingPredicted',
      'rejected',
      'heard',
    ]);
    expect(events[3]).toMatchObject({ reason: '1 of 2 elements, first p: not a price' });
    expect([...decoder.state.listings.keys()]).toEqual(['BTCUSDT']);
  });

  test('in an array of which nothing can be read is rejected with it', () => {
    const decoder = usdm();
    const events = decoder.hear('!markPrice@arr@1s', wrapped('x', [{ ...MARK_2026, p: '0' }, 7]));
    expect(events.map(({ kind }) => kind)).toEqual(['rejected', 'heard']);
    expect(decoder.state).toEqual(usdm().state);
  });

  test('of a bundle is a price per coin', () => {
    const data = { ...MARK_2026, s: '1000PEPEUSDT', p: '0.01234560', i: '0.01230000' };
    expect(usdm().only('markPrice', 'x', wrapped('x', data))[0]).toMatchObject({
      markPrice: 0.0000123456,
      indexPrice: 0.0000123,
    });
  });
});

describe('the premium index', () => {
  test('says the same over REST; its last funding rate is the running estimate', () => {
    const body = {
      symbol: 'BTCUSDT',
      markPrice: '11793.63',
      indexPrice: '11781.80',
      estimatedSettlePrice: '11781.16',
      lastFundingRate: '0.00038246',
      interestRate: '0.0001',
      nextFundingTime: 1597392000000,
      time: 1597370495002,
    };
    expect(usdm().hear('rest:/fapi/v1/premiumIndex?symbol=BTCUSDT', body).slice(1)).toMatchObject([
      { kind: 'markPrice', markPrice: 11793.63, indexPrice: 11781.8 },
      {
        kind: 'fundingPredicted',
        fundingRate: 0.00038246,
        nextFundingTs: microsFromMillis(1597392000000),
        tsExchange: microsFromMillis(1597370495002),
      },
    ]);
  });
});

describe('when a funding period ends', () => {
  const at = (E: number, T: number, s = 'LPTUSDT') => wrapped('x', { ...MARK_2026, s, E, T });
  const eight = 1790755200000;
  const HOUR = 3_600_000;
  const intervals = (decoder: ReturnType<typeof usdm>, msg: string) =>
    decoder.only('fundingInterval', 'x', msg).map(({ hours, basis }) => ({ hours, basis }));

  recordedTest('the jump of the next time shows the length of the new one (2026-09-30)', () => {
    const decoder = usdm();
    const heard = readRecording(
      'binance-usdm/markprice-funding-rollover-20260930.jsonl.gz',
    ).flatMap(({ chan, msg }) => decoder.hear(chan!, msg));
    expect(heard.filter(({ kind }) => kind === 'rejected' || kind === 'unfamiliar')).toEqual([]);
    const seen = heard.flatMap((event) =>
      event.kind === 'fundingInterval'
        ? [[event.instrument, event.hours, event.basis, event.tsExchange]]
        : [],
    );
    expect(seen).toEqual([
      ['binance:BTC/USDT:USDT', 8, 'observed', microsFromMillis(1790755201000)],
      ['binance:ETH/USDT:USDT', 8, 'observed', microsFromMillis(1790755201000)],
      ['binance:LPT/USDT:USDT', 4, 'observed', microsFromMillis(1790755201000)],
    ]);
    // Nothing is said to have been settled: only fundingRate can know.
    expect(heard.some(({ kind }) => kind === 'historyPage')).toBe(false);
    const rates = heard.flatMap((event) =>
      event.kind === 'fundingPredicted' && event.instrument === 'binance:BTC/USDT:USDT'
        ? [event.fundingRate]
        : [],
    );
    expect(rates).toEqual([-0.00000189, -0.00000189, -0.00000244, -0.00000244]);
  });

  test('a jump across a gap in the stream says nothing', () => {
    const decoder = usdm();
    decoder.hear('x', at(eight - 2 * HOUR, eight));
    expect(intervals(decoder, at(eight + HOUR, eight + 8 * HOUR))).toEqual([]);
  });

  test('a next time that moves early says nothing by itself', () => {
    const decoder = usdm();
    decoder.hear('x', at(eight - 6 * HOUR, eight));
    expect(intervals(decoder, at(eight - 6 * HOUR + 1000, eight - 4 * HOUR))).toEqual([]);
  });

  test('the period seen outranks the list, and the contradiction is named once', () => {
    const decoder = usdm();
    const info = [{ symbol: 'LPTUSDT', fundingIntervalHours: 8 }];
    decoder.hear('x', at(eight - 1000, eight));
    decoder.hear('rest:/fapi/v1/fundingInfo', info);
    const events = decoder.hear('x', at(eight + 1000, eight + 4 * HOUR));
    expect(events).toMatchObject([
      { kind: 'fundingInterval', hours: 4, basis: 'observed' },
      { kind: 'unfamiliar', what: 'funding interval LPTUSDT: settles every 4 h, listed 8 h' },
      { kind: 'markPrice' },
      { kind: 'fundingPredicted' },
      { kind: 'heard' },
    ]);
    // As long as the period runs, the list does not overrule what was seen.
    const listed = decoder.only('fundingInterval', 'rest:/fapi/v1/fundingInfo', info);
    expect(listed).toMatchObject([{ hours: 4, basis: 'observed' }]);
  });

  test('a period as long as listed confirms the list', () => {
    const decoder = usdm();
    decoder.hear('x', at(eight - 1000, eight));
    decoder.hear('rest:/fapi/v1/fundingInfo', [{ symbol: 'LPTUSDT', fundingIntervalHours: 4 }]);
    expect(intervals(decoder, at(eight + 1000, eight + 4 * HOUR))).toEqual([
      { hours: 4, basis: 'listed' },
    ]);
  });
});
