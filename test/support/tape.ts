import type {
  BookDelta,
  EngineEvent,
  HistoryPage,
  HistoryRow,
  HistorySeries,
  Levels,
} from '../../src/model/event.ts';
import { fromSteps } from '../../src/model/grid.ts';
import type { Asset, Instrument, InstrumentId, Venue } from '../../src/model/instrument.ts';
import type { FeedReport } from '../../src/model/record.ts';
import { HOUR, MINUTE, type Micros, micros, SECOND } from '../../src/model/units.ts';

/** What a tape can leave out, for tests of what happens without it. */
export type TapePart =
  | 'openInterest'
  | 'marks'
  | 'funding'
  | 'interval'
  | 'spot'
  | 'trades'
  | 'coverage'
  | 'reports'
  | 'volume24h'
  | 'settledHistory'
  | 'openInterestHistory';

export interface TapeOptions {
  readonly seed?: number;
  readonly assets?: readonly Asset[];
  readonly venues?: readonly Venue[];
  /** First whole second. */
  readonly start?: Micros;
  readonly seconds?: number;
  /** Hours of back-fill before the start; 0 for none. */
  readonly historyHours?: number;
  /** Seconds after the start at which the pages come. */
  readonly historyAt?: number;
  /** How the pages come: whole series in their order, or cut and shuffled by this seed. */
  readonly shuffle?: number;
  readonly without?: readonly TapePart[];
  /** Hours between two settlements. */
  readonly fundingHours?: number;
  /** Rate of every settlement of the past, in place of a wandering one. */
  readonly clampedFunding?: number;
  /** Nothing at all happens for `hours` from this second on; the clock tells the full hours only, as it does for a sleeping machine. */
  readonly hole?: { readonly at: number; readonly hours: number };
  /** The feeds lose their connection at second `at` and are back `seconds` later. */
  readonly outage?: { readonly at: number; readonly seconds: number };
  /** Seconds between liquidations of an asset; 0 for none. */
  readonly liquidationEvery?: number;
}

/** 2026-03-10T12:59:00Z: a minute before a cell closes. */
export const TAPE_START = micros(Date.UTC(2026, 2, 10, 12, 59) * 1000);

/** A stream of numbers in [0, 1) that depends on its seed alone (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const hash = (text: string): number =>
  [...text].reduce((h, char) => Math.imul(h ^ char.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5);

const FACTS: Readonly<Record<Asset, { price: number; oi: number; tick: number; lot: number }>> = {
  BTC: { price: 61_800, oi: 92_000, tick: 10, lot: 1000 },
  ETH: { price: 3_240, oi: 1_900_000, tick: 100, lot: 1000 },
  SOL: { price: 142, oi: 8_100_000, tick: 1000, lot: 10 },
};

/** A listing of the tape: grids of the asset, perp or spot. */
export function listingOf(venue: Venue, asset: Asset, kind: 'perp' | 'spot'): Instrument {
  const facts = FACTS[asset] ?? FACTS['BTC']!;
  const isPerp = kind === 'perp';
  return {
    id: isPerp ? `${venue}:${asset}/USDT:USDT` : `${venue}:${asset}/USDT`,
    venue,
    feed: isPerp ? `${venue}-usdm` : `${venue}-spot`,
    symbol: `${asset}USDT`,
    kind,
    asset,
    base: asset,
    quote: 'USDT',
    settle: isPerp ? 'USDT' : null,
    priceGrid: { units: 1, scale: facts.tick },
    sizeGrid: { units: 1, scale: facts.lot },
    sizeUnit: 'base',
    bookLevels: null,
    bookRule: isPerp ? 'linked' : 'contiguous',
    expiry: null,
    inferred: false,
  };
}

/** One hour of an asset's past. */
interface PastHour {
  readonly close: Micros;
  readonly price: number;
  readonly high: number;
  readonly low: number;
  readonly openInterest: number;
  readonly basis: number;
  readonly rate: number;
  readonly volume: number;
  readonly buyVolume: number;
}

function pastOf(seed: number, asset: Asset, until: Micros, hours: number): PastHour[] {
  const random = randomOf(seed ^ hash(`${asset} past`));
  const facts = FACTS[asset] ?? FACTS['BTC']!;
  const last = Math.floor(until / HOUR);
  const past: PastHour[] = [];
  let price = facts.price;
  let openInterest = facts.oi;
  let rate = 0.0001;
  let basis = 0.0003;
  for (let hour = last - hours + 1; hour <= last; hour += 1) {
    const before = price;
    price *= Math.exp((random() - 0.5) * 0.012 + (facts.price / price - 1) * 0.01);
    openInterest *= Math.exp((random() - 0.5) * 0.02 + (facts.oi / openInterest - 1) * 0.02);
    rate += (random() - 0.5) * 0.00003 + (0.0001 - rate) * 0.02;
    basis += (random() - 0.5) * 0.0001 + (0.0003 - basis) * 0.05;
    const volume = facts.oi * (0.02 + random() * 0.05);
    past.push({
      close: (hour * HOUR) as Micros,
      price,
      high: Math.max(before, price) * (1 + random() * 0.003),
      low: Math.min(before, price) * (1 - random() * 0.003),
      openInterest,
      basis,
      rate,
      volume,
      buyVolume: volume * (0.3 + random() * 0.4),
    });
  }
  return past;
}

const FIVE_MINUTES = 5 * MINUTE;

type Emit = (event: EngineEvent) => void;

/** A venue's book: an arithmetic ladder around a mid that wanders, told as differences. */
interface BookWriter {
  readonly instrument: Instrument;
  mid: number;
  lastId: number;
  levels: Map<number, number>;
  /** The connection was lost: the first change that comes again asks for a snapshot, and the snapshot comes after it. */
  needsSnapshot: boolean;
}

const sideOf = (from: Map<number, number>, isBid: boolean, midTicks: number): Levels =>
  Float64Array.from([...from].filter(([tick]) => tick < midTicks === isBid).flat());

function ladderAt(writer: BookWriter, random: () => number): Map<number, number> {
  const { instrument, mid } = writer;
  const { scale } = instrument.priceGrid;
  const midTicks = mid * scale;
  // 40 levels a side, out to about 30 bps.
  const step = Math.max(1, Math.round((midTicks * 0.003) / 40));
  const levels = new Map<number, number>();
  for (let i = 0; i < 40; i += 1) {
    const lots = () => 1 + Math.floor(random() * 5 * instrument.sizeGrid.scale);
    levels.set(Math.floor(midTicks) - i * step, lots());
    levels.set(Math.floor(midTicks) + 1 + i * step, lots());
  }
  return levels;
}

/** The message that takes the book from `writer.levels` to `next`. */
function deltaTo(
  writer: BookWriter,
  next: Map<number, number>,
): Pick<BookDelta, 'bids' | 'asks' | 'firstId' | 'lastId' | 'previousId'> {
  const midTicks = Math.floor(writer.mid * writer.instrument.priceGrid.scale) + 0.5;
  const changes = new Map<number, number>();
  const removed = { bids: [] as number[], asks: [] as number[] };
  const touch = [...writer.levels.keys()].sort((a, b) => a - b);
  const middle = touch.length / 2;
  for (const [index, tick] of touch.entries())
    if (!next.has(tick) || tick < midTicks !== index < middle)
      (index < middle ? removed.bids : removed.asks).push(tick, 0);
  for (const [tick, lots] of next) if (writer.levels.get(tick) !== lots) changes.set(tick, lots);
  const firstId = writer.lastId + 1;
  const lastId = writer.lastId + 3;
  const previousId = writer.instrument.bookRule === 'linked' ? writer.lastId : null;
  writer.lastId = lastId;
  writer.levels = next;
  return {
    firstId,
    lastId,
    previousId,
    bids: Float64Array.from([...removed.bids, ...sideOf(changes, true, midTicks)]),
    asks: Float64Array.from([...removed.asks, ...sideOf(changes, false, midTicks)]),
  };
}

/** The pages of a listing's past: what a venue's REST history holds for it. */
export function historyOf(options: TapeOptions, instrument: Instrument): HistoryPage[] {
  const { seed = 1, start = TAPE_START, historyHours = 960, fundingHours = 8 } = options;
  const without = new Set(options.without);
  const past = pastOf(seed, instrument.asset, start, historyHours);
  const page = (series: HistorySeries, rows: HistoryRow[]): HistoryPage => ({
    kind: 'historyPage',
    instrument: instrument.id,
    series,
    rows,
    tsExchange: null,
    tsLocal: start,
  });
  const bars = past.map(({ close: ts, price: value, high, low, volume, buyVolume }) => ({
    ts,
    value,
    high,
    low,
    volume,
    buyVolume,
  }));
  if (instrument.kind === 'spot')
    return [
      page(
        'bar1h',
        bars.map((row, i) => ({ ...row, value: row.value / (1 + past[i]!.basis) })),
      ),
    ];
  const settled = past.filter(({ close }) => Math.round(close / HOUR) % fundingHours === 0);
  const rate = (hour: PastHour) =>
    options.clampedFunding ??
    ((hour.rate * fundingHours) / 8) * (instrument.venue === 'binance' ? 1 : 1.3);
  return [
    ...(without.has('openInterestHistory')
      ? []
      : [
          page('openInterest', fiveMinutesOf(past, start)),
          page(
            'openInterest',
            past.map((hour) => ({ ts: hour.close, value: hour.openInterest })),
          ),
        ]),
    ...(without.has('settledHistory')
      ? []
      : [
          page(
            'fundingSettled',
            settled.map((hour) => ({ ts: hour.close, value: rate(hour) })),
          ),
        ]),
    page(
      'mark1h',
      past.map((hour) => ({ ts: hour.close, value: hour.price * (1 + hour.basis) })),
    ),
    page(
      'index1h',
      past.map((hour) => ({ ts: hour.close, value: hour.price })),
    ),
    page('bar1h', bars),
    page('bar1m', minuteBarsOf(past, start)),
  ];
}

/** Open interest every five minutes of the last day up to `until`, on straight lines between the hours. */
function fiveMinutesOf(past: readonly PastHour[], until: Micros): HistoryRow[] {
  const rows: HistoryRow[] = [];
  for (
    let ts = Math.floor(until / FIVE_MINUTES) * FIVE_MINUTES - 25 * HOUR;
    ts <= until;
    ts += FIVE_MINUTES
  ) {
    const at = past.findIndex(({ close }) => close >= ts);
    const [before, after] = [
      past[at < 0 ? past.length - 1 : at - 1],
      past[at < 0 ? past.length - 1 : at],
    ];
    if (before === undefined || after === undefined) continue;
    const share = at < 0 ? 0 : (ts - before.close) / HOUR;
    const value =
      share === 1
        ? after.openInterest
        : before.openInterest + share * (after.openInterest - before.openInterest);
    rows.push({ ts: micros(ts), value });
  }
  return rows;
}

/** Closes of the minutes of the last eight hours, each at the price of the last full hour. */
function minuteBarsOf(past: readonly PastHour[], until: Micros): HistoryRow[] {
  const last = Math.floor(until / MINUTE) * MINUTE;
  return Array.from({ length: 480 }, (_, i) => last - (479 - i) * MINUTE).flatMap((ts) => {
    const value = past.findLast(({ close }) => close <= ts)?.price;
    return value === undefined ? [] : [{ ts: micros(ts), value }];
  });
}

/** The same rows in other pages and another order, each page ascending within. */
function shuffledPages(pages: readonly HistoryPage[], seed: number): HistoryPage[] {
  const random = randomOf(seed);
  const pieces = pages.flatMap((page) => {
    const cut: HistoryPage[] = [];
    for (let at = 0; at < page.rows.length; ) {
      const length = 1 + Math.floor(random() * 400);
      cut.push({ ...page, rows: page.rows.slice(at, at + length) });
      at += length;
    }
    return cut;
  });
  for (let i = pieces.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [pieces[i], pieces[j]] = [pieces[j]!, pieces[i]!];
  }
  return pieces;
}

/**
 * A tape of engine events: for each asset and venue a perp and a spot listing with books, trades, marks, funding, open interest,
 * 24 h volume and liquidations, the connections behind them, ticks, and a back-filled past of 40 days. The same options give the same tape.
 */
export function tape(options: TapeOptions = {}): EngineEvent[] {
  const {
    seed = 1,
    assets = ['BTC'],
    venues = ['binance'],
    start = TAPE_START,
    seconds = 120,
    historyHours = 960,
    historyAt = 2,
    fundingHours = 8,
    liquidationEvery = 7,
  } = options;
  const without = new Set(options.without);
  const random = randomOf(seed ^ 0x5eed);
  const events: EngineEvent[] = [];
  let now = start as number;
  // Apart from the market's, so that the same market can be told at other instants.
  const jitter = randomOf(seed ^ 0x71c);
  const stampNext = (): Micros => {
    now += 1 + Math.floor(jitter() * 40);
    return micros(now);
  };
  const heard = (feed: string, stream: string, tsLocal: Micros): void => {
    events.push({ kind: 'heard', feed, stream, tsExchange: micros(tsLocal - 30_000), tsLocal });
  };
  const report = (feed: string, what: FeedReport): void => {
    if (without.has('reports')) return;
    events.push({ kind: 'feed', feed, report: what, tsLocal: stampNext() });
  };
  /** One message of a stream: what it carried, then the proof that it spoke. */
  const say = (instrument: Instrument, stream: string, tell: (emit: Emit, t: Micros) => void) => {
    const t = stampNext();
    tell((event) => events.push(event), t);
    heard(instrument.feed, `${instrument.symbol.toLowerCase()}@${stream}`, t);
  };

  const listings = venues.flatMap((venue) =>
    assets.flatMap((asset) => [
      listingOf(venue, asset, 'perp'),
      ...(without.has('spot') ? [] : [listingOf(venue, asset, 'spot')]),
    ]),
  );
  const feeds = [...new Set(listings.map(({ feed }) => feed))];
  const streamsOf = (feed: string) =>
    listings
      .filter((one) => one.feed === feed)
      .flatMap(({ symbol }) => [`${symbol.toLowerCase()}@depth`, `${symbol.toLowerCase()}@trades`]);
  const pasts = new Map(
    assets.map((asset) => [asset, pastOf(seed, asset, start, Math.max(1, historyHours)).at(-1)!]),
  );
  const writers = listings.map((instrument): BookWriter => {
    const past = pasts.get(instrument.asset)!;
    return {
      instrument,
      mid: instrument.kind === 'perp' ? past.price * (1 + past.basis) : past.price,
      lastId: 1000,
      levels: new Map(),
      needsSnapshot: false,
    };
  });
  const interest = new Map(assets.map((asset) => [asset, pasts.get(asset)!.openInterest]));

  const connect = () => {
    for (const feed of feeds) {
      report(feed, { kind: 'connecting', connection: 'main' });
      report(feed, { kind: 'connected', connection: 'main' });
      report(feed, { kind: 'subscribed', connection: 'main', streams: streamsOf(feed) });
      if (feed.endsWith('usdm') && !without.has('coverage'))
        events.push({
          kind: 'liquidationCoverage',
          feed,
          completeness: 'sampled',
          note: 'latest order per symbol and second',
          tsLocal: stampNext(),
        });
    }
  };
  const sendSnapshot = (writer: BookWriter) => {
    const { instrument, levels, lastId } = writer;
    const midTicks = Math.floor(writer.mid * instrument.priceGrid.scale) + 0.5;
    events.push({
      kind: 'bookSnapshot',
      instrument: instrument.id,
      lastId,
      bids: sideOf(levels, true, midTicks),
      asks: sideOf(new Map([...levels].sort(([a], [b]) => a - b)), false, midTicks),
      limit: 1000,
      tsExchange: null,
      tsLocal: stampNext(),
    });
    writer.needsSnapshot = false;
  };
  for (const instrument of listings)
    events.push({ kind: 'listing', instrument, tsLocal: stampNext() });
  connect();
  for (const writer of writers) {
    writer.levels = ladderAt(writer, random);
    sendSnapshot(writer);
  }
  for (const instrument of listings)
    if (instrument.kind === 'perp' && !without.has('interval'))
      events.push({
        kind: 'fundingInterval',
        instrument: instrument.id,
        hours: fundingHours,
        basis: 'listed',
        tsExchange: null,
        tsLocal: stampNext(),
      });

  const sayMarket = (writer: BookWriter, second: number) => {
    const { instrument } = writer;
    const stamped = (t: Micros) => ({
      instrument: instrument.id,
      tsExchange: micros(t - 30_000),
      tsLocal: t,
    });
    for (let i = 0; i < 2; i += 1) {
      writer.mid *= 1 + (random() - 0.5) * 0.0002;
      say(instrument, 'depth', (emit, t) =>
        emit({ kind: 'bookDelta', ...stamped(t), ...deltaTo(writer, ladderAt(writer, random)) }),
      );
      if (writer.needsSnapshot) sendSnapshot(writer);
    }
    const prints = without.has('trades') ? 0 : Math.floor(random() * 4);
    for (let i = 0; i < prints; i += 1)
      say(instrument, 'trades', (emit, t) =>
        emit({
          kind: 'trade',
          ...stamped(t),
          aggressor: random() < 0.55 ? 'buy' : 'sell',
          price: fromSteps(
            Math.round(writer.mid * instrument.priceGrid.scale),
            instrument.priceGrid,
          ),
          size: fromSteps(1 + Math.floor(random() * 500), instrument.sizeGrid),
          id: null,
        }),
      );
    if (instrument.kind === 'spot') return;
    const past = pasts.get(instrument.asset)!;
    if (!without.has('marks'))
      say(instrument, 'mark', (emit, t) => {
        emit({
          kind: 'markPrice',
          ...stamped(t),
          markPrice: writer.mid * (1 + (random() - 0.5) * 0.00002),
          indexPrice: writer.mid / (1 + past.basis),
        });
        if (!without.has('funding'))
          emit({
            kind: 'fundingPredicted',
            ...stamped(t),
            fundingRate: ((past.rate * fundingHours) / 8) * (1 + second * 0.0004),
            nextFundingTs: micros(Math.ceil((t + 1) / (fundingHours * HOUR)) * fundingHours * HOUR),
          });
      });
    if (second % 10 === 1 && !without.has('openInterest')) {
      const size = interest.get(instrument.asset)! * (1 + (random() - 0.45) * 0.001);
      interest.set(instrument.asset, size);
      events.push({ kind: 'openInterest', ...stamped(stampNext()), size });
    }
    if (second % 2 === 0 && !without.has('volume24h'))
      say(instrument, 'volume', (emit, t) =>
        emit({
          kind: 'volume24h',
          ...stamped(t),
          size: past.volume * 24,
          notional: past.volume * 24 * past.price,
        }),
      );
    if (liquidationEvery > 0 && second % liquidationEvery === 3)
      say(instrument, 'liquidations', (emit, t) =>
        emit({
          kind: 'liquidation',
          ...stamped(t),
          liquidatedSide: random() < 0.6 ? 'long' : 'short',
          price: fromSteps(
            Math.round(writer.mid * instrument.priceGrid.scale),
            instrument.priceGrid,
          ),
          size: fromSteps(1 + Math.floor(random() * 9000), instrument.sizeGrid),
        }),
      );
  };

  let shift = 0;
  for (let second = 0; second < seconds; second += 1) {
    now = Math.max(now, start + second * SECOND + shift);
    if (options.hole?.at === second) {
      const end = now + options.hole.hours * HOUR;
      for (let at = Math.ceil(now / HOUR) * HOUR; at <= end; at += HOUR)
        events.push({ kind: 'tick', tsLocal: micros(at) });
      shift += Math.ceil((end - now) / SECOND) * SECOND;
      now = start + second * SECOND + shift;
      events.push({ kind: 'tick', tsLocal: micros(now) });
    }
    const outage = options.outage;
    const isOut =
      outage !== undefined && second >= outage.at && second < outage.at + outage.seconds;
    if (outage?.at === second)
      for (const feed of feeds)
        report(feed, {
          kind: 'disconnected',
          connection: 'main',
          reason: 'closed 1006',
          streams: streamsOf(feed),
        });
    if (outage !== undefined && second === outage.at + outage.seconds) {
      for (const writer of writers) {
        writer.lastId += 100;
        writer.needsSnapshot = true;
      }
      connect();
    }
    if (second === historyAt && historyHours > 0) {
      const whole = listings.flatMap((instrument) => historyOf(options, instrument));
      const pages = options.shuffle === undefined ? whole : shuffledPages(whole, options.shuffle);
      for (const page of pages) events.push({ ...page, tsLocal: stampNext() });
    }
    if (!isOut) for (const writer of writers) sayMarket(writer, second);
    now = start + (second + 1) * SECOND + shift;
    events.push({ kind: 'tick', tsLocal: micros(now) });
  }
  return events;
}

/** Id of the tape's perp of an asset. */
export const perpOf = (asset: Asset, venue: Venue = 'binance'): InstrumentId =>
  listingOf(venue, asset, 'perp').id;
