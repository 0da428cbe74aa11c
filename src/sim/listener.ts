import {
  createServer as createPlainServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/** A certificate and its private key, PEM. */
export interface TlsPair {
  readonly key: string;
  readonly cert: string;
}

/** A server for requests and upgrades: over TLS when there is a certificate. */
export const createServer = (tls: TlsPair | null, listener: RequestListener): Server =>
  tls === null
    ? createPlainServer(listener)
    : createTlsServer({ key: tls.key, cert: tls.cert }, listener);

/** Listens on a free port of the loopback interface and resolves to the port. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was assigned');
  return address.port;
}

/** Base URL of a loopback port. */
export const loopback = (scheme: 'http' | 'ws', port: number, tls: TlsPair | null = null): string =>
  `${scheme}${tls === null ? '' : 's'}://127.0.0.1:${port}`;

/** The URL a request names; `null` when it is none. */
export function urlOf(request: IncomingMessage): URL | null {
  return URL.parse(request.url ?? '/', 'http://127.0.0.1');
}
