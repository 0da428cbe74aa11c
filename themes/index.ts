import { colourBlind, colourBlindLight } from './colour-blind.ts';
import { dark } from './dark.ts';
import { highContrast } from './high-contrast.ts';
import { light } from './light.ts';
import { noColour } from './no-colour.ts';
import type { Theme } from './theme.ts';

/** Every theme, in the order in which `t` goes through them. */
export const themes: readonly Theme[] = [
  dark,
  light,
  colourBlind,
  colourBlindLight,
  highContrast,
  noColour,
];

const spelling = (name: string): string => name.trim().toLowerCase().replaceAll('color', 'colour');

/** The theme of that name, in either spelling of colour; undefined when there is none. */
export const themeNamed = (name: string): Theme | undefined =>
  themes.find((theme) => theme.name === spelling(name));
