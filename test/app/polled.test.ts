import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../../src/frame/frame.ts';
import { BTC_USD, FuturesVenue, json } from '../support/futures-venue.ts';
import { Program, run, scratch } from '../support/program.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

const at = (venue: FuturesVenue): string[] => [
  '--venues',
  'kraken',
  '--set',
  `feeds.kraken-polled.hosts.rest=${venue.url}`,
];

const framesIn = (lines: readonly string[]): Frame[] =>
  lines
    .map((line) => JSON.parse(line) as Frame)
    .filter((line) => line.type === 'frame' && line.asset === 'BTC');

const rateIn = (frame: Frame | undefined) => frame?.funding.byVenue['kraken']?.predicted;

/** URLs of the scripts that a process has loaded, by the coverage that V8 writes at its end. */
function loadedScripts(folder: string): string[] {
  return readdirSync(folder).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as {
      result: { url: string }[];
    };
    return result.map(({ url }) => url);
  });
}

const exchangesIn = (scripts: readonly string[]): string[] => [
  ...new Set(
    scripts.flatMap(
      (url) => /node_modules\/ccxt\/(?:js\/src|dist)\/([\w.]+)$/.exec(url)?.slice(1, 2) ?? [],
    ),
  ),
];

describe('perpscope with a venue that has no adapter', () => {
  test('takes a snapshot of what the venue has, marked as polled, and says what is missing, in words as well', async () => {
    const venue = await FuturesVenue.start();
    const snapshot = ['snapshot', ...at(venue), '--assets', 'BTC', '--wait', '8s'];
    const [{ exit, stdout, stderr }, inWords] = await Promise.all([
      run(snapshot),
      run([...snapshot, '--format', 'text']),
    ]);
    expect(inWords.stdout).toMatch(/kraken 8h +\+0\.0100 % \(polled\)/);
    expect(inWords.stdout).toMatch(/59999\.5 \(polled\) × 60000\.5 \(polled\)/);
    expect(exit).toBe(3);
    expect(stderr).toMatch(
      /^perpscope: kraken is polled at its futures exchange \(krakenfutures in ccxt\)\nperpscope: incomplete: .*openInterest/,
    );
    const frame = JSON.parse(stdout) as Frame;
    const polled = true;
    expect(frame.price).toEqual({ state: 'live', value: 60_000, polled });
    expect(frame.funding.byVenue['kraken']).toMatchObject({
      instrument: 'kraken:BTC/USD:USD',
      predicted: { state: 'live', value: 0.75 / 60_000, polled },
      rate8h: { state: 'live', polled },
      intervalHours: { value: 1, polled },
      nextFundingTs: { state: 'absent', reason: 'no settlement time: kraken' },
    });
    expect(frame.openInterest.coin).toEqual({
      state: 'absent',
      value: null,
      reason: 'no open interest: kraken',
    });
    expect(frame.basis.fair).toMatchObject({ state: 'live', polled });
    expect(frame.quality).toContainEqual({
      subject: 'kraken-polled',
      state: 'info',
      reason: 'polled every 10 s',
    });
    expect(stdout).not.toMatch(/127\.0\.0\.1|https?:/);
  }, 60_000);

  test('records what it was answered, and replays it byte for byte where ccxt is not installed', async () => {
    const venue = await FuturesVenue.start();
    const tapes = path.join(scratch(), 'tapes');
    const live = new Program(['stream', ...at(venue), '--assets', 'BTC', '--record', tapes]);
    await live.until(
      'a funding rate',
      ({ lines }) => rateIn(framesIn(lines).at(-1))?.state === 'live',
      30_000,
    );
    live.child.kill('SIGINT');
    expect(await live.ended).toBe(130);

    // The program as it stands, with every package but one.
    const copy = scratch();
    for (const part of ['bin', 'dist', 'package.json'])
      cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
    mkdirSync(path.join(copy, 'node_modules'));
    for (const name of readdirSync(path.join(root, 'node_modules')))
      if (name !== 'ccxt')
        symlinkSync(path.join(root, 'node_modules', name), path.join(copy, 'node_modules', name));
    const bare = { program: path.join(copy, 'bin', 'perpscope.js') };
    const replay = ['replay', tapes, '--stream', '--as-recorded', '--venues', 'kraken'];
    const replayed = await run(replay, {}, bare);
    expect(replayed.stderr).toBe('');
    expect(replayed.exit).toBe(0);
    expect(replayed.stdout).toBe(live.stdout);
    const polling = await run(['snapshot', ...at(venue)], {}, bare);
    expect(polling).toMatchObject({
      exit: 1,
      stderr: 'perpscope: kraken is polled through ccxt, which is not installed\n',
    });
  }, 60_000);

  test('outlives a venue that breaks, babbles and limits, and says so meanwhile', async () => {
    const venue = await FuturesVenue.start([BTC_USD]);
    const args = ['stream', ...at(venue), '--assets', 'BTC'];
    const program = new Program([...args, '--set', 'feeds.kraken-polled.numbers.everyMs=1000']);
    const newest = () => framesIn(program.lines).at(-1);
    const feed = () => newest()?.trust.feeds[0];
    await program.until('live', () => rateIn(newest())?.state === 'live', 30_000);
    venue.faults.set('tickers', (_, response) => response.socket?.destroy());
    await program.until('lost', () => feed()?.state === 'disconnected', 30_000);
    const lost = program.lines.find((line) => line.includes('"feedLost"'));
    expect(lost).toMatch(/polls: connection lost/);
    venue.faults.set('tickers', (_, response) => response.end('<html>'));
    await program.until('stale', () => newest()?.price.state === 'stale', 30_000);
    venue.faults.clear();
    const isBack = () => feed()?.state === 'live' && newest()?.price.state === 'live';
    await program.until('live again', isBack, 60_000);
    venue.faults.set('tickers', (_, response) =>
      json(response, { result: 'error', error: 'apiLimitExceeded' }, 429, { 'retry-after': '60' }),
    );
    await program.until('limited', () => feed()?.rest[0]?.state === 'limited', 30_000);
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(143);
    expect(program.stdout).not.toMatch(/127\.0\.0\.1|https?:/);
    expect(program.stderr.split('\n')).toHaveLength(2);
  }, 120_000);

  test('loads one exchange of ccxt, and none of it where nothing is polled', async () => {
    const venue = await FuturesVenue.start();
    const loaded = async (args: readonly string[]) => {
      const folder = path.join(scratch(), 'coverage');
      await run(args, { NODE_V8_COVERAGE: folder });
      return loadedScripts(folder);
    };
    const snapshot = ['snapshot', '--assets', 'BTC', '--wait', '1s'];
    const polled = await loaded([...snapshot, ...at(venue)]);
    expect(exchangesIn(polled)).toEqual(['krakenfutures.js']);
    expect(polled.filter((url) => url.includes('node_modules/ccxt/')).length).toBeGreaterThan(5);
    const dead =
      '{"hosts":{"public":"ws://127.0.0.1:9","market":"ws://127.0.0.1:9","rest":"http://127.0.0.1:9"}}';
    const deadSpot = '{"hosts":{"spot":"ws://127.0.0.1:9","rest":"http://127.0.0.1:9"}}';
    const streamed = await loaded([
      ...snapshot,
      '--set',
      `feeds.binance-usdm=${dead}`,
      '--set',
      `feeds.binance-spot=${deadSpot}`,
    ]);
    expect(streamed.filter((url) => url.includes('dist/src/feed')).length).toBeGreaterThan(5);
    expect(streamed.filter((url) => url.includes('node_modules/ccxt/'))).toEqual([]);
  }, 60_000);

  test.each([
    ['mtgox', 'unknown venue'],
    ['../kraken', 'unknown venue'],
  ])('refuses %s with the venues there are', async (name, text) => {
    const { exit, stdout, stderr } = await run(['snapshot', '--venues', `binance,${name}`]);
    expect([exit, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`perpscope: ${text} '${name}'; known: binance`);
    expect(stderr).toMatch(/kraken, gate, bitget/);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  });

  test.each([
    [['snapshot', '--venues', 'upbit'], 'upbit has no perps to poll'],
    [['demo', '--snapshot', '--venues', 'kraken'], 'kraken has no simulated market'],
    [['scanner', '--once', '--venues', 'kraken'], 'no scanner of kraken: name assets to watch'],
  ])('refuses %o: %s', async (args, text) => {
    const { exit, stdout, stderr } = await run(args);
    expect([exit, stdout, stderr]).toEqual([2, '', `perpscope: ${text}\n`]);
  });

  test('takes settings of a polled feed by their names, and no others', async () => {
    const set = (key: string) => run(['config', '--set', key]);
    const known = await set('feeds.gate-polled.numbers.everyMs=5000');
    expect(JSON.parse(known.stdout).feeds).toEqual({
      'gate-polled': { numbers: { everyMs: 5000 } },
    });
    const unknown = await set('feeds.gate-polled.numbers.often=1');
    expect(unknown).toMatchObject({
      exit: 2,
      stderr:
        'perpscope: flags: feeds.gate-polled.numbers.often: no such key, known are everyMs, marketsEveryMs, requestsPerMinute\n',
    });
    expect((await set('feeds.okx-polled.numbers.everyMs=1')).exit).toBe(2);
  });
});
