import type { Hex } from './theme.ts';

/** Red, green and blue, 0–255. */
export type Rgb = readonly [red: number, green: number, blue: number];

export function rgbOf(hex: Hex): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

const hexDigits = (channel: number): string =>
  Math.round(Math.min(255, Math.max(0, channel)))
    .toString(16)
    .padStart(2, '0');

export const hexOf = ([red, green, blue]: Rgb): Hex =>
  `#${hexDigits(red)}${hexDigits(green)}${hexDigits(blue)}`;

/** sRGB channel (0–255) → linear light (0–1). */
const linear = (channel: number): number => {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

const encoded = (light: number): number =>
  255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);

function luminance(rgb: Rgb): number {
  return 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
}

/** Contrast of two colours, 1 (equal) to 21 (black and white), as WCAG 2 defines it. */
export function contrast(a: Rgb, b: Rgb): number {
  const one = luminance(a);
  const other = luminance(b);
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** Lightness 0–1, green–red and blue–yellow axes of OKLab, in which distances are roughly what an eye sees (Ottosson 2020). */
export type Oklab = readonly [lightness: number, a: number, b: number];

export function oklabOf(rgb: Rgb): Oklab {
  const r = linear(rgb[0]);
  const g = linear(rgb[1]);
  const b = linear(rgb[2]);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function rgbOfOklab([lightness, a, b]: Oklab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encoded(Math.max(0, 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)),
    encoded(Math.max(0, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)),
    encoded(Math.max(0, -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)),
  ];
}

/** The colour at `position` (0–1) on a scale of stops, mixed in OKLab so that no step looks muddy. */
export function mixed(stops: readonly Hex[], position: number): Hex {
  const last = stops.length - 1;
  const place = Math.min(1, Math.max(0, position)) * last;
  const below = Math.min(last, Math.floor(place));
  const above = Math.min(last, below + 1);
  const share = place - below;
  const from = oklabOf(rgbOf(stops[below]!));
  const to = oklabOf(rgbOf(stops[above]!));
  return hexOf(
    rgbOfOklab([
      from[0] + (to[0] - from[0]) * share,
      from[1] + (to[1] - from[1]) * share,
      from[2] + (to[2] - from[2]) * share,
    ]),
  );
}
