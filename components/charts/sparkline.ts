import {
  assertCells,
  clamped,
  openedRange,
  position,
  type Reduce,
  rangeOf,
  resampled,
  type Values,
} from './scale.ts';

const BLOCKS = '▁▂▃▄▅▆▇█';
/** More and more ink. */
const ASCII = '_.-=+*%#';
/** Dots filled from below, none to four, for the left and the right half of a braille cell. */
const LEFT = [0x00, 0x40, 0x44, 0x46, 0x47];
const RIGHT = [0x00, 0x80, 0xa0, 0xb0, 0xb8];

export interface SparklineOptions {
  /** Ends of the scale; the values' own unless given. */
  readonly min?: number;
  readonly max?: number;
  /** How values share a cell when there are more of them than cells; the newest of each unless given. */
  readonly reduce?: Reduce;
  /** Two values to a cell at half the height resolution. */
  readonly braille?: boolean;
  readonly ascii?: boolean;
}

/**
 * One row of bars, newest at the right, exactly `width` cells without colours. Fewer values than cells leave the left blank, a gap is blank, a
 * constant is half high.
 */
export function sparkline(values: Values, width: number, options: SparklineOptions = {}): string {
  assertCells(width);
  const found = rangeOf([values]);
  if (found === undefined) return ' '.repeat(width);
  const range = openedRange(found, options.min, options.max);
  const isBraille = options.braille === true && options.ascii !== true;
  const shares = resampled(values, isBraille ? 2 * width : width, options.reduce ?? 'last').map(
    (value) => clamped(position(value, range)),
  );
  const row = isBraille
    ? brailleBars(shares)
    : bars(shares, options.ascii === true ? ASCII : BLOCKS);
  return row.padStart(width);
}

const bars = (shares: readonly number[], levels: string): string =>
  shares
    .map((share) =>
      Number.isNaN(share)
        ? ' '
        : levels[Math.min(levels.length - 1, Math.floor(share * levels.length))]!,
    )
    .join('');

function brailleBars(shares: readonly number[]): string {
  const dots = shares.map((share) =>
    Number.isNaN(share) ? 0 : Math.min(4, 1 + Math.floor(share * 4)),
  );
  // The newest value fills the right half of the last cell.
  if (dots.length % 2 === 1) dots.unshift(0);
  let row = '';
  for (let i = 0; i < dots.length; i += 2) {
    const mask = LEFT[dots[i]!]! | RIGHT[dots[i + 1]!]!;
    row += mask === 0 ? ' ' : String.fromCharCode(0x28_00 + mask);
  }
  return row;
}
