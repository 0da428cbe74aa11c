import type { Grid } from '../model/grid.ts';
import type { Instrument } from '../model/instrument.ts';

/** Coins of inverse contracts are quotients: they are counted in steps much finer than any of them. */
const SATOSHIS: Grid = { units: 1, scale: 1e8 };

/** The grid in whose lots long sums of traded coins are counted, so that none of them drifts. */
export const sizeGridOf = ({ sizeUnit, sizeGrid }: Instrument): Grid =>
  sizeUnit === 'base' ? sizeGrid : SATOSHIS;
