import { describe, expect, test } from 'vitest';
import { createDecoderState, decodeRecord } from '../../../src/feed/decode.ts';
import type { FeedReport } from '../../../src/model/record.ts';
import { type Micros, microsFromMillis } from '../../../src/model/units.ts';
import type { OkxState } from '../../../src/venues/okx/draft.ts';
import { okx } from '../../../src/venues/okx/okx.ts';
import { answer, decoder, linearRow, listed, listingsOf, NOW, NOW_MS } from './support/decoder.ts';

const heed = (state: OkxState, report: FeedReport, tsLocal: Micros): void =>
  okx.noteReport!(state, { kind: 'feed', feed: 'okx', report, tsLocal });

const STREAM = 'liquidation-orders:SWAP';
const DETAIL = {
  side: 'buy',
  posSide: 'short',
  bkPx: '50000',
  sz: '13',
  bkLoss: '0',
  ccy: '',
  ts: String(NOW_MS - 1000),
};

const message = (instId: string, ...details: readonly object[]) => ({
  arg: { channel: 'liquidation-orders', instType: 'SWAP' },
  data: [{ instType: 'SWAP', instId, instFamily: 'x', uly: 'x', details }],
});

const secondsOn = (seconds: number): Micros => (NOW + seconds * 1e6) as Micros;

describe('a liquidation', () => {
  test.each([
    ['BTC-USDT-SWAP', 'okx:BTC/USDT:USDT', 0.13],
    ['BTC-USD-SWAP', 'okx:BTC/USD:BTC', 0.026],
  ])('of %s counts base coins at the price of the bankruptcy', (instId, instrument, size) => {
    expect(listed().hear(STREAM, message(instId, DETAIL))).toEqual([
      {
        kind: 'liquidation',
        instrument,
        liquidatedSide: 'short',
        price: 50000,
        size,
        tsExchange: microsFromMillis(NOW_MS - 1000),
        tsLocal: NOW,
      },
      {
        kind: 'heard',
        feed: 'okx',
        stream: STREAM,
        tsExchange: microsFromMillis(NOW_MS - 1000),
        tsLocal: NOW,
      },
    ]);
  });

  test.each([
    ['sell', 'long', 'long'],
    ['buy', 'short', 'short'],
    ['sell', 'net', 'long'],
    ['buy', 'net', 'short'],
    ['buy', '', 'short'],
    // The position is what it is, whatever the order.
    ['buy', 'long', 'long'],
  ])('by an order to %s, posSide %o, is of a %s', (side, posSide, liquidatedSide) => {
    const [event] = listed().only(
      'liquidation',
      STREAM,
      message('BTC-USDT-SWAP', { ...DETAIL, side, posSide }),
    );
    expect(event!.liquidatedSide).toBe(liquidatedSide);
  });

  test('is told once, however often and late it comes again', () => {
    const made = listed();
    const other = { ...DETAIL, sz: '14' };
    expect(
      made.only('liquidation', STREAM, message('BTC-USDT-SWAP', DETAIL, DETAIL, other)),
    ).toHaveLength(2);
    expect(
      made.only('liquidation', STREAM, message('BTC-USDT-SWAP', other, DETAIL), secondsOn(900)),
    ).toEqual([]);
    expect(made.only('liquidation', STREAM, message('BTC-USD-SWAP', DETAIL))).toHaveLength(1);
  });

  test('that is remembered does not fill the memory', () => {
    const made = listed();
    const crowd = Array.from({ length: 5000 }, (_, i) => ({ ...DETAIL, sz: String(i + 1) }));
    expect(made.only('liquidation', STREAM, message('BTC-USDT-SWAP', ...crowd))).toHaveLength(5000);
    expect(made.state.liquidations.size).toBe(2000);
  });

  test('from before the subscription is history, and a late one is not', () => {
    const made = listed();
    heed(made.state, { kind: 'subscribed', connection: 'public', streams: [STREAM] }, NOW);
    const aged = (ms: number) => ({ ...DETAIL, ts: String(NOW_MS - ms) });
    const first = message('BTC-USDT-SWAP', aged(60_001), aged(60_000), aged(3_600_000));
    expect(made.only('liquidation', STREAM, first)).toMatchObject([
      { tsExchange: microsFromMillis(NOW_MS - 60_000) },
    ]);
    // Ten minutes on one of nine minutes ago comes: after the subscription, so it counts.
    const late = message('BTC-USDT-SWAP', aged(-60_000));
    expect(made.only('liquidation', STREAM, late, secondsOn(600))).toHaveLength(1);
    // Subscribed anew, the same history comes again with what happened meanwhile.
    heed(
      made.state,
      { kind: 'subscribed', connection: 'public', streams: [STREAM] },
      secondsOn(1200),
    );
    const again = message('BTC-USDT-SWAP', aged(-60_000), aged(-900_000), aged(-1_190_000));
    expect(made.only('liquidation', STREAM, again, secondsOn(1201))).toHaveLength(1);
  });

  test('is judged by the venue’s own clock where it is known', () => {
    const made = listed();
    heed(
      made.state,
      { kind: 'clock', offset: (-120 * 1e6) as Micros, roundTrip: 0 as Micros },
      NOW,
    );
    heed(made.state, { kind: 'subscribed', connection: 'public', streams: [STREAM] }, NOW);
    const fresh = { ...DETAIL, ts: String(NOW_MS - 119_000) };
    expect(
      made.only('liquidation', STREAM, message('BTC-USDT-SWAP', fresh), secondsOn(1)),
    ).toHaveLength(1);
  });

  test('is judged by the first one heard where no subscription was seen', () => {
    const made = listed();
    const old = { ...DETAIL, ts: String(NOW_MS - 61_000) };
    expect(made.only('liquidation', STREAM, message('BTC-USDT-SWAP', old))).toEqual([]);
    const next = { ...DETAIL, ts: String(NOW_MS - 30_000) };
    expect(
      made.only('liquidation', STREAM, message('BTC-USDT-SWAP', next), secondsOn(500)),
    ).toHaveLength(1);
  });

  test('learns of its subscription by the report of the feed', () => {
    const state = createDecoderState();
    const hear = (chan: string, msg: unknown, t = NOW) =>
      structuredClone([
        ...decodeRecord(state, () => okx, { t, feed: 'okx', chan, msg: JSON.stringify(msg) }),
      ]);
    hear(listingsOf('SWAP'), answer([linearRow('BTC-USDT-SWAP', '0.01')]));
    const report = { kind: 'subscribed', connection: 'public', streams: [STREAM] };
    expect(hear('feed', report, secondsOn(300))).toMatchObject([
      { kind: 'feed' },
      { kind: 'liquidationCoverage', completeness: 'sampled' },
    ]);
    expect(
      hear(STREAM, message('BTC-USDT-SWAP', DETAIL), secondsOn(301)).map(({ kind }) => kind),
    ).toEqual(['heard']);
  });

  test('of contracts whose value nobody has told, and of nothing, is not told', () => {
    expect(decoder().only('liquidation', STREAM, message('CNPY-USDT-SWAP', DETAIL))).toEqual([]);
    expect(
      listed().only('liquidation', STREAM, message('BTC-USDT-SWAP', { ...DETAIL, sz: '0' })),
    ).toEqual([]);
  });
});
