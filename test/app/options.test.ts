import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { runOptions } from '../../src/app/commands/options.ts';
import { CommandError } from '../../src/app/errors.ts';
import { readOptions } from '../../src/app/option-table.ts';
import { forwardOf } from '../../src/features/options/forward.ts';
import { smileOf, yearsBetween } from '../../src/features/options/smile.ts';
import type { OptionsLine } from '../../src/frame/options-line.ts';
import { faultOf } from '../../src/frame/validate.ts';
import { instantOf } from '../../src/model/instant.ts';
import { impliedVolatility } from '../../src/stats/black76.ts';
import { scratch } from '../support/program.ts';
import { recordedTest, recordingPath } from '../support/recordings.ts';

async function options(file: string, at: string | null = null) {
  const out: string[] = [];
  const err: string[] = [];
  const exit = await runOptions({
    file,
    at: at === null ? null : instantOf(at),
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
  });
  const lines = out.map((line) => JSON.parse(line) as OptionsLine);
  return { exit, lines, stderr: err.join('') };
}

function written(name: string, content: string | Uint8Array): string {
  const file = path.join(scratch(), name);
  writeFileSync(file, content);
  return file;
}

const refusal = async (file: string): Promise<CommandError> => {
  try {
    await options(file);
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  return expect.unreachable('it was read');
};

const SUMMARIES = [
  ['BTC-27MAR26-80000-P', 0, 0, 0.005],
  ['BTC-27MAR26-90000-P', 40, 10, 0.03],
  ['BTC-27MAR26-90000-C', 10, 4, 0.08],
  ['BTC-27MAR26-100000-P', 20, 6, 0.06],
  ['BTC-27MAR26-100000-C', 30, 16, 0.05],
  ['BTC-27MAR26-110000-C', 40, 20, 0.02],
].map(([instrument_name, open_interest, volume, mark_price]) => ({
  instrument_name,
  open_interest,
  volume,
  mark_price,
  mark_iv: 50,
  underlying_price: 97_000,
  creation_timestamp: Date.UTC(2026, 1, 25, 8),
}));

describe('perpscope options', () => {
  test('prints an expiry of a book summary as the schema says', async () => {
    const file = written('summary.json', JSON.stringify({ jsonrpc: '2.0', result: SUMMARIES }));
    const { exit, lines, stderr } = await options(file);
    expect([exit, stderr, lines.length]).toEqual([0, '', 1]);
    expect(lines[0]).toMatchObject({
      v: 1,
      type: 'options',
      source: 'file',
      asset: 'BTC',
      expiry: '2026-03-27T08:00:00Z',
      at: '2026-02-25T08:00:00Z',
      days: 30,
      forward: 97_000,
      forwardSource: 'venue',
      atmIv: 0.5,
      rr25: 0,
      bf25: 0,
      ivSource: 'venue',
      maxPain: 100_000,
      maxPainTies: [],
      putCallOi: 0.75,
      putCallVolume: 0.4,
      oiCoin: 140,
      options: 6,
      reasons: {},
    });
    expect(faultOf(lines[0])).toBeUndefined();
  });

  test('reads the same from lines, tables and recorded messages, packed or not', async () => {
    const expected = (await options(written('a.json', JSON.stringify(SUMMARIES)))).lines;
    const columns = Object.keys(SUMMARIES[0]!);
    const table = [columns, ...SUMMARIES.map((row) => Object.values(row))]
      .map((cells) => cells.join(','))
      .join('\r\n');
    const recorded = SUMMARIES.map((row) =>
      JSON.stringify({ t: 1, chan: 'x', msg: JSON.stringify({ params: { data: row } }) }),
    );
    for (const file of [
      written('b.jsonl', SUMMARIES.map((row) => JSON.stringify(row)).join('\n')),
      written('c.csv', table),
      written('d.csv.gz', gzipSync(table)),
      written('e.jsonl.gz', gzipSync(recorded.join('\n'))),
    ])
      expect((await options(file)).lines, file).toEqual(expected);
  });

  test('takes strike, type and expiry from columns, percent or fraction, and a given time', async () => {
    const table = (unit: number) =>
      [
        'strike,option_type,maturity,mark_iv,mark_price,creation',
        ...[90, 100, 110].flatMap((strike) =>
          ['call', 'put'].map((type) =>
            // Coins, of a forward of 100.
            [
              strike,
              type,
              '2026-03-27 08:00:00',
              0.6 * unit,
              type === 'call' ? 0.1 : 0.1 + (strike - 100) / 100,
              '2020-01-01 00:00:00',
            ].join(','),
          ),
        ),
      ].join('\n');
    const { lines, stderr } = await options(written('a.csv', table(100)));
    // When an option was listed is not when it was quoted.
    expect(lines[0]).toMatchObject({ asset: null, at: null, days: null, atmIv: 0.6, rr25: null });
    expect(lines[0]!.forward).toBeCloseTo(100, 9);
    expect(lines[0]).toMatchObject({ forwardSource: 'parity', estimated: ['forward', 'atmIv'] });
    expect(lines[0]!.reasons).toMatchObject({
      rr25: 'no time of the quotes',
      gex: 'no open interest in the input',
    });
    expect(stderr).toContain('prices are taken to be in coins');
    expect(stderr).toContain('--at');
    const timed = await options(written('b.csv', table(1)), '2026-02-25T08:00');
    expect(timed.lines[0]).toMatchObject({ at: '2026-02-25T08:00:00Z', days: 30, atmIv: 0.6 });
    expect(timed.stderr).not.toContain('--at');
  });

  test('reads what can be read but once', async () => {
    const file = path.join(scratch(), 'pipe');
    execFileSync('sh', ['-c', `mkfifo '${file}'`]);
    const writing = writeFile(file, 'instrument_name,open_interest\nBTC-27MAR26-90000-P,4\n');
    const { lines } = await options(file);
    await writing;
    expect(lines[0]).toMatchObject({ oiCoin: 4, maxPain: 90_000 });
  });

  test('of an option that comes twice takes the newest, and nothing of what is no option', async () => {
    const first = SUMMARIES[1];
    const older = {
      ...first,
      open_interest: 1,
      creation_timestamp: first!.creation_timestamp - 1000,
    };
    const file = written(
      'a.json',
      JSON.stringify([first, older, { instrument_name: 'BTC-PERPETUAL', mark_price: 97_000 }]),
    );
    const { lines, stderr } = await options(file);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ oiCoin: 40, options: 1 });
    expect(stderr).toContain('1 of 3 records are no options');
  });

  test('has no time where the times of the rows are not of one moment', async () => {
    const rows = SUMMARIES.map((row, at) => ({
      ...row,
      creation_timestamp: Date.UTC(2026, 0, at),
    }));
    const { lines } = await options(written('a.json', JSON.stringify(rows)));
    expect(lines[0]).toMatchObject({ at: null, days: null });
  });

  test('says what is wrong with a file', async () => {
    const missing = await refusal('/no/such/chain.csv');
    expect([missing.exitCode, missing.message]).toEqual([1, '/no/such/chain.csv: no such file']);
    const damaged = await refusal(written('a.json', '[{"strike": 1'));
    expect([damaged.exitCode, damaged.message]).toEqual([1, expect.stringContaining('no JSON')]);
    const other = await refusal(written('b.csv', 'timestamp,close\n1,2\n'));
    expect([other.exitCode, other.message]).toEqual([
      1,
      expect.stringContaining('no option in it'),
    ]);
  });
});

test('an instant names its zone or is UTC', () => {
  expect(instantOf('2026-03-27T08:00')).toBe(1_774_598_400_000_000);
  expect(instantOf('2026-03-27 10:00:00+02:00')).toBe(1_774_598_400_000_000);
  expect(instantOf('2026-03-27')).toBe(1_774_569_600_000_000);
  for (const text of ['1774598400', '1774598400000', '1774598400000000', '1774598400000000000'])
    expect(instantOf(text)).toBe(1_774_598_400_000_000);
  for (const text of ['', 'soon', '12', '2026-13-01', '27MAR26'])
    expect(instantOf(text)).toBeNull();
});

describe('perpscope options on recorded chains', () => {
  const eth = 'history/deribit/ETH-option-book-summary-20240108.csv.gz';
  const tickers = 'history/deribit/BTC-option-tickers-20200521.csv.gz';

  recordedTest('makes volatilities of a summary that has only prices', async () => {
    const { lines } = await options(recordingPath(eth));
    expect(lines).toHaveLength(11);
    for (const line of lines) {
      expect(faultOf(line)).toBeUndefined();
      expect(line).toMatchObject({ asset: 'ETH', ivSource: 'black76', forwardSource: 'venue' });
      expect(line.estimated).toEqual(['atmIv', 'rr25', 'bf25', 'gex']);
      expect(line.atmIv).toBeGreaterThan(0.5);
      expect(line.atmIv).toBeLessThan(1);
      expect(Math.abs(line.rr25!)).toBeLessThan(0.15);
    }
    expect(lines[5]).toMatchObject({
      expiry: '2024-01-26T08:00:00Z',
      forward: 2241.65,
      maxPain: 2200,
    });
  });

  recordedTest('finds the max pain that trying every strike finds', async () => {
    for (const name of [eth, tickers]) {
      const { chains } = await readOptions(recordingPath(name), null);
      const { lines } = await options(recordingPath(name));
      for (const [at, { rows }] of chains.entries()) {
        const strikes = [...new Set(rows.map(({ strike }) => strike))].sort((a, b) => a - b);
        const paid = strikes.map((price) =>
          rows.reduce((sum, { strike, type, openInterest }) => {
            const worth = type === 'call' ? price - strike : strike - price;
            return sum + Math.max(0, worth) * openInterest!;
          }, 0),
        );
        expect(lines[at]!.maxPain).toBe(strikes[paid.indexOf(Math.min(...paid))]);
      }
    }
  });

  recordedTest('finds the volatilities of the venue again in its prices', async () => {
    const { chains, at } = await readOptions(recordingPath(tickers), null);
    const errors: number[] = [];
    for (const { rows, expiry, priceIn } of chains) {
      const forward = forwardOf(rows, priceIn, null)!.value;
      const told = new Set(
        smileOf({ rows, priceIn, forward, expiry, at }).points.map(({ strike }) => strike),
      );
      for (const { type, strike, price, underlying, markIv, ts } of rows) {
        const isOut = type === 'call' ? strike >= forward : strike < forward;
        // A mark of zero is worth less than the eighth decimal.
        if (!isOut || !told.has(strike) || !(price! > 0)) continue;
        const years = yearsBetween(ts!, expiry);
        const found = impliedVolatility(type, underlying!, strike, price! * underlying!, years);
        errors.push(Math.abs(found - markIv!));
      }
    }
    errors.sort((a, b) => a - b);
    expect(errors.length).toBeGreaterThan(140);
    // A hundredth of a point at the median, a fifth at the worst: a far option whose price has few digits.
    expect(errors[errors.length >> 1]).toBeLessThan(1e-4);
    expect(errors.at(-1)).toBeLessThan(2e-3);
  });

  recordedTest(
    'says of a table without time, forward and open interest what it lacks',
    async () => {
      const file = recordingPath('history/deribit/BTC-option-marks-20240523.csv.gz');
      const { lines } = await options(file);
      expect(lines).toHaveLength(11);
      for (const line of lines) {
        expect(line).toMatchObject({ at: null, maxPain: null, putCallOi: null, gex: null });
        expect(line.reasons.maxPain).toBe('no open interest in the input');
      }
      expect(lines[3]).toMatchObject({ expiry: '2024-05-31T08:00:00Z', forwardSource: 'parity' });
      expect(lines[3]!.atmIv).toBeCloseTo(0.4444, 4);
      // Seven options of one day, no strike with both of them.
      expect(lines[2]).toMatchObject({
        forward: null,
        reasons: { atmIv: 'no forward in the input' },
      });
      const timed = await options(file, '2024-05-24T13:10Z');
      expect(timed.lines[3]!.rr25).toBeGreaterThan(-0.1);
    },
  );

  recordedTest('reads the answer of a venue as it was recorded', async () => {
    const { lines } = await options(
      recordingPath('rest/deribit/get_book_summary_by_currency.BTC.option.head18.json'),
    );
    const september = lines.find(({ expiry }) => expiry === '2026-09-25T08:00:00Z');
    expect(september).toMatchObject({
      asset: 'BTC',
      forward: 78_610.75,
      ivSource: 'venue',
      options: 5,
    });
    // Two far wings of tomorrow say nothing of what lies between them.
    const tomorrow = lines.find(({ expiry }) => expiry === '2026-09-09T08:00:00Z');
    expect(tomorrow).toMatchObject({ atmIv: null, rr25: null });
    expect(tomorrow!.reasons.atmIv).toBe('no strikes near the forward');
  });
});
