import type { FaultSite } from '../faults.ts';
import type { Refusal, RestAnswer, RestRequest, RestService } from '../rest-host.ts';
import type { Credits } from './credits.ts';
import { type Backing, METHODS, RpcError } from './methods.ts';
import { errorText, resultText, TOO_MANY } from './rpc.ts';

interface RestOptions extends Backing {
  readonly credits: Credits;
  /** Wall ms. */
  readonly wall: () => number;
}

const PATH = /^\/api\/v2\/public\/(\w+)$/;
const SOCKET_ONLY: ReadonlySet<string> = new Set([
  'subscribe',
  'unsubscribe',
  'unsubscribe_all',
  'set_heartbeat',
  'disable_heartbeat',
]);

/** The same methods over HTTP, with the same answers; errors are HTTP 400. */
export class DeribitRest implements RestService {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  site({ query }: RestRequest): { readonly symbol: string | null } {
    return { symbol: query.get('instrument_name') };
  }

  answer({ path, query }: RestRequest, site: FaultSite): RestAnswer {
    const { faults, credits, wall, now, publisher } = this.#options;
    const stampMs = now() + publisher.skewMs;
    const refused = (error: RpcError): RestAnswer => ({
      status: 400,
      body: errorText(null, error, stampMs),
    });
    if (faults.strike('tooManyConnections', site) !== undefined)
      return { status: 429, body: '<html>429 Too Many Requests</html>' };
    const method = PATH.exec(path)?.[1];
    if (method === undefined) return { status: 404, body: '<html>404 Not Found</html>' };
    if (faults.strike('rateLimited', site) !== undefined || !credits.pay(method, wall()))
      return refused(TOO_MANY);
    if (SOCKET_ONLY.has(method)) return refused(new RpcError(10030, 'must_be_websocket_request'));
    const known = METHODS.get(method);
    if (known === undefined) return refused(new RpcError(-32601, 'Method not found'));
    try {
      const result = known(this.#options, Object.fromEntries(query));
      return { status: 200, body: resultText(null, result, stampMs) };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return refused(error);
    }
  }

  refused(refusal: Refusal): RestAnswer {
    const { now, publisher } = this.#options;
    switch (refusal) {
      case 'regionRefused':
        return { status: 451, body: '<html>451 Unavailable For Legal Reasons</html>' };
      case 'forbidden':
        return { status: 403, body: '<html>403 Forbidden</html>' };
      case 'serverError':
        return {
          status: 400,
          body: errorText(
            null,
            new RpcError(11094, 'internal_server_error'),
            now() + publisher.skewMs,
          ),
        };
    }
  }
}
