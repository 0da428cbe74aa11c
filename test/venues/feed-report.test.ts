import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { FeedReport } from '../../src/model/record.ts';
import { micros } from '../../src/model/units.ts';
import { decodeReport, REPORT_CHAN } from '../../src/venues/feed-report.ts';

const t = micros(1_791_504_000_000_000);
const decode = (msg: string) => decodeReport({ t, feed: 'binance-usdm', chan: REPORT_CHAN, msg });

const reports: readonly FeedReport[] = [
  { kind: 'connecting', connection: 'public' },
  { kind: 'connected', connection: 'public' },
  { kind: 'disconnected', connection: 'public', reason: 'silent 30 s', streams: ['a@depth'] },
  { kind: 'subscribed', connection: 'public', streams: [] },
  { kind: 'unsubscribed', connection: 'public-2', streams: ['a@depth', 'b@depth'] },
  { kind: 'books', symbols: ['BTCUSDT', 'ETHUSDT'] },
  { kind: 'suspect', stream: '!forceOrder@arr', reason: 'no frame in 10 s' },
  { kind: 'rerouted', stream: 'btcusdt@depth@100ms', connection: 'market' },
  { kind: 'rest', pool: 'binance-futures', used: 12, limit: 2400, state: 'ok', until: micros(0) },
  { kind: 'restFailed', endpoint: '/fapi/v1/depth', reason: 'HTTP 503' },
  { kind: 'clock', offset: micros(-1_272_000), roundTrip: micros(80_000) },
  { kind: 'dropped', count: 3, reason: 'queue full' },
  { kind: 'backfill', done: 3, of: 12 },
];

describe('a report of a feed', () => {
  test.each(reports)('of kind $kind comes back as it was written', (report) => {
    expect(decode(JSON.stringify(report))).toEqual({
      kind: 'feed',
      feed: 'binance-usdm',
      report,
      tsLocal: t,
    });
  });
  test.each([
    ['{', 'not JSON'],
    ['null', 'not a report of a feed'],
    ['{"kind":"connected"}', 'not a report of a feed'],
    ['{"kind":"exploded","connection":"public"}', 'not a report of a feed'],
    ['{"kind":"dropped","count":-1,"reason":""}', 'not a report of a feed'],
    [
      '{"kind":"rest","pool":"a","used":1,"limit":1,"state":"odd","until":0}',
      'not a report of a feed',
    ],
  ])('that reads %s is rejected', (msg, reason) => {
    expect(decode(msg)).toEqual({
      kind: 'rejected',
      feed: 'binance-usdm',
      chan: 'feed',
      reason,
      tsLocal: t,
    });
  });
  test.prop([fc.json()])('never throws, whatever JSON it is', (msg) => {
    expect(['feed', 'rejected']).toContain(decode(msg).kind);
  });
});
