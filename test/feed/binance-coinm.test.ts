import { afterEach, describe, expect, test } from 'vitest';
import { createDecoderState, decodeRecord } from '../../src/feed/decode.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { protocolOf } from '../../src/venues/index.ts';
import { VenueLine } from '../support/venue-line.ts';

const PERP = 'binance:BTC/USD:BTC';
const DATED = ['binance:BTC/USD:BTC-260925', 'binance:BTC/USD:BTC-261225'];
const FEEDS = ['binance-usdm', 'binance-spot', 'binance-coinm'];

let line: VenueLine;
afterEach(() => line.close());

const start = (options: Partial<Parameters<typeof VenueLine.start>[0]> = {}) =>
  VenueLine.start({ seed: 5, venues: ['binance'], ...options });

/** Everything that was said so far, of one kind. */
function eventsOf<K extends EngineEvent['kind']>(kind: K): Extract<EngineEvent, { kind: K }>[] {
  const decoder = createDecoderState();
  return line.records.flatMap((record) =>
    // Copies, as what a decoder hands out is lent.
    structuredClone([...decodeRecord(decoder, protocolOf, record)]).filter(
      (event): event is Extract<EngineEvent, { kind: K }> => event.kind === kind,
    ),
  );
}

describe('the three products of Binance at once', () => {
  test('have whole books that are the venue’s own, and nothing unfamiliar, unread or suspect', async () => {
    line = await start();
    await line.live(60);
    await line.pass(20);
    expect(line.frame.trust.feeds.map(({ feed }) => feed)).toEqual(FEEDS);
    for (const feed of line.frame.trust.feeds)
      expect(feed).toMatchObject({ state: 'live', rejected: 0, unfamiliar: 0, suspects: [] });
    expect(line.books.map(({ instrument, status }) => [instrument, status])).toEqual([
      ['binance:BTC/USDT:USDT', 'whole'],
      ['binance:BTC/USDT', 'whole'],
      [PERP, 'whole'],
    ]);
    expect(line.proven()).toBe(3);
  });

  test('tell of dated contracts what a term structure is made of, and no book', async () => {
    line = await start({ numbers: { datedOpenInterestEveryMs: 5000 } });
    await line.live(60);
    await line.pass(15);
    const index = line.frame.basis.index.value!;
    for (const instrument of DATED) {
      const own = <E extends { instrument: string }>(events: readonly E[]) =>
        events.filter((event) => event.instrument === instrument);
      const mark = own(eventsOf('markPrice')).at(-1)!;
      expect(mark.markPrice).toBeGreaterThan(index);
      expect(mark.indexPrice! / index).toBeCloseTo(1, 3);
      expect(own(eventsOf('volume24h')).at(-1)!.size).toBeGreaterThan(0);
      expect(own(eventsOf('fundingPredicted'))).toEqual([]);
      expect(own(eventsOf('bookDelta'))).toEqual([]);
      const interest = own(eventsOf('openInterest')).at(-1)!;
      const { asset } = contractOf(instrument);
      const coins = (asset.openInterest * 100) / asset.markPrice;
      expect(interest.size / coins).toBeCloseTo(1, 1);
    }
  });

  test('tell every liquidation once, although either futures socket tells of both products', async () => {
    line = await start({ scenario: 'cascade' });
    await line.until(
      'forced orders of both',
      () => {
        const died = line.eventsOf('liquidation').map(({ event }) => event.subject);
        return died.includes(PERP) && died.includes('binance:BTC/USDT:USDT');
      },
      120,
    );
    await line.pass(10);
    const told = eventsOf('liquidation').map(
      ({ instrument, tsExchange, size }) => `${instrument} ${tsExchange} ${size}`,
    );
    expect(new Set(told).size).toBe(told.length);
    const wire = (feed: string) =>
      line.records.filter((record) => record.feed === feed && record.chan === '!forceOrder@arr');
    expect(wire('binance-coinm').length).toBeGreaterThan(10);
    expect(wire('binance-usdm').length).toBeGreaterThan(told.length / 2);
  });

  test('spend from one budget, which one of them shows', async () => {
    line = await start();
    await line.live(60);
    const pools = () => line.frame.trust.feeds.map(({ rest }) => rest);
    const used = () => pools()[0]!.find(({ pool }) => pool === 'binance-futures')!.used;
    // Two snapshots of twenty, and what else a start costs either.
    await line.until('both are counted', () => used() > 60, 15);
    expect(pools()[2]).toEqual([]);
  });

  test('lose the coin-margined book alone when its socket is lost', async () => {
    line = await start();
    await line.live(60);
    line.inject({ kind: 'disconnect', market: 'coinm' });
    await line.until('dropped', () => line.bookOf(PERP).status === 'resyncing', 5);
    expect(line.frame.price.state).toBe('live');
    await line.live(30);
    expect(line.eventsOf('bookResyncing').map(({ event }) => event.subject)).toEqual([PERP]);
    expect(line.proven()).toBe(3);
  });
});

/** A listing of the market by the instrument's id. */
function contractOf(instrument: string) {
  const { symbol } = line.instruments.get(instrument)!;
  const asset = line.sims[0]!.market.followers.find(({ spec }) => spec.perp.symbol === symbol);
  return { asset: asset! };
}
