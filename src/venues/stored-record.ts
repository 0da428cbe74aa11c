import * as v from 'valibot';
import type { RecalledFromStore, Rejected, StoreReported } from '../model/event.ts';
import { HOURLY_SERIES, MINUTE_SERIES } from '../model/kept.ts';
import { type RawRecord, textOf } from '../model/record.ts';
import { type Micros, micros } from '../model/units.ts';

/** `chan` of the records in which the store gives back what an earlier run kept, and says how it does. */
export const STORE_CHAN = 'store';

/** Numbers by the thousand: checked in one loop. */
const numbers = v.custom<number[]>(
  (value) => Array.isArray(value) && value.every((one) => typeof one === 'number'),
);
const numbersOrNull = v.custom<(number | null)[]>(
  (value) => Array.isArray(value) && value.every((one) => one === null || typeof one === 'number'),
);

const text = v.pipe(v.string(), v.maxLength(200));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const time = v.pipe(
  count,
  v.transform((value): Micros => micros(value)),
);
const held = <T>(state: v.GenericSchema<T>) => v.nullable(v.object({ state, since: time }));

const sameLength = (...lists: readonly (readonly unknown[] | undefined)[]): boolean =>
  lists.every((list) => list === undefined || list.length === lists[0]!.length);

const recalled = v.variant('kind', [
  v.pipe(
    v.object({
      kind: v.literal('hours'),
      instrument: text,
      series: v.picklist(HOURLY_SERIES),
      from: count,
      values: numbersOrNull,
      lags: v.exactOptional(numbers),
    }),
    v.check(({ values, lags }) => sameLength(values, lags)),
  ),
  v.pipe(
    v.object({
      kind: v.literal('minutes'),
      instrument: text,
      series: v.picklist(MINUTE_SERIES),
      stamps: numbers,
      values: numbers,
      periods: v.exactOptional(numbers),
    }),
    v.check(({ stamps, values, periods }) => sameLength(stamps, values, periods)),
  ),
  v.object({
    kind: v.literal('liquidations'),
    asset: text,
    prints: v.array(
      v.object({
        instrument: text,
        side: v.picklist(['long', 'short']),
        price: v.number(),
        size: v.number(),
        tsExchange: v.nullable(time),
        tsLocal: time,
      }),
    ),
  }),
  v.object({
    kind: v.literal('hearing'),
    feed: text,
    asset: text,
    spans: v.array(v.tuple([count, count])),
  }),
  v.object({
    kind: v.literal('signals'),
    asset: text,
    at: time,
    gate: held(v.boolean()),
    wasOpenInCell: v.boolean(),
    reach: v.nullable(v.object({ low: v.number(), high: v.number() })),
    regime: held(
      v.picklist(['deleveraging stress', 'crowded carry long', 'crowded carry short', 'neutral']),
    ),
    cascade: held(v.picklist(['low', 'medium', 'high', 'critical'])),
    settling: v.array(text),
    // What was kept before caps were watched has none.
    nearCap: v.optional(v.array(text), []),
  }),
]);

const report = v.object({
  kind: v.literal('report'),
  state: v.picklist(['ok', 'memory']),
  reason: v.nullable(text),
  rows: count,
  newest: v.nullable(time),
  waiting: count,
  lost: count,
});

/** A record with chan `store` → what it gives back, or how the store does; `rejected` when it is neither. */
export function decodeStored(record: RawRecord): RecalledFromStore | StoreReported | Rejected {
  const { feed, t: tsLocal } = record;
  const rejected = (reason: string): Rejected => ({
    kind: 'rejected',
    feed,
    chan: STORE_CHAN,
    reason,
    tsLocal,
  });
  let value: unknown;
  try {
    value = JSON.parse(textOf(record.msg));
  } catch {
    return rejected('not JSON');
  }
  const told = v.safeParse(report, value);
  if (told.success) {
    const { kind: _, ...how } = told.output;
    return { kind: 'store', report: how, tsLocal };
  }
  const given = v.safeParse(recalled, value);
  if (!given.success) return rejected('nothing that a store gives back');
  return { kind: 'recalled', what: given.output, tsLocal };
}
