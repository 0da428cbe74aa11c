import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { Frame } from '../../frame/frame.ts';
import type { Asset } from '../../model/instrument.ts';
import { MINUTE, type Micros, SECOND } from '../../model/units.ts';
import type { BlockId, BlockRing } from './block-ring.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Frames of one asset differ in little, and lie as far apart as all assets' frames of a second are long: the window has to span that. */
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

/** One frame as it waits or lies in a block. */
interface Kept {
  readonly asset: Asset;
  readonly at: Micros;
  readonly text: string;
}

/** A block of frames, and the time that it spans. */
interface Span {
  readonly from: Micros;
  readonly to: Micros;
  /** Null while it is being written: then its frames are at hand. */
  id: BlockId | null;
  frames: readonly Kept[] | null;
}

/** Frames of all assets every so many seconds, small and bounded; the newest are kept. Where a disk does not keep up blocks are left out, and time has a hole there. */
export class FrameRing {
  readonly everySeconds: number;
  readonly #blocks: BlockRing;
  readonly #blockCharacters: number;
  readonly #lastSecond = new Map<Asset, number>();
  #waiting: Kept[] = [];
  #waitingCharacters = 0;
  #underWay = 0;
  #spans: Span[] = [];
  #read: { readonly id: BlockId; readonly frames: readonly Kept[] }[] = [];

  constructor(everySeconds: number, blocks: BlockRing, blockCharacters = BLOCK_CHARACTERS) {
    this.#blockCharacters = blockCharacters;
    this.everySeconds = everySeconds;
    this.#blocks = blocks;
  }

  /** Takes the first frame of every so many seconds, and leaves the others. @returns whether it was taken. */
  note(frame: Frame, text: () => string): boolean {
    const slot = Math.floor(frame.tsLocal / (this.everySeconds * SECOND));
    if (this.#lastSecond.get(frame.asset) === slot) return false;
    this.#lastSecond.set(frame.asset, slot);
    const kept = { asset: frame.asset, at: frame.tsLocal, text: text() };
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
   * The newest frame of every asset at or before an instant. Frames lie as far apart as they came; one of another asset may be a minute older than the instant,
   * not more.
   */
  async at(time: Micros, asset: Asset): Promise<ReadonlyMap<Asset, Frame>> {
    this.#forgetGone();
    const found = new Map<Asset, Kept>();
    const look = (frames: readonly Kept[]): void => {
      for (const kept of frames) {
        if (kept.at > time || (kept.asset !== asset && kept.at < time - MINUTE)) continue;
        const before = found.get(kept.asset);
        if (before === undefined || before.at < kept.at) found.set(kept.asset, kept);
      }
    };
    look(this.#waiting);
    // A block begins somewhere between the assets of a second, so the one before may have the others.
    const last = this.#spans.findLastIndex(({ from }) => from <= time);
    for (const span of [this.#spans[last], this.#spans[last - 1]])
      if (span !== undefined) look(await this.#framesOf(span));
    return new Map([...found].map(([name, { text }]) => [name, JSON.parse(text) as Frame]));
  }

  /** When the first frame of an asset at or after an instant came; null where there is none. */
  async firstFrom(time: Micros, asset: Asset): Promise<Micros | null> {
    this.#forgetGone();
    const first = (frames: readonly Kept[]): Micros | undefined =>
      frames.find((kept) => kept.asset === asset && kept.at >= time)?.at;
    const next = this.#spans.findIndex(({ to }) => to >= time);
    if (next >= 0)
      for (const span of this.#spans.slice(next, next + 2)) {
        const found = first(await this.#framesOf(span));
        if (found !== undefined) return found;
      }
    return first(this.#waiting) ?? null;
  }

  /** What came so far is not of what comes now. */
  forget(): void {
    this.#waiting = [];
    this.#waitingCharacters = 0;
    this.#spans = [];
    this.#lastSecond.clear();
  }

  #flush(): void {
    const frames = this.#waiting;
    const characters = this.#waitingCharacters;
    this.#waiting = [];
    this.#waitingCharacters = 0;
    if (this.#underWay >= MOST_UNDER_WAY) return;
    const times = frames.map(({ at }) => at);
    const span: Span = {
      from: Math.min(...times) as Micros,
      to: Math.max(...times) as Micros,
      id: null,
      frames,
    };
    this.#spans.push(span);
    this.#underWay += characters;
    void this.#write(span, frames).then(() => {
      this.#underWay -= characters;
    });
  }

  async #write(span: Span, frames: readonly Kept[]): Promise<void> {
    const index = JSON.stringify(frames.map(({ asset, at }) => [asset, at]));
    const text = [index, ...frames.map((kept) => kept.text)].join('\n');
    span.id = await packed(text).then(
      (bytes) => this.#blocks.append(bytes),
      () => null,
    );
    span.frames = null;
    if (span.id === null) this.#spans = this.#spans.filter((one) => one !== span);
  }

  async #framesOf(span: Span): Promise<readonly Kept[]> {
    if (span.frames !== null) return span.frames;
    const { id } = span;
    if (id === null) return [];
    const known = this.#read.find((one) => one.id === id);
    if (known !== undefined) return known.frames;
    const bytes = await this.#blocks.read(id);
    if (bytes === null) return [];
    const [index = '[]', ...texts] = (await unpacked(bytes)).split('\n');
    const frames = (JSON.parse(index) as [Asset, Micros][]).map(
      ([asset, at], i): Kept => ({ asset, at, text: texts[i]! }),
    );
    this.#read = [...this.#read, { id, frames }].slice(-READ_KEPT);
    return frames;
  }

  /** Lets go of blocks that have made way. */
  #forgetGone(): void {
    const { oldest } = this.#blocks;
    const kept = this.#spans.findIndex(({ id }) => id === null || id >= oldest);
    if (kept !== 0) this.#spans = kept < 0 ? [] : this.#spans.slice(kept);
  }
}
