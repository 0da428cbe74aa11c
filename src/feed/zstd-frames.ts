const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const DICTIONARY_BYTES = [0, 1, 2, 4];
const SIZE_BYTES = [0, 2, 4, 8];

/**
 * Follows the structure of a zstd file (RFC 8878 §3.1) as its bytes go by: where each frame ends, and whether the last one is whole.
 *
 * Needed because Node's decompressor takes the end of the first frame for the end of the file.
 */
export class ZstdFrames {
  #phase: 'magic' | 'descriptor' | 'skippable' | 'block' = 'magic';
  #field = 0;
  #fieldBytes = 0;
  #skip = 0;
  #hasChecksum = false;
  #isForeign = false;

  /**
   * Follows `bytes` from `from` to the end of the frame, or of the bytes.
   *
   * @returns the position that was reached.
   */
  follow(bytes: Uint8Array, from: number): number {
    let i = from;
    while (i < bytes.length && !this.#isForeign) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - i);
        this.#skip -= skipped;
        i += skipped;
      } else {
        this.#field += bytes[i]! * 2 ** (8 * this.#fieldBytes);
        this.#fieldBytes += 1;
        i += 1;
        if (this.#fieldBytes === this.#needed()) this.#step();
      }
      if (this.isWhole) break;
    }
    return i;
  }

  /** Whether something that is no frame follows the last one. */
  get isForeign(): boolean {
    return this.#isForeign;
  }

  /** Whether the bytes so far end where a frame ends. */
  get isWhole(): boolean {
    return (
      this.#phase === 'magic' && this.#fieldBytes === 0 && this.#skip === 0 && !this.#isForeign
    );
  }

  #needed(): number {
    switch (this.#phase) {
      case 'descriptor':
        return 1;
      case 'block':
        return 3;
      default:
        return 4;
    }
  }

  #step(): void {
    const field = this.#field;
    this.#field = 0;
    this.#fieldBytes = 0;
    switch (this.#phase) {
      case 'magic':
        if (field === FRAME_MAGIC) this.#phase = 'descriptor';
        else if (field - (field % 16) === SKIPPABLE_MAGIC) this.#phase = 'skippable';
        else this.#isForeign = true;
        break;
      case 'descriptor': {
        const isSingleSegment = (field & 0x20) !== 0;
        const sizeBytes = field >> 6 === 0 && isSingleSegment ? 1 : SIZE_BYTES[field >> 6]!;
        this.#hasChecksum = (field & 0x04) !== 0;
        this.#skip = (isSingleSegment ? 0 : 1) + DICTIONARY_BYTES[field & 3]! + sizeBytes;
        this.#phase = 'block';
        break;
      }
      case 'skippable':
        this.#skip = field;
        this.#phase = 'magic';
        break;
      case 'block': {
        const isRun = ((field >> 1) & 3) === 1;
        this.#skip = isRun ? 1 : field >> 3;
        if ((field & 1) === 0) break;
        if (this.#hasChecksum) this.#skip += 4;
        this.#phase = 'magic';
        break;
      }
    }
  }
}
