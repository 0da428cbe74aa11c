import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import type { Asset, FeedId } from '../model/instrument.ts';
import { type FeedReport, type RawRecord, textOf } from '../model/record.ts';
import { HOUR } from '../model/units.ts';
import { REPORT_CHAN } from '../venues/feed-report.ts';
import type { Clock, Timer } from './clock.ts';
import { reasonOf } from './reason.ts';

/** A file that is being written. */
export interface DiskFile {
  /** Writes all of it at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** The disk as the recorder needs it; tests put one in its place that fills up. */
export interface Disk {
  /** Creates a file and the folders above it. Fails with `EEXIST` where there is one already. */
  create(folder: string, name: string): Promise<DiskFile>;
}

export interface RecorderOptions {
  readonly dir: string;
  /** Where the records come from: stands in the header of every file. */
  readonly source: 'live' | 'demo';
  readonly assets: readonly Asset[];
  /** Whether all perps are carried besides. */
  readonly universe?: boolean;
  readonly clock: Clock;
  /** Called when writing fails, at most every 10 s while it goes on, and when it has worked again for as long. */
  readonly onTrouble: (trouble: RecorderTrouble) => void;
  readonly disk?: Disk;
}

export interface RecorderTrouble {
  readonly state: 'failing' | 'recovered';
  /** Short, without paths: `disk full`. */
  readonly reason: string;
  /** Records lost since the start. */
  readonly lost: number;
}

/** A killed process loses no more than this and what is on its way to the disk. */
const FLUSH_MS = 500;
/** Text of one feed that is compressed without waiting for the flush. */
const FLUSH_CHARS = 1 << 20;
/** Text that may wait for the disk. When full, new records are left out, and the recording says how many. */
const WAITING_CHARS = 64 << 20;
const COMPLAIN_EVERY = 10_000_000;
/** Recordings of one feed that may begin within one hour. */
const FILES_PER_HOUR = 1000;

const compress = promisify(zstdCompress);
const COMPRESSION = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    // Without it a flipped bit is unpacked as if nothing had happened.
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

interface Batch {
  readonly hour: number;
  readonly from: number;
  readonly text: string;
  readonly count: number;
}

interface Lane {
  readonly feed: FeedId;
  hour: number;
  from: number;
  lines: string[];
  chars: number;
  /** Records left out since the last one that was taken. */
  missing: number;
  file: { readonly disk: DiskFile; readonly hour: number; size: number } | null;
  /** Everything that is on its way to the disk, in order. */
  written: Promise<void>;
}

/**
 * Writes records as zstd JSON lines, one file per feed and UTC hour: `DIR/<feed>/<YYYY-MM-DD>T<HH>.jsonl.zst` (DESIGN §1).
 *
 * Every half second becomes a compressed frame of its own, so a file is whole up to its last frame whatever happens to the process.
 * Nothing is ever overwritten: a second recording in the same hour gets `-2`. A disk that fails costs records, which are counted, named in
 * the recording itself and told through `onTrouble`; the program goes on, and so does the recording once the disk recovers.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #disk: Disk;
  readonly #lanes = new Map<FeedId, Lane>();
  readonly #channels = new Map<string, string>();
  #waiting = 0;
  #timer: Timer | null = null;
  #lost = 0;
  #complainedAt: number | null = null;
  #lastLossAt = 0;
  #isClosed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#disk = options.disk ?? localDisk;
  }

  /** Takes a record; returns at once. */
  readonly record = (record: RawRecord): void => {
    if (this.#isClosed) return;
    const lane = this.#laneOf(record.feed);
    const hour = Math.floor(record.t / HOUR);
    if (hour !== lane.hour) this.#flush(lane);
    lane.hour = hour;
    if (this.#waiting + record.msg.length > WAITING_CHARS) {
      lane.missing += 1;
      this.#lose(1, 'disk too slow');
      return;
    }
    if (lane.lines.length === 0) lane.from = record.t;
    if (lane.missing > 0) this.#confess(lane, record.t);
    this.#append(lane, record.t, record.chan, textOf(record.msg));
    if (lane.chars >= FLUSH_CHARS) this.#flush(lane);
    this.#timer ??= this.#options.clock.setTimer(() => this.#flushAll(), FLUSH_MS);
  };

  /** Writes what is left and closes the files. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) this.#options.clock.clearTimer(this.#timer);
    this.#flushAll();
    const lanes = [...this.#lanes.values()];
    await Promise.all(lanes.map((lane) => lane.written));
    await Promise.all(lanes.map((lane) => this.#leave(lane)));
  }

  #laneOf(feed: FeedId): Lane {
    const known = this.#lanes.get(feed);
    if (known !== undefined) return known;
    const lane: Lane = {
      feed,
      hour: -1,
      from: 0,
      lines: [],
      chars: 0,
      missing: 0,
      file: null,
      written: Promise.resolve(),
    };
    this.#lanes.set(feed, lane);
    return lane;
  }

  #append(lane: Lane, t: number, chan: string, msg: string): void {
    let channel = this.#channels.get(chan);
    if (channel === undefined) {
      channel = JSON.stringify(chan);
      // Channels of requests carry times and never come again.
      if (!chan.startsWith('rest:') && this.#channels.size < 4096)
        this.#channels.set(chan, channel);
    }
    const line = `{"t":${t},"chan":${channel},"msg":${JSON.stringify(msg)}}\n`;
    lane.lines.push(line);
    lane.chars += line.length;
    this.#waiting += line.length;
  }

  /** Says in the recording that something is missing here. */
  #confess(lane: Lane, t: number): void {
    const { missing } = lane;
    lane.missing = 0;
    const report: FeedReport = { kind: 'dropped', count: missing, reason: 'not recorded' };
    this.#append(lane, t, REPORT_CHAN, JSON.stringify(report));
  }

  #flushAll(): void {
    this.#timer = null;
    for (const lane of this.#lanes.values()) this.#flush(lane);
  }

  #flush(lane: Lane): void {
    if (lane.lines.length === 0) return;
    const { hour, from, lines, chars } = lane;
    const batch = { hour, from, text: lines.join(''), count: lines.length };
    lane.lines = [];
    lane.chars = 0;
    lane.written = lane.written
      .then(() => this.#write(lane, batch))
      .finally(() => {
        this.#waiting -= chars;
      });
  }

  async #write(lane: Lane, batch: Batch): Promise<void> {
    try {
      if (lane.file?.hour !== batch.hour) {
        await this.#leave(lane);
        await this.#begin(lane, batch);
      }
      const file = lane.file!;
      const text = file.size === 0 ? this.#header(lane, batch) + batch.text : batch.text;
      const bytes = await compress(text, COMPRESSION);
      try {
        await file.disk.write(bytes, file.size);
        file.size += bytes.length;
      } catch (error) {
        // Half a frame would make everything after it unreadable.
        await file.disk.truncate(file.size).catch(() => this.#leave(lane));
        throw error;
      }
      this.#recover();
    } catch (error) {
      lane.missing += batch.count;
      this.#lose(batch.count, reasonOf(error));
    }
  }

  async #begin(lane: Lane, batch: Batch): Promise<void> {
    const folder = join(this.#options.dir, lane.feed.replaceAll(/[^\w.-]/g, '_'));
    const hour = new Date((batch.hour * HOUR) / 1000).toISOString().slice(0, 13);
    for (let n = 1; ; n += 1) {
      try {
        const disk = await this.#disk.create(folder, `${hour}${n === 1 ? '' : `-${n}`}.jsonl.zst`);
        lane.file = { disk, hour: batch.hour, size: 0 };
        return;
      } catch (error) {
        const exists = (error as { readonly code?: unknown }).code === 'EEXIST';
        if (!exists || n >= FILES_PER_HOUR) throw error;
      }
    }
  }

  #header(lane: Lane, batch: Batch): string {
    const { source, assets, universe = false } = this.#options;
    const { feed } = lane;
    const whole = universe ? { universe } : {};
    return `${JSON.stringify({ perpscope: 'recording', v: 1, feed, source, assets, ...whole, from: batch.from })}\n`;
  }

  async #leave(lane: Lane): Promise<void> {
    const { file } = lane;
    lane.file = null;
    await file?.disk.close().catch(() => undefined);
  }

  #lose(count: number, reason: string): void {
    this.#lost += count;
    const now = this.#options.clock.now();
    this.#lastLossAt = now;
    if (this.#complainedAt !== null && now - this.#complainedAt < COMPLAIN_EVERY) return;
    this.#complainedAt = now;
    this.#options.onTrouble({ state: 'failing', reason, lost: this.#lost });
  }

  /** Something was written. One feed may do well while another fails, so it takes a while to be believed. */
  #recover(): void {
    if (this.#complainedAt === null) return;
    if (this.#options.clock.now() - this.#lastLossAt < COMPLAIN_EVERY) return;
    this.#complainedAt = null;
    this.#options.onTrouble({ state: 'recovered', reason: 'recording again', lost: this.#lost });
  }
}

const localDisk: Disk = {
  async create(folder, name) {
    await mkdir(folder, { recursive: true });
    const file = await open(join(folder, name), 'wx');
    return {
      async write(bytes, position) {
        for (let done = 0; done < bytes.length; ) {
          const rest = bytes.subarray(done);
          const { bytesWritten } = await file.write(rest, 0, rest.length, position + done);
          done += bytesWritten;
        }
      },
      truncate: (length) => file.truncate(length),
      close: () => file.close(),
    };
  },
};
