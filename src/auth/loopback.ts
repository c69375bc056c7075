import { createServer } from 'node:http';
import { ProxyError } from '../base/errors.ts';
import { loginCommand } from './sign-in-needed.ts';

/** A server on loopback that waits for one redirect of a browser (RFC 8252, section 7.3). */
export type LoopbackRedirect = {
  /** What to tell the authorization server: `http://127.0.0.1:PORT/oauth/callback`. */
  redirectUri: string;
  /** Resolves with the one redirect that carries a code or an error. */
  arrival: Promise<URL>;
  close(): void;
};

const path = '/oauth/callback';

/**
 * Waits for the browser to come back, on the loopback address by number and any free port (RFC 8252, sections 7.3 and
 * 8.3), for this one request and at most `timeoutMs`. Nothing else is served, and the page that answers holds nothing.
 * A redirect with another `state` than ours is passed over: whoever guesses the port must not end the sign-in.
 */
export async function awaitRedirect(state: string, timeoutMs: number, signal?: AbortSignal): Promise<LoopbackRedirect> {
  const { promise: arrival, resolve, reject } = Promise.withResolvers<URL>();
  // The caller may fail before it awaits the arrival; that must not count as unhandled.
  arrival.catch(() => undefined);
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '', redirectUri);
    const mine =
      request.method === 'GET' && url?.pathname === path && request.headers.host === new URL(redirectUri).host;
    const answers = mine && isAnswer(url.searchParams, state);
    response.writeHead(answers ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'",
      'referrer-policy': 'no-referrer',
      connection: 'close',
    });
    response.end(answers ? page : '');
    if (answers) resolve(url);
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const redirectUri = `http://127.0.0.1:${address.port}${path}`;

  const timer = setTimeout(() => {
    reject(new ProxyError('timeout', 'Nobody signed in in the browser in time.', { fix: loginCommand }));
  }, timeoutMs);
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const close = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    server.close();
    server.closeIdleConnections();
  };
  arrival.then(close, close);
  return { redirectUri, arrival, close };
}

/** Some servers leave `state` out of an error. */
const isAnswer = (back: URLSearchParams, state: string): boolean =>
  back.get('state') === state ? back.has('code') || back.has('error') : back.has('error') && !back.has('state');

const page =
  '<!doctype html><meta charset="utf-8"><title>claude-bedrock</title>' +
  '<h1>Back to your terminal</h1><p>The rest happens there. You can close this tab.</p>';
