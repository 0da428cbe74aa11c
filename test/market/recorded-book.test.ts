import { describe, expect } from 'vitest';
import { bandDepth } from '../../src/market/band.ts';
import {
  applyDelta,
  applyListing,
  applyQuote,
  applySnapshot,
  type Book,
  createBook,
  midPrice,
} from '../../src/market/book.ts';
import { type Side, topLevels } from '../../src/market/ladder.ts';
import { fromSteps } from '../../src/model/grid.ts';
import { micros } from '../../src/model/units.ts';
import { protocolOf } from '../../src/venues/index.ts';
import { type RecordedLine, readRecording, recordedTest } from '../support/recordings.ts';
import { TrueBook } from '../support/true-book.ts';

/** Feeds recorded lines through the decoder of a feed into a book; gives the book after each line. */
function* replay(feed: string, lines: readonly RecordedLine[]): Generator<Book | undefined> {
  const protocol = protocolOf(feed)!;
  const memory = protocol.createState();
  let book: Book | undefined;
  for (const { t, chan, msg } of lines) {
    for (const event of protocol.decode(memory, { t: micros(t!), feed, chan: chan!, msg })) {
      if (event.kind === 'listing') {
        if (book === undefined) book = createBook(event.instrument);
        else applyListing(book, event.instrument);
      }
      if (event.kind === 'bookDelta') applyDelta(book!, event);
      if (event.kind === 'bookSnapshot') applySnapshot(book!, event);
      if (event.kind === 'quote') applyQuote(book!, event);
    }
    yield book;
  }
}

function topOf({ ladder, instrument }: Book, side: Side, n: number): [number, number][] {
  const out: number[] = [];
  const count = topLevels(ladder, side, n, out);
  return Array.from({ length: count }, (_, i) => [
    fromSteps(out[2 * i]!, instrument.priceGrid),
    fromSteps(out[2 * i + 1]!, instrument.sizeGrid),
  ]);
}

describe('the recorded book', () => {
  recordedTest.for([
    ['binance-usdm', ['binance-usdm/btcusdt-20240808.jsonl.gz'], 6547, 573, 1],
    [
      'binance-spot',
      ['binance-spot/btcusdt-20240808.jsonl.gz', 'binance-spot/btcusdt-20240809.jsonl.gz'],
      6493,
      1059,
      1,
    ],
    ['binance-coinm', ['binance-coinm/btcusd_perp-20240808.jsonl.gz'], 26824, 1124, 100],
  ] as const)(
    'of %s equals a map of its price texts, contracts in dollars, and the venue’s own best bid and ask',
    ([feed, names, applied, quoteChecks, contract]) => {
      const lines = names.flatMap(readRecording);
      const truth = new TrueBook();
      let changes = 0;
      let last: Book | undefined;
      let i = 0;
      for (const book of replay(feed, lines)) {
        last = book;
        if (!truth.take(lines[i++]!)) continue;
        // Everything now and then, the touch always.
        const n = changes++ % 1000 === 0 ? 10_000 : 1;
        if (n === 1 && changes % 10 !== 0) continue;
        const { bids, asks } = truth.top(n);
        const worth = ([price, size]: readonly [number, number]) => [price, size * contract];
        expect(topOf(book!, 'bid', n)).toEqual(contract === 1 ? bids : bids.map(worth));
        expect(topOf(book!, 'ask', n)).toEqual(contract === 1 ? asks : asks.map(worth));
      }
      expect(last!.counts).toMatchObject({
        applied,
        gaps: 0,
        resyncs: 0,
        crossed: 0,
        dropped: 0,
        quoteChecks,
        quoteMismatches: 0,
      });
      expect(truth).toMatchObject({ applied, quoteChecks, quoteMismatches: 0 });
    },
  );

  recordedTest('gives the depth near mid that its price texts give', () => {
    const lines = readRecording('binance-usdm/btcusdt-20240808.jsonl.gz').slice(0, 20_000);
    const truth = new TrueBook();
    for (const line of lines) truth.take(line);
    let book: Book | undefined;
    for (const state of replay('binance-usdm', lines)) book = state;
    const { bids, asks } = truth.top(10_000);
    const mid = (bids[0]![0] + asks[0]![0]) / 2;
    expect(midPrice(book!)).toBeCloseTo(mid, 9);
    for (const [side, levels] of [
      ['bid', bids],
      ['ask', asks],
    ] as const) {
      let weighted = 0;
      for (const [price, size] of levels)
        if (Math.abs(price / mid - 1) <= 25e-4)
          weighted += size * price * Math.exp((-Math.LN2 / 25e-4) * Math.abs(price / mid - 1));
      const depth = bandDepth(book!, side, mid, 25, 25);
      expect(depth.weighted / weighted).toBeCloseTo(1, 9);
    }
  });
});
