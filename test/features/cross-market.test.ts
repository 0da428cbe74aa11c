import { fc, test } from '@fast-check/vitest';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { describe, expect } from 'vitest';
import { crossMarket } from '../../src/features/cross-market.ts';
import type { AssetReadInput, Entries } from '../../src/features/feature.ts';
import { absent, live, type Reading } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { at, inputWith, listed, numberIn, reasonIn } from '../support/market.ts';

const PERP = listed().state;
const SPOT = listed('spot').state;

interface World {
  readonly perpOib?: Reading;
  readonly spotOib?: Reading;
  readonly basis?: number | null;
  readonly perpEntries?: Entries;
  readonly spotEntries?: Entries;
  readonly hasSpot?: boolean;
}

const inputAt = (seconds: number, world: World = {}): AssetReadInput => {
  const { perpOib = live(0), spotOib = live(0), basis = 0 } = world;
  const mid = (value: number) => (basis === null ? absent('book resyncing') : live(value));
  return {
    now: at(seconds),
    settings: DEFAULT_SETTINGS,
    asset: 'BTC',
    perp: inputWith(PERP, at(seconds), {
      sample: { oib: perpOib, mid: mid(60_000 * (1 + (basis ?? 0))) },
    }),
    spot:
      world.hasSpot === false
        ? undefined
        : inputWith(SPOT, at(seconds), { sample: { oib: spotOib, mid: mid(60_000) } }),
    perpEntries: world.perpEntries ?? {},
    spotEntries: world.spotEntries ?? {},
  };
};

/** The family after these worlds, one a step of `every` seconds, and what it reads as of the last. */
function heard(worlds: readonly World[], every = 1) {
  const memory = crossMarket.create(DEFAULT_SETTINGS);
  for (const [i, world] of worlds.entries())
    crossMarket.onTick?.(memory, inputAt(i * every, world));
  const last = (worlds.length - 1) * every;
  const read = (world: World = worlds.at(-1) ?? {}) =>
    crossMarket.read(memory, inputAt(last, world));
  const explain = (name: string) => crossMarket.explain?.(memory, inputAt(last), name);
  return { memory, read, explain };
}

describe('lead and lag', () => {
  const oibs = (spot: number, perp: number): World => ({
    spotOib: live(spot),
    perpOib: live(perp),
  });

  test('counts the seconds in which spot is beyond the threshold and the perp is not, per direction', () => {
    const entries = heard([
      oibs(0.8, 0.1),
      oibs(0.8, 0.75),
      oibs(0.8, -0.9),
      oibs(0.7, 0),
      oibs(-0.71, 0),
      oibs(0, 0.9),
    ]).read();
    expect(numberIn(entries, 'leadLagBid')).toBe(2);
    expect(numberIn(entries, 'leadLagAsk')).toBe(1);
    expect(entries['leadLagBid']).toHaveProperty('partial', true);
  });

  const oib = fc.double({ min: -1, max: 1, noNaN: true });
  test.prop([fc.array(fc.tuple(oib, oib), { minLength: 1, maxLength: 120 })], { numRuns: 30 })(
    'turned upside down counts the other direction',
    (pairs) => {
      const straight = heard(pairs.map(([spot, perp]) => oibs(spot, perp))).read();
      const turned = heard(pairs.map(([spot, perp]) => oibs(-spot, -perp))).read();
      expect(turned['leadLagBid']).toEqual(straight['leadLagAsk']);
      expect(turned['leadLagAsk']).toEqual(straight['leadLagBid']);
    },
  );

  test('forgets what is older than an hour, and is whole once an hour is known', () => {
    const early = Array.from({ length: 600 }, () => oibs(0.9, 0));
    const calm = Array.from({ length: 3600 }, () => oibs(0, 0));
    expect(numberIn(heard([...early, ...calm.slice(300)]).read(), 'leadLagBid')).toBe(300);
    const entries = heard([...early, ...calm]).read();
    expect(entries['leadLagBid']).toEqual(live(0));
  });

  test('leaves out seconds in which one of the books is not live, and says what is missing', () => {
    const lost: World = { spotOib: absent('book resyncing'), perpOib: live(0) };
    expect(reasonIn(heard([lost, lost]).read(), 'leadLagBid')).toBe('no samples this hour');
    expect(reasonIn(heard([{ hasSpot: false }]).read(), 'leadLagAsk')).toBe(
      'no spot of this venue',
    );
  });
});

describe('basis dislocation', () => {
  const minutes = (values: readonly (number | null)[]) =>
    heard(
      values.map((basis) => ({ basis })),
      60,
    );

  test.prop([fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 61, maxLength: 150 })], {
    numRuns: 20,
  })('is told of the minutes whose basis is beyond 2 sd of those known then', (steps) => {
    const basis = steps.map((step) => step * 1e-6);
    fc.pre(new Set(steps.slice(0, 60)).size > 1);
    const z = basis.map((value, i) => {
      const known = basis.slice(0, i + 1);
      return known.length < 60
        ? Number.NaN
        : (value - mean(known)) / sampleStandardDeviation(known);
    });
    const entries = minutes(basis).read();
    const hour = z.slice(-60);
    expect(numberIn(entries, 'basisVenueZ24h')).toBeCloseTo(z.at(-1)!, 6);
    fc.pre(hour.every((value) => Math.abs(Math.abs(value) - 2) > 1e-6));
    expect(numberIn(entries, 'basisDislocationMinutes')).toBe(
      hour.filter((value) => Math.abs(value) > 2).length,
    );
  });

  test('warms up for an hour of minutes, and is partial until a whole one is judged', () => {
    const wave = Array.from({ length: 130 }, (_, i) => 1e-4 * Math.sin(i));
    expect(reasonIn(minutes(wave.slice(0, 59)).read(), 'basisDislocationMinutes')).toBe(
      'warming 59/60',
    );
    expect(minutes(wave.slice(0, 90)).read()['basisDislocationMinutes']).toHaveProperty(
      'partial',
      true,
    );
    const { read, explain } = minutes(wave);
    expect(read()['basisDislocationMinutes']).not.toHaveProperty('partial');
    expect(explain('basisDislocationMinutes')).toEqual({
      window: { span: 3600e6, count: 60, full: 60 },
      parameters: { threshold: 2 },
    });
  });

  test('has no z where basis never moves, nor where the last minutes had no book', () => {
    const still = minutes(Array.from({ length: 80 }, () => 1e-4)).read();
    expect(reasonIn(still, 'basisVenueZ24h')).toBe('no variance');
    expect(reasonIn(still, 'basisDislocationMinutes')).toBe('no variance');
    const wave = Array.from({ length: 80 }, (_, i) => 1e-4 * Math.sin(i));
    const lost = minutes([...wave, null, null]).read();
    expect(reasonIn(lost, 'basisVenueZ24h')).toBe('no sample in the last minute');
  });

  test('begins anew with another pair', () => {
    const { memory } = minutes(Array.from({ length: 80 }, (_, i) => 1e-4 * Math.sin(i)));
    const other = listed('perp', { id: 'okx:BTC/USDT:USDT', venue: 'okx' }).state;
    const input = inputAt(80 * 60);
    const moved = { ...input, perp: inputWith(other, input.now, { sample: input.perp!.sample }) };
    crossMarket.onTick?.(memory, moved);
    expect(reasonIn(crossMarket.read(memory, moved), 'basisVenueZ24h')).toBe('warming 1/60');
  });
});

describe('ratios', () => {
  const depths = (bid: number, ask: number): Entries => ({
    depthBid: live(bid),
    depthAsk: live(ask),
  });

  test('of liquidity are perp depth over spot depth, both sides', () => {
    const { read } = heard([{}]);
    const entries = read({ perpEntries: depths(3e6, 5e6), spotEntries: depths(1e6, 1e6) });
    expect(numberIn(entries, 'liquidityRatio')).toBe(4);
    expect(reasonIn(read({ perpEntries: depths(1, 1) }), 'liquidityRatio')).toBe('no depthBid');
    expect(reasonIn(read({ perpEntries: depths(1, 1), hasSpot: false }), 'liquidityRatio')).toBe(
      'no spot of this venue',
    );
    const marked = read({
      perpEntries: { ...depths(1, 1), depthBid: live(1, { partial: true }) },
      spotEntries: depths(2, 2),
    });
    expect(marked['liquidityRatio']).toEqual(live(0.5, { partial: true }));
  });

  test('of crowding are absent while volume has no shock to speak of', () => {
    const { read } = heard([{}]);
    const crowding = (shock: number, volume: number) =>
      read({ perpEntries: { oiShock1h: live(shock), volumeShock1h: live(volume) } });
    expect(numberIn(crowding(3, 1.5), 'crowdingRatio')).toBe(2);
    expect(numberIn(crowding(3, -0.25), 'crowdingRatio')).toBe(-12);
    expect(reasonIn(crowding(3, 0.2499), 'crowdingRatio')).toBe('|volume shock| below 0.25');
    expect(reasonIn(read({ perpEntries: {} }), 'crowdingRatio')).toBe('no oiShock1h');
  });
});
