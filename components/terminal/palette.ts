import { contrast, hexOf, type Oklab, oklabOf, type Rgb, rgbOf } from '../../themes/colour.ts';
import type { Hex } from '../../themes/theme.ts';

// The 16 names are the user's to define. On a dark ground xterm's are a fair guess; whoever works on a light ground has made them darker.
const onDark: readonly Rgb[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];
const onLight: readonly Rgb[] = [
  [0, 0, 0],
  [170, 0, 0],
  [0, 120, 0],
  [140, 100, 0],
  [0, 0, 180],
  [150, 0, 150],
  [0, 120, 130],
  [200, 200, 200],
  [110, 110, 110],
  [220, 0, 0],
  [0, 150, 0],
  [180, 130, 0],
  [40, 60, 230],
  [200, 0, 200],
  [0, 150, 160],
  [255, 255, 255],
];

const cube = [0, 95, 135, 175, 215, 255];

function paletteRgb(index: number): Rgb {
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const place = index - 16;
  return [cube[Math.floor(place / 36)]!, cube[Math.floor(place / 6) % 6]!, cube[place % 6]!];
}

/** The colour of an index of the 256, 0–255; of the first sixteen, which every terminal has its own of, as xterm shows them. */
export const hexOfIndex = (index: number): Hex =>
  hexOf(index < 16 ? onDark[index]! : paletteRgb(index));

interface Candidate {
  readonly index: number;
  readonly rgb: Rgb;
  readonly lab: Oklab;
}

const candidate = (index: number, rgb: Rgb): Candidate => ({ index, rgb, lab: oklabOf(rgb) });

// The first 16 are left out: a terminal's owner recolours them.
const fixedPalette = Array.from({ length: 240 }, (_, i) => candidate(16 + i, paletteRgb(16 + i)));
const namesOnDark = onDark.map((rgb, index) => candidate(index, rgb));
const namesOnLight = onLight.map((rgb, index) => candidate(index, rgb));

const namesOn = (ground: Rgb): readonly Candidate[] =>
  contrast(ground, [255, 255, 255]) < contrast(ground, [0, 0, 0]) ? namesOnLight : namesOnDark;

const chroma = (lab: Oklab): number => Math.hypot(lab[1], lab[2]);

function nearest(candidates: readonly Candidate[], distance: (c: Candidate) => number): Candidate {
  let best = candidates[0]!;
  let least = Infinity;
  for (const candidate of candidates) {
    const d = distance(candidate);
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

/** Index (16–255) of the palette colour that looks most like this one. */
export function nearest256(hex: Hex): number {
  const [lightness, a, b] = oklabOf(rgbOf(hex));
  return nearest(fixedPalette, ({ lab }) => Math.hypot(lab[0] - lightness, lab[1] - a, lab[2] - b))
    .index;
}

/** Below this OKLab chroma an eye calls a colour grey. */
const GREY = 0.045;

/** A name that would be harder to read than this is passed over for text. */
const READABLE = 3;

/**
 * Index (0–15) of the ANSI name that says the same as this text colour on this ground: greys stay grey and nearly as strong, colours keep
 * their hue, and lightness only decides between the two brightnesses of a hue.
 */
export function nearest16(hex: Hex, ground: Hex): number {
  const rgb = rgbOf(hex);
  const paper = rgbOf(ground);
  const wanted = oklabOf(rgb);
  const isGrey = chroma(wanted) < GREY;
  const strength = Math.max(READABLE, isGrey ? 0.7 * contrast(rgb, paper) : 0);
  const names = namesOn(paper);
  const readable = names.filter(
    (name) => chroma(name.lab) < GREY === isGrey && contrast(name.rgb, paper) >= strength,
  );
  return nearestByHue(readable.length > 0 ? readable : names, wanted, isGrey);
}

/** Index (0–15) of the ANSI name for a background colour. */
export function nearestPaper16(hex: Hex): number {
  const wanted = oklabOf(rgbOf(hex));
  const isGrey = chroma(wanted) < GREY;
  const names = namesOnDark.filter((name) => chroma(name.lab) < GREY === isGrey);
  return nearestByHue(names, wanted, isGrey);
}

function nearestByHue(names: readonly Candidate[], wanted: Oklab, isGrey: boolean): number {
  const hue = Math.atan2(wanted[2], wanted[1]);
  return nearest(names, ({ lab }) => {
    const light = Math.abs(lab[0] - wanted[0]);
    if (isGrey) return light;
    const turn = Math.abs(Math.atan2(lab[2], lab[1]) - hue);
    return Math.min(turn, 2 * Math.PI - turn) + light;
  }).index;
}

/** Black (0) or bright white (15), whichever reads better on the named colour. */
export function inkOn16(paper: number): number {
  const { rgb } = namesOnDark[paper]!;
  return contrast([0, 0, 0], rgb) >= contrast([255, 255, 255], rgb) ? 0 : 15;
}
