/** Numerators and denominators of Cody's three intervals, from the highest power down; the first of each is the one his loops begin with. */
const NEAR = [
  0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694,
];
const NEAR_BELOW = [
  1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171,
];
const MIDDLE = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163,
  298.6351381974001, 881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
];
const MIDDLE_BELOW = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903,
  3290.7992357334597, 4362.619090143247, 3439.3676741437216, 1230.3393548037495,
];
const FAR = [
  0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926,
  0.016083785148742275, 0.0006587491615298378,
];
const FAR_BELOW = [
  1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132,
  0.0023352049762686918,
];

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}

const ratio = (above: readonly number[], below: readonly number[], x: number): number =>
  polynomial(above, x) / polynomial(below, x);

/** exp(−y²) whose argument is split so that the square loses no digits. */
function expOfMinusSquare(y: number): number {
  const head = Math.trunc(y * 16) / 16;
  return Math.exp(-head * head) * Math.exp(-(y - head) * (y + head));
}

/** Here erfc is no double any more. */
const NOTHING_BEYOND = 28;

/** erfc(y) for y > 0.46875. */
function upperTail(y: number): number {
  if (y > NOTHING_BEYOND) return 0;
  if (y <= 4) return expOfMinusSquare(y) * ratio(MIDDLE, MIDDLE_BELOW, y);
  const z = 1 / (y * y);
  return (expOfMinusSquare(y) * (1 / Math.sqrt(Math.PI) - z * ratio(FAR, FAR_BELOW, z))) / y;
}

/** Density of the standard normal distribution. */
export const normalDensity = (x: number): number => Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);

/**
 * Distribution function N(x) of the standard normal, to the last digits of a double in both tails: a far option is worth what its tail is.
 *
 * @see Cody (1969), Rational Chebyshev approximations for the error function, Math. Comp. 23
 */
export function normalDistribution(x: number): number {
  const y = Math.abs(x) / Math.SQRT2;
  if (y <= 0.46875) {
    const z = y * y;
    return 0.5 + (Math.sign(x) * y * ratio(NEAR, NEAR_BELOW, z)) / 2;
  }
  const tail = upperTail(y) / 2;
  return x > 0 ? 1 - tail : tail;
}

/** Probability that a standard normal variable lies within ±|z|: 2Φ(|z|) − 1. */
export const withinDeviations = (z: number): number => 2 * normalDistribution(Math.abs(z)) - 1;
