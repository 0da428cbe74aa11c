import { describe, expect, test } from 'vitest';
import { contrast, hexOf, mixed, oklabOf, type Rgb, rgbOf } from '../../themes/colour.ts';
import { colourBlind, colourBlindLight } from '../../themes/colour-blind.ts';
import { highContrast } from '../../themes/high-contrast.ts';
import { themeNamed, themes } from '../../themes/index.ts';
import { noColour } from '../../themes/no-colour.ts';
import type { Hex, RampName, Role, Theme } from '../../themes/theme.ts';

const coloured = themes.filter((theme) => theme !== noColour);
const named = coloured.map((theme) => [theme.name, theme] as const);

/** Lines and structure may be faint; everything else is read. */
const FAINT: readonly Role[] = ['border', 'grid', 'selection'];
const textRoles = (theme: Theme): Role[] =>
  (Object.keys(theme.roles) as Role[]).filter((role) => !FAINT.includes(role));

/** Seen without green-sensitive, red-sensitive or blue-sensitive cones (Machado, Oliveira and Fernandes 2009, severity 1, linear RGB). */
const BLINDNESS = {
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const;
type Blindness = keyof typeof BLINDNESS;

function seenWith(blindness: Blindness, hex: Hex): Rgb {
  const linear = rgbOf(hex).map((c) => {
    const x = c / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  });
  return BLINDNESS[blindness].map((row) => {
    const light = Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, k, i) => sum + k * linear[i]!, 0),
      ),
    );
    return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
  }) as unknown as Rgb;
}

const difference = (a: Rgb, b: Rgb): number => {
  const one = oklabOf(a);
  const other = oklabOf(b);
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
};

const opposites = [
  ['bid', 'ask'],
  ['long', 'short'],
  ['rising', 'falling'],
] as const;

describe.each(named)('%s', (_, theme) => {
  test.each(textRoles(theme))('%s is readable on the theme’s background', (role) => {
    const { fg, bg } = theme.roles[role];
    const ground = rgbOf(bg ?? theme.background);
    expect(contrast(rgbOf(fg!), ground)).toBeGreaterThanOrEqual(theme === highContrast ? 7 : 4.5);
  });

  test('text stays readable on the selection', () => {
    const selection = rgbOf(theme.roles.selection.bg!);
    for (const role of textRoles(theme)) {
      const { fg, bg } = theme.roles[role];
      if (bg === undefined) {
        const least = role === 'dim' || role === 'absent' ? 3 : 4.5;
        expect(contrast(rgbOf(fg!), selection), role).toBeGreaterThanOrEqual(least);
      }
    }
  });

  test('chart lines are readable and differ from one another', () => {
    const lines = theme.series.map(({ fg }) => rgbOf(fg!));
    expect(lines.length).toBeGreaterThanOrEqual(7);
    for (const [i, line] of lines.entries()) {
      expect(contrast(line, rgbOf(theme.background))).toBeGreaterThanOrEqual(4.5);
      for (const other of lines.slice(i + 1)) expect(difference(line, other)).toBeGreaterThan(0.05);
    }
  });

  test.each(opposites)('%s and %s can be told apart', (one, other) => {
    const [a, b] = [theme.roles[one].fg!, theme.roles[other].fg!];
    expect(difference(rgbOf(a), rgbOf(b))).toBeGreaterThan(0.15);
  });

  test.each(['heat', 'long', 'short'] as const)('%s gets steadily stronger', (ramp) => {
    const ground = oklabOf(rgbOf(theme.background))[0];
    const stops = theme.ramps[ramp];
    const strength = stops.map((stop) => Math.abs(oklabOf(rgbOf(stop))[0] - ground));
    for (let i = 1; i < strength.length; i++) {
      expect(strength[i]!, `${ramp} stop ${i}`).toBeGreaterThan(strength[i - 1]!);
    }
  });

  test('a diverging scale is faintest in the middle', () => {
    const ground = oklabOf(rgbOf(theme.background))[0];
    const strength = theme.ramps.diverging.map((stop) =>
      Math.abs(oklabOf(rgbOf(stop))[0] - ground),
    );
    const middle = (strength.length - 1) / 2;
    expect(Math.min(...strength)).toBe(strength[middle]);
  });

  test('the states of a whole screen look different from each other', () => {
    const badges = (['frozen', 'past', 'demo', 'replay'] as const).map(
      (role) => theme.roles[role].bg,
    );
    expect(new Set(badges).size).toBe(4);
  });
});

describe.each([
  ['colour-blind', colourBlind],
  ['colour-blind-light', colourBlindLight],
] as const)('%s', (_, theme) => {
  test.each(
    opposites.flatMap((pair) =>
      (Object.keys(BLINDNESS) as Blindness[]).map((blindness) => [...pair, blindness] as const),
    ),
  )('%s and %s can be told apart with %s', (one, other, blindness) => {
    const [a, b] = [theme.roles[one].fg!, theme.roles[other].fg!];
    expect(difference(seenWith(blindness, a), seenWith(blindness, b))).toBeGreaterThan(0.12);
  });

  test.each(Object.keys(BLINDNESS) as Blindness[])(
    'the ends of the diverging scale differ with %s',
    (blindness) => {
      const stops = theme.ramps.diverging;
      expect(
        difference(seenWith(blindness, stops[0]!), seenWith(blindness, stops.at(-1)!)),
      ).toBeGreaterThan(0.12);
    },
  );
});

test('the measure of telling apart is not met by every theme: red and green fail it', () => {
  const theme = themeNamed('dark')!;
  const [a, b] = [theme.roles.bid.fg!, theme.roles.ask.fg!];
  const healthy = difference(rgbOf(a), rgbOf(b));
  const blind = difference(seenWith('deuteranopia', a), seenWith('deuteranopia', b));
  expect(blind).toBeLessThan(0.6 * healthy);
});

test('no-colour has attributes and nothing else', () => {
  for (const style of [...Object.values(noColour.roles), ...noColour.series]) {
    expect(style.fg).toBeUndefined();
    expect(style.bg).toBeUndefined();
  }
  for (const ramp of ['heat', 'long', 'short', 'diverging'] satisfies RampName[]) {
    expect(noColour.ramps[ramp]).toEqual([]);
  }
});

test('names are unique and found in either spelling', () => {
  expect(new Set(themes.map((theme) => theme.name)).size).toBe(themes.length);
  expect(themeNamed('no-color')).toBe(noColour);
  expect(themeNamed(' Colour-Blind ')).toBe(colourBlind);
  expect(themeNamed('solarised')).toBeUndefined();
});

test('a scale is mixed through its stops', () => {
  expect(mixed(['#000000', '#ffffff'], 0)).toBe('#000000');
  expect(mixed(['#000000', '#ff0000', '#ffffff'], 0.5)).toBe('#ff0000');
  expect(mixed(['#000000', '#ffffff'], 2)).toBe('#ffffff');
  expect(hexOf([255.4, -3, 300])).toBe('#ff00ff');
});
