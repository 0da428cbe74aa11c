import type { Family, MarketName } from './streams.ts';

/** What can go wrong, by name. */
export type FaultKind =
  // frames of one stream
  | 'gap'
  | 'duplicate'
  | 'reorder'
  | 'garbage'
  | 'malformedDecimal'
  | 'unknownEvent'
  | 'unknownField'
  | 'crossedBook'
  | 'silent'
  // sockets
  | 'stall'
  | 'disconnect'
  | 'ignorePongs'
  | 'lifetime'
  | 'shutdown'
  | 'refuseSockets'
  // requests
  | 'rateLimited'
  | 'banned'
  | 'forbidden'
  | 'regionRefused'
  | 'serverError'
  | 'emptyBody'
  | 'truncatedBody'
  | 'slow'
  | 'staleSnapshot'
  | 'snapshotAtPu'
  // the venue itself
  | 'clockSkew'
  | 'fundingInterval';

/** A fault to inject. What is left out matches everything. */
export interface FaultSpec {
  readonly kind: FaultKind;
  readonly market?: MarketName;
  readonly family?: Family;
  /** As payloads spell it: `BTCUSDT`. */
  readonly symbol?: string;
  /** Exact stream name (frames) or request path (requests). */
  readonly target?: string;
  /** How often it strikes; frame and request faults default to once when no duration is given. */
  readonly count?: number;
  /** How long it lasts, wall ms; without count and duration the others last until cleared. */
  readonly durationMs?: number;
  /** `garbage`: `text`, `truncated` or `mangled`; `malformedDecimal`: the decimal to put in. */
  readonly variant?: string;
  /** `slow`: delay of the answer; `lifetime`: age at which sockets are closed. */
  readonly delayMs?: number;
  /** `clockSkew`: added to every time the venue sends. */
  readonly offsetMs?: number;
  /** `rateLimited`, `banned`: seconds in `Retry-After`; 0 leaves the header out. */
  readonly retryAfter?: number;
  /** `fundingInterval`: hours from now on. */
  readonly hours?: number;
}

/** A fault that is on. */
export interface ActiveFault {
  readonly id: number;
  readonly spec: FaultSpec;
  /** Strikes left; Infinity while only time ends it. */
  left: number;
  /** Wall ms at which it ends. */
  readonly untilMs: number;
  /** Times it struck. */
  struck: number;
}

/** Where a fault might strike. */
export interface FaultSite {
  readonly market?: MarketName;
  readonly family?: Family;
  readonly symbol?: string | null;
  readonly target?: string;
}

/** Everything that can go wrong. */
export const FAULT_KINDS: readonly FaultKind[] = [
  'gap',
  'duplicate',
  'reorder',
  'garbage',
  'malformedDecimal',
  'unknownEvent',
  'unknownField',
  'crossedBook',
  'silent',
  'stall',
  'disconnect',
  'ignorePongs',
  'lifetime',
  'shutdown',
  'refuseSockets',
  'rateLimited',
  'banned',
  'forbidden',
  'regionRefused',
  'serverError',
  'emptyBody',
  'truncatedBody',
  'slow',
  'staleSnapshot',
  'snapshotAtPu',
  'clockSkew',
  'fundingInterval',
];

/** These last until cleared or timed out; everything else strikes once unless told otherwise. */
const LASTING = new Set<FaultKind>([
  'silent',
  'stall',
  'ignorePongs',
  'lifetime',
  'refuseSockets',
  'forbidden',
  'regionRefused',
  'slow',
  'clockSkew',
]);
/** Done the moment they are injected. */
const INSTANT = new Set<FaultKind>(['disconnect', 'shutdown', 'fundingInterval']);
const ACTIVE_LIMIT = 1000;

/** A fault as JSON, checked; throws with the field that is wrong. */
export function faultFrom(value: unknown): FaultSpec {
  if (typeof value !== 'object' || value === null) throw new TypeError('A fault is an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const kind = FAULT_KINDS.find((name) => name === fields['kind']);
  if (kind === undefined) throw new TypeError(`kind: one of ${FAULT_KINDS.join(', ')}`);
  const numbers = ['count', 'durationMs', 'delayMs', 'offsetMs', 'retryAfter', 'hours'] as const;
  const texts = ['market', 'family', 'symbol', 'target', 'variant'] as const;
  for (const [name, given] of Object.entries(fields)) {
    const isNumber = numbers.some((known) => known === name);
    const isText = name === 'kind' || texts.some((known) => known === name);
    if (!isNumber && !isText) throw new TypeError(`${name}: no such field`);
    if (isNumber && !Number.isFinite(given)) throw new TypeError(`${name}: a number`);
    if (isText && typeof given !== 'string') throw new TypeError(`${name}: text`);
  }
  return { ...(fields as Omit<FaultSpec, 'kind'>), kind };
}

/**
 * The switchboard: which faults are on, and whether one strikes here and now. Injecting and
 * clearing take effect at once.
 */
export class Faults {
  readonly #now: () => number;
  readonly #act: (spec: FaultSpec) => void;
  #active: ActiveFault[] = [];
  #nextId = 1;

  /**
   * @param now wall ms
   * @param act carries out the faults that are done the moment they are injected
   */
  constructor(now: () => number, act: (spec: FaultSpec) => void) {
    this.#now = now;
    this.#act = act;
  }

  /** Switches a fault on; returns its id. */
  inject(spec: FaultSpec): number {
    const id = this.#nextId++;
    if (INSTANT.has(spec.kind)) {
      this.#act(spec);
      return id;
    }
    if (this.#active.length >= ACTIVE_LIMIT) throw new RangeError('Too many faults at once');
    const isOnce = spec.durationMs === undefined && !LASTING.has(spec.kind);
    const left = spec.count ?? (isOnce ? 1 : Number.POSITIVE_INFINITY);
    const untilMs = this.#now() + (spec.durationMs ?? Number.POSITIVE_INFINITY);
    this.#active.push({ id, spec, left, untilMs, struck: 0 });
    return id;
  }

  /** Switches one fault off, or all of them. */
  clear(id?: number): void {
    this.#active = id === undefined ? [] : this.#active.filter((fault) => fault.id !== id);
  }

  /** What is on. */
  list(): readonly ActiveFault[] {
    this.#expire();
    return this.#active;
  }

  get isQuiet(): boolean {
    return this.#active.length === 0;
  }

  /** The fault of that kind that is on here, without using it up. */
  on(kind: FaultKind, site: FaultSite): FaultSpec | undefined {
    return this.#find(kind, site)?.spec;
  }

  /** The fault of that kind that strikes here; one of its strikes is used up. */
  strike(kind: FaultKind, site: FaultSite): FaultSpec | undefined {
    const fault = this.#find(kind, site);
    if (fault === undefined) return undefined;
    fault.struck++;
    fault.left--;
    if (fault.left <= 0) this.clear(fault.id);
    return fault.spec;
  }

  #find(kind: FaultKind, site: FaultSite): ActiveFault | undefined {
    if (this.#active.length === 0) return undefined;
    this.#expire();
    return this.#active.find(({ spec }) => spec.kind === kind && matches(spec, site));
  }

  #expire(): void {
    const now = this.#now();
    if (this.#active.some((fault) => fault.untilMs <= now)) {
      this.#active = this.#active.filter((fault) => fault.untilMs > now);
    }
  }
}

const matches = (spec: FaultSpec, site: FaultSite): boolean =>
  (spec.market === undefined || spec.market === site.market) &&
  (spec.family === undefined || spec.family === site.family) &&
  (spec.symbol === undefined || spec.symbol === site.symbol) &&
  (spec.target === undefined || spec.target === site.target);
