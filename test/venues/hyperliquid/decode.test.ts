import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { applyToMarket, createMarketState } from '../../../src/market/state.ts';
import type { EngineEvent } from '../../../src/model/event.ts';
import type { InstrumentId } from '../../../src/model/instrument.ts';
import { micros } from '../../../src/model/units.ts';
import { hyperliquid } from '../../../src/venues/hyperliquid/hyperliquid.ts';
import { cuts, damages, retyped, spliced, splicesWith } from '../../support/mangle.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import { bboFrame, bookFrame, decoder, META, NOW, NOW_MS, tradeFrame } from './support/decoder.ts';

const kindsOf = (events: readonly EngineEvent[]) => events.map(({ kind }) => kind);

describe('a socket message', () => {
  test('is proof that its stream speaks, whatever it says', () => {
    for (const msg of ['', '{', 'null', '[]', '{"channel":"l2Book"}', '\u0000', '{"channel":5}']) {
      const events = decoder().hear('l2Book:BTC', msg);
      expect(events.at(-1)).toMatchObject({ kind: 'heard', stream: 'l2Book:BTC' });
    }
  });

  test.each(['candle', 'allMids', 'fastAssetCtxs', 'activeSpotAssetCtx'])(
    'of channel %s is known and not used',
    (channel) => {
      expect(kindsOf(decoder().hear('x', { channel, data: {} }))).toEqual(['heard']);
    },
  );

  test('that answers a subscription says nothing about the market', () => {
    for (const msg of [
      { channel: 'pong' },
      { channel: 'error', data: 'Already subscribed: {}' },
      { channel: 'subscriptionResponse', data: {} },
    ])
      expect(decoder().hear('x', msg)).toEqual([]);
  });

  test('of a channel or with a field never seen is named once', () => {
    const heard = decoder();
    const hologram = { channel: 'hologram', data: {} };
    expect(heard.hear('x', hologram)).toMatchObject([
      { kind: 'unfamiliar', what: 'channel hologram' },
      { kind: 'heard' },
    ]);
    expect(kindsOf(heard.hear('x', hologram))).toEqual(['heard']);
    const frame = bookFrame(NOW_MS, [['100.0', '1.0']], [['101.0', '1.0']], { zz: 1 });
    expect(kindsOf(heard.hear('x', frame))).toEqual(['unfamiliar', 'bookSnapshot', 'heard']);
  });
});

test('the memory is plain data: a copy goes on where the original stands', () => {
  const heard = decoder();
  heard.hear('x', bookFrame(NOW_MS, [['100.0', '1.0']], [['101.0', '1.0']]));
  const record = {
    t: NOW,
    feed: 'hyperliquid',
    chan: 'bbo:BTC',
    msg: JSON.stringify(bboFrame(NOW_MS + 1, ['100.0', '2.0'], ['101.0', '1.0'])),
  };
  const copy = structuredClone(heard.state);
  expect(copy).toEqual(heard.state);
  const events = structuredClone(hyperliquid.decode(copy, record));
  expect(structuredClone(hyperliquid.decode(heard.state, record))).toEqual(events);
  expect(events[1]).toMatchObject({ kind: 'bookDelta' });
});

type Entry = readonly [chan: string, msg: string];

/** Real and documented messages of every kind that is decoded, with the stream or request they came by. */
const CORPUS: readonly Entry[] = [
  [
    'l2Book:BTC',
    '{"channel":"l2Book","data":{"coin":"BTC","time":1791504600000,"levels":[[{"px":"84143.0","sz":"10.25923","n":36},{"px":"84142.0","sz":"0.1","n":1}],[{"px":"84144.0","sz":"50.66449","n":18},{"px":"84146.0","sz":"1.0","n":2}]]}}',
  ],
  [
    'l2Book-fast:BTC',
    '{"channel":"l2Book","data":{"coin":"BTC","time":1791504600540,"levels":[[{"px":"84142.0","sz":"0.2","n":1}],[{"px":"84144.0","sz":"50.66449","n":18}]],"fast":true}}',
  ],
  [
    'bbo:BTC',
    '{"channel":"bbo","data":{"coin":"BTC","time":1791504600700,"bbo":[{"px":"84143.0","sz":"10.25923","n":36},{"px":"84144.0","sz":"50.66422","n":18}]}}',
  ],
  [
    'bbo:BTC',
    '{"channel":"bbo","data":{"coin":"BTC","time":1791504600800,"bbo":[null,{"px":"84144.0","sz":"50.66422","n":18}]}}',
  ],
  [
    'trades:BTC',
    '{"channel":"trades","data":[{"coin":"BTC","side":"A","px":"84143.0","sz":"0.00036","time":1791504600193,"hash":"0x7ab6","tid":1045359869404765,"users":["0xb","0xs"]},{"coin":"BTC","side":"B","px":"84144.0","sz":"1.5","time":1791504600194,"hash":"0x7ab6","tid":1045359869404766,"users":["0xb","0xs"]}]}',
  ],
  [
    'activeAssetCtx:BTC',
    '{"channel":"activeAssetCtx","data":{"coin":"BTC","ctx":{"funding":"0.0000018952","openInterest":"36585.31848","prevDayPx":"86627.0","dayNtlVlm":"4161029539.69","dayBaseVlm":"49116.08","premium":"-0.00064","oraclePx":"84198.0","markPx":"84148.0","midPx":"84143.5","impactPxs":["84143.0","84144.0"]}}}',
  ],
  [
    'allDexsAssetCtxs',
    '{"channel":"allDexsAssetCtxs","data":{"ctxs":[["",[{"funding":"-0.0000015186","openInterest":"27353.17682","prevDayPx":"76317.0","dayNtlVlm":"1516669192.1953897476","premium":"-0.0005927453","oraclePx":"77605.0","markPx":"77562.0","midPx":null,"impactPxs":null,"dayBaseVlm":"19707.77457"}]],["xyz",[]]]}}',
  ],
  [
    META,
    '{"universe":[{"szDecimals":5,"name":"BTC","maxLeverage":40,"marginTableId":56},{"szDecimals":0,"name":"kPEPE","maxLeverage":10,"marginTableId":52,"isDelisted":false}],"marginTables":[],"collateralToken":0}',
  ],
  [
    'rest:/info?type=l2Book&coin=BTC',
    '{"coin":"BTC","time":1791504601000,"levels":[[{"px":"84143.0","sz":"10.25923","n":36}],[{"px":"84144.0","sz":"50.66449","n":18}]]}',
  ],
  [
    'rest:/info?type=fundingHistory&coin=BTC&startTime=1&endTime=2',
    '[{"coin":"BTC","fundingRate":"0.0000125","premium":"0.00029005","time":1769908800012}]',
  ],
  [
    'rest:/info?type=candleSnapshot&coin=BTC&interval=1h&startTime=1&endTime=2',
    '[{"T":1684702799999,"c":"1604.5","h":"1616","i":"1h","l":"1601","n":709,"o":"1601","s":"BTC","t":1684699200000,"v":"520665683.0"}]',
  ],
  ['rest:/info?type=exchangeStatus', '{"time":1791504600000,"specialStatuses":null}'],
];

const finiteOrNull = (value: unknown): boolean =>
  value === null || (typeof value === 'number' && Number.isFinite(value));

/** What must hold of any event that leaves the decoder, whatever went in. */
function expectSound(events: readonly EngineEvent[], announced: Set<InstrumentId>): void {
  for (const event of events) {
    if (event.kind === 'listing') {
      announced.add(event.instrument.id);
      for (const { units, scale } of [event.instrument.priceGrid, event.instrument.sizeGrid])
        expect(units > 0 && scale > 0 && Number.isSafeInteger(units * scale)).toBe(true);
    } else if ('instrument' in event) {
      expect(announced).toContain(event.instrument);
      expect(finiteOrNull(event.tsExchange)).toBe(true);
    }
    if (event.kind === 'bookDelta' || event.kind === 'bookSnapshot')
      for (const side of [event.bids, event.asks])
        for (let i = 0; i < side.length; i += 2)
          expect(
            Number.isSafeInteger(side[i]) &&
              Number.isSafeInteger(side[i + 1]) &&
              side[i]! > 0 &&
              side[i + 1]! >= 0,
          ).toBe(true);
    if (event.kind === 'bookDelta') expect(event.previousId).toBe(event.lastId - 1);
    if (event.kind === 'trade')
      expect(
        event.price > 0 && Number.isFinite(event.price) && event.size > 0 && event.size < 1e300,
      ).toBe(true);
    if (event.kind === 'markPrice')
      expect(event.markPrice > 0 && (event.indexPrice === null || event.indexPrice > 0)).toBe(true);
    if (event.kind === 'fundingPredicted') expect(Number.isFinite(event.fundingRate)).toBe(true);
    if (event.kind === 'historyPage')
      for (const [index, row] of event.rows.entries()) {
        expect(Number.isFinite(row.value) && row.ts <= event.tsLocal).toBe(true);
        if (index > 0) expect(row.ts).toBeGreaterThan(event.rows[index - 1]!.ts);
      }
  }
}

describe('whatever arrives', () => {
  const entry = fc.constantFrom(...CORPUS);
  const odd = fc.constantFrom(
    'null',
    'true',
    '""',
    '-1',
    '0',
    '1e999',
    '"NaN"',
    '"-5"',
    '[]',
    '{}',
    '[[]]',
    '9007199254740993',
    '"1e5"',
    '"0.00000000000000000001"',
    '1e-7',
    '{"__proto__":{"coin":"BTC"}}',
    '"__proto__"',
    `"${'9'.repeat(400)}"`,
    '"\\ud800"',
    '1790755200000',
    '"@107"',
    '"kSHIB"',
    '"xyz:TSLA"',
    '[null,null]',
  );
  const splices = splicesWith(odd);

  /** Everything is heard one after the other by one decoder and one market; what is rejected leaves no trace. */
  function survive(entries: readonly Entry[]): void {
    const heard = decoder(false);
    const market = createMarketState('any');
    const announced = new Set<InstrumentId>();
    for (const [chan, msg] of entries) {
      const before = structuredClone(heard.state);
      const events = heard.hear(chan, msg);
      expectSound(events, announced);
      for (const event of events) applyToMarket(market, event);
      const rejection = events.find(({ kind }) => kind === 'rejected');
      if (rejection?.kind === 'rejected' && !/^\d+ of \d+ (coins|trades)/.test(rejection.reason)) {
        expect(kindsOf(events).filter((kind) => kind !== 'heard')).toEqual(['rejected']);
        expect(heard.state).toEqual(before);
      }
      expect(hyperliquid.frame(msg)).toHaveProperty('kind');
      expect(hyperliquid.frame(Buffer.from(msg))).toEqual(hyperliquid.frame(Buffer.from(msg)));
    }
    // Our own numbers never break, whatever the venue says.
    for (const { book } of market.instruments.values())
      if (book.counts.crossed === 0) expect(book.counts.gaps).toBe(0);
  }

  test('real messages are sound and none is rejected', () => {
    survive(CORPUS);
    const heard = decoder(false);
    for (const [chan, msg] of CORPUS)
      expect(kindsOf(heard.hear(chan, msg))).not.toContain('rejected');
  });

  test('every message cut short anywhere is survived', () => {
    for (const [chan, msg] of CORPUS) survive(cuts(msg).map((cut) => [chan, cut] as const));
  });

  test('every message with any one byte damaged is survived', () => {
    for (const [chan, msg] of CORPUS)
      survive(damages(msg).map((damaged) => [chan, damaged] as const));
  });

  test.prop([fc.array(fc.tuple(entry, splices), { maxLength: 6 })], {
    numRuns: 1000,
  })('messages cut, spliced and stuffed are survived', (pieces) => {
    survive(pieces.map(([[chan, msg], each]) => [chan, spliced(msg, each)] as const));
  });

  test.prop([fc.array(fc.tuple(entry, fc.nat(100), odd), { minLength: 1, maxLength: 4 })], {
    numRuns: 2000,
  })('messages with one value of another type are survived', (pieces) => {
    survive(pieces.map(([[chan, msg], nth, value]) => [chan, retyped(msg, nth, value)] as const));
  });

  test.prop([entry, fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }))])(
    'any text under any name is survived',
    ([chan], msg) => {
      survive([
        [chan, msg],
        [msg === 'feed' ? 'x' : msg, msg],
        [`rest:${msg}`, '{}'],
        [`rest:/info?type=${msg}&coin=${msg}`, '[]'],
      ]);
    },
  );

  test('a venue that keeps inventing coins does not fill the memory', () => {
    const heard = decoder(false);
    const { state } = heard;
    for (let i = 0; i < 10_050; i += 1)
      heard.hear('x', tradeFrame({ coin: `C${i}`, time: NOW_MS, tid: i }));
    expect([state.listings.size, state.trades.size]).toEqual([10_000, 10_000]);
    heard.hear('x', bookFrame(NOW_MS, [['1', '1']], [['2', '1']], {}, 'D'));
    expect(state.books.size).toBe(0);
  });
});

describe('the recordings', () => {
  /** Events of files by kind; lines without receive time take a moment after everything. */
  function tally(...names: readonly string[]) {
    const state = hyperliquid.createState();
    const announced = new Set<InstrumentId>();
    const kinds: Record<string, number> = {};
    for (const name of names)
      for (const { t, chan, msg } of readRecording(name)) {
        const events = hyperliquid.decode(state, {
          t: t === null ? NOW : micros(t),
          feed: 'hyperliquid',
          chan: chan!,
          msg,
        });
        expectSound(events, announced);
        for (const { kind } of events) kinds[kind] = (kinds[kind] ?? 0) + 1;
      }
    return kinds;
  }

  recordedTest('of books and trades, January 2025, are read to the last message', () => {
    const kinds = tally('hyperliquid/btc-l2book-trades-20250126.jsonl.gz');
    expect(kinds).toMatchObject({ bookSnapshot: 46, heard: 55 });
    expect(kinds).not.toHaveProperty('rejected');
    expect(kinds).not.toHaveProperty('unfamiliar');
    expect(kinds['trade']).toBeGreaterThan(8);
  });

  recordedTest('of single messages are read; spot pairs are not used', () => {
    expect(tally('hyperliquid/message-samples.jsonl.gz')).toEqual({
      // FXS, BTC, SHIA, BANANA, MOODENG.
      listing: 5,
      fundingInterval: 1,
      // Of the two frames of each coin the first is history to whoever listens in 2026.
      trade: 2,
      bookSnapshot: 2,
      markPrice: 1,
      fundingPredicted: 1,
      openInterest: 1,
      heard: 10,
    });
  });

  recordedTest('of contexts without names are counted, for nobody says whose they are', () => {
    const name = 'hyperliquid/all-dexs-asset-ctxs.jsonl.gz';
    expect(tally(name)).toEqual({ heard: 1 });
    // The listings of 2023 are 28 and the contexts 230.
    expect(tally('rest/hyperliquid/meta.json', name)).toEqual({
      listing: 28,
      fundingInterval: 28,
      maintenanceTiers: 28,
      unfamiliar: 1,
      heard: 1,
    });
  });

  recordedTest('of answers are read, with their questions behind the URL', () => {
    const rest = ['meta', 'allMids', 'candleSnapshot.kPEPE', 'fundingHistory.BTC', 'l2Book.DYDX'];
    expect(tally(...rest.map((name) => `rest/hyperliquid/${name}.json`))).toEqual({
      listing: 28,
      fundingInterval: 28,
      maintenanceTiers: 28,
      historyPage: 2,
      bookSnapshot: 1,
    });
  });
});
