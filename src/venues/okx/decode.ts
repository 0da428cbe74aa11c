import type { EngineEvent } from '../../model/event.ts';
import { type RawRecord, textOf } from '../../model/record.ts';
import { createDraft, readWhole } from '../draft.ts';
import { decodeReport, REPORT_CHAN } from '../feed-report.ts';
import { isAnswer } from '../requests.ts';
import { jsonOf } from '../wire.ts';
import { readAnswer } from './answers.ts';
import { streamOf } from './channels.ts';
import type { Draft, OkxState } from './draft.ts';
import { isControl, PONG } from './framing.ts';
import { isLiquidations } from './liquidations.ts';
import { RULES } from './listings.ts';
import { readMessage } from './messages.ts';
import { scan } from './scan.ts';

/**
 * One record → what it says, in its order; after a socket message, `heard`.
 *
 * A record counts as a whole (listings and rows count by the row). What was left unread is not an error of ours, so nothing throws.
 */
export function decode(state: OkxState, record: RawRecord): readonly EngineEvent[] {
  if (record.chan === REPORT_CHAN) return [decodeReport(record)];
  const fromSocket = !isAnswer(record.chan);
  const scanned = fromSocket ? scan(state, record) : undefined;
  if (scanned !== undefined) return scanned;
  const draft: Draft = { ...createDraft(RULES, state, record), told: new Set() };
  return readWhole(draft, fromSocket, () => {
    const text = textOf(record.msg);
    if (fromSocket && text === PONG) return false;
    const value = jsonOf(text);
    if (fromSocket && isControl(value)) {
      // A recording of others holds the answer to the subscription instead of a report.
      const stream = value['event'] === 'subscribe' ? streamOf(value['arg']) : undefined;
      if (stream !== undefined && isLiquidations(stream)) state.liquidationsSince = record.t;
      return false;
    }
    if (fromSocket) readMessage(draft, value);
    else readAnswer(draft, value);
    return true;
  });
}
