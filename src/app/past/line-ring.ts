import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { MINUTE, type Micros, SECOND } from '../../model/units.ts';
import type { BlockId, BlockRing } from './block-ring.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Lines of one kind differ in little, and lie as far apart as all of a second are long: the window has to span that. */
const COMPRESSION = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_windowLog]: 22,
  },
};

/** Characters that wait to be compressed together. */
const BLOCK_CHARACTERS = 3 * 2 ** 20;
/** Characters on their way to the disk at most; where it does not keep up the next ones are left out. */
const MOST_UNDER_WAY = 128 * 2 ** 20;
/** Blocks that were read lately and may be asked for again. */
const READ_KEPT = 3;

/** Makes a text small. Runs beside this thread. */
export const packed = (text: string): Promise<Buffer> =>
  compress(Buffer.from(text), COMPRESSION) as Promise<Buffer>;

export const unpacked = async (bytes: Buffer): Promise<string> =>
  ((await decompress(bytes)) as Buffer).toString();

/** One line as it waits or lies in a block. */
interface Kept {
  /** What it is about: the asset of a frame. */
  readonly key: string;
  readonly at: Micros;
  readonly text: string;
}

/** A block of lines, and the time that it spans. */
interface Span {
  readonly from: Micros;
  readonly to: Micros;
  /** Null while it is being written: then its lines are at hand. */
  id: BlockId | null;
  lines: readonly Kept[] | null;
}

/** A line of every key every so many seconds, small and bounded; the newest are kept. Where a disk does not keep up blocks are left out, and time has a hole there. */
export class LineRing<L> {
  readonly everySeconds: number;
  readonly #blocks: BlockRing;
  readonly #blockCharacters: number;
  readonly #lastSlot = new Map<string, number>();
  #waiting: Kept[] = [];
  #waitingCharacters = 0;
  #underWay = 0;
  #spans: Span[] = [];
  #read: { readonly id: BlockId; readonly lines: readonly Kept[] }[] = [];

  constructor(everySeconds: number, blocks: BlockRing, blockCharacters = BLOCK_CHARACTERS) {
    this.#blockCharacters = blockCharacters;
    this.everySeconds = everySeconds;
    this.#blocks = blocks;
  }

  /** Takes the first line of a key in every so many seconds, and leaves the others. @returns whether it was taken. */
  note(key: string, at: Micros, text: () => string): boolean {
    const slot = Math.floor(at / (this.everySeconds * SECOND));
    if (this.#lastSlot.get(key) === slot) return false;
    this.#lastSlot.set(key, slot);
    const kept: Kept = { key, at, text: text() };
    this.#waiting.push(kept);
    this.#waitingCharacters += kept.text.length;
    if (this.#waitingCharacters >= this.#blockCharacters) this.#flush();
    return true;
  }

  get from(): Micros | null {
    this.#forgetGone();
    return this.#spans[0]?.from ?? this.#waiting[0]?.at ?? null;
  }

  /**
   * The newest line of every key at or before an instant. Lines lie as far apart as they came; one of another key may be so much older than the instant, not
   * more.
   */
  async at(time: Micros, key: string, oldest = MINUTE): Promise<ReadonlyMap<string, L>> {
    this.#forgetGone();
    const found = new Map<string, Kept>();
    const look = (lines: readonly Kept[]): void => {
      for (const kept of lines) {
        if (kept.at > time || (kept.key !== key && kept.at < time - oldest)) continue;
        const before = found.get(kept.key);
        if (before === undefined || before.at < kept.at) found.set(kept.key, kept);
      }
    };
    look(this.#waiting);
    // A block begins somewhere between the lines of a second, so the one before may have the others.
    const last = this.#spans.findLastIndex(({ from }) => from <= time);
    for (const span of [this.#spans[last], this.#spans[last - 1]])
      if (span !== undefined) look(await this.#linesOf(span));
    return new Map([...found].map(([name, { text }]) => [name, JSON.parse(text) as L]));
  }

  /** When the first line of a key at or after an instant came; null where there is none. */
  async firstFrom(time: Micros, key: string): Promise<Micros | null> {
    this.#forgetGone();
    const first = (lines: readonly Kept[]): Micros | undefined =>
      lines.find((kept) => kept.key === key && kept.at >= time)?.at;
    const next = this.#spans.findIndex(({ to }) => to >= time);
    if (next >= 0)
      for (const span of this.#spans.slice(next, next + 2)) {
        const found = first(await this.#linesOf(span));
        if (found !== undefined) return found;
      }
    return first(this.#waiting) ?? null;
  }

  /** What came so far is not of what comes now. */
  forget(): void {
    this.#waiting = [];
    this.#waitingCharacters = 0;
    this.#spans = [];
    this.#lastSlot.clear();
  }

  #flush(): void {
    const lines = this.#waiting;
    const characters = this.#waitingCharacters;
    this.#waiting = [];
    this.#waitingCharacters = 0;
    if (this.#underWay >= MOST_UNDER_WAY) return;
    const times = lines.map(({ at }) => at);
    const span: Span = {
      from: Math.min(...times) as Micros,
      to: Math.max(...times) as Micros,
      id: null,
      lines,
    };
    this.#spans.push(span);
    this.#underWay += characters;
    void this.#write(span, lines).then(() => {
      this.#underWay -= characters;
    });
  }

  async #write(span: Span, lines: readonly Kept[]): Promise<void> {
    const index = JSON.stringify(lines.map(({ key, at }) => [key, at]));
    const text = [index, ...lines.map((kept) => kept.text)].join('\n');
    span.id = await packed(text).then(
      (bytes) => this.#blocks.append(bytes),
      () => null,
    );
    span.lines = null;
    if (span.id === null) this.#spans = this.#spans.filter((one) => one !== span);
  }

  async #linesOf(span: Span): Promise<readonly Kept[]> {
    if (span.lines !== null) return span.lines;
    const { id } = span;
    if (id === null) return [];
    const known = this.#read.find((one) => one.id === id);
    if (known !== undefined) return known.lines;
    const bytes = await this.#blocks.read(id);
    if (bytes === null) return [];
    const [index = '[]', ...texts] = (await unpacked(bytes)).split('\n');
    const lines = (JSON.parse(index) as [string, Micros][]).map(
      ([key, at], i): Kept => ({ key, at, text: texts[i]! }),
    );
    this.#read = [...this.#read, { id, lines }].slice(-READ_KEPT);
    return lines;
  }

  /** Lets go of blocks that have made way. */
  #forgetGone(): void {
    const { oldest } = this.#blocks;
    const kept = this.#spans.findIndex(({ id }) => id === null || id >= oldest);
    if (kept !== 0) this.#spans = kept < 0 ? [] : this.#spans.slice(kept);
  }
}
