import { describe, expect, test } from 'vitest';
import { leadOf as leadAmong } from '../../src/market/lead.ts';
import type { InstrumentState } from '../../src/market/state.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { listed } from '../support/market.ts';

const listing = (kind: 'perp' | 'spot', changes: Partial<Instrument> = {}) =>
  listed(kind, changes).state;
const perp = (quote: string, changes: Partial<Instrument> = {}) =>
  listing('perp', { id: `binance:BTC/${quote}:${quote}`, quote, settle: quote, ...changes });
const spot = (quote: string, venue = 'binance') =>
  listing('spot', { id: `${venue}:BTC/${quote}`, quote, venue });

const leadOf = (listed: readonly InstrumentState[]) => leadAmong(listed, ['binance', 'okx']);

describe('the lead of an asset', () => {
  test('is nobody while nothing is listed', () => {
    expect(leadOf([])).toEqual({ perp: null, spot: null });
  });

  test('is the perp in the preferred quote currency, whenever it was listed', () => {
    const usdt = perp('USDT');
    expect(leadOf([perp('USDC'), usdt, perp('FDUSD')]).perp).toBe(usdt);
  });

  test('is no coin-margined perp while there is another', () => {
    const inverse = perp('USD', { id: 'binance:BTC/USD:BTC', settle: 'BTC' });
    const linear = perp('EURX');
    expect(leadOf([inverse]).perp).toBe(inverse);
    expect(leadOf([inverse, linear]).perp).toBe(linear);
  });

  test('is that of the preferred venue among equals, whichever was heard first', () => {
    const okx = perp('USDT', { venue: 'okx' });
    const binance = perp('USDT');
    const other = perp('USDT', { venue: 'gate' });
    expect(leadOf([other, okx]).perp).toBe(okx);
    expect(leadOf([other, okx, binance]).perp).toBe(binance);
    expect(leadOf([perp('USDC'), okx]).perp).toBe(okx);
  });

  test('is the one that was listed first where nothing else tells them apart', () => {
    const first = perp('USDT', { venue: 'gate' });
    expect(leadOf([first, perp('USDT', { venue: 'mexc' })]).perp).toBe(first);
  });

  test('is no polled perp while anything is streamed, and then by the same order', () => {
    const polled = perp('USDT', { polledEveryMs: 10_000 });
    const other = perp('USDC', { polledEveryMs: 10_000 });
    const inverse = perp('USD', { id: 'okx:BTC/USD:BTC', settle: 'BTC' });
    expect(leadOf([polled, inverse]).perp).toBe(inverse);
    expect(leadOf([other, polled]).perp).toBe(polled);
  });

  test('has the spot of its own venue and quote beside it, and no other', () => {
    const lead = perp('USDT');
    const beside = spot('USDT');
    expect(leadOf([spot('USDT', 'okx'), spot('USDC'), lead, beside])).toEqual({
      perp: lead,
      spot: beside,
    });
    expect(leadOf([spot('USDT', 'okx'), spot('USDC'), lead]).spot).toBeNull();
  });

  test('without a perp is a spot alone', () => {
    const alone = spot('USDT');
    expect(leadOf([spot('EURX'), alone])).toEqual({ perp: null, spot: alone });
  });

  test('is never a dated contract', () => {
    const dated = listing('perp', { kind: 'future' });
    expect(leadOf([dated]).perp).toBeNull();
  });
});
