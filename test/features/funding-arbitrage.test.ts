import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { fundingArbitrage } from '../../src/features/funding-arbitrage.ts';
import { absent, live, type Reading, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import { MINUTE, micros } from '../../src/model/units.ts';
import { liveValue } from '../support/market.ts';

const VENUES = ['binance', 'bybit', 'okx', 'hyperliquid', 'deribit'];

const pairsOf = (
  rates: Readonly<Record<string, Reading>>,
  settings: EngineSettings = DEFAULT_SETTINGS,
) =>
  fundingArbitrage(
    Object.entries(rates).map(([venue, rate8h]) => ({ venue, rate8h })),
    settings,
  );

describe('a funding arbitrage', () => {
  test('is long where funding is cheap and short where it is rich, after fees by hand', () => {
    const { pairs } = pairsOf({ binance: live(0.0005), bybit: live(0.0001) });
    expect(pairs).toHaveLength(1);
    const [pair] = pairs;
    expect(pair).toMatchObject({ long: 'bybit', short: 'binance' });
    expect(liveValue(pair?.spread8h)).toBeCloseTo(0.0004, 15);
    // 0.04 % · 3 · 365.
    expect(liveValue(pair?.annualGross)).toBeCloseTo(0.438, 12);
    // Two fills at 5 bps and two at 5.5.
    expect(liveValue(pair?.feesBps)).toBe(21);
    // 21 bps over 30 days are 25.55 bps a month's worth: 2.555 % a year.
    expect(liveValue(pair?.annualNet)).toBeCloseTo(0.438 - 0.02555, 12);
    // 21 bps at 4 bps per eight hours.
    expect(liveValue(pair?.breakEvenHours)).toBeCloseTo(42, 9);
    expect(pair?.annualNet).toHaveProperty('estimated', true);
    expect(pair?.spread8h).not.toHaveProperty('estimated');
  });

  test('begins at the threshold and not below', () => {
    expect(pairsOf({ binance: live(0.0002), okx: live(0) }).pairs).toHaveLength(1);
    expect(pairsOf({ binance: live(0.00019999), okx: live(0) }).pairs).toEqual([]);
  });

  test('is made of live rates alone; the others are named', () => {
    const { pairs, excluded } = pairsOf({
      binance: live(0.001),
      bybit: stale(0, micros(5 * MINUTE)),
      okx: absent('no funding rate: okx'),
    });
    expect(pairs).toEqual([]);
    expect(excluded).toEqual(['bybit: stale funding rate', 'okx: no funding rate']);
  });

  test('says nothing of what is left where a fee is not known', () => {
    const [pair] = pairsOf({ binance: live(0.001), kraken: live(0, { polled: true }) }).pairs;
    expect(pair?.annualGross).toMatchObject({ state: 'live', polled: true });
    expect(pair?.annualNet).toEqual(absent('no fee set: kraken'));
    expect(pair?.breakEvenHours).toEqual(absent('no fee set: kraken'));
  });

  const rates = fc.array(fc.double({ min: -0.002, max: 0.002, noNaN: true }), {
    minLength: 5,
    maxLength: 5,
  });

  test.prop([rates])(
    'is every pair that is wide enough, the widest first, six at most',
    (values) => {
      const given = Object.fromEntries(VENUES.map((venue, i) => [venue, live(values[i]!)]));
      const { pairs } = pairsOf(given);
      const spreads = values.flatMap((a, i) => values.slice(i + 1).map((b) => Math.abs(a - b)));
      const wide = spreads.filter((spread) => spread >= 0.0002).sort((a, b) => b - a);
      expect(pairs.map(({ spread8h }) => liveValue(spread8h))).toEqual(wide.slice(0, 6));
    },
  );

  test.prop([rates])('of negated rates is the same with its legs changed', (values) => {
    const given = (sign: number) =>
      pairsOf(Object.fromEntries(VENUES.map((venue, i) => [venue, live(sign * values[i]!)]))).pairs;
    const turned = given(-1).map(({ long, short, spread8h }) => ({
      long: short,
      short: long,
      spread: liveValue(spread8h),
    }));
    const plain = given(1).map(({ long, short, spread8h }) => ({
      long,
      short,
      spread: liveValue(spread8h),
    }));
    const key = (pair: { long: string; short: string }) => `${pair.long}-${pair.short}`;
    const isTie = new Set(plain.map(({ spread }) => spread)).size < plain.length;
    if (isTie) return;
    expect(turned.map(key)).toEqual(plain.map(key));
  });
});
