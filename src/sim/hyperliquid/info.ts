import type { FaultSite } from '../faults.ts';
import { cellStart, HOUR_MS, MINUTE_MS } from '../market-bars.ts';
import { type BookCopy, copyAsOf, copyOf, updateIdAt } from '../market-book.ts';
import { barsBetween } from '../market-tape.ts';
import type { RestAnswer, RestRequest, RestService } from '../rest-host.ts';
import { seedOf } from '../seed.ts';
import type { Coin, Faults } from './coin.ts';
import { HOST, WEIGHT_MOST, WEIGHT_WINDOW_MS } from './rules.ts';
import { bookText, rateText, spelled } from './wire.ts';

/** Coins that were listed once: they are told, and nobody can trade them. */
export const DELISTED = [{ name: 'MATIC', szDecimals: 1, maxLeverage: 20 }] as const;

/** What answers are made from. */
export interface Backing {
  readonly coins: ReadonlyMap<string, Coin>;
  readonly faults: Faults;
  readonly now: () => number;
  /** The venue's clock, ms. */
  readonly venueNow: () => number;
  readonly skewMs: () => number;
  readonly marketNow: () => number;
}

type Fields = Readonly<Record<string, unknown>>;

/** An answer and what it weighs. */
interface Said {
  readonly body: string;
  readonly weight: number;
}

/** A question that is none: how the venue says so. */
class Refused extends Error {
  readonly answer: RestAnswer;
  constructor(status: number, body: string) {
    super(body);
    this.answer = { status, body, headers: { 'Content-Type': 'text/plain; charset=utf-8' } };
  }
}

const MISSHAPEN = 'Failed to deserialize the JSON body into the target type';
const BOOK_LEVELS = 20;
/** How far behind a stale snapshot is. */
const STALE_MS = 10_000;
const RATES_MOST = 500;
const CANDLES_MOST = 5000;
const INTERVALS: ReadonlyMap<string, number> = new Map([
  ['1m', MINUTE_MS],
  ['3m', 3 * MINUTE_MS],
  ['5m', 5 * MINUTE_MS],
  ['15m', 15 * MINUTE_MS],
  ['30m', 30 * MINUTE_MS],
  ['1h', HOUR_MS],
  ['2h', 2 * HOUR_MS],
  ['4h', 4 * HOUR_MS],
  ['8h', 8 * HOUR_MS],
  ['12h', 12 * HOUR_MS],
  ['1d', 24 * HOUR_MS],
]);

function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Refused(422, MISSHAPEN);
  return value;
}

function wholeIn(fields: Fields, name: string, otherwise?: number): number {
  const value = fields[name] ?? otherwise;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Refused(422, MISSHAPEN);
  return value;
}

/** Settlements are stamped a few ms behind the hour. */
const settledAt = (symbol: string, atMs: number): number => atMs + (seedOf(symbol, atMs) % 90);

function metaText({ coins }: Backing): string {
  const row = (name: string, szDecimals: number, maxLeverage: number, isDelisted: boolean) =>
    `{"szDecimals":${szDecimals},"name":"${name}","maxLeverage":${maxLeverage},"marginTableId":${maxLeverage}` +
    `${isDelisted ? ',"isDelisted":true' : ''}}`;
  const listed = [...coins.values()].map((coin) => {
    const { spec } = coin.listed.listing;
    return row(coin.symbol, spec.sizeDecimals, coin.listed.asset.spec.maxLeverage, coin.isDelisted);
  });
  const gone = DELISTED.map(({ name, szDecimals, maxLeverage }) =>
    row(name, szDecimals, maxLeverage, true),
  );
  const leverages = [...coins.values()].map(({ listed: { asset } }) => asset.spec.maxLeverage);
  const tables = [
    ...new Set([...leverages, ...DELISTED.map(({ maxLeverage }) => maxLeverage)]),
  ].map(
    (most) =>
      `[${most},{"description":"","marginTiers":[{"lowerBound":"0.0","maxLeverage":${most}}]}]`,
  );
  return `{"universe":[${[...listed, ...gone].join(',')}],"marginTables":[${tables.join(',')}],"collateralToken":0}`;
}

const NO_CONTEXT =
  '{"funding":"0.0","openInterest":"0.0","prevDayPx":"0.37621","dayNtlVlm":"0.0","premium":null,"oraclePx":"0.3754","markPx":"0.37621","midPx":null,"impactPxs":null,"dayBaseVlm":"0.0"}';

function coinIn({ coins }: Backing, fields: Fields, unknown: RestAnswer): Coin {
  const coin = coins.get(textIn(fields, 'coin'));
  if (coin === undefined)
    throw Object.assign(new Refused(unknown.status, 'null'), { answer: unknown });
  return coin;
}

const UNKNOWN: RestAnswer = { status: 500, body: 'null' };
const NO_BOOK: RestAnswer = { status: 200, body: 'null' };

function l2Book(backing: Backing, fields: Fields): Said {
  const coin = coinIn(backing, fields, NO_BOOK);
  const { spec, book } = coin.listed.listing;
  const isStale = backing.faults.strike('staleSnapshot', siteOf(coin.symbol, 'l2Book'));
  // The market stands still between its steps, and the book is as of the last of them.
  const atMs = backing.marketNow() - (isStale ? STALE_MS : 0);
  const copy: Pick<BookCopy, 'bids' | 'asks' | 'updateId'> = isStale
    ? copyAsOf(book, updateIdAt(book, atMs), BOOK_LEVELS)
    : copyOf(book, BOOK_LEVELS);
  const time = atMs + backing.skewMs();
  coin.ids.note(time, copy.updateId);
  const shown = coin.isDelisted ? { bids: [], asks: [] } : copy;
  return { body: bookText(spec, shown, time), weight: 2 };
}

function fundingHistory(backing: Backing, fields: Fields): Said {
  const coin = coinIn(backing, fields, UNKNOWN);
  const startTime = wholeIn(fields, 'startTime');
  const endTime = wholeIn(fields, 'endTime', Number.MAX_SAFE_INTEGER);
  const { symbol } = coin;
  const rows = coin.listed.asset.tape.settlements
    .map(({ atMs, rate }) => ({ time: settledAt(symbol, atMs), rate }))
    .filter(({ time }) => time >= startTime && time <= endTime)
    .slice(0, RATES_MOST)
    .map(
      ({ time, rate }) =>
        `{"coin":"${symbol}","fundingRate":"${rateText(rate)}","premium":"${rateText(8 * rate)}","time":${time}}`,
    );
  return { body: `[${rows.join(',')}]`, weight: 20 + Math.ceil(rows.length / 20) };
}

function candleSnapshot(backing: Backing, fields: Fields): Said {
  const req = fields['req'];
  if (typeof req !== 'object' || req === null) throw new Refused(422, MISSHAPEN);
  const question = req as Fields;
  const coin = coinIn(backing, question, UNKNOWN);
  const interval = textIn(question, 'interval');
  const length = INTERVALS.get(interval);
  if (length === undefined) throw new Refused(422, MISSHAPEN);
  const startTime = wholeIn(question, 'startTime');
  const endTime = wholeIn(question, 'endTime');
  const { asset, listing } = coin.listed;
  const { priceDecimals, sizeDecimals } = listing.spec;
  const price = (value: number) => spelled(value.toFixed(priceDecimals));
  const bars = barsBetween(asset.tape, 'perp', length, cellStart(startTime, length), endTime + 1)
    .slice(-CANDLES_MOST)
    .map(
      ({ openMs, open, close, high, low, volume, count }) =>
        `{"t":${openMs},"T":${openMs + length - 1},"s":"${coin.symbol}","i":"${interval}",` +
        `"o":"${price(open)}","c":"${price(close)}","h":"${price(high)}","l":"${price(low)}",` +
        `"v":"${spelled(volume.toFixed(sizeDecimals))}","n":${count}}`,
    );
  return { body: `[${bars.join(',')}]`, weight: 20 + Math.ceil(bars.length / 60) };
}

function recentTrades(backing: Backing, fields: Fields): Said {
  const coin = coinIn(backing, fields, UNKNOWN);
  const text = coin.history(backing.skewMs());
  const body = text === undefined ? '[]' : text.slice('{"channel":"trades","data":'.length, -1);
  return { body, weight: 22 };
}

const ANSWERS: ReadonlyMap<string, (backing: Backing, fields: Fields) => Said> = new Map([
  ['meta', (backing) => ({ body: metaText(backing), weight: 20 })],
  [
    'metaAndAssetCtxs',
    (backing) => {
      const contexts = [...backing.coins.values()].map((coin) =>
        coin.contextText(backing.marketNow()),
      );
      const all = [...contexts, ...DELISTED.map(() => NO_CONTEXT)];
      return { body: `[${metaText(backing)},[${all.join(',')}]]`, weight: 20 };
    },
  ],
  [
    'allMids',
    (backing) => {
      const mids = [...backing.coins.values()].map(
        (coin) => `"${coin.symbol}":"${coin.midText(backing.marketNow())}"`,
      );
      return { body: `{${mids.join(',')}}`, weight: 2 };
    },
  ],
  ['l2Book', l2Book],
  ['fundingHistory', fundingHistory],
  ['candleSnapshot', candleSnapshot],
  ['recentTrades', recentTrades],
  [
    'exchangeStatus',
    ({ venueNow }) => ({ body: `{"time":${venueNow()},"specialStatuses":null}`, weight: 2 }),
  ],
]);

const siteOf = (symbol: string, target: string): FaultSite => ({ market: HOST, symbol, target });

function fieldsOf(body: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Refused(400, 'Failed to parse the request body as JSON');
  }
  if (typeof value !== 'object' || value === null) throw new Refused(422, MISSHAPEN);
  return value as Fields;
}

/** Everything is asked by POST to `/info`; a minute's weight is limited and nobody says when it is over (venues.md §6.1, §6.4). */
export class InfoService implements RestService {
  readonly #backing: Backing;
  #recent: { readonly atMs: number; readonly weight: number }[] = [];

  constructor(backing: Backing) {
    this.#backing = backing;
  }

  site({ body }: RestRequest): Pick<FaultSite, 'symbol' | 'target'> {
    try {
      const fields = fieldsOf(body);
      const inner = (fields['req'] ?? fields) as Fields;
      const { type } = fields;
      const { coin } = inner;
      return {
        symbol: typeof coin === 'string' ? coin : null,
        ...(typeof type === 'string' && { target: type }),
      };
    } catch {
      return {};
    }
  }

  answer({ method, path, body }: RestRequest, site: FaultSite): RestAnswer {
    if (path !== '/info') return { status: 404, body: '' };
    if (method !== 'POST') return { status: 405, body: '' };
    const { faults } = this.#backing;
    if (faults.strike('rateLimited', site) !== undefined || this.#isSpent())
      return { status: 429, body: 'null' };
    if (faults.strike('nullAnswer', site) !== undefined)
      return site.target === 'l2Book' ? NO_BOOK : UNKNOWN;
    try {
      const fields = fieldsOf(body);
      const read = ANSWERS.get(textIn(fields, 'type'));
      if (read === undefined) throw new Refused(422, MISSHAPEN);
      const said = read(this.#backing, fields);
      this.#recent.push({ atMs: this.#backing.now(), weight: said.weight });
      return { status: 200, body: said.body };
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  }

  refused(refusal: 'regionRefused' | 'forbidden' | 'serverError'): RestAnswer {
    const status = { regionRefused: 451, forbidden: 403, serverError: 502 }[refusal];
    return { status, body: `<html><body>${status}</body></html>` };
  }

  #isSpent(): boolean {
    const from = this.#backing.now() - WEIGHT_WINDOW_MS;
    this.#recent = this.#recent.filter(({ atMs }) => atMs > from);
    return this.#recent.reduce((sum, { weight }) => sum + weight, 0) >= WEIGHT_MOST;
  }
}
