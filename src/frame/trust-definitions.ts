import { type Definition, type Definitions, fact, type Unit } from '../model/definition.ts';

const told = (formula: string, unit: Unit, source = 'SPEC §2'): Definition => ({
  formula,
  unit,
  source,
  inputs: [],
});

const ofBook = (formula: string, unit: Unit): Definition => ({
  formula,
  unit,
  source: 'SPEC §3',
  inputs: [fact('book')],
});

/** What is said of feeds and books themselves. */
export const trustDefinitions: Definitions = {
  'trust.feeds.*.messagesPerSecond': told('messages of the last 10 s / 10 s', 'per second'),
  'trust.feeds.*.age': told('now − receipt of the newest message', 'µs'),
  'trust.feeds.*.lag': told('median over the last second of receipt − venue time', 'µs'),
  'trust.feeds.*.clockOffset': told('venue clock − ours, by its time endpoint', 'µs'),
  'trust.books.*.errorRate': told('comparisons that failed / all comparisons', 'fraction'),
  'trust.books.*.knownBidBps': ofBook('distance from mid to the last known bid', 'bps'),
  'trust.books.*.knownAskBps': ofBook('distance from mid to the last known ask', 'bps'),
  'trust.books.*.age': told('now − receipt of the newest book message', 'µs'),
};

/** What a book says that no family does. */
export const bookDefinitions: Definitions = {
  'book.byInstrument.*.bid': ofBook('best bid', 'price'),
  'book.byInstrument.*.ask': ofBook('best ask', 'price'),
  'book.byInstrument.*.bidSize': ofBook('size at the best bid', 'coins'),
  'book.byInstrument.*.askSize': ofBook('size at the best ask', 'coins'),
  'book.byInstrument.*.knownBidBps': ofBook('distance from mid to the last known bid', 'bps'),
  'book.byInstrument.*.knownAskBps': ofBook('distance from mid to the last known ask', 'bps'),
};
