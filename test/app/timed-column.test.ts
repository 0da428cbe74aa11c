import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CommandError } from '../../src/app/errors.ts';
import {
  type ColumnRole,
  isInUsd,
  readTimedColumn,
  splitReference,
} from '../../src/app/timed-column.ts';
import { timeOf } from '../../src/model/instant.ts';
import { scratch } from '../support/program.ts';

const T = Date.UTC(2024, 0, 1) * 1000;
const HOUR = 3_600_000_000;

function file(text: string, name = 'x.csv'): string {
  const at = path.join(scratch(), name);
  writeFileSync(at, text);
  return at;
}

const read = (text: string, role: ColumnRole, column = '', symbol?: string) =>
  readTimedColumn(`${file(text)}${column === '' ? '' : `:${column}`}`, role, symbol);

async function refusal(promise: Promise<unknown>): Promise<CommandError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CommandError);
  return error as CommandError;
}

describe('a time', () => {
  test.each([
    ['2024-01-01T00:00:00Z'],
    ['2024-01-01 00:00:00'],
    ['2024-01-01'],
    ['2024-01-01T00:00'],
    ['2024-01-01 00:00:00+00:00'],
    ['2024-01-01T02:00:00+02:00'],
    ['2023-12-31T18:30:00-0530'],
    ['2024-01-01 00:00:00.000000 UTC'],
    ['1704067200'],
    ['1704067200.0'],
    ['1704067200000'],
    ['1704067200000000'],
    ['1704067200000000000'],
  ])('%s is the first instant of 2024', (text) => {
    expect(timeOf(text)).toBe(T);
  });

  test('keeps its microseconds', () => {
    expect(timeOf('2024-01-01T00:00:00.000003Z')).toBe(T + 3);
    expect(timeOf('1704067200000.5')).toBe(T + 500);
  });

  test.each(['', '2024', '42000.5', '2024-02-30', '2024-01-01T25:00', '12:00', 'yesterday'])(
    '%j is none',
    (text) => {
      expect(timeOf(text)).toBeNaN();
    },
  );
});

test('a column stands behind the last colon, a drive letter is none', () => {
  expect(splitReference('oi.csv:sum')).toEqual({ file: 'oi.csv', column: 'sum' });
  expect(splitReference('oi.csv')).toEqual({ file: 'oi.csv', column: null });
  expect(splitReference('C:\\data\\oi.csv')).toEqual({ file: 'C:\\data\\oi.csv', column: null });
  expect(splitReference('C:\\oi.csv:sum')).toEqual({ file: 'C:\\oi.csv', column: 'sum' });
  expect(splitReference('C:/oi.csv')).toEqual({ file: 'C:/oi.csv', column: null });
  const named = file('', 'a:b');
  expect(splitReference(named)).toEqual({ file: named, column: null });
});

describe('a column of values', () => {
  test.each([
    ['fundingRate', 'funding'],
    ['funding_rate', 'funding'],
    ['last_funding_rate', 'funding'],
    ['sumOpenInterest', 'openInterest'],
    ['open_interest', 'openInterest'],
    ['basis', 'basis'],
  ] as const)('is found by the name %s', async (name, role) => {
    const { facts, stamps, values } = await read(`n,time,${name}\n7,${T / 1000},3\n`, role);
    expect(facts).toMatchObject({ column: name, timeColumn: 'time', rows: 1 });
    expect([stamps, values]).toEqual([[T], [3]]);
  });

  test('is of what was settled before what was predicted', async () => {
    const text = 'funding_time,funding_rate,real_funding_rate\n2024-01-01,1,2\n';
    expect((await read(text, 'funding')).values).toEqual([2]);
    expect((await read(text, 'funding', 'funding_rate')).values).toEqual([1]);
    expect((await read(text, 'funding', 'RealFundingRate')).values).toEqual([2]);
  });

  test('is never of dollars unless that is asked for', async () => {
    const text = 'time,sumOpenInterestValue\n2024-01-01,5\n';
    const error = await refusal(read(text, 'openInterest'));
    expect([error.exitCode, error.message]).toEqual([2, expect.stringContaining('USD')]);
    expect(isInUsd((await read(text, 'openInterest', 'sumOpenInterestValue')).facts)).toBe(true);
    const coins = 'time,sumOpenInterestValue,sumOpenInterest\n2024-01-01,5,4\n';
    const column = await read(coins, 'openInterest');
    expect([column.values, isInUsd(column.facts)]).toEqual([[4], false]);
  });

  test.each([
    ['a,b\n1,2\n', 'basis', '', 2, 'no column known as basis among a, b'],
    ['time,b\n2024-01-01,2\n', 'basis', 'c', 2, "no column 'c'"],
    ['a,basis\n1,2\n', 'basis', '', 1, 'no column of times'],
    ['time,basis\n', 'basis', '', 1, 'no rows'],
    ['time,basis\n2024-01-01,x\n', 'basis', '', 1, "no basis to be read in column 'basis'"],
    ['time,close\n2024-01-01,1\n', 'price', '', 1, 'does not say how long'],
  ] as const)('%j as %s is refused', async (text, role, column, exitCode, message) => {
    const error = await refusal(read(text, role, column));
    expect(error.message).toContain(message);
    expect(error.exitCode).toBe(exitCode);
  });

  test('counts what is empty, unreadable, repeated, contradictory and out of order', async () => {
    const rows = ['00,1', '01,2', '01,2', '03,', '02,5', '02,6', '04,0', '05,x', '09,7'];
    const text = rows.map((row) => `2024-01-01T${row.replace(',', ':00,')}`);
    const { facts, stamps, values } = await read(`time,oi\n${text.join('\n')}\n`, 'openInterest');
    expect(stamps.map((stamp) => (stamp - T) / HOUR)).toEqual([0, 1, 2, 9]);
    // Of 02:00 the later row stands.
    expect(values).toEqual([1, 2, 6, 7]);
    expect(facts).toMatchObject({
      rows: 9,
      empty: 1,
      unreadable: { rows: 2, line: 8 },
      repeated: 1,
      conflicting: 1,
      unordered: 0,
      gaps: { count: 1, missing: 6, longest: { from: T + 2 * HOUR, to: T + 9 * HOUR } },
    });
    const reversed = await read(`time,oi\n${text.toReversed().join('\n')}\n`, 'openInterest');
    expect(reversed.stamps).toEqual(stamps);
    expect(reversed.facts.unordered).toBe(3);
    // Now it is the other row that comes later.
    expect(reversed.values).toEqual([1, 2, 5, 7]);
  });

  test('has no gap where the funding interval was another one, and one where a settlement is missing', async () => {
    const text = (hours: readonly number[]) =>
      `time,funding\n${hours.map((hour) => `${T / 1e6 + hour * 3600},1`).join('\n')}\n`;
    const gaps = async (hours: readonly number[]) =>
      (await read(text(hours), 'funding')).facts.gaps.count;
    expect(await gaps([0, 8, 16, 24, 28, 32, 36, 40, 44])).toBe(0);
    expect(await gaps([0, 4, 8, 12, 20, 24, 28, 52, 76])).toBe(3);
  });

  test('of one symbol among several is the one asked for', async () => {
    const text = 'symbol,time,oi\nBTC-USDT,2024-01-01,1\nETH-USDT,2024-01-01,2\n';
    expect((await read(text, 'openInterest', '', 'ethusdt')).values).toEqual([2]);
    expect((await refusal(read(text, 'openInterest'))).message).toContain('--symbol');
    expect((await refusal(read(text, 'openInterest', '', 'SOL'))).exitCode).toBe(2);
    const one = 'symbol,time,oi\nBTC-USDT,2024-01-01,1\n';
    expect((await read(one, 'openInterest', '', 'BTCUSD')).facts.symbol).toBe('BTC-USDT');
  });
});

describe('when a value is known', () => {
  const bars = (step: number, head = 'open_time,open,close') =>
    `${head}\n${[0, 1, 2].map((i) => `${T / 1000 + i * step * 60_000},1,${i + 1}`).join('\n')}\n`;

  test.each([1, 15, 60, 240])('a bar of %i min: at its close', async (minutes) => {
    const { stamps, facts } = await read(bars(minutes), 'price');
    expect(facts.areBars).toBe(true);
    expect(stamps[0]).toBe(T + minutes * 60_000_000);
  });

  test('a bar behind a gap is as long as the others', async () => {
    const days = [0, 1, 2, 26, 27].map((i) => `${T / 1e6 + i * 3600},1`);
    const { stamps } = await read(`t,close\n${days.join('\n')}\n`, 'price');
    expect(stamps.map((stamp) => (stamp - T) / HOUR)).toEqual([1, 2, 3, 27, 28]);
  });

  test('a price under its own number: as if it were that of a bar', async () => {
    const { stamps } = await read(bars(60).split('\n').slice(1).join('\n'), 'price', '3');
    expect(stamps[0]).toBe(T + HOUR);
  });

  test.each([
    ['price', 'time,x,mark_price', true],
    ['basis', 'time,x,basis', true],
    ['basis', 'time,open,close', false],
    ['basis', 'time,x,close', true],
  ] as const)('%s of %s: at its stamp, %s', async (role, head, isAtStamp) => {
    const { stamps } = await read(bars(60, head), role);
    expect(stamps[0]).toBe(isAtStamp ? T : T + HOUR);
  });

  test('a settlement: at its minute, however late it is stamped', async () => {
    const rows = [0, 28_800_003, 57_599_998].map((ms) => `${T / 1000 + ms},0.0001,4`);
    const text = `fundingTime,fundingRate,fundingIntervalHours\n${rows.join('\n')}\n`;
    const { stamps, intervals } = await read(text, 'funding');
    expect(stamps.map((stamp) => (stamp - T) / HOUR)).toEqual([0, 8, 16]);
    expect(intervals).toEqual([4, 4, 4]);
  });
});
