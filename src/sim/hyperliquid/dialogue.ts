import type { Dialogue, Socket } from '../socket-host.ts';
import { type Coin, STREAMS, type StreamName } from './coin.ts';
import { channelText } from './wire.ts';

/** What sockets subscribe to, and how many of them do. */
export interface Hub {
  /** Undefined: no such coin. Delisted ones are there. */
  coin(name: string): Coin | 'delisted' | undefined;
  /** Subscriptions of all sockets together. */
  subscribed: number;
  readonly subscriptionsMost: number;
  /** How far the venue's clock is ahead. */
  skewMs(): number;
  /** The book of a coin that nobody trades any more, as a frame. */
  emptyBook(coin: string, isFast: boolean): string;
  answersPings(): boolean;
}

/** A subscription that is understood. */
interface Wanted {
  readonly name: string;
  readonly coin: Coin | 'delisted';
  readonly stream: StreamName;
  /** As acknowledgements repeat it, with what was left out filled in. */
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const errorText = (said: string): string => channelText('error', JSON.stringify(said));
const notUnderstood = (text: string): string =>
  errorText(`Error parsing JSON into valid websocket request: ${text}`);

/** One client. A wrong coin ends its socket without a word (venues.md §6.1). */
export class HyperliquidDialogue implements Dialogue {
  readonly #socket: Socket;
  readonly #hub: Hub;
  readonly #mine = new Map<string, Wanted>();

  constructor(socket: Socket, hub: Hub) {
    this.#socket = socket;
    this.#hub = hub;
  }

  heard(text: string): void {
    const request = parsed(text);
    if (!isFields(request)) {
      this.#socket.send(notUnderstood(text));
      return;
    }
    const { method, subscription } = request;
    if (method === 'ping') {
      if (this.#hub.answersPings()) this.#socket.send('{"channel":"pong"}');
      return;
    }
    const isKnown = method === 'subscribe' || method === 'unsubscribe';
    const wanted = isKnown && isFields(subscription) ? this.#wantedOf(subscription) : undefined;
    if (wanted === undefined) this.#socket.send(notUnderstood(text));
    else if (wanted === 'nonsense') this.#socket.cut();
    else if (method === 'subscribe') this.#subscribe(wanted);
    else this.#unsubscribe(wanted);
  }

  /** Undefined: a type that nobody knows here; `nonsense`: what the venue hangs up on. */
  #wantedOf({ type, coin: name, fast, nSigFigs = null, mantissa = null }: Fields) {
    const stream = STREAMS.find(
      (candidate) => candidate === (type === 'l2Book' && fast === true ? 'l2Book-fast' : type),
    );
    if (stream === undefined || type === 'l2Book-fast' || typeof name !== 'string')
      return undefined;
    const coin = this.#hub.coin(name);
    // Buckets are not simulated; to the venue they are no nonsense, but nobody here asks for them.
    if (coin === undefined || nSigFigs !== null || mantissa !== null) return 'nonsense' as const;
    const filled = stream.startsWith('l2Book')
      ? { type, coin: name, nSigFigs, mantissa, ...(fast === true && { fast }) }
      : { type, coin: name };
    return { name, coin, stream, text: JSON.stringify(filled) };
  }

  #subscribe(wanted: Wanted): void {
    const { name, coin, stream, text } = wanted;
    if (this.#mine.has(text)) {
      this.#socket.send(errorText(`Already subscribed: ${text}`));
      return;
    }
    if (this.#hub.subscribed >= this.#hub.subscriptionsMost) {
      this.#socket.send(
        errorText(`Cannot track more than ${this.#hub.subscriptionsMost} subscriptions.`),
      );
      return;
    }
    this.#mine.set(text, wanted);
    this.#hub.subscribed += 1;
    this.#answer('subscribe', text);
    if (coin === 'delisted') {
      if (stream === 'l2Book' || stream === 'l2Book-fast')
        this.#socket.send(this.#hub.emptyBook(name, stream === 'l2Book-fast'));
      return;
    }
    const outlet = coin.outlets[stream];
    const history = stream === 'trades' ? coin.history(this.#hub.skewMs()) : undefined;
    if (history !== undefined)
      this.#socket.deliver(`${stream}:${coin.symbol}`, coin.symbol, history);
    outlet.sockets.add(this.#socket);
  }

  #unsubscribe({ text }: Wanted): void {
    const mine = this.#mine.get(text);
    if (mine === undefined) {
      this.#socket.send(errorText(`Already unsubscribed: ${text}`));
      return;
    }
    this.#drop(text, mine);
    this.#answer('unsubscribe', text);
  }

  #answer(method: string, text: string): void {
    this.#socket.send(
      channelText('subscriptionResponse', `{"method":"${method}","subscription":${text}}`),
    );
  }

  #drop(text: string, { coin, stream }: Wanted): void {
    this.#mine.delete(text);
    this.#hub.subscribed -= 1;
    if (coin !== 'delisted') coin.outlets[stream].sockets.delete(this.#socket);
  }

  gone(): void {
    for (const [text, wanted] of [...this.#mine]) this.#drop(text, wanted);
  }
}
