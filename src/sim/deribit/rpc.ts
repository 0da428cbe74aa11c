import { RpcError } from './methods.ts';
import { type Writable, written } from './wire.ts';

/** When a request came in and its answer went out, µs; the venue needs a fraction of a millisecond. */
const TOOK_MICROS = 251;

/** The venue's clock, ms, to the fraction that it has. */
const times = (stampMs: number): Record<string, Writable> => {
  const usIn = Math.round(stampMs * 1000);
  return { usIn, usOut: usIn + TOOK_MICROS, usDiff: TOOK_MICROS, testnet: false };
};

const idField = (id: unknown): Record<string, Writable> =>
  typeof id === 'number' || typeof id === 'string' ? { id } : {};

/** An answer to a request. */
export const resultText = (id: unknown, result: Writable, stampMs: number): string =>
  written({ jsonrpc: '2.0', ...idField(id), result, ...times(stampMs) });

/** A refusal of a request. */
export const errorText = (id: unknown, error: RpcError, stampMs: number): string =>
  written({
    jsonrpc: '2.0',
    ...idField(id),
    error: {
      code: error.code,
      message: error.message,
      ...(error.data !== null && { data: { ...error.data } }),
    },
    ...times(stampMs),
  });

export const TOO_MANY = new RpcError(10028, 'too_many_requests', { reason: 'too_many_requests' });
