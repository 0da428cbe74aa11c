import { describe, expect, test } from 'vitest';
import { basisDefinitions, basisGrounds } from '../../src/frame/basis.ts';
import { frameDefinitions } from '../../src/frame/definitions.ts';
import { fundingDefinitions } from '../../src/frame/funding.ts';
import { homeOf } from '../../src/frame/homes.ts';
import { openInterestDefinitions } from '../../src/frame/open-interest.ts';
import { absent } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { type DeskListing, deskOf } from '../support/desk.ts';
import { liveValue } from '../support/market.ts';

const PERP: DeskListing = {
  venue: 'binance',
  kind: 'perp',
  bid: 99.9,
  ask: 100.1,
  mark: 100,
  index: 100,
  rate: 0.0001,
  hours: 8,
  openInterest: 1000,
};
const SPOT: DeskListing = { venue: 'binance', kind: 'spot', bid: 99.8, ask: 100 };
const dated = (days: number, more: Partial<DeskListing>): DeskListing => ({
  venue: 'binance',
  kind: 'future',
  days,
  index: 100,
  ...more,
});

describe('the basis of an asset', () => {
  const { frame, section } = deskOf([
    PERP,
    SPOT,
    dated(0.5, { mark: 100.1 }),
    dated(73, { mark: 102 }),
    dated(146, { mark: 103, bid: 102.9, ask: 103.1 }),
    dated(30, { venue: 'okx', mark: 99 }),
  ]);
  const { basis } = frame;

  test('has three bases with names of their own', () => {
    expect(liveValue(basis.fair)).toBe(0);
    expect(liveValue(basis.venue)).toBeCloseTo((100 - 99.9) / 99.9, 12);
    expect(liveValue(basis.dated)).toBeCloseTo(0.02, 12);
    expect(liveValue(basis.datedAnnual)).toBeCloseTo(0.1, 12);
    expect(basis.datedInstrument).toBe('binance:BTC/USDT:USDT-73');
    expect(basis.datedZ).toEqual(absent('warming 1/168'));
    expect(basisGrounds(section, 'basis.dated')).toEqual({
      parameters: {
        instrument: 'binance:BTC/USDT:USDT-73',
        days: 73,
        price: 'mark',
        against: 'index',
      },
    });
  });

  test('is told by venue, each against its own index and spot', () => {
    const okx: DeskListing = { ...PERP, venue: 'okx', bid: 100.4, ask: 100.6, mark: 100.5 };
    const { byVenue } = deskOf([PERP, SPOT, okx]).frame.basis;
    expect(Object.keys(byVenue)).toEqual(['binance', 'okx']);
    expect(byVenue['binance']).toMatchObject({ spot: 'binance:BTC/USDT' });
    expect(liveValue(byVenue['binance']!.venue)).toBeCloseTo((100 - 99.9) / 99.9, 12);
    expect(liveValue(byVenue['okx']!.fair)).toBeCloseTo(0.005, 12);
    // Another venue's spot never stands in.
    expect(byVenue['okx']).toMatchObject({ spot: null, venue: absent('no spot of this venue') });
  });

  test('has a term structure by expiry', () => {
    expect(basis.term.map(({ days, nearExpiry }) => [days, nearExpiry])).toEqual([
      [0.5, true],
      [30, false],
      [73, false],
      [146, false],
    ]);
    expect(basis.term[3]).toMatchObject({ priceOf: 'mid', spotOf: 'index' });
    expect(liveValue(basis.term[2]?.roll)).toBeCloseTo(((103 / 102 - 1) * 365) / 73, 12);
    expect(basis.curve).toMatchObject({ state: 'live', value: 'mixed' });
    expect(basis.curves).toMatchObject({
      binance: { value: 'contango' },
      okx: { value: 'backwardation' },
    });
    expect(basisGrounds(section, 'basis.curves.binance')).toEqual({
      parameters: { deadBand: 0.005 },
      excluded: ['binance:BTC/USDT:USDT-0.5: near expiry'],
    });
  });

  test('without dated futures says so', () => {
    const { basis: bare } = deskOf([PERP]).frame;
    for (const reading of [bare.dated, bare.datedAnnual, bare.datedZ, bare.curve])
      expect(reading).toEqual(absent('no dated future'));
    expect(bare).toMatchObject({ term: [], curves: {}, carry: [] });
  });
});

describe('a carry', () => {
  test('of a dated future is taken at bid and ask, on capital after fees', () => {
    const { carry } = deskOf([PERP, SPOT, dated(73, { mark: 103, bid: 103, ask: 103.2 })]).frame
      .basis;
    expect(carry.map(({ kind }) => kind)).toEqual(['cash-and-carry', 'funding']);
    const [best] = carry;
    // Fees: 2 · (103 · 5 bps + 100 · 10 bps) = 0.303; capital: 100 + 20.6.
    expect(liveValue(best?.yield)).toBeCloseTo(((3 - 0.303) / 120.6) * 5, 12);
    expect(best).toMatchObject({ kind: 'cash-and-carry', yieldSettled: null });
    expect(best?.strategy).toBe(
      'buy BTC/USDT on binance, sell BTC/USDT:USDT-73 at its bid, hold 73.0 d to the expiry: 11.18 % a year on capital after fees',
    );
  });

  test('at a mark, or against another dollar, is a model', () => {
    const [linear] = deskOf([PERP, SPOT, dated(73, { mark: 103 })]).frame.basis.carry;
    expect(linear?.yield).toMatchObject({ state: 'live', estimated: true });
    expect(linear?.strategy).toContain('at its mark');
    const inverse = dated(73, { quote: 'USD', mark: 103, bid: 103, ask: 103.2 });
    const [coin] = deskOf([PERP, SPOT, inverse]).frame.basis.carry;
    expect(coin?.yield).toHaveProperty('estimated', true);
    expect(coin?.strategy).toMatch(/USDT taken for USD$/);
    // The coin is the margin.
    expect(liveValue(coin?.yield)).toBeCloseTo(((3 - 0.303) / 100) * 5, 12);
  });

  test('of funding has its running and its settled yield', () => {
    const settled = new Array(22).fill(0.0003);
    const [best] = deskOf([{ ...PERP, rate: 0.0004, settled }, SPOT]).frame.basis.carry;
    // 43.8 % and 32.85 % a year, less 2 · 15 bps over 30 days, on 1.2.
    expect(liveValue(best?.yield)).toBeCloseTo((0.438 - 0.0365) / 1.2, 12);
    expect(liveValue(best?.yieldSettled ?? undefined)).toBeCloseTo((0.3285 - 0.0365) / 1.2, 12);
    expect(best).toMatchObject({ kind: 'funding', days: null, yieldSettled: { nEff: 21 } });
  });

  test('is told from the yield that is set, with the venue’s own spot alone', () => {
    expect(deskOf([PERP, SPOT]).frame.basis.carry).toHaveLength(1);
    const carry = { ...DEFAULT_SETTINGS.carry, minYield: 0.07 };
    const settings = { ...DEFAULT_SETTINGS, carry };
    expect(deskOf([PERP, SPOT], { settings }).frame.basis.carry).toEqual([]);
    const elsewhere = { ...SPOT, venue: 'okx' };
    expect(deskOf([PERP, elsewhere]).frame.basis.carry).toEqual([]);
  });
});

describe('the check of the index', () => {
  const OKX: DeskListing = { venue: 'okx', kind: 'spot', bid: 101.8, ask: 102 };

  test('waits for weights', () => {
    expect(deskOf([PERP, SPOT]).frame.basis.markCheck.indexOurs).toEqual(
      absent('no index weights set'),
    );
  });

  test('is the weighted mean of the spots that have one, and of nothing less', () => {
    const markCheck = { ...DEFAULT_SETTINGS.markCheck, indexWeights: { binance: 3, okx: 1 } };
    const settings = { ...DEFAULT_SETTINGS, markCheck };
    const whole = deskOf([PERP, SPOT, OKX], { settings }).frame.basis.markCheck;
    expect(liveValue(whole.indexOurs)).toBeCloseTo(99.9 * 0.75 + 101.9 * 0.25, 9);
    expect(liveValue(whole.indexDifferenceBps)).toBeCloseTo(40, 6);
    const part = deskOf([PERP, SPOT], { settings }).frame.basis.markCheck;
    expect(part.indexOurs).toEqual(absent('no spot: okx'));
  });
});

describe('definitions', () => {
  /** Paths of everything in a value that is a reading or a trace, with `*` for names and places in lists. */
  function pathsIn(value: unknown, path: string): string[] {
    if (Array.isArray(value)) {
      const isTrace = value.every((item) => item === null || typeof item === 'number');
      return isTrace ? [path] : value.flatMap((item) => pathsIn(item, `${path}.*`));
    }
    if (typeof value !== 'object' || value === null) return [];
    if ('state' in value) return [path];
    const isNamed = /\.(byVenue|curves)$/.test(path);
    return Object.entries(value).flatMap(([key, inner]) =>
      pathsIn(inner, `${path}.${isNamed ? '*' : key}`),
    );
  }

  test('are there for every number of the three sections, and for no other', () => {
    const { frame } = deskOf([
      { ...PERP, settled: [0.0001, 0.0001] },
      SPOT,
      { ...PERP, venue: 'okx', rate: 0.002 },
      { ...PERP, quote: 'USD' },
      dated(73, { mark: 104 }),
    ]);
    const lists = ['excluded', 'totalExcluded', 'arbitrageExcluded', 'intervalChanges'];
    for (const [name, definitions] of [
      ['funding', fundingDefinitions],
      ['openInterest', openInterestDefinitions],
      ['basis', basisDefinitions],
    ] as const) {
      const paths = pathsIn(frame[name], name).filter(
        (path) => !lists.some((list) => path.endsWith(list)),
      );
      // What a family of features reads is defined there.
      const own = [...new Set(paths)].filter((path) => homeOf(path) === undefined);
      expect(own.sort(), name).toEqual(Object.keys(definitions).sort());
      expect(frameDefinitions).toContain(definitions);
    }
  });
});
