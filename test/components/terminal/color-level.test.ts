import { describe, expect, test } from 'vitest';
import { colorLevel, type Environment } from '../../../components/terminal/color-level.ts';

const level = (env: Environment, flag?: 0 | 4 | 8 | 24, platform = 'linux') =>
  colorLevel({ env, flag, platform });

const xterm = { TERM: 'xterm-256color' };

describe('who decides', () => {
  test('the flag beats everything', () => {
    expect(level({ NO_COLOR: '1', FORCE_COLOR: '3', ...xterm }, 8)).toBe(8);
    expect(level({ COLORTERM: 'truecolor', ...xterm }, 0)).toBe(0);
  });

  test('NO_COLOR beats FORCE_COLOR, whatever it says, unless it is empty', () => {
    expect(level({ NO_COLOR: '0', FORCE_COLOR: '3', ...xterm })).toBe(0);
    expect(level({ NO_COLOR: '', ...xterm })).toBe(8);
  });

  test.each([
    ['0', 0],
    ['false', 0],
    ['', 4],
    ['1', 4],
    ['true', 4],
    ['2', 8],
    ['3', 24],
    ['nonsense', 24],
  ])('FORCE_COLOR=%j gives %i, and nonsense decides nothing', (value, expected) => {
    expect(level({ FORCE_COLOR: value, COLORTERM: 'truecolor', ...xterm })).toBe(expected);
  });

  test('COLORTERM beats TERM', () => {
    expect(level({ COLORTERM: 'truecolor', TERM: 'xterm' })).toBe(24);
    expect(level({ COLORTERM: '24bit', TERM: 'screen' })).toBe(24);
    expect(level({ COLORTERM: 'yes', TERM: 'xterm' })).toBe(4);
  });
});

test.each([
  ['xterm', 4],
  ['linux', 4],
  ['screen', 4],
  ['screen-256color', 8],
  ['tmux-256color', 8],
  ['xterm-direct', 24],
  ['xterm-kitty', 24],
  ['xterm-ghostty', 24],
  ['alacritty', 24],
  ['dumb', 0],
  ['', 0],
])('TERM=%j alone gives %i', (term, expected) => {
  expect(level({ TERM: term })).toBe(expected);
});

test('Windows consoles need no TERM', () => {
  expect(level({}, undefined, 'win32')).toBe(24);
  expect(level({ WT_SESSION: 'x' })).toBe(24);
  expect(level({})).toBe(0);
});

test('a dumb terminal stays dumb whatever COLORTERM claims', () => {
  expect(level({ TERM: 'dumb', COLORTERM: 'truecolor' })).toBe(0);
});
