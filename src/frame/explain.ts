import { assetFeatures, instrumentFeatures } from '../features/index.ts';
import type { Definition, Fact, Input, Owner } from '../model/definition.ts';
import type { InstrumentId } from '../model/instrument.ts';
import { absent, type Reading } from '../model/reading.ts';
import type { Micros } from '../model/units.ts';
import { frameDefinitions } from './definitions.ts';
import type { Frame } from './frame.ts';
import { type Home, homeOf, pathOfAssetEntry, pathOfEntry } from './homes.ts';
import type { Lineage, LineageInput } from './lineage.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether something in a frame is a number that may be shown. */
export const isReading = (value: unknown): value is Reading<unknown> =>
  isRecord(value) &&
  (value['state'] === 'live' || value['state'] === 'stale' || value['state'] === 'absent') &&
  'value' in value;

/** What stands at a path of a frame; of keys that hold dots themselves the longest that fits. */
export function valueAt(frame: unknown, path: string): unknown {
  if (path === '') return frame;
  if (Array.isArray(frame)) {
    const match = /^(\d+)(?:\.(.*))?$/.exec(path);
    return match === null ? undefined : valueAt(frame[Number(match[1])], match[2] ?? '');
  }
  if (!isRecord(frame)) return undefined;
  const fitting = Object.keys(frame)
    .filter((key) => path === key || path.startsWith(`${key}.`))
    .sort((a, b) => b.length - a.length);
  for (const key of fitting) {
    const found = valueAt(frame[key], path.slice(key.length + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Paths of all readings of a frame below `prefix`, in their order. */
export function* readingPaths(value: unknown, prefix = ''): Generator<string> {
  if (isReading(value)) {
    yield prefix;
    return;
  }
  const below = (key: string | number) => (prefix === '' ? `${key}` : `${prefix}.${key}`);
  if (Array.isArray(value))
    for (const [at, item] of value.entries()) yield* readingPaths(item, below(at));
  else if (isRecord(value))
    for (const key of Object.keys(value)) yield* readingPaths(value[key], below(key));
}

const instrumentDefinitions = new Map<string, Definition>(
  instrumentFeatures.flatMap(({ define }) => Object.entries(define)),
);
const assetDefinitions = new Map<string, Definition>(
  assetFeatures.flatMap(({ define }) => Object.entries(define)),
);

/** A pattern of a path with what its stars stood for. */
interface Pattern {
  readonly test: RegExp;
  readonly definition: Definition;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const patterns: readonly Pattern[] = frameDefinitions.flatMap((definitions) =>
  Object.entries(definitions).map(([path, definition]) => ({
    test: new RegExp(`^${path.split('*').map(escaped).join('(.+?)')}$`),
    definition,
  })),
);

interface Defined {
  readonly definition: Definition;
  /** What the stars of its pattern stand for. */
  readonly stars: readonly string[];
  /** The listing that the number is of; null where it is of several or of none. */
  readonly instrument: InstrumentId | null;
  /** The spot listing beside it that it names; null where it names none. */
  readonly spot: InstrumentId | null;
}

/** The perp that stands for a venue in the tables of a frame. */
const standingFor = (frame: Frame, venue: string): InstrumentId | null =>
  frame.funding.byVenue[venue]?.instrument ?? null;

const venueOf = (instrument: InstrumentId): string =>
  instrument.slice(0, Math.max(0, instrument.indexOf(':')));

function instrumentOf(frame: Frame, home: Home): InstrumentId | null {
  switch (home.kind) {
    case 'listing':
      return home.name;
    case 'venue':
      return standingFor(frame, home.name);
    case 'perp':
      return frame.basis.perpInstrument;
    case 'spot':
      return frame.basis.spotInstrument;
    case 'asset':
      return null;
  }
}

/** The listings that a path outside the families speaks of: those that its row of a list names, else what it names itself, else that of its table's venue. */
function listingsIn(
  frame: Frame,
  path: string,
  stars: readonly string[],
): Pick<Defined, 'instrument' | 'spot'> {
  const item = valueAt(frame, path.slice(0, path.lastIndexOf('.')));
  if (isRecord(item) && typeof item['instrument'] === 'string') {
    const { instrument, spot } = item;
    return { instrument, spot: typeof spot === 'string' ? spot : null };
  }
  for (const star of stars) {
    const instrument = star in frame.book.byInstrument ? star : standingFor(frame, star);
    if (instrument !== null) return { instrument, spot: null };
  }
  return { instrument: null, spot: null };
}

function definitionAt(frame: Frame, path: string): Defined | undefined {
  // The entry of a family is what its family says.
  const home = homeOf(path);
  const definition =
    home === undefined
      ? undefined
      : (home.kind === 'asset' ? assetDefinitions : instrumentDefinitions).get(home.entry);
  if (home !== undefined && definition !== undefined)
    return { definition, stars: [], instrument: instrumentOf(frame, home), spot: null };
  for (const { test, definition } of patterns) {
    const match = test.exec(path);
    if (match === null) continue;
    const stars = match.slice(1);
    return { definition, stars, ...listingsIn(frame, path, stars) };
  }
  return undefined;
}

/** What the number at a path of a frame is; undefined where nothing is defined there. */
export const definitionOf = (frame: Frame, path: string): Definition | undefined =>
  definitionAt(frame, path)?.definition;

function listingOf(frame: Frame, of: Owner, { instrument, spot }: Defined): InstrumentId | null {
  if (of === 'perp') return frame.basis.perpInstrument;
  if (of === 'spot') return spot ?? frame.basis.spotInstrument;
  // A number of the asset as a whole is read off its leading perp.
  return instrument ?? frame.basis.perpInstrument;
}

/** Facts that only perps have. */
const OF_PERPS: ReadonlySet<Fact> = new Set(['predicted', 'settled', 'interval']);

/** Paths that a pattern means: its stars as given, and for those beyond them whatever stands there. */
function expanded(frame: Frame, pattern: string, stars: readonly string[]): string[] {
  const [head, ...tail] = pattern.split('*') as [string, ...string[]];
  let paths = [head];
  for (const [at, part] of tail.entries()) {
    const star = stars[at];
    paths = paths.flatMap((before) => {
      const table = star === undefined ? valueAt(frame, before.replace(/\.$/, '')) : undefined;
      const keys =
        star !== undefined
          ? [star]
          : typeof table === 'object' && table !== null
            ? Object.keys(table)
            : [];
      return keys.map((key) => `${before}${key}${part}`);
    });
  }
  return paths;
}

/** Inputs of inputs are followed so far. */
const DEEPEST = 8;

/** Where an input is found, before anything is known of its time. */
interface Found {
  readonly name: string;
  readonly fact: LineageInput['fact'];
  readonly instrument: InstrumentId | null;
}

function findInput(frame: Frame, input: Input, defined: Defined): Found[] {
  if ('path' in input)
    return expanded(frame, input.path, defined.stars).map((name) => ({
      name,
      fact: null,
      instrument: definitionAt(frame, name)?.instrument ?? null,
    }));
  if ('fact' in input && (input.fact === 'options' || input.fact === 'volatility'))
    return [{ name: input.fact, fact: input.fact, instrument: null }];
  const listing = listingOf(frame, input.of, defined);
  const kind = listing === null ? undefined : frame.book.byInstrument[listing]?.kind;
  if ('fact' in input && OF_PERPS.has(input.fact) && kind !== 'perp') return [];
  if ('fact' in input) return [{ name: input.fact, fact: input.fact, instrument: listing }];
  const { entry } = input;
  if (assetDefinitions.has(entry) && !instrumentDefinitions.has(entry))
    return [{ name: pathOfAssetEntry(entry), fact: null, instrument: null }];
  if (listing === null) return [];
  const venue = venueOf(listing);
  const standing = {
    instrument: listing,
    venue,
    standsForVenue: standingFor(frame, venue) === listing,
    isLead: listing === frame.basis.perpInstrument,
  };
  return [{ name: pathOfEntry(entry, standing), fact: null, instrument: listing }];
}

function venueOfFound(frame: Frame, { fact, instrument }: Found): string | null {
  if (fact === 'options' || fact === 'volatility') return frame.options?.venue ?? null;
  return instrument === null ? null : venueOf(instrument);
}

/** When the oldest of what an input rests on was last heard; null where nothing of it has a time. */
function heardAt(frame: Frame, { name, fact, instrument }: Found, depth: number): Micros | null {
  // A chain is heard as a whole, by the thousand quotes of it.
  if (fact === 'options') return frame.options?.quotesHeardTs ?? null;
  if (fact === 'volatility') return frame.options?.dvolHeardTs ?? null;
  if (fact !== null)
    return (instrument === null ? undefined : frame.heard[instrument]?.[fact]) ?? null;
  const defined = depth < DEEPEST ? definitionAt(frame, name) : undefined;
  if (defined === undefined) return null;
  let oldest: Micros | null = null;
  for (const input of defined.definition.inputs)
    for (const found of findInput(frame, input, defined)) {
      const ts = heardAt(frame, found, depth + 1);
      if (ts !== null && (oldest === null || ts < oldest)) oldest = ts;
    }
  return oldest;
}

function readingOf(frame: Frame, { name, fact }: Found, heardTs: Micros | null): Reading<unknown> {
  if (fact !== null)
    return heardTs === null
      ? absent(fact.startsWith('history.') ? 'kept, no time of its own' : 'never heard')
      : { state: 'live', value: fact };
  const value = valueAt(frame, name);
  return isReading(value) ? value : absent('not in the frame');
}

/**
 * Where a number of a frame comes from: definition, inputs as they stood, window and exclusions.
 *
 * Windows, thresholds and what was left out are in frames that were made with `grounds`; without them the rest is told all the same.
 *
 * @returns undefined when no reading stands at that path.
 */
export function explain(frame: Frame, path: string): Lineage | undefined {
  const reading = valueAt(frame, path);
  if (!isReading(reading)) return undefined;
  const defined = definitionAt(frame, path);
  if (defined === undefined) return undefined;
  const { formula, unit, source: reference, inputs } = defined.definition;
  const { v, source, origin, tsLocal, asset } = frame;
  return {
    v,
    type: 'lineage',
    source,
    origin,
    tsLocal,
    asset,
    path,
    reading,
    formula,
    unit,
    reference,
    inputs: inputs.flatMap((input) =>
      findInput(frame, input, defined).map((found): LineageInput => {
        const heardTs = heardAt(frame, found, 0);
        return {
          name: found.name,
          fact: found.fact,
          venue: venueOfFound(frame, found),
          instrument: found.instrument,
          reading: readingOf(frame, found, heardTs),
          heardTs,
          age: heardTs === null ? null : ((tsLocal - heardTs) as Micros),
        };
      }),
    ),
    ...frame.grounds?.[path],
  };
}
