import { createHash } from 'node:crypto';

/** What is known of a listing before its first message. */
export interface TapeListing {
  /** Wire symbol: `BTCUSDT`. */
  readonly symbol: string;
  readonly baseAsset: string;
  /** Texts as `exchangeInfo` writes them: `0.10`, `0.001`. */
  readonly tickSize: string;
  readonly stepSize: string;
  /** Text of the REST snapshot, all levels of the book. */
  readonly snapshot: string;
  /** Levels per side that the snapshot was asked for. */
  readonly limit: number;
}

/** Messages in the bytes in which they came from the socket, and what a book made of them has to say. */
export interface Tape {
  /** For people: `btc`, `sushi`, `recorded btc`, `venue`. */
  readonly name: string;
  readonly listings: readonly TapeListing[];
  /** Slices of one allocation. */
  readonly messages: readonly Buffer[];
  /** The same slices with the white space before them: valid JSON in a spelling that no shortcut expects. */
  readonly spaced: readonly Buffer[];
  readonly bytes: number;
  /** Hash of all messages, so that two runs can be seen to have had the same. */
  readonly checksum: string;
  /** 1 for every message after which the imbalance of all books is taken: each second of the tape. */
  readonly samples: Uint8Array;
  readonly truth: Truth;
}

/** What every contender has to arrive at. */
export interface Truth {
  /** Level changes in the messages, removals of levels that are not there included. */
  readonly changes: number;
  /** Best bid and best ask after every message, `[bid, ask, bid, ask, …]`; 0 where the message was no book. */
  readonly touches: Float64Array;
  /** Best levels at the end, best first, per listing: `[price, size]`. */
  readonly tops: readonly BookTop[];
  /** Imbalances as they are taken, those of all listings at the first sample, at the second … */
  readonly imbalances: Float64Array;
  /** Prints in the messages, and Σ price · size of them. */
  readonly trades: { readonly count: number; readonly notional: number };
}

export const NO_TRADES = { count: 0, notional: 0 };

export interface BookTop {
  readonly bids: readonly (readonly [price: number, size: number])[];
  readonly asks: readonly (readonly [price: number, size: number])[];
}

/** Every tenth message of a single stream: a second at 100 ms. */
export const SAMPLE_EVERY = 10;

/** Samples at every tenth of so many messages. */
export const everyTenth = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => ((i + 1) % SAMPLE_EVERY === 0 ? 1 : 0));

/** Levels per side that are compared at the end. */
export const TOP = 20;

/** Gathers texts into one allocation, a space before each. */
export class TapeBytes {
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  add(text: string): void {
    const part = Buffer.from(` ${text}`);
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  get count(): number {
    return this.#parts.length;
  }

  finish(): Pick<Tape, 'messages' | 'spaced' | 'bytes' | 'checksum'> {
    const all = Buffer.allocUnsafeSlow(this.#bytes);
    const messages: Buffer[] = [];
    const spaced: Buffer[] = [];
    let at = 0;
    for (const part of this.#parts) {
      part.copy(all, at);
      messages.push(all.subarray(at + 1, at + part.length));
      spaced.push(all.subarray(at, at + part.length));
      at += part.length;
    }
    this.#parts.length = 0;
    return { messages, spaced, bytes: at - messages.length, checksum: hashOf(all) };
  }
}

/** First 64 bits of the SHA-256, hexadecimal. */
export const hashOf = (bytes: NodeJS.ArrayBufferView): string =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 16);
