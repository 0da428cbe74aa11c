import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import type { Asset, FeedId } from '../model/instrument.ts';
import type { RawRecord } from '../model/record.ts';
import type { Micros } from '../model/units.ts';
import { feedNamed } from '../venues/index.ts';
import { messageTime } from './message-time.ts';
import { reasonOf } from './reason.ts';
import { ZstdFrames } from './zstd-frames.ts';

/** First line of a recording that we wrote. */
export interface RecordingHeader {
  readonly perpscope: 'recording';
  readonly v: 1;
  readonly feed: FeedId;
  readonly source: string;
  readonly assets: readonly Asset[];
  /** Whether all perps were carried besides; missing where they were not. */
  readonly universe?: boolean;
  /** Time of the first record. */
  readonly from: Micros;
}

/** A recording that cannot be read at all. The message names the file, without its folder, and is fit to be shown. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/** A fault in a recording that is played nevertheless. */
export interface RecordingWarning {
  /** Name of the file, without its folder. */
  readonly file: string;
  /**
   * - `truncated`: the end is missing; `count` records were whole.
   * - `damaged`: its compression breaks off; `count` records came before.
   * - `garbage`: `count` lines are no records and were left out.
   * - `unordered`: `count` records were older than the one before; they count as received with it.
   */
  readonly kind: 'truncated' | 'damaged' | 'garbage' | 'unordered';
  readonly count: number;
}

export interface FileOptions {
  /** Feed of files that do not name one; the name of their folder otherwise. */
  readonly venue?: FeedId | undefined;
  readonly onWarning?: ((warning: RecordingWarning) => void) | undefined;
}

const SLICE = 32 * 1024;
const UNPACKED_CHUNK = 128 * 1024;
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** Longer lines are no records; a venue's whole listing has 2 MB. */
const LONGEST_LINE = 64 * 2 ** 20;
/** So many lines without a single record among them make it another kind of file. */
const HOPELESS = 1000;
const LINE_END = 10;

type Ending = 'whole' | 'cut' | 'damaged';

interface Bytes {
  /** The next bytes, unpacked; null at the end. */
  next(): Promise<Buffer | null>;
  /** How it ended, once `next` gave null. */
  readonly ending: Ending;
  close(): Promise<void>;
}

async function slice(file: FileHandle, size: number): Promise<Buffer | null> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size);
  return bytesRead === 0 ? null : buffer.subarray(0, bytesRead);
}

function plainBytes(file: FileHandle): Bytes {
  return {
    next: () => slice(file, UNPACKED_CHUNK),
    ending: 'whole',
    close: () => file.close(),
  };
}

/**
 * Unpacks piece by piece. A stream that is piped forgets what it has not delivered when it meets an error, and at the end
 * of a truncated file that is just what we came for.
 */
class PackedBytes implements Bytes {
  readonly #file: FileHandle;
  readonly #unpack: Gunzip | ZstdDecompress;
  /** Null for gzip, whose decompressor finds its way from member to member by itself. */
  readonly #frames: ZstdFrames | null;
  readonly #ready: Buffer[] = [];
  #packed: Buffer = Buffer.alloc(0);
  #position = 0;
  #fault: Ending | null = null;
  #isOver = false;

  constructor(file: FileHandle, kind: 'gzip' | 'zstd') {
    this.#file = file;
    this.#frames = kind === 'zstd' ? new ZstdFrames() : null;
    this.#unpack =
      kind === 'gzip'
        ? createGunzip({ chunkSize: UNPACKED_CHUNK })
        : createZstdDecompress({ chunkSize: UNPACKED_CHUNK });
    this.#unpack.on('data', (chunk: Buffer) => this.#ready.push(chunk));
    this.#unpack.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault = error.code === 'Z_BUF_ERROR' ? 'cut' : 'damaged';
    });
  }

  async next(): Promise<Buffer | null> {
    while (this.#ready.length === 0 && !this.#isOver && this.#fault === null) await this.#step();
    return this.#ready.shift() ?? null;
  }

  get ending(): Ending {
    if (this.#fault !== null) return this.#fault;
    return this.#frames === null || this.#frames.isWhole ? 'whole' : 'cut';
  }

  async close(): Promise<void> {
    this.#unpack.destroy();
    await this.#file.close();
  }

  /** Unpacks one more piece, which never reaches beyond the end of a frame: what follows it would be ignored. */
  async #step(): Promise<void> {
    if (this.#position === this.#packed.length) {
      const packed = await slice(this.#file, SLICE);
      if (packed === null) {
        this.#isOver = true;
        await this.#settle((done) => this.#unpack.once('end', done).end());
        return;
      }
      this.#packed = packed;
      this.#position = 0;
    }
    const from = this.#position;
    this.#position = this.#frames?.follow(this.#packed, from) ?? this.#packed.length;
    if (this.#frames?.isForeign) this.#fault = 'damaged';
    else {
      const piece = this.#packed.subarray(from, this.#position);
      await this.#settle((done) => this.#unpack.write(piece, done));
    }
  }

  /** Waits until it is done, or broken. */
  #settle(start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#unpack.off('close', done);
        resolve();
      };
      this.#unpack.once('close', done);
      start(done);
    });
  }
}

function kindOf(name: string, head: Buffer): 'gzip' | 'zstd' | 'plain' {
  const begins = (magic: Buffer) => {
    const length = Math.min(head.length, magic.length);
    return head.subarray(0, length).equals(magic.subarray(0, length));
  };
  if (name.endsWith('.gz')) {
    if (!begins(GZIP)) throw new RecordingError(`${name}: not gzip`);
    return 'gzip';
  }
  if (name.endsWith('.zst')) {
    if (!begins(ZSTD)) throw new RecordingError(`${name}: not zstd`);
    return 'zstd';
  }
  if (head.length >= GZIP.length && begins(GZIP)) return 'gzip';
  return head.length >= ZSTD.length && begins(ZSTD) ? 'zstd' : 'plain';
}

async function openBytes(path: string, name: string): Promise<Bytes> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(ZSTD.length), 0, ZSTD.length, 0);
      const kind = kindOf(name, buffer.subarray(0, bytesRead));
      // Reading at a position moves nothing: the file is still at its beginning.
      return kind === 'plain' ? plainBytes(file) : new PackedBytes(file, kind);
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    throw new RecordingError(`${name}: ${reasonOf(error)}`, { cause: error });
  }
}

/** One file of a recording, read record by record and never whole. Its times never go backwards. */
export class RecordingFile {
  readonly path: string;
  readonly #name: string;
  readonly #options: FileOptions;
  #bytes: Bytes | null = null;
  #header: RecordingHeader | null = null;
  #feed: FeedId;
  #rest: Buffer[] = [];
  #restLength = 0;
  #isFirstLine = true;
  #isCut = false;
  #lastT = -1;
  #whole = 0;
  #garbage = 0;
  #unordered = 0;

  constructor(path: string, options: FileOptions = {}) {
    this.path = resolve(path);
    this.#name = basename(this.path);
    this.#options = options;
    this.#feed = feedNamed(options.venue ?? basename(dirname(this.path)));
  }

  /** The first line, where it is a header. Known once `next` has answered. */
  get header(): RecordingHeader | null {
    return this.#header;
  }

  /**
   * The next records; null at the end. Lines that are no records are left out, counted, and told at the end.
   *
   * @throws RecordingError when the file is missing or no recording.
   */
  async next(): Promise<RawRecord[] | null> {
    this.#bytes ??= await openBytes(this.path, this.#name);
    for (;;) {
      const chunk = await this.#read(this.#bytes);
      const lines = chunk === null ? this.#lastLine() : this.#lines(chunk);
      const records = this.#parse(lines);
      if (this.#whole === 0 && this.#garbage > HOPELESS) this.#refuse('not a recording');
      if (records.length > 0) return records;
      if (chunk === null) {
        this.#finish(this.#bytes.ending);
        return null;
      }
    }
  }

  /** Closes the file, wherever it has got to. */
  async close(): Promise<void> {
    await this.#bytes?.close();
    this.#bytes = null;
  }

  async #read(bytes: Bytes): Promise<Buffer | null> {
    try {
      return await bytes.next();
    } catch (error) {
      throw new RecordingError(`${this.#name}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Whole lines of what has come; the beginning of the next one waits. */
  #lines(chunk: Buffer): string[] {
    const end = chunk.lastIndexOf(LINE_END);
    if (end < 0) {
      this.#keep(chunk);
      if (this.#restLength > LONGEST_LINE) this.#refuse('not a recording');
      return [];
    }
    const whole = Buffer.concat([...this.#rest, chunk.subarray(0, end)]);
    this.#rest = [];
    this.#restLength = 0;
    this.#keep(chunk.subarray(end + 1));
    return whole.toString('utf8').split('\n');
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#rest.push(bytes);
    this.#restLength += bytes.length;
  }

  /** What stands after the last line end: a record without one, or the first half of a record. */
  #lastLine(): string[] {
    const text = Buffer.concat(this.#rest).toString('utf8');
    this.#rest = [];
    this.#restLength = 0;
    if (text === '') return [];
    if (!text.startsWith('{') || parseLine(text) !== undefined) return [text];
    this.#isCut = true;
    return [];
  }

  #parse(lines: readonly string[]): RawRecord[] {
    const records: RawRecord[] = [];
    /** Records whose time is to be that of the first one that has any. */
    let timeless = 0;
    for (const line of lines) {
      if (line === '' || line === '\r') continue;
      const parsed = parseLine(line);
      if (parsed === undefined) this.#garbage += 1;
      else if (!('msg' in parsed)) this.#takeHeader(parsed);
      else {
        const t = this.#timeOf(parsed);
        if (t < 0) timeless += 1;
        else this.#lastT = t;
        records.push({
          t: t as Micros,
          feed: this.#feed,
          chan: parsed.chan ?? '',
          msg: parsed.msg,
        });
      }
      this.#isFirstLine = false;
    }
    this.#whole += records.length;
    if (timeless > 0) {
      if (this.#lastT < 0) this.#lastT = this.#header?.from ?? 0;
      const t = (records[timeless]?.t ?? this.#lastT) as Micros;
      for (let i = 0; i < timeless; i += 1) records[i] = { ...records[i]!, t };
    }
    return records;
  }

  #timeOf({ t, msg }: Line): number {
    if (t === null) return Math.max(messageTime(msg) ?? -1, this.#lastT);
    const rounded = Math.round(t);
    if (rounded < this.#lastT) this.#unordered += 1;
    return Math.max(rounded, this.#lastT);
  }

  #takeHeader(header: RecordingHeader): void {
    // Files that were joined end to end carry theirs in the middle.
    if (header.v !== 1) this.#refuse('made by a newer version');
    if (this.#isFirstLine) this.#header = header;
    this.#feed = header.feed;
  }

  #finish(ending: Ending): void {
    const isEmpty = this.#whole === 0 && this.#header === null;
    if (isEmpty && ending === 'damaged') this.#refuse('damaged');
    if (isEmpty && this.#garbage > 0) this.#refuse('not a recording');
    if (ending === 'damaged') this.#warn('damaged', this.#whole);
    else if (ending === 'cut' || this.#isCut) this.#warn('truncated', this.#whole);
    if (this.#garbage > 0) this.#warn('garbage', this.#garbage);
    if (this.#unordered > 0) this.#warn('unordered', this.#unordered);
  }

  #warn(kind: RecordingWarning['kind'], count: number): void {
    this.#options.onWarning?.({ file: this.#name, kind, count });
  }

  #refuse(reason: string): never {
    throw new RecordingError(`${this.#name}: ${reason}`);
  }
}

interface Line {
  readonly t: number | null;
  readonly chan: string | null;
  readonly msg: string;
}

const LATEST = Number.MAX_SAFE_INTEGER;

function parseLine(text: string): Line | RecordingHeader | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const line = value as Readonly<Record<string, unknown>>;
  const { t, chan, msg } = line;
  if (typeof msg === 'string') {
    if (t !== null && !(typeof t === 'number' && t >= 0 && t <= LATEST)) return undefined;
    if (chan !== null && typeof chan !== 'string') return undefined;
    return line as unknown as Line;
  }
  const { perpscope, feed } = line;
  return perpscope === 'recording' && typeof feed === 'string' && !('msg' in line)
    ? (line as unknown as RecordingHeader)
    : undefined;
}
