import { describe, expect, test } from 'vitest';
import { binance } from '../../src/sim/binance/server.ts';
import type { Liquidation } from '../../src/sim/market-state.ts';
import type { VenuePart, VenueServer, VenueSim } from '../../src/sim/venue-sim.ts';
import { startVenues } from '../../src/sim/venues.ts';
import { Client, type Message, until } from './support/client.ts';
import { stage } from './support/stage.ts';
import { type ToyBook, toy } from './support/toy-venue.ts';

const SYMBOL = 'BTCUSDT';
const FEED = 'toy-linear';

/** Follows one book of the toy by its numbers alone. */
class ToyClient {
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();
  readonly #client: Client;
  u = 0;
  gaps = 0;
  applied = 0;
  #read = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  read(): void {
    for (const { frame } of this.#client.messages.slice(this.#read) as unknown as readonly {
      frame: ToyBook;
    }[]) {
      this.#read++;
      if (frame.type === 'delta' && frame.u !== this.u + 1) this.gaps++;
      this.u = frame.u;
      this.applied++;
      for (const [own, rows] of [
        [this.bids, frame.b],
        [this.asks, frame.a],
      ] as const) {
        for (const [price, size] of rows) {
          if (Number(size) === 0) own.delete(price);
          else own.set(price, size);
        }
      }
    }
  }
}

const sorted = (rows: readonly (readonly [string, string])[]) =>
  rows.toSorted(([left], [right]) => Number(left) - Number(right));

async function following(sim: VenueSim): Promise<ToyClient> {
  const client = await Client.open(sim.endpoints[FEED]!['ws']!);
  client.send(SYMBOL);
  const follower = new ToyClient(client);
  await until(sim, () => {
    follower.read();
    return follower.applied > 30;
  });
  return follower;
}

describe('two venues on one market', () => {
  test('show their own books of the same coin, a few basis points apart', async () => {
    const { venue } = await stage([binance(), toy()]);
    await venue('toy').pump(5000);
    const middle = (feed: string, name: string) => {
      const { bids, asks } = venue(name).book(feed, SYMBOL);
      return (Number(bids[0]![0]) + Number(asks[0]![0])) / 2;
    };
    const ratio = middle(FEED, 'toy') / middle('binance-usdm', 'binance');
    expect(ratio).not.toBe(1);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.0015);
    expect(venue('toy').symbols(FEED)).toContain('BTCUSDT-25DEC26');
    expect(venue('binance').symbols('binance-usdm')).toEqual([SYMBOL]);
    expect(() => venue('toy').book(FEED, 'XYZ')).toThrow(/does not list XYZ/);
    expect(() => venue('kraken')).toThrow(/kraken does not run/);
  });

  test('live the same lives as each alone', async () => {
    const both = await stage([binance(), toy()], { scenario: 'cascade' });
    const one = await stage([toy()], { scenario: 'cascade' });
    const other = await stage([binance()], { scenario: 'cascade' });
    for (const { pump } of [both, one, other]) await pump(8000);
    const toyBook = both.venue('toy').book(FEED, SYMBOL);
    const spot = both.venue('binance').book('binance-spot', SYMBOL);
    expect(toyBook).toEqual(one.venue('toy').book(FEED, SYMBOL));
    expect(spot).toEqual(other.venue('binance').book('binance-spot', SYMBOL));
  });

  test('act out a scenario together', async () => {
    const { venue, market } = await stage([binance(), toy()]);
    venue('toy').setScenario('squeeze');
    await venue('binance').pump(1000);
    expect(market.scenario.name).toBe('squeeze');
    expect([...market.assets, ...market.followers].map(({ phase }) => phase)).toContain(
      'short-build',
    );
  });
});

describe('the truth of a venue', () => {
  test('is the book after any message of its own numbering', async () => {
    const { venue } = await stage([toy()]);
    const sim = venue('toy');
    const follower = await following(sim);
    const { bids, asks, u } = follower;
    const [ownBids, ownAsks] = [sorted([...bids]), sorted([...asks])];
    // Time goes on; what was true then is still known.
    await sim.pump(3000);
    const truth = sim.book(FEED, SYMBOL, u);
    expect(sim.book(FEED, SYMBOL).updateId).toBeGreaterThan(u + 10);
    expect({ bids: ownBids, asks: ownAsks, u }).toEqual({
      bids: sorted(truth.bids),
      asks: sorted(truth.asks),
      u: truth.updateId,
    });
    expect(() => sim.book(FEED, SYMBOL, u + 1e6)).toThrow(/No message/);
  });
});

describe('faults of a venue', () => {
  test('include kinds of its own, by remote control as well', async () => {
    const { venue } = await stage([binance(), toy()]);
    const sim = venue('toy');
    const follower = await following(sim);
    expect(follower.gaps).toBe(0);
    const inject = async (of: VenueSim, kind: string) => {
      const body = JSON.stringify({ kind, symbol: SYMBOL });
      const answer = await fetch(`${of.control}/faults`, { method: 'POST', body });
      return { status: answer.status, body: (await answer.json()) as Message };
    };
    expect((await inject(sim, 'jumpedId')).status).toBe(200);
    expect((await inject(venue('binance'), 'jumpedId')).status).toBe(400);
    expect((await inject(sim, 'snapshotAtPu')).body['error']).toMatch(/kind: one of gap.*jumpedId/);
    await until(sim, () => {
      follower.read();
      return follower.gaps > 0;
    });
    expect(sim.faults.isQuiet).toBe(true);
  });

  test('freeze the books of one venue while its trades go on', async () => {
    const { venue, market, pump } = await stage([binance(), toy()]);
    const [sim, other] = [venue('toy'), venue('binance')];
    const ids = () => [
      sim.book(FEED, SYMBOL).updateId,
      other.book('binance-usdm', SYMBOL).updateId,
    ];
    const [, before] = ids();
    sim.faults.inject({ kind: 'frozenBook', symbol: SYMBOL, durationMs: 5000 });
    const { perp } = market.followers.find(({ spec }) => spec.perp.symbol === SYMBOL)!;
    await pump(1000);
    const [frozen] = ids();
    const trades = perp.nextAggregateId;
    await pump(3800);
    expect(ids()[0]).toBe(frozen);
    expect(ids()[1]).toBeGreaterThan(before!);
    expect(perp.nextAggregateId).toBeGreaterThan(trades);
    await pump(1000);
    expect(ids()[0]).toBeGreaterThan(frozen!);
  });

  test('tell liquidations out of order, and lose none', async () => {
    const hear = async (count: number): Promise<readonly string[]> => {
      const told: string[] = [];
      const part: VenuePart = {
        boards: ['bybit'],
        isLeader: false,
        open: (ground) => {
          const server = toy().open(ground);
          const listener = {
            ...server.listener,
            liquidation: (_asset: unknown, each: Liquidation) => told.push(JSON.stringify(each)),
          };
          return Object.create(server, { listener: { value: listener } }) as VenueServer;
        },
      };
      const { venue, pump } = await stage([part], { scenario: 'cascade' });
      if (count > 0) venue('toy').faults.inject({ kind: 'disorderly', count });
      await pump(30_000);
      return told;
    };
    const orderly = await hear(0);
    const disorderly = await hear(3);
    expect(orderly.length).toBeGreaterThan(10);
    expect(disorderly.toSorted()).toEqual(orderly.toSorted());
    const moved = disorderly.filter((each, index) => each !== orderly[index]);
    expect(moved).toHaveLength(6);
  });

  test('strike one venue and leave its neighbour alone', async () => {
    const { venue } = await stage([binance(), toy()]);
    const toys = await Client.open(venue('toy').endpoints[FEED]!['ws']!);
    const { public: books } = venue('binance').endpoints['binance-usdm']!;
    const others = await Client.open(`${books}/ws/btcusdt@depth`);
    venue('toy').faults.inject({ kind: 'disconnect' });
    await until(venue('toy'), () => toys.ended !== null, 0);
    expect(others.ended).toBeNull();
    others.close();
  });

  test('are remote-controlled with the venue’s own listings in sight', async () => {
    const { venue } = await stage([binance(), toy()]);
    const get = async (path: string) =>
      (await (await fetch(venue('toy').control + path)).json()) as never;
    const { assets } = (await get('/state')) as { assets: readonly Message[] };
    // All of its board, whatever it publishes of it.
    expect(assets.map(({ symbol }) => symbol)).toEqual(
      expect.arrayContaining([...venue('toy').symbols(FEED)]),
    );
    for (const { asset } of assets) expect(asset).toBe('BTC');
    expect(await get(`/book?symbol=${SYMBOL}`)).toEqual(
      JSON.parse(JSON.stringify(venue('toy').book(FEED, SYMBOL))),
    );
  });
});

describe('a coin that is listed while venues run', () => {
  test('is announced to those that list it, by remote control as well', async () => {
    const { venue, market, pump } = await stage([binance(), toy()]);
    const ask = async (asset: string) => {
      const body = JSON.stringify({ asset });
      return fetch(`${venue('toy').control}/list`, { method: 'POST', body });
    };
    expect((await ask('ETH')).status).toBe(200);
    expect((await ask('ETH')).status).toBe(400);
    expect((await ask('XYZ')).status).toBe(400);
    await pump(1000);
    expect(market.assets.map(({ spec }) => spec.asset)).toEqual(['BTC', 'ETH']);
    expect(market.followers.map(({ spec }) => spec.perp.symbol)).toContain('ETHUSDT');
  });
});

describe('venues by name', () => {
  const options = { seed: 1, scenario: 'calm', assets: ['BTC'], clock: () => 0 };

  test('give their hosts by feed and role', async () => {
    const { endpoints, close } = await startVenues({ ...options, venues: ['binance', 'binance'] });
    try {
      expect(Object.keys(endpoints)).toEqual(['binance-usdm', 'binance-spot', 'binance-coinm']);
      expect(endpoints['binance-usdm']).toEqual({
        public: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/public$/),
        market: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/market$/),
        rest: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      });
    } finally {
      await close();
    }
  });

  test('that nobody simulates are refused, and those that are named', async () => {
    await expect(startVenues({ ...options, venues: ['mtgox'] })).rejects.toThrow(
      /No simulator of mtgox; there are binance/,
    );
  });
});
