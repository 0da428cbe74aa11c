import type { EngineEvent } from '../../../../src/model/event.ts';
import { type Micros, micros } from '../../../../src/model/units.ts';
import type { OkxState } from '../../../../src/venues/okx/draft.ts';
import { okx } from '../../../../src/venues/okx/okx.ts';

/** Receive time of everything that does not say otherwise: 2026-10-09T00:00:00Z. */
export const NOW = micros(1_791_504_000_000_000);
/** The same in the venue's words. */
export const NOW_MS = 1_791_504_000_000;

/** An event of one kind, all of its fields. */
type EventOf<K extends EngineEvent['kind']> = Extract<EngineEvent, { readonly kind: K }>;

/** A decoder with its state, fed by hand. */
export interface Decoder {
  /** One record → its events. */
  hear(chan: string, msg: unknown, t?: Micros): EngineEvent[];
  /** The events of one kind in one record. */
  only<K extends EngineEvent['kind']>(
    kind: K,
    chan: string,
    msg: unknown,
    t?: Micros,
  ): EventOf<K>[];
  readonly state: OkxState;
}

export function decoder(): Decoder {
  const state = okx.createState();
  const hear: Decoder['hear'] = (chan, msg, t = NOW) =>
    // A copy, as what a decoder hands out is lent.
    structuredClone(
      okx.decode(state, {
        t,
        feed: 'okx',
        chan,
        msg: typeof msg === 'string' ? msg : JSON.stringify(msg),
      }),
    ) as EngineEvent[];
  return {
    state,
    hear,
    only: (kind, chan, msg, t) =>
      hear(chan, msg, t).filter((event): event is EventOf<typeof kind> => event.kind === kind),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** A row of `instruments` with what is read of it. */
const row = (instType: string, instId: string, fields: Fields): Fields => ({
  instType,
  instId,
  uly: '',
  instFamily: '',
  baseCcy: '',
  quoteCcy: '',
  settleCcy: '',
  ctVal: '',
  ctMult: '',
  ctValCcy: '',
  ctType: '',
  optType: '',
  stk: '',
  listTime: '1611916828000',
  expTime: '',
  lever: '100',
  tickSz: '0.1',
  lotSz: '1',
  minSz: '1',
  alias: '',
  state: 'live',
  ...fields,
});

const coins = (instId: string): readonly [base: string, quote: string] => {
  const [base = '', quote = ''] = instId.split('-');
  return [base, quote];
};

/** A swap or dated future of so many coins a contract. */
export function linearRow(instId: string, ctVal: string, fields: Fields = {}): Fields {
  const [base, quote] = coins(instId);
  const isSwap = instId.endsWith('-SWAP');
  return row(isSwap ? 'SWAP' : 'FUTURES', instId, {
    uly: `${base}-${quote}`,
    instFamily: `${base}-${quote}`,
    settleCcy: quote,
    ctVal,
    ctMult: '1',
    ctValCcy: base,
    ctType: 'linear',
    lotSz: '0.01',
    ...fields,
  });
}

/** A swap or dated future of so many dollars a contract. */
export function inverseRow(instId: string, ctVal: string, fields: Fields = {}): Fields {
  const [base, quote] = coins(instId);
  return linearRow(instId, ctVal, {
    settleCcy: base,
    ctValCcy: quote,
    ctType: 'inverse',
    lotSz: '1',
    ...fields,
  });
}

export function spotRow(instId: string, fields: Fields = {}): Fields {
  const [baseCcy, quoteCcy] = coins(instId);
  return row('SPOT', instId, { baseCcy, quoteCcy, lotSz: '0.00000001', ...fields });
}

export const answer = (data: unknown): Fields => ({ code: '0', msg: '', data });

export const listingsOf = (instType: string): string =>
  `rest:/api/v5/public/instruments?instType=${instType}`;

/** 2026-12-25T08:00Z. */
export const EXPIRY_MS = Date.UTC(2026, 11, 25, 8);

/** A decoder that knows a contract of each kind: 0.01 BTC, 100 USD, 10 million PEPE; and BTC on spot. */
export function listed(): Decoder {
  const made = decoder();
  made.hear(
    listingsOf('SWAP'),
    answer([
      linearRow('BTC-USDT-SWAP', '0.01'),
      inverseRow('BTC-USD-SWAP', '100'),
      linearRow('PEPE-USDT-SWAP', '10000000', { tickSz: '0.000000001', lotSz: '0.1' }),
    ]),
  );
  made.hear(
    listingsOf('FUTURES'),
    answer([inverseRow('BTC-USD-261225', '100', { expTime: String(EXPIRY_MS) })]),
  );
  made.hear(listingsOf('SPOT'), answer([spotRow('BTC-USDT')]));
  return made;
}

/** A message of a channel about one instrument. */
export const told = (stream: string, data: unknown, action?: string): Fields => {
  const [channel = '', instId = ''] = stream.split(':');
  return {
    arg: { channel, instId },
    ...(action !== undefined && { action }),
    data: Array.isArray(data) ? data : [data],
  };
};
