import { afterEach } from 'vitest';
import {
  type BinanceSim,
  type BinanceSimOptions,
  type BookKind,
  startBinanceSim,
} from '../../../src/sim/binance/simulator.ts';
import { Client, get, type Message, until } from './client.ts';
import { type Diff, type Snapshot, type Step, SyncedBook } from './synced-book.ts';

export const START_MS = Date.UTC(2026, 10, 20, 13, 37, 5);

const open: { close: () => unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((opened) => opened.close()));
});

/** A simulator on a clock that stands still unless pumped; closed after the test. */
export async function venue(options: Partial<BinanceSimOptions> = {}): Promise<BinanceSim> {
  const sim = await startBinanceSim({
    seed: 1,
    scenario: 'calm',
    assets: ['BTC'],
    clock: () => 1_000_000_000,
    startMs: START_MS,
    ...options,
  });
  open.push(sim);
  return sim;
}

/** A client of a simulator, closed after the test. */
export async function connect(...args: Parameters<typeof Client.open>): Promise<Client> {
  const client = await Client.open(...args);
  open.push(client);
  return client;
}

/** A client that keeps one book by the rules and notes what happened to every event. */
export class BookClient {
  readonly book: SyncedBook;
  readonly steps: Step[] = [];
  readonly events: Diff[] = [];
  readonly snapshots: Step[] = [];
  readonly client: Client;
  readonly #sim: BinanceSim;
  readonly #symbol: string;
  readonly #kind: BookKind;
  #read = 0;

  constructor(sim: BinanceSim, client: Client, symbol: string, kind: BookKind) {
    this.#sim = sim;
    this.client = client;
    this.#symbol = symbol;
    this.#kind = kind;
    this.book = new SyncedBook(kind === 'spot' ? 'spot' : 'perp');
  }

  static async open(sim: BinanceSim, symbol: string, kind: BookKind): Promise<BookClient> {
    const { futuresWs, spotWs, coinmWs } = sim.endpoints;
    const base = { perp: `${futuresWs}/public`, spot: spotWs, coinm: coinmWs }[kind];
    const url = `${base}/stream?streams=${symbol.toLowerCase()}@depth@100ms`;
    return new BookClient(sim, await connect(url), symbol, kind);
  }

  /** Takes in the frames that arrived since the last time. */
  read(): void {
    const fresh = this.client.messages.slice(this.#read);
    this.#read = this.client.messages.length;
    for (const message of fresh) {
      const data = message['data'] as (Diff & Message) | undefined;
      if (data?.['e'] !== 'depthUpdate') continue;
      this.events.push(data);
      this.steps.push(this.book.hear(data));
    }
  }

  /** Waits for that many more events. */
  async hear(count: number): Promise<void> {
    const goal = this.events.length + count;
    await until(this.#sim, () => {
      this.read();
      return this.events.length >= goal;
    });
  }

  async fetchSnapshot(limit = 1000): Promise<Step> {
    const { futuresRest, spotRest, coinmRest } = this.#sim.endpoints;
    const path = {
      perp: `${futuresRest}/fapi/v1/depth`,
      spot: `${spotRest}/api/v3/depth`,
      coinm: `${coinmRest}/dapi/v1/depth`,
    }[this.#kind];
    const answer = await get(path, `?symbol=${this.#symbol}&limit=${limit}`);
    const step = this.book.load(answer.json() as Snapshot);
    this.snapshots.push(step);
    return step;
  }

  /** Buffers, asks for a snapshot, and waits until the book is whole. */
  async sync(): Promise<void> {
    await this.hear(4);
    await this.fetchSnapshot();
    while (this.book.id === null) await this.hear(1);
  }

  /** Both books in the range the snapshot covered, at the client's update id. */
  compare(): { readonly own: unknown; readonly truth: unknown } {
    const truth = this.#sim.book(this.#symbol, this.#kind, this.book.id!);
    return { own: this.book.covered, truth: this.book.cut(truth) };
  }
}
