import type { FundingInterval, FundingPredicted } from '../../model/event.ts';
import type { Instrument } from '../../model/instrument.ts';
import { HOUR, MINUTE, type Micros } from '../../model/units.ts';
import { noteEventTime, noteFields } from '../draft.ts';
import { tellHistory } from '../history.ts';
import { limitsOf } from '../limits.ts';
import { listedOf, symbolOf } from '../listed.ts';
import { arrayOf, isAbsent, objectOf, rateOf, stampOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';

const FUNDING_FIELDS: ReadonlySet<string> = new Set(
  (
    'instType,instId,fundingRate,fundingTime,prevFundingTime,nextFundingRate,nextFundingTime,minFundingRate,maxFundingRate,' +
    'interestRate,impactValue,premium,method,formulaType,settState,settFundingRate,ts'
  ).split(','),
);
const HISTORY_FIELDS: ReadonlySet<string> = new Set(
  'instType,instId,fundingRate,realizedRate,fundingTime,method,formulaType'.split(','),
);

/** Hours of a span that is whole hours to within a minute, at most a day; null for any other. */
function wholeHours(span: number): number | null {
  const hours = Math.round(span / HOUR);
  return hours >= 1 && hours <= 24 && Math.abs(span - hours * HOUR) <= MINUTE ? hours : null;
}

const stampIn = (message: Wire, name: string): Micros | null =>
  isAbsent(message[name]) || message[name] === '0' ? null : stampOf(message[name], name);

/** Tells the interval when it is not the one that was told last. */
function tellInterval(
  draft: Draft,
  instrument: Instrument,
  hours: number,
  basis: FundingInterval['basis'],
  tsExchange: Micros | null,
): void {
  const { fundingHours } = draft.state;
  const { symbol } = instrument;
  if (fundingHours.get(symbol) === hours) return;
  draft.commits.push(() => fundingHours.set(symbol, hours));
  draft.events.push({
    kind: 'fundingInterval',
    instrument: instrument.id,
    hours,
    basis,
    tsExchange,
    tsLocal: draft.tsLocal,
  });
}

/**
 * `funding-rate` and `GET /api/v5/public/funding-rate` → the running estimate for `fundingTime`, and the length of the period that it belongs to: since
 * `prevFundingTime`, or, where that is not said, as long as the one that follows (`nextFundingTime`). It comes every 30 to 90 s.
 *
 * `settFundingRate` is what was paid at the settlement before, once `settState` says so: history without asking.
 *
 * @see https://www.okx.com/docs-v5/en/#public-data-websocket-funding-rate-channel
 */
export function fundingRate(draft: Draft, message: Wire, symbol: string): void {
  noteFields(draft, 'funding-rate', message, FUNDING_FIELDS);
  const rate = isAbsent(message['fundingRate'])
    ? null
    : rateOf(message['fundingRate'], 'fundingRate');
  const at = stampIn(message, 'fundingTime');
  const before = stampIn(message, 'prevFundingTime');
  const after = stampIn(message, 'nextFundingTime');
  const tsExchange = stampIn(message, 'ts');
  const isSettled = message['settState'] === 'settled' && !isAbsent(message['settFundingRate']);
  const limits = limitsOf(message, 'maxFundingRate', 'minFundingRate');
  const settled = isSettled ? rateOf(message['settFundingRate'], 'settFundingRate') : null;
  if (tsExchange !== null) noteEventTime(draft, tsExchange);
  const { instrument } = listedOf(draft, symbol);
  const hours =
    at === null
      ? null
      : ((before === null ? null : wholeHours(at - before)) ??
        (after === null ? null : wholeHours(after - at)));
  if (hours !== null) tellInterval(draft, instrument, hours, 'listed', tsExchange);
  if (rate !== null && at !== null)
    draft.events.push({
      kind: 'fundingPredicted',
      instrument: instrument.id,
      fundingRate: rate,
      nextFundingTs: at,
      ...(limits !== null && { limits }),
      tsExchange,
      tsLocal: draft.tsLocal,
    } satisfies FundingPredicted);
  if (settled !== null && before !== null) tellSettled(draft, instrument, before, settled);
}

/** A settlement that has not been told yet. */
function tellSettled(draft: Draft, instrument: Instrument, ts: Micros, value: number): void {
  const { settledTs } = draft.state;
  const known = settledTs.get(instrument.symbol);
  if (known !== undefined && known >= ts) return;
  const rows = tellHistory(draft, instrument, 'fundingSettled', [{ ts, value }]);
  if (rows.length > 0) draft.commits.push(() => settledTs.set(instrument.symbol, ts));
}

/**
 * `GET /api/v5/public/funding-rate-history` → settled funding: `realizedRate` was paid, `fundingRate` is the last estimate before. The distance of the two
 * latest is the interval where nothing else has told one.
 *
 * @see https://www.okx.com/docs-v5/en/#public-data-rest-api-get-funding-rate-history
 */
export function fundingHistory(draft: Draft, body: unknown): void {
  const pages = new Map<string, { ts: Micros; value: number }[]>();
  for (const row of arrayOf(body, 'funding-rate-history')) {
    const paid = objectOf(row, 'funding-rate-history');
    noteFields(draft, 'funding-rate-history', paid, HISTORY_FIELDS);
    const symbol = symbolOf(paid['instId'], 'instId');
    const field = isAbsent(paid['realizedRate']) ? 'fundingRate' : 'realizedRate';
    const page = pages.get(symbol) ?? [];
    page.push({
      ts: stampOf(paid['fundingTime'], 'fundingTime'),
      value: rateOf(paid[field], field),
    });
    pages.set(symbol, page);
  }
  for (const [symbol, page] of pages) {
    const { instrument } = listedOf(draft, symbol);
    const rows = tellHistory(draft, instrument, 'fundingSettled', page);
    const [previous, last] = rows.slice(-2);
    if (previous === undefined || last === undefined) continue;
    const hours = wholeHours(last.ts - previous.ts);
    const isCurrent = hours !== null && draft.tsLocal - last.ts < (hours + 1) * HOUR;
    if (isCurrent && !draft.state.fundingHours.has(symbol))
      tellInterval(draft, instrument, hours, 'observed', last.ts);
  }
}
