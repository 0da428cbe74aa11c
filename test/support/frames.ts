import { fundingInterpretation } from '../../src/features/funding.ts';
import {
  type BookEntry,
  type EventLine,
  FRAME_VERSION,
  type Frame,
  type FundingEntry,
  type OpenInterestEntry,
  type PriceSize,
  type SeriesCell,
  type SeriesLine,
} from '../../src/frame/frame.ts';
import { absent, live, type Reading, stale } from '../../src/model/reading.ts';
import { HOUR, MINUTE, type Micros, micros, SECOND } from '../../src/model/units.ts';

/** 2026-11-20T12:34:56Z, where every fixture begins. */
export const T0 = micros(1_795_178_096_000_000);

export interface FrameOptions {
  readonly asset?: 'BTC' | 'ETH' | 'SOL';
  readonly source?: Frame['source'];
  /** Seconds after `T0`; everything that moves is a smooth function of it. */
  readonly seconds?: number;
}

const ASSETS = {
  BTC: { price: 61_832.4, decimals: 1, oi: 92_431.2, step: 0.1, sizeDecimals: 3, lot: 2.4 },
  ETH: { price: 3245.17, decimals: 2, oi: 1_934_211, step: 0.01, sizeDecimals: 3, lot: 31 },
  SOL: { price: 142.388, decimals: 3, oi: 8_112_400, step: 0.001, sizeDecimals: 1, lot: 410 },
} as const;

/** A number in [0, 1) that depends on nothing but its arguments. */
function noise(a: number, b = 0): number {
  let h = (Math.imul(a | 0, 0x9e3779b1) ^ Math.imul(b | 0, 0x85ebca6b)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b) >>> 0;
  return ((h ^ (h >>> 16)) >>> 0) / 4_294_967_296;
}

const round = (value: number, decimals: number): number => Number(value.toFixed(decimals));

function funding(
  venue: string,
  asset: string,
  rate: number,
  hours: number,
  oiUsd: number,
  now: Micros,
): FundingEntry {
  const interval = hours * HOUR;
  const next = micros(Math.ceil((now + 1) / interval) * interval);
  const settled = rate * 0.82;
  return {
    instrument: `${venue}:${asset}/USDT:USDT`,
    predicted: live(rate),
    settled: live(settled),
    rate8h: live((rate * 8) / hours),
    rateAnnual: live((rate * 8760) / hours),
    settledAnnual: live((settled * 8760) / hours),
    z: live(rate * 14_000, { nEff: 168 / hours }),
    accelerationPerHour: live(rate * 0.021),
    intervalHours: live(hours),
    nextFundingTs: live(next),
    spendUsd: live(rate * oiUsd),
    interpretation: live(fundingInterpretation((rate * 8) / hours)),
    capShare: live(Math.abs(rate) / 0.003),
    history: Array.from({ length: 21 }, (_, i) =>
      i === 4 ? null : round(((settled * 8) / hours) * (1 + Math.sin(i / 3) * 0.4), 9),
    ),
  };
}

/** The next settlement of a venue, every so many hours. */
const settlement = (
  venue: string,
  asset: string,
  hours: number,
  rate: number,
  usd: number,
  now: Micros,
): Frame['funding']['calendar'][number] => ({
  ts: micros(Math.ceil((now + 1) / (hours * HOUR)) * hours * HOUR),
  venue,
  instrument: `${venue}:${asset}/USDT:USDT`,
  rate: live(rate),
  usd: live(usd),
  capNear: venue === 'okx' ? null : venue === 'bybit',
});

/** A dated future that expires in so many days. */
const dated = (
  venue: string,
  asset: string,
  days: number,
  price: number,
  decimals: number,
  now: Micros,
): Frame['basis']['term'][number] => {
  const basis = 0.0091 * (days / 38.4) * (venue === 'okx' ? 0.95 : 1);
  const nearExpiry = days < 3;
  return {
    venue,
    instrument: `${venue}:${asset}/USDT:USDT-${days}`,
    expiry: micros(Math.round(now + days * 24 * HOUR)),
    days,
    nearExpiry,
    price: live(round(price, decimals)),
    priceOf: 'mid',
    spotOf: 'index',
    basis: live(basis),
    annualised: nearExpiry ? absent('near expiry') : live((basis * 365) / days),
    roll: absent('no later expiry'),
  };
};

const interest = (
  instrument: string,
  share: number,
  oi: number,
  oiUsd: number,
): OpenInterestEntry => ({
  instrument,
  coin: live(oi * share),
  usd: live(oiUsd * share),
  change1h: live(0.0123),
  change4h: live(0.0311),
  change24h: live(-0.0242),
  shock: live(1.52),
  allCoin: live(oi * share),
  share: live(share),
});

function ladder(mid: number, asset: keyof typeof ASSETS, side: 1 | -1, tick: number): PriceSize[] {
  const { step, decimals, sizeDecimals, lot } = ASSETS[asset];
  const levels: PriceSize[] = [];
  let price = mid + side * step * 0.5;
  for (let i = 0; i < 25; i += 1) {
    const size = lot * (0.1 + noise(i * side, tick) ** 2 * 2) * (i === 6 || i === 13 ? 4.5 : 1);
    levels.push([round(price, decimals), round(size, sizeDecimals)]);
    price += side * step * (1 + Math.floor(noise(i, side * 7) * 12));
  }
  return levels;
}

function book(
  kind: 'perp' | 'spot',
  asset: keyof typeof ASSETS,
  mid: number,
  tick: number,
): BookEntry {
  const { decimals, sizeDecimals } = ASSETS[asset];
  const bids = ladder(mid, asset, -1, tick);
  const asks = ladder(mid, asset, 1, tick + 1);
  const [bid, bidSize] = bids[0]!;
  const [ask, askSize] = asks[0]!;
  const oib = Math.sin(tick / 9 + (kind === 'spot' ? 2 : 0)) * 0.62;
  return {
    kind,
    status: 'whole',
    reason: null,
    bid: live(bid),
    ask: live(ask),
    bidSize: live(bidSize),
    askSize: live(askSize),
    mid: live((bid + ask) / 2),
    microprice: live((bid * askSize + ask * bidSize) / (bidSize + askSize)),
    spreadBps: live(((ask - bid) / ((bid + ask) / 2)) * 1e4),
    oib: live(oib),
    oibEwma: live(oib * 0.7),
    depthBid: live(kind === 'perp' ? 21_400_000 * (1 + oib / 3) : 9_100_000 * (1 + oib / 3)),
    depthAsk: live(kind === 'perp' ? 19_800_000 * (1 - oib / 3) : 8_700_000 * (1 - oib / 3)),
    bandBps: asset === 'SOL' ? 50 : 25,
    knownBidBps: live(kind === 'perp' ? 142 : 88),
    knownAskBps: live(kind === 'perp' ? 137 : 91),
    priceDecimals: decimals,
    sizeDecimals,
    bids,
    asks,
  };
}

/** What the features say of two listings and of the asset. */
function featuresOf(
  instruments: readonly string[],
  lot: number,
  seconds: number,
): Frame['features'] {
  const sway = Math.sin(seconds / 13);
  return {
    asset: {
      oibDivergence: live(0.31 + sway / 20),
      cvdSpot: live(lot * -120 + Math.sin(seconds / 13 + 1) * lot * 42),
      cvdPerp: live(lot * -120 + sway * lot * 42),
      cvdSpotPerpDivergence: live(0.12 + sway / 40),
      cvdSpotPerpSides: live('spot bought, perp sold'),
      leadLagBid: live(212),
      leadLagAsk: live(87),
      basisDislocationMinutes: live(4),
      liquidityRatio: live(2.31),
      crowdingRatio: live(1.87),
    },
    byInstrument: Object.fromEntries(
      instruments.map((instrument, i) => [
        instrument,
        {
          spreadQ90h1: live(0.05),
          bookSlopeBid: live(1_431_000 - i * 500_000),
          bookSlopeAsk: live(1_102_000 - i * 400_000),
          bookSlope: live(1_266_500 - i * 450_000),
          top5Imbalance: live(0.18),
          oibQ10m1: live(-0.12),
          oibQ50m1: live(0.09),
          oibQ90m1: live(0.31),
          oibQ10h1: live(-0.44),
          oibQ50h1: live(0.02),
          oibQ90h1: live(0.47),
          oibShocksBid: live(31),
          oibShocksAsk: live(12),
          oibPersistence: live(0.93),
          oibRunSeconds: live(19),
          oibResponse5s: live(0.21),
          oibResponse30s: live(0.11),
          oibResponse60s: live(-0.02),
          meanSize1m: live(lot / 29),
          netZ60m: live(1.24 - i + sway / 3),
          netUsd60m: live(i === 0 ? -4_120_000 : 1_830_000),
          volumeUsd60m: live(212_000_000 / (1 + 2 * i)),
          vpin: live(0.31 - i / 20),
          vpinBuckets: live(50),
          kyleLambda: live(0.26),
          kyleLambdaBps: live(0.42 + i / 2),
          kyleLambdaT: live(3.1),
          kyleLambdaR2: live(0.28),
          realisedVolatility: live(0.412),
          volatilityRegime: live('medium'),
          priceZ60: live(1.62),
          priceZ240: live(0.71),
          opportunity: live('rich'),
          halfLifeMinutes: live(38.2),
          varianceRatio: live(0.84),
          marketState: live('ranging'),
          meanReversion: live('down'),
        },
      ]),
    ),
  };
}

/** A chain of four expiries around the price. */
function optionChain(asset: string, price: number, now: Micros): Frame['options'] {
  const estimated = { estimated: true } as const;
  const DAY = 24 * HOUR;
  const first = Math.ceil(now / DAY) * DAY + 8 * HOUR;
  const step = 10 ** Math.floor(Math.log10(price / 20));
  const middle = Math.round(price / step) * step;
  const expiries = [0, 7, 35, 126].map((later) => micros(first + later * DAY));
  const strikesOf = (salt: number) =>
    Array.from({ length: 15 }, (_, i) => {
      const strike = round(middle + (i - 7) * step, 6);
      const calls = round(900 * noise(i, salt) ** 2, 1);
      return [strike, calls, round(700 * noise(i, salt + 1) ** 2, 1)] as const;
    });
  const interest = [expiries[0]!, expiries[3]!].map((expiry, i) => ({
    expiry,
    strikes: strikesOf(41 + 2 * i),
  }));
  return {
    asOf: micros(Math.floor(now / (60 * SECOND)) * 60 * SECOND),
    quotesHeardTs: now,
    dvolHeardTs: now,
    venue: 'deribit',
    settle: asset,
    expiries: expiries.map((expiry, i) => ({
      expiry,
      days: live((expiry - now) / DAY),
      forward: live(round(price * (1 + i * 0.003), 2)),
      forwardSource: 'venue',
      atmIv: live(0.523 - i * 0.031),
      rr25: live(-0.053 + i * 0.009),
      bf25: live(0.0148 - i * 0.002),
      ivSource: 'venue',
      putCallOi: live(1.69 - i * 0.4),
      putCallVolume: live(1.87 - i * 0.4),
      maxPain: live(round(middle + step, 6)),
      maxPainTies: i === 1 ? [round(middle + 2 * step, 6)] : [],
      gex: live(-1_011_955 + i * 930_000, estimated),
      oiCoin: live(863.7 + i * 340),
    })),
    atmIv7d: live(0.505),
    atmIv30d: live(0.462),
    atmIv90d: live(0.437),
    atmIv180d: absent('beyond the last expiry'),
    termShape: live('backwardation'),
    putCallOi: live(0.92),
    putCallOiSays: live('neutral'),
    putCallOiPercentile: live(0.55),
    putCallVolume: live(1.31),
    putCallVolumeSays: live('bearish'),
    putCallVolumePercentile: live(0.81),
    dvol: live(0.542),
    ivRank: live(0.63),
    ivPercentile: live(0.71),
    premium: live('premium rich'),
    gex: live(2_135_000, estimated),
    oiCoin: live(5412.3),
    oiByStrike: interest,
    gexByStrike: interest.map(({ expiry, strikes }) => ({
      expiry,
      strikes: strikes.map(
        ([strike], i) => [strike, i === 0 ? null : Math.round(4e5 * (noise(i, 51) - 0.4))] as const,
      ),
    })),
    excluded: ['2026-11-21: 3 quotes older than an hour'],
  };
}

/** A whole, live frame that moves smoothly with `seconds`. */
export function frame(options: FrameOptions = {}): Frame {
  const asset = options.asset ?? 'BTC';
  const source = options.source ?? 'live';
  const seconds = options.seconds ?? 0;
  const tsLocal = micros(T0 + seconds * SECOND);
  const facts = ASSETS[asset];
  const tick = Math.floor(seconds);
  const sway = Math.sin(seconds / 17) * 0.0012 + Math.sin(seconds / 5.3) * 0.0002;
  const price = round(facts.price * (1 + sway), facts.decimals);
  const oi = facts.oi * (1 + Math.sin(seconds / 60) * 0.004);
  const oiUsd = oi * price;
  const perpMid = price + facts.step / 2;
  const spotMid = round(price * (1 - 0.00042 - Math.sin(seconds / 31) * 0.00011), facts.decimals);
  const perp = `binance:${asset}/USDT:USDT`;
  const spot = `binance:${asset}/USDT`;
  const mu1 = -1.295 + Math.sin(seconds / 23) * 0.4;
  const mu2 = -1.688 + Math.cos(seconds / 29) * 0.3;
  const mu = mu1 + mu2;
  const d = Math.abs(mu);
  const cellClose = micros(Math.ceil((tsLocal + 1) / HOUR) * HOUR);
  const open = { provisional: true } as const;
  const tape = Array.from({ length: 20 }, (_, i): Frame['liquidations']['tape'][number] => {
    const long = noise(i, 3) < 0.6;
    const size = round(facts.lot * (0.02 + noise(i, 5) ** 3 * 3), facts.sizeDecimals);
    const at = round(price * (1 + (long ? -1 : 1) * noise(i, 9) * 0.002), facts.decimals);
    return {
      tsLocal: micros(tsLocal - (i * 11 + Math.floor(noise(i, 1) * 9)) * SECOND),
      instrument: i % 4 === 3 ? `bybit:${asset}/USDT:USDT` : perp,
      side: long ? 'long' : 'short',
      price: at,
      size,
      notional: at * size,
    };
  });
  const window = (long: number, short: number, count: number, largest: number) => ({
    long: live(long, { sampled: true }),
    short: live(short, { sampled: true }),
    count: live(count, { sampled: true }),
    largest: live(largest, { sampled: true }),
  });
  return {
    v: FRAME_VERSION,
    type: 'frame',
    source,
    origin: source === 'replay' ? 'recording' : source,
    tsLocal,
    asset,
    price: live(price),
    priceChange1h: live(0.0041 + sway),
    priceChange24h: live(asset === 'ETH' ? -0.0132 + sway : 0.0231 + sway),
    priceDecimals: facts.decimals,
    funding: {
      byVenue: {
        binance: funding('binance', asset, 0.0001 + sway / 40, 8, oiUsd * 0.5, tsLocal),
        bybit: funding('bybit', asset, 0.000132, asset === 'SOL' ? 4 : 8, oiUsd * 0.3, tsLocal),
        okx: funding('okx', asset, -0.000021, 8, oiUsd * 0.2, tsLocal),
      },
      oiWeighted: live(0.0000854 + sway / 50),
      excluded: [],
      interpretation: live('moderate bullish'),
      others: [
        {
          instrument: `binance:${asset}/USD:${asset}`,
          venue: 'binance',
          rate8h: live(0.000041),
          settledAnnual: live(0.0312),
          z: live(-0.44),
          spendUsd: live(oiUsd * 0.000004),
        },
      ],
      spend8hUsd: live(oiUsd * 0.000085),
      calendar: [
        settlement('okx', asset, 4, -0.000021, oiUsd * -0.000004, tsLocal),
        settlement('binance', asset, 8, 0.0001 + sway / 40, oiUsd * 0.00005, tsLocal),
        settlement('bybit', asset, 8, 0.000132, oiUsd * 0.00004, tsLocal),
      ],
      intervalChanges: [
        {
          ts: micros(tsLocal - 5 * HOUR),
          venue: 'okx',
          instrument: `okx:${asset}/USDT:USDT`,
          from: 8,
          to: 4,
        },
      ],
      arbitrage: [
        {
          long: 'okx',
          short: 'bybit',
          spread8h: live(0.000153),
          annualGross: live(0.1675),
          feesBps: live(21, { estimated: true }),
          annualNet: live(0.1413, { estimated: true }),
          breakEvenHours: live(109.8, { estimated: true }),
        },
        {
          long: 'okx',
          short: 'binance',
          spread8h: live(0.000121),
          annualGross: live(0.1325),
          feesBps: absent('no fee set: okx'),
          annualNet: absent('no fee set: okx'),
          breakEvenHours: absent('no fee set: okx'),
        },
      ],
      arbitrageExcluded: [],
    },
    openInterest: {
      byVenue: {
        binance: interest(perp, 0.5, oi, oiUsd),
        bybit: interest(`bybit:${asset}/USDT:USDT`, 0.3, oi, oiUsd),
        okx: interest(`okx:${asset}/USDT:USDT`, 0.2, oi, oiUsd),
      },
      coin: live(oi),
      usd: live(oiUsd),
      change1h: live(0.0123),
      change4h: live(0.0311),
      change24h: live(-0.0242),
      change1hUsd: live(oiUsd * 0.0123),
      changeType: live('long build'),
      divergence: live('bullish, new longs'),
      shock: live(1.52),
      norm: live(0.31),
      priceZ: live(0.92, open),
      confidence: live(0.56, { ...open, estimated: true }),
      totalCoin: live(oi, { partial: true }),
      totalUsd: live(oiUsd, { partial: true }),
      totalExcluded: ['hyperliquid: no open interest'],
      totalChange1h: live(0.0123),
      totalChange4h: live(0.0311),
      totalChange24h: live(-0.0242),
      trend: live('rising', { partial: true }),
      strength: live(1.52, open),
    },
    liquidations: {
      m1: window(182_000, 24_300, 9, 91_400),
      m5: window(1_204_000, 310_000, 41, 402_000),
      h1: window(8_630_000, 5_112_000, 388, 1_204_000),
      h24: window(84_200_000, 61_700_000, 6123, 4_821_000),
      tape,
      completeness: {
        binance: 'largest per second and symbol',
        bybit: 'all, every 500 ms',
        okx: 'sampled, total not represented',
      },
      byVenue: {
        binance: {
          h1: {
            long: live(5_000_000, { sampled: true }),
            short: live(3_000_000, { sampled: true }),
          },
          h24: {
            long: live(51_000_000, { sampled: true }),
            short: live(38_000_000, { sampled: true }),
          },
        },
        bybit: {
          h1: { long: live(3_630_000), short: live(2_112_000) },
          h24: { long: live(33_200_000), short: live(23_700_000) },
        },
      },
    },
    cascade: {
      level: live('high', { estimated: true }),
      ratio: live(1.66),
      longWithin5: live(311_000_000, { estimated: true }),
      shortWithin5: live(184_000_000, { estimated: true }),
      thresholds: { medium: 100_000_000, high: 200_000_000, critical: 500_000_000 },
      levels: Array.from({ length: 40 }, (_, i) => {
        const away = (i - 20 + (i >= 20 ? 1 : 0)) * 0.004;
        return {
          price: round(facts.price * (1 + away), facts.decimals),
          side: away < 0 ? ('long' as const) : ('short' as const),
          notional: 4_000_000 + noise(i, 21) ** 2 * 46_000_000,
          low: 3_000_000 + noise(i, 21) ** 2 * 30_000_000,
          high: 5_000_000 + noise(i, 21) ** 2 * 60_000_000,
        };
      }),
      longWithin5Low: live(204_000_000, { estimated: true }),
      longWithin5High: live(402_000_000, { estimated: true }),
      shortWithin5Low: live(121_000_000, { estimated: true }),
      shortWithin5High: live(260_000_000, { estimated: true }),
      byVenue: {
        binance: {
          longWithin5: live(180_000_000, { estimated: true }),
          shortWithin5: live(101_000_000, { estimated: true }),
          openInterestUsd: live(oiUsd),
          placedShare: live(0.81, { estimated: true }),
          tiers: 'settings',
        },
        okx: {
          longWithin5: live(131_000_000, { estimated: true }),
          shortWithin5: live(83_000_000, { estimated: true }),
          openInterestUsd: live(oiUsd * 0.2),
          placedShare: live(0.44, { estimated: true }),
          tiers: 'venue',
        },
      },
      excluded: ['hyperliquid: warming 3/25 % of entries known'],
      calibration: {
        hitShare: live(0.62, { estimated: true, nEff: 214 }),
        baseShare: live(0.41, { estimated: true, nEff: 214 }),
        prints: live(214, { estimated: true }),
      },
    },
    basis: {
      fair: live(0.00021 + sway / 9),
      venue: live((perpMid - spotMid) / spotMid),
      byVenue: {
        binance: {
          instrument: perp,
          fair: live(0.00021 + sway / 9),
          venue: live((perpMid - spotMid) / spotMid),
          spot,
        },
        okx: {
          instrument: `okx:${asset}/USDT:USDT`,
          fair: live(-0.00008),
          venue: absent('no spot of this venue'),
          spot: null,
        },
      },
      fairZ: live(0.84),
      venueZ: live(-1.11),
      mark: live(round(price * 1.00003, facts.decimals + 1)),
      index: live(round(price * 0.99984, facts.decimals + 1)),
      perpMid: live(perpMid),
      spotMid: live(spotMid),
      spotInstrument: spot,
      perpInstrument: perp,
      dated: live(0.0091),
      datedAnnual: live(0.0865),
      datedInstrument: `binance:${asset}/USDT:USDT-260327`,
      datedZ: live(0.42),
      history: {
        fair: Array.from({ length: 24 }, (_, i) => round(0.0002 + Math.sin(i / 4) * 0.0001, 9)),
        venue: Array.from({ length: 24 }, (_, i) => round(0.0004 + Math.sin(i / 5) * 0.0001, 9)),
        dated: Array.from({ length: 24 }, (_, i) => round(0.08 + Math.sin(i / 6) * 0.01, 9)),
      },
      term: [
        dated('okx', asset, 1.8, price * 1.0003, facts.decimals, tsLocal),
        dated('binance', asset, 38.4, price * 1.0091, facts.decimals, tsLocal),
        dated('okx', asset, 38.4, price * 1.0084, facts.decimals, tsLocal),
        dated('binance', asset, 129.4, price * 1.0262, facts.decimals, tsLocal),
        dated('okx', asset, 129.4, price * 1.0251, facts.decimals, tsLocal),
      ],
      curve: live('contango'),
      curves: { binance: live('contango'), okx: live('contango') },
      carry: [
        {
          kind: 'cash-and-carry',
          venue: 'binance',
          instrument: `binance:${asset}/USDT:USDT-260327`,
          spot,
          days: 38.4,
          yield: live(0.0604, { estimated: true }),
          yieldSettled: null,
          strategy: `buy ${asset}/USDT on binance, sell the future of 2026-03-27, hold 38.4 d: 6.04 % a year on capital after fees`,
        },
        {
          kind: 'funding',
          venue: 'bybit',
          instrument: `bybit:${asset}/USDT:USDT`,
          spot: `bybit:${asset}/USDT`,
          days: null,
          yield: live(0.0512, { estimated: true }),
          yieldSettled: live(0.0401, { estimated: true }),
          strategy: `buy ${asset}/USDT on bybit, sell the perp, hold 30 d: 5.12 % a year on capital after fees at the running rate`,
        },
      ],
      markCheck: {
        price1: live(round(price * 0.9999, facts.decimals + 1)),
        price2: live(round(price * 1.00004, facts.decimals + 1)),
        last: live(price),
        ours: live(price, { estimated: true }),
        venue: live(round(price * 1.00003, facts.decimals + 1)),
        differenceBps: live(-0.3, { estimated: true }),
        indexOurs: absent('no index weights set'),
        indexDifferenceBps: absent('no index weights set'),
      },
    },
    book: {
      byInstrument: {
        [perp]: book('perp', asset, price, tick),
        [spot]: book('spot', asset, spotMid, tick + 100),
      },
    },
    flow: {
      byInstrument: Object.fromEntries(
        [perp, spot].map((instrument, i) => {
          const net = Math.sin(seconds / 13 + i) * facts.lot * 14;
          return [
            instrument,
            {
              buy1m: live(facts.lot * 31 + net / 2),
              sell1m: live(facts.lot * 31 - net / 2),
              net1m: live(net),
              cvd: live(facts.lot * -120 + net * 3),
              trades1m: live(1843 - i * 700),
              lastPrice: live(price),
              lastAggressor: live(net > 0 ? ('buy' as const) : ('sell' as const)),
            },
          ];
        }),
      ),
    },
    options: optionChain(asset, price, tsLocal),
    drift: {
      mu: live(mu, open),
      d: live(d, open),
      active: live(d > 2.31, open),
      mu1: live(mu1, open),
      mu2: live(mu2, open),
      mu3: live(0, open),
      zFunding: live(0.849597, { ...open, nEff: 21 }),
      zOiChange: live(1.52436, open),
      zBasis: live(-1.107102, open),
      quantile: live(2.31),
      cells: 691,
      cellClose,
      flip: {
        funding8h: live(0.00008, open),
        openInterest: live(oi * 0.998, open),
        basis: live(0.00031, open),
        zFunding: live(0.41, open),
        zOiChange: live(1.18, open),
        zBasis: live(-0.61, open),
      },
      flipSentence: 'closes if funding z falls below +0.4 (+0.0080 % per 8 h)',
      dated: {
        instrument: live('binance:BTC/USDT:USDT-260327'),
        daysToExpiry: live(38.4),
        rho: live(0.3),
        zBasis: live(-0.71, open),
      },
      sentence:
        'funding rich (z +0.8) while OI builds (z +1.5) and basis falls (z −1.1): pressure down',
      committed: {
        mu: live(-2.71),
        d: live(2.71),
        active: live(true),
        mu1: live(-1.2),
        mu2: live(-1.51),
        mu3: live(0),
        zFunding: live(0.81, { nEff: 21 }),
        zOiChange: live(1.48),
        zBasis: live(-1.02),
        quantile: live(2.29),
        cellClose: micros(cellClose - HOUR),
      },
    },
    market: {
      drift: live(-1.84, { ...open, nEff: 21 }),
      breadthUp: live(0, open),
      breadthDown: live(2 / 3, open),
      assets: 3,
      excluded: [],
    },
    regime: {
      label: live('crowded carry long'),
      since: micros(tsLocal - 2 * HOUR - 14 * MINUTE),
      oiShock: live(1.52),
      fundingZ: live(1.21, { nEff: 21 }),
      oiChange: live(0.0123),
      liquidationZ: live(0.74),
      depthRank: live(0.41),
      conditional: {
        spreadQ90Carry: live(0.21),
        depthMinStress: live(4.1e6),
        oibPersistenceCarry: live(0.83),
        carryMinutes: 1912,
        stressMinutes: 74,
        knownMinutes: 10_071,
      },
    },
    features: featuresOf([perp, spot], facts.lot, seconds),
    trust: {
      feeds: ['binance-usdm', 'binance-spot', 'bybit-linear'].map((feed, i) => ({
        feed,
        venue: feed.split('-')[0]!,
        state: 'live' as const,
        messagesPerSecond: live(412.3 / (i + 1) + Math.sin(seconds + i) * 9),
        age: live(micros(4000 + i * 31_000)),
        lag: live(micros(38_000 + i * 11_000)),
        clockOffset: live(micros(-1200 + i * 900)),
        reconnects: i,
        rejected: 0,
        unfamiliar: i === 2 ? 1 : 0,
        unfamiliarNames: i === 2 ? ['tickers.fundingCap'] : [],
        dropped: 0,
        rest: [
          {
            pool: 'ip',
            used: 140 + i * 90,
            limit: i === 1 ? 6000 : 2400,
            state: 'ok' as const,
            until: null,
          },
        ],
        suspects: [],
        streams: 6 - i,
      })),
      books: [perp, spot].map((instrument, i) => ({
        instrument,
        status: 'whole' as const,
        reason: null,
        applied: 182_311 - i * 31_000 + tick * 10,
        gaps: i,
        resyncs: 1 + i,
        crossed: 0,
        quoteChecks: 41_203 - i * 4000,
        quoteMismatches: 0,
        snapshotChecks: 3,
        snapshotMismatches: 0,
        checksumChecks: 0,
        checksumMismatches: 0,
        errorRate: live(0),
        broken: micros(i * 4_200_000),
        lenient: false,
        jumps: 0,
        levels: 3120 - i * 800,
        knownBidBps: live(142 - i * 54),
        knownAskBps: live(137 - i * 46),
        age: live(micros(31_000 + i * 9000)),
      })),
      store: {
        state: 'ok',
        reason: null,
        rows: 48_213,
        newest: micros(Math.floor(tsLocal / HOUR) * HOUR),
        waiting: 0,
        lost: 0,
      },
      gaps: [
        {
          subject: perp,
          series: 'openInterest',
          count: 2,
          missing: micros(3 * HOUR),
          from: micros(tsLocal - 30 * HOUR),
          to: micros(tsLocal - 28 * HOUR),
        },
      ],
    },
    heard: {},
    quality: [
      {
        subject: 'liquidations binance',
        state: 'limited',
        reason: 'largest per second and symbol',
      },
      { subject: 'drift', state: 'info', reason: 'open cell, provisional until 13:00' },
    ],
  };
}

/** Anything that reads like a `Reading`, wherever it sits. */
const isReading = (value: object): value is Reading<unknown> =>
  'state' in value &&
  ('value' in value || 'reason' in value) &&
  !('subject' in value) &&
  (value.state === 'live' || value.state === 'stale' || value.state === 'absent');

/** A copy of `node` in which every reading went through `change`. */
export function mapReadings<T>(
  node: T,
  change: (reading: Reading<unknown>, path: string) => unknown,
  path = '',
): T {
  if (Array.isArray(node))
    return node.map((item, i) => mapReadings(item, change, `${path}[${i}]`)) as T;
  if (typeof node !== 'object' || node === null) return node;
  if (isReading(node)) return change(node, path) as T;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, mapReadings(value, change, `${path}.${key}`)]),
  ) as T;
}

/** Minutes after the start: most windows are short of history, the gate cannot open. */
export function warmingFrame(options: FrameOptions = {}): Frame {
  const whole = frame(options);
  const cold = (need: string) => absent(`warming ${need}`);
  return {
    ...whole,
    priceChange24h: cold('1/24'),
    funding: {
      ...whole.funding,
      byVenue: mapReadings(whole.funding.byVenue, (reading, path) =>
        /\.(z|accelerationPerHour|settled|settledAnnual)$/.test(path) ? cold('3/24') : reading,
      ),
    },
    openInterest: {
      ...whole.openInterest,
      change4h: cold('1/4'),
      change24h: cold('1/24'),
      shock: cold('3/24'),
      divergence: cold('1/24'),
    },
    basis: { ...whole.basis, fairZ: cold('3/24'), venueZ: cold('3/24') },
    drift: {
      ...(mapReadings(whole.drift, () => cold('3/24')) as Frame['drift']),
      cells: 3,
      sentence: null,
      flipSentence: null,
      committed: null,
    },
    regime: {
      ...(mapReadings(whole.regime, () => cold('3/24')) as Frame['regime']),
      since: null,
    },
    quality: [
      { subject: 'drift', state: 'warming', reason: 'warming 3/48' },
      { subject: 'regime', state: 'warming', reason: 'warming 3/24' },
    ],
  };
}

/** All feeds fell silent `seconds` ago. */
export function staleFrame(options: FrameOptions = {}, seconds = 42): Frame {
  const whole = frame(options);
  const old = mapReadings(whole, (reading) =>
    reading.state === 'live' ? { ...stale(reading.value, micros(seconds * SECOND)) } : reading,
  );
  return {
    ...old,
    trust: {
      feeds: old.trust.feeds.map((feed) => ({
        ...feed,
        state: 'stale' as const,
        suspects: ['btcusdt@forceOrder'],
      })),
      books: old.trust.books,
      store: old.trust.store,
      gaps: old.trust.gaps,
    },
    quality: [{ subject: 'binance-usdm', state: 'stale', reason: `silent ${seconds} s` }],
  };
}

/** Nothing has arrived yet. */
export function emptyFrame(options: FrameOptions = {}): Frame {
  const whole = frame(options);
  const none = mapReadings(whole, () => absent('no feed: binance'));
  return {
    ...none,
    funding: { ...none.funding, byVenue: {}, excluded: ['binance: no rate'] },
    openInterest: { ...none.openInterest, byVenue: {} },
    liquidations: { ...none.liquidations, tape: [], completeness: {} },
    cascade: { ...none.cascade, levels: [], thresholds: null },
    basis: {
      ...none.basis,
      spotInstrument: null,
      perpInstrument: null,
      datedInstrument: null,
      term: [],
      curves: {},
      carry: [],
    },
    book: { byInstrument: {} },
    flow: { byInstrument: {} },
    options: null,
    features: { asset: {}, byInstrument: {} },
    drift: { ...none.drift, cells: 0, sentence: null, flipSentence: null, committed: null },
    regime: { ...none.regime, since: null },
    market: { ...none.market, assets: 0 },
    trust: {
      feeds: none.trust.feeds.map((feed) => ({ ...feed, state: 'connecting' as const, rest: [] })),
      books: none.trust.books.map((book) => ({
        ...book,
        status: 'waiting' as const,
        reason: 'waiting for the snapshot',
        levels: 0,
      })),
      store: null,
      gaps: [],
    },
    quality: [{ subject: 'binance-usdm', state: 'absent', reason: 'connecting' }],
  };
}

/** Text an exchange should never send, and might. */
export const HOSTILE = [
  '\u001B[31mred\u001B[0m',
  '\u001B]0;title\u0007',
  'bell\u0007tab\tnew\nline\rreturn',
  '\u009B31mcsi',
  '漢字全角テスト',
  '🚀🚀🚀👩‍👩‍👧‍👦',
  'e\u0301\u0323\u200B\u200D\uFEFF',
  '\u202Eright to left\u202C',
  '\uD800 lone \uDC00',
  'x'.repeat(400),
  '',
  '\u0000\u0000',
] as const;

/** Values at the edge of what a double holds. */
const EXTREMES = [
  0, -0, 1, -1, 0.1, 1e-12, -1e-12, 5e-324, 1e12, -1e12, 1e21, -1e21, 9_007_199_254_740_992, 0.005,
  999.9995, 99_999.95, -99_999.95, 1.7976931348623157e308, -1.7976931348623157e308,
] as const;

const pick = <T>(list: readonly T[], seed: number, salt: number): T =>
  list[Math.floor(noise(seed, salt) * list.length)]!;

/** A frame in which every reading, name and number is drawn from the worst there is; the same for the same seed. */
export function chaosFrame(seed: number, options: FrameOptions = {}): Frame {
  let salt = 1;
  const next = (): number => {
    salt += 1;
    return salt;
  };
  const draw = () => noise(seed, next());
  const text = () => pick(HOSTILE, seed, next());
  const number = () => pick(EXTREMES, seed, next());
  const base = pick([frame, warmingFrame, staleFrame, emptyFrame], seed, 0)(options);
  const shaken = mapReadings(base, (reading) => {
    const fate = draw();
    if (fate < 0.25 || reading.state === 'absent') return absent(text());
    const sample = reading.value;
    const value =
      typeof sample === 'number' && draw() < 0.6
        ? number()
        : typeof sample === 'string' && draw() < 0.6
          ? text()
          : sample;
    const marks = {
      ...(draw() < 0.3 && { estimated: true as const }),
      ...(draw() < 0.3 && { sampled: true as const }),
      ...(draw() < 0.3 && { partial: true as const }),
      ...(draw() < 0.3 && { provisional: true as const }),
    };
    return fate < 0.5 ? stale(value, micros(Math.abs(number())), marks) : live(value, marks);
  });
  const level = (): PriceSize => [Math.abs(number()), Math.abs(number())];
  const renamed = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(record).map(([key, value], i) => [
        draw() < 0.4 ? `${text()}${i}` : key,
        value,
      ]),
    );
  return {
    ...shaken,
    asset: draw() < 0.2 ? text() || 'X' : shaken.asset,
    priceDecimals: Math.floor(draw() * 12),
    funding: {
      ...shaken.funding,
      byVenue: renamed(shaken.funding.byVenue),
      excluded: Array.from({ length: Math.floor(draw() * 4) }, text),
      calendar: shaken.funding.calendar.map((one) => ({ ...one, venue: text() })),
      others: shaken.funding.others.map((one) => ({ ...one, instrument: text(), venue: text() })),
      arbitrage: shaken.funding.arbitrage.map((one) => ({ ...one, long: text(), short: text() })),
      arbitrageExcluded: Array.from({ length: Math.floor(draw() * 3) }, text),
      intervalChanges: shaken.funding.intervalChanges.map((one) => ({
        ...one,
        instrument: text(),
        from: Math.abs(number()),
      })),
    },
    openInterest: {
      ...shaken.openInterest,
      byVenue: renamed(shaken.openInterest.byVenue),
      totalExcluded: Array.from({ length: Math.floor(draw() * 4) }, text),
    },
    liquidations: {
      ...shaken.liquidations,
      tape: shaken.liquidations.tape.map((print) => ({
        ...print,
        instrument: draw() < 0.3 ? text() : print.instrument,
        price: draw() < 0.3 ? Math.abs(number()) : print.price,
        size: draw() < 0.3 ? Math.abs(number()) : print.size,
        notional: draw() < 0.3 ? Math.abs(number()) : print.notional,
      })),
      completeness: renamed(shaken.liquidations.completeness),
      byVenue: renamed(shaken.liquidations.byVenue),
    },
    cascade: {
      ...shaken.cascade,
      levels: shaken.cascade.levels.map((one) => ({
        ...one,
        price: draw() < 0.2 ? Math.abs(number()) : one.price,
        notional: draw() < 0.2 ? Math.abs(number()) : one.notional,
        high: draw() < 0.2 ? Math.abs(number()) : one.high,
      })),
      byVenue: renamed(shaken.cascade.byVenue),
      excluded: Array.from({ length: Math.floor(draw() * 3) }, text),
    },
    book: {
      byInstrument: renamed(
        Object.fromEntries(
          Object.entries(shaken.book.byInstrument).map(([id, entry]) => [
            id,
            {
              ...entry,
              status: pick(['whole', 'resyncing', 'waiting'] as const, seed, next()),
              reason: draw() < 0.5 ? text() : null,
              priceDecimals: Math.floor(draw() * 12),
              sizeDecimals: Math.floor(draw() * 12),
              bids: draw() < 0.3 ? [] : entry.bids.map((old) => (draw() < 0.2 ? level() : old)),
              asks: draw() < 0.3 ? [] : entry.asks.map((old) => (draw() < 0.2 ? level() : old)),
            },
          ]),
        ),
      ),
    },
    flow: { byInstrument: renamed(shaken.flow.byInstrument) },
    options:
      shaken.options === null || draw() < 0.1
        ? null
        : {
            ...shaken.options,
            venue: draw() < 0.3 ? text() : shaken.options.venue,
            expiries: shaken.options.expiries.map((one) => ({
              ...one,
              expiry: draw() < 0.1 ? micros(Math.abs(number())) : one.expiry,
            })),
            oiByStrike: shaken.options.oiByStrike.map((one) => ({
              ...one,
              strikes: one.strikes.map((strike) =>
                draw() < 0.2
                  ? ([Math.abs(number()), Math.abs(number()), Math.abs(number())] as const)
                  : strike,
              ),
            })),
            excluded: [text(), text()],
          },
    basis: {
      ...shaken.basis,
      curves: renamed(shaken.basis.curves),
      term: shaken.basis.term.map((one) => ({
        ...one,
        venue: text(),
        instrument: text(),
        days: draw() < 0.3 ? Math.abs(number()) : one.days,
      })),
      carry: shaken.basis.carry.map((one) => ({ ...one, venue: text(), strategy: text() })),
    },
    drift: {
      ...shaken.drift,
      cells: Math.floor(draw() * 1e6),
      sentence: draw() < 0.5 ? text() : shaken.drift.sentence,
    },
    trust: {
      feeds: shaken.trust.feeds.map((feed) => ({
        ...feed,
        feed: draw() < 0.3 ? text() : feed.feed,
        reconnects: draw() < 0.3 ? 123_456_789 : feed.reconnects,
        unfamiliarNames: [text(), text()],
        suspects: draw() < 0.5 ? [text()] : [],
        rest: feed.rest.map((pool) => ({
          ...pool,
          pool: text(),
          used: Math.abs(number()),
          limit: 0,
        })),
      })),
      books: shaken.trust.books.map((one) => ({
        ...one,
        reason: draw() < 0.5 ? text() : null,
        quoteMismatches: draw() < 0.3 ? 99_999_999 : 0,
        snapshotMismatches: draw() < 0.3 ? 99_999_999 : 0,
        errorRate: draw() < 0.5 ? live(draw()) : absent(text()),
        levels: draw() < 0.3 ? 123_456_789 : one.levels,
      })),
      store:
        shaken.trust.store === null
          ? null
          : { ...shaken.trust.store, reason: text(), rows: 123_456_789_012 },
      gaps: shaken.trust.gaps.map((gap) => ({ ...gap, subject: text() })),
    },
    quality: Array.from({ length: Math.floor(draw() * 30) }, () => ({
      subject: text(),
      state: pick(['stale', 'absent', 'suspect', 'info'] as const, seed, next()),
      reason: text(),
    })),
  };
}

/** `hours` closed cells that end before `frame(options)`, with a hole of nulls in the middle where `holes`. */
export function series(
  options: FrameOptions & { hours?: number; holes?: boolean } = {},
): SeriesLine {
  const asset = options.asset ?? 'BTC';
  const source = options.source ?? 'live';
  const tsLocal = micros(T0 + (options.seconds ?? 0) * SECOND);
  const hours = options.hours ?? 720;
  const last = Math.floor(tsLocal / HOUR);
  const { price, oi } = ASSETS[asset];
  const cells: SeriesCell[] = [];
  let walk = 0;
  for (let i = hours - 1; i >= 0; i -= 1) {
    walk += (noise(i, 77) - 0.5) * 0.006;
    const hole = options.holes === true && i > hours * 0.4 && i < hours * 0.5;
    const mu = Math.sin(i / 11) * 1.4 + (noise(i, 31) - 0.5) * 2.2;
    cells.push({
      close: micros((last - i) * HOUR),
      price: hole ? null : price * (1 + walk * (i / hours) + Math.sin(i / 40) * 0.02),
      openInterest: hole ? null : oi * (0.995 + Math.sin(i / 55) * 0.05 + noise(i, 13) * 0.01),
      funding8h: hole ? null : 0.0000854 + Math.sin(i / 60) * 0.00008,
      basis: hole ? null : 0.0002 + Math.sin(i / 19) * 0.0003 + (noise(i, 17) - 0.5) * 0.0001,
      mu: hole ? null : mu,
      d: hole ? null : Math.abs(mu),
      quantile: hole || i > hours - 48 ? null : 1.95 + Math.sin(i / 90) * 0.3,
      active: hole || i > hours - 48 ? null : Math.abs(mu) > 1.95 + Math.sin(i / 90) * 0.3,
    });
  }
  return {
    v: FRAME_VERSION,
    type: 'series',
    source,
    origin: source,
    tsLocal,
    asset,
    whole: true,
    cells,
  };
}

/** One event, `seconds` after `T0`. */
export function event(
  kind: EventLine['kind'],
  text: string,
  seconds = 0,
  asset: string | null = 'BTC',
): EventLine {
  return {
    v: FRAME_VERSION,
    type: 'event',
    source: 'live',
    origin: 'live',
    tsLocal: micros(T0 + seconds * SECOND),
    kind,
    asset,
    subject: asset ?? 'binance-usdm',
    text,
    data: {},
  };
}
