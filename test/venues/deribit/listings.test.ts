import { describe, expect, test } from 'vitest';
import { fromSteps } from '../../../src/model/grid.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import {
  CHRISTMAS_MS,
  Decoder,
  datedRow,
  kindsOf,
  of,
  optionRow,
  perpRow,
} from './support/decoder.ts';

const FUTURES = 'get_instruments?currency=any&kind=future&expired=false';
const OPTIONS = 'get_instruments?currency=any&kind=option&expired=false';

const listed = (row: unknown, target = FUTURES) =>
  of('listing', new Decoder().answer(target, [row]))[0]!;

describe('a list of instruments', () => {
  test('names an inverse perp, whose book counts dollars, with its funding', () => {
    const events = new Decoder().answer(FUTURES, [perpRow('BTC-PERPETUAL')]);
    expect(events).toMatchObject([
      {
        kind: 'listing',
        instrument: {
          id: 'deribit:BTC/USD:BTC',
          symbol: 'BTC-PERPETUAL',
          kind: 'perp',
          asset: 'BTC',
          base: 'BTC',
          quote: 'USD',
          settle: 'BTC',
          sizeUnit: 'quote',
          bookRule: 'chained',
          bookLevels: null,
          priceGrid: { units: 5, scale: 10 },
          sizeGrid: { units: 10, scale: 1 },
          expiry: null,
          inferred: false,
        },
      },
      { kind: 'fundingInterval', hours: 8, basis: 'default' },
    ]);
  });

  test('names a linear perp, whose book counts coins', () => {
    expect(listed(perpRow('SOL_USDC-PERPETUAL', { tick_size: 0.001 })).instrument).toMatchObject({
      id: 'deribit:SOL/USDC:USDC',
      kind: 'perp',
      sizeUnit: 'base',
      priceGrid: { units: 1, scale: 1000 },
      sizeGrid: { units: 1, scale: 1000 },
    });
  });

  test('names a dated future by its expiry, whatever its symbol says', () => {
    expect(listed(datedRow('BTC-WHATEVER')).instrument).toMatchObject({
      id: 'deribit:BTC/USD:BTC-261225',
      kind: 'future',
      sizeUnit: 'quote',
      expiry: CHRISTMAS_MS * 1000,
    });
    expect(listed(datedRow('SOL_USDC-25DEC26')).instrument.id).toBe('deribit:SOL/USDC:USDC-261225');
  });

  test('names options with their terms, an inverse one in the currency of its strike', () => {
    expect(
      listed(optionRow('BTC-25DEC26-76000-C', 76000, 'call'), OPTIONS).instrument,
    ).toMatchObject({
      id: 'deribit:BTC/USD:BTC-261225-76000-C',
      kind: 'option',
      sizeUnit: 'base',
      option: { strike: 76000, type: 'call' },
      // The step below 0.005; the coarser one above lies on the same grid.
      priceGrid: { units: 1, scale: 10000 },
      sizeGrid: { units: 1, scale: 10 },
    });
    expect(
      listed(optionRow('XRP_USDC-25DEC26-0d625-P', 0.625, 'put'), OPTIONS).instrument,
    ).toMatchObject({ id: 'deribit:XRP/USDC:USDC-261225-0.625-P', quote: 'USDC', settle: 'USDC' });
  });

  test('counts the coins of a bundle', () => {
    const { instrument } = listed(perpRow('1000PEPE_USDC-PERPETUAL', { tick_size: 0.0001 }));
    expect(instrument).toMatchObject({ id: 'deribit:1000PEPE/USDC:USDC', asset: 'PEPE' });
    expect(fromSteps(1, instrument.priceGrid)).toBe(1e-7);
    expect(fromSteps(1, instrument.sizeGrid)).toBe(1);
  });

  test('leaves out pairs and combinations without a word, and names a kind never seen', () => {
    const rows = ['spot', 'future_combo', 'option_combo', 'hologram'].map((kind) => ({
      ...perpRow('BTC-PERPETUAL'),
      kind,
    }));
    expect(new Decoder().answer(FUTURES, rows)).toMatchObject([
      { kind: 'unfamiliar', what: 'kind hologram' },
    ]);
  });

  test('loses only the row that cannot be read', () => {
    const events = new Decoder().answer(FUTURES, [
      perpRow('BTC-PERPETUAL', { tick_size: 'x' }),
      perpRow('ETH-PERPETUAL'),
    ]);
    expect(of('listing', events).map(({ instrument }) => instrument.symbol)).toEqual([
      'ETH-PERPETUAL',
    ]);
    expect(of('rejected', events)).toMatchObject([
      { reason: '1 of 2 instruments, first tick_size: not a decimal' },
    ]);
  });

  test('retires what it holds no longer, of its own currency and kind alone', () => {
    const decoder = new Decoder();
    decoder.answer(FUTURES, [perpRow('BTC-PERPETUAL'), datedRow('BTC-25DEC26')]);
    decoder.answer(OPTIONS, [optionRow('BTC-25DEC26-76000-C', 76000, 'call')]);
    const gone = (target: string, rows: unknown[]) =>
      of('listing', decoder.answer(target, rows))
        .filter(({ isTrading }) => isTrading === false)
        .map(({ instrument }) => instrument.symbol);
    expect(gone('get_instruments?currency=ETH&kind=future', [])).toEqual([]);
    expect(gone(FUTURES, [perpRow('BTC-PERPETUAL')])).toEqual(['BTC-25DEC26']);
    expect(gone('get_instruments?currency=BTC&kind=option', [])).toEqual(['BTC-25DEC26-76000-C']);
  });

  test('keeps a listing whose row cannot be read', () => {
    const decoder = new Decoder();
    decoder.answer(FUTURES, [perpRow('BTC-PERPETUAL'), perpRow('ETH-PERPETUAL')]);
    const events = decoder.answer(FUTURES, [
      perpRow('BTC-PERPETUAL', { contract_size: null }),
      perpRow('ETH-PERPETUAL'),
    ]);
    expect(kindsOf(events)).toEqual(['rejected']);
  });

  test('tells no one of what does not trade', () => {
    expect(new Decoder().answer(FUTURES, [perpRow('BTC-PERPETUAL', { is_active: false })])).toEqual(
      [],
    );
  });
});

describe('a change of an instrument’s state', () => {
  const CHANNEL = 'instrument.state.any.any';
  const told = (decoder: Decoder, state: string) =>
    decoder.notice(CHANNEL, { instrument_name: 'BTC-25DEC26', state, timestamp: 1791504000000 });

  test('retires what is closed', () => {
    const decoder = new Decoder();
    decoder.answer(FUTURES, [datedRow('BTC-25DEC26')]);
    expect(kindsOf(told(decoder, 'started'))).toEqual(['heard']);
    expect(told(decoder, 'closed')).toMatchObject([
      { kind: 'listing', isTrading: false },
      { kind: 'heard' },
    ]);
    expect(kindsOf(told(decoder, 'terminated'))).toEqual(['heard']);
  });

  test('of something never listed says nothing', () => {
    expect(kindsOf(told(new Decoder(), 'closed'))).toEqual(['heard']);
  });
});

describe('the lists of 2021', () => {
  recordedTest('are read to the last row', () => {
    const [line] = readRecording('rest/deribit/get_instruments.BTC.json');
    const events = new Decoder().hear(line!.chan!, line!.msg, line!.t as never);
    const listings = of('listing', events);
    expect(of('rejected', events)).toEqual([]);
    expect(of('unfamiliar', events)).toEqual([]);
    expect(listings).toHaveLength(398);
    const kinds = listings.map(({ instrument }) => instrument.kind);
    expect(kinds.filter((kind) => kind === 'perp')).toHaveLength(1);
    const ids = listings.map(({ instrument }) => instrument.id);
    expect(new Set(ids).size).toBe(398);
    expect(ids).toContain('deribit:BTC/USD:BTC');
    expect(ids).toContain('deribit:BTC/USD:BTC-220325');
    expect(ids).toContain('deribit:BTC/USD:BTC-210924-40000-P');
  });
});
