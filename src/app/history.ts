import { createHash } from 'node:crypto';
import type { Clock } from '../feed/clock.ts';
import { Holdings } from '../feed/holdings.ts';
import type { FeedId } from '../model/instrument.ts';
import type { Kept, StoreReport } from '../model/kept.ts';
import { type RawRecord, SELF_FEED } from '../model/record.ts';
import type { EngineSettings } from '../model/settings.ts';
import { STORE_CHAN } from '../venues/stored-record.ts';
import { HeldRows } from './held-rows.ts';
import { Keeper } from './keeper.ts';
import { StoreThread } from './store-thread.ts';

type Told = Pick<RawRecord, 'feed' | 'chan' | 'msg'>;

const told = (msg: string): Told => ({ feed: SELF_FEED, chan: STORE_CHAN, msg });

/** What the store says about itself, as a record. */
const reportRecord = (report: StoreReport): Told =>
  told(JSON.stringify({ kind: 'report', ...report }));

/** Settings by which cells are judged and announcements are made, as a few digits. */
function settingsDigest({ depth, drift, gate, regime, cascade }: EngineSettings): string {
  const text = JSON.stringify({ depth, drift, gate, regime, cascade });
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
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
  for (const { feed, symbol, what, from, to } of found?.coverage ?? [])
    holdings.note(feed, symbol, what, from, to);
  return {
    first: [...(found?.records ?? []).map(told), reportRecord({ ...report, waiting: 0, lost: 0 })],
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
