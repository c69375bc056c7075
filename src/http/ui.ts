import { ProxyError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import type { Log } from '../observe/log.ts';
import type { RecentCalls } from '../observe/recent-calls.ts';
import { commonHeaders } from './answer-headers.ts';
import { readJsonBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import type { FailedKeys } from './failed-keys.ts';
import { isOwnOrigin } from './guard.ts';
import { holderOf, type KeyRing } from './key-ring.ts';
import { sendJson } from './send-json.ts';
import { cookieHeader, isEncrypted, readCookie } from './ui-cookie.ts';
import { type UiStreams, uiStreams } from './ui-events.ts';
import type { UiPage } from './ui-page.ts';
import type { UiSession, UiSessions } from './ui-sessions.ts';
import type { Rehearsal, UiState } from './ui-state.ts';

/** What the dashboard's routes do. */
export type UiAct = 'page' | 'link' | 'signIn' | 'signOut' | 'state' | 'events' | 'replay';

/** Answers the dashboard's routes; what is thrown becomes an error as on every other route. */
export type Ui = Record<UiAct, (exchange: Exchange) => Promise<void> | void> & {
  /** Ends sessions and streams, so that stopping need not wait for a browser. */
  close(): void;
};

export type UiParts = {
  page: () => Promise<UiPage>;
  sessions: UiSessions;
  keys: KeyRing;
  failedKeys: FailedKeys;
  /** Whether this proves that who asks may write where the proxy keeps its state: the same person. */
  isLocalProof: (proof: string) => Promise<boolean>;
  state: () => Promise<UiState>;
  recent: Pick<RecentCalls, 'subscribe' | 'find'>;
  replay: (row: NonNullable<ReturnType<RecentCalls['find']>>) => Promise<Rehearsal>;
  scrub: (text: string) => string;
  log: Pick<Log, 'write'>;
};

const bodyLimits = { bodyBytes: 4096, jsonDepth: 4, bodyMs: 5_000 };

/** The dashboard's acts over the parts of a running proxy. */
export function createUi(parts: UiParts): Ui {
  const { sessions, scrub, recent } = parts;
  const streams: UiStreams = uiStreams({ subscribe: recent.subscribe, scrub });
  let page: Promise<UiPage> | undefined;

  return {
    async page(exchange) {
      page ??= parts.page();
      page.catch(() => (page = undefined));
      const { html, headers } = await page;
      send(exchange, 200, html, { ...headers, 'content-type': 'text/html; charset=utf-8' });
    },
    async link(exchange) {
      await authorizeLink(exchange, parts);
      const { token, expiresInMs } = sessions.link();
      // Behind the #, so that no server, log or Referer ever sees it, and no link preview uses it up.
      const { headers, socket } = exchange.incoming;
      const url = `${isEncrypted(socket) ? 'https' : 'http'}://${headers.host}/ui#link=${token}`;
      sendJson(exchange, 200, { url, expiresInSeconds: expiresInMs / 1000 });
    },
    async signIn(exchange) {
      demandOwnOrigin(exchange);
      const token = await bodyField(exchange, 'link');
      const cookie = sessions.exchange(token);
      const ip = exchange.incoming.socket.remoteAddress ?? '';
      if (cookie === undefined) {
        await parts.failedKeys.wait(ip);
        throw new ProxyError('unauthorized', 'This link was used already or is older than a minute.', {
          fix: 'claude-bedrock ui',
        });
      }
      parts.log.write({ type: 'authenticated', principalId: 'dashboard', route: '/ui', ip });
      send(exchange, 204, '', { 'set-cookie': cookieHeader(exchange.incoming, cookie) });
    },
    signOut(exchange) {
      demandOwnOrigin(exchange);
      const cookie = readCookie(exchange.incoming);
      if (cookie !== undefined) sessions.end(cookie);
      send(exchange, 204, '', { 'set-cookie': cookieHeader(exchange.incoming, '') });
    },
    async state(exchange) {
      sessionOf(exchange, sessions);
      send(exchange, 200, scrub(JSON.stringify(await parts.state())), { 'content-type': 'application/json' });
    },
    events(exchange) {
      const { signal } = sessionOf(exchange, sessions);
      streams.open(exchange.outgoing, commonHeaders(exchange.requestId), signal);
    },
    async replay(exchange) {
      demandOwnOrigin(exchange);
      sessionOf(exchange, sessions);
      const row = recent.find(await bodyField(exchange, 'id'));
      if (!row) throw new ProxyError('not_found', 'This request is no longer among the recent ones.');
      sendJson(exchange, 200, await parts.replay(row));
    },
    close() {
      sessions.close();
      streams.close();
    },
  };
}

/** A link is for the person who owns the keys: an admin key says so, or a file that only they can write. */
async function authorizeLink(exchange: Exchange, { keys, failedKeys, isLocalProof }: UiParts): Promise<void> {
  const { incoming } = exchange;
  // Read in any case: an unread body keeps its connection busy.
  const body = await readJsonBody(incoming, bodyLimits);
  const principal = holderOf(incoming.headers, keys);
  if (principal?.scope === 'admin') return;
  if (principal) throw new ProxyError('forbidden', 'This needs a key of the scope admin.');
  const proof = isObject(body) ? body['proof'] : undefined;
  if (typeof proof === 'string' && (await isLocalProof(proof))) return;
  await failedKeys.wait(incoming.socket.remoteAddress ?? '');
  throw new ProxyError('unauthorized', 'A link to the dashboard needs an admin key.', { fix: 'claude-bedrock ui' });
}

/** Browsers say on every POST and DELETE which page sent it; what changes something must come from our own. */
function demandOwnOrigin({ incoming }: Exchange): void {
  if (!isOwnOrigin(incoming)) throw new ProxyError('forbidden', 'Only the dashboard itself may do this.');
}

function sessionOf({ incoming }: Exchange, sessions: UiSessions): UiSession {
  const cookie = readCookie(incoming);
  const session = cookie === undefined ? undefined : sessions.find(cookie);
  if (session) return session;
  throw new ProxyError('unauthorized', 'This browser is not signed in.', { fix: 'claude-bedrock ui' });
}

async function bodyField({ incoming }: Exchange, name: string): Promise<string> {
  const body = await readJsonBody(incoming, bodyLimits);
  const value = isObject(body) ? body[name] : undefined;
  if (typeof value === 'string') return value;
  throw new ProxyError('invalid_request', `The body must be {"${name}": "…"}.`, { param: name });
}

function send({ outgoing, requestId }: Exchange, status: number, text: string, headers: Record<string, string>): void {
  outgoing.writeHead(status, {
    ...commonHeaders(requestId),
    ...headers,
    ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(text) }),
  });
  outgoing.end(text);
}
