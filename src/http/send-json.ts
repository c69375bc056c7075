import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { commonHeaders } from './answer-headers.ts';
import type { Exchange } from './exchange.ts';

/** Sends a whole JSON answer; what it returns tells Hono's adapter that there is nothing left to do. */
export function sendJson(
  { outgoing, requestId }: Exchange,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): Response {
  const text = JSON.stringify(body);
  outgoing.writeHead(status, {
    ...commonHeaders(requestId),
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  outgoing.end(text);
  return RESPONSE_ALREADY_SENT;
}
