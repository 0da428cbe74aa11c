import { staleAfter } from '../../market/cadence.ts';
import { OPTION_GAP, type OptionState } from '../../market/state.ts';
import type { OptionQuote } from '../../model/event.ts';
import type { Venue } from '../../model/instrument.ts';
import { absent, live, type Marks, marked, type Reading, stale } from '../../model/reading.ts';
import type { EngineSettings } from '../../model/settings.ts';
import { type Micros, SECOND } from '../../model/units.ts';
import { type ExpiryNumbers, expiryNumbers, putCallReading } from './expiry.ts';
import { type PutCall, tidySum } from './positioning.ts';
import type { OptionRow } from './row.ts';

/** All options on an asset that one venue settles in one coin, as of a tick. */
export interface ChainNumbers {
  readonly asOf: Micros;
  /** When the newest quote was heard; null before the first. */
  readonly heardTs: Micros | null;
  readonly venue: Venue;
  /** Coin that they are paid in. */
  readonly settle: string;
  /** By rising expiry. */
  readonly expiries: readonly ExpiryNumbers[];
  readonly putCallOi: Reading;
  readonly putCallVolume: Reading;
  /** USD per 1 %. */
  readonly gex: Reading;
  readonly oiCoin: Reading;
  /** What was left out, with the reason. */
  readonly excluded: readonly string[];
}

/** Numbers that rest on a few strikes around the money, and those that rest on all of them. */
const OF_SOME = ['forward', 'atmIv', 'rr25', 'bf25'] as const;
const OF_ALL = ['putCallOi', 'putCallVolume', 'maxPain', 'gex', 'oiCoin'] as const;

type Told = Partial<Record<(typeof OF_SOME)[number] | (typeof OF_ALL)[number], Reading>>;

/** A reading that rests on something `age` old, or older if it was. */
export function agedBy(reading: Reading, age: Micros): Reading {
  if (reading.state === 'absent') return reading;
  const { state: _, value, ...marks } = reading;
  return stale(
    value,
    reading.state === 'stale' ? (Math.max(age, reading.age) as Micros) : age,
    marks,
  );
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const orNull = (value: number | null): number | null => (value === 0 ? null : value);

/** A quote as a row of its expiry. */
function rowOf({ instrument }: OptionState, quote: OptionQuote): OptionRow {
  const { bidPrice, askPrice, markPrice } = quote;
  const mid = bidPrice !== null && askPrice !== null ? (bidPrice + askPrice) / 2 : null;
  return {
    strike: instrument.option!.strike,
    type: instrument.option!.type,
    markIv: orNull(quote.markIv),
    price: markPrice ?? mid,
    underlying: quote.underlyingPrice,
    delta: quote.delta,
    gamma: quote.gamma,
    openInterest: quote.openInterest,
    volume: quote.volume,
    ts: quote.tsExchange ?? quote.tsLocal,
  };
}

/** How old a quote may be: three times what is usual for it, and never less than three looks at a whole chain. */
const limitOf = ({ cadence }: OptionState, settings: EngineSettings): number =>
  Math.max(staleAfter(cadence, settings), settings.stale.periods * OPTION_GAP);

/**
 * The options of one expiry, from the quotes that are not stale; where all are, from those, and every number is stale with the age of the oldest. What is left out is
 * named, and makes those numbers partial that rest on all options.
 */
function expiryOf(
  expiry: Micros,
  options: readonly OptionState[],
  future: number | null,
  now: Micros,
  settings: EngineSettings,
): ExpiryNumbers & { readonly isStale: boolean } {
  const fresh: OptionRow[] = [];
  const old: OptionRow[] = [];
  let oldest = 0;
  let longest = 0;
  for (const option of options) {
    const { quote } = option;
    if (quote === null) continue;
    const age = now - quote.tsLocal;
    const limit = limitOf(option, settings);
    if (age <= limit) fresh.push(rowOf(option, quote));
    else {
      old.push(rowOf(option, quote));
      oldest = Math.max(oldest, age);
      longest = Math.max(longest, limit);
    }
  }
  const isStale = fresh.length === 0 && old.length > 0;
  const rows = isStale ? old : fresh;
  const [{ instrument }] = options as [OptionState];
  const numbers = expiryNumbers({
    expiry,
    at: now,
    rows,
    priceIn: instrument.settle === instrument.base ? 'coin' : 'quote',
    future,
    settings: settings.options,
    lacking: `from ${instrument.venue}`,
  });
  const excluded = [...numbers.excluded];
  const unheard = options.length - fresh.length - old.length;
  if (unheard > 0) excluded.push(`${plural(unheard, 'option')} not heard of yet`);
  if (!isStale && old.length > 0)
    excluded.push(`${plural(old.length, 'quote')} older than ${Math.round(longest / SECOND)} s`);
  // What is missing far from the money changes nothing there.
  const partly: Marks = rows.length < options.length ? { partial: true } : {};
  const tell = (reading: Reading): Reading =>
    isStale ? agedBy(reading, oldest as Micros) : reading;
  const told: Told = {};
  for (const name of OF_SOME) told[name] = tell(numbers[name]);
  for (const name of OF_ALL) told[name] = tell(marked(numbers[name], partly));
  return { ...numbers, ...told, excluded, isStale };
}

const NONE: PutCall = { calls: 0, puts: 0, known: 0 };

const added = (a: PutCall, b: PutCall): PutCall => ({
  calls: a.calls + b.calls,
  puts: a.puts + b.puts,
  known: a.known + b.known,
});

/** Marks of a total: those of its parts. */
function marksOfAll(readings: readonly Reading[]): Marks {
  const has = (mark: 'partial' | 'estimated') =>
    readings.some((reading) => reading.state !== 'absent' && reading[mark] === true);
  const lacks = readings.some(({ state }) => state === 'absent');
  return {
    ...((has('partial') || lacks) && { partial: true }),
    ...(has('estimated') && { estimated: true }),
  };
}

/** The sum of what is known; absent where nothing is. */
function sumOf(readings: readonly Reading[], reason: string): Reading {
  const known = readings.flatMap(({ value }) => value ?? []);
  if (known.length === 0) return absent(reason);
  return live(tidySum(known.reduce((sum, value) => sum + value, 0)), marksOfAll(readings));
}

type Family = readonly [OptionState, ...OptionState[]];

const openIn = (family: Family): number =>
  family.reduce((sum, { quote }) => sum + (quote?.openInterest ?? 0), 0);

/** When any of them was last spoken of; null while none was. */
function newestOf(family: Family): Micros | null {
  let newest: Micros | null = null;
  for (const { quote } of family)
    if (quote !== null && (newest === null || quote.tsLocal > newest)) newest = quote.tsLocal;
  return newest;
}

const nameOf = ([{ instrument }]: Family): string => `${instrument.venue} ${instrument.settle}`;

/** Options by who settles them in what; the family with most open interest stands for the asset, because forwards and smiles of two can not be mixed. */
function leadingFamily(options: readonly OptionState[]): {
  readonly family: Family;
  readonly others: readonly Family[];
} {
  const families = new Map<string, [OptionState, ...OptionState[]]>();
  for (const option of options) {
    const name = nameOf([option]);
    const family = families.get(name);
    if (family === undefined) families.set(name, [option]);
    else family.push(option);
  }
  const [first, ...rest] = [...families.values()].sort((a, b) => openIn(b) - openIn(a));
  return { family: first!, others: rest };
}

/**
 * Computes the chain of an asset (SPEC §11). Totals are over all expiries that are not stale, and stale when all are.
 *
 * @param options of one asset, at least one.
 * @param futureOf mark price of the dated future that the same venue settles in the same coin on a day; null for none.
 */
export function chainNumbers(
  options: readonly OptionState[],
  futureOf: (expiry: Micros, like: OptionState['instrument']) => number | null,
  now: Micros,
  settings: EngineSettings,
): ChainNumbers {
  const { family, others } = leadingFamily(options);
  const [{ instrument }] = family;
  const byExpiry = new Map<Micros, OptionState[]>();
  for (const option of family) {
    const { expiry } = option.instrument;
    if (expiry === null || expiry <= now) continue;
    const known = byExpiry.get(expiry);
    if (known === undefined) byExpiry.set(expiry, [option]);
    else known.push(option);
  }
  const expiries = [...byExpiry]
    .sort(([a], [b]) => a - b)
    .map(([expiry, chain]) => expiryOf(expiry, chain, futureOf(expiry, instrument), now, settings));
  const fresh = expiries.filter(({ isStale }) => !isStale);
  const counted = fresh.length > 0 ? fresh : expiries;
  const lacking = `from ${instrument.venue}`;
  const listed = counted.reduce((sum, { expiry }) => sum + byExpiry.get(expiry)!.length, 0);
  const ratio = (of: 'oi' | 'volume', what: string): Reading =>
    putCallReading(counted.map((expiry) => expiry[of]).reduce(added, NONE), listed, what, lacking);
  const oldest = counted.reduce(
    (age, { oiCoin }) => Math.max(age, oiCoin.state === 'stale' ? oiCoin.age : 0),
    0,
  ) as Micros;
  const total = (reading: Reading): Reading => (oldest > 0 ? agedBy(reading, oldest) : reading);
  const excluded = others.map(
    (other) => `${nameOf(other)}: ${Math.round(openIn(other))} ${instrument.base} open there`,
  );
  if (counted.length < expiries.length)
    excluded.push(`stale expiries: ${expiries.length - counted.length}`);
  return {
    asOf: now,
    heardTs: newestOf(family),
    venue: instrument.venue,
    settle: instrument.settle ?? instrument.quote,
    expiries: expiries.map(({ isStale: _, ...numbers }) => numbers),
    putCallOi: total(ratio('oi', 'open interest')),
    putCallVolume: total(ratio('volume', 'volume')),
    gex: total(
      sumOf(
        counted.map(({ gex }) => gex),
        `no gamma ${lacking}`,
      ),
    ),
    oiCoin: total(
      sumOf(
        counted.map(({ oiCoin }) => oiCoin),
        `no open interest ${lacking}`,
      ),
    ),
    excluded,
  };
}
