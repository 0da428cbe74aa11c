import { fromSteps } from '../model/grid.ts';
import type { Instrument } from '../model/instrument.ts';
import { decimalsIn, OFF_GRID, stepsIn } from './decimal.ts';
import type { Draft } from './draft.ts';
import { coinsOf, onGrid } from './listed.ts';
import { decimalOf, Malformed, priceOf, sizeOf, type Wire } from './wire.ts';

/** What was paid for how much. */
export interface Filled {
  readonly instrument: Instrument;
  /** Quote currency per coin. */
  readonly price: number;
  /** Base coin; undefined for contracts whose value nobody has told. */
  readonly size: number | undefined;
}

/**
 * Price and size of a print. Both go through the grids of the listing, so that a print and the level it took are the very same number.
 *
 * @throws Malformed when either is no positive decimal.
 */
export function filledIn(
  draft: Draft,
  symbol: string,
  print: Wire,
  priceField: string,
  sizeField: string,
): Filled {
  const price = decimalOf(print[priceField], priceField);
  const size = decimalOf(print[sizeField], sizeField);
  priceOf(price, priceField);
  if (sizeOf(size, sizeField) === 0) throw new Malformed(`${sizeField}: nothing traded`);
  const { listed, value } = onGrid(
    draft,
    symbol,
    ({ priceGrid, sizeGrid }) => {
      const ticks = stepsIn(price, priceGrid);
      const lots = stepsIn(size, sizeGrid);
      if (Number.isNaN(ticks + lots)) throw new Malformed(`${priceField}, ${sizeField}: too large`);
      return ticks === OFF_GRID || lots === OFF_GRID ? undefined : { ticks, lots };
    },
    () => ({ price: decimalsIn(price), size: decimalsIn(size) }),
  );
  const { instrument } = listed;
  const paid = fromSteps(value.ticks, instrument.priceGrid);
  const filled = fromSteps(value.lots, instrument.sizeGrid);
  return { instrument, price: paid, size: coinsOf(filled, instrument, paid) };
}
