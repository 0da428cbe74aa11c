import { afterEach, describe, expect, test } from 'vitest';
import { emptyHistory } from '../../components/history.ts';
import { BINDINGS, rebound } from '../../components/keys/table.ts';
import { PANEL_KEYS } from '../../components/panels/ids.ts';
import { panels } from '../../components/panels/index.ts';
import type { Past } from '../../components/past.ts';
import type { Frame } from '../../src/frame/frame.ts';
import { micros } from '../../src/model/units.ts';
import { dark } from '../../themes/dark.ts';
import { event, frame, series, T0 } from '../support/frames.ts';
import { scan } from '../support/scans.ts';
import { type OpenScreen, openPlainScreen, openScreen } from './open-screen.ts';

const screens: OpenScreen[] = [];
afterEach(async () => {
  for (const screen of screens.splice(0)) await screen.close();
});

type Opener = typeof openScreen;

function start(columns = 120, rows = 40, open: Opener = openScreen, given = {}): OpenScreen {
  const screen = open(columns, rows, given);
  screens.push(screen);
  screen.sink.line(series());
  screen.sink.line(event('gateOpened', 'gate opened: pressure down', -60));
  for (const asset of ['BTC', 'ETH', 'SOL'] as const) screen.sink.line(frame({ asset }));
  return screen;
}

const TITLES = [
  '1 funding',
  '2 open interest',
  '3 liquidations',
  '4 basis',
  '5 book',
  '6 signals',
  '7 trust',
];

/** Those that the smallest grid has no room for. */
const MORE_TITLES = ['8 flow', '9 options'];

/** The border that a focused panel has; the fixture's titles are unique on the screen. */
const shows = (title: string) => (text: string) => text.includes(title);

test('the mouse is heard only where it was asked for: a click focuses and zooms, the wheel moves the help', async () => {
  const quiet = start();
  await quiet.until(shows('quit'));
  expect(quiet.written()).not.toContain('\u001B[?1000h');

  const screen = start(120, 40, openScreen, { mouse: true });
  await screen.until(shows('quit'));
  expect(screen.written()).toContain('\u001B[?1000h');
  const at = (text: string): string => {
    const y = screen.lines().findIndex((line) => line.includes(text));
    return `${screen.lines()[y]!.indexOf(text) + 1};${y + 1}`;
  };
  screen.press(`\u001B[<0;${at('4 basis')}M`, `\u001B[<0;${at('4 basis')}m`);
  screen.press(`\u001B[<0;${at('4 basis')}M`);
  await screen.until((text) => text.includes('4 basis') && !text.includes('1 funding'));
  screen.press('?');
  await screen.until((text) => /Esc closes +↓/.test(text));
  screen.press('\u001B[<65;60;20M');
  await screen.until((text) => /Esc closes +↑↓/.test(text));
  screens.pop();
  await screen.close();
  expect(screen.written()).toContain('\u001B[?1000l');
});

describe.each([
  ['with a surface', openScreen],
  ['as plain text', openPlainScreen],
] as const)('the screen %s', (_, open) => {
  test.each([
    [80, 24],
    [120, 40],
    [200, 60],
    [220, 60],
    [300, 100],
  ])('shows every panel it has room for at %i×%i', async (columns, rows) => {
    const screen = start(columns, rows, open);
    const text = await screen.until((now) => now.includes('61,8') && now.includes('quit'));
    for (const title of columns < 110 ? TITLES : [...TITLES, ...MORE_TITLES]) {
      expect(text).toContain(title);
    }
    for (const line of screen.lines()) expect(line.length).toBeLessThanOrEqual(columns);
  });

  test('shows one panel alone when it is smaller, and says so when nothing can be read', async () => {
    const screen = start(60, 20, open);
    await screen.until(shows('6 signals'));
    expect(screen.text()).not.toContain('1 funding');
    screen.press('\t');
    await screen.until(shows('7 trust'));
    screen.resize(38, 10);
    await screen.until(shows('terminal too small: 38×10'));
    screen.resize(80, 24);
    await screen.until((text) => TITLES.every((title) => text.includes(title)));
  });

  test('zooms with z, comes back with Escape, and goes through the panels with digits', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('1 funding'));
    screen.press('5', 'z');
    await screen.until((text) => text.includes('5 book') && !text.includes('1 funding'));
    expect(screen.text()).toContain('binance spot');
    screen.press('1');
    await screen.until((text) => text.includes('paid p.a.') && !text.includes('5 book'));
    screen.press('\u001B');
    await screen.until((text) => TITLES.every((title) => text.includes(title)));
    screen.press('5', '\r');
    await screen.until((text) => text.includes('5 book') && !text.includes('1 funding'));
  });

  test('shows all that is known of the chosen row on Enter, and goes back with Escape', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('moderate bullish'));
    screen.press('1', 'j', '\r');
    await screen.until(
      (text) =>
        text.includes('detail BTC funding on bybit') && text.includes('against other venues'),
    );
    screen.press('q');
    await screen.until((text) => !text.includes('detail BTC') && text.includes('5 book'));
  });

  test('goes to a watched asset from the scanner, and to the detail of another perp', async () => {
    const screen = start(120, 40, open);
    screen.sink.line(scan(40));
    await screen.until(shows('1 funding'));
    screen.press('u', 'z');
    await screen.until((text) => text.includes('40 perps') && !text.includes('C40/USDT'));
    screen.press('G');
    await screen.until(shows('C40/USDT'));
    screen.press('\r');
    await screen.until(shows('detail binance:C40/USDT:USDT'));
    screen.press('q', 'g', 'j', '\r');
    await screen.until(shows('1 funding'));
    expect(screen.commands).toContainEqual({ kind: 'focusAsset', asset: 'ETH' });
  });

  test('opens the help with ? over the panels, scrolls it, and closes it with q', async () => {
    const screen = start(100, 30, open);
    await screen.until(shows('1 funding'));
    screen.press('1', '?');
    await screen.until(shows('Esc closes'));
    expect(screen.text()).toMatch(/s +Sort by the next column/);
    expect(screen.text()).not.toContain('estimated: a model');
    screen.press('G');
    await screen.until(shows('estimated: a model'));
    screen.press('g');
    await screen.until(shows('Sort by the next column'));
    screen.press('q');
    await screen.until((text) => !text.includes('Esc closes'));
    expect(screen.commands.filter(({ kind }) => kind === 'quit')).toEqual([]);
  });

  test('F1 opens the help too', async () => {
    const screen = start(100, 30, open);
    await screen.until(shows('1 funding'));
    screen.press('\u001BOP');
    await screen.until(shows('Esc closes'));
  });

  test('changes the asset with a, for the panels and for whoever feeds them', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('92,431.2 BTC'));
    screen.press('a');
    await screen.until(shows('1,934,211.0 ETH'));
    screen.press('A', 'A');
    await screen.until(shows('8,112,400.0 SOL'));
    expect(screen.commands).toEqual([
      { kind: 'focusAsset', asset: 'ETH' },
      { kind: 'focusAsset', asset: 'BTC' },
      { kind: 'focusAsset', asset: 'SOL' },
    ]);
  });

  test('freezes with space: nothing moves, the banner says how old it is, the feeds go on', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('61,832.4'));
    screen.press(' ');
    await screen.until(shows('FROZEN at 12:34:56 UTC'));
    screen.sink.line(frame({ seconds: 75 }));
    await screen.until(shows('00:01:15 behind'));
    expect(screen.text()).toContain('61,832.4');
    screen.press('f');
    const text = await screen.until((now) => !now.includes('FROZEN'));
    expect(text).toContain('12:36:11');
    expect(screen.commands.map(({ kind }) => kind)).toEqual(['freeze', 'freeze']);
  });

  test('Escape unfreezes', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('61,832.4'));
    screen.press('f');
    await screen.until(shows('FROZEN'));
    screen.press('\u001B');
    await screen.until((text) => !text.includes('FROZEN'));
  });

  test('changes theme and rate, and says so in the footer and upwards', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('61,832.4'));
    screen.press('t');
    await screen.until(shows('theme light'));
    screen.press('T');
    await screen.until(shows('theme dark'));
    screen.press('-');
    await screen.until(shows('20 frames/s'));
    screen.press('+');
    await screen.until(shows('30 frames/s'));
    expect(screen.commands).toEqual([
      { kind: 'theme', name: 'light' },
      { kind: 'theme', name: 'dark' },
      { kind: 'fps', fps: 20 },
      { kind: 'fps', fps: 30 },
    ]);
  });

  test.each(['q', '\u0003'])('leaves with %j', async (key) => {
    const screen = start(120, 40, open);
    await screen.until(shows('61,832.4'));
    screen.press(key);
    await screen.closed;
    expect(screen.commands).toEqual([{ kind: 'quit' }]);
  });

  test('sorts the funding matrix', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('venue▾'));
    const venues = () => screen.text().match(/(?<=│ )(binance|bybit|okx)(?= +[+-]0\.0)/g);
    expect(venues()).toEqual(['binance', 'bybit', 'okx']);
    screen.press('1', 's');
    await screen.until(shows('8h %▾'));
    expect(venues()).toEqual(['bybit', 'binance', 'okx']);
    screen.press('S');
    await screen.until(shows('8h %▴'));
    expect(venues()).toEqual(['okx', 'binance', 'bybit']);
  });

  test('keeps the others alive when a panel breaks, and shows where it broke', async () => {
    const screen = open(120, 40, {});
    screens.push(screen);
    const { trust, ...sound } = frame();
    const feeds = trust.feeds.map((feed) => ({ ...feed, messagesPerSecond: null }));
    screen.sink.line({ ...sound, trust: { ...trust, feeds } } as unknown as Frame);
    await screen.until(shows('this panel failed'));
    expect(screen.text()).toContain('moderate bullish');
    screen.sink.line({ ...sound, trust: { ...trust, feeds } } as unknown as Frame);
    expect(screen.commands.map(({ kind }) => kind)).toEqual(['problem']);
    screen.sink.line(frame({ seconds: 1 }));
    await screen.until((text) => !text.includes('this panel failed'));
  });

  test('explains with e: the list of the panel, a number of it, its inputs, and back', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('61,832.4'));
    screen.press('e');
    await screen.until((text) => text.includes('explain signals') && text.includes('drift.mu2'));
    screen.press('/', 'm', 'u', '2', '\r', '\r');
    await screen.until((text) => text.includes('explain drift.mu2') && text.includes('SPEC §5'));
    screen.press('l');
    await screen.until(shows('explain drift.zOiChange'));
    screen.press('\u007F', 'h');
    await screen.until(shows('explain signals'));
    screen.press('\u001B');
    await screen.until((text) => !text.includes('explain signals'));
    expect(screen.text()).toContain('61,832.4');
    expect(screen.commands).toEqual([
      { kind: 'explain', isOpen: true },
      { kind: 'explain', isOpen: false },
    ]);
  });

  test('an explanation follows the frames', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('61,832.4'));
    screen.press('e', '\r');
    await screen.until(shows('as of 12:34:56 UTC'));
    screen.sink.line(frame({ seconds: 4 }));
    await screen.until(shows('as of 12:35:00 UTC'));
  });

  test('filters with / as one types, and says so in the title', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('1 funding'));
    screen.press('1', '/', 'o', 'k');
    await screen.until((text) => text.includes('1 funding /ok▏') && !/│ bybit +[+-]0/.test(text));
    expect(screen.lines().at(-1)).toMatch(/^ \/ok. .*Enter keeps, Esc clears/);
    screen.press('\r');
    await screen.until((text) => text.includes('1 funding /ok ') && text.includes('quit'));
    screen.press('\u001B');
    await screen.until((text) => !text.includes('/ok') && /│ bybit +[+-]0/.test(text));
  });

  test('takes commands after a colon, completes them, and says what would be right', async () => {
    const screen = start(120, 40, open);
    await screen.until(shows('92,431.2 BTC'));
    screen.press(':', ...'asset e', '\t', '\r');
    await screen.until(shows('1,934,211.0 ETH'));
    screen.press(':', ...'theme blue', '\r');
    await screen.until(shows("no theme 'blue'; there is dark, light"));
    screen.press(':', '\u001B[A');
    await screen.until((text) => text.includes(':theme blue'));
    screen.press('\u001B');
    await screen.until((text) => !text.includes(':theme blue'));
    screen.press(':', 'q', '\r');
    await screen.closed;
    expect(screen.commands).toEqual([{ kind: 'focusAsset', asset: 'ETH' }, { kind: 'quit' }]);
  });

  test('survives a header that cannot be drawn', async () => {
    const screen = open(120, 40, {});
    screens.push(screen);
    screen.sink.line({ ...frame(), regime: null } as unknown as Frame);
    await screen.until(shows('the header failed'));
    expect(screen.text()).toContain('92,431.2 BTC');
  });
});

test('takes over other settings while it is open: themes, colours, keys, rate, glyphs', async () => {
  const screen = start(120, 40);
  await screen.until(shows('1 funding'));
  const neon = { ...dark, name: 'neon', background: '#010203' as const };
  screen.sink.settings({ themes: [dark, neon] });
  screen.press(':theme neon\r');
  await screen.until(shows('theme neon'));
  expect(screen.written()).toContain('48;2;1;2;3');
  screen.sink.settings({ theme: { ...neon, background: '#040506' } });
  await screen.until(() => screen.written().includes('48;2;4;5;6'));
  screen.sink.settings({ fps: 7, ascii: true, bindings: rebound(BINDINGS, { zoom: 'x' }) });
  await screen.until((text) => !/[╭─▲]/.test(text) && /x zoom/.test(text));
  screen.press('+');
  await screen.until(shows('10 frames/s'));
  screen.press('1', 'x');
  await screen.until((text) => text.includes('paid p.a.') && !text.includes('5 book'));
});

test('tells of choices that outlive the run, and begins with those of an earlier one', async () => {
  const first = start(120, 40);
  await first.until(shows('venue▾'));
  first.press('1', 's', 'w');
  await first.until(shows('30 d charts'));
  const [{ choices } = expect.unreachable('nothing was told')] = first.commands
    .filter((command) => command.kind === 'kept')
    .slice(-1);
  expect(choices).toMatchObject({ panel: 'funding', chartHours: 720 });
  const second = start(120, 40, openScreen, { kept: choices });
  await second.until((text) => text.includes('30 d charts') && text.includes('8h %▾'));
  second.press('z');
  await second.until(shows('paid p.a.'));
});

describe('the terminal', () => {
  test('Ctrl-L draws the whole screen again', async () => {
    const screen = start();
    await screen.until(shows('61,832.4'));
    const before = screen.written().length;
    screen.press('\f');
    await screen.until(() => screen.written().slice(before).includes('\u001B[2J'));
    await screen.until(shows('61,832.4'));
  });

  test('Ctrl-Z gives the terminal back to the shell until the program goes on', async () => {
    let goOn = (): void => {};
    const stopped = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const screen = start(120, 40, openScreen, { suspend: () => stopped });
    await screen.until(shows('61,832.4'));
    screen.press('\u001A');
    await screen.until((text) => !text.includes('61,832.4'));
    expect(screen.written().lastIndexOf('\u001B[?1049l')).toBeGreaterThan(
      screen.written().lastIndexOf('\u001B[?1049h'),
    );
    goOn();
    await screen.until(shows('61,832.4'));
    screen.press('z');
    await screen.until((text) => !text.includes('1 funding'));
  });
});

test('y puts the first row on the clipboard of the terminal', async () => {
  const screen = start();
  await screen.until(shows('61,832.4'));
  screen.press('1', 'y');
  await screen.until(shows('copied: BTC binance 8h '));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an OSC sequence is made of control characters
  const [, base64 = ''] = /\u001B\]52;c;([A-Za-z0-9+/=]+)\u0007/.exec(screen.written()) ?? [];
  expect(Buffer.from(base64, 'base64').toString()).toMatch(
    /^BTC\tbinance\t8h \+\d\.\d{4} %\tannual /,
  );
});

describe('where the numbers come from', () => {
  test.each([
    ['demo', ' DEMO ', 'simulated market, not real prices'],
    ['replay', ' REPLAY ', 'recorded market, not now'],
  ] as const)('%s is named on every screen', async (source, badge, words) => {
    const screen = openScreen(120, 40);
    screens.push(screen);
    screen.sink.line(frame({ source }));
    await screen.until((text) => text.includes(badge) && text.includes(words));
    screen.press('5', 'z');
    await screen.until((text) => !text.includes('1 funding'));
    expect(screen.text()).toContain(badge);
    screen.resize(60, 14);
    await screen.until((text) => text.includes(badge) && !text.includes(words));
  });

  test('the end of a recording is a banner, and the screen stays', async () => {
    const screen = start();
    await screen.until(shows('61,832.4'));
    screen.sink.ended('end of the recording');
    await screen.until(shows('ENDED: end of the recording'));
    expect(screen.text()).toContain('61,832.4');
  });
});

test('every key of a panel goes to the one that carries it in its title', () => {
  expect(Object.values(panels).map(({ id, title }) => `${PANEL_KEYS[id]} ${title}`)).toEqual([
    ...TITLES,
    ...MORE_TITLES,
    'u scanner',
  ]);
});

describe('a screen in the past', () => {
  const past = (everySeconds = 1): Past => ({
    at: async ({ time }) => {
      const seconds = Math.floor((time - T0) / 1e6);
      return seconds < -100
        ? { reason: 'nothing is kept before 12:33:16' }
        : {
            at: micros(T0 + seconds * 1e6),
            frames: new Map([
              ['ETH', frame({ asset: 'ETH', seconds })],
              ['BTC', frame({ seconds })],
            ]),
            history: emptyHistory(),
            scan: null,
            origin: 'tape',
            everySeconds,
          };
    },
    turn: async () => event('gateOpened', 'gate opened: pressure down', -60),
    giveUp: () => {},
    reachesAhead: false,
  });

  test.each([
    [80, 24],
    [120, 40],
    [200, 60],
  ])(
    'cannot be taken for now at %i×%i: badge, banner, clock and every border say so',
    async (w, h) => {
      const screen = start(w, h, openScreen, { past: past() });
      await screen.until(shows('61,8'));
      screen.press('[', '[');
      const text = await screen.until(shows('PAST'));
      expect(text).toContain(' PAST ');
      expect(text).toContain('PAST 2026-11-20 12:34:54 UTC, 00:00:02 back');
      expect(text).toContain('╔═ 6 signals');
      expect(text).not.toMatch(/[╭╮╰╯]/);
      // Assets keep their places.
      if (text.includes('ETH')) expect(text.indexOf('BTC')).toBeLessThan(text.indexOf('ETH'));
      for (const line of screen.lines()) expect(line.length).toBeLessThanOrEqual(w);
      expect(screen.commands).toContainEqual({ kind: 'past', isAway: true });
      screen.press('0');
      const now = await screen.until((shown) => shown.includes('╭─ 6 signals'));
      expect(now).not.toContain('PAST');
      expect(screen.commands.at(-1)).toEqual({ kind: 'past', isAway: false });
    },
  );

  test('says where nothing is kept, and goes to events and back by Escape', async () => {
    const screen = start(120, 40, openScreen, { past: past() });
    await screen.until(shows('61,8'));
    screen.press(...':at -1h', '\r');
    await screen.until(shows('nothing is kept before 12:33:16'));
    screen.press('N');
    await screen.until(shows('PAST 2026-11-20 12:33:56'));
    screen.press('\u001B');
    await screen.until((shown) => !shown.includes('PAST'));
  });

  test('without colours and beyond ASCII it has borders of its own as well', async () => {
    const screen = start(120, 40, openScreen, { past: past(), ascii: true, colorLevel: 0 });
    await screen.until(shows('61,8'));
    screen.press('[');
    const text = await screen.until(shows('PAST'));
    expect(text).toContain('#= 6 signals');
    expect(text).not.toMatch(/[^\u0020-\u007E\n]/);
  });
});
