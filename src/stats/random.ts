import { assert } from './invariant.ts';

/**
 * A stream of pseudo-random numbers that its seed determines wholly: xoshiro128** (Blackman, Vigna
 * 2021; period 2¹²⁸ − 1). For simulation; nothing secret may hang on it.
 */
export interface Random {
  readonly words: Int32Array;
  /** The second normal of a pair not asked for yet, NaN when there is none. */
  spareNormal: number;
}

/** Above this mean, Poisson numbers come by rejection instead of by counting uniforms. */
const LARGE_MEAN = 10;

/** A stream from a whole number; neighbouring seeds give unrelated streams. */
export function createRandom(seed: number): Random {
  assert(Number.isSafeInteger(seed), `a seed is a whole number, not ${seed}`);
  const low = mix(seed | 0);
  const high = mix(Math.floor(seed / 2 ** 32) ^ low);
  const words = Int32Array.from({ length: 4 }, (_, i) => mix(low + i) ^ mix(high - i));
  // The one state that the generator never leaves.
  if (words.every((word) => word === 0)) words[0] = 1;
  return { words, spareNormal: Number.NaN };
}

/** A whole number from 0 to 2³² − 1. */
export function nextUint32(random: Random): number {
  const { words } = random;
  let s0 = words[0]!;
  let s1 = words[1]!;
  let s2 = words[2]!;
  let s3 = words[3]!;
  const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
  const shifted = s1 << 9;
  s2 ^= s0;
  s3 ^= s1;
  s1 ^= s2;
  s0 ^= s3;
  s2 ^= shifted;
  s3 = rotateLeft(s3, 11);
  words[0] = s0;
  words[1] = s1;
  words[2] = s2;
  words[3] = s3;
  return result;
}

/** Uniform on [0, 1), in steps of 2⁻⁵³. */
export function nextUniform(random: Random): number {
  const high = nextUint32(random) >>> 5;
  const low = nextUint32(random) >>> 6;
  return (high * 2 ** 26 + low) / 2 ** 53;
}

/** Normal with mean 0 and standard deviation 1 (Marsaglia's polar method). */
export function nextNormal(random: Random): number {
  const spare = random.spareNormal;
  if (!Number.isNaN(spare)) {
    random.spareNormal = Number.NaN;
    return spare;
  }
  for (;;) {
    const u = 2 * nextUniform(random) - 1;
    const v = 2 * nextUniform(random) - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) {
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      random.spareNormal = v * scale;
      return u * scale;
    }
  }
}

/** Exponential with mean 1: multiply by the mean waiting time wanted. */
export function nextExponential(random: Random): number {
  return -Math.log(1 - nextUniform(random));
}

/** How many of independent events happen where `mean` are expected, mean from 0 to 1e9. */
export function nextPoisson(random: Random, mean: number): number {
  assert(mean >= 0 && mean <= 1e9, 'a mean count lies between 0 and 1e9');
  return mean < LARGE_MEAN ? countUniforms(random, mean) : rejectTransformed(random, mean);
}

/** Knuth, TAOCP 2, 3.4.1 F.3. */
function countUniforms(random: Random, mean: number): number {
  const floor = Math.exp(-mean);
  let count = 0;
  for (let product = nextUniform(random); product > floor; product *= nextUniform(random)) {
    count += 1;
  }
  return count;
}

/** Hörmann 1993, "The transformed rejection method for generating Poisson random variables", PTRS. */
function rejectTransformed(random: Random, mean: number): number {
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = nextUniform(random) - 0.5;
    const v = nextUniform(random);
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    const height = Math.log((v * inverseAlpha) / (a / (us * us) + b));
    if (height <= count * logMean - mean - logFactorial(count)) return count;
  }
}

/** ln n!, by Stirling's series above the numbers small enough to multiply out. */
function logFactorial(n: number): number {
  if (n < 16) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product);
  }
  const x = n + 1;
  const square = x * x;
  const series = 1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series / x;
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** Spreads every bit of a word over all of them, one word to one (splitmix32's finaliser). */
function mix(word: number): number {
  let z = (word + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}
