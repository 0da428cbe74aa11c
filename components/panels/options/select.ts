import type { Frame } from '../../../src/frame/frame.ts';
import type { OptionExpiry, OptionsFrame } from '../../../src/frame/options.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { cleanText } from '../../format/cell-width.ts';
import { type Reason, reasonsOf } from '../shown.ts';

export interface ExpiryRow
  extends Pick<
    OptionExpiry,
    | 'days'
    | 'forward'
    | 'atmIv'
    | 'rr25'
    | 'bf25'
    | 'putCallOi'
    | 'putCallVolume'
    | 'maxPain'
    | 'gex'
    | 'oiCoin'
  > {
  /** `27MAR26`. */
  readonly label: string;
  /** Who said its implied volatility, and its forward. */
  readonly sources: string;
}

/** Open interest and gamma of one strike. */
export interface StrikeRow {
  readonly strike: number;
  /** Base coin. */
  readonly calls: number;
  readonly puts: number;
  /** Shares of the largest side of any strike shown. */
  readonly callShare: number;
  readonly putShare: number;
  /** USD per 1 %; null where gamma is unknown. */
  readonly gex: number | null;
  readonly isMaxPain: boolean;
}

/** The strikes of one expiry around its forward, the highest first. */
export interface StrikeView {
  readonly label: string;
  readonly days: Reading;
  readonly forward: Reading;
  readonly maxPain: Reading;
  readonly above: readonly StrikeRow[];
  /** At the forward or below it; all of them where the forward is not known. */
  readonly below: readonly StrikeRow[];
  /** Strikes of the frame beyond those shown. */
  readonly beyond: number;
}

/** A ratio of puts to calls with what it says. */
export interface RatioRow {
  readonly label: string;
  readonly ratio: Reading;
  readonly says: Reading<string>;
  readonly percentile: Reading;
}

export interface OptionRows
  extends Pick<
    OptionsFrame,
    'asOf' | 'dvol' | 'ivRank' | 'ivPercentile' | 'premium' | 'termShape' | 'gex' | 'oiCoin'
  > {
  readonly venue: string;
  readonly asset: string;
  readonly expiries: readonly ExpiryRow[];
  /** At the money for a fixed number of days. */
  readonly maturities: readonly { readonly label: string; readonly iv: Reading }[];
  readonly ratios: readonly RatioRow[];
  /** Fractional days and IV at the money, by rising days; only what is known. */
  readonly term: readonly { readonly days: number; readonly iv: number }[];
  readonly strikes: readonly StrikeView[];
  /** What was left out, and which strikes tie for the least pain. */
  readonly notes: readonly string[];
  readonly priceDecimals: number;
  readonly reasons: readonly Reason[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** `27MAR26`, as desks and venues write an expiry. */
export function expiryLabel(expiry: number): string {
  const date = new Date(Math.floor(expiry / 1000));
  if (Number.isNaN(date.getTime())) return '—';
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getUTCDate())}${MONTHS[date.getUTCMonth()]}${two(date.getUTCFullYear() % 100)}`;
}

/** Strikes shown of one expiry at most. */
const MOST_STRIKES = 24;

function strikeView(options: OptionsFrame, at: number): StrikeView | null {
  const interest = options.oiByStrike[at];
  if (interest === undefined) return null;
  const entry = options.expiries.find(({ expiry }) => expiry === interest.expiry);
  if (entry === undefined) return null;
  const gamma = new Map(
    options.gexByStrike.find(({ expiry }) => expiry === interest.expiry)?.strikes ?? [],
  );
  const { forward, maxPain } = entry;
  const held = interest.strikes.filter(([, calls, puts]) => calls > 0 || puts > 0);
  const middle =
    forward.state === 'absent'
      ? held.length >> 1
      : held.filter(([strike]) => strike <= forward.value).length;
  const from = Math.max(0, Math.min(middle - (MOST_STRIKES >> 1), held.length - MOST_STRIKES));
  const kept = held.slice(from, from + MOST_STRIKES);
  const largest = Math.max(0, ...kept.flatMap(([, calls, puts]) => [calls, puts]));
  const share = (size: number): number => (largest > 0 ? size / largest : 0);
  const rows = kept
    .map(
      ([strike, calls, puts]): StrikeRow => ({
        strike,
        calls,
        puts,
        callShare: share(calls),
        putShare: share(puts),
        gex: gamma.get(strike) ?? null,
        isMaxPain: maxPain.state !== 'absent' && maxPain.value === strike,
      }),
    )
    .reverse();
  const isAbove = ({ strike }: StrikeRow): boolean =>
    forward.state !== 'absent' && strike > forward.value;
  return {
    label: expiryLabel(interest.expiry),
    days: entry.days,
    forward,
    maxPain,
    above: rows.filter(isAbove),
    below: rows.filter((row) => !isAbove(row)),
    beyond: interest.strikes.length - kept.length,
  };
}

const rowOf = (entry: OptionExpiry): ExpiryRow => ({
  days: entry.days,
  forward: entry.forward,
  atmIv: entry.atmIv,
  rr25: entry.rr25,
  bf25: entry.bf25,
  putCallOi: entry.putCallOi,
  putCallVolume: entry.putCallVolume,
  maxPain: entry.maxPain,
  gex: entry.gex,
  oiCoin: entry.oiCoin,
  label: expiryLabel(entry.expiry),
  sources: cleanText(`${entry.ivSource ?? '—'}/${entry.forwardSource ?? '—'}`),
});

/** The options of an asset; null where the frame has none. */
export function selectOptions(frame: Frame): OptionRows | null {
  const { options } = frame;
  if (options === null) return null;
  const expiries = options.expiries.map(rowOf);
  const ratios: RatioRow[] = [
    {
      label: 'OI',
      ratio: options.putCallOi,
      says: options.putCallOiSays,
      percentile: options.putCallOiPercentile,
    },
    {
      label: 'volume',
      ratio: options.putCallVolume,
      says: options.putCallVolumeSays,
      percentile: options.putCallVolumePercentile,
    },
  ];
  const maturities = [
    { label: '7d', iv: options.atmIv7d },
    { label: '30d', iv: options.atmIv30d },
    { label: '90d', iv: options.atmIv90d },
    { label: '180d', iv: options.atmIv180d },
  ];
  const { asOf, dvol, ivRank, ivPercentile, premium, termShape, gex, oiCoin } = options;
  return {
    asOf,
    dvol,
    ivRank,
    ivPercentile,
    premium,
    termShape,
    gex,
    oiCoin,
    venue: cleanText(options.venue),
    asset: cleanText(frame.asset),
    expiries,
    maturities,
    ratios,
    term: expiries
      .flatMap(({ days, atmIv }) =>
        days.state === 'absent' || atmIv.state === 'absent' || days.value < 0
          ? []
          : [{ days: days.value, iv: atmIv.value }],
      )
      .sort((a, b) => a.days - b.days),
    strikes: [0, 1].flatMap((at) => strikeView(options, at) ?? []),
    notes: [
      ...options.expiries.flatMap(({ expiry, maxPain, maxPainTies }) =>
        maxPain.state === 'absent' || maxPainTies.length === 0
          ? []
          : [`${expiryLabel(expiry)}: ${maxPainTies.join(', ')} tie for the least pain`],
      ),
      ...options.excluded.map((what) => `left out: ${cleanText(what)}`),
    ],
    priceDecimals: frame.priceDecimals,
    reasons: reasonsOf([
      ['DVOL', dvol],
      ['IV rank', ivRank],
      ['IV percentile', ivPercentile],
      ['premium', premium],
      ...maturities.map(({ label, iv }) => [`IV ${label}`, iv] as const),
      ['term', termShape],
      ...ratios.flatMap(({ label, ratio, percentile }) => [
        [`P/C ${label}`, ratio] as const,
        [`P/C ${label} percentile`, percentile] as const,
      ]),
      ['GEX', gex],
      ['open interest', oiCoin],
      ...expiries.flatMap(({ label, forward, atmIv, rr25, bf25, putCallOi, maxPain, gex: own }) => [
        [`${label} forward`, forward] as const,
        [`${label} ATM`, atmIv] as const,
        [`${label} RR25`, rr25] as const,
        [`${label} BF25`, bf25] as const,
        [`${label} P/C`, putCallOi] as const,
        [`${label} max pain`, maxPain] as const,
        [`${label} GEX`, own] as const,
      ]),
    ]),
  };
}
