/** So many within any stretch of that length. */
export interface Quota {
  readonly most: number;
  readonly windowMs: number;
}

/** Counts what happens against a quota, over a window that slides. */
export class QuotaCount {
  readonly #quota: Quota;
  #recent: number[] = [];

  constructor(quota: Quota) {
    this.#quota = quota;
  }

  /** Counts one more; false when it is one too many. What is too many counts as well. */
  admit(nowMs: number): boolean {
    const { most, windowMs } = this.#quota;
    this.#recent = this.#recent.filter((atMs) => atMs > nowMs - windowMs);
    // The latest alone decide whether the next one is too many.
    if (this.#recent.length > most) this.#recent.shift();
    this.#recent.push(nowMs);
    return this.#recent.length <= most;
  }
}
