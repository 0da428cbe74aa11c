/** Prices, fees and margin of a dated carry. Fees are bps of notional per fill. */
export interface CashAndCarry {
  /** Price at which the dated future is sold. */
  readonly future: number;
  /** Price at which the coin is bought. */
  readonly spot: number;
  readonly futureFeeBps: number;
  readonly spotFeeBps: number;
  /** Margin of the short as a share of its notional; 0 where the coin itself is the margin. */
  readonly margin: number;
  /** To the expiry, fractional. */
  readonly days: number;
}

/** What four fills cost per coin: both legs are opened, and closed again when the future expires. */
const feesOf = ({ future, spot, futureFeeBps, spotFeeBps }: CashAndCarry): number =>
  2 * (future * futureFeeBps + spot * spotFeeBps) * 1e-4;

/** Cash-and-carry on capital until the expiry: (F − S − fees) / (S + margin), a fraction (SPEC §10). */
export const cashAndCarry = (trade: CashAndCarry): number =>
  (trade.future - trade.spot - feesOf(trade)) / (trade.spot + trade.margin * trade.future);

/** The same a year, simple. */
export const cashAndCarryAnnual = (trade: CashAndCarry): number =>
  (cashAndCarry(trade) * 365) / trade.days;

/** Terms of a funding carry: spot bought, the perp sold. */
export interface FundingCarry {
  /** What the short is paid in a year at a rate that stays, as a fraction of notional. */
  readonly rateAnnual: number;
  readonly perpFeeBps: number;
  readonly spotFeeBps: number;
  /** As for a dated carry. */
  readonly margin: number;
  /** Days over which the four fills are spread. */
  readonly holdingDays: number;
}

/** Funding carry a year on capital after fees: (rate − fees · 365 / days held) / (1 + margin), a fraction. */
export const fundingCarryAnnual = (trade: FundingCarry): number =>
  (trade.rateAnnual -
    (2 * (trade.perpFeeBps + trade.spotFeeBps) * 1e-4 * 365) / trade.holdingDays) /
  (1 + trade.margin);
