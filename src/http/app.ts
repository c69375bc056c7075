import { getRequestListener } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { ProxyError } from '../base/errors.ts';
import { metricsContentType } from '../observe/metrics.ts';
import { absentApi } from './absent-apis.ts';
import { commonHeaders } from './answer-headers.ts';
import { type App, type AppContext, type AppEnv, type AppOptions, bases } from './app-env.ts';
import { authenticate } from './authenticate.ts';
import type { Exchange } from './exchange.ts';
import { addFormat } from './format-routes.ts';
import { listModels, showModel } from './models.ts';
import { livez, type Operations, readyz } from './operations.ts';
import { asking, refuse, refuseMethod } from './refuse.ts';
import { sendJson } from './send-json.ts';
import { shownText } from './shown-text.ts';
import { sightingOf } from './sighting.ts';
import type { StoredAct } from './stored-responses.ts';
import type { UiAct } from './ui.ts';

/** Answers one exchange. */
export type Routes = (exchange: Exchange) => void;

/** Every route there is, behind node's own request and response. */
export function createRoutes(options: AppOptions): Routes {
  const app = createApp(options);
  // Hono makes its table of routes at the first look, for 15 ms.
  app.router.match('POST', '/v1/chat/completions');
  // Hono's adapter hands its handlers node's two objects and nothing of ours.
  const exchanges = new WeakMap<object, Exchange>();
  const listener = getRequestListener(
    (request, { incoming }) => {
      const exchange = exchanges.get(incoming);
      Promise.resolve(app.fetch(request, exchange)).catch(() => exchange?.outgoing.destroy());
      // The handlers write to node's own response, now or later: for the adapter it is over, and it keeps nothing of it.
      return RESPONSE_ALREADY_SENT;
    },
    { overrideGlobalObjects: false, autoCleanupIncoming: false },
  );
  return (exchange) => {
    exchanges.set(exchange.incoming, exchange);
    void listener(exchange.incoming, exchange.outgoing);
  };
}

/** Handlers write to node's own response; what they throw becomes the format's error. */
function createApp(options: AppOptions): App {
  const app = new Hono<AppEnv>();
  for (const route of options.formats) addFormat(app, route, options);
  addStoredResponses(app, options);
  addModels(app, options);
  addOperations(app, options);
  addUi(app, options);
  app.notFound((c) => {
    const api = absentApi(c.req.path);
    const nothing = `There is nothing at ${c.req.method} ${shownText(c.req.path)}.`;
    throw new ProxyError('not_found', api ? `${nothing} ${api.what}` : nothing, {
      fix: api?.fix ?? 'use the base URL that ends in /v1',
    });
  });
  app.onError((error, c) => refuse(asking(c), error, options));
  return app;
}

const storedActs: readonly { method: 'GET' | 'DELETE' | 'POST'; path: string; act: StoredAct }[] = [
  { method: 'GET', path: '/responses/:id', act: 'show' },
  { method: 'DELETE', path: '/responses/:id', act: 'delete' },
  { method: 'POST', path: '/responses/:id/cancel', act: 'cancel' },
  { method: 'GET', path: '/responses/:id/input_items', act: 'items' },
];

function addStoredResponses(app: App, options: AppOptions): void {
  for (const { prefix } of bases) {
    for (const { method, path, act } of storedActs) {
      app.on(method, prefix + path, async (c) => {
        const { serveStored } = await import('./stored-responses.ts');
        return serveStored(c, act, options);
      });
    }
    app.post(`${prefix}/responses/compact`, (c) => c.notFound());
    allowOnly(app, `${prefix}/responses/:id`, 'GET, HEAD, DELETE', options);
    allowOnly(app, `${prefix}/responses/:id/cancel`, 'POST', options);
    allowOnly(app, `${prefix}/responses/:id/input_items`, 'GET, HEAD', options);
  }
}

function addModels(app: App, options: AppOptions): void {
  for (const { prefix } of bases) {
    app.get(`${prefix}/models`, async (c) => {
      const principal = await authenticate(c.env, options);
      const { engine, seen, clock } = options.services;
      seen?.(sightingOf(c.env, clock.now()));
      return sendJson(c.env, 200, await listModels(await engine(), principal, c.env.incoming));
    });
    // Ids hold slashes (ARNs) and colons, encoded or not.
    app.get(`${prefix}/models/:id{.+}`, async (c) => {
      const principal = await authenticate(c.env, options);
      const offer = await options.services.engine();
      return sendJson(c.env, 200, await showModel(offer, c.req.param('id'), principal, c.env.incoming));
    });
    allowOnly(app, `${prefix}/models`, 'GET, HEAD', options);
    allowOnly(app, `${prefix}/models/:id{.+}`, 'GET, HEAD', options);
  }
}

/** What exists on this machine only, whatever the method. */
const localPaths = ['/', '/livez', '/readyz', '/metrics', '/admin/*', '/ui/*'];

function addOperations(app: App, options: AppOptions): void {
  for (const path of localPaths) {
    app.use(path, async (c, next) => {
      hideFromTunnel(c);
      await next();
    });
  }
  // Claude Code asks so whether anybody is there, without a key; there is no page for GET.
  app.get('/', (c) => {
    if (c.env.incoming.method !== 'HEAD') return c.notFound();
    c.env.outgoing.writeHead(200, commonHeaders(c.env.requestId)).end();
    return RESPONSE_ALREADY_SENT;
  });
  app.get('/livez', (c) => {
    livez(c.env);
    return RESPONSE_ALREADY_SENT;
  });
  app.get('/readyz', async (c) => {
    await authenticate(c.env, options);
    const { status, body } = await readyz(options.readiness);
    return sendJson(c.env, status, body);
  });
  const { operations } = options;
  if (operations) addStates(app, operations, options);
  allowOnly(app, '/livez', 'GET, HEAD', options);
  allowOnly(app, '/readyz', 'GET, HEAD', options);
}

/** What a running proxy knows of itself, and the one thing that may be done to it: emptying its cache. */
function addStates(app: App, operations: Operations, options: AppOptions): void {
  app.get('/metrics', async (c) => {
    await authenticate(c.env, options);
    const text = operations.metrics();
    const { outgoing, requestId } = c.env;
    const length = Buffer.byteLength(text);
    outgoing.writeHead(200, {
      ...commonHeaders(requestId),
      'content-type': metricsContentType,
      'content-length': length,
    });
    outgoing.end(text);
    return RESPONSE_ALREADY_SENT;
  });
  app.get('/admin/cache', async (c) => {
    await administer(c, options);
    return sendJson(c.env, 200, await operations.cacheStats());
  });
  app.delete('/admin/cache', async (c) => {
    await administer(c, options);
    await operations.clearCache();
    return sendJson(c.env, 200, await operations.cacheStats());
  });
  allowOnly(app, '/metrics', 'GET, HEAD', options);
  allowOnly(app, '/admin/cache', 'GET, HEAD, DELETE', options);
}

const uiActs: readonly { method: 'GET' | 'POST' | 'DELETE'; path: string; act: UiAct }[] = [
  { method: 'GET', path: '/ui', act: 'page' },
  { method: 'GET', path: '/ui/', act: 'page' },
  { method: 'POST', path: '/ui/link', act: 'link' },
  { method: 'POST', path: '/ui/session', act: 'signIn' },
  { method: 'DELETE', path: '/ui/session', act: 'signOut' },
  { method: 'GET', path: '/ui/api/state', act: 'state' },
  { method: 'GET', path: '/ui/api/events', act: 'events' },
  { method: 'POST', path: '/ui/api/replay', act: 'replay' },
];

/** The dashboard has its own sign-in. */
function addUi(app: App, options: AppOptions): void {
  const { ui } = options;
  if (!ui) return;
  for (const { method, path, act } of uiActs) {
    app.on(method, path, async (c) => {
      await (await ui())[act](c.env);
      return RESPONSE_ALREADY_SENT;
    });
  }
  for (const path of new Set(uiActs.map((each) => each.path))) {
    const methods = uiActs.filter((each) => each.path === path).map(({ method }) => method);
    allowOnly(app, path, methods.join(', '), options);
  }
}

async function administer(c: AppContext, options: AppOptions): Promise<void> {
  const { scope } = await authenticate(c.env, options);
  if (scope !== 'admin') throw new ProxyError('forbidden', 'This needs a key of the scope admin.');
}

function allowOnly(app: App, path: string, allow: string, options: AppOptions): void {
  app.all(path, (c) => refuseMethod(asking(c), allow, options));
}

/** Through a tunnel only the model routes exist. */
function hideFromTunnel(c: AppContext): void {
  if (c.env.remote) throw new ProxyError('not_found', 'There is nothing here.');
}
