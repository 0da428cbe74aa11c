import { isObject, type Wire } from '../wire.ts';

/** Channels that are asked for by type of instrument, and by family; all others by instrument or, as `index-tickers`, by the name of an index. */
const BY_TYPE: ReadonlySet<string> = new Set(['liquidation-orders', 'instruments', 'adl-warning']);
const BY_FAMILY: ReadonlySet<string> = new Set(['opt-summary']);

/** Fields of an `arg` that say what it is about, the surest first; `uly` is the family of old recordings. */
const SUBJECTS = ['instId', 'instFamily', 'uly', 'instType'] as const;

/** The `arg` of a stream: `books:BTC-USDT-SWAP` → `{"channel":"books","instId":"BTC-USDT-SWAP"}`. */
export function argOf(stream: string): Readonly<Record<string, string>> {
  const at = stream.indexOf(':');
  if (at < 0) return { channel: stream };
  const channel = stream.slice(0, at);
  const subject = stream.slice(at + 1);
  if (BY_TYPE.has(channel)) return { channel, instType: subject };
  return BY_FAMILY.has(channel) ? { channel, instFamily: subject } : { channel, instId: subject };
}

/** The stream that an `arg` names; undefined when it names none. */
export function streamOf(arg: unknown): string | undefined {
  if (!isObject(arg) || typeof arg['channel'] !== 'string') return undefined;
  const subject = subjectOf(arg);
  return subject === undefined ? arg['channel'] : `${arg['channel']}:${subject}`;
}

function subjectOf(arg: Wire): string | undefined {
  for (const field of SUBJECTS) {
    const value = arg[field];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}
