import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openRecordingBatches } from '../../../src/feed/recording.ts';
import type { FileOptions, RecordingWarning } from '../../../src/feed/recording-file.ts';
import type { RawRecord } from '../../../src/model/record.ts';

/** A folder of its own for this test file, gone afterwards. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perpscope-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Everything that recordings hold, and what was wrong with them. */
export async function readAll(paths: readonly string[], options: FileOptions = {}) {
  const records: RawRecord[] = [];
  const warnings: RecordingWarning[] = [];
  const onWarning = (warning: RecordingWarning) => warnings.push(warning);
  for await (const batch of openRecordingBatches(paths, { ...options, onWarning }))
    records.push(...batch);
  return { records, warnings };
}
