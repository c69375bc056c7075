import { connect, type Socket } from 'node:net';
import { systemClock } from '../../src/base/clock.ts';
import { ProxyError } from '../../src/base/errors.ts';
import { once } from '../../src/base/once.ts';
import { Secret } from '../../src/base/secret.ts';
import { embeddingModels } from '../../src/bedrock/embedding-models.ts';
import type { Upstream } from '../../src/converse/call.ts';
import type { Catalogue } from '../../src/converse/model.ts';
import { createRoutes } from '../../src/http/app.ts';
import { createFailedKeys } from '../../src/http/failed-keys.ts';
import type { FetchPublic } from '../../src/http/fetch-public.ts';
import { formatRoutes } from '../../src/http/formats.ts';
import { createGuard, type GuardOptions } from '../../src/http/guard.ts';
import { singleKey } from '../../src/http/key-ring.ts';
import { createListener } from '../../src/http/listener.ts';
import type { Lack, Operations } from '../../src/http/operations.ts';
import type { ServeSettings } from '../../src/http/serve.ts';
import { createHttpServer, type ServerOptions } from '../../src/http/server.ts';
import { typedFixes } from '../../src/http/typed-fixes.ts';
import type { LogEvent } from '../../src/observe/log-event.ts';
import { createFetchedMedia } from '../../src/policy/fetched-media.ts';
import { storedResponses } from '../../src/policy/stored-responses.ts';
import { aCall, modelInfo } from '../proxy/call-fixture.ts';

export const key = 'sk-cb-test';

export const catalogue: Catalogue = {
  resolve: (name) => {
    if (name === 'broken') throw new ProxyError('unknown_model', 'No model has this name.', { param: 'model' });
    return { ...aCall().target, known: name !== 'gpt-4o' };
  },
  list: () => [{ ...modelInfo, aliases: ['bedrock-sonnet', 'claude-sonnet-5'], released: '2026-01-02' }],
};

type Wish = {
  upstream: Upstream;
  settings?: Partial<ServeSettings>;
  limits?: Partial<ServeSettings['limits']>;
  guard?: Partial<GuardOptions>;
  server?: Partial<ServerOptions>;
  lacks?: readonly Lack[];
  /** What Bedrock's CountTokens says; absent: nothing. */
  counted?: number;
  operations?: Operations;
  scope?: 'inference' | 'admin';
  /** The models that the key may use; absent: all. */
  models?: readonly string[];
  fetchPublic?: FetchPublic;
  /** How this person types a command; absent: as it is written. */
  asTyped?: (text: string) => string;
  /** Wrong keys wait as long as they really do. */
  punish?: boolean;
};

export type ProxyUnderTest = {
  url: string;
  port: number;
  log: LogEvent[];
  close(): Promise<void>;
  /** A POST to Chat Completions with the right key. */
  chat(
    body: unknown,
    init?: { headers?: Record<string, string>; path?: string; signal?: AbortSignal },
  ): Promise<Response>;
};

/** The real server, routes and guard on a free port, above an upstream of the test's own. */
export async function startProxy(wish: Wish): Promise<ProxyUnderTest> {
  const log: LogEvent[] = [];
  const clock = systemClock;
  const settings: ServeSettings = {
    limits: { bodyBytes: 1_000_000, jsonDepth: 64, bodyMs: 5_000, ...wish.limits },
    holdMs: 5_000,
    heartbeatMs: 10_000,
    reasoningDisplay: 'reasoning_content',
    strict: false,
    remoteMedia: false,
    wishes: {},
    ...wish.settings,
  };
  const routes = createRoutes({
    formats: wish.asTyped ? typedFixes(formatRoutes, wish.asTyped) : formatRoutes,
    keys: singleKey(new Secret(key), {
      ...aCall().principal,
      scope: wish.scope ?? 'inference',
      ...(wish.models && { models: wish.models }),
    }),
    failedKeys: createFailedKeys(wish.punish ? clock : { ...clock, sleep: async () => {} }),
    readiness: async () => wish.lacks ?? [],
    ...(wish.operations && { operations: wish.operations }),
    services: {
      engine: async () => ({
        embeddings: embeddingModels({
          region: 'eu-central-1',
          defaultModel: 'bedrock-embed',
          unknownModels: 'default',
          aliases: {},
        }),
        upstream: wish.upstream,
        catalogue,
        countTokens: async ({ changes }) => ({ inputTokens: wish.counted, changes }),
      }),
      responses: storedResponses(clock),
      fetchedMedia: createFetchedMedia(clock),
      clock,
      log: { write: (event) => log.push(event) },
      settings,
      fetchPublic: async () => wish.fetchPublic ?? Promise.reject(new Error('nothing is to be fetched here')),
    },
  });
  const server = createHttpServer(
    {
      host: '127.0.0.1',
      port: 0,
      maxConnections: 1_000,
      headersMs: 10_000,
      bodyMs: 60_000,
      keepAliveMs: 60_000,
      drainMs: 30_000,
      ...wish.server,
    },
    (port) =>
      createListener({
        routes: once(async () => routes),
        formats: formatRoutes,
        guard: createGuard({ port, hosts: [], publicHosts: [], origins: [], ...wish.guard }),
        clock,
        log: { write: (event) => log.push(event) },
      }),
  );
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    log,
    close: () => server.close(),
    chat: (body, { headers = {}, path = '/v1/chat/completions', signal } = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
        ...(signal ? { signal } : {}),
      }),
  };
}

export const hello = { model: 'bedrock-sonnet', messages: [{ role: 'user', content: 'Hello' }] };

/** A bare socket, for what no client library would send. */
export type RawSocket = {
  socket: Socket;
  send(text: string): void;
  text(): string;
  until(needle: string | RegExp, ms?: number): Promise<string>;
  closed(ms?: number): Promise<string>;
};

export async function rawSocket(port: number): Promise<RawSocket> {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let text = '';
  let over = false;
  socket.setEncoding('utf8').on('data', (data) => (text += data));
  socket.on('error', () => {});
  socket.on('close', () => (over = true));
  const waitFor = async (done: () => boolean, what: string, ms: number): Promise<string> => {
    const deadline = Date.now() + ms;
    while (!done()) {
      if (Date.now() > deadline)
        throw new Error(`waited ${ms} ms for ${what}; got ${JSON.stringify(text.slice(0, 500))}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return text;
  };
  return {
    socket,
    send: (data) => socket.write(data),
    text: () => text,
    until: (needle, ms = 15_000) =>
      waitFor(() => (typeof needle === 'string' ? text.includes(needle) : needle.test(text)), String(needle), ms),
    closed: (ms = 15_000) => waitFor(() => over, 'the socket to close', ms),
  };
}

/** A whole HTTP/1.1 request as text; the Host header is the caller's own business. */
export function rawPost(body: string, headers: readonly string[], path = '/v1/chat/completions'): string {
  return [
    `POST ${path} HTTP/1.1`,
    ...headers,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
