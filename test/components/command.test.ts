import { describe, expect, test } from 'vitest';
import { asked, COMMANDS, completed, type Known } from '../../components/command.ts';
import { PANEL_IDS } from '../../components/panels/ids.ts';
import { T0 } from '../support/frames.ts';

const KNOWN: Known = {
  assets: ['BTC', 'ETH', 'ETC'],
  themes: ['dark', 'light', 'no-colour'],
  panels: PANEL_IDS.map((id) => ({ id, title: id === 'openInterest' ? 'open interest' : id })),
  focused: 'funding',
  newest: T0,
  sorts: ['venue', '8h', 'annual', 'next'],
  paths: () => ['drift.mu', 'drift.mu1', 'drift.mu2', 'basis.fair'],
};

const ask = (line: string, known: Partial<Known> = {}) => asked(line, { ...KNOWN, ...known });

describe('a command line', () => {
  test.each([
    ['asset eth', { kind: 'asset', asset: 'ETH' }],
    ['asset b', { kind: 'asset', asset: 'BTC' }],
    ['  theme   LIGHT  ', { kind: 'theme', name: 'light' }],
    ['th li', { kind: 'theme', name: 'light' }],
    ['panel funding', { kind: 'panel', panel: 'funding' }],
    ['panel oi', { kind: 'panel', panel: 'openInterest' }],
    ['panel open interest', { kind: 'panel', panel: 'openInterest' }],
    ['sort 8h', { kind: 'sort', column: 1 }],
    ['sort a', { kind: 'sort', column: 2 }],
    ['layout micro', { kind: 'layout', preset: 'microstructure' }],
    ['fps 4', { kind: 'fps', fps: 4 }],
    ['fps 0.5', { kind: 'fps', fps: 0.5 }],
    ['explain drift.mu2', { kind: 'explain', path: 'drift.mu2' }],
    ['explain basis', { kind: 'explain', path: 'basis.fair' }],
    ['filter !binance', { kind: 'filter', text: '!binance' }],
    ['filter', { kind: 'filter', text: '' }],
    ['zoom', { kind: 'zoom' }],
    ['help', { kind: 'help' }],
    ['q', { kind: 'quit' }],
  ])('%j is understood', (line, meant) => {
    expect(ask(line)).toEqual(meant);
  });

  test.each([
    ['assets btc', /^no command 'assets'; there is asset, panel, /],
    ['f 4', /^no command 'f'; there is/],
    ['asset doge', /^no asset 'doge'; there is BTC, ETH, ETC$/],
    ['asset et', /^no asset 'et'; there is BTC, ETH, ETC$/],
    ['theme', /^theme takes one of dark, light, no-colour$/],
    ['sort oi', /^no sort 'oi'; there is venue, 8h, annual, next$/],
    ['fps fast', /^fps takes a number from 0.5 to 60$/],
    ['fps 0', /^fps takes a number from 0.5 to 60$/],
    ['fps', /^fps takes/],
    ['explain mu', /^no number 'mu'; there is drift.mu, drift.mu1, drift.mu2$/],
    ['explain', /^explain takes the path of a number/],
    ['zoom in', /^zoom takes nothing after it$/],
  ])('%j is refused with what would be right', (line, text) => {
    expect(ask(line)).toEqual({ kind: 'wrong', text: expect.stringMatching(text) });
  });

  test('a panel without columns cannot be sorted, and an empty line asks for nothing', () => {
    expect(ask('sort x', { sorts: [], focused: 'book' })).toEqual({
      kind: 'wrong',
      text: 'book cannot be sorted',
    });
    expect(ask('   ')).toBeNull();
  });
});

describe('Tab', () => {
  test.each([
    ['', ''],
    ['the', 'theme '],
    ['f', 'f'],
    ['zo', 'zoom'],
    ['asset e', 'asset ET'],
    ['asset b', 'asset BTC'],
    ['explain dr', 'explain drift.mu'],
    ['explain nothing', 'explain nothing'],
    ['fps ', 'fps '],
    ['nonsense x', 'nonsense x'],
  ])('goes on from %j to %j', (line, more) => {
    expect(completed(line, KNOWN).text).toBe(more);
  });

  test('says what could stand there', () => {
    expect(completed('', KNOWN).options).toEqual(COMMANDS.map(({ name }) => name));
    expect(completed('f', KNOWN).options).toEqual(['filter', 'fps', 'freeze']);
    expect(completed('theme ', KNOWN).options).toEqual(KNOWN.themes);
  });

  test('what it makes of the beginning of a command is that command', () => {
    for (const { name } of COMMANDS)
      expect(ask(completed(name.slice(0, 2), KNOWN).text)).toEqual(ask(name));
  });
});
