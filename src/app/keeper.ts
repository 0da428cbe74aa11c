import type { Clock, Timer } from '../feed/clock.ts';
import type { EventLine, OutputLine } from '../frame/frame.ts';
import type { Kept, StoreReport } from '../model/kept.ts';
import type { Micros } from '../model/units.ts';
import { rowsIn } from '../store/writer.ts';

/** The store as its keeper sees it. */
export interface Shelf {
  write(
    batch: readonly Kept[],
    now: Micros,
  ): Promise<{
    readonly isWritten: boolean;
    readonly report: Omit<StoreReport, 'waiting' | 'lost'>;
  }>;
  close(withinMs: number): Promise<void>;
}

export interface KeeperOptions {
  readonly shelf: Shelf;
  readonly clock: Clock;
  /** How the store did when it was read. */
  readonly report: Omit<StoreReport, 'waiting' | 'lost'>;
  /** Told when something about it has changed. */
  readonly onReport: (report: StoreReport) => void;
}

/** What is kept is handed over this often: kill −9 loses no more than this and what is on its way, which is one batch. */
const FLUSH_MS = 1000;
/** Rows that wait at most: those of a first back-fill of some dozen assets. When the disk takes nothing the oldest are let go. */
const ROWS_WAITING = 300_000;
/** Rows handed over at once. */
const ROWS_PER_BATCH = 20_000;
/** After a batch that could not be written the next one comes later, and is a small one. */
const RETRY_MS = 5000;
const ROWS_PER_TRY = 1000;
/** A changed count alone is told no oftener, µs. */
const TELL_EVERY = 10_000_000;
/** ms for the last batch and for closing the file. */
const LAST_WRITE_MS = 1500;
const CLOSE_MS = 700;

/** Liquidations are kept as such; of a book that comes and goes the log would say little else. */
const NOT_LOGGED: ReadonlySet<EventLine['kind']> = new Set(['liquidation']);

/** Announcements: told once, so they are on disk as soon as they have been made. */
const AT_ONCE: ReadonlySet<EventLine['kind']> = new Set([
  'gateOpened',
  'gateClosed',
  'regimeChanged',
  'cascadeLevelChanged',
  'settlementWindow',
  'fundingSettled',
]);

/** Collects what is to outlive the run, and hands it to the store off the hot path: a batch a second, the next one when the last is written. */
export class Keeper {
  readonly #options: KeeperOptions;
  #waiting: Kept[] = [];
  #rows = 0;
  #lost = 0;
  #isWriting = false;
  #isUrgent = false;
  #hasFailed = false;
  #timer: Timer | null = null;
  #tellTimer: Timer | null = null;
  #isClosed = false;
  #report: Omit<StoreReport, 'waiting' | 'lost'>;
  #told: StoreReport | null = null;
  #toldAt = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#report = options.report;
  }

  /** Takes one thing. */
  keep(kept: Kept): void {
    if (this.#isClosed) return;
    this.#waiting.push(kept);
    this.#rows += rowsIn(kept);
    if (this.#rows > ROWS_WAITING) this.#letGo();
    this.#schedule();
  }

  /** Logs a line that is an event. */
  line(line: OutputLine): void {
    if (line.type !== 'event' || NOT_LOGGED.has(line.kind)) return;
    const { kind: name, tsLocal, asset, subject, text, data } = line;
    if (AT_ONCE.has(name)) this.#isUrgent = true;
    this.keep({
      kind: 'event',
      name,
      tsLocal,
      asset,
      subject,
      text,
      data: JSON.stringify(data),
    });
  }

  /** Tells how the store does, where that has not been told. */
  tell(): void {
    const { clock, onReport } = this.#options;
    const report: StoreReport = { ...this.#report, waiting: this.#rows, lost: this.#lost };
    const told = this.#told;
    const isNews =
      told === null ||
      told.state !== report.state ||
      told.reason !== report.reason ||
      told.lost !== report.lost;
    const isChanged =
      isNews ||
      told.rows !== report.rows ||
      told.newest !== report.newest ||
      (report.state === 'memory' && told.waiting !== report.waiting);
    const now = clock.now();
    if (!isChanged) return;
    const wait = isNews ? 0 : this.#toldAt + TELL_EVERY - now;
    if (wait > 0) {
      this.#tellTimer ??= clock.setTimer(() => {
        this.#tellTimer = null;
        this.tell();
      }, wait / 1000);
      return;
    }
    // While all is well what waits is nothing but the second in hand.
    const plain = report.state === 'ok' ? { ...report, waiting: 0 } : report;
    this.#told = plain;
    this.#toldAt = now;
    onReport(plain);
  }

  /** Writes what is left and closes the file; gives up on a disk that takes too long. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { clock, shelf } = this.#options;
    for (const timer of [this.#timer, this.#tellTimer]) if (timer !== null) clock.clearTimer(timer);
    let timer: Timer | null = null;
    const tooLong = new Promise<void>((resolve) => {
      timer = clock.setTimer(resolve, LAST_WRITE_MS);
    });
    const last = async () => {
      await this.#written;
      while (this.#waiting.length > 0 && (await this.#write()));
    };
    await Promise.race([last(), tooLong]);
    if (timer !== null) clock.clearTimer(timer);
    await shelf.close(CLOSE_MS);
  }

  #schedule(): void {
    if (this.#isWriting || this.#isClosed) return;
    const { clock } = this.#options;
    if (this.#timer !== null) {
      if (!this.#isUrgent || this.#hasFailed) return;
      clock.clearTimer(this.#timer);
    }
    const wait = this.#hasFailed ? RETRY_MS : this.#isUrgent ? 0 : FLUSH_MS;
    this.#timer = clock.setTimer(() => this.#flush(), wait);
    this.#isUrgent = false;
  }

  #flush(): void {
    this.#timer = null;
    if (this.#waiting.length === 0 || this.#isClosed) return;
    this.#isWriting = true;
    this.#written = this.#write().then(() => {
      this.#isWriting = false;
      if (this.#isClosed) return;
      this.tell();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  /** Hands one batch over. What could not be written goes on waiting. @returns whether it is on disk. */
  async #write(): Promise<boolean> {
    let count = 0;
    const most = this.#hasFailed ? ROWS_PER_TRY : ROWS_PER_BATCH;
    for (let rows = 0; count < this.#waiting.length && rows < most; count += 1)
      rows += rowsIn(this.#waiting[count]!);
    const batch = this.#waiting.splice(0, count);
    const { clock, shelf } = this.#options;
    const { isWritten, report } = await shelf.write(batch, clock.now());
    this.#report = report;
    this.#hasFailed = !isWritten;
    if (isWritten) for (const kept of batch) this.#rows -= rowsIn(kept);
    else this.#waiting.unshift(...batch);
    return isWritten;
  }

  /** Lets the oldest go. Nothing that waits may claim to cover what is gone with them, so all claims go too. */
  #letGo(): void {
    const kept: Kept[] = [];
    for (const one of this.#waiting) {
      const isTooMuch = this.#rows > ROWS_WAITING * 0.9;
      // Listings are few, and the rest is nothing without them.
      if (one.kind === 'listing' || !(isTooMuch || one.kind === 'coverage')) {
        kept.push(one);
        continue;
      }
      const rows = rowsIn(one);
      this.#rows -= rows;
      if (one.kind !== 'coverage') this.#lost += rows;
    }
    this.#waiting = kept;
  }
}
