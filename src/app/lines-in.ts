import { FRAME_VERSION, type OutputLine } from '../frame/frame.ts';
import { faultOf } from '../frame/validate.ts';

/** A line longer than this is not one of ours. */
const LONGEST_LINE = 32 * 2 ** 20;

/** What was wrong with lines that were left out. */
export interface LinesLeftOut {
  readonly count: number;
  /** Of the last of them. */
  readonly reason: string;
}

/** Lines out of the pieces in which they come. What is no line is left out and counted. */
export class LineIntake {
  readonly #take: (line: OutputLine, text: string) => void;
  #waiting = '';
  /** The line in progress is too long and will be left out. */
  #isTooLong = false;
  #leftOut: LinesLeftOut = { count: 0, reason: '' };

  /** @param take gets each line, and the text that it was. */
  constructor(take: (line: OutputLine, text: string) => void) {
    this.#take = take;
  }

  get leftOut(): LinesLeftOut {
    return this.#leftOut;
  }

  push(piece: string): void {
    let from = 0;
    for (;;) {
      const end = piece.indexOf('\n', from);
      const part = end < 0 ? piece.slice(from) : piece.slice(from, end);
      if (this.#waiting.length + part.length > LONGEST_LINE) {
        this.#isTooLong = true;
        this.#waiting = '';
      } else if (!this.#isTooLong) this.#waiting += part;
      if (end < 0) return;
      this.#finish();
      from = end + 1;
    }
  }

  /** The stream is over: what waits is a line that was cut off. */
  end(): void {
    if (this.#waiting !== '' || this.#isTooLong) this.#finish();
  }

  #finish(): void {
    const text = this.#waiting;
    const isTooLong = this.#isTooLong;
    this.#waiting = '';
    this.#isTooLong = false;
    if (isTooLong) this.#leave('too long');
    else if (text.trim() !== '') this.#read(text);
  }

  #read(text: string): void {
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      this.#leave('no JSON');
      return;
    }
    const version = (line as { readonly v?: unknown } | null)?.v;
    if (typeof version === 'number' && version !== FRAME_VERSION) {
      this.#leave(`lines of version ${version}, and this program reads ${FRAME_VERSION}`);
      return;
    }
    const fault = faultOf(line);
    if (fault === undefined) this.#take(line as OutputLine, text);
    else this.#leave(fault);
  }

  #leave(reason: string): void {
    this.#leftOut = { count: this.#leftOut.count + 1, reason };
  }
}
