import { asOfHour, createHourly, type Hourly, hourAt, hourOf, setHour } from '../market/hourly.ts';
import { CARRY } from '../market/stored-cells.ts';
import { basisAt } from '../signals/asset-drift.ts';
import { type DriftPast, settlementHours } from '../signals/drift-history.ts';
import type { DriftInput } from './drift-text.ts';
import { CommandError } from './errors.ts';
import { isInUsd, readTimedColumn, type TimedColumn } from './timed-column.ts';

/** Files with the inputs, each `FILE` or `FILE:column`. */
export interface DriftFiles {
  readonly funding: string;
  readonly oi: string;
  readonly basis: string | { readonly perp: string; readonly spot: string };
  /** Of files that hold several. */
  readonly symbol: string | undefined;
}

/** Where a series comes from, ready to be judged. */
export interface DriftSource {
  readonly title: string;
  readonly past: ToldPast;
  readonly inputs: readonly DriftInput[];
  /** What the basis is, in words. */
  readonly basisIs: string;
  /** What is to be said besides the faults of the inputs. */
  readonly notes: readonly string[];
}

/** Columns that a series of drift is made from. */
interface DriftColumns {
  readonly funding: TimedColumn;
  readonly openInterest: TimedColumn;
  /** As it is given, or as the difference of two prices. */
  readonly basis: TimedColumn | { readonly perp: TimedColumn; readonly spot: TimedColumn };
}

/** A past with what is told beside it. */
export interface ToldPast extends DriftPast {
  /** Price of the perp at the closes; null where none was given. */
  readonly price: Hourly | null;
}

/** More cells than seventy years have: a time among the others is wrong. */
const MOST_CELLS = 24 * 366 * 70;

/** How far the perp stands above the spot, in their currency. */
const difference = (perp: number, spot: number): number => perp - spot;

/** The hours in which anything of these is known. */
function spanOf(columns: readonly TimedColumn[]): { firstHour: number; lastHour: number } {
  const firstHour = Math.min(...columns.map(({ stamps }) => hourOf(stamps[0]!)));
  const lastHour = Math.max(...columns.map(({ stamps }) => hourOf(stamps.at(-1)!)));
  if (lastHour - firstHour >= MOST_CELLS)
    throw new CommandError('the times of these files lie more than seventy years apart');
  return { firstHour, lastHour };
}

/** Puts a column on the hourly grid: of the values known in one cell the last stands. */
function onGrid(
  { stamps }: TimedColumn,
  values: readonly number[],
  firstHour: number,
  lastHour: number,
): Hourly {
  const hourly = createHourly(lastHour - firstHour + 1);
  for (const [index, stamp] of stamps.entries())
    setHour(hourly, hourOf(stamp), stamp, values[index]!);
  return hourly;
}

/** Makes a past of columns of files: cells from the first to the last in which any of them is known. */
function pastOf({ funding, openInterest, basis }: DriftColumns): ToldPast {
  const prices = 'perp' in basis ? basis : null;
  const given = 'perp' in basis ? [basis.perp, basis.spot] : [basis];
  const { firstHour, lastHour } = spanOf([funding, openInterest, ...given]);
  const grid = (column: TimedColumn, values = column.values): Hourly =>
    onGrid(column, values, firstHour, lastHour);
  const fundingSettled = grid(funding);
  const inferred = settlementHours(fundingSettled, firstHour, lastHour);
  const price = prices === null ? null : grid(prices.perp);
  const below = grid(given.at(-1)!);
  return {
    firstHour,
    lastHour,
    openInterest: grid(openInterest),
    fundingSettled,
    fundingHours: grid(
      funding,
      funding.stamps.map((stamp, i) => funding.intervals?.[i] || hourAt(inferred, hourOf(stamp))),
    ),
    funding8h: null,
    basisAt: (hour) =>
      price === null ? asOfHour(below, hour, CARRY) : basisAt(price, below, hour, difference),
    price,
  };
}

async function columnsOf({ funding, oi, basis, symbol }: DriftFiles): Promise<DriftColumns> {
  return {
    funding: await readTimedColumn(funding, 'funding', symbol),
    openInterest: await readTimedColumn(oi, 'openInterest', symbol),
    basis:
      typeof basis === 'string'
        ? await readTimedColumn(basis, 'basis', symbol)
        : {
            perp: await readTimedColumn(basis.perp, 'price', symbol),
            spot: await readTimedColumn(basis.spot, 'price', symbol),
          },
  };
}

const inputsOf = ({ funding, openInterest, basis }: DriftColumns): DriftInput[] => [
  { name: 'funding', facts: funding.facts },
  { name: 'open interest', facts: openInterest.facts },
  ...('perp' in basis
    ? [
        { name: 'perp', facts: basis.perp.facts },
        { name: 'spot', facts: basis.spot.facts },
      ]
    : [{ name: 'basis', facts: basis.facts }]),
];

/**
 * Reads what a series is made of from files (DESIGN §3).
 *
 * @throws CommandError
 */
export async function sourceOfFiles(files: DriftFiles): Promise<DriftSource> {
  const columns = await columnsOf(files);
  const { openInterest, funding, basis } = columns;
  const { column, symbol } = openInterest.facts;
  return {
    title: files.symbol ?? symbol ?? funding.facts.symbol ?? 'files',
    past: pastOf(columns),
    inputs: inputsOf(columns),
    basisIs:
      'perp' in basis
        ? 'basis = perp − spot, closes of one hour, in their currency'
        : 'basis as given',
    notes: isInUsd(openInterest.facts)
      ? [`open interest in USD (${column}): the return of the price leaks into OI′`]
      : [],
  };
}
