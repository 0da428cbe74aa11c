/** Somebody at a venue's door: a handshake, a message on a socket, a request. */
export interface Visit {
  /** Wall ms. */
  readonly atMs: number;
  readonly what: 'handshake' | 'message' | 'request';
  /** The host, by its name among the venue's. */
  readonly market: string;
  /** Path that was asked for; of a message the family of its socket. */
  readonly target: string;
  /** HTTP status of the answer; 0 for a message. */
  readonly status: number;
}

const REMEMBERED = 20_000;

/** Who came by lately, as far as remembered. */
export class Visits {
  readonly #market: string;
  readonly #now: () => number;
  #visits: Visit[] = [];

  /** @param now wall ms */
  constructor(market: string, now: () => number) {
    this.#market = market;
    this.#now = now;
  }

  note(what: Visit['what'], target: string, status = 0): void {
    this.#visits.push({ atMs: this.#now(), what, market: this.#market, target, status });
    if (this.#visits.length >= 2 * REMEMBERED) this.#visits = this.#visits.slice(-REMEMBERED);
  }

  /** In the order in which they came. */
  get all(): readonly Visit[] {
    return this.#visits;
  }
}
