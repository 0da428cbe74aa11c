/** Mean and sample standard deviation in exact rational arithmetic, rounded once at the end. */
export function exactMoments(values: readonly number[]): { mean: number; sd: number } {
  const n = BigInt(values.length);
  const scaled = values.map(fixedPoint);
  const sum = scaled.reduce((a, b) => a + b, 0n);
  const squares = scaled.reduce((a, b) => a + b * b, 0n);
  const [mean, meanPower] = quotient(sum, n);
  const [variance, power] = quotient(n * squares - sum * sum, n * (n - 1n));
  return {
    mean: scaleBy(mean, meanPower - FRACTION_BITS),
    sd: scaleBy(Math.sqrt(variance), power / 2 - FRACTION_BITS),
  };
}

const FRACTION_BITS = 1074;

/** x · 2¹⁰⁷⁴, which is whole for every finite double. */
export function fixedPoint(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const size = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return bits >> 63n === 1n ? -size : size;
}

/** a / b as a double times a power of two with an even exponent. */
function quotient(a: bigint, b: bigint): [number, number] {
  if (b === 0n) return [Number.NaN, 0];
  const length = (x: bigint) => (x < 0n ? -x : x).toString(2).length;
  let shift = length(b) - length(a) + 120;
  if (shift % 2 !== 0) shift += 1;
  const raised = shift >= 0 ? a << BigInt(shift) : a >> BigInt(-shift);
  return [Number(raised / b), -shift];
}

/** x · 2^power without leaving the double range on the way. */
function scaleBy(x: number, power: number): number {
  const half = Math.trunc(power / 2);
  return x * 2 ** half * 2 ** (power - half);
}
