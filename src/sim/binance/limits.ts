/** What the limiter says to a request. */
export type Admission =
  | { readonly state: 'ok'; readonly used: number }
  | { readonly state: 'limited'; readonly used: number; readonly retryAfter: number }
  | {
      readonly state: 'banned';
      readonly used: number;
      readonly retryAfter: number;
      readonly untilMs: number;
    };

interface BudgetRules {
  readonly limit: number;
  readonly windowMs: number;
}

/** Requests answered 429 that a client may still send before it is banned. */
const PATIENCE = 8;
const FIRST_BAN_MS = 120_000;
const LONGEST_BAN_MS = 3 * 86_400_000;

/**
 * Request weight per clock window, as the venue counts it: everything is counted, over the limit
 * means 429, and going on after that means 418 for two minutes, then four, up to three days.
 */
export class Budget {
  readonly #rules: BudgetRules;
  #window = Number.NaN;
  #used = 0;
  #ignored = 0;
  #bannedUntilMs = Number.NEGATIVE_INFINITY;
  #banMs = FIRST_BAN_MS;

  constructor(rules: BudgetRules) {
    this.#rules = rules;
  }

  get limit(): number {
    return this.#rules.limit;
  }

  /** Weight used in the window that contains an instant. */
  usedAt(nowMs: number): number {
    return Math.floor(nowMs / this.#rules.windowMs) === this.#window ? this.#used : 0;
  }

  admit(weight: number, nowMs: number): Admission {
    const { limit, windowMs } = this.#rules;
    const window = Math.floor(nowMs / windowMs);
    if (window !== this.#window) {
      this.#window = window;
      this.#used = 0;
      this.#ignored = 0;
    }
    this.#used += weight;
    const used = this.#used;
    if (nowMs < this.#bannedUntilMs) return this.#banned(nowMs);
    if (used <= limit) return { state: 'ok', used };
    this.#ignored++;
    if (this.#ignored > PATIENCE) {
      this.#bannedUntilMs = nowMs + this.#banMs;
      this.#banMs = Math.min(LONGEST_BAN_MS, this.#banMs * 2);
      return this.#banned(nowMs);
    }
    const leftMs = (window + 1) * windowMs - nowMs;
    return { state: 'limited', used, retryAfter: Math.max(1, Math.ceil(leftMs / 1000)) };
  }

  #banned(nowMs: number): Admission {
    const untilMs = this.#bannedUntilMs;
    const retryAfter = Math.ceil((untilMs - nowMs) / 1000);
    return { state: 'banned', used: this.#used, retryAfter, untilMs };
  }
}
