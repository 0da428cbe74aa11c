import { createRandom } from '../../src/stats/random.ts';
import { DepthSource, type Profile } from './depth-source.ts';
import { everyTenth, NO_TRADES, SAMPLE_EVERY, type Tape, TapeBytes } from './tape.ts';

/** A message each 100 ms. */
const EVERY_MS = 100;

/** The depth stream of one listing: `count` distinct messages that the seed determines to the byte. */
export function depthTape(name: string, profile: Profile, count: number, seed: number): Tape {
  const source = new DepthSource(profile, createRandom(seed));
  const listing = source.listing();
  const bytes = new TapeBytes();
  const touches = new Float64Array(2 * count);
  const imbalances = new Float64Array(Math.floor(count / SAMPLE_EVERY));
  const { book } = source;
  let changes = 0;
  for (let i = 0; i < count; i++) {
    const message = source.next(i * EVERY_MS);
    bytes.add(message.text);
    changes += message.changes;
    touches[2 * i] = book.bestBid / book.scales.price;
    touches[2 * i + 1] = book.bestAsk / book.scales.price;
    if ((i + 1) % SAMPLE_EVERY === 0) imbalances[(i + 1) / SAMPLE_EVERY - 1] = book.imbalance();
  }
  const truth = { changes, touches, tops: [source.top()], imbalances, trades: NO_TRADES };
  const samples = everyTenth(count);
  return { name, listings: [listing], ...bytes.finish(), samples, truth };
}
