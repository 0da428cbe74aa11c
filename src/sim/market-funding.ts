/** Interest part of a funding rate per 8 h. */
const INTEREST_RATE = 0.0001;
const CLAMP = 0.0005;
const DEAD_BAND = 0.00025;
/** The venue samples the premium index every five seconds. */
export const PREMIUM_SAMPLE_MS = 5_000;
const SAMPLES_PER_HOUR = 3_600_000 / PREMIUM_SAMPLE_MS;

/**
 * How a venue makes a rate of the premium. `clamped`: interest and premium, clamped, averaged with
 * growing weight and paid at the end of the interval. `continuous`: what exceeds a dead band, paid
 * all the time (Deribit); its intervals only close the books.
 */
export type FundingRule = 'clamped' | 'continuous';

/** The running funding estimate of one perp. */
export interface Funding {
  /** Left out: `clamped`. */
  readonly rule?: FundingRule;
  intervalHours: number;
  nextMs: number;
  /** Largest absolute rate per interval. */
  readonly cap: number;
  /** Time-weighted average premium index of the current period, and the samples behind it. */
  averagePremium: number;
  samples: number;
  lastPremium: number;
  /** Rate of the last settlement. */
  settledRate: number;
}

/** A settlement that happened: the rate changed hands at `atMs`. */
export interface Settlement {
  readonly atMs: number;
  readonly rate: number;
  readonly markPrice: number;
}

/**
 * Binance's rate: F = [P + clamp(I − P, ±0.05 %)] ÷ (8 ÷ N), capped, with P the average premium
 * index, I the interest rate and N the hours of the interval. A fraction per interval.
 */
export function fundingRate(averagePremium: number, intervalHours: number, cap: number): number {
  const interest = Math.min(CLAMP, Math.max(-CLAMP, INTEREST_RATE - averagePremium));
  const rate = ((averagePremium + interest) * intervalHours) / 8;
  return Math.min(cap, Math.max(-cap, rate));
}

/**
 * Deribit's rate: F = max(0.025 %, P) + min(−0.025 %, P), expressed per 8 h, capped.
 *
 * @see https://www.deribit.com/kb/deribit-linear-perpetual
 */
export function continuousRate(premium: number, cap: number): number {
  const rate = Math.max(DEAD_BAND, premium) + Math.min(-DEAD_BAND, premium);
  return Math.min(cap, Math.max(-cap, rate));
}

/** The rate of an interval by either rule, from its average premium. */
export const intervalRate = (
  rule: FundingRule,
  averagePremium: number,
  intervalHours: number,
  cap: number,
): number =>
  rule === 'clamped'
    ? fundingRate(averagePremium, intervalHours, cap)
    : (continuousRate(averagePremium, cap) * intervalHours) / 8;

/** The rate that would settle if the period ended now. */
export const fundingEstimate = ({
  rule = 'clamped',
  averagePremium,
  intervalHours,
  cap,
}: Funding): number => intervalRate(rule, averagePremium, intervalHours, cap);

/**
 * Premium index: how far a market order of the impact notional trades away from the index,
 * [max(0, impact bid − index) − max(0, index − impact ask)] ÷ index. A fraction.
 */
export function premiumIndex(impactBid: number, impactAsk: number, index: number): number {
  return (Math.max(0, impactBid - index) - Math.max(0, index - impactAsk)) / index;
}

/**
 * Adds a premium sample with weight growing linearly over the period: P = Σ i·Pᵢ ÷ Σ i.
 *
 * @param tempo how many samples this one stands for; 1 is real time.
 */
export function samplePremium(funding: Funding, premium: number, tempo: number): void {
  const limit = funding.intervalHours * SAMPLES_PER_HOUR;
  const samples = Math.min(limit, funding.samples + tempo);
  const before = Math.max(0, samples - tempo);
  const gain = 1 - (before * (before + 1)) / (samples * (samples + 1));
  funding.averagePremium += (premium - funding.averagePremium) * gain;
  funding.samples = samples;
  funding.lastPremium = premium;
}

/** First settlement after an instant: intervals are counted from 00:00 UTC. */
export function nextSettlementMs(afterMs: number, intervalHours: number): number {
  const interval = intervalHours * 3_600_000;
  return (Math.floor(afterMs / interval) + 1) * interval;
}

/** Ends the period and begins the next one; returns what settled. */
export function settle(funding: Funding, markPrice: number): Settlement {
  const settlement = { atMs: funding.nextMs, rate: fundingEstimate(funding), markPrice };
  funding.settledRate = settlement.rate;
  funding.nextMs = nextSettlementMs(funding.nextMs, funding.intervalHours);
  funding.samples = 0;
  funding.averagePremium = funding.lastPremium;
  return settlement;
}
