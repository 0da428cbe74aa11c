import { createRandom, nextUniform } from '../../stats/random.ts';
import { dayMonthYear, expiryOf } from '../boards/expiries.ts';
import { DAY_MS, HOUR_MS } from '../market-bars.ts';
import { nextLogNormal, seedOf } from '../seed.ts';
import { black76, type Valuation } from './black76.ts';
import { type Contract, isAlive } from './contracts.ts';

/** One option. */
export interface Option {
  readonly symbol: string;
  readonly family: Family;
  readonly strike: number;
  readonly type: 'call' | 'put';
  readonly expiryMs: number;
  readonly listedMs: number;
  /** Coins that are open, and a share of them that is traded in a day, on average. */
  readonly open: number;
  readonly turnover: number;
  /** Where its own ups and downs begin. */
  readonly phase: number;
}

/** The options on one index. */
export interface Family {
  readonly perp: Contract;
  /** Dated futures on the same index, whose prices are the forwards to their days. */
  dated: readonly Contract[];
}

/** What the venue computes of an option at an instant. Volatilities are fractions; prices as it lists them. */
export interface OptionValue {
  readonly forward: number;
  /** `BTC-26DEC26`, or `SYN.BTC-2OCT26` where no future expires that day. */
  readonly underlying: string;
  readonly markIv: number;
  readonly valuation: Valuation;
  /** In coins on an inverse option. */
  readonly markPrice: number;
  /** Null where nobody bids. */
  readonly bid: Quoted | null;
  readonly ask: Quoted;
  readonly openInterest: number;
  readonly volume: number;
}

interface Quoted {
  readonly price: number;
  readonly amount: number;
  readonly iv: number;
}

const YEAR_MS = 365 * DAY_MS;
const DELIVERY_HOUR_MS = 8 * HOUR_MS;
/** Strikes to each side of the money. */
const STRIKES = 7;
/** Distance of strikes as a share of the price, by how far away the expiry is. */
const STRIDES: readonly (readonly [withinMs: number, share: number])[] = [
  [3 * DAY_MS, 0.01],
  [14 * DAY_MS, 0.02],
  [Number.POSITIVE_INFINITY, 0.05],
];
const MEDIAN_OPEN_USD = 4e6;
const OPEN_SIGMA = 1;
/** Interest is widest near the money: this many strides out it has fallen to a third. */
const INTEREST_STRIDES = 5;
/** The smile over the distance in standard deviations, relative to the volatility at the money. */
const SKEW = -0.07;
const CURVATURE = 0.05;
const SMILE_REACH = 3.5;
/** How much of a turbulent market shows in the volatility of tomorrow, and how fast that fades over expiries. */
const STIR_SHARE = 0.35;
const STIR_YEARS = 0.08;
/** Half of the distance between bid and ask, points of volatility as a fraction: at the money, and per standard deviation. */
const SPREAD = 0.009;
const SPREAD_PER_DEVIATION = 0.012;
const LEAST_YEARS = 60_000 / YEAR_MS;

/** 08:00 UTC of the day that begins after an instant. */
const nextDelivery = (afterMs: number, days: number): number => {
  const first = Math.floor((afterMs - DELIVERY_HOUR_MS) / DAY_MS) + 1;
  return (first + days) * DAY_MS + DELIVERY_HOUR_MS;
};

/** Expiries that are listed at an instant: two days, a week, two quarters. */
const expiriesAt = (atMs: number): readonly number[] => [
  ...new Set(
    [
      nextDelivery(atMs, 0),
      nextDelivery(atMs, 1),
      expiryOf('week', atMs),
      expiryOf('quarter', atMs),
      expiryOf('nextQuarter', atMs),
    ].sort((a, b) => a - b),
  ),
];

/** The nearest of 1, 2, 2.5, 5 times a power of ten. */
function roundStride(wish: number): number {
  const power = 10 ** Math.floor(Math.log10(wish));
  const candidates = [1, 2, 2.5, 5, 10].map((factor) => factor * power);
  const off = (stride: number) => Math.abs(Math.log(stride / wish));
  return candidates.reduce((best, next) => (off(next) < off(best) ? next : best));
}

const strikeText = (strike: number): string => `${Number(strike.toPrecision(6))}`.replace('.', 'd');

/** Names of options carry the whole pair where they are linear. */
const prefixOf = ({ perp }: Family): string => perp.symbol.replace('-PERPETUAL', '');

/** The options of one expiry, around a price. */
function optionsOf(
  family: Family,
  expiryMs: number,
  price: number,
  atMs: number,
  seed: number,
): Option[] {
  const [, share] = STRIDES.find(([withinMs]) => expiryMs - atMs <= withinMs)!;
  const stride = roundStride(price * share);
  const middle = Math.round(price / stride);
  const options: Option[] = [];
  for (let step = -STRIKES; step <= STRIKES; step++) {
    const strike = (middle + step) * stride;
    if (strike <= 0) continue;
    for (const type of ['call', 'put'] as const) {
      const name = `${prefixOf(family)}-${dayMonthYear(expiryMs)}-${strikeText(strike)}`;
      const symbol = `${name}-${type === 'call' ? 'C' : 'P'}`;
      const random = createRandom(seedOf(seed, 'option', symbol));
      const interest = Math.exp(-((step / INTEREST_STRIDES) ** 2));
      const usd = nextLogNormal(random, MEDIAN_OPEN_USD, OPEN_SIGMA) * interest;
      options.push({
        symbol,
        family,
        strike: Number(strike.toPrecision(10)),
        type,
        expiryMs,
        listedMs: atMs,
        open: usd / price,
        turnover: 0.05 + 0.3 * nextUniform(random),
        phase: 2 * Math.PI * nextUniform(random),
      });
    }
  }
  return options;
}

/** What has changed in a chain. */
interface ChainNews {
  readonly gone: readonly Option[];
  readonly born: readonly Option[];
}

/** All options of the venue: of BTC and ETH paid in the coin, of other coins in USDC. */
export class Chain {
  readonly #seed: number;
  #families: readonly Family[] = [];
  #options: readonly Option[] = [];
  #bySymbol = new Map<string, Option>();
  /** When the set of expiries changes next. */
  #dueMs = 0;

  constructor(contracts: Iterable<Contract>, nowMs: number, seed: number) {
    this.#seed = seed;
    this.refresh(contracts);
    this.live(nowMs);
  }

  get families(): readonly Family[] {
    return this.#families;
  }

  /** Takes in what is listed by now: futures that came or went, coins that are new. */
  refresh(contracts: Iterable<Contract>): void {
    const all = [...contracts];
    const inverse = new Set(all.filter((c) => c.isPerp && c.isInverse).map((c) => c.base));
    this.#families = all
      .filter(({ isPerp, isInverse, base }) => isPerp && (isInverse || !inverse.has(base)))
      .map((perp) => {
        const family = this.#families.find((known) => known.perp.symbol === perp.symbol) ?? {
          perp,
          dated: [],
        };
        family.dated = all.filter(({ isPerp, index }) => !isPerp && index === perp.index);
        return family;
      });
    this.#dueMs = 0;
  }

  /** Every option that trades, by expiry. */
  get options(): readonly Option[] {
    return this.#options;
  }

  find(symbol: string): Option | undefined {
    return this.#bySymbol.get(symbol);
  }

  of(family: Family): readonly Option[] {
    return this.#options.filter((option) => option.family === family);
  }

  /** Lists new expiries and ends those that are over. Undefined while nothing has changed. */
  live(nowMs: number): ChainNews | undefined {
    if (nowMs < this.#dueMs) return undefined;
    const expiries = expiriesAt(nowMs);
    this.#dueMs = expiries[0]!;
    const gone = this.#options.filter(({ expiryMs }) => expiryMs <= nowMs);
    const kept = this.#options.filter(({ expiryMs }) => expiryMs > nowMs);
    const known = new Set(kept.map(({ family, expiryMs }) => `${family.perp.symbol} ${expiryMs}`));
    const born = this.#families.flatMap((family) =>
      expiries
        .filter((expiryMs) => !known.has(`${family.perp.symbol} ${expiryMs}`))
        .flatMap((expiryMs) =>
          optionsOf(family, expiryMs, family.perp.asset.indexPrice, nowMs, this.#seed),
        ),
    );
    this.#options = [...kept, ...born].sort((a, b) => a.expiryMs - b.expiryMs);
    this.#bySymbol = new Map(this.#options.map((option) => [option.symbol, option]));
    return { gone, born };
  }
}

/** Slow tides of volatility, the same whenever they are asked for: around 1. */
function tideAt(key: string, atMs: number): number {
  const days = atMs / DAY_MS;
  const wave = (period: number, size: number, salt: string) =>
    size * Math.sin((2 * Math.PI * days) / period + seedOf(key, salt));
  return 1 + wave(97, 0.16, 'season') + wave(13, 0.08, 'fortnight') + wave(1.7, 0.02, 'day');
}

/** Volatility at the money over `years`, without what the market does at the moment: what the past shows. */
const calmVolatility = ({ perp }: Family, atMs: number, years: number): number => {
  const { volatilityAnnual, asset } = perp.asset.spec;
  return volatilityAnnual * tideAt(asset, atMs) * (1 + 0.08 * Math.sqrt(Math.min(1, years)));
};

/** Volatility at the money now. */
function volatilityNow(family: Family, atMs: number, years: number): number {
  const stir = Math.min(4, Math.max(0.8, family.perp.asset.turbulence));
  const now = 1 + STIR_SHARE * (stir - 1) * Math.exp(-years / STIR_YEARS);
  return calmVolatility(family, atMs, years) * now;
}

const MONTH_YEARS = 30 / 365;

/** The venue's volatility index: percent, of thirty days. */
export const volatilityIndex = (family: Family, atMs: number): number =>
  100 * volatilityNow(family, atMs, MONTH_YEARS);

/** What the index was at an instant of the past. */
export const pastVolatilityIndex = (family: Family, atMs: number): number =>
  100 * calmVolatility(family, atMs, MONTH_YEARS);

const yearsTo = (expiryMs: number, atMs: number): number =>
  Math.max(LEAST_YEARS, (expiryMs - atMs) / YEAR_MS);

/** The price for a day to come, and what it is called: a future's where one is delivered that day, else in line with the nearest of them. */
function forwardTo(
  family: Family,
  expiryMs: number,
  atMs: number,
): { readonly forward: number; readonly underlying: string } {
  const { perp, dated } = family;
  const alive = dated.filter((contract) => isAlive(contract, atMs));
  const same = alive.find((contract) => contract.expiryMs === expiryMs);
  if (same !== undefined) return { forward: same.asset.markPrice, underlying: same.symbol };
  const underlying = `SYN.${prefixOf(family)}-${dayMonthYear(expiryMs)}`;
  const index = perp.asset.indexPrice;
  const [quarter] = alive.filter((contract) => contract.expiryMs! - atMs > 14 * DAY_MS);
  if (quarter === undefined) return { forward: index, underlying };
  const carry = Math.log(quarter.asset.markPrice / index) / yearsTo(quarter.expiryMs!, atMs);
  return { forward: index * Math.exp(carry * yearsTo(expiryMs, atMs)), underlying };
}

/** Price step: coarser above a threshold on inverse options. */
export function tickAt(isInverse: boolean, price: number): number {
  if (!isInverse) return price < 1 ? 0.001 : 0.05;
  return price < 0.005 ? 0.0001 : 0.0005;
}

/** On the grid, to the worse side for whoever takes it. */
function onTick(isInverse: boolean, price: number, side: 'bid' | 'ask'): number {
  const tick = tickAt(isInverse, price);
  const steps = side === 'bid' ? Math.floor(price / tick + 1e-9) : Math.ceil(price / tick - 1e-9);
  return Number((steps * tick).toFixed(6));
}

const AMOUNT_DECIMALS = 1;
const wave = (option: Option, atMs: number, hours: number): number =>
  Math.sin((2 * Math.PI * atMs) / (hours * HOUR_MS) + option.phase);

/** What an option is worth at an instant, around the smile of its expiry. */
export function appraised(option: Option, atMs: number): OptionValue {
  const { family, strike, type, expiryMs } = option;
  const { isInverse } = family.perp;
  const { forward, underlying } = forwardTo(family, expiryMs, atMs);
  const years = yearsTo(expiryMs, atMs);
  const atTheMoney = volatilityNow(family, atMs, years);
  const away = Math.log(strike / forward) / (atTheMoney * Math.sqrt(years));
  const reach = Math.max(-SMILE_REACH, Math.min(SMILE_REACH, away));
  const markIv = atTheMoney * (1 + SKEW * reach + CURVATURE * reach * reach);
  const unit = isInverse ? forward : 1;
  const priceAt = (iv: number) => black76(type, forward, strike, iv, years).price / unit;
  const half = SPREAD + SPREAD_PER_DEVIATION * Math.abs(reach);
  const bidIv = Math.max(0.01, markIv - half);
  const bidPrice = onTick(isInverse, priceAt(bidIv), 'bid');
  const askPrice = Math.max(onTick(isInverse, priceAt(markIv + half), 'ask'), tickAt(isInverse, 0));
  const openInterest = Number((option.open * (1 + 0.06 * wave(option, atMs, 31))).toFixed(1));
  const amount = (share: number) =>
    Math.max(
      0.1,
      Number((option.open * share * (1 + 0.4 * wave(option, atMs, 0.11))).toFixed(AMOUNT_DECIMALS)),
    );
  return {
    forward,
    underlying,
    markIv,
    valuation: black76(type, forward, strike, markIv, years),
    markPrice: priceAt(markIv),
    bid: bidPrice > 0 ? { price: bidPrice, amount: amount(0.02), iv: bidIv } : null,
    ask: { price: askPrice, amount: amount(0.03), iv: markIv + half },
    openInterest,
    volume: Number(
      (openInterest * option.turnover * (1 + 0.5 * wave(option, atMs, 24))).toFixed(1),
    ),
  };
}
