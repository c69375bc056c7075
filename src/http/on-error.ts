import type { IncomingMessage } from 'node:http';
import { type ProxyError, toProxyError } from '../base/errors.ts';
import type { FormatContext, WireFormat } from '../wire/format.ts';
import { commonHeaders } from './answer-headers.ts';
import type { Exchange } from './exchange.ts';

/** The dialect that an error is told in. */
export type ErrorShape = { format: Pick<WireFormat<unknown>, 'toError'>; flavour: FormatContext['flavour'] };

/** How long an unread body may still arrive after its refusal, so that the client reads the answer and not a reset. */
const lingerMs = 1_000;

const shortBody = 65_536;

/** Sends anything thrown as the format's own error. Does nothing once the head is out or the client is gone. */
export function sendError(
  { incoming, outgoing, requestId }: Exchange,
  thrown: unknown,
  shape: ErrorShape,
  overrides: { status?: number | undefined; headers?: Record<string, string> | undefined } = {},
): { status: number; error: ProxyError } {
  const error = toProxyError(thrown);
  const wire = shape.format.toError(error, { flavour: shape.flavour, requestId });
  const status = overrides.status ?? wire.status;
  if (outgoing.headersSent || outgoing.destroyed) return { status, error };
  const text = JSON.stringify(wire.body);
  const reusable = status !== 408 && bodyIsNearlyOver(incoming);
  outgoing.writeHead(status, {
    ...commonHeaders(requestId),
    ...wire.headers,
    ...overrides.headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(reusable ? {} : { connection: 'close' }),
  });
  if (reusable) {
    incoming.resume();
    outgoing.end(text);
    return { status, error };
  }
  outgoing.write(text);
  const end = (): void => {
    clearTimeout(timer);
    outgoing.end();
  };
  const timer = setTimeout(end, lingerMs);
  incoming.resume().once('end', end).once('close', end);
  return { status, error };
}

/**
 * A short body that nobody will read is read to its end for the sake of the connection; a long one is not, nor one that
 * the client holds back until it is asked for (`Expect`): it may never come, and the next request would be taken for it.
 */
function bodyIsNearlyOver({ complete, headers }: IncomingMessage): boolean {
  return complete || (headers.expect === undefined && Number(headers['content-length'] ?? Number.NaN) <= shortBody);
}
