import { describe, expect, test } from 'vitest';
import { type Audit, auditLines, auditRecord, createAudit } from '../../src/market/audit.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import type { FeedReport } from '../../src/model/record.ts';
import { micros } from '../../src/model/units.ts';
import { delta, instrumentOf, levels, quote, snapshot } from './venue-book.ts';

const perp = instrumentOf('linked');
const other = instrumentOf('linked', { id: 'binance:ETH/USDT:USDT', symbol: 'ETHUSDT' });
const dated = instrumentOf('linked', {
  id: 'binance:BTC/USDT:USDT-260327',
  symbol: 'BTCUSDT_260327',
});
const spot = instrumentOf('contiguous');

const now = micros(1);
const listing = (instrument: Instrument): EngineEvent => ({
  kind: 'listing',
  instrument,
  tsLocal: now,
});
const rejected = (chan: string, feed = perp.feed): EngineEvent => ({
  kind: 'rejected',
  feed,
  chan,
  reason: 'not JSON',
  tsLocal: now,
});
const heard = (stream: string): EngineEvent => ({
  kind: 'heard',
  feed: perp.feed,
  stream,
  tsExchange: null,
  tsLocal: now,
});
const reported = (report: FeedReport): EngineEvent => ({
  kind: 'feed',
  feed: perp.feed,
  report,
  tsLocal: now,
});
const trade = (instrument = perp): EngineEvent => ({
  kind: 'trade',
  instrument: instrument.id,
  aggressor: 'buy',
  price: 10,
  size: 1,
  id: null,
  tsExchange: null,
  tsLocal: now,
});

const tell = (audit: Audit, chan: string, ...events: EngineEvent[]): void =>
  auditRecord(audit, { t: now, feed: perp.feed, chan, msg: '' }, events);

const bids = levels([99, 5], [98, 6]);
const asks = levels([101, 7], [103, 8]);

function started(...instruments: Instrument[]): Audit {
  const audit = createAudit();
  tell(audit, 'rest:https://fapi.binance.com/fapi/v1/exchangeInfo', ...instruments.map(listing));
  return audit;
}

const linesOf = (audit: Audit, depth = 20) => auditLines(audit, depth).lines;

describe('the account of a recording', () => {
  test('has every figure of an instrument, in the order that scripts know', () => {
    const audit = started(perp);
    tell(audit, 'rest:x', snapshot(perp, 100, bids, asks));
    tell(audit, 'btcusdt@depth', delta(perp, [100, 105, 99], levels([99, 4])), heard('btcusdt'));
    tell(audit, 'btcusdt@bookTicker', quote(perp, 105, [99, 4, 101, 7]));
    tell(audit, 'btcusdt@trade', trade());
    const [line] = linesOf(audit);
    expect(Object.keys(line!)).toEqual(
      (
        'instrument messages byKind applied gaps resyncs crossed rejected ' +
        'quoteChecks quoteMismatches checksumChecks checksumMismatches bids asks'
      ).split(' '),
    );
    expect(line).toEqual({
      instrument: 'binance:BTC/USDT:USDT',
      messages: 4,
      byKind: { bookSnapshot: 1, bookDelta: 1, quote: 1, trade: 1 },
      applied: 1,
      gaps: 0,
      resyncs: 0,
      crossed: 0,
      rejected: 0,
      quoteChecks: 1,
      quoteMismatches: 0,
      checksumChecks: 0,
      checksumMismatches: 0,
      bids: [
        [9.9, 0.004],
        [9.8, 0.006],
      ],
      asks: [
        [10.1, 0.007],
        [10.3, 0.008],
      ],
    });
  });

  test('prints as many levels as were asked for', () => {
    const audit = started(perp);
    tell(audit, 'rest:x', snapshot(perp, 100, bids, asks));
    expect(linesOf(audit, 1)[0]).toMatchObject({ bids: [[9.9, 0.005]], asks: [[10.1, 0.007]] });
  });

  test('has a line per instrument that something was said about, by id', () => {
    const audit = started(perp, other, dated);
    tell(audit, 'ethusdt@trade', trade(other));
    tell(audit, 'btcusdt@trade', trade());
    expect(linesOf(audit).map((line) => line.instrument)).toEqual([perp.id, other.id]);
  });

  test('counts a line that says several things once, and its kinds each', () => {
    const audit = started(perp, other);
    tell(audit, '!forceOrder@arr', trade(), trade(), quote(perp, 1, [99, 5, 101, 7]), trade(other));
    expect(linesOf(audit)[0]).toMatchObject({ messages: 1, byKind: { trade: 1, quote: 1 } });
    expect(linesOf(audit)[1]).toMatchObject({ messages: 1, byKind: { trade: 1 } });
  });

  test('counts a gap and gives no levels of a book that is not whole', () => {
    const audit = started(perp);
    tell(audit, 'rest:x', snapshot(perp, 100, bids, asks));
    tell(audit, 'btcusdt@depth', delta(perp, [100, 105, 99]));
    tell(audit, 'btcusdt@depth', delta(perp, [116, 120, 115]));
    tell(audit, 'btcusdt@depth', delta(perp, [121, 125, 120]));
    expect(linesOf(audit)[0]).toMatchObject({
      messages: 4,
      applied: 1,
      gaps: 1,
      resyncs: 1,
      bids: [],
      asks: [],
    });
  });

  test('carries a book over to finer grids', () => {
    const audit = started(perp);
    tell(audit, 'rest:x', snapshot(perp, 100, bids, asks));
    const finer = instrumentOf('linked', { priceGrid: { units: 1, scale: 100 } });
    tell(audit, 'btcusdt@depth', listing(finer), delta(finer, [100, 105, 99], levels([991, 3])));
    expect(linesOf(audit, 2)[0]!.bids).toEqual([
      [9.91, 0.003],
      [9.9, 0.005],
    ]);
  });
});

describe('a line that names no instrument', () => {
  test.each([
    ['btcusdt@depth@100ms', perp.id],
    ['rest:https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000', perp.id],
    ['btcusdt_260327@depth@100ms', dated.id],
    ['ethusdt@kline_1m', other.id],
  ])('belongs to the instrument of its channel: %s', (chan, id) => {
    const audit = createAudit();
    // Before the listing is known, and after.
    tell(audit, chan, rejected(chan));
    tell(audit, 'rest:exchangeInfo', listing(perp), listing(other), listing(dated));
    tell(audit, chan, rejected(chan), heard(chan));
    tell(audit, chan, heard(chan));
    expect(auditLines(audit, 20)).toMatchObject({
      lines: [{ instrument: id, messages: 3, rejected: 2, byKind: { rejected: 2, other: 1 } }],
      unattributed: 0,
    });
  });

  test('and whose channel names none either is counted apart when it is unreadable', () => {
    const audit = started(perp);
    tell(audit, '!forceOrder@arr', rejected('!forceOrder@arr'));
    tell(audit, 'xbtcusdt@depth', rejected('xbtcusdt@depth'));
    tell(audit, '!forceOrder@arr', heard('!forceOrder@arr'));
    expect(auditLines(audit, 20)).toEqual({ lines: [], unattributed: 2 });
  });

  test('is of the feed that sent it', () => {
    const audit = started(perp, spot);
    const chan = 'btcusdt@depth';
    auditRecord(audit, { t: now, feed: spot.feed, chan, msg: '' }, [rejected(chan, spot.feed)]);
    expect(linesOf(audit).map((line) => line.instrument)).toEqual([spot.id]);
  });

  test('does not make the account grow without end', () => {
    const audit = started(perp);
    for (let i = 0; i < 10_100; i++) tell(audit, `noise${i}`, rejected('noise'));
    expect(audit.unnamed.size).toBeLessThanOrEqual(10_001);
    expect(auditLines(audit, 1).unattributed).toBe(10_100);
  });
});

describe('what perpscope recorded about itself', () => {
  test('counts for no instrument', () => {
    const audit = started(perp);
    tell(audit, 'tick', { kind: 'tick', tsLocal: now });
    tell(audit, 'feed', reported({ kind: 'connected', connection: 'public' }));
    expect(auditLines(audit, 20)).toEqual({ lines: [], unattributed: 0 });
  });

  test('breaks the books of a lost connection, and only those', () => {
    const audit = started(perp, other);
    for (const [instrument, stream] of [
      [perp, 'btcusdt@depth'],
      [other, 'ethusdt@depth'],
    ] as const) {
      tell(audit, 'rest:x', snapshot(instrument, 100, bids, asks));
      tell(audit, stream, delta(instrument, [100, 105, 99]));
    }
    const lost = (streams: string[]) =>
      reported({ kind: 'disconnected', connection: 'public', reason: 'closed 1006', streams });
    tell(audit, 'feed', lost(['btcusdt@trade']));
    expect(linesOf(audit).map((line) => line.resyncs)).toEqual([0, 0]);
    tell(audit, 'feed', lost(['btcusdt@depth', 'btcusdt@trade']));
    expect(linesOf(audit).map((line) => line.resyncs)).toEqual([1, 0]);
    expect(linesOf(audit).map((line) => line.bids.length)).toEqual([0, 2]);
  });
});
