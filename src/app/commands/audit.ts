import { createDecoderState, decodeRecord } from '../../feed/decode.ts';
import { openRecordingBatches } from '../../feed/recording.ts';
import { RecordingError, type RecordingWarning } from '../../feed/recording-file.ts';
import { auditLines, auditRecord, createAudit } from '../../market/audit.ts';
import type { FeedId } from '../../model/instrument.ts';
import { type RawRecord, SELF_FEED } from '../../model/record.ts';
import { protocolOf, protocols } from '../../venues/index.ts';
import { EXIT } from '../errors.ts';

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

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function textOf({ file, kind, count }: RecordingWarning): string {
  switch (kind) {
    case 'truncated':
      return `${file} is truncated: its first ${plural(count, 'record')} are audited`;
    case 'damaged':
      return `${file} is damaged: its first ${plural(count, 'record')} are audited`;
    case 'garbage':
      return `${file}: ${plural(count, 'line')} left out that are no records`;
    case 'unordered':
      return `${file}: ${plural(count, 'record')} out of order`;
  }
}

/** A feed that this program does not speak; undefined when it does. */
const isUnknown = ({ feed, chan }: RawRecord): boolean =>
  feed !== SELF_FEED && chan !== 'feed' && protocolOf(feed) === undefined;

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
  const unknownVenue = (name: string): number => {
    const known = protocols.map(({ feed }) => feed).join(', ');
    note(`unknown venue ${JSON.stringify(name)}; known are ${known}`);
    return EXIT.usage;
  };
  if (venue !== undefined && protocolOf(venue) === undefined) return unknownVenue(venue);

  const decoder = createDecoderState();
  const audit = createAudit();
  const onWarning = (warning: RecordingWarning) => note(textOf(warning));
  try {
    for await (const batch of openRecordingBatches(files, { venue, onWarning }))
      for (const record of batch) {
        if (isUnknown(record)) return unknownVenue(record.feed);
        auditRecord(audit, record, decodeRecord(decoder, protocolOf, record));
      }
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    note(error.message);
    return EXIT.runtime;
  }

  const { lines, unattributed } = auditLines(audit, depth);
  for (const line of lines) stdout.write(`${JSON.stringify(line)}\n`);
  if (unattributed > 0)
    note(`${plural(unattributed, 'unreadable message')} of no instrument that is known here`);
  return EXIT.ok;
}
