import type { Venue } from '../model/instrument.ts';
import { absent, derive, live, marked, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';

/** Hours of a year and of the interval in which rates are compared. */
const YEAR_HOURS = 8760;
const RATE_HOURS = 8;

/** A venue's rate as one leg of an arbitrage. */
export interface FundingLeg {
  readonly venue: Venue;
  /** 8h-equivalent, fraction. */
  readonly rate8h: Reading;
}

/** Long the perp that pays less, short the one that pays more (SPEC §7). */
export interface FundingPair {
  /** Venues of the two legs. */
  readonly long: Venue;
  readonly short: Venue;
  /** Difference of the 8h-equivalent rates, fraction; never negative. */
  readonly spread8h: Reading;
  /** The same over a year, simple, fraction of one leg's notional. */
  readonly annualGross: Reading;
  /** Taker fees of the four fills that open and close both legs, bps of one leg's notional; absent where a venue's fee is not set. */
  readonly feesBps: Reading;
  /** What is left over a year when both legs are held for `funding.holdingDays` and the rates stay. */
  readonly annualNet: Reading;
  /** Hours of holding after which the spread has paid the fees. */
  readonly breakEvenHours: Reading;
}

/** Pairs shown. */
const PAIRS_SHOWN = 6;

/** A venue's taker fee, bps. */
export function takerFee(
  venue: Venue,
  fees: EngineSettings['fees'],
  of: 'taker' | 'spotTaker' = 'taker',
): Reading {
  const fee = fees[of][venue];
  return fee === undefined ? absent(`no fee set: ${venue}`) : live(fee);
}

function pairOf(low: FundingLeg, high: FundingLeg, settings: EngineSettings): FundingPair {
  const days = settings.funding.holdingDays;
  const spread8h = derive([high.rate8h, low.rate8h] as const, (a, b) => a - b);
  const annualGross = derive([spread8h] as const, (spread) => (spread * YEAR_HOURS) / RATE_HOURS);
  const feesBps = derive(
    [takerFee(low.venue, settings.fees), takerFee(high.venue, settings.fees)] as const,
    (a, b) => 2 * (a + b),
  );
  const isModel = { estimated: true } as const;
  return {
    long: low.venue,
    short: high.venue,
    spread8h,
    annualGross,
    feesBps,
    annualNet: marked(
      derive([annualGross, feesBps] as const, (gross, fees) => gross - (fees * 1e-4 * 365) / days),
      isModel,
    ),
    breakEvenHours: marked(
      derive([feesBps, spread8h] as const, (fees, spread) => (fees * 1e-4 * RATE_HOURS) / spread),
      isModel,
    ),
  };
}

/**
 * Pairs of venues whose 8h-equivalent rates differ by at least `funding.arbitrage`, the widest first, at most six. Of rates that are live: what is stale or
 * absent is left out and named, since nobody can trade it.
 */
export function fundingArbitrage(
  legs: readonly FundingLeg[],
  settings: EngineSettings,
): { readonly pairs: readonly FundingPair[]; readonly excluded: readonly string[] } {
  const rates: { readonly leg: FundingLeg; readonly rate: number }[] = [];
  const excluded: string[] = [];
  for (const leg of legs) {
    const { venue, rate8h } = leg;
    if (rate8h.state === 'live') rates.push({ leg, rate: rate8h.value });
    else {
      const reason = rate8h.state === 'absent' ? rate8h.reason : 'stale funding rate';
      excluded.push(`${venue}: ${reason.replace(`: ${venue}`, '')}`);
    }
  }
  // A stable sort: of equal spreads the venues that are preferred stay in front.
  const wide: { readonly low: FundingLeg; readonly high: FundingLeg; readonly spread: number }[] =
    [];
  for (const [index, a] of rates.entries())
    for (const b of rates.slice(index + 1)) {
      const spread = Math.abs(a.rate - b.rate);
      if (spread < settings.funding.arbitrage) continue;
      const [low, high] = a.rate <= b.rate ? [a.leg, b.leg] : [b.leg, a.leg];
      wide.push({ low, high, spread });
    }
  const pairs = wide
    .sort((a, b) => b.spread - a.spread)
    .slice(0, PAIRS_SHOWN)
    .map(({ low, high }) => pairOf(low, high, settings));
  return { pairs, excluded };
}
