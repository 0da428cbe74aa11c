import type { Asset } from '../model/instrument.ts';
import type { FeedReport } from '../model/record.ts';
import type { PolledVenue } from '../venues/polled/names.ts';
import {
  CHAN,
  fundingRows,
  type MarketRow,
  marketRows,
  openInterestRows,
  type PolledChan,
  recordText,
  tickerRows,
} from '../venues/polled/records.ts';
import type { FeedSettings, RestPool } from '../venues/protocol.ts';
import type { Ccxt } from './ccxt.ts';
import type { Clock } from './clock.ts';
import type { Intake } from './intake.ts';
import { PolledExchange, type PollOutcome } from './polled-exchange.ts';
import { backoffMs, type Random } from './random.ts';
import type { RestClient } from './rest.ts';
import { Timers } from './upkeep.ts';

export interface PolledFeedOptions {
  readonly venue: PolledVenue;
  readonly exchange: Ccxt;
  readonly settings: FeedSettings;
  readonly assets: readonly Asset[];
  readonly clock: Clock;
  readonly random: Random;
  readonly intake: Intake;
  readonly rest: RestClient;
}

/** Something that is asked of all listings every round: in one question where the venue can answer that, else one by one. */
interface Topic {
  readonly chan: PolledChan;
  /** For people. */
  readonly name: string;
  /** ccxt's name for the question about many; asked of groups that one answer can hold. */
  readonly manyName: string;
  readonly many: (exchange: Ccxt, symbols: readonly string[]) => Promise<unknown>;
  readonly oneName: string;
  readonly one: (exchange: Ccxt, symbol: string) => Promise<unknown>;
  readonly rows: (answer: unknown, symbols: readonly string[]) => readonly object[];
}

const TOPICS: readonly Topic[] = [
  {
    chan: CHAN.tickers,
    name: 'tickers',
    manyName: 'fetchTickers',
    many: (exchange, symbols) => exchange.fetchTickers(symbols),
    oneName: 'fetchTicker',
    one: (exchange, symbol) => exchange.fetchTicker(symbol),
    rows: tickerRows,
  },
  {
    chan: CHAN.funding,
    name: 'funding rates',
    manyName: 'fetchFundingRates',
    many: (exchange, symbols) => exchange.fetchFundingRates(symbols),
    oneName: 'fetchFundingRate',
    one: (exchange, symbol) => exchange.fetchFundingRate(symbol),
    rows: fundingRows,
  },
  {
    chan: CHAN.openInterest,
    name: 'open interest',
    manyName: 'fetchOpenInterests',
    many: (exchange, symbols) => exchange.fetchOpenInterests(symbols),
    oneName: 'fetchOpenInterest',
    one: (exchange, symbol) => exchange.fetchOpenInterest(symbol),
    rows: openInterestRows,
  },
];

/** One question of a round. */
interface Question {
  readonly topic: Topic;
  readonly symbols: readonly string[];
  readonly isMany: boolean;
}

/** The connection that a feed without sockets reports: up while rounds are answered. */
const CONNECTION = 'polls';

/** Share of the budget that the rounds may take; the rest is for listings and retries. */
const ROUNDS_SHARE = 0.8;
const SHORTEST_ROUND_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const MINUTE_MS = 60_000;

/**
 * A venue without an adapter, asked through ccxt: what is listed, then in rounds its tickers, funding rates and open interest, as far as it has them.
 * Answers become records of this feed in our own few fields; whatever fails is reported and tried again in the next round.
 */
export class PolledFeed {
  readonly #options: PolledFeedOptions;
  readonly #timers: Timers;
  readonly #exchange: PolledExchange;
  readonly #pool: RestPool;
  /** All perps of the assets, and of these the ones that trade. */
  #listed: readonly MarketRow[] = [];
  #markets: readonly MarketRow[] = [];
  /** When the listing is asked for again, µs. */
  #listAt = 0;
  /** Topics that are asked one by one although the venue should have an answer about many. */
  readonly #onlyOnes = new Set<Topic>();
  /** Topics, and symbols of topics, that the venue will not answer. */
  readonly #givenUp = new Set<string>();
  readonly #suspects = new Set<PolledChan>();
  #everyMs = 0;
  #link: 'connecting' | 'up' | 'down' = 'connecting';
  /** Rounds in a row without a single answer. */
  #failures = 0;

  constructor(options: PolledFeedOptions) {
    const { venue, exchange, settings, clock, rest } = options;
    this.#options = options;
    this.#timers = new Timers(clock);
    // What ccxt allows, and of that half, as everywhere; `exchange.rateLimit` is halved already.
    const allowed = Math.max(1, Math.floor(MINUTE_MS / Math.max(exchange.rateLimit, 1)));
    this.#pool = {
      name: `${venue.venue}-requests`,
      limit: 2 * allowed,
      budget: Math.max(2, Math.min(allowed, settings.numbers['requestsPerMinute'] ?? allowed)),
      windowMs: MINUTE_MS,
    };
    this.#exchange = new PolledExchange(exchange, {
      rest,
      report: (report) => this.#report(report),
      pool: this.#pool,
      host: settings.hosts['rest'] ?? '',
    });
    this.#report({ kind: 'connecting', connection: CONNECTION });
    void this.#round();
  }

  /** Asks nothing any more. The client that it asks through is its owner's to close. */
  close(): void {
    this.#timers.close();
    this.#exchange.close();
  }

  async #round(): Promise<void> {
    const { clock, random } = this.#options;
    const startedAt = clock.now();
    let answer: PollOutcome['state'] = 'ok';
    if (startedAt >= this.#listAt) answer = await this.#list();
    if (this.#markets.length > 0 && answer !== 'refused') answer = await this.#poll();
    if (this.#timers.isClosed || answer === 'closed' || answer === 'refused') return;
    this.#failures = answer === 'ok' ? 0 : this.#failures + 1;
    const spentMs = (clock.now() - startedAt) / 1000;
    const every = Math.max(this.#everyMs, SHORTEST_ROUND_MS);
    const pause =
      this.#failures === 0
        ? every - spentMs
        : Math.max(every - spentMs, backoffMs(this.#failures - 1, random, LONGEST_PAUSE_MS));
    this.#timers.after(Math.max(pause, SHORTEST_ROUND_MS / 2), () => void this.#round());
  }

  /** Asks what is listed. Where there is no answer what was listed before stands. */
  async #list(): Promise<PollOutcome['state']> {
    const { assets, clock, settings } = this.#options;
    const outcome = await this.#exchange.ask((exchange) => exchange.loadMarkets(true));
    if (outcome.state !== 'ok') {
      if (outcome.state !== 'closed') this.#failed('markets', outcome.reason);
      if (outcome.state === 'closed') return 'closed';
      if (this.#markets.length === 0 || outcome.state === 'refused') this.#lost(outcome.reason);
      else this.#listAt = clock.now() + MINUTE_MS * 1000;
      return outcome.state;
    }
    const everyMs = Math.max(settings.numbers['marketsEveryMs'] ?? 0, MINUTE_MS);
    this.#listAt = clock.now() + everyMs * 1000;
    this.#listed = marketRows(outcome.value, this.#exchange.precisionMode, assets);
    this.#markets = this.#listed.filter(({ active }) => active);
    this.#givenUp.clear();
    if (this.#markets.length === 0) {
      this.#everyMs = MINUTE_MS;
      this.#failed('markets', 'no perps of these assets');
      this.#back();
      return 'ok';
    }
    this.#tellMarkets();
    return 'ok';
  }

  /** How often this can be asked goes with what is listed. */
  #tellMarkets(): void {
    const { settings } = this.#options;
    const wanted = settings.numbers['everyMs'] ?? SHORTEST_ROUND_MS;
    const perMinute = ROUNDS_SHARE * this.#pool.budget;
    const least = Math.ceil((this.#questions().length * MINUTE_MS) / perMinute / 1000) * 1000;
    this.#everyMs = Math.max(SHORTEST_ROUND_MS, Math.round(wanted), least);
    this.#push(CHAN.markets, recordText(this.#listed, { everyMs: this.#everyMs }));
  }

  #questions(): Question[] {
    const symbols = this.#markets.map(({ symbol }) => symbol);
    const questions = TOPICS.flatMap((topic): Question[] => {
      if (this.#givenUp.has(topic.chan)) return [];
      if (this.#exchange.can(topic.manyName) && !this.#onlyOnes.has(topic))
        return groupsOf(this.#markets).map((group) => ({ topic, symbols: group, isMany: true }));
      if (!this.#exchange.can(topic.oneName)) return [];
      return symbols
        .filter((symbol) => !this.#givenUp.has(`${topic.chan} ${symbol}`))
        .map((symbol) => ({ topic, symbols: [symbol], isMany: false }));
    });
    // What stands for the venue comes first, with all of its topics.
    const place = ({ symbols: [first = ''] }: Question) => symbols.indexOf(first);
    return questions.sort((a, b) => place(a) - place(b));
  }

  /** One round of questions, one after the other. @returns `ok` when any was answered, else what became of the first. */
  async #poll(): Promise<PollOutcome['state']> {
    let first: Extract<PollOutcome, { readonly reason: string }> | null = null;
    let isAnswered = false;
    for (const question of this.#questions()) {
      const outcome = await this.#ask(question);
      if (this.#timers.isClosed) return 'closed';
      if (outcome.state === 'refused') return 'refused';
      if (outcome.state === 'ok') {
        isAnswered = true;
        this.#back();
      } else first ??= outcome;
    }
    if (isAnswered || first === null) return 'ok';
    this.#lost(first.reason);
    return first.state;
  }

  async #ask({ topic, symbols, isMany }: Question): Promise<PollOutcome> {
    const outcome = await this.#exchange.ask((exchange) =>
      isMany ? topic.many(exchange, symbols) : topic.one(exchange, symbols[0]!),
    );
    if (this.#timers.isClosed) return outcome;
    if (outcome.state === 'ok') {
      this.#suspects.delete(topic.chan);
      this.#push(topic.chan, recordText(topic.rows(outcome.value, symbols)));
      return outcome;
    }
    if (outcome.state === 'closed') return outcome;
    this.#failed(topic.name, outcome.reason);
    if (outcome.state === 'refused') this.#lost(outcome.reason);
    else if (outcome.state === 'invalid') this.#giveUp(topic, symbols, isMany);
    if (!this.#suspects.has(topic.chan)) {
      this.#suspects.add(topic.chan);
      this.#report({ kind: 'suspect', stream: topic.chan, reason: outcome.reason });
    }
    return outcome;
  }

  /** The venue calls the question wrong: it is asked differently, or until the next listing not at all. */
  #giveUp(topic: Topic, symbols: readonly string[], isMany: boolean): void {
    if (!isMany) this.#givenUp.add(`${topic.chan} ${symbols[0]}`);
    else if (this.#exchange.can(topic.oneName)) this.#onlyOnes.add(topic);
    else this.#givenUp.add(topic.chan);
    this.#tellMarkets();
  }

  #back(): void {
    if (this.#link === 'up') return;
    this.#link = 'up';
    this.#report({ kind: 'connected', connection: CONNECTION });
    this.#report({ kind: 'subscribed', connection: CONNECTION, streams: this.#streams() });
  }

  #lost(reason: string): void {
    if (this.#link === 'down') return;
    this.#link = 'down';
    const streams = this.#streams();
    this.#report({ kind: 'disconnected', connection: CONNECTION, reason, streams, books: [] });
  }

  /** Topics that the venue has, under the names of their records. */
  #streams(): string[] {
    return TOPICS.filter(
      ({ manyName, oneName }) => this.#exchange.can(manyName) || this.#exchange.can(oneName),
    ).map(({ chan }) => chan);
  }

  #failed(endpoint: string, reason: string): void {
    this.#report({ kind: 'restFailed', endpoint, reason });
  }

  #push(chan: PolledChan, text: string): void {
    this.#options.intake.push(this.#options.venue.feed, chan, text);
  }

  #report(report: FeedReport): void {
    this.#options.intake.report(this.#options.venue.feed, report);
  }
}

/** Symbols that one question can be about: adapters choose the endpoint by the margin of the first one. */
function groupsOf(markets: readonly MarketRow[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const { symbol, inverse, settle } of markets) {
    const key = inverse ? 'inverse' : settle;
    const group = groups.get(key) ?? [];
    group.push(symbol);
    groups.set(key, group);
  }
  return [...groups.values()];
}
