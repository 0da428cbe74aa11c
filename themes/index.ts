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

/** The theme of that name among those given, the built-in ones unless said, in either spelling of colour and whatever its case; undefined when there is none. */
export const themeNamed = (name: string, among: readonly Theme[] = themes): Theme | undefined =>
  among.find((theme) => spelling(theme.name) === spelling(name));
