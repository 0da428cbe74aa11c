import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { EngineOptions } from '../engine/engine-state.ts';
import { reasonOf } from '../feed/reason.ts';
import { readHeaders } from '../feed/recording.ts';
import type { RecordingWarning } from '../feed/recording-file.ts';
import type { FeedId } from '../model/instrument.ts';
import { type RawRecord, SELF_FEED } from '../model/record.ts';
import { decoderOf, protocols } from '../venues/index.ts';
import { CommandError, usage } from './errors.ts';
import type { ReplayJob } from './job.ts';

/** A count with its noun: `1 record`, `2 records`. */
export const plural = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What a person is told where there is nothing to play, so that the silence is no riddle. */
export const EMPTY_RECORDING = 'the recording is empty';

/** What a person is told about a fault in a recording that is used as far as it goes. */
export function warningText({ file, kind, count }: RecordingWarning): string {
  switch (kind) {
    case 'truncated':
      return `${file} is truncated: its first ${plural(count, 'record')} are used`;
    case 'damaged':
      return `${file} is damaged: its first ${plural(count, 'record')} are used`;
    case 'garbage':
      return `${file}: ${plural(count, 'line')} left out that are no records`;
    case 'unordered':
      return `${file}: ${plural(count, 'record')} out of order, counted as received with the one before`;
  }
}

/** What the recording says about itself: where it came from and what it was made for. */
export async function provenanceOf(
  job: Pick<ReplayJob, 'files' | 'assets' | 'universe'>,
): Promise<Pick<EngineOptions, 'assets' | 'origin' | 'universe'>> {
  const headers = await readHeaders(job.files);
  const origins = new Set(headers.map((header) => header.source));
  const [only] = origins;
  const isOurs = origins.size === 1 && (only === 'live' || only === 'demo');
  const recorded = [...new Set(headers.flatMap((header) => header.assets))];
  const hadUniverse = headers.some((header) => header.universe === true);
  return {
    origin: isOurs ? only : 'recording',
    // Nothing but a universe can have been recorded without an asset.
    assets: job.assets ?? (recorded.length > 0 || hadUniverse ? recorded : 'any'),
    universe: hadUniverse || job.universe,
  };
}

const refused = (feed: FeedId): CommandError =>
  usage(
    `unknown venue ${JSON.stringify(feed)}; known are ${protocols.map((known) => known.feed).join(', ')}; --feed names it for files that do not`,
  );

/**
 * Refuses the feed that `--feed` names when nobody here speaks it.
 *
 * @throws CommandError, exit 2
 */
export function requireKnownFeed(feed: FeedId | undefined): void {
  if (feed !== undefined && decoderOf(feed) === undefined) throw refused(feed);
}

/**
 * Refuses a record of a feed that nobody here speaks: played in silence it would pass for a market in which nothing happens.
 *
 * @throws CommandError, exit 2
 */
export function requireKnownRecord({ feed, chan }: RawRecord): void {
  if (feed !== SELF_FEED && chan !== 'feed' && decoderOf(feed) === undefined) throw refused(feed);
}

/**
 * Makes sure that recordings can be written below a folder, which is created where it is missing. Found out before anything is received, because a night without
 * its tape cannot be repeated.
 *
 * @throws CommandError, exit 1
 */
export function prepareRecordingFolder(folder: string): void {
  const whole = path.resolve(folder);
  const missing: string[] = [];
  for (let at = whole; !existsSync(at); at = path.dirname(at)) missing.unshift(at);
  try {
    // One by one: `recursive` never returns where a file system takes no folders at all, like /proc.
    for (const each of missing) mkdirSync(each);
    if (!statSync(whole).isDirectory())
      throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    accessSync(whole, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new CommandError(`cannot record into ${folder}: ${reasonOf(error)}`);
  }
}
