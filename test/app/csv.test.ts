import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { parseTable, readTable } from '../../src/app/csv.ts';
import { scratch } from '../support/program.ts';

const cellsOf = ({ columns, rows }: ReturnType<typeof parseTable>) => [columns, ...rows];
const parse = (text: string) => parseTable(text, 'x.csv');

function fileWith(content: string | Uint8Array, name = 'x.csv'): string {
  const file = path.join(scratch(), name);
  writeFileSync(file, content);
  return file;
}

describe('a table from text', () => {
  test('has the columns of its header and the cells as they stand', () => {
    expect(cellsOf(parse('time, close\n1,2.50\n3,\n'))).toEqual([
      ['time', 'close'],
      ['1', '2.50'],
      ['3', ''],
    ]);
  });

  test('takes quotes, doubled quotes, commas and line ends within them', () => {
    expect(cellsOf(parse('a,b\n"1,5","say ""no"""\n"two\nlines",x\n'))).toEqual([
      ['a', 'b'],
      ['1,5', 'say "no"'],
      ['two\nlines', 'x'],
    ]);
  });

  test.each([
    ['\r\n', ','],
    ['\r', ','],
    ['\n', ';'],
    ['\n', '\t'],
  ])('takes lines that end in %j and fields between %j', (end, between) => {
    const text = [
      ['time', 'close'],
      ['1', '2'],
    ].map((row) => row.join(between));
    expect(cellsOf(parse(text.join(end)))).toEqual([
      ['time', 'close'],
      ['1', '2'],
    ]);
  });

  test('divides at semicolons where commas are decimal', () => {
    expect(parse('time;"a, b"\n1;0,5\n').rows).toEqual([['1', '0,5']]);
  });

  test('of numbers alone has no header, and its columns are numbered', () => {
    expect(parse('1704067200000,42314.0,-1e-5\n').columns).toEqual(['1', '2', '3']);
    expect(parse('2024-01-01T00:00:00Z,42314.0\n').rows).toHaveLength(1);
    expect(parse('0,call\n1,2\n').columns).toEqual(['0', 'call']);
  });

  test('knows the line of a row behind blank lines and fields of several lines', () => {
    const table = parse('a,b\n\n1,2\n"x\ny\nz",4\n5,6\n\n');
    expect(table.rows.map((_, row) => table.lineOf(row))).toEqual([3, 4, 7]);
  });

  test.each([
    ['', 'x.csv: empty'],
    ['\n\n', 'x.csv: empty'],
    ['a,b\n1,2\n3\n', 'x.csv line 3: 1 fields where the first line has 2'],
    ['a,b\n1,2,3\n', 'x.csv line 2: 3 fields where the first line has 2'],
    ['a,b\n"x\ny",2\n3\n', 'x.csv line 4: 1 fields where the first line has 2'],
    ['a,b\n1,2\n"3,4\n', /^x\.csv line 3: a quotation mark/],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  const cell = fc.string({ unit: fc.constantFrom('a', '1', ' ', ',', '"', '\n', ';', 'é') });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  test.prop([fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 })], {
    numRuns: 60,
  })('reads back whatever is written by RFC 4180', (rows) => {
    const text = [['one', 'two', 'three'], ...rows].map((row) => row.map(quoted).join(','));
    expect(parse(`${text.join('\r\n')}\r\n`).rows).toEqual(rows);
  });
});

describe('a table from a file', () => {
  test('is unpacked where it is packed, and has no byte order mark', async () => {
    const text = '\uFEFFtime,close\n1,2\n';
    for (const file of [fileWith(text), fileWith(gzipSync(text), 'x.csv.gz')])
      expect(cellsOf(await readTable(file))).toEqual([
        ['time', 'close'],
        ['1', '2'],
      ]);
  });

  test.each([
    ['missing', '/no/such/file.csv', /file\.csv: no such file$/],
    ['a folder', '/', /is a folder$/],
  ])('says what is wrong when it is %s', async (_, file, message) => {
    await expect(readTable(file)).rejects.toThrow(message);
  });

  test('says when it is cut off, no text or too large', async () => {
    const packed = gzipSync('time,close\n1,2\n'.repeat(1000));
    await expect(readTable(fileWith(packed.subarray(0, 60)))).rejects.toThrow('truncated');
    await expect(readTable(fileWith(new Uint8Array([80, 65, 82, 49, 0, 1])))).rejects.toThrow(
      'no text',
    );
    await expect(readTable(fileWith(packed), 1000)).rejects.toThrow('larger than 1000 bytes');
    await expect(readTable(fileWith('a,b\n'.repeat(1000)), 1000)).rejects.toThrow('larger than');
  });
});
