import type { ExpiryInput } from '../../src/features/options/expiry.ts';
import type { OptionRow } from '../../src/features/options/row.ts';
import type { Listing, OptionQuote } from '../../src/model/event.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import type { Micros } from '../../src/model/units.ts';
import { DAY } from '../../src/model/units.ts';
import { black76 } from '../../src/stats/black76.ts';

/** 08:00 UTC, 2026-03-27. */
export const EXPIRY = 1_774_598_400_000_000 as Micros;

/** An option of which nothing is known but its terms. */
export const bare = (type: 'call' | 'put', strike: number): OptionRow => ({
  strike,
  type,
  markIv: null,
  price: null,
  underlying: null,
  delta: null,
  gamma: null,
  openInterest: null,
  volume: null,
  ts: null,
});

/** A call and a put at each strike, as a venue has them that prices by Black-76 around a smile. */
export function chainOf({
  forward,
  days = 30,
  strikes,
  iv,
  openInterest = () => 1,
  priceIn = 'quote',
}: {
  readonly forward: number;
  readonly days?: number;
  readonly strikes: readonly number[];
  readonly iv: (strike: number) => number;
  readonly openInterest?: (strike: number, type: 'call' | 'put') => number;
  readonly priceIn?: 'coin' | 'quote';
}): OptionRow[] {
  return strikes.flatMap((strike) =>
    (['call', 'put'] as const).map((type): OptionRow => {
      const { price, delta, gamma } = black76(type, forward, strike, iv(strike), days / 365);
      return {
        strike,
        type,
        markIv: iv(strike),
        price: priceIn === 'coin' ? price / forward : price,
        underlying: forward,
        delta,
        gamma,
        openInterest: openInterest(strike, type),
        volume: 2,
        ts: null,
      };
    }),
  );
}

/** The same chain as events: listings of an exchange, and what it says of them at `now`. */
export function optionEvents(
  rows: readonly OptionRow[],
  {
    now,
    expiry = EXPIRY,
    asset = 'BTC',
    settle = asset,
  }: {
    readonly now: Micros;
    readonly expiry?: Micros;
    readonly asset?: string;
    readonly settle?: string;
  },
): { readonly listings: Listing[]; readonly quotes: OptionQuote[] } {
  const listings = rows.map(({ strike, type }): Listing => {
    const symbol = `${asset}-${settle}-${expiry}-${strike}-${type}`;
    return {
      kind: 'listing',
      instrument: {
        id: `deribit:${symbol}`,
        venue: 'deribit',
        feed: 'deribit',
        symbol,
        kind: 'option',
        asset,
        base: asset,
        quote: 'USD',
        settle,
        priceGrid: { units: 1, scale: 10_000 },
        sizeGrid: { units: 1, scale: 10 },
        sizeUnit: 'base',
        bookRule: 'chained',
        bookLevels: null,
        option: { strike, type },
        expiry,
        inferred: false,
      },
      tsLocal: now,
    };
  });
  const quotes = rows.map((row, at): OptionQuote => {
    const { markIv, price, underlying, openInterest, volume, delta, gamma } = row;
    return {
      kind: 'optionQuote',
      instrument: listings[at]!.instrument.id,
      markIv,
      bidIv: null,
      askIv: null,
      markPrice: price,
      bidPrice: null,
      askPrice: null,
      underlyingPrice: underlying,
      openInterest,
      volume,
      delta,
      gamma,
      vega: null,
      theta: null,
      tsExchange: now,
      tsLocal: now,
    };
  });
  return { listings, quotes };
}

/** An expiry of these options, `days` before it. */
export const expiryOf = (
  rows: readonly OptionRow[],
  { days = 30, ...others }: Partial<ExpiryInput> & { readonly days?: number } = {},
): ExpiryInput => ({
  expiry: EXPIRY,
  at: (EXPIRY - days * DAY) as Micros,
  rows,
  priceIn: 'quote',
  future: null,
  lacking: 'in the input',
  settings: DEFAULT_SETTINGS.options,
  ...others,
});
