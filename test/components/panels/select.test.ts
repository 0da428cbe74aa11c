import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { emptyHistory, remember } from '../../../components/history.ts';
import { selectBasis } from '../../../components/panels/basis/select.ts';
import { selectBook } from '../../../components/panels/book/select.ts';
import { FUNDING_SORTS, selectFunding } from '../../../components/panels/funding/select.ts';
import {
  binned,
  binOf,
  type LiquidationLevel,
  selectLiquidations,
} from '../../../components/panels/liquidations/select.ts';
import {
  selectMoves,
  selectOpenInterest,
} from '../../../components/panels/open-interest/select.ts';
import { selectHours, selectSignals } from '../../../components/panels/signals/select.ts';
import { selectTrust } from '../../../components/panels/trust/select.ts';
import type { BookEntry, Frame } from '../../../src/frame/frame.ts';
import { absent, live, stale } from '../../../src/model/reading.ts';
import { HOUR, micros } from '../../../src/model/units.ts';
import { UNTOUCHED } from '../../support/drawn.ts';
import {
  chaosFrame,
  emptyFrame,
  event,
  frame,
  mapReadings,
  series,
  staleFrame,
  warmingFrame,
} from '../../support/frames.ts';

const sortedBy = (sort: (typeof FUNDING_SORTS)[number], reversed = false) => ({
  ...UNTOUCHED,
  sort: FUNDING_SORTS.indexOf(sort),
  reversed,
});

/** The fixture with one venue's rate taken away. */
const withoutRate = (venue: string): Frame => {
  const one = frame();
  const byVenue = mapReadings(one.funding.byVenue, (reading, path) =>
    path.startsWith(`.${venue}.`) ? absent(`no feed: ${venue}`) : reading,
  );
  return { ...one, funding: { ...one.funding, byVenue } };
};

describe('funding', () => {
  test('counts down to each settlement on the clock of the data', () => {
    const [binance] = selectFunding(frame(), UNTOUCHED).venues;
    expect(binance?.countdown).toEqual(live(3 * HOUR + 25 * 60e6 + 4e6));
    const [old] = selectFunding(staleFrame(), UNTOUCHED).venues;
    expect(old?.countdown).toMatchObject({ state: 'stale', age: 42e6 });
  });

  test.each([
    ['venue', ['binance', 'bybit', 'okx'], ['okx', 'bybit', 'binance']],
    ['8h', ['bybit', 'binance', 'okx'], ['okx', 'binance', 'bybit']],
    ['spend', ['binance', 'bybit', 'okx'], ['okx', 'bybit', 'binance']],
  ] as const)('sorts by %s', (sort, order, backwards) => {
    const names = (reversed: boolean) =>
      selectFunding(frame(), sortedBy(sort, reversed)).venues.map(({ venue }) => venue);
    expect(names(false)).toEqual(order);
    expect(names(true)).toEqual(backwards);
  });

  test('what is absent stands last whichever way it is sorted', () => {
    for (const reversed of [false, true]) {
      const { venues } = selectFunding(withoutRate('bybit'), sortedBy('8h', reversed));
      expect(venues.at(-1)?.venue).toBe('bybit');
    }
  });

  test('the reason of an absent rate is kept for the zoom, named after its venue', () => {
    const { reasons } = selectFunding(withoutRate('bybit'), UNTOUCHED);
    expect(reasons).toEqual([
      expect.objectContaining({ state: 'absent', reason: 'no feed: bybit' }),
      expect.objectContaining({ subject: 'net of okx/binance', reason: 'no fee set: okx' }),
    ]);
    expect(reasons[0]!.subject).toContain('bybit predicted, bybit settled');
  });

  test('a venue without a rate never borrows one', () => {
    const row = selectFunding(withoutRate('okx'), UNTOUCHED).venues.find(
      ({ venue }) => venue === 'okx',
    );
    expect(row?.rate8h.state).toBe('absent');
    expect(row?.spendUsd.state).toBe('absent');
  });
});

describe('open interest', () => {
  test('lists venues by size, with their share of the largest for a bar', () => {
    const { venues } = selectOpenInterest(frame(), UNTOUCHED);
    expect(venues.map(({ venue, ofLargest }) => [venue, ofLargest])).toEqual([
      ['binance', 1],
      ['bybit', expect.closeTo(0.6)],
      ['okx', expect.closeTo(0.4)],
    ]);
  });

  test('has no bar where there is no number', () => {
    const rows = selectOpenInterest(emptyFrame(), UNTOUCHED);
    expect(rows.venues).toEqual([]);
    expect(rows.reasons[0]).toMatchObject({ state: 'absent', reason: 'no feed: binance' });
  });
});

describe('moves of price and open interest', () => {
  const HOURS = 24;
  const known = series({ hours: 100 });
  const historyWith = (cells: typeof known.cells) => {
    const history = emptyHistory();
    remember(history, { ...known, cells });
    return history;
  };

  test('are those of the closed hours, none of what comes later', () => {
    const moves = selectMoves(frame(), historyWith(known.cells), HOURS);
    expect(moves).toHaveLength(HOURS);
    const [before, last] = known.cells.slice(-2);
    expect(moves.at(-1)!.price).toBeCloseTo(last!.price! / before!.price! - 1, 12);
    expect(moves.at(-1)!.openInterest).toBeCloseTo(
      last!.openInterest! / before!.openInterest! - 1,
      12,
    );
    const earlier = frame({ seconds: -10 * 3600 });
    expect(selectMoves(earlier, historyWith(known.cells), HOURS).at(-1)).toEqual(moves.at(-11));
  });

  test('an hour without a number takes both moves that need it away', () => {
    const cells = known.cells.map((cell, i) => (i === 90 ? { ...cell, price: null } : cell));
    expect(selectMoves(frame(), historyWith(cells), HOURS)).toHaveLength(HOURS - 2);
    const skipped = known.cells.filter((_, i) => i !== 90);
    expect(selectMoves(frame(), historyWith(skipped), HOURS)).toHaveLength(HOURS - 2);
  });
});

describe('liquidations', () => {
  test('the tape is newest first, or largest first', () => {
    const byTime = selectLiquidations(frame(), UNTOUCHED).tape.map(({ tsLocal }) => tsLocal);
    expect(byTime).toEqual([...byTime].sort((a, b) => b - a));
    const bySize = selectLiquidations(frame(), { ...UNTOUCHED, sort: 1 }).tape.map(
      (p) => p.notional,
    );
    expect(bySize).toEqual([...bySize].sort((a, b) => b - a));
    expect(bySize).toHaveLength(byTime.length);
  });

  test('a venue that tells of liquidations and one of the estimate alone both have a row', () => {
    const { venues } = selectLiquidations(frame(), UNTOUCHED);
    expect(venues.map(({ venue }) => venue)).toEqual(['binance', 'bybit', 'okx']);
    expect(venues[1]!.long).toEqual(absent('not in the estimate'));
    expect(venues[2]!.longH1).toEqual(absent('no liquidation feed'));
  });

  const level = fc.record({
    price: fc.double({ min: 1, max: 1e6, noNaN: true }),
    side: fc.constantFrom('long' as const, 'short' as const),
    notional: fc.double({ min: 0, max: 1e9, noNaN: true }),
    low: fc.double({ min: 0, max: 1e9, noNaN: true }),
    high: fc.double({ min: 0, max: 1e9, noNaN: true }),
  });

  test.prop([fc.array(level, { minLength: 1, maxLength: 80 }), fc.integer({ min: 1, max: 120 })])(
    'bins lose no estimated dollar',
    (levels: LiquidationLevel[], count) => {
      const bins = binned(levels, count);
      expect(bins).toHaveLength(count);
      for (const side of ['long', 'short'] as const) {
        const total = levels.filter((l) => l.side === side).reduce((sum, l) => sum + l.notional, 0);
        const inBins = bins.reduce((sum, bin) => sum + bin[side], 0);
        expect(Math.abs(inBins - total)).toBeLessThanOrEqual(1e-9 * Math.max(1, total));
      }
      for (const bound of ['low', 'high'] as const) {
        const total = levels.reduce((sum, l) => sum + l[bound], 0);
        const inBins = bins.reduce((sum, bin) => sum + bin[bound], 0);
        expect(Math.abs(inBins - total)).toBeLessThanOrEqual(1e-9 * Math.max(1, total));
      }
    },
  );

  test('the price has its bin, outside of them it has none, and absent it has none', () => {
    const bins = binned(
      [
        { price: 90, side: 'long', notional: 1, low: 1, high: 1 },
        { price: 110, side: 'short', notional: 1, low: 1, high: 1 },
      ],
      20,
    );
    expect(binOf(bins, live(100.5))).toBe(10);
    expect(binOf(bins, live(200))).toBeUndefined();
    expect(binOf(bins, absent('x'))).toBeUndefined();
    expect(binned([], 20)).toEqual([]);
  });
});

describe('basis', () => {
  test('names what each kind compares and where its prices come from', () => {
    const rows = selectBasis(frame());
    expect(rows.kinds.map(({ label, says }) => [label, says])).toEqual([
      ['fair', '(mark - index) / index'],
      ['venue', '(perp mid - spot mid) / spot mid'],
      ['dated', '(future - spot) / spot, z and history of it a year'],
    ]);
    expect(rows.spotInstrument).toBe('binance:BTC/USDT');
  });

  test('only the z is missing while its window is short', () => {
    const warming = selectBasis(warmingFrame()).reasons;
    expect(warming.filter(({ reason }) => reason.startsWith('warming'))).toEqual([
      { subject: 'fair z, venue z', state: 'absent', reason: 'warming 3/24' },
    ]);
    expect(warming.slice(1)).toEqual(selectBasis(frame()).reasons);
  });
});

describe('book', () => {
  test('the leading perp comes first, then its spot', () => {
    const { books } = selectBook(frame(), UNTOUCHED);
    expect(books.map(({ title }) => title)).toEqual(['binance perp', 'binance spot']);
    expect(selectBook(frame(), { ...UNTOUCHED, view: 3 }).selected).toBe(1);
  });

  test('tells other listings of the same venue and kind apart by what they settle in', () => {
    const one = frame();
    const [[, entry]] = Object.entries(one.book.byInstrument) as [[string, BookEntry]];
    const byInstrument = { ...one.book.byInstrument, 'binance:BTC/USD:BTC': entry };
    const { books } = selectBook({ ...one, book: { byInstrument } }, UNTOUCHED);
    expect(books.map(({ title }) => title)).toEqual([
      'binance perp',
      'binance spot',
      'binance perp BTC',
    ]);
  });

  test('gives reasons of the two books shown and of no other', () => {
    const one = frame();
    const [[, entry]] = Object.entries(one.book.byInstrument) as [[string, BookEntry]];
    const silent = { ...entry, bid: absent('no best bid and ask: okx') };
    const byInstrument = { ...one.book.byInstrument, 'okx:BTC/USD:BTC': silent };
    const reasonsAt = (view: number) =>
      selectBook({ ...one, book: { byInstrument } }, { ...UNTOUCHED, view }).reasons.map(
        ({ subject }) => subject,
      );
    expect(reasonsAt(0)).toEqual([]);
    expect(reasonsAt(1)).toContain('okx perp BTC bid');
  });

  test('sums sizes from the touch outwards and measures bars against the largest level', () => {
    const [{ bids, asks, entry }] = selectBook(frame(), UNTOUCHED).books as [
      ReturnType<typeof selectBook>['books'][number],
    ];
    let sum = 0;
    for (const [i, row] of bids.entries()) {
      sum += entry.bids[i]![1];
      expect(row.cumulative).toBeCloseTo(sum, 9);
    }
    const shares = [...bids, ...asks].map(({ ofLargest }) => ofLargest);
    expect(Math.max(...shares)).toBe(1);
    expect(Math.min(...shares)).toBeGreaterThan(0);
  });

  test('without a book there is nothing to show and nothing to select', () => {
    expect(selectBook(emptyFrame(), { ...UNTOUCHED, view: 5 })).toEqual({
      books: [],
      selected: 0,
      reasons: [],
    });
  });
});

describe('signals', () => {
  const select = (one: Frame) => selectSignals(one, emptyHistory());

  test('each step of the waterfall begins where the one before ended, and the last is the whole', () => {
    const { waterfall } = select(frame());
    expect(waterfall.map(({ label }) => label)).toEqual(['μ1', 'μ2', 'μ3', 'μ']);
    const [one, two, three, all] = waterfall;
    expect(one!.from).toBe(0);
    expect(two!.from).toBe(one!.to);
    expect(three!.from).toBe(two!.to);
    expect(all!.from).toBe(0);
    expect(all!.to).toBeCloseTo(three!.to!, 12);
  });

  test('a missing part leaves the sum unknown from there on', () => {
    const one = frame();
    const { waterfall } = select({ ...one, drift: { ...one.drift, mu2: absent('no basis') } });
    expect(waterfall.map(({ from, to }) => [from, to])).toEqual([
      [0, expect.any(Number)],
      [null, null],
      [null, null],
      [0, expect.any(Number)],
    ]);
  });

  test('a stale part still counts, as stale', () => {
    const one = frame();
    const { waterfall } = select({ ...one, drift: { ...one.drift, mu1: stale(-1, micros(5e6)) } });
    expect(waterfall[0]).toMatchObject({ from: 0, to: -1, value: { state: 'stale' } });
  });

  test('events are those of the asset and of whole feeds', () => {
    const history = emptyHistory();
    remember(history, event('gateOpened', 'ours', 1));
    remember(history, event('gateOpened', 'theirs', 2, 'ETH'));
    remember(history, event('feedLost', 'everybody', 3, null));
    expect(selectSignals(frame(), history).events.map(({ text }) => text)).toEqual([
      'everybody',
      'ours',
    ]);
  });
});

describe('gate and regime by the hour', () => {
  const change = (hoursAgo: number, from: string, to: string) => ({
    ...event('regimeChanged', `regime ${from} to ${to}`, -hoursAgo * 3600),
    data: { from, to },
  });
  const hoursOf = (events: readonly ReturnType<typeof change>[], hours = 24) => {
    const history = emptyHistory();
    remember(history, series({ hours: 60 }));
    for (const one of events) remember(history, one);
    return selectHours(frame(), history, hours);
  };

  test('the regime is known from its first change on, and what ended unheard is not', () => {
    const regimes = hoursOf([
      change(20, 'neutral', 'crowded carry short'),
      change(12, 'crowded carry short', 'neutral'),
      change(6, 'deleveraging stress', 'neutral'),
      change(2.2, 'neutral', 'crowded carry long'),
    ]).map(({ regime }) => regime);
    const count = (label: string | null) => regimes.filter((one) => one === label).length;
    expect(regimes[0]).toBeNull();
    expect(count('crowded carry short')).toBe(9);
    expect(count('deleveraging stress')).toBe(0);
    expect(regimes.slice(-3)).toEqual(new Array(3).fill('crowded carry long'));
    expect(regimes[14]).toBeNull();
  });

  test('stress of minutes is not hidden by the rest of its hour', () => {
    const regimes = hoursOf([
      change(9.3, 'neutral', 'deleveraging stress'),
      change(9.2, 'deleveraging stress', 'neutral'),
      change(2.2, 'neutral', 'crowded carry long'),
    ]).map(({ regime }) => regime);
    expect(regimes.filter((one) => one === 'deleveraging stress')).toHaveLength(1);
  });

  test('the gate is that of the closed cells, then that of the open one', () => {
    const gates = hoursOf([], 60).map(({ gate }) => gate);
    expect(gates.at(-1)).toBe('down');
    // The first cells of the fixture have no quantile, and so no gate.
    expect(gates.slice(0, 40).every((gate) => gate === null)).toBe(true);
    expect(gates.slice(-10).every((gate) => gate !== null)).toBe(true);
  });

  test('nothing of what comes after the frame is seen', () => {
    const later = change(-1, 'crowded carry long', 'deleveraging stress');
    expect(hoursOf([later]).map(({ regime }) => regime)).not.toContain('deleveraging stress');
  });
});

describe('trust', () => {
  test('counts what is well and puts the worst note first', () => {
    const one = frame();
    const rows = selectTrust({
      ...one,
      quality: [
        { subject: 'a', state: 'info', reason: '' },
        { subject: 'b', state: 'suspect', reason: '' },
        { subject: 'c', state: 'warming', reason: '' },
        { subject: 'd', state: 'stale', reason: '' },
      ],
    });
    expect(rows).toMatchObject({ liveFeeds: 3, wholeBooks: 2 });
    expect(rows.quality.map(({ subject }) => subject)).toEqual(['b', 'd', 'c', 'a']);
  });
});

test.prop([fc.integer({ min: 0, max: 1e6 })])(
  'no frame breaks a selection, and none is changed by it',
  (seed) => {
    const one = chaosFrame(seed);
    const before = structuredClone(one);
    selectFunding(one, { ...UNTOUCHED, sort: seed, reversed: true });
    selectOpenInterest(one, { ...UNTOUCHED, sort: seed });
    selectLiquidations(one, { ...UNTOUCHED, sort: seed });
    selectBasis(one);
    selectBook(one, { ...UNTOUCHED, view: seed });
    selectSignals(one, emptyHistory());
    selectTrust(one);
    expect(one).toEqual(before);
  },
);
