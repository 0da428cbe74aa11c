/**
 * Coins that venues list by the bundle. A base coin loses its number only when what remains stands here, so that `1INCH` stays whole and a
 * new coin whose name merely begins with digits is never divided (venues.md §1.2).
 */
const BUNDLED: ReadonlySet<string> = new Set([
  'AIDOGE',
  'APU',
  'BABYDOGE',
  'BEER',
  'BOB',
  'BONK',
  'BTT',
  'BTTC',
  'CAT',
  'CATS',
  'CHEEMS',
  'COQ',
  'ELON',
  'FLOKI',
  'LADYS',
  'LUNC',
  'MOG',
  'MUMU',
  'NEIRO',
  'NEIROCTO',
  'NFT',
  'PEIPEI',
  'PEPE',
  'QUBIC',
  'RATS',
  'REKT',
  'SATS',
  'SHIB',
  'STARL',
  'TOSHI',
  'TURBO',
  'WEN',
  'WHY',
  'X',
  'XEC',
]);

/** The coin inside a listing's base, and how many of them one unit of the listing holds. */
export interface Bundle {
  readonly asset: string;
  readonly coins: number;
}

/** Hyperliquid's spelling: `kPEPE` → 1000 PEPE. What does not stand above is no bundle of ours. */
export function unbundleThousands(base: string): Bundle {
  const asset = base.slice(1);
  return base.startsWith('k') && BUNDLED.has(asset)
    ? { asset, coins: 1000 }
    : { asset: base, coins: 1 };
}

const PREFIX = /^(1000000|100000|10000|1000)(?=[A-Z])|^1M(?=[A-Z])/;

/**
 * What a prefixed base coin holds: `1000PEPE` → 1000 PEPE, `1MBABYDOGE` → 1,000,000 BABYDOGE, `BTC` and `1INCH` → themselves.
 *
 * Prices of a bundle are divided by `coins`, sizes multiplied by it.
 */
export function unbundle(base: string): Bundle {
  const prefix = PREFIX.exec(base)?.[0];
  if (prefix === undefined) return { asset: base, coins: 1 };
  const asset = base.slice(prefix.length);
  if (!BUNDLED.has(asset)) return { asset: base, coins: 1 };
  return { asset, coins: prefix === '1M' ? 1_000_000 : Number(prefix) };
}
