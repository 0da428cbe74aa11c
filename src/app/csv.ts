import { readFile, stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import Papa from 'papaparse';
import { reasonOf } from '../feed/reason.ts';
import { CommandError } from './errors.ts';

/** A table of text, as a CSV file has it. */
export interface Table {
  /** As the header line names them, without the blanks around them; `1`, `2`, … where the file has no header line. */
  readonly columns: readonly string[];
  /** As many cells each as there are columns, as they stand in the file. */
  readonly rows: readonly (readonly string[])[];
  /** Line of the file, from 1, on which a row begins: for messages. */
  lineOf(row: number): number;
}

/** Bytes of an unpacked file at most: years of one-minute bars, and still no more memory than a process has. */
const LARGEST = 128 * 2 ** 20;

/** What no header line consists of: numbers and times alone. */
const NUMBER_OR_TIME =
  /^\s*(?:[-+]?[\d.]+(?:e[-+]?\d+)?|\d{4}-\d\d-\d\d[\dT\s:.+Z-]*|nan|null)?\s*$/i;

const tooLarge = (file: string, largest: number): CommandError =>
  new CommandError(`${file}: larger than ${largest} bytes, the most that is read of one table`);

async function bytesOf(file: string, largest: number): Promise<Uint8Array> {
  try {
    // Before it is in memory; what is no plain file, like /dev/stdin, has no size to ask for.
    if ((await stat(file)).size > largest) throw tooLarge(file, largest);
    return await readFile(file);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${file}: ${reasonOf(error)}`);
  }
}

/** Unpacks what is gzip by its first bytes, whatever its name says. */
function unpacked(bytes: Uint8Array, file: string, largest: number): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: largest });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(file, largest);
    throw new CommandError(
      `${file}: ${code === 'Z_BUF_ERROR' ? 'truncated' : 'damaged'}, its compression breaks off`,
    );
  }
}

const DELIMITERS = [',', ';', '\t', '|'];

/** What the first line has most of outside quotes: where commas are decimal, semicolons divide. */
function delimiterOf(text: string): string {
  const head = /^\n*(.*)/.exec(text)![1]!.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((mark) => head.split(mark).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

const countLines = (text: string): number => text.split('\n').length - 1;

/**
 * Reads a table from the text of a CSV file (RFC 4180; semicolons, tabs and bars do as well as commas). Blank lines are no rows.
 *
 * @param file for messages.
 * @throws CommandError, exit 1, with the line: a row of another width, a quotation mark that does not end.
 */
export function parseTable(text: string, file: string): Table {
  const plain = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  const { data, errors } = Papa.parse<string[]>(plain, {
    newline: '\n',
    delimiter: delimiterOf(plain),
  });
  const lines: number[] = [];
  const rows: string[][] = [];
  let line = 1;
  for (const cells of data) {
    if (cells.length > 1 || cells[0] !== '') {
      rows.push(cells);
      lines.push(line);
    }
    line += 1;
    for (const cell of cells) if (cell.includes('\n')) line += countLines(cell);
  }
  const quotes = errors.find(({ type }) => type === 'Quotes');
  if (quotes !== undefined) {
    const at = countLines(plain.slice(0, quotes.index)) + 1;
    throw new CommandError(`${file} line ${at}: a quotation mark without its counterpart`);
  }
  const [first] = rows;
  if (first === undefined) throw new CommandError(`${file}: empty`);
  const ragged = rows.findIndex(({ length }) => length !== first.length);
  if (ragged >= 0)
    throw new CommandError(
      `${file} line ${lines[ragged]}: ${rows[ragged]!.length} fields where the first line has ${first.length}`,
    );
  const isHeader = first.some((cell) => !NUMBER_OR_TIME.test(cell));
  const skipped = isHeader ? 1 : 0;
  return {
    columns: first.map((cell, index) => (isHeader ? cell.trim() : String(index + 1))),
    rows: isHeader ? rows.slice(1) : rows,
    lineOf: (row) => lines[row + skipped]!,
  };
}

/**
 * Reads a CSV file, packed with gzip or not.
 *
 * @param largest bytes, unpacked.
 * @throws CommandError, exit 1: missing, unreadable, too large, no text, or no table.
 */
export async function readTable(file: string, largest = LARGEST): Promise<Table> {
  const bytes = unpacked(await bytesOf(file, largest), file, largest);
  if (bytes.includes(0)) throw new CommandError(`${file}: no text, so no CSV`);
  // Takes a byte order mark off.
  return parseTable(new TextDecoder().decode(bytes), file);
}
