import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { Recalled } from '../../src/model/kept.ts';
import { SELF_FEED } from '../../src/model/record.ts';
import { micros } from '../../src/model/units.ts';
import { decodeStored, STORE_CHAN } from '../../src/venues/stored-record.ts';

const T = micros(Date.UTC(2026, 2, 10, 12) * 1000);
const decoded = (msg: string) => decodeStored({ t: T, feed: SELF_FEED, chan: STORE_CHAN, msg });

const RECALLED: readonly Recalled[] = [
  { kind: 'hours', instrument: 'x:A', series: 'mark', from: 490_000, values: [1.5, null, -2] },
  {
    kind: 'hours',
    instrument: 'x:A',
    series: 'openInterest',
    from: 490_000,
    values: [1],
    lags: [12],
  },
  { kind: 'minutes', instrument: 'x:A', series: 'price', stamps: [1, 2], values: [3.5, 4] },
  {
    kind: 'minutes',
    instrument: 'x:A',
    series: 'fundingRate',
    stamps: [1],
    values: [-0.0001],
    periods: [5],
  },
  {
    kind: 'liquidations',
    asset: 'A',
    prints: [{ instrument: 'x:A', side: 'long', price: 1, size: 2, tsExchange: null, tsLocal: T }],
  },
  { kind: 'hearing', feed: 'x-perp', asset: 'A', spans: [[1, 2]] },
  {
    kind: 'signals',
    asset: 'A',
    at: T,
    gate: { state: false, since: T },
    wasOpenInCell: false,
    reach: { low: 1, high: 2 },
    regime: { state: 'neutral', since: T },
    cascade: null,
    settling: ['x:A'],
    nearCap: ['x:A'],
  },
];

describe('a record of the store', () => {
  test('gives back what was kept', () => {
    for (const what of RECALLED)
      expect(decoded(JSON.stringify(what))).toEqual({ kind: 'recalled', what, tsLocal: T });
  });

  test('says how the store does', () => {
    const report = {
      state: 'memory',
      reason: 'disk full',
      rows: 12,
      newest: null,
      waiting: 3,
      lost: 0,
    };
    expect(decoded(JSON.stringify({ kind: 'report', ...report }))).toEqual({
      kind: 'store',
      report,
      tsLocal: T,
    });
  });

  test('that is neither is rejected', () => {
    const bad = [
      '',
      '{',
      'null',
      '{"kind":"cell"}',
      JSON.stringify({ ...RECALLED[0], series: 'nothing' }),
      JSON.stringify({ ...RECALLED[0], values: ['1'] }),
      JSON.stringify({ ...RECALLED[1], lags: [1, 2] }),
      JSON.stringify({ ...RECALLED[2], stamps: [1] }),
      JSON.stringify({ ...RECALLED[6], regime: { state: 'panic', since: T } }),
      '{"kind":"report","state":"fine"}',
    ];
    for (const msg of bad) expect(decoded(msg), msg).toMatchObject({ kind: 'rejected' });
  });

  test.prop([fc.jsonValue()])('never throws, whatever it holds', (value) => {
    expect(['rejected', 'recalled', 'store']).toContain(decoded(JSON.stringify(value)).kind);
  });
});
