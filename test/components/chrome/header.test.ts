import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { describe, expect } from 'vitest';
import { assetAt, headerRows } from '../../../components/chrome/header.ts';
import { type ScreenState, ScreenStore } from '../../../components/screen-store.ts';
import type { Frame } from '../../../src/frame/frame.ts';
import { micros } from '../../../src/model/units.ts';
import { brushOf, plain } from '../../support/drawn.ts';
import { chaosFrame, emptyFrame, frame, staleFrame, T0 } from '../../support/frames.ts';

function stateOf(frames: readonly Frame[], change: Partial<ScreenState> = {}): ScreenState {
  const store = new ScreenStore({ fps: 10, clock: { now: () => 0, after: () => () => {} } });
  for (const one of frames) store.receive(one);
  store.focusAsset(frames[0]?.asset ?? 'BTC');
  return { ...store.state(), ...change };
}

const header = (state: ScreenState, w = 160, h = 2, level: 0 | 24 = 0, ascii = false): string[] =>
  headerRows(state, w, h, brushOf(level, ascii)).map(plain);

describe('the first row', () => {
  test('names the source, the assets with price and change, and the clock of the data', () => {
    const [first] = header(stateOf([frame(), frame({ asset: 'ETH' })]));
    expect(first).toMatch(/perpscope +● LIVE +BTC 61,832\.4 +\+2\.31 % +ETH 3,245\.17 +-1\.32 %/);
    expect(first!.trimEnd()).toMatch(/12:34:56 UTC$/);
  });

  test('keeps the asset in focus however narrow it is, and counts the others', () => {
    const frames = ['SOL', 'BTC', 'ETH'].map((asset) => frame({ asset: asset as 'BTC' }));
    const [first] = header(stateOf(frames, { asset: 'ETH', frame: frames[2]! }), 62);
    expect(first).toContain('ETH 3,245.17');
    expect(first).toContain('+2');
  });

  test.each([60, 90, 130, 200])('knows in %i columns which asset a column belongs to', (w) => {
    const frames = ['BTC', 'ETH', 'SOL'].map((asset) => frame({ asset: asset as 'BTC' }));
    const state = stateOf(frames, { asset: 'ETH', frame: frames[1]! });
    const [first] = header(state, w);
    const seen = [...first!].map((_, x) => assetAt(state, w, x, brushOf()));
    for (const asset of ['BTC', 'ETH', 'SOL'] as const) {
      const at = first!.indexOf(`${asset} `);
      expect(seen[at] ?? null).toBe(at < 0 ? null : asset);
    }
    const price = first!.indexOf('3,245.17');
    expect(seen[price]).toBe('ETH');
    expect(seen[0]).toBeNull();
    expect(seen[first!.indexOf('UTC')]).toBeNull();
    // A tab is one stretch.
    const tabs = seen.filter((asset, x) => asset !== null && asset !== seen[x - 1]);
    expect(new Set(tabs).size).toBe(tabs.length);
  });

  test('a price that is absent is a dash in every tab', () => {
    const [first] = header(stateOf([emptyFrame()]));
    expect(first).toMatch(/BTC +— +—/);
  });
});

describe('what is not the market of now', () => {
  test.each([
    ['demo', 'demo', ' DEMO ', 'simulated market, not real prices'],
    ['replay', 'recording', ' REPLAY ', 'recorded market, not now'],
    ['replay', 'demo', ' REPLAY of demo ', 'recorded simulation, not real prices'],
    ['replay', 'live', ' REPLAY of live ', 'recorded market, not now'],
  ] as const)('%s of %s says so in both rows', (source, origin, badge, words) => {
    const [first, second] = header(stateOf([{ ...frame({ source }), origin }]));
    expect(first).toContain(badge);
    expect(second).toContain(words);
    expect(first).not.toContain('LIVE');
  });

  test('a replay shows the date, so that nobody takes its clock for now', () => {
    const [first] = header(stateOf([frame({ source: 'replay' })]));
    expect(first).toContain('2026-11-20 12:34:56');
  });

  test('LIVE looks alive only while feeds are', () => {
    expect(header(stateOf([frame()]))[0]).toContain('● LIVE');
    expect(header(stateOf([staleFrame()]))[0]).toContain('○ LIVE');
  });

  test('frozen takes the place of LIVE and of the second row', () => {
    const frozen = { at: micros(frame().tsLocal), behind: micros(75e6) };
    const [first, second] = header(stateOf([frame()], { frozen }));
    expect(first).toContain(' FROZEN ');
    expect(first).not.toContain('LIVE');
    expect(second).toMatch(/^ FROZEN at 12:34:56 UTC, 00:01:15 behind/);
  });

  test('a frozen demo is still called a demo, even on a header of one row', () => {
    const frozen = { at: micros(frame().tsLocal), behind: micros(1e6) };
    const [only] = header(stateOf([frame({ source: 'demo' })], { frozen }), 60, 1);
    expect(only).toMatch(/^ DEMO {2}FROZEN/);
  });

  test('silence and the end of the lines are banners', () => {
    expect(header(stateOf([frame()], { silentMs: 65_000 }))[1]).toContain(
      'NOTHING ARRIVES since 00:01:05',
    );
    expect(header(stateOf([frame()], { ended: 'end of the recording' }))[1]).toContain(
      'ENDED: end of the recording',
    );
  });
});

test('the second row has regime, cascade, gate and how many feeds and books can be trusted', () => {
  const [, second] = header(stateOf([frame()]));
  expect(second).toMatch(
    /regime crowded carry long for 02:14:00 +cascade ~high +gate OPEN +feeds 3\/3 +books 2\/2/,
  );
});

test.each([80, 90, 100, 110, 120, 160])(
  'at %i columns the second row says how far feeds and books can be trusted, whatever else gives way',
  (w) => {
    const [first, second] = header(stateOf([{ ...frame(), source: 'demo', origin: 'demo' }]), w);
    expect(first).toContain(' DEMO ');
    expect(second).toMatch(/cascade ~high .*feeds 3\/3 {2}books 2\/2 $/);
  },
);

test('a frozen screen says at 80 columns in whole words how to go on', () => {
  const frozen = { at: frame().tsLocal, behind: micros(12e6) };
  const [, banner] = header(stateOf([frame()], { frozen }), 80);
  expect(banner!.trim()).toMatch(/^FROZEN at .* 00:00:12 behind\. .*Space follows again\.$/);
});

test('before the first frame it waits', () => {
  expect(header(stateOf([]))[0]).toContain('waiting for the first frame');
});

test.prop([
  fc.integer({ min: 0, max: 1e6 }),
  fc.integer({ min: 40, max: 300 }),
  fc.constantFrom(1, 2),
  fc.boolean(),
])('fills its rows exactly whatever the frames hold', (seed, w, h, isFrozen) => {
  const frames = [0, 1, 2, 3, 4].map((i) => ({ ...chaosFrame(seed + i), asset: `A${i}` }));
  const state = stateOf(frames, {
    frozen: isFrozen ? { at: frames[0]!.tsLocal, behind: micros(1e15) } : null,
    assetsLeftOut: seed % 3,
  });
  const rows = header(state, w, h, 24);
  expect(rows).toHaveLength(h);
  for (const row of rows) {
    expect(stringWidth(row), row).toBe(w);
    expect(row).not.toMatch(/NaN|undefined|Infinity/);
  }
  for (const row of header(state, w, h, 0, true)) expect(row).toMatch(/^[ -~]*$/);
});

describe('the past', () => {
  const past = { at: micros(T0 - 192e6), origin: 'tape', everySeconds: 1, newest: T0 } as const;

  test('has a badge beside the source, a banner, and a clock with its date', () => {
    const [first, second] = header(stateOf([frame({ source: 'demo' })], { past }));
    expect(first).toMatch(/ DEMO {2}PAST /);
    expect(first).toContain('2026-11-20 12:34:56');
    expect(second?.trimEnd()).toBe(
      ' PAST 2026-11-20 12:31:44 UTC, 00:03:12 back. 0 returns. Kept every second. Feeds go on.',
    );
  });

  test('says at 80 columns in whole words how to go on', () => {
    const [, second] = header(stateOf([frame()], { past }), 80);
    expect(second).toContain('0 returns.');
  });

  test('of which a second is being made anew says how far that is', () => {
    const deriving = { to: micros(T0 - 3600e6), share: 0.426 };
    const [, second] = header(stateOf([frame()], { deriving }));
    expect(second).toMatch(/^ MAKING 2026-11-20 11:34:56 UTC ANEW: 42 %\. 0 gives up\./);
  });
});
