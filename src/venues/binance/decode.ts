import type { EngineEvent } from '../../model/event.ts';
import { type RawRecord, textOf } from '../../model/record.ts';
import { decodeReport, REPORT_CHAN } from '../feed-report.ts';
import { jsonOf, Malformed, reasonOf } from '../wire.ts';
import { isAnswer, readAnswer } from './answers.ts';
import { type BinanceState, commit, createDraft } from './draft.ts';
import { isControl } from './framing.ts';
import { readMessage } from './messages.ts';
import type { Product } from './product.ts';
import { scan } from './scan.ts';

/**
 * One record → what it says, in its order; after a socket message, `heard`.
 *
 * A record counts as a whole: when any part of it cannot be read it becomes one `rejected` event, and neither another event nor the state
 * shows that it ever came (`exchangeInfo` and all-market arrays count by the row). What was left unread is not an error of ours, so nothing throws.
 */
export function decode(
  product: Product,
  state: BinanceState,
  record: RawRecord,
): readonly EngineEvent[] {
  if (record.chan === REPORT_CHAN) return [decodeReport(record)];
  const fromSocket = !isAnswer(record.chan);
  const scanned = fromSocket ? scan(product, state, record) : undefined;
  if (scanned !== undefined) return scanned;
  const draft = createDraft(product, state, record);
  let events = draft.events;
  let tsEvent = null;
  try {
    const value = jsonOf(textOf(record.msg));
    if (fromSocket && isControl(value)) return [];
    if (fromSocket) readMessage(draft, value);
    else readAnswer(draft, value);
    commit(draft);
    tsEvent = draft.tsEvent;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const { chan, t: tsLocal } = record;
    events = [{ kind: 'rejected', feed: product.feed, chan, reason: reasonOf(error), tsLocal }];
  }
  if (fromSocket)
    events.push({
      kind: 'heard',
      feed: product.feed,
      stream: record.chan,
      tsExchange: tsEvent,
      tsLocal: record.t,
    });
  return events;
}
