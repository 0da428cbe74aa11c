import { createRandom } from '../../src/stats/random.ts';
import type { Contender } from '../contenders/contender.ts';
import { jsonLadder, jsonNumbers, jsonParse } from '../contenders/json.ts';
import { perpscope, perpscopeImbalance, perpscopeJson } from '../contenders/perpscope.ts';
import { type Ranked, race, ratioOf } from '../race.ts';
import { spreadOf } from '../spread.ts';
import { BTC, SUSHI } from '../tapes/depth-source.ts';
import { depthTape } from '../tapes/depth-tape.ts';
import { BTC_2024, recordedTape } from '../tapes/recorded-tape.ts';
import type { Tape } from '../tapes/tape.ts';
import { venueTape } from '../tapes/venue-tape.ts';
import type { Found, Options, Report, Results, Row, Section } from './row.ts';

/** Distinct messages of a tape: fewer flatter JSON.parse, whose strings then repeat. */
const MESSAGES = 20_000;
const QUICK_MESSAGES = 500;

/**
 * Messages per turn. With many symbols as many as they say in a second: in turns of 500 each would speak once, and every contender would find its books gone
 * from the processor's caches each time, which is what a race does to them and not what a venue does.
 */
const chunkOf = ({ quick }: Options, { listings }: Tape): number =>
  listings.length > 1 ? 10 * listings.length : quick ? 250 : 500;

type Who =
  | 'json'
  | 'numbers'
  | 'ladder'
  | 'perpscope'
  | 'perpscopeImbalance'
  | 'perpscopeJson'
  | 'tardis'
  | 'ccxt'
  | 'sortedBtree';

/** A row whose value is the time of one contender ÷ the time of another on the same messages. */
interface RatioRow extends Row {
  readonly one: Who;
  readonly other: Who;
}

const share = (
  id: string,
  what: string,
  one: Who,
  must: number | null = null,
  aim: number | null = null,
): RatioRow => ({ id, what, unit: '× JSON.parse', better: 'less', must, aim, one, other: 'json' });

const faster = (
  id: string,
  what: string,
  one: Who,
  must: number,
  aim: number,
  other: Who = 'perpscope',
): RatioRow => ({ id, what, unit: '× faster', better: 'more', must, aim, one, other });

const depthRows = (tape: string, label: string): RatioRow[] => [
  share(`${tape}.book`, `${label}: book, best bid and ask`, 'perpscope', 0.15, 0.08),
  share(`${tape}.oib`, `${label}: the same + OIB on every tenth`, 'perpscopeImbalance', 0.2, 0.1),
  faster(`${tape}.tardis-dev`, `${label}: than tardis-dev 13.35.3`, 'tardis', 15, 40),
  faster(`${tape}.ccxt`, `${label}: than ccxt 4.5.84, limit 1000`, 'ccxt', 40, 90),
  faster(`${tape}.sorted-btree`, `${label}: than sorted-btree 2.1.0`, 'sortedBtree', 12, 35),
  share(`${tape}.json-path`, `${label}: JSON path of our decoder`, 'perpscopeJson', 1.6, 1.3),
  share(`${tape}.json-number`, `${label}: JSON.parse + Number()`, 'numbers'),
  share(`${tape}.json-ladder`, `${label}: JSON.parse + our ladder`, 'ladder'),
];

const withoutTargets = (rows: readonly RatioRow[]): RatioRow[] =>
  rows.map((row) => ({ ...row, must: null, aim: null }));

/** Peers are loaded when they are wanted: together they take a second. */
async function load(who: Who): Promise<Contender> {
  switch (who) {
    case 'json':
      return jsonParse;
    case 'numbers':
      return jsonNumbers;
    case 'ladder':
      return jsonLadder;
    case 'perpscope':
      return perpscope;
    case 'perpscopeImbalance':
      return perpscopeImbalance;
    case 'perpscopeJson':
      return perpscopeJson;
    case 'tardis':
      return (await import('../contenders/tardis.ts')).tardis;
    case 'sortedBtree':
      return (await import('../contenders/sorted-btree.ts')).sortedBtree;
    case 'ccxt':
      return (await import('../contenders/ccxt.ts')).loadCcxt();
  }
}

function foundOf(one: Ranked, other: Ranked, tape: Tape): Found {
  const failed = [one, other].flatMap(({ name, differences }) =>
    differences.map((difference) => `${name}: ${difference}`),
  );
  if (failed.length > 0) return { failed: failed.join('; ') };
  return { ...ratioOf(one, other), note: `${tape.messages.length} messages` };
}

/** Median over the turns, µs; the last one of a round may be shorter, which moves the median by nothing. */
const microsPerMessage = ({ times }: Ranked, chunk: number): number =>
  (spreadOf(times).value * 1000) / chunk;

function section(
  rows: readonly RatioRow[],
  tapeOf: (options: Options) => Tape | undefined,
  absent = '',
): Section {
  return {
    rows,
    async measure(options: Options, wanted: ReadonlySet<string>, report: Report): Promise<Results> {
      const tape = tapeOf(options);
      const found = new Map<string, Found>();
      if (tape === undefined) {
        report.skip([...wanted].join(', '), absent);
        return found;
      }
      const { name, messages, bytes, checksum, truth } = tape;
      report.tape({ name, messages: messages.length, bytes, changes: truth.changes, checksum });
      const asked = rows.filter(({ id }) => wanted.has(id));
      const field = new Map<Who, Contender>();
      for (const { one, other } of asked)
        for (const who of [one, other]) if (!field.has(who)) field.set(who, await load(who));
      const chunk = chunkOf(options, tape);
      const ranked = race([...field.values()], tape, {
        rounds: options.rounds,
        chunk,
        random: createRandom(options.seed),
      });
      for (const each of ranked.values()) {
        const { differences, imbalances } = each;
        report.contender({
          tape: name,
          name: each.name,
          microsPerMessage: microsPerMessage(each, chunk),
          differences,
          imbalances,
        });
      }
      const of = (who: Who): Ranked => ranked.get(field.get(who)!)!;
      for (const { id, one, other } of asked) found.set(id, foundOf(of(one), of(other), tape));
      return found;
    },
  };
}

const count = ({ quick }: Options): number => (quick ? QUICK_MESSAGES : MESSAGES);

export const btcSection = section(depthRows('btc', 'BTC depth'), (options) =>
  depthTape('btc', BTC, count(options), options.seed),
);

export const sushiSection = section(depthRows('sushi', 'SUSHI depth'), (options) =>
  depthTape('sushi', SUSHI, count(options), options.seed + 1),
);

/** Too few messages for a verdict. */
export const recordedSection = section(
  withoutTargets(depthRows('recorded', 'recorded BTC depth')),
  ({ quick }) => recordedTape({ ...BTC_2024, most: quick ? QUICK_MESSAGES : BTC_2024.most }),
  '../shared/recordings is absent',
);

export const venueSection = section(
  [
    share('venue.json', '500 symbols, trades, OIB', 'perpscopeImbalance', 0.5, 0.3),
    faster(
      'venue.tardis-dev',
      '500 symbols: than tardis-dev without trades and OIB',
      'tardis',
      7,
      15,
      'perpscopeImbalance',
    ),
    share('venue.books', '500 symbols, trades, without OIB', 'perpscope'),
  ],
  ({ quick, seed }) =>
    venueTape(quick ? { symbols: 20, seconds: 3, seed } : { symbols: 500, seconds: 8, seed }),
);
