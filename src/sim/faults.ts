/**
 * What can go wrong on every venue, by name. `frozenBook`: trades go on and the book of a symbol
 * stays as it is. `disorderly`: a liquidation is told after the next one, or half a minute late.
 */
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
  // the market behind them
  | 'frozenBook'
  | 'disorderly'
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
  // the venue itself
  | 'clockSkew'
  | 'fundingInterval';

/** A fault to inject. What is left out matches everything. */
export interface FaultSpec<Kind extends string = string> {
  readonly kind: Kind;
  /** One of the venue's hosts, by its name there: `futures`, `spot`. */
  readonly market?: string;
  /** One of a host's URLs, by its name there: `public`. */
  readonly family?: string;
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
  /** `disconnect`: close with this code instead of cutting the wire (the client sees 1006). */
  readonly code?: number;
}

/** A fault that is on. */
interface ActiveFault<Kind extends string> {
  readonly id: number;
  readonly spec: FaultSpec<Kind>;
  /** Strikes left; Infinity while only time ends it. */
  left: number;
  /** Wall ms at which it ends. */
  readonly untilMs: number;
  /** Times it struck. */
  struck: number;
}

/** Where a fault might strike. */
export interface FaultSite {
  readonly market?: string;
  readonly family?: string;
  readonly symbol?: string | null;
  readonly target?: string;
}

/** The part of a registry that hosts ask. */
export interface FaultSwitch {
  readonly isQuiet: boolean;
  /** The fault of that kind that is on here, without using it up. */
  on(kind: FaultKind, site: FaultSite): FaultSpec | undefined;
  /** The fault of that kind that strikes here; one of its strikes is used up. */
  strike(kind: FaultKind, site: FaultSite): FaultSpec | undefined;
}

/** Every kind a venue knows, and how each behaves. */
export interface FaultCatalogue<Kind extends string> {
  readonly kinds: readonly Kind[];
  /** These last until cleared or timed out; everything else strikes once unless told otherwise. */
  readonly lasting: ReadonlySet<Kind>;
  /** Done the moment they are injected. */
  readonly instant: ReadonlySet<Kind>;
}

const COMMON: FaultCatalogue<FaultKind> = {
  kinds: [
    'gap',
    'duplicate',
    'reorder',
    'garbage',
    'malformedDecimal',
    'unknownEvent',
    'unknownField',
    'crossedBook',
    'silent',
    'frozenBook',
    'disorderly',
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
    'clockSkew',
    'fundingInterval',
  ],
  lasting: new Set([
    'silent',
    'frozenBook',
    'stall',
    'ignorePongs',
    'lifetime',
    'refuseSockets',
    'forbidden',
    'regionRefused',
    'slow',
    'clockSkew',
  ]),
  instant: new Set(['disconnect', 'shutdown', 'fundingInterval']),
};

/** What every venue knows and what only this one does: `once` strikes, `lasting` stays, `instant` is done. */
export function catalogueWith<Own extends string>(own: {
  readonly once?: readonly Own[];
  readonly lasting?: readonly Own[];
  readonly instant?: readonly Own[];
}): FaultCatalogue<FaultKind | Own> {
  const { once = [], lasting = [], instant = [] } = own;
  return {
    kinds: [...COMMON.kinds, ...once, ...lasting, ...instant],
    lasting: new Set<FaultKind | Own>([...COMMON.lasting, ...lasting]),
    instant: new Set<FaultKind | Own>([...COMMON.instant, ...instant]),
  };
}

const ACTIVE_LIMIT = 1000;
const NUMBERS = ['count', 'durationMs', 'delayMs', 'offsetMs', 'retryAfter', 'hours', 'code'];
const TEXTS = ['market', 'family', 'symbol', 'target', 'variant'];

/** A fault as JSON, checked; throws with the field that is wrong. */
export function readFault<Kind extends string>(
  value: unknown,
  kinds: readonly Kind[],
): FaultSpec<Kind> {
  if (typeof value !== 'object' || value === null) throw new TypeError('A fault is an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const kind = kinds.find((name) => name === fields['kind']);
  if (kind === undefined) throw new TypeError(`kind: one of ${kinds.join(', ')}`);
  for (const [name, given] of Object.entries(fields)) {
    const isNumber = NUMBERS.includes(name);
    const isText = name === 'kind' || TEXTS.includes(name);
    if (!isNumber && !isText) throw new TypeError(`${name}: no such field`);
    if (isNumber && !Number.isFinite(given)) throw new TypeError(`${name}: a number`);
    if (isText && typeof given !== 'string') throw new TypeError(`${name}: text`);
  }
  return { ...(fields as Omit<FaultSpec<Kind>, 'kind'>), kind };
}

/**
 * The switchboard of a venue: which faults are on, and whether one strikes here and now. Injecting
 * and clearing take effect at once.
 */
export class FaultRegistry<Kind extends string> {
  readonly #catalogue: FaultCatalogue<Kind>;
  readonly #now: () => number;
  readonly #doer: { act(spec: FaultSpec<Kind>): void };
  #active: ActiveFault<Kind>[] = [];
  #nextId = 1;

  /**
   * @param now wall ms
   * @param act carries out the faults that are done the moment they are injected
   */
  constructor(
    catalogue: FaultCatalogue<Kind>,
    now: () => number,
    act: (spec: FaultSpec<Kind>) => void,
  ) {
    this.#catalogue = catalogue;
    this.#now = now;
    this.#doer = { act };
  }

  /** Everything that can go wrong here. */
  get kinds(): readonly Kind[] {
    return this.#catalogue.kinds;
  }

  /** Switches a fault on; returns its id. */
  inject(spec: FaultSpec<Kind>): number {
    const id = this.#nextId++;
    const { instant, lasting } = this.#catalogue;
    if (instant.has(spec.kind)) {
      this.#doer.act(spec);
      return id;
    }
    if (this.#active.length >= ACTIVE_LIMIT) throw new RangeError('Too many faults at once');
    const isOnce = spec.durationMs === undefined && !lasting.has(spec.kind);
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
  list(): readonly ActiveFault<Kind>[] {
    this.#expire();
    return this.#active;
  }

  get isQuiet(): boolean {
    return this.#active.length === 0;
  }

  /** The fault of that kind that is on here, without using it up. */
  on(kind: Kind, site: FaultSite): FaultSpec<Kind> | undefined {
    return this.#find(kind, site)?.spec;
  }

  /** The fault of that kind that strikes here; one of its strikes is used up. */
  strike(kind: Kind, site: FaultSite): FaultSpec<Kind> | undefined {
    const fault = this.#find(kind, site);
    if (fault === undefined) return undefined;
    fault.struck++;
    fault.left--;
    if (fault.left <= 0) this.clear(fault.id);
    return fault.spec;
  }

  #find(kind: Kind, site: FaultSite): ActiveFault<Kind> | undefined {
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
