import { createDecoderState, decodeRecord } from '../../feed/decode.ts';
import { openRecordingBatches } from '../../feed/recording.ts';
import { RecordingError, type RecordingWarning } from '../../feed/recording-file.ts';
import { auditLines, auditRecord, createAudit } from '../../market/audit.ts';
import type { FeedId } from '../../model/instrument.ts';
import { decoderOf } from '../../venues/index.ts';
import { CommandError, describeError, EXIT } from '../errors.ts';
import {
  EMPTY_RECORDING,
  plural,
  requireKnownFeed,
  requireKnownRecord,
  warningText,
} from '../recordings.ts';

/** Levels per side that `perpscope audit` prints. */
export const AUDIT_DEPTH = 20;

export interface AuditOptions {
  /** Recordings; those of one instrument continue each other in the order of their receive times. */
  readonly files: readonly string[];
  /** Levels per side at the end. */
  readonly depth: number;
  /** Feed of files that do not name one; their folder's name otherwise. */
  readonly venueOverride?: FeedId | undefined;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/**
 * `perpscope audit FILE…`: replays recordings through the decoders and books, and prints one JSON line per instrument that says
 * how sound its data was: sequence gaps, crossed books, unreadable messages, disagreements with the venue's own best bid and ask, and
 * the best levels at the end (DESIGN §3).
 *
 * @returns the exit code: 2 for a venue nobody here speaks, 1 for a missing or unreadable recording. A damaged one is
 * audited as far as it goes, with a note on stderr.
 */
export async function runAudit(options: AuditOptions): Promise<number> {
  const { files, depth, venueOverride: venue, stdout, stderr } = options;
  const note = (text: string) => stderr.write(`perpscope: ${text}\n`);
  const decoder = createDecoderState();
  const audit = createAudit();
  const onWarning = (warning: RecordingWarning) => note(warningText(warning));
  let isEmpty = true;
  try {
    requireKnownFeed(venue);
    for await (const batch of openRecordingBatches(files, { venue, onWarning }))
      for (const record of batch) {
        requireKnownRecord(record);
        isEmpty = false;
        auditRecord(audit, record, decodeRecord(decoder, decoderOf, record));
      }
  } catch (error) {
    if (!(error instanceof RecordingError || error instanceof CommandError)) throw error;
    const { message, exitCode } = describeError(error);
    note(message);
    return exitCode;
  }

  const { lines, unattributed } = auditLines(audit, depth);
  for (const line of lines) stdout.write(`${JSON.stringify(line)}\n`);
  if (isEmpty) note(EMPTY_RECORDING);
  if (unattributed > 0)
    note(`${plural(unattributed, 'unreadable message')} of no instrument that is known here`);
  return EXIT.ok;
}
