import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { test } from 'vitest';

/** One line of a recording as it was published: `t` in µs or null, `chan` null where its publisher gave none. */
export interface RecordedLine {
  readonly t: number | null;
  readonly chan: string | null;
  readonly msg: string;
}

const folder = fileURLToPath(new URL('../../../shared/recordings/', import.meta.url));
const areHere = existsSync(folder);
if (!areHere)
  console.log('skipped: ../shared/recordings is absent, tests on recorded data do not run');

/** `test` for cases that need the recorded exchange data; skipped, with a printed line, where the data is absent. */
export const recordedTest: typeof test = areHere ? test : (test.skip as typeof test);

/** Path of a recording, e.g. `binance-usdm/btcusdt-20240808.jsonl.gz`. */
export const recordingPath = (name: string): string => folder + name;

/** Bytes of a recorded file, unpacked when its name ends in `.gz`. */
function readRecordedFile(name: string): Buffer {
  const bytes = readFileSync(recordingPath(name));
  return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

/** Cells of a table (`history/….csv.gz`) whose values hold no commas, row by row under the names of its header. */
export function readTable(name: string): Readonly<Record<string, string>>[] {
  const [header = '', ...rows] = readRecordedFile(name).toString().trim().split('\n');
  const names = header.split(',');
  return rows.map((row) => {
    const cells = row.split(',');
    return Object.fromEntries(names.map((column, i) => [column, cells[i] ?? '']));
  });
}

/** Lines of a stream recording (`….jsonl.gz`), or the elements of a REST one (`rest/….json`). */
export function readRecording(name: string): RecordedLine[] {
  const text = readRecordedFile(name).toString();
  if (name.endsWith('.json')) return JSON.parse(text) as RecordedLine[];
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedLine);
}
