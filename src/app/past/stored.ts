import { createEngine, type EngineState } from '../../engine/engine-state.ts';
import { frameOf } from '../../engine/frame-of.ts';
import { step } from '../../engine/step.ts';
import { type EventLine, FRAME_VERSION, type Frame, type OutputLine } from '../../frame/frame.ts';
import { entriesBetween } from '../../market/trail.ts';
import type { EngineEvent } from '../../model/event.ts';
import type { Asset, Instrument } from '../../model/instrument.ts';
import type { KeptEvent, KeptHearing, KeptListing, Recalled } from '../../model/kept.ts';
import { live, stale } from '../../model/reading.ts';
import { DAY, HOUR, MINUTE, type Micros } from '../../model/units.ts';
import {
  MOST_PRINTS,
  readEvent,
  readPast,
  type StoredMinute,
  type StoredPast,
} from '../../store/past.ts';
import type { DerivationJob } from './messages.ts';
import type { Made } from './recorded.ts';
import { TURNS } from './tape.ts';

/** Frames are made by the minute so far around the instant asked for: the store has nothing finer. */
const AROUND = 15 * MINUTE;

/** `BTC/USDT:USDT-261225` → when that expires: dated contracts of every venue do so at 08:00 UTC (venues.md §1). */
function expiryIn(instrument: string): Micros | null {
  const match = /-(\d\d)(\d\d)(\d\d)$/.exec(instrument);
  if (match === null) return null;
  const [, year, month, day] = match;
  return (Date.UTC(2000 + Number(year), Number(month) - 1, Number(day)) * 1000 +
    8 * HOUR) as Micros;
}

/** A listing as far as a store tells of it: heard once a minute, and without a book. */
function instrumentOf({
  instrument,
  venue,
  feed,
  symbol,
  product,
  asset,
}: KeptListing): Instrument {
  const [pair = '', settle] = instrument.slice(instrument.indexOf(':') + 1).split(':');
  const [base = '', quote = ''] = pair.split('/');
  return {
    ...{ id: instrument, venue, feed, symbol, kind: product, asset, base, quote },
    settle: settle?.split('-')[0] ?? null,
    priceGrid: { units: 1, scale: 100 },
    sizeGrid: { units: 1, scale: 1000 },
    sizeUnit: 'base',
    bookRule: 'linked',
    bookLevels: null,
    expiry: product === 'future' ? expiryIn(instrument) : null,
    inferred: true,
    polledEveryMs: MINUTE / 1000,
  };
}

/** A note of a minute as the event that it was, else as something given back. */
function eventOf({ instrument, series, ts, value, period }: StoredMinute): EngineEvent {
  const stamped = { instrument, tsExchange: ts, tsLocal: ts };
  if (series === 'openInterest') return { kind: 'openInterest', ...stamped, size: value };
  if (series === 'fundingRate')
    // Where funding flows all the time nothing is due.
    return {
      kind: 'fundingPredicted',
      ...stamped,
      fundingRate: value,
      nextFundingTs: period || null,
    };
  const what: Recalled = { kind: 'minutes', instrument, series, stamps: [ts], values: [value] };
  return { kind: 'recalled', what, tsLocal: ts };
}

/** Makes instants anew from the store: the engine is given what was kept, minute by minute, and shows what it can make of it. */
export class Stored {
  readonly #job: Extract<DerivationJob, { kind: 'store' }>;
  readonly #tell: (line: OutputLine) => void;
  readonly #onAnew: () => void;

  constructor(
    job: Extract<DerivationJob, { kind: 'store' }>,
    tell: (line: OutputLine) => void,
    onAnew: () => void,
  ) {
    this.#job = job;
    this.#tell = tell;
    this.#onAnew = onAnew;
  }

  /**
   * Makes a frame a minute around an instant.
   *
   * @throws Error with words for people where there is no store to read.
   */
  at(time: Micros): Made {
    const { config, file, source } = this.#job;
    const { assets, engine: settings } = config;
    const middle = Math.floor(time / MINUTE) * MINUTE;
    const [from, until] = [middle - AROUND, middle + AROUND] as [Micros, Micros];
    const past = readPast(file, { assets, from, until });
    const isKnown = past.minutes.some(({ ts }) => ts <= time) || hasHourBefore(past.recalled, time);
    if (!isKnown) return { from: time, to: time, reason: 'the store has nothing of that instant' };
    this.#onAnew();
    const engine = createEngine({ settings, assets, source, origin: source });
    for (const line of past.events.filter(({ tsLocal }) => tsLocal <= from)) this.#event(line);
    const take = (event: EngineEvent): void => {
      // What the engine finds anew was announced then, and the store has that.
      for (const effect of step(engine, event))
        if (effect.kind === 'emit' && effect.line.type === 'series') this.#tell(effect.line);
    };
    const liquidating = liquidatingSince(past);
    const covered = past.hearing
      .flatMap(({ feed, spans }) => {
        const known = liquidating.get(feed);
        return known === undefined ? [] : coverageOf(feed, spans, from, known);
      })
      .sort((a, b) => a.tsLocal - b.tsLocal);
    for (const event of takeUntil(covered, from)) take(event);
    for (const listing of past.listings)
      take({ kind: 'listing', instrument: instrumentOf(listing), tsLocal: from });
    for (const what of [...past.recalled, ...past.hearing.map((one) => heardUntil(one, from))])
      take({ kind: 'recalled', what, tsLocal: from });
    for (const event of intervalsIn(past.recalled, from)) take(event);
    const notes = past.minutes.map(eventOf);
    const prints = past.prints.map(
      ({ side, ...print }): EngineEvent => ({
        kind: 'liquidation',
        liquidatedSide: side,
        ...print,
      }),
    );
    // A flood that is not read whole ends the stretch.
    const last = past.prints.length < MOST_PRINTS ? until : past.prints.at(-1)!.tsLocal;
    const events = past.events.filter(({ tsLocal }) => tsLocal > from);
    for (let tick = from; tick <= last; tick = (tick + MINUTE) as Micros) {
      for (const event of takeUntil(covered, tick)) take(event);
      for (const print of takeUntil(prints, tick)) take(print);
      for (const note of takeUntil(notes, tick)) take(note);
      for (const { feed, spans } of past.hearing)
        if (spans.some(([first, last]) => first <= tick && tick <= last))
          take({ kind: 'heard', feed, stream: 'store', tsExchange: null, tsLocal: tick });
      // A cell that closes is the one that was kept, not what the few notes of its hour would make of it.
      if (tick % HOUR === 0)
        for (const what of past.hours) take({ kind: 'recalled', what, tsLocal: tick });
      take({ kind: 'tick', tsLocal: tick });
      for (const event of takeUntil(events, tick)) this.#event(event);
      for (const asset of assets) this.#tell(withPrice(engine, frameOf(engine, asset, tick)));
    }
    return { from, to: last, reason: null };
  }

  /** @throws Error with words for people where there is no store to read. */
  turn(time: Micros, asset: Asset, direction: 1 | -1): EventLine | null {
    const found = readEvent(this.#job.file, [...TURNS], asset, time, direction);
    return found === null ? null : this.#lineOf(found);
  }

  #event(event: KeptEvent): void {
    this.#tell(this.#lineOf(event));
  }

  #lineOf({ name, tsLocal, asset, subject, text, data }: KeptEvent): EventLine {
    const { source } = this.#job;
    return {
      v: FRAME_VERSION,
      type: 'event',
      ...{ source, origin: source, tsLocal, asset, subject, text },
      kind: name as EventLine['kind'],
      data: JSON.parse(data) as EventLine['data'],
    };
  }
}

/** Whether there is an hourly cell not much older than an instant. */
const hasHourBefore = (recalled: readonly Recalled[], time: Micros): boolean =>
  recalled.some(
    (what) => what.kind === 'hours' && (what.from + what.values.length) * HOUR > time - DAY,
  );

/**
 * Since when each feed is known to carry liquidations: always, where one of the day before is kept, else from its first one on. Of others nobody can say whether
 * their silence means anything.
 */
function liquidatingSince({ listings, printed, prints }: StoredPast): ReadonlyMap<string, Micros> {
  const since = new Map<string, Micros>();
  const feedOf = new Map(listings.map(({ instrument, feed }) => [instrument, feed]));
  for (const instrument of printed) since.set(feedOf.get(instrument)!, 0 as Micros);
  for (const { instrument, tsLocal } of prints) {
    const feed = feedOf.get(instrument)!;
    if (!since.has(feed)) since.set(feed, tsLocal);
  }
  return since;
}

/** A feed that was being listened to at an instant or later, since when; as a lower bound, because the store does not say how much of them it published. */
function coverageOf(
  feed: string,
  spans: readonly (readonly [from: number, to: number])[],
  at: Micros,
  known: Micros,
): EngineEvent[] {
  const since = spans.find(([, last]) => at <= last)?.[0];
  if (since === undefined) return [];
  const tsLocal = Math.max(since, known) as Micros;
  const covered = { kind: 'liquidationCoverage', feed, tsLocal } as const;
  return [
    { kind: 'feed', feed, report: { kind: 'connected', connection: 'store' }, tsLocal },
    { ...covered, completeness: 'sampled', note: 'as they were kept' },
  ];
}

/** What had been listened to by an instant. */
const heardUntil = (hearing: KeptHearing, until: Micros): KeptHearing => ({
  ...hearing,
  spans: hearing.spans
    .filter(([first]) => first <= until)
    .map(([first, last]) => [first, Math.min(last, until)]),
});

/** Funding intervals as the last two settlements tell them. */
function intervalsIn(recalled: readonly Recalled[], at: Micros): EngineEvent[] {
  return recalled.flatMap((what): EngineEvent[] => {
    if (what.kind !== 'hours' || what.series !== 'fundingSettled') return [];
    const settled = what.values.flatMap((value, i) => (value === null ? [] : [i]));
    const [before, last] = settled.slice(-2);
    if (before === undefined || last === undefined) return [];
    const { instrument } = what;
    const stamped = { instrument, tsExchange: null, tsLocal: at };
    return [{ kind: 'fundingInterval', ...stamped, hours: last - before, basis: 'observed' }];
  });
}

/** Takes from the front what was known by an instant. */
function takeUntil<T extends { readonly tsLocal: Micros }>(list: T[], until: Micros): T[] {
  const end = list.findIndex(({ tsLocal }) => tsLocal > until);
  return list.splice(0, end < 0 ? list.length : end);
}

/** The price that was kept of the minute: a mid of then, and so old. */
function withPrice(engine: EngineState, frame: Frame): Frame {
  const lead = engine.assets.get(frame.asset)?.lead.perp;
  if (lead == null || frame.price.state !== 'absent') return frame;
  const { tsLocal } = frame;
  const { stamps, values } = entriesBetween(lead.history.priceTrail, tsLocal - HOUR, tsLocal);
  const [stamp, price] = [stamps.at(-1), values.at(-1)];
  if (stamp === undefined || price === undefined) return frame;
  const age = (tsLocal - stamp) as Micros;
  const polled = { polled: true } as const;
  return { ...frame, price: age === 0 ? live(price, polled) : stale(price, age, polled) };
}
