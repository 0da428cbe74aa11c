import type { Instrument } from '../model/instrument.ts';
import type { RegimeLabel } from '../model/regime.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';
import type { DriftCell } from '../signals/asset-drift.ts';
import { driftSentence } from '../signals/drift.ts';
import { flipText, type NearestFlip } from '../signals/gate-flip.ts';
import type { RegimeInputs } from '../signals/regime.ts';

/** `$1.24M`, `$182k`, `$940`. */
export function usdText(usd: number): string {
  const size = Math.abs(usd);
  const sign = usd < 0 ? '−' : '';
  if (size >= 1e9) return `${sign}$${(size / 1e9).toFixed(2)}B`;
  if (size >= 1e6) return `${sign}$${(size / 1e6).toFixed(2)}M`;
  if (size >= 1e4) return `${sign}$${(size / 1e3).toFixed(0)}k`;
  return `${sign}$${size.toFixed(0)}`;
}

/** A fraction as percent, `0.0100 %`. */
const percentText = (fraction: number, decimals: number): string =>
  `${(fraction * 100).toFixed(decimals).replace('-', '−')} %`;

/** `16:00 UTC`. */
function clockText(ts: Micros): string {
  const minutes = Math.floor(ts / 60e6) % 1440;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)} UTC`;
}

/** `BTC/USDT perp on binance`. */
export const listingText = ({ base, quote, kind, venue }: Instrument): string =>
  `${base}/${quote} ${kind} on ${venue}`;

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

/** Who pays whom at this rate. */
const payers = (rate: number): string =>
  rate > 0 ? 'longs pay' : rate < 0 ? 'shorts pay' : 'nobody pays';

/** `BTC/USDT perp on binance settles at 16:00 UTC: longs pay 0.0100 % for 8 h, $5.12M`. */
export function settlementText(
  instrument: Instrument,
  at: Micros,
  rate: number,
  hours: number,
  spendUsd: number | undefined,
): string {
  const money = spendUsd === undefined ? '' : `, ${usdText(Math.abs(spendUsd))}`;
  return `${listingText(instrument)} settles at ${clockText(at)}: ${payers(rate)} ${percentText(Math.abs(rate), 4)} for ${hours} h${money} (estimate)`;
}

/** What was paid, and what that is in a year, simple. */
export function settledText(
  instrument: Instrument,
  rate: number,
  hours: number | undefined,
): string {
  const annual =
    hours === undefined ? '' : `, ${percentText((rate * 8760) / hours, 2)} a year, simple`;
  return `${listingText(instrument)} settled funding at ${percentText(rate, 4)}${annual}: ${payers(rate).replace('pay', 'paid')}`;
}

/** `BTC/USDT perp on binance is near its cap: 0.2700 %, 90 % of what is allowed: longs pay`. */
export function capText(instrument: Instrument, rate: number, share: number): string {
  const limit = rate < 0 ? 'floor' : 'cap';
  return `${listingText(instrument)} is near its ${limit}: ${percentText(rate, 4)}, ${percentText(share, 0)} of what is allowed: ${payers(rate)}`;
}

/** Gate, what is behind it, and what would flip it back. */
export function gateText(
  asset: string,
  isOpen: boolean,
  isProvisional: boolean,
  cell: DriftCell,
  threshold: number,
  { steadyZ }: EngineSettings['drift'],
  flip: NearestFlip | undefined,
): string {
  const { zOiChange, zFunding, zBasis, mu, mu3 } = cell;
  const sentence = driftSentence(zOiChange, zFunding, zBasis, mu, { steadyZ, mu3 });
  const when = isProvisional ? ' in the open cell' : '';
  const against = `D ${cell.d.toFixed(2)} ${isOpen ? 'above' : 'not above'} ${threshold.toFixed(2)}`;
  return `${asset} gate ${isOpen ? 'opened' : 'closed'}${when}, ${against}: ${sentence}${flip === undefined ? '' : `; ${flipText(flip)}`}`;
}

/** The new regime and the numbers that made it. */
export function regimeText(
  asset: string,
  from: RegimeLabel,
  to: RegimeLabel,
  { oiShock, oiChange, fundingZ, liquidationZ }: RegimeInputs,
): string {
  const causes = [
    ['OI shock z', signed(oiShock), oiShock],
    ['OI in 1 h', `${signed(oiChange * 100)} %`, oiChange],
    ['funding z', signed(fundingZ), fundingZ],
    ['liquidations z', signed(liquidationZ), liquidationZ],
  ] as const;
  const known = causes.filter(([, , value]) => Number.isFinite(value));
  return `${asset} regime: ${from} → ${to} (${known.map(([name, text]) => `${name} ${text}`).join(', ')})`;
}
