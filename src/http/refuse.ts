import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { routePath } from 'hono/route';
import { ProxyError } from '../base/errors.ts';
import type { WireFormat } from '../wire/format.ts';
import type { AppContext, AppOptions, Flavour } from './app-env.ts';
import type { Exchange } from './exchange.ts';
import { fallbackFormat } from './formats.ts';
import { sendError } from './on-error.ts';
import { sightingOf } from './sighting.ts';

/** What a refusal must know of who asked, and in which language to say it. `path`: the route's pattern. */
export type Asked = { exchange: Exchange; flavour: Flavour; path: string; format?: WireFormat<unknown> };

/** What a handler of Hono's knows of who asked. */
export function asking(c: AppContext): Asked {
  const asked: Asked = { exchange: c.env, flavour: 'plain', path: routePath(c) };
  const format = c.get('format');
  return format ? { ...asked, format } : asked;
}

/** Answers with the error in the format's shape, and tells the log. */
export async function refuse(
  { exchange, flavour, path, format }: Asked,
  thrown: unknown,
  { formats, services: { log, seen, clock } }: AppOptions,
  overrides?: { status: number; headers?: Record<string, string> },
): Promise<Response> {
  const shape = { format: format ?? (await fallbackFormat(exchange.incoming, formats)), flavour };
  const { status, error } = sendError(exchange, thrown, shape, overrides);
  const { code, facts } = error;
  const { requestId, incoming, remote } = exchange;
  const ip = incoming.socket.remoteAddress ?? '';
  log.write({ type: 'refused', requestId, code, status, route: path || 'none', ip });
  if (remote) seen?.({ ...sightingOf(exchange, clock.now()), refused: code });
  if (code === 'internal') log.write({ type: 'failure', where: 'http', code, detail: facts.detail });
  return RESPONSE_ALREADY_SENT;
}

/** The path is ours, the method is not: 405, and what would be right. */
export function refuseMethod(asked: Asked, allow: string, options: AppOptions): Promise<Response> {
  const { method } = asked.exchange.incoming;
  const error = new ProxyError('not_found', `${method} is not a method of this path; it takes ${allow}.`);
  return refuse(asked, error, options, { status: 405, headers: { allow } });
}
