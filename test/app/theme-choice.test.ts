import { expect, test } from 'vitest';
import { chosenTheme, type ThemeWishes } from '../../src/app/theme-choice.ts';
import { themes } from '../../themes/index.ts';

const nothing: ThemeWishes = {
  flag: undefined,
  environment: undefined,
  hasColours: true,
  configured: null,
  remembered: undefined,
  themes,
};
const theme = (wishes: Partial<ThemeWishes>): string => chosenTheme({ ...nothing, ...wishes }).name;

test('what is configured beats what was chosen at the screen, which beats dark', () => {
  expect(theme({})).toBe('dark');
  expect(theme({ remembered: 'light' })).toBe('light');
  expect(theme({ remembered: 'light', configured: 'high-contrast' })).toBe('high-contrast');
});

test('flag and environment are for this run, with or without colours', () => {
  const rest = { configured: 'high-contrast', remembered: 'dark', hasColours: false };
  expect(theme({ ...rest, environment: 'light' })).toBe('light');
  expect(theme({ ...rest, environment: 'light', flag: 'colour-blind' })).toBe('colour-blind');
  expect(theme({ ...rest, environment: '' })).toBe('no-colour');
});

test('a remembered theme that is gone counts as none', () => {
  expect(theme({ remembered: 'neon' })).toBe('dark');
});
