import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  applyDelta,
  applyListing,
  applySnapshot,
  type Book,
  createBook,
} from '../../../src/market/book.ts';
import type { EngineEvent } from '../../../src/model/event.ts';
import type { InstrumentId } from '../../../src/model/instrument.ts';
import { type Micros, micros } from '../../../src/model/units.ts';
import { okx } from '../../../src/venues/okx/okx.ts';
import { cuts, damages, retyped, spliced, splicesWith } from '../../support/mangle.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import {
  answer,
  type Decoder,
  decoder,
  inverseRow,
  linearRow,
  listed,
  listingsOf,
  NOW,
  spotRow,
} from './support/decoder.ts';

const kindsOf = (events: readonly EngineEvent[]) => events.map(({ kind }) => kind);

type Entry = readonly [chan: string, msg: string];

/** Real and documented messages of every kind that is decoded, with the stream or request they came by. */
const CORPUS: readonly Entry[] = [
  [
    'books:BTC-USDT-SWAP',
    '{"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"snapshot","data":[{"asks":[["8476.98","415","0","13"]],"bids":[["8476.97","256","0","12"]],"ts":"1597026383085","checksum":0,"prevSeqId":-1,"seqId":123456}]}',
  ],
  [
    'books:BTC-USDT-SWAP',
    '{"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"update","data":[{"asks":[["8477.00","0","0","0"]],"bids":[],"ts":"1597026383185","checksum":0,"prevSeqId":123456,"seqId":123457}]}',
  ],
  [
    'books-l2-tbt:REN-USDT-SWAP',
    '{"arg":{"channel":"books-l2-tbt","instId":"REN-USDT-SWAP"},"action":"update","data":[{"asks":[["0.65442","14","0","2"]],"bids":[["0.65441","1","0","1"],["0.65418","0","0","0"]],"ts":"1640131236035","checksum":2017579879}]}',
  ],
  [
    'bbo-tbt:BTC-USDT-SWAP',
    '{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT-SWAP"},"data":[{"asks":[["8476.98","415","0","13"]],"bids":[["8476.97","256","0","12"]],"ts":"1597026383085","seqId":123456}]}',
  ],
  [
    'trades:BTC-USDT-SWAP',
    '{"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","tradeId":"130639474","px":"42219.9","sz":"12","side":"buy","ts":"1630048897897","count":"3","source":"0","seqId":1234}]}',
  ],
  [
    'trades:CRV-USDT',
    '{"arg":{"channel":"trades","instId":"CRV-USDT"},"data":[{"instId":"CRV-USDT","tradeId":"21300150","px":"3.973","sz":"13.491146","side":"buy","ts":"1639999319938"}]}',
  ],
  [
    'tickers:BTC-USDT-SWAP',
    '{"arg":{"channel":"tickers","instId":"BTC-USDT-SWAP"},"data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","last":"9999.9","lastSz":"1","askPx":"10000.0","askSz":"11","bidPx":"9999.9","bidSz":"5","open24h":"9000","high24h":"10000","low24h":"8888.8","volCcy24h":"22222","vol24h":"2222200","sodUtc0":"9500","sodUtc8":"9600","ts":"1597026383085"}]}',
  ],
  [
    'mark-price:BTC-USDT-SWAP',
    '{"arg":{"channel":"mark-price","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","instType":"SWAP","markPx":"83003.8","ts":"1790757203016"}]}',
  ],
  [
    'index-tickers:BTC-USDT',
    '{"arg":{"channel":"index-tickers","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","idxPx":"83043.9","open24h":"83990.9","high24h":"84560.3","low24h":"82902.2","sodUtc0":"83664","sodUtc8":"83073.9","ts":"1790757203066"}]}',
  ],
  [
    'funding-rate:BTC-USDT-SWAP',
    '{"arg":{"channel":"funding-rate","instId":"BTC-USDT-SWAP"},"data":[{"formulaType":"withRate","fundingRate":"0.0000252378080097","fundingTime":"1790784000000","impactValue":"20000.0000000000000000","instId":"BTC-USDT-SWAP","instType":"SWAP","interestRate":"0.0001000000000000","maxFundingRate":"0.00375","method":"current_period","minFundingRate":"-0.00375","nextFundingRate":"","nextFundingTime":"1790812800000","premium":"-0.0005333853474351","prevFundingTime":"1790755200000","settFundingRate":"0.0000337200721784","settState":"settled","ts":"1790757122992"}]}',
  ],
  [
    'open-interest:BTC-USDT-SWAP',
    '{"arg":{"channel":"open-interest","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","instType":"SWAP","oi":"2874486.99000000925","oiCcy":"28744.8699000000925","oiUsd":"2385812703.752047677463","ts":"1790757195759"}]}',
  ],
  [
    'liquidation-orders:SWAP',
    '{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{"bkLoss":"0","bkPx":"0.4162","ccy":"","posSide":"short","side":"buy","sz":"2137","ts":"1791503999000"},{"bkLoss":"0","bkPx":"0.4162","ccy":"","posSide":"net","side":"sell","sz":"1","ts":"1791503999001"}],"instFamily":"BTC-USDT","instId":"BTC-USDT-SWAP","instType":"SWAP","uly":"BTC-USDT"}]}',
  ],
  [
    'opt-summary:ETH-USD',
    '{"arg":{"channel":"opt-summary","uly":"ETH-USD"},"data":[{"instType":"OPTION","instId":"ETH-USD-211222-4000-C","uly":"ETH-USD","delta":"0.1975745164","markVol":"0.7794507758","realVol":"","ts":"1640001659301"}]}',
  ],
  [
    'trades:BTC-USDT',
    '{"id":"1512","event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
  ],
  ['?', 'pong'],
  [
    listingsOf('SWAP'),
    JSON.stringify(answer([linearRow('BTC-USDT-SWAP', '0.01'), inverseRow('BTC-USD-SWAP', '100')])),
  ],
  [listingsOf('SPOT'), JSON.stringify(answer([spotRow('BTC-USDT')]))],
  [
    'instruments:FUTURES',
    JSON.stringify({
      arg: { channel: 'instruments', instType: 'FUTURES' },
      data: [inverseRow('BTC-USD-261225', '100', { expTime: '1798185600000' })],
    }),
  ],
  [
    'rest:/api/v5/market/books?instId=BTC-USDT-SWAP&sz=400',
    '{"code":"0","msg":"","data":[{"asks":[["41006.8","0.60038921","0","1"]],"bids":[["41006.3","0.30178218","0","2"]],"ts":"1629966436396","seqId":3235851742}]}',
  ],
  [
    'rest:/api/v5/public/funding-rate-history?instId=BTC-USDT-SWAP&limit=3',
    '{"code":"0","msg":"","data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","fundingRate":"0.0001515","realizedRate":"0.00015","fundingTime":"1704067200000","method":"current_period","formulaType":"noRate"},{"instType":"SWAP","instId":"BTC-USDT-SWAP","fundingRate":"0.0001515","realizedRate":"0.00015","fundingTime":"1704038400000","method":"current_period","formulaType":"noRate"}]}',
  ],
  [
    'rest:/api/v5/market/candles?instId=BTC-USDT-SWAP&bar=1H&limit=2',
    '{"code":"0","msg":"","data":[["1597026383085","3.721","3.743","3.677","3.708","8422410","22698348.04","12698348.04","0"],["1597022783085","3.731","3.799","3.494","3.72","24912403","67632347.24","37632347.24","1"]]}',
  ],
  [
    'rest:/api/v5/market/index-candles?instId=BTC-USDT&bar=1H',
    '{"code":"0","msg":"","data":[["1597026383085","3.721","3.743","3.677","3.708","1"]]}',
  ],
  [
    'rest:/api/v5/rubik/stat/contracts/open-interest-history?instId=BTC-USDT-SWAP&period=1H',
    '{"code":"0","msg":"","data":[["1701417600000","731377.57","7313.77","276000000"]]}',
  ],
  [
    'rest:/api/v5/public/open-interest?instType=SWAP',
    '{"code":"0","msg":"","data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","oi":"5000","oiCcy":"50","oiUsd":"50","ts":"1597026383085"}]}',
  ],
  ['rest:/api/v5/public/time', '{"code":"0","msg":"","data":[{"ts":"1597026383085"}]}'],
  ['feed', '{"kind":"disconnected","connection":"public","reason":"closed 1006","streams":["a"]}'],
];

const finiteOrNull = (value: unknown): boolean =>
  value === null || (typeof value === 'number' && Number.isFinite(value));

/** What must hold of any event that leaves the decoder, whatever went in. */
function expectSound(events: readonly EngineEvent[], announced: Set<InstrumentId>): void {
  for (const event of events) {
    if (event.kind === 'listing') {
      announced.add(event.instrument.id);
      for (const { units, scale } of [event.instrument.priceGrid, event.instrument.sizeGrid]) {
        expect(units > 0 && scale > 0).toBe(true);
        expect(Number.isSafeInteger(units) && Number.isSafeInteger(scale)).toBe(true);
      }
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
    if (event.kind === 'bookDelta') expect(event.firstId).toBe(event.lastId);
    if (event.kind === 'trade' || event.kind === 'liquidation') {
      expect(event.price > 0 && Number.isFinite(event.price)).toBe(true);
      expect(event.size > 0 && Number.isFinite(event.size)).toBe(true);
    }
    if (event.kind === 'quote')
      expect(event.bidTicks > 0 && event.askTicks > 0 && event.bidLots >= 0).toBe(true);
    if (event.kind === 'markPrice') expect(event.markPrice > 0).toBe(true);
    if (event.kind === 'indexPrice') expect(event.indexPrice > 0).toBe(true);
    if (event.kind === 'openInterest') expect(event.size >= 0).toBe(true);
    if (event.kind === 'volume24h')
      expect(Number.isFinite(event.size) && Number.isFinite(event.notional)).toBe(true);
    if (event.kind === 'fundingPredicted') expect(Number.isFinite(event.fundingRate)).toBe(true);
    if (event.kind === 'fundingInterval') expect(event.hours > 0 && event.hours <= 24).toBe(true);
    if (event.kind === 'historyPage')
      for (const [index, row] of event.rows.entries()) {
        expect(Number.isFinite(row.value) && row.ts <= event.tsLocal).toBe(true);
        if (index > 0) expect(row.ts).toBeGreaterThan(event.rows[index - 1]!.ts);
      }
  }
}

/** Whether a record was rejected as a whole, and not some rows of it. */
const isRejected = (events: readonly EngineEvent[]): boolean =>
  events.some(({ kind }) => kind === 'rejected') &&
  events.every(({ kind }) => kind === 'rejected' || kind === 'heard');

/** Hears a record; what is rejected as a whole must not have left a trace. */
function hearSoundly(made: Decoder, [chan, msg]: Entry, announced: Set<InstrumentId>): void {
  const before = structuredClone(made.state);
  const events = made.hear(chan, msg);
  expectSound(events, announced);
  if (isRejected(events)) expect(made.state).toEqual(before);
  // Bytes are not read to their end where their beginning tells.
  const framing = okx.frame(msg);
  const quick = okx.frame(Buffer.from(msg));
  if (framing.kind !== 'unreadable') expect(quick).toEqual(framing);
  else expect(['unreadable', 'data']).toContain(quick.kind);
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
    '-0.0',
    '"NaN"',
    '"Infinity"',
    '"-5"',
    '[]',
    '{}',
    '[[]]',
    '9007199254740993',
    '"1e5"',
    '"0.00000000000000000001"',
    '1e-7',
    '{"__proto__":{"channel":"trades"}}',
    '"__proto__"',
    '"constructor"',
    `"${'9'.repeat(400)}"`,
    '"\\ud800"',
    '{"toString":1}',
    '1790755200000',
    '1',
    '"BTC-USD-SWAP"',
    '"BTC-USD-261225-90000-C"',
    '"--"',
    '[["1","1"],["1"]]',
    '[[1,2],[3,4]]',
  );
  const splices = splicesWith(odd);

  function survive(entries: readonly Entry[], made = decoder()): void {
    const announced = new Set(
      [...made.state.listings.values()].map(({ instrument }) => instrument.id),
    );
    for (const each of entries) hearSoundly(made, each, announced);
  }

  test('real messages are sound and none is rejected', () => {
    survive(CORPUS);
    survive(CORPUS, listed());
    for (const [chan, msg] of CORPUS) {
      const kinds = kindsOf(decoder().hear(chan, msg));
      expect(kinds).not.toContain('rejected');
      expect(kinds).not.toContain('unfamiliar');
    }
  });

  test('every message cut short anywhere is survived', () => {
    for (const [chan, msg] of CORPUS)
      survive(
        cuts(msg).map((cut) => [chan, cut] as const),
        listed(),
      );
  });

  test('every message with any one byte damaged is survived', () => {
    for (const [chan, msg] of CORPUS)
      survive(damages(msg).map((damaged) => [chan, damaged] as const));
  });

  test.prop([fc.array(fc.tuple(entry, splices), { maxLength: 6 })], {
    numRuns: 700,
  })('messages cut, spliced and stuffed are survived', (pieces) => {
    survive(pieces.map(([[chan, msg], each]) => [chan, spliced(msg, each)] as const));
  });

  test.prop([entry, fc.nat(100), odd], { numRuns: 2000 })(
    'messages with one value of another type are survived',
    ([chan, msg], nth, value) => {
      survive([[chan, retyped(msg, nth, value)]]);
    },
  );

  test.prop([entry, fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }))])(
    'any text under any name is survived',
    ([chan], msg) => {
      survive([
        [chan, msg],
        [msg, msg],
        [`rest:${msg}`, '{"code":"0","data":[]}'],
        [`rest:/api/v5/market/${msg}`, '{"code":"0","data":[]}'],
      ]);
    },
  );

  test('depth beyond reason is survived', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    survive([
      ['x', deep],
      ['x', `{"arg":{"channel":"books","instId":"X-Y"},"action":"update","data":${deep}}`],
      ['x', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
      [listingsOf('SWAP'), deep],
    ]);
  });

  test('a venue that keeps inventing symbols does not fill the memory', () => {
    const made = decoder();
    for (let i = 0; i < 10_050; i += 1)
      made.hear(
        'x',
        `{"arg":{"channel":"mark-price","instId":"C${i}-USDT"},"data":[{"instId":"C${i}-USDT-SWAP","markPx":"1","ts":"1790757203016"}]}`,
      );
    expect(made.state.listings.size).toBe(10_000);
    expect(made.state.byIndex.size).toBe(10_000);
  });

  test('the memory is plain data: a copy goes on where the original stands', () => {
    const made = listed();
    for (const [chan, msg] of CORPUS) made.hear(chan, msg);
    const copy = structuredClone(made.state);
    expect(copy).toEqual(made.state);
    const record = { t: NOW, feed: 'okx', chan: CORPUS[2]![0], msg: CORPUS[2]![1] };
    const events = structuredClone(okx.decode(copy, record));
    expect(okx.decode(made.state, record)).toEqual(events);
  });
});

describe('the recordings', () => {
  /** Events of whole files by kind, and the books at the end; lines without receive time take the moment after the message's own. */
  function tally(...names: readonly string[]) {
    const made = decoder();
    const announced = new Set<InstrumentId>();
    const kinds: Record<string, number> = {};
    const books = new Map<InstrumentId, Book>();
    const events: EngineEvent[] = [];
    let unlisted = 0;
    for (const name of names)
      for (const { t, chan, msg } of readRecording(name)) {
        const at: Micros = t === null ? NOW : micros(t);
        const heard = made.hear(chan!, msg, at);
        expectSound(heard, announced);
        for (const event of heard) {
          kinds[event.kind] = (kinds[event.kind] ?? 0) + 1;
          if (event.kind === 'listing') {
            const { instrument } = event;
            if (instrument.inferred) unlisted += 1;
            const book = books.get(instrument.id);
            if (book === undefined) books.set(instrument.id, createBook(instrument));
            else applyListing(book, instrument);
          } else events.push(event);
          if (event.kind === 'bookSnapshot') applySnapshot(books.get(event.instrument)!, event);
          if (event.kind === 'bookDelta') applyDelta(books.get(event.instrument)!, event);
        }
      }
    return { kinds, books, events, unlisted };
  }

  const LISTINGS = ['SWAP', 'FUTURES', 'OPTION.BTC-USD', 'SPOT'].map(
    (type) => `rest/okx/instruments.${type}.json`,
  );
  const BOOKS_2022 = 'okx/books-trades-tickers-20220513.jsonl.gz';

  const checks = (books: ReadonlyMap<InstrumentId, Book>) => {
    const sum = { checks: 0, mismatches: 0, gaps: 0 };
    for (const { counts } of books.values()) {
      sum.checks += counts.checksumChecks;
      sum.mismatches += counts.checksumMismatches;
      sum.gaps += counts.gaps + counts.crossed + counts.resyncs;
    }
    return sum;
  };

  recordedTest('of May 2022: every checksum of the venue matches, with no listing known', () => {
    const { kinds, books } = tally(BOOKS_2022);
    expect(checks(books)).toEqual({ checks: 290, mismatches: 0, gaps: 0 });
    expect(kinds).toMatchObject({ bookSnapshot: 3, bookDelta: 287, volume24h: 28 });
    expect(kinds).not.toHaveProperty('rejected');
    expect(kinds).not.toHaveProperty('unfamiliar');
    // Prints in contracts whose value nobody told are none.
    expect(kinds['trade']).toBe(69);
  });

  recordedTest('of May 2022 with the listings of that day: sizes in coins and dollars', () => {
    const { kinds, books, events, unlisted } = tally(...LISTINGS, BOOKS_2022);
    expect(checks(books)).toEqual({ checks: 290, mismatches: 0, gaps: 0 });
    expect(kinds).not.toHaveProperty('rejected');
    expect(unlisted).toBe(0);
    const dated = events.filter(
      (event) => event.kind === 'trade' && event.instrument === 'okx:BTC/USD:BTC-220527',
    );
    expect(dated.length).toBeGreaterThan(0);
    // Whole contracts of 100 USD.
    for (const event of dated)
      if (event.kind === 'trade')
        expect((event.size * event.price) % 100).toSatisfy(
          (rest: number) => rest < 1e-6 || rest > 100 - 1e-6,
        );
    const volume = events.findLast(
      (event) => event.kind === 'volume24h' && event.instrument === 'okx:BTC/USD:BTC-220527',
    );
    // 779,573 contracts of 100 USD, 2,620 BTC at about 29,750.
    expect(volume).toMatchObject({
      size: expect.closeTo(2620, -1),
      notional: expect.closeTo(77_957_300, -5),
    });
  });

  recordedTest('of September 2026 bring nothing unfamiliar', () => {
    const { kinds } = tally('okx/btc-perp-state-20260930.jsonl.gz');
    expect(kinds).toEqual({
      listing: 1,
      markPrice: 3,
      openInterest: 3,
      indexPrice: 2,
      fundingInterval: 1,
      fundingPredicted: 2,
      historyPage: 1,
      heard: 10,
    });
  });

  recordedTest('of a liquidation of September 2026 know its position', () => {
    const made = decoder();
    made.hear(listingsOf('SWAP'), answer([linearRow('CNPY-USDT-SWAP', '10')]));
    const { msg } = readRecording('okx/live-liquidations-20260917.jsonl.gz')[0]!;
    const at = micros(1_789_669_899_000_000);
    expect(made.only('liquidation', 'liquidation-orders:SWAP', msg, at)).toMatchObject([
      { liquidatedSide: 'short', price: 0.4162, size: 21_370 },
    ]);
  });

  recordedTest('of single messages from 2021 on are read to the last', () => {
    const { kinds } = tally('okx/message-samples.jsonl.gz');
    expect(kinds).not.toHaveProperty('rejected');
    expect(kinds).not.toHaveProperty('unfamiliar');
  });
});
