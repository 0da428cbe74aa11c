import { createHash } from 'node:crypto';
import type { Clock } from '../feed/clock.ts';
import { Holdings, heldAs } from '../feed/holdings.ts';
import type { HistorySeries } from '../model/event.ts';
import type { FeedId, InstrumentId } from '../model/instrument.ts';
import type { Kept, KeptHourly, KeptListing, StoreReport } from '../model/kept.ts';
import { type RawRecord, SELF_FEED } from '../model/record.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, MINUTE } from '../model/units.ts';
import { STORE_CHAN } from '../venues/stored-record.ts';
import { Keeper } from './keeper.ts';
import { StoreThread } from './store-thread.ts';

type Told = Pick<RawRecord, 'feed' | 'chan' | 'msg'>;

const told = (what: unknown): Told => ({
  feed: SELF_FEED,
  chan: STORE_CHAN,
  msg: JSON.stringify(what),
});

/** What the store says about itself, as a record. */
const reportRecord = (report: StoreReport): Told => told({ kind: 'report', ...report });

/** Settings by which cells are judged and announcements are made, as a few digits. */
function settingsDigest({ depth, drift, gate, regime, cascade }: EngineSettings): string {
  const text = JSON.stringify({ depth, drift, gate, regime, cascade });
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** Series of a venue's history whose rows are held where an hourly series has a value: of bars the volume, which only whole hours have. */
const HELD_BY: Readonly<Partial<Record<KeptHourly, HistorySeries>>> = {
  openInterest: 'openInterest',
  mark: 'mark1h',
  index: 'index1h',
  volume: 'bar1h',
};

/** How far back from itself a minute's row stands for the rows of a venue: bars by the minute, open interest by five. */
const MINUTES_HELD = {
  price: ['bar1m', 2.5 * MINUTE],
  openInterest: ['openInterest', 5.5 * MINUTE],
} as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Notes which rows of a venue's history are held with what is kept. */
export class HeldRows {
  readonly #holdings: Holdings;
  readonly #listings = new Map<InstrumentId, KeptListing>();

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
  }

  note(kept: Kept): void {
    if (kept.kind === 'listing') this.#listings.set(kept.instrument, kept);
    if (kept.kind !== 'hours' && kept.kind !== 'minutes') return;
    const listing = this.#listings.get(kept.instrument);
    if (listing === undefined) return;
    const { feed, symbol } = listing;
    if (kept.kind === 'hours') {
      const series = HELD_BY[kept.series];
      if (series === undefined) return;
      const what = heldAs(series, HOUR_MS);
      for (const [index, value] of kept.values.entries()) {
        // What was measured before the close is the cell's state so far; the venue may know a later one.
        if (value === null || (kept.lags?.[index] ?? 0) > 0) continue;
        const close = (kept.from + index) * HOUR;
        this.#holdings.note(feed, symbol, what, close - HOUR + 1, close);
      }
      return;
    }
    if (kept.series === 'fundingRate') return;
    const [series, reach] = MINUTES_HELD[kept.series];
    const what = heldAs(series, MINUTE_MS);
    for (const ts of kept.stamps) this.#holdings.note(feed, symbol, what, ts - reach, ts);
  }

  /** Settlements follow each other in a page of them, however far apart they are. */
  settled(kept: Kept): Kept | undefined {
    if (kept.kind !== 'hours' || kept.series !== 'fundingSettled') return undefined;
    const listing = this.#listings.get(kept.instrument);
    if (listing === undefined || kept.values.length < 2) return undefined;
    const { feed, symbol } = listing;
    const [from, to] = [kept.from * HOUR, (kept.from + kept.values.length - 1) * HOUR];
    const what = heldAs('fundingSettled', HOUR_MS);
    this.#holdings.note(feed, symbol, what, from, to);
    return { kind: 'coverage', feed, symbol, what, from, to };
  }
}

/** How long a start waits for what the store holds. A disk that takes longer is written to later on. */
const READ_MS = 10_000;

export interface HistoryOptions {
  readonly file: string;
  readonly feeds: readonly FeedId[];
  readonly assets: readonly string[];
  readonly settings: EngineSettings;
  readonly clock: Clock;
  /** For people. */
  readonly onNotice: (text: string) => void;
  /** Takes what the store says about itself while it runs. */
  readonly onReport: (record: Told) => void;
}

/** The history of a run: what earlier ones left, and where its own goes. */
export interface History {
  /** Records with what is given back; they come before everything else. */
  readonly first: readonly Told[];
  readonly holdings: Holdings;
  /** Takes one thing that is to outlive the run. */
  keep(kept: Kept): void;
  readonly keeper: Keeper;
}

/** Opens the store and reads what it holds for these feeds and assets. Never throws: without a store the run goes on from memory. */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const { file, feeds, assets, settings, clock, onNotice, onReport } = options;
  const thread = new StoreThread({ file, settings: settingsDigest(settings) }, (text) =>
    onNotice(text),
  );
  const { found, report } = await within(READ_MS, thread.read({ feeds, assets, now: clock.now() }));
  const keeper = new Keeper({
    shelf: thread,
    clock,
    report,
    onReport: (how) => onReport(reportRecord(how)),
  });
  const holdings = new Holdings((coverage) => keeper.keep(coverage));
  const held = new HeldRows(holdings);
  for (const listing of found?.listings ?? []) held.note(listing);
  for (const page of found?.recalled ?? []) held.note(page);
  for (const { feed, symbol, what, from, to } of found?.coverage ?? [])
    holdings.note(feed, symbol, what, from, to);
  return {
    first: [...(found?.recalled ?? []).map(told), reportRecord({ ...report, waiting: 0, lost: 0 })],
    holdings,
    keeper,
    keep(kept) {
      held.note(kept);
      keeper.keep(kept);
      const covered = held.settled(kept);
      if (covered !== undefined) keeper.keep(covered);
    },
  };
}

type Read = Awaited<ReturnType<StoreThread['read']>>;

async function within(ms: number, read: Promise<Read>): Promise<Read> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<Read>((resolve) => {
    const report = {
      state: 'memory',
      reason: 'takes long to open',
      rows: 0,
      newest: null,
    } as const;
    timer = setTimeout(() => resolve({ found: null, report }), ms);
  });
  const answer = await Promise.race([read, tooLong]);
  clearTimeout(timer);
  return answer;
}
