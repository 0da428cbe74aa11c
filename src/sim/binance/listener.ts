import type { IncomingMessage, Server } from 'node:http';

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
export const loopback = (scheme: 'http' | 'ws', port: number): string =>
  `${scheme}://127.0.0.1:${port}`;

/** The URL a request names; `null` when it is none. */
export function urlOf(request: IncomingMessage): URL | null {
  return URL.parse(request.url ?? '/', 'http://127.0.0.1');
}
