import type { EngineEvent } from '../../model/event.ts';
import { type RawRecord, textOf } from '../../model/record.ts';
import { createDraft, readWhole } from '../draft.ts';
import { decodeReport, REPORT_CHAN } from '../feed-report.ts';
import { isAnswer } from '../requests.ts';
import { jsonOf } from '../wire.ts';
import { readAnswer } from './answers.ts';
import type { DeribitState } from './draft.ts';
import { isDialogue } from './framing.ts';
import { RULES } from './listings.ts';
import { readMessage } from './messages.ts';

/**
 * One record → what it says, in its order; after a socket message, `heard`.
 *
 * A record counts as a whole (lists of listings, summaries and marks count by the row).
 */
export function decode(state: DeribitState, record: RawRecord): readonly EngineEvent[] {
  if (record.chan === REPORT_CHAN) return [decodeReport(record)];
  const fromSocket = !isAnswer(record.chan);
  const draft = createDraft(RULES, state, record);
  return readWhole(draft, fromSocket, () => {
    const value = jsonOf(textOf(record.msg));
    if (fromSocket && isDialogue(value)) return false;
    if (fromSocket) readMessage(draft, value);
    else readAnswer(draft, value);
    return true;
  });
}
