import * as v from 'valibot';
import type { FeedReported, Rejected } from '../model/event.ts';
import { type RawRecord, textOf } from '../model/record.ts';
import { type Micros, micros } from '../model/units.ts';

/** `chan` of the records in which a feed tells about itself. */
export const REPORT_CHAN = 'feed';

const text = v.pipe(v.string(), v.maxLength(1000));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const time = v.pipe(
  v.number(),
  v.safeInteger(),
  v.transform((value): Micros => micros(value)),
);
const streams = v.array(text);

const report = v.variant('kind', [
  v.object({ kind: v.literal('connecting'), connection: text }),
  v.object({ kind: v.literal('connected'), connection: text }),
  v.object({
    kind: v.literal('disconnected'),
    connection: text,
    reason: text,
    streams,
    books: v.exactOptional(streams),
  }),
  v.object({ kind: v.literal('subscribed'), connection: text, streams }),
  v.object({ kind: v.literal('unsubscribed'), connection: text, streams }),
  v.object({ kind: v.literal('books'), symbols: v.array(text) }),
  v.object({ kind: v.literal('suspect'), stream: text, reason: text }),
  v.object({ kind: v.literal('cleared'), stream: text }),
  v.object({ kind: v.literal('rerouted'), stream: text, connection: text }),
  v.object({
    kind: v.literal('rest'),
    pool: text,
    used: v.pipe(v.number(), v.minValue(0)),
    limit: v.pipe(v.number(), v.minValue(0)),
    state: v.picklist(['ok', 'limited', 'banned', 'refused']),
    until: time,
  }),
  v.object({ kind: v.literal('restFailed'), endpoint: text, reason: text }),
  v.object({ kind: v.literal('clock'), offset: time, roundTrip: time }),
  v.object({ kind: v.literal('dropped'), count, reason: text }),
  v.object({ kind: v.literal('backfill'), done: count, of: count }),
]);

/** A record with chan `feed` → what the feed reported about itself; `rejected` when it is none of the known reports. */
export function decodeReport(record: RawRecord): FeedReported | Rejected {
  const { feed, t: tsLocal } = record;
  const rejected = (reason: string): Rejected => ({
    kind: 'rejected',
    feed,
    chan: REPORT_CHAN,
    reason,
    tsLocal,
  });
  let value: unknown;
  try {
    value = JSON.parse(textOf(record.msg));
  } catch {
    return rejected('not JSON');
  }
  const parsed = v.safeParse(report, value);
  if (!parsed.success) return rejected('not a report of a feed');
  return { kind: 'feed', feed, report: parsed.output, tsLocal };
}
