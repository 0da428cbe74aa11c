import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type DriftOptions, runDrift } from '../../src/app/commands/drift.ts';
import { type DriftFiles, sourceOfFiles } from '../../src/app/drift-files.ts';
import { hourAt } from '../../src/market/hourly.ts';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import { run, scratch } from '../support/program.ts';
import { recordedTest, recordingPath } from '../support/recordings.ts';
import { randomOf } from '../support/tape.ts';

const T = Date.UTC(2024, 0, 1);
const HOUR = 3_600_000;

type Rows = readonly (readonly [hour: number, value: number])[];

function fileIn(folder: string, name: string, rows: Rows, column = name): string {
  const file = path.join(folder, `${name}.csv`);
  const lines = rows.map(([hour, value]) => `${T + hour * HOUR},${value}`);
  writeFileSync(file, `time,${column}\n${lines.join('\n')}\n`);
  return file;
}

/** A row of the output: numbers, null for what is absent. */
type Row = Readonly<Record<string, number | null>>;

function rowsOf(file: string): Row[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  const [head, ...lines] = text.trimEnd().split('\n');
  const names = head!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    if (cells.length !== names.length) throw new Error(`ragged: ${line}`);
    return Object.fromEntries(
      names.map((name, i) => [name, cells[i] === '' ? null : Number(cells[i])]),
    );
  });
}

interface Made {
  readonly rows: Row[];
  readonly report: string;
  readonly stderr: string;
}

/** Runs the command in this process, with the default settings but for what is given. */
async function made(
  from: DriftOptions['from'],
  settings: { readonly [K in 'drift' | 'gate']?: Partial<EngineSettings[K]> } = {},
  more: Partial<Pick<DriftOptions, 'gate' | 'top'>> = {},
): Promise<Made> {
  const folder = scratch();
  const [out, report] = [path.join(folder, 'd.csv.gz'), path.join(folder, 'd.md')];
  let stderr = '';
  const { drift, gate } = DEFAULT_SETTINGS;
  const exit = await runDrift({
    from,
    out,
    report,
    gate: 'trailing',
    top: 3,
    settings: { drift: { ...drift, ...settings.drift }, gate: { ...gate, ...settings.gate } },
    stderr: {
      write: (text) => {
        stderr += text;
      },
    },
    ...more,
  });
  expect(exit).toBe(0);
  return { rows: rowsOf(out), report: readFileSync(report, 'utf8'), stderr };
}

const hours = (count: number) => Array.from({ length: count }, (_, hour) => hour);

/** Open interest whose OI′ is these, from hour 1 on. */
function interestOf(changes: readonly number[]): Rows {
  let oi = 1000;
  return [
    [0, oi],
    ...changes.map((change, i) => {
      oi *= Math.exp(change);
      return [i + 1, oi] as const;
    }),
  ];
}

/** Files whose OI′ goes up and down in turn while funding and basis are given from hour 1 on. */
function alternating(
  folder: string,
  count: number,
  { rate, basis }: { rate: (hour: number) => number; basis: (hour: number) => number },
): DriftFiles {
  const from1 = hours(count + 1).slice(1);
  return {
    oi: fileIn(folder, 'oi', interestOf(from1.map((hour) => (hour % 2 === 0 ? 0.01 : -0.01)))),
    funding: fileIn(
      folder,
      'fundingRate',
      from1.map((hour) => [hour, rate(hour)]),
    ),
    basis: fileIn(
      folder,
      'basis',
      from1.map((hour) => [hour, basis(hour)]),
    ),
    symbol: undefined,
  };
}

const upAndDown = (hour: number): number => (hour % 2 === 0 ? 1 : -1);

describe('numbers that can be worked out by hand', () => {
  // Twelve values a above and twelve a below their mean have a sample sd of a·√(24/23), so every z is ±√(23/24).
  test('of three inputs that go up and down in turn', async () => {
    const { rows, report } = await made(
      alternating(scratch(), 24, { rate: upAndDown, basis: (hour) => -upAndDown(hour) }),
    );
    expect(rows).toHaveLength(25);
    expect(rows.map(({ timestamp }) => timestamp)).toEqual(
      hours(25).map((hour) => T + hour * HOUR),
    );
    // 24 values are there with the 25th cell, and not before.
    expect(rows.filter(({ mu }) => mu !== null)).toHaveLength(1);
    const { mu, D, active, mu1, mu2, mu3, z_funding, z_oi_change, z_basis } = rows[24]!;
    expect(z_funding).toBeCloseTo(Math.sqrt(23 / 24), 12);
    expect(z_oi_change).toBeCloseTo(Math.sqrt(23 / 24), 9);
    expect(z_basis).toBeCloseTo(-Math.sqrt(23 / 24), 12);
    expect(mu1).toBeCloseTo(-23 / 24, 9);
    expect(mu2).toBeCloseTo(-23 / 24, 9);
    expect(mu3).toBe(0);
    expect(mu).toBeCloseTo(-23 / 12, 9);
    expect(D).toBe(-mu!);
    // No gate opens before 48 cells have a D.
    expect(active).toBeNull();
    expect(report).toContain('| 1 | 1.9167 | 1.9167 | 1.9167 | 1.9167 |');
    expect(report).toContain(
      'funding rich (z +1.0) while OI builds (z +1.0) and basis falls (z −1.0), longs crowd in: pressure down',
    );
    expect(report).toContain('| OI′: warming | 24 |');
  });

  // One value among 23 equal ones has z = 23/√24, whatever its size.
  test('of a basis that jumps once', async () => {
    const files = alternating(scratch(), 24, { rate: upAndDown, basis: (hour) => +(hour === 24) });
    const { rows } = await made(files, { drift: { alpha: 2, beta: 0.5 } });
    const { mu1, mu2, z_basis } = rows[24]!;
    expect(z_basis).toBeCloseTo(23 / Math.sqrt(24), 12);
    expect(mu1).toBeCloseTo((-2 * 23) / 24, 9);
    expect(mu2).toBeCloseTo((0.5 * 23 * Math.sqrt(23)) / 24, 9);
  });

  test('of a funding rate that stands still there are none, and it is said why', async () => {
    const files = alternating(scratch(), 24, { rate: () => 0.0001, basis: upAndDown });
    const { rows, report } = await made(files);
    const { mu, mu1, mu2, z_funding } = rows[24]!;
    expect([mu, mu1, z_funding]).toEqual([null, null, null]);
    expect(mu2).toBeCloseTo(23 / 24, 9);
    expect(report).toContain('| funding: no variance | 1 |');
  });

  test('basis of two files of bars is the difference of their closes, an hour after they open', async () => {
    const folder = scratch();
    const files = alternating(folder, 24, { rate: upAndDown, basis: () => 0 });
    const bars = (name: string, close: (hour: number) => number) => {
      const file = path.join(folder, `${name}.csv`);
      // The bar that closes at hour h opens at h − 1.
      const lines = hours(25)
        .slice(1)
        .map((hour) => `${new Date(T + (hour - 1) * HOUR).toISOString()},1,1,1,${close(hour)}`);
      writeFileSync(file, `timestamp,open,high,low,close\n${lines.join('\n')}\n`);
      return file;
    };
    const perp = bars('perp', (hour) => 100 + 2 * hour + (hour === 24 ? 5 : 0));
    const spot = bars('spot', (hour) => 99 + 2 * hour);
    const { rows, report } = await made({ ...files, basis: { perp, spot } });
    // A fraction of the price would not have stood still before.
    expect(rows[24]!['z_basis']).toBeCloseTo(23 / Math.sqrt(24), 12);
    expect(rows).toHaveLength(25);
    expect(report).toContain('bars of 1 h, known at their close');
    expect(report).toMatch(/\| price \|[\s\S]*\| 153 \|/);
  });
});

/** Files in which everything wanders, up to an hour; funding every 8 h. */
function wandering(count: number, seed = 11): DriftFiles {
  const folder = scratch();
  const random = randomOf(seed);
  const walks = hours(320).map(() => [random() - 0.5, random() - 0.5, random() - 0.5]);
  const sum = (part: number, size: number, start: number) => {
    let at = start;
    return walks.map((steps): number => {
      at += steps[part]! * size;
      return at;
    });
  };
  const [oi, rate, basis] = [sum(0, 10, 1000), sum(1, 1e-5, 1e-4), sum(2, 1e-4, 3e-4)];
  const rows = (values: readonly number[], every = 1): Rows =>
    values.flatMap((value, hour) =>
      hour < count && hour % every === 0 ? [[hour, value] as const] : [],
    );
  return {
    oi: fileIn(folder, 'sumOpenInterest', rows(oi)),
    funding: fileIn(folder, 'fundingRate', rows(rate, 8)),
    basis: fileIn(folder, 'basis', rows(basis)),
    symbol: undefined,
  };
}

describe('a series', () => {
  test('of files that end earlier is the beginning of that of the whole files', async () => {
    const [whole, part] = [await made(wandering(320)), await made(wandering(201))];
    expect(part.rows).toEqual(whole.rows.slice(0, 201));
    expect(part.rows.some(({ active }) => active === 1)).toBe(true);
  });

  test('has gates for all cells at once when they are judged by the whole, and says that this looks ahead', async () => {
    const { rows, stderr } = await made(wandering(320), {}, { gate: 'full' });
    const told = rows.filter(({ D }) => D !== null);
    expect(told.every(({ active }) => active !== null)).toBe(true);
    const open = told.filter(({ active }) => active === 1).length;
    expect(open).toBe(Math.floor(told.length * 0.15 + 0.85));
    expect(stderr).toContain('looks ahead');
  });

  test('carries a state over two missing cells and no further', async () => {
    const files = wandering(320);
    const text = readFileSync(files.oi, 'utf8').split('\n');
    const without = (from: number, to: number) =>
      writeFileSync(files.oi, [...text.slice(0, from + 1), ...text.slice(to + 2)].join('\n'));
    without(200, 203);
    const { rows, stderr } = await made(files);
    // OI′ is zero over what is carried, and absent where OI is, and behind that.
    expect(rows.map(({ z_oi_change }) => z_oi_change === null).slice(198, 206)).toEqual(
      [false, false, false, false, true, true, false, false].map((_, i) => [4, 5, 6].includes(i)),
    );
    expect(stderr).toContain('1 gap of 4 rows, the longest 2024-01-09 07:00 to 2024-01-09 12:00');
  });

  test('does not care how late a settlement is stamped', async () => {
    const [punctual, late] = [wandering(120), wandering(120)];
    const text = readFileSync(late.funding, 'utf8').replace(/^(\d+)000,/gm, '$1007,');
    expect(text).toContain('007,');
    writeFileSync(late.funding, text);
    expect((await made(late)).rows).toEqual((await made(punctual)).rows);
  });

  test('takes the interval of a rate from its file where that says it', async () => {
    const files = wandering(33);
    const [head, ...rates] = readFileSync(files.funding, 'utf8').trimEnd().split('\n');
    const said = rates.map((rate, i) => `${rate},${i === 1 ? 4 : ''}`);
    writeFileSync(files.funding, [`${head},fundingIntervalHours`, ...said].join('\n'));
    const { past } = await sourceOfFiles(files);
    const at = (i: number) => hourAt(past.fundingHours, past.firstHour + 8 * i);
    expect([0, 1, 2, 3, 4].map(at)).toEqual([8, 4, 8, 8, 8]);
  });

  test('without any drift says why', async () => {
    const { rows, stderr } = await made(wandering(20));
    expect(rows.every(({ D }) => D === null)).toBe(true);
    expect(stderr).toContain('20 cells, 0 with a drift; the most frequent reason is OI′: warming');
  });

  test('tells of what is wrong with its inputs, a line each', async () => {
    const files = wandering(320);
    const lines = readFileSync(files.oi, 'utf8').trimEnd().split('\n');
    writeFileSync(files.oi, [...lines, lines[5], `${lines[6]!.split(',')[0]},7`, ''].join('\n'));
    const { stderr, report } = await made(files);
    expect(stderr.split('\n')[0]).toMatch(
      /^perpscope: open interest \(.*\): 1 row repeated; 1 time twice with different values, the last row stands; \d rows? out of order$/,
    );
    expect(report).toContain('1 row repeated');
  });
});

describe('the program', () => {
  const args = ({ oi, funding, basis }: DriftFiles) => [
    ...['drift', '--oi', oi, '--funding', funding, '--basis', basis as string],
  ];

  test('writes a packed series and a report, and nothing on stdout', async () => {
    const folder = scratch();
    const [out, report] = [path.join(folder, 'd.csv.gz'), path.join(folder, 'd.md')];
    const { exit, stdout, stderr } = await run([
      ...[...args(wandering(320)), '--out', out, '--report', report, '--top', '4'],
      ...['--window', '3d', '--quantile', '0.9', '--threshold', '2.5', '--beta', '0.5'],
    ]);
    expect([exit, stdout], stderr).toEqual([0, '']);
    expect(rowsOf(out)).toHaveLength(320);
    const text = readFileSync(report, 'utf8');
    expect(text).toContain('## The 4 highest');
    expect(text).toContain('0.5·z(OI′)·z(basis)');
    expect(text).toContain('z over 3 d');
    expect(text).toContain('the 0.9 quantile of D over the 30 d before, from 48 cells on, or 2.5');
    // No draft is left behind.
    expect(readdirSync(folder).sort()).toEqual(['d.csv.gz', 'd.md']);
  });

  test.each([
    [['--perp', 'p.csv'], 2, /give one/],
    [['--window', 'week'], 2, /like 7d/],
    [['--out', '/dev/full'], 1, /cannot write \/dev\/full: disk full/],
  ] as const)('with %j ends with %i', async (more, code, message) => {
    const out = path.join(scratch(), 'd.csv');
    const { exit, stdout, stderr } = await run([...args(wandering(30)), '--out', out, ...more]);
    expect([exit, stdout], stderr).toEqual([code, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  });

  test('says what it still needs', async () => {
    const { exit, stderr } = await run(['drift', '--out', 'd.csv', '--perp', 'p.csv']);
    expect([exit, stderr]).toEqual([2, 'perpscope: drift needs --funding, --oi, --spot as well\n']);
  });
});

describe('what makes no sense', () => {
  test.each([
    ['a weight of dated futures', '', { drift: { gamma: 1 } }, 2, 'dated future'],
    ['a window too short', '', { drift: { windowHours: 12 } }, 2, 'cannot hold the 24 values'],
    ['a column that is not there', ':open', {}, 2, "no column 'open'"],
    ['a file that is not there', '.gone', {}, 1, 'no such file'],
  ] as const)('%s is refused', async (_, behind, settings, exitCode, message) => {
    const files = wandering(30);
    await expect(made({ ...files, oi: files.oi + behind }, settings)).rejects.toMatchObject({
      exitCode,
      message: expect.stringContaining(message),
    });
  });

  test('an output over an input is refused', async () => {
    const given = wandering(30);
    const before = readFileSync(given.oi, 'utf8');
    const refused = runDrift({
      from: given,
      out: given.oi,
      report: undefined,
      gate: 'trailing',
      top: 1,
      settings: DEFAULT_SETTINGS,
      stderr: { write: () => {} },
    });
    await expect(refused).rejects.toMatchObject({ exitCode: 2 });
    expect(readFileSync(given.oi, 'utf8')).toBe(before);
  });
});

describe('real history', () => {
  const history = (name: string) => recordingPath(`history/${name}.csv.gz`);
  const OI = history('synthetic/BTCUSDT-oi-1h');

  recordedTest('of Bybit: hourly bars without a gap, some of them twice', async () => {
    const { rows, stderr } = await made({
      funding: history('bybit/BTCUSDT-funding'),
      oi: OI,
      basis: {
        perp: history('bybit/BTCUSDT-perp-klines-1h'),
        spot: history('bybit/BTCUSDT-spot-klines-1h'),
      },
      symbol: undefined,
    });
    expect(rows).toHaveLength(15_313);
    expect(stderr).toContain('perp');
    expect(stderr.match(/15 rows repeated/g)).toHaveLength(2);
    const judged = rows.filter(({ active }) => active !== null);
    const share = judged.filter(({ active }) => active === 1).length / judged.length;
    expect(share).toBeGreaterThan(0.12);
    expect(share).toBeLessThan(0.18);
  });

  recordedTest(
    'of OKX: settled rates out of order, each twice where it changed its mind',
    async () => {
      const { stderr, rows } = await made({
        funding: `${history('okx/BTC-USDT-SWAP-funding-predicted-realized')}:real_funding_rate`,
        oi: OI,
        basis: {
          perp: history('binance-usdm/BTCUSDT-perp-klines-1h'),
          spot: history('binance-spot/BTCUSDT-klines-1h'),
        },
        symbol: undefined,
      });
      expect(stderr).toContain('210 rows repeated');
      expect(stderr).toContain(
        '14 gaps of 132 rows, the longest 2024-07-31 16:00 to 2024-09-01 00:00',
      );
      expect(stderr.match(/15 gaps of 345 rows/g)).toHaveLength(2);
      // Nothing is known of funding in August.
      const august = rows.find(({ timestamp }) => timestamp === Date.UTC(2024, 7, 15));
      expect(august?.['z_funding']).toBeNull();
    },
  );
});
