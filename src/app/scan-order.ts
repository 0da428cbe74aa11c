import type { ScanLine, ScanRow } from '../frame/scan.ts';

type ReadingKey = {
  [K in keyof ScanRow]: ScanRow[K] extends { readonly state: string } ? K : never;
}[keyof ScanRow];

/** What rows can be sorted by. */
export const SORT_KEYS = [
  'rank',
  'asset',
  'price',
  'change1h',
  'change24h',
  'volume24hUsd',
  'fundingPredicted',
  'funding8h',
  'fundingAnnual',
  'intervalHours',
  'nextFundingTs',
  'basisFair',
  'oiCoin',
  'oiUsd',
  'oiChange1h',
  'oiChange4h',
  'oiChange24h',
  'oiNorm',
  'liquidatedLong1h',
  'liquidatedShort1h',
  'spreadBps',
  'oib',
  'depthBid',
  'depthAsk',
] as const satisfies readonly (ReadingKey | 'rank' | 'asset')[];

export interface ScanOrder {
  readonly key: (typeof SORT_KEYS)[number];
  /** The smallest first. */
  readonly isAscending: boolean;
}

export const BY_RANK: ScanOrder = { key: 'rank', isAscending: true };

/** `oiUsd`, or `oiUsd:asc`: numbers fall unless told otherwise, places and names rise. Undefined when it is no key. */
export function scanOrder(text: string): ScanOrder | undefined {
  const [name, direction, ...rest] = text.split(':');
  const key = SORT_KEYS.find((known) => known === name);
  if (key === undefined || rest.length > 0) return undefined;
  if (direction !== undefined && direction !== 'asc' && direction !== 'desc') return undefined;
  const rises = key === 'rank' || key === 'asset';
  return { key, isAscending: direction === undefined ? rises : direction === 'asc' };
}

function valueIn(row: ScanRow, key: ScanOrder['key']): number | string | null {
  const value = row[key];
  return typeof value === 'object' ? value.value : value;
}

/** The same scan with its rows in another order and at most `top` of them. Rows without the number come last; of equals the higher rank is first. */
export function arranged(scan: ScanLine, { key, isAscending }: ScanOrder, top: number): ScanLine {
  if (key === 'rank' && isAscending && top >= scan.rows.length) return scan;
  const sign = isAscending ? 1 : -1;
  const rows = scan.rows.toSorted((a, b) => {
    const [x, y] = [valueIn(a, key), valueIn(b, key)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return x === y ? 0 : x < y ? -sign : sign;
  });
  return { ...scan, rows: rows.slice(0, top) };
}
