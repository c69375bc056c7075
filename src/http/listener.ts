import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { toProxyError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Once } from '../base/once.ts';
import type { Log } from '../observe/log.ts';
import type { Routes } from './app.ts';
import type { Exchange } from './exchange.ts';
import { type FormatRoutes, fallbackFormat } from './formats.ts';
import type { Admission, Refusal } from './guard.ts';
import { sendError } from './on-error.ts';
import { isLivez, livez } from './operations.ts';
import { plainTarget } from './path-spelling.ts';

export type ListenerOptions = {
  formats: FormatRoutes;
  /** Loaded when first used: Hono and the web globals that it needs cost as much as the rest of the start-up. */
  routes: Once<Routes>;
  guard(incoming: IncomingMessage): Admission;
  clock: Pick<Clock, 'monotonic'>;
  log: Pick<Log, 'write'>;
  /** Told of each request, whoever sent it. */
  onRequest?: () => void;
  /** Told of each request that came through the tunnel. */
  onRemote?: () => void;
};

/** What node's server calls for each request: the guard first, before anything reads the head in its own way; then the routes. */
export function createListener({ routes, formats, guard, clock, log, onRequest, onRemote }: ListenerOptions) {
  const refuse = async (exchange: Exchange, { error, status, headers }: Refusal): Promise<void> => {
    const format = await fallbackFormat(exchange.incoming, formats);
    const sent = sendError(exchange, error, { format, flavour: 'plain' }, { status, headers });
    const { requestId, incoming } = exchange;
    const ip = incoming.socket.remoteAddress ?? '';
    log.write({ type: 'refused', requestId, code: error.code, status: sent.status, route: 'guard', ip });
  };
  /** A part of the program could not be loaded: too many files are open, or it is being replaced. The next request tries again. */
  const unready = ({ outgoing, requestId }: Exchange, thrown: unknown): void => {
    const { code, facts } = toProxyError(thrown);
    log.write({ type: 'failure', where: 'http', code, detail: facts.detail });
    outgoing.writeHead(503, {
      'content-type': 'application/json',
      'content-length': unreadyBody.length,
      'retry-after': '1',
      'x-request-id': requestId,
      connection: 'close', // a file handle that may be what is missing
    });
    outgoing.end(unreadyBody);
  };
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    onRequest?.();
    const requestId = requestIdOf(incoming);
    const admission = guard(incoming);
    const remote = admission.refusal === undefined && admission.remote;
    if (remote) onRemote?.();
    const exchange: Exchange = { incoming, outgoing, requestId, remote, startedAt: clock.monotonic() };
    if (admission.refusal) {
      refuse(exchange, admission.refusal).catch((error) => unready(exchange, error));
      return;
    }
    if (incoming.url !== undefined) incoming.url = plainTarget(incoming.url);
    const route = routes.now();
    if (isLivez(exchange)) livez(exchange);
    else if (route) route(exchange);
    else
      routes().then(
        (loaded) => loaded(exchange),
        (error) => unready(exchange, error),
      );
  };
}

/** Lawful in every dialect: nothing that knows one is loaded. */
const unreadyBody = JSON.stringify({
  type: 'error',
  error: {
    type: 'server_error',
    message: 'A part of the proxy could not be loaded. Send the request again. Fix: ulimit -n 4096, then start it anew',
    param: null,
    code: 'service_unavailable',
  },
});

/** The client's own id where it is short and plain, so that people find it again in their logs; else a new one. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:/+=@~-]{1,128}$/.test(given) ? given : newId('req_');
}
