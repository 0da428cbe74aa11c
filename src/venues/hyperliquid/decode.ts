import type { EngineEvent, FeedReported } from '../../model/event.ts';
import { type RawRecord, textOf } from '../../model/record.ts';
import { createDraft, readWhole } from '../draft.ts';
import { decodeReport, REPORT_CHAN } from '../feed-report.ts';
import { isAnswer } from '../requests.ts';
import { jsonOf } from '../wire.ts';
import { readAnswer } from './answers.ts';
import { forgetBooks } from './book.ts';
import type { Draft, HyperliquidState } from './draft.ts';
import { isControl } from './framing.ts';
import { rules } from './listings.ts';
import { readMessage } from './messages.ts';

/**
 * One record → what it says, in its order; after a socket message, `heard`.
 *
 * A record counts as a whole (`meta` by the row, trades by the print). What was left unread is not an error of ours, so nothing throws.
 */
export function decode(state: HyperliquidState, record: RawRecord): readonly EngineEvent[] {
  if (record.chan === REPORT_CHAN) return [decodeReport(record)];
  const fromSocket = !isAnswer(record.chan);
  const draft: Draft = createDraft(rules, state, record);
  // Recordings without reports begin with their first message.
  if (fromSocket && state.connectedTs === null)
    draft.commits.push(() => {
      state.connectedTs = record.t;
    });
  return readWhole(draft, fromSocket, () => {
    const value = jsonOf(textOf(record.msg));
    if (fromSocket && isControl(value)) return false;
    if (fromSocket) readMessage(draft, value);
    else readAnswer(draft, value);
    return true;
  });
}

const TRADES = 'trades:';

const tradedIn = (streams: readonly string[]): string[] =>
  streams.flatMap((stream) => (stream.startsWith(TRADES) ? [stream.slice(TRADES.length)] : []));

/** Subscriptions begin, connections are lost, clocks are compared. */
export function noteReport(state: HyperliquidState, { report, tsLocal }: FeedReported): void {
  switch (report.kind) {
    case 'connected':
      state.connectedTs = tsLocal;
      break;
    case 'subscribed':
      for (const coin of tradedIn(report.streams))
        state.trades.set(coin, { since: tsLocal, hasBegun: false });
      break;
    case 'disconnected':
      forgetBooks(state, report.books ?? report.streams);
      for (const coin of tradedIn(report.streams)) state.trades.delete(coin);
      break;
    case 'unsubscribed':
      for (const coin of tradedIn(report.streams)) state.trades.delete(coin);
      break;
    case 'clock':
      state.clockOffset = report.offset;
      break;
    default:
      break;
  }
}
