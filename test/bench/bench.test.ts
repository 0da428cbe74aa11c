import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BenchReport, exitCodeOf } from '../../bench/bench.ts';
import type { Contender, Made } from '../../bench/contenders/contender.ts';
import { jsonParse } from '../../bench/contenders/json.ts';
import { perpscope, perpscopeImbalance } from '../../bench/contenders/perpscope.ts';
import { sortedBtree } from '../../bench/contenders/sorted-btree.ts';
import { tardis } from '../../bench/contenders/tardis.ts';
import { race, ratioOf } from '../../bench/race.ts';
import { type Row, verdictOf } from '../../bench/rows/row.ts';
import { spreadOf } from '../../bench/spread.ts';
import { tableOf } from '../../bench/table.ts';
import { BTC, SUSHI } from '../../bench/tapes/depth-source.ts';
import { depthTape } from '../../bench/tapes/depth-tape.ts';
import { RECORDINGS } from '../../bench/tapes/recorded-tape.ts';
import type { Tape } from '../../bench/tapes/tape.ts';
import { venueTape } from '../../bench/tapes/venue-tape.ts';
import { createRandom } from '../../src/stats/random.ts';
import { hasPty } from '../support/raw-pty.ts';

const MAIN = path.resolve(import.meta.dirname, '..', '..', 'bench', 'main.ts');
const areRecordingsHere = existsSync(RECORDINGS);

const run = (...args: string[]) =>
  spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 100_000 });

const depthIds = (tape: string): string[] =>
  [
    'book',
    'oib',
    'tardis-dev',
    'ccxt',
    'sorted-btree',
    'json-path',
    'json-number',
    'json-ladder',
  ].map((name) => `${tape}.${name}`);

describe('npm run bench:system', () => {
  test.runIf(hasPty)(
    'sees the program in a terminal, against a whole venue',
    {
      timeout: 60_000,
    },
    () => {
      const only = ['--only', '^(?:whole|start\\.line)'];
      const { status, stdout } = run('--system', '--quick', '--json', '-', ...only);
      expect(status).toBe(0);
      const report: BenchReport = JSON.parse(stdout);
      expect(report).toMatchObject({ system: true, quick: true, skipped: [] });
      const values = Object.fromEntries(report.rows.map(({ id, value }) => [id, value!]));
      expect(Object.keys(values)).toEqual([
        'start.line',
        'whole.share',
        'whole.delay-p99',
        'whole.delay-max',
        'whole.key',
        'whole.resident',
      ]);
      for (const [id, value] of Object.entries(values)) expect(value, id).toBeGreaterThan(0);
      // A key that brought nothing counts as ten seconds.
      expect(values['whole.key']).toBeLessThan(10_000);
    },
  );
});

describe('npm run bench', () => {
  // Everything at once, with the builds of the peers to load: slower on a busy machine than the usual limit allows.
  test('runs whole and small: every contender has done the work, every budget has its row', {
    timeout: 110_000,
  }, () => {
    const { status, stdout, stderr } = run('--quick', '--json', '-', '--seed', '7');
    expect({ status, stderr: stderr.replace(/^measuring .*\n/gm, '') }).toEqual({
      status: 0,
      stderr: '',
    });
    const report: BenchReport = JSON.parse(stdout);
    expect(report).toMatchObject({ v: 1, type: 'bench', seed: 7, rounds: 1, quick: true });
    expect(report.rows.map(({ id }) => id)).toEqual([
      ...depthIds('btc'),
      ...depthIds('sushi'),
      ...(areRecordingsHere ? depthIds('recorded') : []),
      ...['venue.json', 'venue.tardis-dev', 'venue.books'],
      ...['rolling.sd', 'rolling.cost', 'rolling.quantile'],
      ...['memory.rings', 'memory.books', 'garbage.depth', 'garbage.json-path', 'garbage.json'],
      ...(areRecordingsHere ? ['replay.real-time'] : []),
    ]);
    expect(report.skipped.map(({ reason }) => reason)).toEqual(
      areRecordingsHere ? [] : Array(2).fill('../shared/recordings is absent'),
    );
    for (const { id, value, low, high, verdict } of report.rows) {
      expect(value, id).toBeGreaterThanOrEqual(0);
      expect(low, id).toBeLessThanOrEqual(value!);
      expect(high, id).toBeGreaterThanOrEqual(value!);
      expect(verdict, id).toBeNull();
    }
    for (const { name, tape, differences, imbalances } of report.contenders) {
      expect(differences, `${tape}: ${name}`).toEqual([]);
      const keepsTheBand = !/^(?:ccxt|JSON\.parse$|JSON\.parse \+ Number)/.test(name);
      expect(imbalances > 0, `${tape}: ${name}`).toBe(keepsTheBand);
    }
    const sd = report.rows.find(({ id }) => id === 'rolling.sd')!;
    expect(sd.value).toBeLessThan(1e-13);
    const checksums = Object.fromEntries(
      report.tapes.map(({ name, checksum }) => [name, checksum]),
    );
    expect(checksums).toMatchObject({
      btc: depthTape('btc', BTC, 500, 7).checksum,
      venue: venueTape({ symbols: 20, seconds: 3, seed: 7 }).checksum,
    });
  });

  test.each([
    [['--rounds', 'x'], '--rounds x: not a whole number'],
    [['--only', 'nothing like this'], 'no such row'],
    [['--only', '('], 'not a regular expression'],
    [['--fast'], "Unknown option '--fast'"],
  ])('answers %j with what is wrong', (args, expected) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(expected);
  });
});

const tape = depthTape('btc', BTC, 400, 3);

describe('a tape', () => {
  test('is the same to the byte for the same seed, and another for another', () => {
    const again = depthTape('btc', BTC, 400, 3);
    expect(again.checksum).toBe(tape.checksum);
    expect(again.truth).toEqual(tape.truth);
    expect(depthTape('btc', BTC, 400, 4).checksum).not.toBe(tape.checksum);
  });

  test('looks like the stream it stands for', () => {
    const changes = tape.messages.map((message) => {
      const { data } = JSON.parse(message.toString());
      return data.b.length + data.a.length;
    });
    expect(Math.min(...changes)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...changes)).toBeGreaterThan(150);
    const mean = tape.bytes / tape.messages.length;
    expect(mean).toBeGreaterThan(1300);
    expect(mean).toBeLessThan(1600);
    const venue = venueTape({ symbols: 500, seconds: 1, seed: 1 });
    expect(venue.messages.length).toBeGreaterThan(4500);
    expect(venue.messages.length).toBeLessThan(5500);
    expect(venue.bytes / venue.messages.length).toBeGreaterThan(280);
    expect(venue.bytes / venue.messages.length).toBeLessThan(340);
  });

  test('never crosses its book', () => {
    for (const { truth } of [tape, depthTape('sushi', SUSHI, 2000, 5)])
      for (let i = 0; i < truth.touches.length; i += 2)
        expect(truth.touches[i]!).toBeLessThan(truth.touches[i + 1]!);
  });

  test('has no two equal messages', () => {
    expect(new Set(tape.messages.map(String)).size).toBe(tape.messages.length);
  });
});

const options = { rounds: 2, chunk: 100, random: createRandom(1) };

/** A contender that does the work of ours and then says something else about it. */
const liar = (lie: (made: Made, tape: Tape) => Partial<Made>): Contender => ({
  name: 'liar',
  start(given) {
    const honest = perpscopeImbalance.start(given);
    return {
      turn: (from, to) => honest.turn(from, to),
      get made() {
        const made = honest.made!;
        return { ...made, ...lie(made, given) };
      },
    };
  },
});

describe('the gate', () => {
  test('lets ours and the peers pass, each with its own code', () => {
    const field = [perpscope, perpscopeImbalance, tardis, sortedBtree];
    for (const each of race(field, tape, options).values()) {
      expect(each.differences, each.name).toEqual([]);
      // Four turns in two rounds, each ending on a sample.
      expect(each.imbalances).toBe(8);
      expect(each.times).toHaveLength(8);
    }
  });

  test.each<[string, (made: Made, tape: Tape) => Partial<Made>, string]>([
    ['a change left out', (made) => ({ changes: () => made.changes() - 1 }), 'level changes, not'],
    [
      'one wrong best bid',
      ({ touches }) => ({ touches: touches.with(2 * 57, touches[2 * 57]! - 0.1) }),
      'best bid after message 57 is',
    ],
    [
      'a wrong size at the end',
      (made) => ({
        tops: () =>
          made.tops().map(({ bids, asks }) => ({
            bids,
            asks: asks.map(([price, size], i) => [price, i === 19 ? size + 0.001 : size] as const),
          })),
      }),
      'final top of the asks of book 0 differs',
    ],
    [
      'an imbalance a little off',
      ({ taken }) => ({ taken: taken!.map((value, i) => (i === 3 ? value + 2e-7 : value)) }),
      'imbalances differ by',
    ],
    ['an imbalance left out', ({ taken }) => ({ taken: taken!.slice(1) }), '39 imbalances, not 40'],
    ['a book whose imbalance is off', () => ({ imbalances: () => [0] }), 'imbalances differ by'],
    ['a print left out', ({ trades }) => ({ trades: { ...trades!, count: 1 } }), '1 trades, not 0'],
  ])('sees %s', (_, lie, expected) => {
    const [ranked] = race([liar(lie)], tape, options).values();
    expect(ranked!.differences.join('; ')).toContain(expected);
  });

  test('a contender that failed is named, and the exit code is 1', () => {
    const row: Row = { id: 'x', what: 'x', unit: '', better: 'less', must: 1, aim: 1 };
    const line = { ...row, value: 1, low: 1, high: 1, note: '' };
    const contender = { tape: 'btc', name: 'liar', microsPerMessage: 1, imbalances: 0 };
    const head: Omit<BenchReport, 'rows' | 'contenders'> = {
      ...({ v: 1, type: 'bench', seed: 1, rounds: 1, quick: false, system: false } as const),
      ...{ node: '24', v8: '13', cpu: 'none', cores: 2, load: 0, tapes: [], skipped: [] },
    };
    const report = (verdict: 'MISSED' | 'FAILED', differences: string[]): BenchReport => ({
      ...head,
      rows: [{ ...line, verdict }],
      contenders: [{ ...contender, differences }],
    });
    expect(exitCodeOf(report('MISSED', []))).toBe(0);
    expect(exitCodeOf(report('FAILED', []))).toBe(1);
    const failed = report('MISSED', ['9 level changes, not 10']);
    expect(exitCodeOf(failed)).toBe(1);
    expect(tableOf(failed)).toContain('btc: liar FAILED: 9 level changes, not 10\n');
  });
});

describe('a figure', () => {
  test('is the median of the ratios of turns that stood side by side', () => {
    const ranked = (times: number[]) => ({ name: '', times, differences: [], imbalances: 0 });
    const one = ranked([1, 20, 3, 40, 5]);
    const other = ranked([10, 100, 10, 100, 10]);
    expect(ratioOf(one, other)).toEqual({ value: 0.3, low: 0.1, high: 0.5 });
    const many = Array.from({ length: 101 }, (_, i) => (i * 37) % 101);
    expect(spreadOf(many)).toEqual({ value: 50, low: 10, high: 90 });
  });

  test.each([
    ['less', 0.08, 'aim'],
    ['less', 0.15, 'must'],
    ['less', 0.16, 'MISSED'],
    ['more', 0.15, 'aim'],
    ['more', 0.1, 'must'],
    ['more', 0.07, 'MISSED'],
  ] as const)('of which %s is better gets at %d the verdict %s', (better, value, verdict) => {
    const [must, aim] = better === 'less' ? [0.15, 0.08] : [0.08, 0.15];
    const row: Row = { id: 'x', what: 'x', unit: '', better, must, aim };
    const found = { value, low: value, high: value, note: '' };
    expect(verdictOf(row, found, false)).toBe(verdict);
    expect(verdictOf(row, found, true)).toBeNull();
    expect(verdictOf({ ...row, must: null, aim: null }, found, false)).toBeNull();
    expect(verdictOf(row, { failed: 'x' }, true)).toBe('FAILED');
  });

  test('of JSON.parse alone is measured without a gate, as it keeps no book', () => {
    const [ranked] = race([jsonParse], tape, options).values();
    expect(ranked).toMatchObject({ differences: [], imbalances: 0 });
  });
});
