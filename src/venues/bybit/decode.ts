import type { EngineEvent } from '../../model/event.ts';
import { type RawRecord, textOf } from '../../model/record.ts';
import { createDraft, readWhole } from '../draft.ts';
import { decodeReport, REPORT_CHAN } from '../feed-report.ts';
import { isAnswer } from '../requests.ts';
import { jsonOf } from '../wire.ts';
import { readAnswer } from './answers.ts';
import type { BybitState, Draft } from './draft.ts';
import { isControl } from './framing.ts';
import { rulesOf } from './listings.ts';
import { readMessage } from './messages.ts';
import type { Product } from './product.ts';
import { scan } from './scan.ts';

/**
 * One record → what it says, in its order; after a socket message, `heard`.
 *
 * A record counts as a whole; only the listings count by the row. What was left unread is not an error of ours, so nothing throws.
 */
export function decode(
  product: Product,
  state: BybitState,
  record: RawRecord,
): readonly EngineEvent[] {
  if (record.chan === REPORT_CHAN) return [decodeReport(record)];
  const fromSocket = !isAnswer(record.chan);
  const scanned = fromSocket ? scan(product, state, record) : undefined;
  if (scanned !== undefined) return scanned;
  const draft: Draft = {
    ...createDraft(rulesOf(product), state, record),
    product,
    hours: new Map(),
  };
  return readWhole(draft, fromSocket, () => {
    const value = jsonOf(textOf(record.msg));
    if (fromSocket && isControl(value)) return false;
    if (fromSocket) readMessage(draft, value);
    else readAnswer(draft, value);
    return true;
  });
}
