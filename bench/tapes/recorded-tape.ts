import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT } from '../root.ts';
import { topOf } from './depth-source.ts';
import { everyTenth, NO_TRADES, SAMPLE_EVERY, type Tape, TapeBytes } from './tape.ts';
import { TrueBook } from './true-book.ts';

/** Where recorded exchange data lies beside the checkout; it is not part of the project. */
export const RECORDINGS = `${path.join(ROOT, '..', 'shared', 'recordings')}/`;

interface Depth {
  readonly U: number;
  readonly u: number;
  readonly pu: number;
  readonly b: readonly (readonly [string, string])[];
  readonly a: readonly (readonly [string, string])[];
}

interface Capture {
  readonly name: string;
  /** Below `RECORDINGS`. */
  readonly file: string;
  readonly symbol: string;
  readonly baseAsset: string;
  readonly tickSize: string;
  readonly stepSize: string;
  /** Name of its depth stream. */
  readonly stream: string;
  /** Stop after so many depth messages. */
  readonly most: number;
}

/** The book of BTCUSDT in the last minutes of 2024-08-08, as recorded. */
export const BTC_2024: Capture = {
  name: 'recorded btc',
  file: 'binance-usdm/btcusdt-20240808.jsonl.gz',
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  tickSize: '0.10',
  stepSize: '0.001',
  stream: 'btcusdt@depth@0ms',
  most: Infinity,
};

/**
 * Depth messages of a capture from the one on that bridges its REST snapshot, byte for byte.
 *
 * @returns undefined where the capture is absent.
 */
export function recordedTape(capture: Capture): Tape | undefined {
  const path = RECORDINGS + capture.file;
  if (!existsSync(path)) return undefined;
  const { snapshot, messages } = readCapture(gunzipSync(readFileSync(path)).toString(), capture);
  const scales = { price: scaleOf(capture.tickSize), size: scaleOf(capture.stepSize) };
  const book = new TrueBook(scales);
  const { lastUpdateId, bids, asks } = JSON.parse(snapshot);
  const apply = (isBid: boolean, levels: Depth['b']): void => {
    for (const [price, size] of levels)
      book.set(
        isBid,
        Math.round(Number(price) * scales.price),
        Math.round(Number(size) * scales.size),
      );
  };
  apply(true, bids);
  apply(false, asks);
  const bytes = new TapeBytes();
  const touches: number[] = [];
  const imbalances: number[] = [];
  let changes = 0;
  for (const message of messages) {
    if (bytes.count >= capture.most) break;
    const data: Depth = JSON.parse(message).data;
    // The snapshot holds what came before it.
    if (data.u < lastUpdateId) continue;
    bytes.add(message);
    apply(true, data.b);
    apply(false, data.a);
    changes += data.b.length + data.a.length;
    touches.push(book.bestBid / scales.price, book.bestAsk / scales.price);
    if (bytes.count % SAMPLE_EVERY === 0) imbalances.push(book.imbalance());
  }
  const { count } = bytes;
  const { name, symbol, baseAsset, tickSize, stepSize } = capture;
  return {
    name,
    listings: [{ symbol, baseAsset, tickSize, stepSize, snapshot, limit: 1000 }],
    ...bytes.finish(),
    samples: everyTenth(count),
    truth: {
      changes,
      touches: Float64Array.from(touches),
      tops: [topOf(book)],
      imbalances: Float64Array.from(imbalances),
      trades: NO_TRADES,
    },
  };
}

const scaleOf = (step: string): number => Math.round(1 / Number(step));

/** Its snapshot and every depth message, those before the snapshot included. */
function readCapture(text: string, { stream }: Capture): { snapshot: string; messages: string[] } {
  let snapshot = '';
  const messages: string[] = [];
  for (const line of text.split('\n')) {
    // The quotes and trades are ten times as many, and parsing them takes as long.
    if (!line.includes(stream) && !line.includes('"rest:')) continue;
    const { chan, msg } = JSON.parse(line) as { chan: string; msg: string };
    if (chan === stream) messages.push(msg);
    else if (chan.startsWith('rest:') && chan.includes('/depth')) snapshot = msg;
  }
  return { snapshot, messages };
}
