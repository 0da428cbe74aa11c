import {
  createRandom,
  nextExponential,
  nextPoisson,
  nextUint32,
  nextUniform,
  type Random,
} from '../../src/stats/random.ts';
import { shuffled } from '../shuffled.ts';
import { DepthSource, type Profile, START_MS } from './depth-source.ts';
import { type Tape, TapeBytes } from './tape.ts';

export interface VenueOptions {
  readonly symbols: number;
  readonly seconds: number;
  readonly seed: number;
}

/** Share of the 100 ms steps in which a symbol of the tail has changed. */
const TAIL_ACTIVE = 0.75;
/** Symbols that change in every step. */
const ALWAYS_ACTIVE = 25;
const STEPS_PER_SECOND = 10;

/** A listing of the venue: busier, dearer and finer the higher its rank. */
function profileOf(rank: number, random: Random): Profile {
  const activity = (rank + 1) ** -0.6;
  const digits = rank === 0 ? 'BTC' : `C${rank}`;
  return {
    symbol: `${digits}USDT`,
    baseAsset: digits,
    tickDecimals: rank === 0 ? 1 : 4,
    priceDecimals: rank === 0 ? 2 : 4,
    sizeDecimals: rank === 0 ? 3 : 0,
    startTicks: rank === 0 ? 650_000 : 2000 + Math.floor(60_000 * nextUniform(random)),
    changes: { least: 1, mean: 6.5 + 60 * activity, most: 200 },
    nearTicks: 4 + 40 * activity,
    wideTicks: 60 + 600 * activity,
    roundTicks: 10,
    moveTicks: 1 + 6 * activity,
    medianLots: 200,
    startDraws: 400 + Math.floor(6000 * activity),
  };
}

/**
 * Everything that the futures of one venue say: `depth@100ms`, `aggTrade` and `markPrice@1s` of many symbols, activity falling with the rank, about
 * 5,000 messages of 310 bytes a second for 500 of them.
 */
export function venueTape({ symbols, seconds, seed }: VenueOptions): Tape {
  const random = createRandom(seed);
  const sources = Array.from(
    { length: symbols },
    (_, rank) => new DepthSource(profileOf(rank, random), createRandom(nextUint32(random))),
  );
  const listings = sources.map((source) => source.listing());
  const bytes = new TapeBytes();
  const touches: number[] = [];
  const samples: number[] = [];
  const imbalances: number[] = [];
  const trades = { count: 0, notional: 0 };
  let changes = 0;

  const send = (text: string, bid = 0, ask = 0): void => {
    bytes.add(text);
    touches.push(bid, ask);
    samples.push(0);
  };
  const sendDepth = (source: DepthSource, atMs: number): void => {
    const message = source.next(atMs);
    changes += message.changes;
    const { bestBid, bestAsk, scales } = source.book;
    send(message.text, bestBid / scales.price, bestAsk / scales.price);
  };
  const sendTrade = (source: DepthSource, atMs: number): void => {
    const { book, profile } = source;
    const isSell = nextUniform(random) < 0.5;
    const ticks = isSell ? book.bestBid : book.bestAsk;
    const lots = 1 + Math.floor(profile.medianLots * nextExponential(random));
    trades.count += 1;
    trades.notional += (ticks / book.scales.price) * (lots / book.scales.size);
    send(tradeText(source, { id: trades.count, ticks, lots, isSell, atMs: START_MS + atMs }));
  };

  for (let step = 0; step < seconds * STEPS_PER_SECOND; step++) {
    const atMs = step * (1000 / STEPS_PER_SECOND);
    const order = shuffled(
      sources.map((_, rank) => rank),
      random,
    );
    for (const rank of order) {
      const source = sources[rank]!;
      if (rank < ALWAYS_ACTIVE || nextUniform(random) < TAIL_ACTIVE) sendDepth(source, atMs);
      // 600 prints a second over 500 symbols, half of them in the first few.
      const prints = nextPoisson(random, 0.06 + 3.5 * (rank + 1) ** -0.9);
      for (let i = 0; i < prints; i++) sendTrade(source, atMs);
      if (step % STEPS_PER_SECOND === rank % STEPS_PER_SECOND)
        send(markText(source, START_MS + atMs));
    }
    if ((step + 1) % STEPS_PER_SECOND !== 0) continue;
    samples[samples.length - 1] = 1;
    for (const { book } of sources) imbalances.push(book.imbalance());
  }
  return {
    name: 'venue',
    listings,
    ...bytes.finish(),
    samples: Uint8Array.from(samples),
    truth: {
      changes,
      touches: Float64Array.from(touches),
      tops: sources.map((source) => source.top()),
      imbalances: Float64Array.from(imbalances),
      trades,
    },
  };
}

interface Print {
  readonly id: number;
  readonly ticks: number;
  readonly lots: number;
  readonly isSell: boolean;
  readonly atMs: number;
}

function tradeText(source: DepthSource, { id, ticks, lots, isSell, atMs }: Print): string {
  const { symbol } = source.profile;
  const size = source.sizeText(lots);
  return (
    `{"stream":"${symbol.toLowerCase()}@aggTrade","data":{"e":"aggTrade","E":${atMs},"a":${id},"s":"${symbol}",` +
    `"p":"${source.priceText(ticks)}","q":"${size}","f":${2 * id},"l":${2 * id + 1},"T":${atMs - 3},"m":${isSell}}}`
  );
}

function markText(source: DepthSource, atMs: number): string {
  const { symbol } = source.profile;
  const { bestBid, bestAsk, scales } = source.book;
  const mid = (bestBid + bestAsk) / scales.price / 2;
  const [mark, index, settle] = [mid, mid * 0.9997, mid * 1.0001].map((price) => price.toFixed(8));
  return (
    `{"stream":"${symbol.toLowerCase()}@markPrice@1s","data":{"e":"markPriceUpdate","E":${atMs},"s":"${symbol}",` +
    `"p":"${mark}","P":"${settle}","i":"${index}","r":"0.00010000","T":${START_MS + 28_800_000}}}`
  );
}
