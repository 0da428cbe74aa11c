import { markReadings } from '../features/basis.ts';
import { openInterestReading } from '../features/open-interest.ts';
import { closeOf } from '../market/hourly.ts';
import { marksOf } from '../model/instrument.ts';
import { absent, derive, live, marked, type Reading, stale } from '../model/reading.ts';
import type { CascadeLevel } from '../model/regime.ts';
import { HOUR, type Micros } from '../model/units.ts';
import {
  type CascadeThresholds,
  cascadeLevel,
  notionalWithin,
  scaledThresholds,
} from '../signals/cascade.ts';
import type { AssetState, EngineState } from './engine-state.ts';

/** Open interest of an asset's leading perp in USD at mark. */
export function leadOpenInterestUsd(engine: EngineState, asset: string, now: Micros): Reading {
  const perp = engine.assets.get(asset)?.lead.perp;
  if (perp === null || perp === undefined) return absent(`no ${asset} perp to scale thresholds by`);
  const { settings } = engine.options;
  return derive(
    [openInterestReading(perp, now, settings), markReadings(perp, now, settings).mark] as const,
    (size, price) => size * price,
  );
}

/** USD thresholds of an asset: its own where configured, else BTC's scaled by its open interest relative to BTC's (SPEC §9). */
function thresholdsFor(
  engine: EngineState,
  asset: string,
  now: Micros,
): Reading<CascadeThresholds> {
  const { cascade } = engine.options.settings;
  const own = cascade.overrides[asset];
  if (own !== undefined) return live(own);
  if (asset === 'BTC') return live(scaledThresholds(cascade, 1));
  const share = derive(
    [leadOpenInterestUsd(engine, asset, now), leadOpenInterestUsd(engine, 'BTC', now)] as const,
    // Nothing to scale by is no reason for an alarm.
    (usd, btcUsd) => (usd > 0 ? usd / btcUsd : Number.NaN),
  );
  return derive([share] as const, (value) => scaledThresholds(cascade, value));
}

export interface CascadeReadings {
  readonly level: Reading<CascadeLevel>;
  readonly longWithin5: Reading;
  readonly shortWithin5: Reading;
  readonly thresholds: Reading<CascadeThresholds>;
}

/** Hours without open interest after which the cohorts are a picture of the past: three of their period (SPEC §2). */
const COHORTS_HOLD = 3;

/** Estimated USD that dies within 5 % of price on either side, and the level it amounts to (SPEC §9). Everything here is marked `estimated`. */
export function cascadeReadings(
  engine: EngineState,
  asset: AssetState,
  price: Reading,
  now: Micros,
): CascadeReadings {
  const { cascade } = engine.options.settings;
  const { cohorts } = asset.signals;
  const perp = asset.lead.perp;
  const age = (now - closeOf(cohorts.asOfHour)) as Micros;
  const marks = perp === null ? {} : marksOf(perp.instrument);
  const book: Reading<typeof cohorts> =
    perp !== null && cascade.maintenance[perp.instrument.venue] === undefined
      ? absent(`no maintenance margin rate: ${perp.instrument.venue}`)
      : cohorts.asOfHour < 0
        ? absent('warming 0/1 h of open interest')
        : age > COHORTS_HOLD * HOUR
          ? stale(cohorts, age, marks)
          : live(cohorts, marks);
  const within = marked(
    derive([book, price] as const, (known, at) => notionalWithin(known, at, cascade.withinShare)),
    { estimated: true },
  );
  const longWithin5 = derive([within] as const, ({ long }) => long);
  const shortWithin5 = derive([within] as const, ({ short }) => short);
  const thresholds = thresholdsFor(engine, asset.asset, now);
  return {
    longWithin5,
    shortWithin5,
    thresholds,
    level: derive([longWithin5, shortWithin5, thresholds] as const, (long, short, at) =>
      cascadeLevel(long + short, at),
    ),
  };
}
