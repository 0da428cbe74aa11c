import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { RawRecord } from '../model/record.ts';
import { reasonOf } from './reason.ts';
import {
  type FileOptions,
  RecordingError,
  RecordingFile,
  type RecordingHeader,
} from './recording-file.ts';

/** Records that are handed on together. */
const BATCH = 1024;
const RECORDING = /\.jsonl(\.gz|\.zst)?$/;

/** One file on its way through the merge. Closed files are opened when their first record is next. */
interface Lane {
  file: RecordingFile;
  records: readonly RawRecord[];
  index: number;
  /** Time of its next record. */
  t: number;
  /** Place among the files: decides between equal times. */
  readonly order: number;
  isOpen: boolean;
}

/**
 * Header of a recording; null for files that have none, like those other programs made.
 *
 * @throws RecordingError when the file is missing or no recording.
 */
export async function readHeader(path: string): Promise<RecordingHeader | null> {
  const file = new RecordingFile(path);
  try {
    await file.next();
    return file.header;
  } finally {
    await file.close();
  }
}

/** Headers of all recordings at these paths, folders included; files without one are left out. */
export async function readHeaders(paths: readonly string[]): Promise<RecordingHeader[]> {
  const headers: RecordingHeader[] = [];
  for (const path of await filesOf(paths)) {
    const header = await readHeader(path);
    if (header !== null) headers.push(header);
  }
  return headers;
}

/**
 * Plays recordings in the order of their receive times, in batches. Folders stand for all recordings below them. Only files that
 * are being played are open, and never more of each than one chunk is in memory, so days of many venues merge at their ease.
 *
 * Every file is looked into first: an unreadable one is found before anything is played.
 *
 * @throws RecordingError when a file is missing or no recording, or a folder holds none.
 */
export async function* openRecordingBatches(
  paths: readonly string[],
  options: FileOptions = {},
): AsyncGenerator<readonly RawRecord[], void, void> {
  const lanes: Lane[] = [];
  for (const path of await filesOf(paths)) {
    const lane = await peek(path, lanes.length, options);
    if (lane !== null) lanes.push(lane);
  }
  const open = new Set<Lane>();
  try {
    let batch: RawRecord[] = [];
    while (lanes.length > 0) {
      const { first, until } = nextOf(lanes);
      if (!first.isOpen) {
        first.isOpen = true;
        first.file = new RecordingFile(first.file.path, options);
        open.add(first);
        await fill(first);
      }
      const { records } = first;
      // The lane that is ahead goes on until another one is.
      while (first.index < records.length && precedes(records[first.index]!.t, first, until)) {
        batch.push(records[first.index]!);
        first.index += 1;
        if (batch.length < BATCH) continue;
        yield batch;
        batch = [];
      }
      if (first.index < records.length) first.t = records[first.index]!.t;
      else if (!(await fill(first))) {
        await first.file.close();
        open.delete(first);
        lanes.splice(lanes.indexOf(first), 1);
      }
    }
    if (batch.length > 0) yield batch;
  } finally {
    await Promise.all([...open].map((lane) => lane.file.close()));
  }
}

/** The same, record by record. */
export async function* openRecording(
  paths: readonly string[],
  options: FileOptions = {},
): AsyncGenerator<RawRecord, void, void> {
  for await (const batch of openRecordingBatches(paths, options)) yield* batch;
}

function precedes(t: number, lane: Lane, other: Lane | null): boolean {
  return other === null || t < other.t || (t === other.t && lane.order < other.order);
}

/** The lane whose record is next, and the one after it. */
function nextOf(lanes: readonly Lane[]): { first: Lane; until: Lane | null } {
  let first = lanes[0]!;
  let until: Lane | null = null;
  for (let i = 1; i < lanes.length; i += 1) {
    const lane = lanes[i]!;
    if (precedes(lane.t, lane, first)) {
      until = first;
      first = lane;
    } else if (precedes(lane.t, lane, until)) until = lane;
  }
  return { first, until };
}

/** Reads on. False at the end of the file. */
async function fill(lane: Lane): Promise<boolean> {
  const records = await lane.file.next();
  if (records === null) return false;
  lane.records = records;
  lane.index = 0;
  lane.t = records[0]!.t;
  return true;
}

/** Looks at the first record. Null for files without any, whose warnings have been given then. */
async function peek(path: string, order: number, options: FileOptions): Promise<Lane | null> {
  const file = new RecordingFile(path, options);
  try {
    const records = await file.next();
    if (records === null) return null;
    return { file, records: [], index: 0, t: records[0]!.t, order, isOpen: false };
  } finally {
    await file.close();
  }
}

/** The files that the paths stand for, each once. */
async function filesOf(paths: readonly string[]): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const path of paths) {
    const found = await recordingsAt(resolve(path));
    if (found.length === 0) throw new RecordingError(`${basename(path)}: no recordings in it`);
    for (const file of found) files.add(file);
  }
  return [...files];
}

async function recordingsAt(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && RECORDING.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    throw new RecordingError(`${basename(path)}: ${reasonOf(error)}`, { cause: error });
  }
}
