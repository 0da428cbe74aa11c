/** Credits that refill all the time: each request costs some, and more than there are cannot be had. */
interface Rule {
  readonly most: number;
  readonly perSecond: number;
  readonly cost: number;
}

/** Budgets as the venue documents them (venues.md §5.1). */
const RULES = {
  request: { most: 50_000, perSecond: 10_000, cost: 500 },
  subscribe: { most: 30_000, perSecond: 10_000, cost: 3_000 },
  instruments: { most: 500_000, perSecond: 10_000, cost: 10_000 },
} as const satisfies Readonly<Record<string, Rule>>;

type Budget = keyof typeof RULES;

const budgetOf = (method: string): Budget => {
  if (method === 'subscribe' || method === 'unsubscribe') return 'subscribe';
  return method === 'get_instruments' ? 'instruments' : 'request';
};

/** What one address has left. */
export class Credits {
  readonly #left = new Map<Budget, { credits: number; atMs: number }>();

  /** Pays for a request; false when it cannot be paid. */
  pay(method: string, nowMs: number): boolean {
    const name = budgetOf(method);
    const { most, perSecond, cost } = RULES[name];
    const known = this.#left.get(name) ?? { credits: most, atMs: nowMs };
    const refilled = known.credits + ((nowMs - known.atMs) / 1000) * perSecond;
    const credits = Math.min(most, refilled);
    const isPaid = credits >= cost;
    this.#left.set(name, { credits: isPaid ? credits - cost : credits, atMs: nowMs });
    return isPaid;
  }
}
