import { type FileHandle, open, unlink } from 'node:fs/promises';
import path from 'node:path';

/** Bytes that are kept in memory at most where no file can be had. */
const MEMORY_BYTES = 16 * 2 ** 20;

/** A block by its number; numbers only grow. */
export type BlockId = number;

interface Block {
  readonly id: BlockId;
  readonly offset: number;
  readonly length: number;
  /** Null where it is in the file. */
  readonly bytes: Buffer | null;
}

export interface BlockRingOptions {
  /** Where its file is put; it has no name there once it is open, so nothing is left of it, whatever ends the program. */
  readonly dir: string;
  /** Bytes that it takes on the disk at most; the oldest blocks make way. */
  readonly capacity: number;
  /** Told once, when blocks have to stay in memory from now on and reach less far back. */
  readonly onTrouble: (error: unknown) => void;
}

/** Bounded blocks of bytes, the newest kept: in a nameless file, or in a little memory where there is no disk for it. */
export class BlockRing {
  readonly #options: BlockRingOptions;
  #file: Promise<FileHandle | null> | null = null;
  #blocks: Block[] = [];
  #head = 0;
  #next = 0;
  /** Appends go one after the other. */
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #hasTrouble = false;

  constructor(options: BlockRingOptions) {
    this.#options = options;
  }

  /** The oldest block that is still there; everything below is gone. */
  get oldest(): BlockId {
    return this.#blocks[0]?.id ?? this.#next;
  }

  /** Appends a block; its number is known once it can be read. Null where it is larger than all there is. */
  append(bytes: Buffer): Promise<BlockId | null> {
    const turn = this.#tail.then(() => this.#append(bytes));
    this.#tail = turn;
    return turn;
  }

  async #append(bytes: Buffer): Promise<BlockId | null> {
    if (this.#isClosed) return null;
    const id = this.#next;
    const file = await this.#open();
    if (file !== null && bytes.length <= this.#options.capacity) {
      const offset = this.#head + bytes.length > this.#options.capacity ? 0 : this.#head;
      this.#makeRoom(offset, offset + bytes.length);
      try {
        await file.write(bytes, 0, bytes.length, offset);
        this.#head = offset + bytes.length;
        return this.#add({ id, offset, length: bytes.length, bytes: null });
      } catch (error) {
        this.#fail(error);
      }
    }
    if (bytes.length > MEMORY_BYTES) return null;
    this.#add({ id, offset: 0, length: bytes.length, bytes });
    let held = 0;
    for (const block of this.#blocks) held += block.bytes?.length ?? 0;
    while (held > MEMORY_BYTES) held -= this.#blocks.shift()?.bytes?.length ?? 0;
    return id;
  }

  /** The bytes of a block; null where it is gone. */
  async read(id: BlockId): Promise<Buffer | null> {
    const block = this.#blocks.find((one) => one.id === id);
    if (block === undefined) return null;
    if (block.bytes !== null) return block.bytes;
    const file = await this.#file;
    if (file === null) return null;
    const bytes = Buffer.allocUnsafe(block.length);
    try {
      const { bytesRead } = await file.read(bytes, 0, block.length, block.offset);
      // What was written over meanwhile is another block.
      return bytesRead === block.length && this.#blocks.includes(block) ? bytes : null;
    } catch {
      return null;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#tail;
    this.#blocks = [];
    await (await this.#file)?.close();
  }

  #add(block: Block): BlockId {
    this.#blocks.push(block);
    this.#next = block.id + 1;
    return block.id;
  }

  /** Blocks lie in the file in their order, around its end: those in the way are the oldest. */
  #makeRoom(from: number, to: number): void {
    const inTheWay = (block: Block | undefined): boolean =>
      block !== undefined &&
      block.bytes === null &&
      block.offset < to &&
      block.offset + block.length > from;
    const last = this.#blocks.findLastIndex(inTheWay);
    this.#blocks.splice(0, last + 1);
  }

  #open(): Promise<FileHandle | null> {
    this.#file ??= openNameless(this.#options.dir).catch((error: unknown) => {
      this.#fail(error);
      return null;
    });
    return this.#hasTrouble ? Promise.resolve(null) : this.#file;
  }

  #fail(error: unknown): void {
    if (this.#hasTrouble) return;
    this.#hasTrouble = true;
    this.#options.onTrouble(error);
  }
}

let opened = 0;

/** A file that only this process can see. Where a file in use cannot lose its name (Windows) it keeps it until the next start of anybody clears it. */
async function openNameless(dir: string): Promise<FileHandle> {
  opened += 1;
  const name = path.join(dir, `past-${process.pid}-${opened}.tmp`);
  await unlink(name).catch(() => {});
  const file = await open(name, 'wx+', 0o600);
  await unlink(name).catch(() => {});
  return file;
}
