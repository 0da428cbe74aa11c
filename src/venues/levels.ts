import type { Levels } from '../model/event.ts';
import type { Grid } from '../model/grid.ts';
import { decimalsIn, OFF_GRID, stepsIn } from './decimal.ts';
import type { Draft } from './draft.ts';
import { type Decimals, type Listed, onGrid } from './listed.ts';
import { arrayOf, decimalOf, Malformed } from './wire.ts';

/** Levels per side of the deepest book that a venue hands out, with room to spare. */
const LEVELS_AT_MOST = 20_000;

/** A level as the wire writes it: price, size, and whatever a venue appends. */
export type WireLevel = readonly unknown[];

function rowOf(row: unknown, name: string): WireLevel {
  if (!Array.isArray(row) || row.length < 2) throw new Malformed(`${name}: not a level`);
  return row;
}

/** A double tells decimals of this many digits apart. */
const DIGITS = 1e15;

/** Steps of a number on the wire. A JSON number that is the very double of some steps is those steps; any other is read by its digits. */
function stepsOf(value: unknown, grid: Grid, name: string): number {
  if (typeof value === 'string') return stepsIn(value, grid);
  if (typeof value === 'number' && value >= 0) {
    const steps = Math.round((value * grid.scale) / grid.units);
    const digits = steps * grid.units;
    if (digits < DIGITS && digits / grid.scale === value) return steps;
  }
  return stepsIn(decimalOf(value, name), grid);
}

function ticksOf(value: unknown, grid: Grid, name: string): number {
  const ticks = stepsOf(value, grid, name);
  if (Number.isNaN(ticks) || ticks === 0) throw new Malformed(`${name}: not a price`);
  return ticks;
}

function lotsOf(value: unknown, grid: Grid, name: string): number {
  const lots = stepsOf(value, grid, name);
  if (Number.isNaN(lots)) throw new Malformed(`${name}: not a size`);
  return lots;
}

/** Rows of one side, of which nothing but their number has been looked at. */
export interface WireSide {
  readonly rows: readonly unknown[];
  readonly name: string;
}

/** One side of a book off the wire, of bounded length. */
export function sideOf(value: unknown, name: string): WireSide {
  const rows = arrayOf(value, name);
  if (rows.length > LEVELS_AT_MOST) throw new Malformed(`${name}: too many levels`);
  return { rows, name };
}

/** One side in steps of the listing; undefined when a level lies off its grids: then nothing is said of those behind it. */
export function levelsOf(
  { rows, name }: WireSide,
  { priceGrid, sizeGrid }: Pick<Listed, 'priceGrid' | 'sizeGrid'>,
): Levels | undefined {
  const levels = new Float64Array(2 * rows.length);
  let at = 0;
  for (const row of rows) {
    const level = rowOf(row, name);
    const ticks = ticksOf(level[0], priceGrid, name);
    const lots = lotsOf(level[1], sizeGrid, name);
    if (ticks === OFF_GRID || lots === OFF_GRID) return undefined;
    levels[at] = ticks;
    levels[at + 1] = lots;
    at += 2;
  }
  return levels;
}

/** Decimals that every level of some sides needs; all of them have to be numbers. */
export function decimalsOfSides(...sides: readonly WireSide[]): Decimals {
  let price = 0;
  let size = 0;
  for (const { rows, name } of sides)
    for (const row of rows) {
      const level = rowOf(row, name);
      price = Math.max(price, decimalsIn(decimalOf(level[0], name)));
      size = Math.max(size, decimalsIn(decimalOf(level[1], name)));
    }
  return { price, size };
}

/** Both sides in steps of their listing, which is inferred or refined where it has to be. */
export function readSides(
  draft: Draft,
  symbol: string,
  bids: WireSide,
  asks: WireSide,
): { readonly listed: Listed; readonly bids: Levels; readonly asks: Levels } {
  const { listed, value } = onGrid(
    draft,
    symbol,
    (known) => {
      const bidLevels = levelsOf(bids, known);
      const askLevels = bidLevels && levelsOf(asks, known);
      return askLevels && { bids: bidLevels, asks: askLevels };
    },
    () => decimalsOfSides(bids, asks),
  );
  return { listed, ...value };
}
