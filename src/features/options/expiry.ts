import { absent, derive, live, type Marks, type Reading } from '../../model/reading.ts';
import type { EngineSettings } from '../../model/settings.ts';
import { DAY, type Micros } from '../../model/units.ts';
import { black76 } from '../../stats/black76.ts';
import { type ForwardSource, forwardOf } from './forward.ts';
import { interestByStrike, maxPain, type PutCall, putCallOf, tidySum } from './positioning.ts';
import type { OptionRow } from './row.ts';
import { atmOf, type IvSource, ivAtCallDelta, type Smile, smileOf, yearsBetween } from './smile.ts';

/** The options of one expiry and what is known about them together. */
export interface ExpiryInput {
  readonly expiry: Micros;
  /** Now; null when the time of the quotes is unknown. */
  readonly at: Micros | null;
  readonly rows: readonly OptionRow[];
  readonly priceIn: 'coin' | 'quote';
  /** Price of the dated future of that day. */
  readonly future: number | null;
  readonly settings: EngineSettings['options'];
  /** Who lacks what is lacking, for reasons: `in the input`, `from deribit`. */
  readonly lacking: string;
}

/** One strike. */
export interface StrikeNumbers {
  readonly strike: number;
  /** Base coin. */
  readonly callOi: number;
  readonly putOi: number;
  /** USD per 1 %; null where gamma is unknown. */
  readonly gex: number | null;
}

/** Everything about one expiry (SPEC §11). Volatilities are fractions a year. */
export interface ExpiryNumbers {
  readonly expiry: Micros;
  readonly days: Reading;
  readonly forward: Reading;
  readonly forwardSource: ForwardSource | null;
  readonly atmIv: Reading;
  readonly rr25: Reading;
  readonly bf25: Reading;
  readonly ivSource: IvSource | null;
  readonly putCallOi: Reading;
  readonly putCallVolume: Reading;
  readonly maxPain: Reading;
  /** All strikes that tie; empty when one stands alone. */
  readonly maxPainTies: readonly number[];
  readonly gex: Reading;
  readonly oiCoin: Reading;
  /** Sums behind the ratios. */
  readonly oi: PutCall;
  readonly volume: PutCall;
  /** By rising strike. */
  readonly strikes: readonly StrikeNumbers[];
  /** What was left out of it, with the reason. */
  readonly excluded: readonly string[];
}

const ESTIMATED: Marks = { estimated: true };

const NO_TIME = 'no time of the quotes';

/** Calls or puts at this distance are what risk reversals and butterflies are quoted of. */
const WING = 0.25;

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The ratio of puts to calls; `partial` where some of the options say nothing. */
export function putCallReading(
  { calls, puts, known }: PutCall,
  options: number,
  what: string,
  lacking: string,
): Reading {
  if (known === 0) return absent(`no ${what} ${lacking}`);
  if (!(calls > 0)) return absent(`no ${what} of calls`);
  return live(puts / calls, known < options ? { partial: true } : {});
}

interface Volatilities {
  readonly atmIv: Reading;
  readonly rr25: Reading;
  readonly bf25: Reading;
}

function volatilitiesOf(
  smile: Smile,
  forward: number,
  marks: Marks,
  noTime: string,
  widestGap: number,
): Volatilities {
  const atm = atmOf(smile, forward, widestGap);
  const atmIv = atm === undefined ? absent('no strikes near the forward') : live(atm, marks);
  const call = ivAtCallDelta(smile, forward, WING, widestGap);
  const put = ivAtCallDelta(smile, forward, 1 - WING, widestGap);
  if (call === undefined || put === undefined) {
    const hasDeltas = smile.points.some(({ callDelta }) => callDelta !== null);
    const side = call === undefined ? 'calls' : 'puts';
    const none = absent(hasDeltas ? `no ${side} near 25Δ` : noTime);
    return { atmIv, rr25: none, bf25: none };
  }
  return {
    atmIv,
    rr25: live(call - put, marks),
    bf25: derive([atmIv] as const, (money) => (call + put) / 2 - money),
  };
}

/** Gamma by strike from the smile, where there is one and time is known; else what the venue says of each option. */
function gammaAt(
  smile: Smile | undefined,
  forward: number,
  years: number,
): (row: OptionRow) => number | null {
  const byStrike = new Map(
    smile?.points.map(({ strike, iv }) => [
      strike,
      black76('call', forward, strike, iv, years).gamma,
    ]),
  );
  return ({ strike, gamma }) => {
    const ours = byStrike.get(strike);
    return ours !== undefined && Number.isFinite(ours) ? ours : gamma;
  };
}

interface Exposure {
  readonly total: Reading;
  readonly byStrike: ReadonlyMap<number, number>;
  /** Options with open interest whose gamma is unknown. */
  readonly without: number;
}

/**
 * Gamma exposure in dollars per 1 %: Σ ±Γ·OI·S²·0.01 with S the forward that Γ answers to, calls + and puts −. That sign takes it that dealers are long the calls and short
 * the puts that others hold, which nobody publishes.
 */
function exposureOf(
  rows: readonly OptionRow[],
  forward: number,
  gammaOf: (row: OptionRow) => number | null,
  why: string,
): Exposure {
  const byStrike = new Map<number, number>();
  let total = 0;
  let counted = 0;
  let without = 0;
  for (const row of rows) {
    const { openInterest, strike, type } = row;
    if (openInterest === null) continue;
    const gamma = openInterest === 0 ? 0 : gammaOf(row);
    if (gamma === null) {
      without += 1;
      continue;
    }
    const dollars = gamma * openInterest * forward ** 2 * 0.01;
    const signed = type === 'call' ? dollars : -dollars;
    total += signed;
    if (openInterest > 0) counted += 1;
    byStrike.set(strike, (byStrike.get(strike) ?? 0) + signed);
  }
  return {
    total:
      counted === 0 && without > 0
        ? absent(why)
        : live(total, without > 0 ? { ...ESTIMATED, partial: true } : ESTIMATED),
    byStrike,
    without,
  };
}

/** Computes an expiry from its options. Nothing is filled in: what its options do not say is absent, with the reason. */
export function expiryNumbers(input: ExpiryInput): ExpiryNumbers {
  const { expiry, at, rows, priceIn, future, lacking, settings } = input;
  const noTime = at === null ? NO_TIME : 'expired';
  const days: Reading = at === null ? absent(NO_TIME) : live((expiry - at) / DAY);
  const told = forwardOf(rows, priceIn, future);
  const forward: Reading =
    told === undefined
      ? absent(`no forward ${lacking}`)
      : live(told.value, told.source === 'parity' ? ESTIMATED : {});
  const smile =
    told === undefined ? undefined : smileOf({ rows, priceIn, forward: told.value, expiry, at });
  const hasIv = smile !== undefined && smile.points.length > 0;
  const noIv = absent(whyNoIv(input, smile));
  const marks = smile?.source === 'black76' || told?.source === 'parity' ? ESTIMATED : {};
  const volatilities =
    told === undefined || !hasIv
      ? { atmIv: noIv, rr25: noIv, bf25: noIv }
      : volatilitiesOf(smile, told.value, marks, noTime, settings.widestDeltaGap);

  const oi = putCallOf(rows, ({ openInterest }) => openInterest);
  const volume = putCallOf(rows, (row) => row.volume);
  const isPartial: Marks = oi.known < rows.length ? { partial: true } : {};
  const noOi = absent(`no open interest ${lacking}`);
  const interest = interestByStrike(rows);
  const pain = maxPain(interest);
  const years = at === null ? Number.NaN : yearsBetween(at, expiry);
  const exposure =
    told === undefined
      ? undefined
      : exposureOf(
          rows,
          told.value,
          gammaAt(smile, told.value, years),
          hasIv
            ? `no greeks ${lacking}, and ${noTime}`
            : `no greeks ${lacking}, and ${noIv.reason}`,
        );
  return {
    expiry,
    days,
    forward,
    forwardSource: told?.source ?? null,
    ...volatilities,
    ivSource: hasIv ? smile.source : null,
    putCallOi: putCallReading(oi, rows.length, 'open interest', lacking),
    putCallVolume: putCallReading(volume, rows.length, 'volume', lacking),
    maxPain:
      oi.known === 0
        ? noOi
        : pain === undefined
          ? absent('no open interest')
          : live(pain.strike, isPartial),
    maxPainTies: pain?.ties ?? [],
    gex: oi.known === 0 ? noOi : (exposure?.total ?? absent(`no forward ${lacking}`)),
    oiCoin: oi.known === 0 ? noOi : live(tidySum(oi.calls + oi.puts), isPartial),
    oi,
    volume,
    strikes: interest.map(({ strike, calls, puts }) => ({
      strike,
      callOi: calls,
      putOi: puts,
      gex: exposure?.byStrike.get(strike) ?? null,
    })),
    excluded: leftOut(rows.length, oi.known, smile?.outOfBounds ?? 0, exposure?.without ?? 0),
  };
}

function whyNoIv({ rows, at, expiry, lacking }: ExpiryInput, smile: Smile | undefined): string {
  const hasIv = rows.some(({ markIv }) => markIv !== null);
  const hasPrices = rows.some(({ price }) => price !== null);
  if (!hasIv && !hasPrices) return `no IV ${lacking}`;
  if (smile === undefined) return `no forward ${lacking}`;
  if (expiry <= (at ?? 0)) return 'expired';
  return at === null ? `no IV ${lacking}, and ${NO_TIME}` : 'no price allows a volatility';
}

function leftOut(options: number, known: number, outOfBounds: number, without: number): string[] {
  const excluded: string[] = [];
  if (known > 0 && known < options)
    excluded.push(`${plural(options - known, 'option')} without open interest said`);
  if (outOfBounds > 0)
    excluded.push(`${plural(outOfBounds, 'price')} outside of what arbitrage allows`);
  if (without > 0) excluded.push(`${plural(without, 'option')} without gamma`);
  return excluded;
}
