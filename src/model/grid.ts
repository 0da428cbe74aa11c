/**
 * The decimal grid of a price or a size: one step is `units / scale`.
 *
 * Two integers instead of one float, because `618002 × 0.1` is not 61800.2 in binary while `618002 × 1 / 10` is:
 * the product is exact and the single division rounds correctly, to the very double that the venue's text parses to.
 */
export interface Grid {
  readonly units: number;
  readonly scale: number;
}

const DECIMAL = /^(\d+)(?:\.(\d+))?$/;

/**
 * Grid whose step is the decimal number in `text` (`"0.10"`, `"0.00000100"`, `"5"`).
 *
 * @returns undefined when the text is not a positive decimal with at most 15 significant digits.
 */
export function gridFromText(text: string): Grid | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  const units = Number(match[1] + fraction);
  if (!(units > 0) || units > 1e15 || fraction.length > 15) return undefined;
  return { units, scale: 10 ** fraction.length };
}

/** Value of `steps` steps, in the unit of the grid (quote currency per coin, or coins). */
export const fromSteps = (steps: number, grid: Grid): number => (steps * grid.units) / grid.scale;

/** Nearest whole number of steps. Rounds: truncating loses a step in about one price in seven. */
export const toSteps = (value: number, grid: Grid): number =>
  Math.round((value * grid.scale) / grid.units);

/** Whether `value` lies on the grid, to within the rounding of one double. */
export function isOnGrid(value: number, grid: Grid): boolean {
  const steps = (value * grid.scale) / grid.units;
  return Math.abs(steps - Math.round(steps)) <= 1e-9 * Math.max(1, Math.abs(steps));
}

/** Size of one step. */
export const stepOf = (grid: Grid): number => grid.units / grid.scale;

/** Decimals that write every value of the grid exactly, e.g. 1 for a tick of 0.10, 2 for 0.05. */
export const decimalsOf = (grid: Grid): number => Math.round(Math.log10(grid.scale));

/** Shortest decimal text of `steps` steps, exact: `30316` and not `30316.0`. */
export function textOfSteps(steps: number, { units, scale }: Grid): string {
  const whole = String(steps * units);
  const decimals = Math.round(Math.log10(scale));
  if (decimals === 0) return whole;
  const digits = whole.padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  const head = digits.slice(0, -decimals);
  return fraction === '' ? head : `${head}.${fraction}`;
}
