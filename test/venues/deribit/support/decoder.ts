import type { EngineEvent } from '../../../../src/model/event.ts';
import { type Micros, micros } from '../../../../src/model/units.ts';
import { deribit } from '../../../../src/venues/deribit/deribit.ts';

/** Receive time of everything that does not say otherwise: 2026-10-09T00:00:00Z. */
export const NOW = micros(1_791_504_000_000_000);
export const NOW_MS = NOW / 1000;

/** An event of one kind, all of its fields. */
export type EventOf<K extends EngineEvent['kind']> = Extract<EngineEvent, { readonly kind: K }>;

/** The decoder with its state, fed by hand. */
export class Decoder {
  readonly state = deribit.createState();

  /** One record → its events. A copy, as what a decoder hands out is lent. */
  hear(chan: string, msg: unknown, t: Micros = NOW): EngineEvent[] {
    return structuredClone(
      deribit.decode(this.state, {
        t,
        feed: deribit.feed,
        chan,
        msg: typeof msg === 'string' ? msg : JSON.stringify(msg),
      }),
    ) as EngineEvent[];
  }

  /** A notification on a channel → its events. */
  notice(channel: string, data: unknown, t: Micros = NOW): EngineEvent[] {
    return this.hear(channel, notification(channel, data), t);
  }

  /** An answer to a method → its events. */
  answer(target: string, result: unknown, t: Micros = NOW): EngineEvent[] {
    return this.hear(`rest:/public/${target}`, { jsonrpc: '2.0', result, usIn: 1, usOut: 2 }, t);
  }
}

export const of = <K extends EngineEvent['kind']>(
  kind: K,
  events: readonly EngineEvent[],
): EventOf<K>[] => events.filter((event): event is EventOf<K> => event.kind === kind);

export const kindsOf = (events: readonly EngineEvent[]) => events.map(({ kind }) => kind);

export const notification = (channel: string, data: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { channel, data } });

const COMMON = {
  is_active: true,
  state: 'open',
  taker_commission: 0.0005,
  creation_timestamp: 1534242287000,
};

/** A row of `get_instruments`. */
export const perpRow = (symbol: string, fields: Readonly<Record<string, unknown>> = {}) => {
  const [base = '', coin] = symbol.replace('-PERPETUAL', '').split('_');
  return {
    ...COMMON,
    instrument_name: symbol,
    kind: 'future',
    instrument_type: coin === undefined ? 'reversed' : 'linear',
    base_currency: base,
    quote_currency: coin ?? 'USD',
    counter_currency: coin ?? 'USD',
    settlement_currency: coin ?? base,
    settlement_period: 'perpetual',
    expiration_timestamp: 32503708800000,
    contract_size: coin === undefined ? 10 : 0.001,
    min_trade_amount: coin === undefined ? 10 : 0.001,
    tick_size: 0.5,
    tick_size_steps: [],
    max_leverage: 50,
    ...fields,
  };
};

/** 2026-12-25T08:00Z. */
export const CHRISTMAS_MS = Date.UTC(2026, 11, 25, 8);

export const datedRow = (symbol: string, fields: Readonly<Record<string, unknown>> = {}) => ({
  ...perpRow(`${symbol.split('-')[0]}-PERPETUAL`),
  instrument_name: symbol,
  settlement_period: 'month',
  expiration_timestamp: CHRISTMAS_MS,
  ...fields,
});

export const optionRow = (
  symbol: string,
  strike: number,
  type: 'call' | 'put',
  fields: Readonly<Record<string, unknown>> = {},
) => {
  const [base = '', coin] = symbol.split('-')[0]!.split('_');
  return {
    ...COMMON,
    instrument_name: symbol,
    kind: 'option',
    instrument_type: coin === undefined ? 'reversed' : 'linear',
    base_currency: base,
    quote_currency: coin ?? base,
    counter_currency: coin ?? 'USD',
    settlement_currency: coin ?? base,
    settlement_period: 'month',
    expiration_timestamp: CHRISTMAS_MS,
    strike,
    option_type: type,
    contract_size: 1,
    min_trade_amount: 0.1,
    tick_size: 0.0001,
    tick_size_steps: [{ above_price: 0.005, tick_size: 0.0005 }],
    ...fields,
  };
};

/** Levels as plain numbers. */
export const levels = (side: Float64Array): number[] => [...side];
