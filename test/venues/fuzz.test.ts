import { existsSync, readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine } from '../../src/engine/engine-state.ts';
import { step } from '../../src/engine/step.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import type { FeedId } from '../../src/model/instrument.ts';
import { type RawRecord, textOf } from '../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import type { Micros } from '../../src/model/units.ts';
import { seedOf } from '../../src/sim/seed.ts';
import { simulatedVenues } from '../../src/sim/venues.ts';
import { createRandom } from '../../src/stats/random.ts';
import { feedNamed, protocols } from '../../src/venues/index.ts';
import type { Protocol } from '../../src/venues/protocol.ts';
import { Mangler } from '../support/mangle.ts';
import { readRecording, recordingPath } from '../support/recordings.ts';
import { VenueLine } from '../support/venue-line.ts';

/** `FUZZ_SEED=7 vitest run test/venues/fuzz.test.ts` damages other messages in other places. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_125);
/** Times that every kind of damage is done to each message. */
const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 6);

/** Messages of one shape that are taken from one source. */
const ALIKE = 3;
/** What is longer than this is damaged once per kind, and beyond the next bound shortened before. */
const LONG = 20_000;
const LONGEST = 200_000;
const T = 1_790_000_000_000_000 as Micros;
/** An event says less than the text it was read from, whatever that was; an empty one still has a name and a reason. */
const REASON_LENGTH = 400;

interface Sample {
  readonly chan: string;
  readonly msg: string;
}

/** What a message looks like: its channel and keys, without numbers and names of instruments. */
const shapeOf = ({ chan, msg }: Sample): string =>
  `${chan.replace(/[A-Z0-9]{3,}|\d+/gi, '#').slice(0, 60)} ${[
    ...msg.slice(0, 2000).matchAll(/"([A-Za-z_]{1,20})":/g),
  ]
    .map(([, key]) => key)
    .join(' ')
    .slice(0, 300)}`;

class Corpus {
  readonly #samples = new Map<FeedId, Sample[]>();
  readonly #counts = new Map<string, number>();

  add(feed: FeedId, source: string, sample: Sample): void {
    const key = `${feed} ${source} ${shapeOf(sample)}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count > ALIKE || sample.msg.length > LONGEST) return;
    const list = this.#samples.get(feed) ?? [];
    list.push(sample);
    this.#samples.set(feed, list);
  }

  of(feed: FeedId): readonly Sample[] {
    return this.#samples.get(feed) ?? [];
  }
}

const corpus = new Corpus();

/** Of recordings, where they are: streams by the folder of their feed, answers by the URL that was asked. */
function readRecordings(): void {
  const folder = recordingPath('');
  if (!existsSync(folder)) return;
  const feeds = new Set(protocols.map(({ feed }) => feed));
  for (const name of readdirSync(folder)) {
    const feed = feedNamed(name);
    if (!feeds.has(feed)) continue;
    for (const file of readdirSync(folder + name))
      for (const { chan, msg } of readRecording(`${name}/${file}`))
        corpus.add(feed, 'recorded', { chan: chan ?? '?', msg });
  }
  for (const name of readdirSync(`${folder}rest`)) {
    const feed = feedNamed(name);
    if (!feeds.has(feed)) continue;
    for (const file of readdirSync(`${folder}rest/${name}`).filter((each) =>
      each.endsWith('.json'),
    ))
      for (const { chan, msg } of readRecording(`rest/${name}/${file}`)) {
        const url = URL.parse(chan ?? '', 'http://localhost');
        corpus.add(feed, 'recorded', { chan: `rest:${url?.pathname}${url?.search}`, msg });
      }
  }
}

/** Of simulated exchanges: whatever a feed of ours hears and asks for in its first seconds. */
async function readSimulators(): Promise<void> {
  for (const venue of simulatedVenues) {
    const seed = seedOf(SEED, 'corpus', venue);
    const line = await VenueLine.start({ seed, venues: [venue], scenario: 'cascade' });
    await line.pass(25);
    await line.close();
    for (const { feed, chan, msg } of line.records)
      if (chan !== 'feed' && chan !== 'tick')
        corpus.add(feed, 'simulated', { chan, msg: textOf(msg) });
  }
}

/** Path of the first number in it that is none. */
function unsound(value: unknown, path = ''): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${path}: ${value}`;
  if (ArrayBuffer.isView(value)) {
    const at = Array.from(value as Float64Array).findIndex((each) => !Number.isFinite(each));
    return at < 0 ? null : `${path}/${at}`;
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const found = unsound(inner, `${path}/${key}`);
    if (found !== null) return found;
  }
  return null;
}

/** A decoder under fire, and an engine behind it that has to stand everything that comes through. */
class Target {
  readonly #protocol: Protocol<unknown>;
  readonly #state: unknown;
  /** What it would remember if nothing that was rejected had ever come. */
  readonly #unharmed: unknown;
  readonly #engine = createEngine({
    settings: DEFAULT_SETTINGS,
    assets: ['BTC'],
    source: 'demo',
    origin: 'demo',
  });
  #t = T;
  #listings = 0;
  readonly counts = { fired: 0, rejected: 0, read: 0 };

  constructor(protocol: Protocol<unknown>) {
    this.#protocol = protocol;
    this.#state = protocol.createState();
    this.#unharmed = protocol.createState();
  }

  fire(chan: string, msg: string): void {
    const { feed } = this.#protocol;
    this.counts.fired += 1;
    this.#t = (this.#t + 1000) as Micros;
    const record: RawRecord = { t: this.#t, feed, chan, msg };
    let events: readonly EngineEvent[];
    let isRead = false;
    try {
      this.#protocol.frame(msg);
      events = this.#protocol.decode(this.#state, record);
    } catch (error) {
      throw new Error(`${feed} threw at ${told(record)}`, { cause: error });
    }
    const kinds = events.map(({ kind }) => kind).filter((kind) => kind !== 'heard');
    if (kinds.length === 1 && kinds[0] === 'rejected') {
      this.counts.rejected += 1;
    } else {
      this.counts.read += 1;
      isRead = true;
    }
    this.#judge(events, record);
    this.#pass(events, record);
    if (isRead) this.#protocol.decode(this.#unharmed, record);
  }

  /** Proves that what was rejected left no trace. */
  unharmed(): void {
    if (isDeepStrictEqual(this.#state, this.#unharmed)) return;
    expect(this.#state).toEqual(this.#unharmed);
    throw new Error(`${this.#protocol.feed} remembers what it rejected`);
  }

  #judge(events: readonly EngineEvent[], record: RawRecord): void {
    const { feed } = this.#protocol;
    // An element of an array is one event or a few, and takes some letters to write; an answer may speak of every listing.
    this.#listings += events.filter(({ kind }) => kind === 'listing').length;
    if (events.length > record.msg.length + 2 * this.#listings + 10)
      throw new Error(`${feed} made ${events.length} events of ${told(record)}`);
    for (const event of events) {
      const found = unsound(event);
      if (found !== null) throw new Error(`${feed} said ${event.kind}${found} at ${told(record)}`);
      const words = event.kind === 'rejected' ? event.reason : '';
      if (words.length > REASON_LENGTH || event.tsLocal !== record.t)
        throw new Error(`${feed} gave as a reason ${words.slice(0, 1000)}`);
    }
  }

  #pass(events: readonly EngineEvent[], record: RawRecord): void {
    try {
      for (const event of events) step(this.#engine, event);
    } catch (error) {
      throw new Error(`the engine threw at what ${this.#protocol.feed} made of ${told(record)}`, {
        cause: error,
      });
    }
  }
}

const told = ({ chan, msg }: RawRecord): string =>
  `${chan}, ${msg.length} characters: ${textOf(msg).slice(0, 1500)}`;

beforeAll(async () => {
  readRecordings();
  await readSimulators();
}, 240_000);

const objectKeys = Object.getOwnPropertyNames(Object.prototype);
afterAll(() => {
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(objectKeys);
  expect('polluted' in {}).toBe(false);
});

describe.for(protocols.map((protocol) => [protocol.feed, protocol] as const))(
  `what %s hears, seed ${SEED}`,
  ([feed, protocol]) => {
    test('in its own words is read without a throw', () => {
      const samples = corpus.of(feed);
      const target = new Target(protocol);
      for (const { chan, msg } of samples) target.fire(chan, msg);
      if (samples.length > 0) expect(target.counts.read).toBeGreaterThan(0.5 * samples.length);
    });

    test('damaged in any way is read whole or not at all', { timeout: 120_000 }, () => {
      const samples = corpus.of(feed);
      const mangler = new Mangler(createRandom(seedOf(SEED, 'mangle', feed)));
      const target = new Target(protocol);
      // Listings first, or everything would be unknown; what was damaged meets both kinds.
      for (const { chan, msg } of samples) target.fire(chan, msg);
      for (const { chan, msg } of samples) {
        const rounds = msg.length > LONG ? 1 : ROUNDS;
        for (let round = 0; round < rounds; round += 1) {
          const other = mangler.of(samples);
          for (const text of mangler.all(msg, other.msg)) target.fire(chan, text);
          target.fire(other.chan, msg);
          target.fire(mangler.damaged(chan), msg);
        }
        target.unharmed();
      }
      const { fired, rejected, read } = target.counts;
      console.log(
        `${feed}: ${samples.length} messages, ${fired} fired, ${rejected} rejected, ${read} read`,
      );
      // Both happen, or nothing was put to the test.
      if (samples.length > 0) expect(Math.min(rejected, read)).toBeGreaterThan(0.1 * fired);
    });

    test('as an answer to a request is judged, and never throws', () => {
      const mangler = new Mangler(createRandom(seedOf(SEED, 'verdict', feed)));
      const samples = corpus.of(feed);
      for (let round = 0; round < 2000 && samples.length > 0; round += 1) {
        const { msg } = mangler.of(samples);
        const short = msg.slice(0, 3000);
        const body = mangler.of(mangler.all(short, mangler.of(samples).msg.slice(0, 3000)));
        const status = mangler.of([200, 200, 400, 403, 418, 429, 451, 500, 503, 0, 999]);
        const odd = mangler.of(['', '-1', 'NaN', '1e9', '60', 'Wed, 21 Oct 2026 07:28:00 GMT']);
        const headers = {
          'retry-after': odd,
          'x-mbx-used-weight-1m': odd,
          'x-bapi-limit-reset-timestamp': odd,
        };
        const { waitMs, used, reason } = protocol.verdict(status, headers, body);
        expect(Number.isFinite(waitMs) && waitMs >= 0).toBe(true);
        expect(used === null || (Number.isFinite(used) && used >= 0)).toBe(true);
        expect(reason.length).toBeLessThan(REASON_LENGTH);
        const time = protocol.serverTime(body);
        expect(time === undefined || Number.isFinite(time)).toBe(true);
      }
    });
  },
);
