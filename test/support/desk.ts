import { frameOf } from '../../src/engine/frame-of.ts';
import { sectionOf, viewOf } from '../../src/engine/read.ts';
import { step } from '../../src/engine/step.ts';
import type { Frame } from '../../src/frame/frame.ts';
import type { SectionInput } from '../../src/frame/section.ts';
import type { EngineEvent, FundingLimits } from '../../src/model/event.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import { HOUR, type Micros, micros } from '../../src/model/units.ts';
import { engineFor } from './engine.ts';
import { at, levels, T0 } from './market.ts';
import { listingOf } from './tape.ts';

/** One listing of a desk and what is known of it. What is left out nobody has said. */
export interface DeskListing {
  readonly venue: string;
  readonly kind: 'perp' | 'spot' | 'future';
  /** `USDT` unless given; contracts on `USD` are margined in the coin. */
  readonly quote?: string;
  readonly days?: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly mark?: number;
  readonly index?: number;
  readonly rate?: number;
  /** Hours between settlements; the next one is at the end of the running interval. */
  readonly hours?: number;
  readonly limits?: FundingLimits;
  readonly openInterest?: number;
  /** Open interest so many hours ago. */
  readonly openInterestBefore?: Readonly<Record<number, number>>;
  /** Settled rates, the last one at the newest stretch of eight hours that has ended, eight hours apart. */
  readonly settled?: readonly number[];
}

/** When a desk is looked at: a second after its events. */
export const DESK_NOW = at(1);

function instrumentOf({ venue, kind, quote = 'USDT', days }: DeskListing): Instrument {
  const base = listingOf(venue, 'BTC', kind === 'spot' ? 'spot' : 'perp');
  const settle = kind === 'spot' ? null : quote === 'USD' ? 'BTC' : quote;
  const pair = `${venue}:BTC/${quote}`;
  const id = kind === 'spot' ? pair : `${pair}:${settle}${days === undefined ? '' : `-${days}`}`;
  const expiry = days === undefined ? null : micros(DESK_NOW + days * 24 * HOUR);
  return { ...base, id, kind, symbol: id, quote, settle, expiry };
}

function eventsOf(listing: DeskListing): EngineEvent[] {
  const instrument = instrumentOf(listing);
  const { bid, ask, mark, index, rate, hours, limits, openInterest, settled } = listing;
  const said: EngineEvent[] = [{ kind: 'listing', instrument, tsLocal: T0 }];
  const about = { instrument: instrument.id, tsExchange: null, tsLocal: T0 };
  if (bid !== undefined && ask !== undefined)
    said.push(
      instrument.kind === 'future'
        ? { kind: 'touch', ...about, bid, ask }
        : {
            kind: 'bookSnapshot',
            ...about,
            lastId: 1,
            bids: levels([Math.round(bid * 10), 1000]),
            asks: levels([Math.round(ask * 10), 1000]),
            limit: 1000,
            inStream: true,
          },
    );
  if (mark !== undefined)
    said.push({ kind: 'markPrice', ...about, markPrice: mark, indexPrice: index ?? null });
  if (hours !== undefined)
    said.push({
      kind: 'fundingInterval',
      ...about,
      hours,
      basis: 'listed',
      ...(limits && { limits }),
    });
  if (rate !== undefined)
    said.push({
      kind: 'fundingPredicted',
      ...about,
      fundingRate: rate,
      nextFundingTs:
        hours === undefined ? null : micros((Math.floor(T0 / HOUR / hours) + 1) * hours * HOUR),
    });
  for (const [ago, size] of Object.entries(listing.openInterestBefore ?? {}))
    said.push({
      kind: 'historyPage',
      ...about,
      series: 'openInterest',
      rows: [{ ts: micros(DESK_NOW - Number(ago) * HOUR), value: size }],
    });
  if (openInterest !== undefined) said.push({ kind: 'openInterest', ...about, size: openInterest });
  if (settled !== undefined) {
    const last = Math.floor(T0 / HOUR / 8) * 8;
    const rows = settled.map((value, i) => ({
      ts: micros((last - (settled.length - 1 - i) * 8) * HOUR),
      value,
    }));
    said.push({ kind: 'historyPage', ...about, series: 'fundingSettled', rows });
  }
  return said;
}

/** A market made by hand, as its frame shows it and as the sections of that frame see it. */
export function deskOf(
  listings: readonly DeskListing[],
  {
    settings = DEFAULT_SETTINGS,
    more = [],
    now = DESK_NOW,
  }: {
    readonly settings?: EngineSettings;
    readonly more?: readonly EngineEvent[];
    readonly now?: Micros;
  } = {},
): { readonly frame: Frame; readonly section: SectionInput } {
  const engine = engineFor({ settings });
  for (const event of [...listings.flatMap(eventsOf), ...more]) step(engine, event);
  step(engine, { kind: 'tick', tsLocal: DESK_NOW });
  const asset = engine.assets.get('BTC')!;
  return {
    frame: frameOf(engine, 'BTC', now),
    section: sectionOf(asset, viewOf(engine, asset, now), settings, now),
  };
}
