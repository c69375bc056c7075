import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Log } from '../observe/log.ts';
import type { Exchange } from './exchange.ts';
import type { FormatRoutes } from './formats.ts';
import type { Admission, Refusal } from './guard.ts';
import { sendError } from './on-error.ts';

export type ListenerOptions = {
  formats: FormatRoutes;
  app: { fetch(request: Request, exchange: Exchange): Response | Promise<Response> };
  guard(incoming: IncomingMessage): Admission;
  clock: Pick<Clock, 'monotonic'>;
  log: Pick<Log, 'write'>;
  /** Told of each request that came through the tunnel. */
  onRemote?: () => void;
};

/** What node's server calls for each request: the guard first, before anything reads the head in its own way; then Hono. */
export function createListener({ app, formats, guard, clock, log, onRemote }: ListenerOptions) {
  const refuse = async (exchange: Exchange, { error, status, headers }: Refusal): Promise<void> => {
    const format = await formats[0].format();
    const sent = sendError(exchange, error, { format, flavour: 'plain' }, { status, headers });
    const { requestId, incoming } = exchange;
    const ip = incoming.socket.remoteAddress ?? '';
    log.write({ type: 'refused', requestId, code: error.code, status: sent.status, route: 'guard', ip });
  };
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const requestId = requestIdOf(incoming);
    const admission = guard(incoming);
    const remote = admission.refusal === undefined && admission.remote;
    if (remote) onRemote?.();
    const exchange: Exchange = { incoming, outgoing, requestId, remote, startedAt: clock.monotonic() };
    if (admission.refusal) {
      void refuse(exchange, admission.refusal);
      return;
    }
    // Hono's adapter gives its handlers no more than node's two objects, so each request gets an adapter of its own: three closures.
    void getRequestListener((request) => app.fetch(request, exchange), {
      overrideGlobalObjects: false,
      autoCleanupIncoming: false,
      errorHandler: async () => {
        const error = new ProxyError('invalid_request', 'The request target is not a valid path.');
        await refuse(exchange, { error });
        return RESPONSE_ALREADY_SENT;
      },
    })(incoming, outgoing);
  };
}

/** The client's own id where it is short and plain, so that people find it again in their logs; else a new one. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:/+=@~-]{1,128}$/.test(given) ? given : newId('req_');
}
