import { afterAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/feed/random.ts';
import type { FeedId } from '../../../src/model/instrument.ts';
import type { FaultSpec } from '../../../src/sim/faults.ts';
import { seedOf } from '../../../src/sim/seed.ts';
import { startVenues } from '../../../src/sim/venues.ts';
import { protocolOf } from '../../../src/venues/index.ts';
import type { Moment } from '../../support/line.ts';
import { VenueLine } from '../../support/venue-line.ts';

/** `MATRIX_SEED=7 vitest run test/app/matrix` tells the same stories of other markets, struck at other moments. */
const SEED = Number(process.env['MATRIX_SEED'] ?? 20_261_125);

/** Seconds after which streams are used to their own pace. */
const WARM = 20;
/** Venue clocks are measured once a second and to within the half of one. */
const SKEW_TOLERANCE_US = 600_000;

/** One way in which a venue goes wrong, and what has to be seen of it. */
export interface Story {
  /** Kinds of the faults, and more words where there are several stories of one. */
  readonly name: string;
  /** At every strike; `book` narrows a fault to the book of the venue's first perp. */
  readonly faults: (book: BookStream) => readonly FaultSpec<string>[];
  /** `start`: on before the first request; `live`: once everything is; `warm`: when streams are used to their own pace. */
  readonly when: 'start' | 'live' | 'warm';
  /** Notes of the quality list that all have to come; empty: nothing may be seen at all. */
  readonly notes: readonly RegExp[];
  /** Virtual seconds after the end of the faults in which everything is whole and live; null: it stays as it is. */
  readonly within: number | null;
  /** The venue itself says of its book what is not so: comparisons fail, as they should. */
  readonly mayDiffer?: true;
  /** Whether anything is left that has to be proven besides. */
  readonly also?: (line: VenueLine) => void | Promise<void>;
}

/** The stream of a book, as faults name it. */
interface BookStream {
  readonly symbol: string;
  readonly target: string;
}

/** What is special about a venue. */
export interface Row {
  /** Whose simulator. */
  readonly venue: string;
  /** As the table calls it. */
  readonly name?: string;
  readonly feeds: readonly FeedId[];
  /** Its books, of BTC. */
  readonly books: number;
  readonly bookStream: BookStream;
  /** Stories that are told otherwise here, or not at all and why. */
  readonly unlike?: Readonly<Record<string, Partial<Story> | string>>;
  /** Stories of this venue alone. */
  readonly own?: readonly Story[];
  /** Kinds of faults that no story needs, and where they are proven. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  readonly numbers?: Readonly<Record<string, number>>;
  /** Reasons of notes that are no trouble here: what it does not have. */
  readonly lacks?: RegExp;
  /** Where books carry no number: see `Line.settled`. */
  readonly momentOf?: Moment;
}

/** Its books are put together of a deep view now and then, a flat one more often, and the touch. */
export const HYPERLIQUID_MOMENT: Moment = {
  feed: 'hyperliquid',
  levels: 20,
  whole: 'l2Book:BTC',
  parts: /^(?:l2Book|l2Book-fast|bbo):/,
};

const AT_START = /no perp listed yet|no feed yet|no feed: /;

/** What can go wrong anywhere. */
const STORIES: readonly Story[] = [
  {
    name: 'gap',
    faults: (book) => [{ kind: 'gap', ...book }],
    when: 'live',
    notes: [/book resyncing: gap/],
    within: 10,
  },
  {
    name: 'duplicate',
    faults: (book) => [
      { kind: 'duplicate', count: 4, ...book },
      { kind: 'duplicate', count: 12 },
    ],
    when: 'live',
    notes: [],
    within: 0,
  },
  {
    name: 'reorder',
    faults: (book) => [{ kind: 'reorder', ...book }],
    when: 'live',
    notes: [/book resyncing: gap/],
    within: 10,
  },
  {
    name: 'crossedBook',
    faults: ({ symbol }) => [{ kind: 'crossedBook', symbol }],
    when: 'live',
    notes: [/book resyncing: crossed/],
    within: 10,
    mayDiffer: true,
  },
  {
    name: 'garbage',
    faults: () => [{ kind: 'garbage', variant: 'text', count: 3 }],
    when: 'live',
    // They may strike several feeds.
    notes: [/\d messages rejected/],
    within: 0,
  },
  ...(['truncated', 'mangled'] as const).map(
    (variant): Story => ({
      name: `garbage, ${variant}`,
      faults: (book) => [{ kind: 'garbage', variant, ...book }],
      when: 'live',
      notes: [/book resyncing: gap/, /1 messages rejected/],
      within: 10,
    }),
  ),
  {
    name: 'malformedDecimal',
    faults: (book) => [{ kind: 'malformedDecimal', ...book }],
    when: 'live',
    notes: [/book resyncing: gap/, /1 messages rejected/],
    within: 10,
  },
  {
    name: 'unknownEvent',
    faults: () => [{ kind: 'unknownEvent', count: 3 }],
    when: 'live',
    notes: [/1 unfamiliar: /],
    within: 0,
  },
  {
    name: 'unknownField',
    faults: (book) => [{ kind: 'unknownField', count: 3, ...book }],
    when: 'live',
    notes: [/1 unfamiliar: .*brandNew/],
    within: 0,
  },
  {
    name: 'silent',
    faults: (book) => [{ kind: 'silent', durationMs: 30_000, ...book }],
    when: 'warm',
    notes: [/: silent for \d+ s/],
    within: 15,
  },
  {
    name: 'frozenBook',
    faults: ({ symbol }) => [{ kind: 'frozenBook', symbol, durationMs: 30_000 }],
    when: 'warm',
    notes: [/: silent for \d+ s/],
    within: 10,
  },
  {
    name: 'disorderly',
    faults: () => [{ kind: 'disorderly', count: 2 }],
    when: 'live',
    notes: [],
    within: 0,
  },
  {
    name: 'stall, short',
    faults: () => [{ kind: 'stall', durationMs: 9000 }],
    when: 'warm',
    notes: [/: silent for \d+ s/],
    within: 10,
  },
  {
    name: 'stall, long',
    faults: () => [{ kind: 'stall', durationMs: 45_000 }],
    when: 'warm',
    notes: [/: silent for \d+ s/, /book resyncing: (no data for|silent|ping unanswered)/],
    within: 60,
  },
  {
    name: 'disconnect',
    faults: () => [{ kind: 'disconnect' }],
    when: 'live',
    notes: [/book resyncing: connection lost/, /no feed: /],
    within: 15,
  },
  {
    name: 'disconnect, with a goodbye',
    faults: () => [{ kind: 'disconnect', code: 1012 }],
    when: 'live',
    notes: [/book resyncing: closed 1012/],
    within: 15,
  },
  {
    name: 'lifetime',
    faults: () => [{ kind: 'lifetime', delayMs: 4000, durationMs: 6000 }],
    when: 'live',
    notes: [/book resyncing: closed 1001/],
    within: 15,
  },
  {
    name: 'refuseSockets',
    faults: () => [{ kind: 'refuseSockets', durationMs: 25_000 }, { kind: 'disconnect' }],
    when: 'live',
    notes: [/book resyncing: http 503/, /no feed: /],
    within: 45,
  },
  {
    name: 'rateLimited',
    faults: () => [{ kind: 'rateLimited', count: 2, retryAfter: 15 }],
    when: 'start',
    notes: [AT_START, /REST \S+ limited/],
    within: 90,
  },
  {
    name: 'banned',
    faults: () => [{ kind: 'banned', count: 2, retryAfter: 130 }],
    when: 'start',
    notes: [AT_START, /REST \S+ banned/],
    within: 200,
  },
  ...(['forbidden', 'regionRefused'] as const).map(
    (kind): Story => ({
      name: kind,
      faults: () => [{ kind, durationMs: 20_000 }],
      when: 'start',
      notes: [AT_START, /REST \S+ refused/],
      within: null,
    }),
  ),
  ...(['serverError', 'emptyBody', 'truncatedBody'] as const).map(
    (kind): Story => ({
      name: kind,
      // So many that nobody is through before the first frame.
      faults: () => [{ kind, count: 8 }],
      when: 'start',
      notes: [AT_START],
      within: 30,
    }),
  ),
  {
    name: 'slow',
    faults: () => [{ kind: 'slow', count: 3, delayMs: 4000 }],
    when: 'start',
    notes: [AT_START],
    within: 30,
  },
  {
    name: 'staleSnapshot',
    faults: ({ symbol, target }) => [
      { kind: 'staleSnapshot', count: 2, symbol },
      { kind: 'gap', symbol, target },
    ],
    when: 'live',
    notes: [/book resyncing: gap/, /book resyncing: snapshot too old/],
    within: 20,
  },
  {
    name: 'clockSkew',
    faults: () => [{ kind: 'clockSkew', offsetMs: -90_000, durationMs: 40_000 }],
    when: 'start',
    notes: [AT_START],
    within: 5,
    also: async (line) => {
      await line.pass(3);
      for (const { feed, clockOffset, lag } of line.frame.trust.feeds) {
        // It was measured while it was wrong; what comes in is right again.
        const measured = clockOffset.value ?? Number.NaN;
        expect([feed, Math.abs(measured + 90e6) < SKEW_TOLERANCE_US]).toEqual([feed, true]);
        expect([feed, Math.abs(lag.value ?? Number.NaN) < SKEW_TOLERANCE_US]).toEqual([feed, true]);
      }
    },
  },
  {
    name: 'fundingInterval',
    faults: () => [{ kind: 'fundingInterval', hours: 4 }],
    when: 'live',
    notes: [],
    within: 0,
    also: async (line) => {
      const told = () => line.eventsOf('fundingIntervalChanged');
      await line.until('the interval is told', () => told().length > 0);
      for (const { event } of told()) expect(event.data).toEqual({ from: 8, to: 4 });
    },
  },
];

/** A line of the table at the end. */
interface Told {
  readonly story: string;
  readonly seen: string;
  readonly recovered: string;
  readonly books: string;
}

/** Tells every story of a venue, and a table of them at the end. */
export function tell(row: Row): void {
  const { venue, name = venue, unlike = {}, own = [], elsewhere = {} } = row;
  const stories = [
    ...STORIES.flatMap((story) => {
      const other = unlike[story.name];
      return typeof other === 'string' ? [] : [{ ...story, ...other }];
    }),
    ...own,
  ];
  const table: Told[] = [];
  afterAll(() => print(name, table, unlike));

  describe(`what goes wrong at ${name}, seed ${SEED}`, () => {
    test.for(stories)('$name', { timeout: 60_000 }, async (story) => {
      table.push(await live(row, story));
    });

    test('no kind of fault was forgotten', async () => {
      const stage = await startVenues({
        venues: [venue],
        seed: SEED,
        scenario: 'calm',
        assets: ['BTC'],
        clock: () => 0,
      });
      const { kinds } = stage.venue(venue).faults;
      await stage.close();
      const told = stories.flatMap(({ faults }) => faults(row.bookStream).map(({ kind }) => kind));
      const known = new Set([...told, ...Object.keys(elsewhere)]);
      expect(kinds.filter((kind) => !known.has(kind) && typeof unlike[kind] !== 'string')).toEqual(
        [],
      );
    });

    test('the stream that is struck is the one that carries the book', () => {
      const { symbol, target } = row.bookStream;
      const plans = row.feeds.flatMap((feed) => {
        const protocol = protocolOf(feed)!;
        return protocol.connections(protocol.defaults, [symbol]);
      });
      const carriers = plans.flatMap(({ streams }) => streams.filter((each) => each.carriesBook));
      expect(carriers.map(({ stream }) => stream)).toContain(target);
    });
  });
}

async function live(row: Row, story: Story): Promise<Told> {
  const { venue, feeds, numbers = {}, lacks, momentOf } = row;
  const seed = seedOf(SEED, row.name ?? venue, story.name);
  const random = createRandom(seed);
  const faults = story.faults(row.bookStream) as readonly FaultSpec[];
  const line = await VenueLine.start({
    seed,
    venues: [venue],
    feeds,
    numbers,
    ...(lacks !== undefined && { lacks }),
    ...(momentOf !== undefined && { momentOf }),
    faults: story.when === 'start' ? faults : [],
  });
  try {
    if (story.when !== 'start') {
      await line.live(60);
      await line.pass((story.when === 'warm' ? WARM : 0) + 2 * random());
      line.noted.clear();
      line.inject(...faults);
    }
    const seen = (note: RegExp) => [...line.noted.keys()].find((each) => note.test(each));
    for (const note of story.notes)
      await line.until(`${note}`, () => seen(note) !== undefined, 120);
    await line.until('everything struck', () => line.isOver, 600);
    const over = line.seconds;
    if (story.within === null) {
      await line.pass(60);
      expect(line.troubles()).not.toEqual([]);
    } else {
      // What left no mark is given a moment to leave one after all.
      if (story.within === 0) await line.pass(3);
      await line.live(Math.max(1, story.within));
    }
    const recovered = line.seconds - over;
    await story.also?.(line);
    if (story.notes.length === 0)
      expect([...line.noted].filter(([note, state]) => line.isTrouble(state, note))).toEqual([]);
    if (story.within !== null) await line.settled();
    const books = line.proven(story.mayDiffer);
    if (story.within !== null) expect(books).toBe(row.books);
    return {
      story: story.name,
      seen: story.notes.map((note) => seen(note)!).at(-1) ?? 'nothing, as it should be',
      recovered: story.within === null ? 'stays' : `${recovered.toFixed(1)} s`,
      books: `${books}`,
    };
  } finally {
    await line.close();
  }
}

/** Something to be pasted into a report. */
function print(name: string, table: readonly Told[], unlike: NonNullable<Row['unlike']>): void {
  const rows = [
    ['venue', 'fault', 'seen', 'whole again after', 'books compared'],
    ...table.map(({ story, seen, recovered, books }) => [name, story, seen, recovered, books]),
    ...Object.entries(unlike).flatMap(([story, why]) =>
      typeof why === 'string' ? [[name, story, `does not apply: ${why}`, '', '']] : [],
    ),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)));
  const text = rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  console.log(`\n${text.join('\n')}\n`);
}
