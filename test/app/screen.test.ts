import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test as anyTest, describe, expect, onTestFinished } from 'vitest';
import { cleanEnvironment, PROGRAM, scratch } from '../support/program.ts';
import { hasPty, Pty } from '../support/pty.ts';
import { RawPty } from '../support/raw-pty.ts';

const test = anyTest.skipIf(!hasPty);

function open(
  args: readonly string[],
  size: readonly [columns: number, rows: number] = [120, 40],
  env: Readonly<Record<string, string | undefined>> = {},
): Pty {
  const [columns, rows] = size;
  const pty = new Pty([process.execPath, PROGRAM, ...args], {
    columns,
    rows,
    env: { ...cleanEnvironment(), ...env },
  });
  onTestFinished(() => pty.close());
  return pty;
}

const isAlive = (text: string): boolean => /BTC/.test(text) && /\d{2,3},?\d{3}\.\d/.test(text);

describe('the screen in a terminal', () => {
  test.each([
    [80, 24],
    [120, 40],
    [200, 60],
  ] as const)(
    'fills %i×%i, says that it is a demo, and gives the terminal back on q',
    async (columns, rows) => {
      const pty = open(['demo'], [columns, rows]);
      await pty.until('a living market', isAlive);
      expect(pty.isAlternate).toBe(true);
      const lines = pty.screen();
      expect(lines[0]).toMatch(/DEMO/);
      expect(lines).toHaveLength(rows);
      expect(pty.text).not.toMatch(/NaN|undefined|Infinity|\[object/);
      pty.send('q');
      expect(await pty.exited).toBe(0);
      expect(pty.isAlternate).toBe(false);
    },
  );

  test('goes back in time while the feeds go on, and returns', async () => {
    const pty = open(['demo']);
    await pty.until('a living market', isAlive);
    const seconds = new Set<string | undefined>();
    await pty.until('some seconds of it', (text) => {
      seconds.add(/(\d\d:\d\d:\d\d) +UTC/.exec(text)?.[1]);
      return seconds.size > 4;
    });
    pty.send('[');
    await pty.until('the past', (text) => /PAST \d{4}-\d\d-\d\d/.test(text) && /╔═ \d/.test(text));
    const shown = /PAST (\S+ \S+) UTC/.exec(pty.text)![1];
    await pty.until('time going on', (text) => / 00:00:0[3-9] back/.test(text));
    expect(pty.text).toContain(`PAST ${shown}`);
    pty.send(':at 2019-01-01\r');
    await pty.until('no such past', (text) => /nothing is kept before/.test(text));
    pty.send('0');
    await pty.until('now', (text) => !/PAST/.test(text) && /╭─ \d/.test(text));
    pty.send('q');
    expect(await pty.exited).toBe(0);
  });

  test('hears keys: help, zoom, freeze, all perps', async () => {
    const pty = open(['demo', '--scanner']);
    await pty.until('a living market', isAlive);
    pty.send('?');
    await pty.until('help', (text) => /Esc closes/.test(text));
    pty.send('\u001B');
    await pty.until('help gone', (text) => !/Esc closes/.test(text));
    pty.send(' ');
    await pty.until('the frozen banner', (text) => /FROZEN|PAUSED/.test(text));
    pty.send(' ');
    await pty.until('no banner', (text) => !/FROZEN|PAUSED/.test(text));
    pty.send('z');
    await pty.until('a zoomed panel', (text) => (text.match(/[╭┌┏]/g) ?? []).length === 1);
    pty.send('z');
    await pty.until('all panels', (text) => (text.match(/[╭┌┏]/g) ?? []).length > 3);
    pty.send('u');
    await pty.until('perps that nobody watches', (text) => /u scanner.* perps/.test(text));
    pty.send('q');
    expect(await pty.exited).toBe(0);
  });

  test('explains a number of the market with its windows and thresholds', async () => {
    const pty = open(['demo']);
    await pty.until('a living market', isAlive);
    pty.send(':explain basis.fairZ\r');
    await pty.until('inputs and window', (text) =>
      /explain basis\.fairZ.*SPEC.*input.*made over.*over \d/s.test(text),
    );
    pty.send('\r');
    await pty.until('what a venue told', (text) =>
      /explain basis\.fair .*binance:BTC\/USDT:USDT/s.test(text),
    );
    pty.send('qq');
    expect(await pty.exited).toBe(0);
  });

  test('filters rows with / and obeys the command line', async () => {
    const pty = open(['demo'], [120, 40], { XDG_STATE_HOME: scratch() });
    await pty.until('a living market', isAlive);
    pty.send('7/okx\r');
    await pty.until('the filter in the title', (text) => /7 trust \/okx/.test(text));
    expect(pty.text).not.toMatch(/● bybit/);
    await pty.until('word of the other asset', (text) => /ETH +\d/.test(text));
    pty.send(':asset eth\r');
    await pty.until('the other asset', (text) => /binance perp ETH/.test(text));
    pty.send(':theme nothing\r');
    await pty.until('what would be right', (text) => /no theme 'nothing'; there is/.test(text));
    pty.send(':q\r');
    expect(await pty.exited).toBe(0);
  });

  test('follows the files of its settings, and begins the next time with what was chosen', async () => {
    const home = scratch();
    const folder = path.join(home, 'perpscope');
    mkdirSync(path.join(folder, 'themes'), { recursive: true });
    const put = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
    const env = { XDG_CONFIG_HOME: home, XDG_STATE_HOME: scratch() };
    const pty = open(['demo'], [160, 45], env);
    await pty.until('a living market', isAlive);
    put('themes/neon.json', '{ "extends": "dark", "roles": { "risng": 1 } }');
    await pty.until('what is wrong', (text) => text.includes("role 'risng' unknown; did you"));
    put('themes/neon.json', '{ "extends": "dark" }');
    await pty.until('that it is right', (text) => text.includes('theme neon is right again'));
    put('config.json', '{ "theme": "neon", "engine": { "gate": { "quantile": 0.9 } } }');
    await pty.until('what follows', (text) =>
      /theme changed; config\.json: engine\.gate\.quantile changes with the next/.test(text),
    );
    pty.send('1sq');
    expect(await pty.exited).toBe(0);
    const next = open(['demo'], [160, 45], env);
    await next.until('theme and sort', (text) => isAlive(text) && /8h %▾.*neon/s.test(text));
    next.send('q');
    expect(await next.exited).toBe(0);
  });

  test('follows the window: smaller, too small, large again', async () => {
    const pty = open(['demo'], [140, 45]);
    await pty.until('a living market', isAlive);
    pty.resize(80, 24);
    await pty.until('the small layout', (text) => isAlive(text) && text.split('\n').length === 24);
    pty.resize(30, 8);
    await pty.until('a message', (text) => /too small/.test(text));
    pty.resize(120, 40);
    await pty.until('the market again', isAlive);
    pty.send('q');
    expect(await pty.exited).toBe(0);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('%s gives the terminal back and ends with %i', async (signal, code) => {
    const pty = open(['demo']);
    await pty.until('a living market', isAlive);
    pty.signal(signal);
    expect(await pty.exited).toBe(code);
    expect(pty.isAlternate).toBe(false);
  });

  test('a reader that has stopped stops nothing: the program still hears a signal, and ends', async () => {
    const pty = new RawPty([process.execPath, PROGRAM, 'demo'], {
      columns: 200,
      rows: 60,
      env: cleanEnvironment(),
    });
    onTestFinished(() => pty.close());
    const until = async (what: string, isSo: () => boolean): Promise<void> => {
      const end = Date.now() + 15_000;
      while (!isSo()) {
        if (Date.now() > end) throw new Error(`never came: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await until('a first screen', () => pty.bytes > 10_000);
    pty.hold(true);
    // Each draws the whole screen again, until no buffer on the way takes more.
    const redraw = setInterval(() => pty.send('\f'), 20);
    onTestFinished(() => clearInterval(redraw));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    clearInterval(redraw);
    const { pid } = pty;
    const state = (): string | undefined => {
      const file = `/proc/${pid}/stat`;
      return existsSync(file) ? /\) (\w)/.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
    };
    pty.signal('SIGTERM');
    // Whoever started it has not noticed yet, as it waits for the reader as well.
    await until('the end of the program', () => state() === undefined || state() === 'Z');
    pty.hold(false);
    expect(await pty.exited).toBe(143);
  });

  test('a dumb terminal is refused with a hint', async () => {
    const pty = open(['demo'], [80, 24], { TERM: 'dumb' });
    expect(await pty.exited).toBe(2);
    expect(pty.text).toContain('perpscope stream');
    expect(pty.isAlternate).toBe(false);
  });

  test('a missing recording ends the screen with 1 and says which', async () => {
    const pty = open(['replay', path.join(scratch(), 'nothing.jsonl')]);
    expect(await pty.exited).toBe(1);
    expect(pty.text).toContain('nothing.jsonl');
    expect(pty.isAlternate).toBe(false);
  });
});
