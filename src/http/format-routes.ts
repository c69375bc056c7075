import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { ProxyError } from '../base/errors.ts';
import type { FormatContext } from '../wire/format.ts';
import { type App, type AppOptions, bases } from './app-env.ts';
import { authenticate, principalOf } from './authenticate.ts';
import type { FormatRoute } from './formats.ts';
import { type Asked, refuse, refuseMethod } from './refuse.ts';
import { serveFormat } from './serve-format.ts';

/** A format's route, at every base URL that people type. */
export function addFormat(app: App, route: FormatRoute, options: AppOptions): void {
  const places = bases.map(({ prefix, flavour }) => ({ path: `${prefix}${route.path}`, flavour }));
  if (route.azure) places.push({ path: `/openai/deployments/:deployment{.+}${route.path}`, flavour: 'azure' });
  for (const { path, flavour } of places) {
    // One handler for every method: where there are several, Hono composes a chain for each request. And it waits for
    // nothing, so that an answer of many minutes keeps nothing of Hono's.
    app.all(path, (c) => {
      const asked: Asked = { exchange: c.env, flavour, path };
      if (c.req.method !== 'POST') return refuseMethod(asked, 'POST', options);
      serveRoute(route, asked, c.req.param('deployment'), options).catch(() => c.env.outgoing.destroy());
      return RESPONSE_ALREADY_SENT;
    });
  }
}

async function serveRoute(
  route: FormatRoute,
  asked: Asked,
  deployment: string | undefined,
  options: AppOptions,
): Promise<void> {
  const { exchange } = asked;
  try {
    asked.format = route.format.now() ?? (await route.format());
    const principal = principalOf(exchange, options) ?? (await authenticate(exchange, options));
    const serve = route.serve ? await route.serve() : serveFormat;
    const context = contextOf(asked, deployment, options);
    await serve({ exchange, principal, format: asked.format, context, services: options.services });
  } catch (error) {
    // A body that is still on its way was too slow; behind it, whatever else is waited for may be.
    const isSlowBody = error instanceof ProxyError && error.code === 'timeout' && !exchange.incoming.complete;
    await refuse(asked, error, options, isSlowBody ? { status: 408 } : undefined);
  }
}

function contextOf(
  { exchange, flavour }: Asked,
  pathModel: string | undefined,
  { services: { settings } }: AppOptions,
): FormatContext {
  const { headers } = exchange.incoming;
  // People type the plain base URL into Cursor as well; it says who it is.
  const flavourSeen = flavour === 'plain' && /^cursor\b/i.test(headers['user-agent'] ?? '') ? 'cursor' : flavour;
  return {
    flavour: flavourSeen,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    reasoningDisplay: settings.reasoningDisplay,
    strict: settings.strict,
    ...(pathModel === undefined ? {} : { pathModel }),
  };
}
