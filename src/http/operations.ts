import type { JsonObject } from '../base/json.ts';
import { commonHeaders } from './answer-headers.ts';
import type { Exchange } from './exchange.ts';

/** What keeps the proxy from answering calls, and the command that mends it. */
export type Lack = { what: string; fix?: string };

/** Everything that is missing; empty when calls can be answered. It must not take longer than a person waits. */
export type Readiness = () => Promise<readonly Lack[]>;

/** `GET /readyz`: 200 when nothing is missing, else 503 and each lack with its command. */
export async function readyz(readiness: Readiness): Promise<{ status: 200 | 503; body: JsonObject }> {
  const missing = await readiness();
  if (missing.length === 0) return { status: 200, body: { ready: true } };
  return {
    status: 503,
    body: { ready: false, missing: missing.map(({ what, fix }) => (fix === undefined ? { what } : { what, fix })) },
  };
}

/** Whether it is the plain liveness check, which is answered before the routes are even loaded. */
export const isLivez = ({ incoming, remote }: Exchange): boolean =>
  incoming.url === '/livez' && incoming.method === 'GET' && !remote;

/** `GET /livez`: the process answers. It says nothing else, so it needs no key. */
export function livez({ outgoing, requestId }: Exchange): void {
  outgoing.writeHead(200, { ...commonHeaders(requestId), 'content-type': 'text/plain', 'content-length': 2 });
  outgoing.end('ok');
}

/** What the running proxy can be asked about itself. */
export type Operations = {
  /** Prometheus text. */
  metrics(): string;
  cacheStats(): Promise<JsonObject>;
  clearCache(): Promise<void>;
};
