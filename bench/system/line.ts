/** Between two pieces that come out at the far end, ms. */
const PIECE_MS = 10;
/** What waits on this machine before the sender has to, bytes: as much as SSH puts between a program and its line. */
const MOST_WAITING = 262_144;

/** A line of limited breadth, as SSH to another machine has it: much goes in at once, and comes out at its own pace. */
export class Line {
  readonly #bytesPerSecond: number;
  readonly #deliver: (data: Buffer) => void;
  readonly #hold: (isFull: boolean) => void;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #freeAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param hold  asks the sender to wait, or to go on. */
  constructor(
    bytesPerSecond: number,
    deliver: (data: Buffer) => void,
    hold: (isFull: boolean) => void,
  ) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#deliver = deliver;
    this.#hold = hold;
  }

  push(data: Buffer): void {
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) {
      this.#deliver(data);
      return;
    }
    this.#waiting.push(data);
    this.#waitingBytes += data.length;
    this.#hold(this.#waitingBytes > MOST_WAITING);
    this.#freeAt = Math.max(this.#freeAt, performance.now());
    this.#timer ??= setTimeout(this.#come, 0);
  }

  readonly #come = (): void => {
    this.#timer = undefined;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const most = Math.max(1, Math.round((this.#bytesPerSecond * PIECE_MS) / 1000));
    const piece = next.subarray(0, most);
    if (piece.length === next.length) this.#waiting.shift();
    else this.#waiting[0] = next.subarray(most);
    this.#waitingBytes -= piece.length;
    // A piece is there once its last byte is.
    this.#freeAt += (piece.length / this.#bytesPerSecond) * 1000;
    this.#timer = setTimeout(
      () => {
        this.#deliver(piece);
        this.#hold(this.#waitingBytes > MOST_WAITING);
        this.#come();
      },
      Math.max(0, this.#freeAt - performance.now()),
    );
  };
}
