import { describe, expect, test } from 'vitest';
import { basisFair, basisVenue, oibDivergence } from '../../src/features/basis.ts';
import { cascadeRatio } from '../../src/features/cascade-ratio.ts';
import type { AssetReadInput, Entries } from '../../src/features/feature.ts';
import { absent, live, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { micros } from '../../src/model/units.ts';
import { at, inputWith, listed, numberIn, reasonIn } from '../support/market.ts';

const perp = inputWith(listed().state, at(1), {
  sample: { mid: live(60_030), oib: live(0.25) },
});
const spot = inputWith(listed('spot').state, at(1), {
  sample: { mid: live(60_000), oib: live(-0.5) },
});

const assetWith = (more: Partial<AssetReadInput>): AssetReadInput => ({
  now: at(1),
  settings: DEFAULT_SETTINGS,
  asset: 'BTC',
  perp: undefined,
  spot: undefined,
  perpEntries: {},
  spotEntries: {},
  ...more,
});

describe('basis', () => {
  test('fair is mark over index, absent without either', () => {
    const { state, tell } = listed();
    const read = () => basisFair.read(null, inputWith(state, at(1)));
    expect(reasonIn(read(), 'basisFair')).toBe('no mark price: binance');
    tell({ kind: 'markPrice', tsLocal: at(1), markPrice: 100.05, indexPrice: null });
    expect(reasonIn(read(), 'basisFair')).toBe('no index price: binance');
    tell({ kind: 'markPrice', tsLocal: at(1), markPrice: 100.05, indexPrice: 100 });
    expect(numberIn(read(), 'basisFair')).toBeCloseTo(0.0005, 12);
  });

  test('fair is stale when the mark price is', () => {
    const { state, tell } = listed();
    tell({ kind: 'markPrice', tsLocal: at(1), markPrice: 101, indexPrice: 100 });
    expect(basisFair.read(null, inputWith(state, at(5)))['basisFair']).toEqual(
      stale(0.01, micros(4e6)),
    );
  });

  test('venue is perp mid over spot mid of the same venue and of no other', () => {
    const read = (input: Partial<AssetReadInput>) => basisVenue.read(null, assetWith(input));
    expect(numberIn(read({ perp, spot }), 'basisVenue')).toBeCloseTo(0.0005, 12);
    expect(reasonIn(read({ perp }), 'basisVenue')).toBe('no spot of this venue');
    expect(reasonIn(read({ spot }), 'basisVenue')).toBe('no perp');
  });
});

test('OIB divergence is that of spot less that of the perp', () => {
  const read = (input: Partial<AssetReadInput>) => oibDivergence.read(null, assetWith(input));
  expect(numberIn(read({ perp, spot }), 'oibDivergence')).toBe(-0.75);
  expect(reasonIn(read({ perp }), 'oibDivergence')).toBe('no spot of this venue');
});

describe('the cascade ratio', () => {
  const read = (perpEntries: Entries) => cascadeRatio.read(null, assetWith({ perpEntries }));

  test('is the hour of OI change against both sides of the perp book', () => {
    const entries = { oiChange1hUsd: live(-30e6), depthBid: live(12e6), depthAsk: live(8e6) };
    expect(numberIn(read(entries), 'cascadeRatio')).toBe(-1.5);
  });

  test('is absent for the reason of what it lacks', () => {
    const entries = {
      oiChange1hUsd: absent('warming 1 h of open interest'),
      depthBid: live(1),
      depthAsk: live(1),
    };
    expect(reasonIn(read(entries), 'cascadeRatio')).toBe('warming 1 h of open interest');
    expect(reasonIn(read({}), 'cascadeRatio')).toBe('no oiChange1hUsd');
    expect(reasonIn(read({ ...entries, oiChange1hUsd: live('long build') }), 'cascadeRatio')).toBe(
      'oiChange1hUsd is no number',
    );
  });

  test('is absent over an empty band, not infinite', () => {
    const entries = { oiChange1hUsd: live(1e6), depthBid: live(0), depthAsk: live(0) };
    expect(reasonIn(read(entries), 'cascadeRatio')).toBe('undefined here');
  });
});
