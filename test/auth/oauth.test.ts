import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  exchangeToken,
  oauthGrant,
  type SignInPrompt,
  signInWithBrowser,
  signInWithDevice,
} from '../../src/auth/oauth.ts';
import { findOAuthServer, type OAuthServer } from '../../src/auth/oauth-server.ts';
import { tokenAnswer } from '../../src/auth/token-answer.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Secret } from '../../src/base/secret.ts';
import { patienceMs } from '../deadline.ts';
import { type Issuer, issuerClient, startIssuer } from './issuer.ts';

let issuer: Issuer;
let server: OAuthServer;
beforeAll(async () => {
  issuer = await startIssuer();
  server = await findOAuthServer({ issuer: issuer.url, clientId: issuerClient, scopes: ['openid', 'offline_access'] });
});
afterAll(() => issuer.close());

/** A browser with one person in it: follows redirects, keeps cookies, signs in, agrees. Returns the last URL it was sent to. */
async function browse(start: string, fill: Record<string, string> = {}): Promise<string> {
  const cookies = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < 20; step++) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: form }),
    });
    form = undefined;
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=');
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location !== null) {
      url = new URL(location, url).href;
      continue;
    }
    const page = await response.text();
    const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1];
    if (action === undefined) return page;
    url = new URL(action.replaceAll('&amp;', '&'), url).href;
    form = new URLSearchParams(fill);
    for (const [, name = '', value = ''] of page.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g))
      form.set(name, value);
    if (page.includes('name="login"')) form.set('login', 'ana');
    if (page.includes('name="password"')) form.set('password', 'canary-password');
  }
  throw new Error('the browser went in circles');
}

test('browser: authorization code + PKCE over loopback brings a pair, which rotates; revoked, it refreshes no more', async () => {
  const shown: SignInPrompt[] = [];
  let page = '';
  const pair = await signInWithBrowser(server, {
    clock: systemClock,
    show(prompt) {
      shown.push(prompt);
      void browse(prompt.url).then((last) => {
        page = last;
      });
    },
  });
  expect(pair).toMatchObject({
    accessToken: expect.any(String),
    refreshToken: expect.any(String),
    idToken: expect.any(String),
    expiresInMs: 300_000,
  });
  const url = new URL(shown[0]?.url ?? '');
  expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  expect(url.searchParams.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/);
  await expect.poll(() => page).toContain('Back to your terminal');

  const grant = oauthGrant(server);
  const answer = await grant.refresh(new Secret(pair.refreshToken ?? ''));
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  expect(answer.pair.refreshToken).not.toBe(pair.refreshToken);
  const newest = new Secret(answer.pair.refreshToken ?? '');
  expect(await grant.revoke?.(newest)).toBe(true);
  expect(await grant.refresh(newest)).toEqual({ kind: 'invalid-grant' });
});

test('a spent refresh token sent again ends the sign-in by design: this issuer is a fair judge of rotation', async () => {
  const grant = oauthGrant(server);
  const first = new Secret(await issuer.mint());
  const answer = await grant.refresh(first);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  expect(await grant.refresh(first)).toEqual({ kind: 'invalid-grant' });
  expect(await grant.refresh(new Secret(answer.pair.refreshToken ?? ''))).toEqual({ kind: 'invalid-grant' });
});

test('device: shows the code, waits while it is pending, and brings a pair', async () => {
  const waits: number[] = [];
  let approve = async (): Promise<unknown> => undefined;
  const pair = await signInWithDevice(server, {
    clock: {
      ...systemClock,
      async sleep(ms) {
        waits.push(ms);
        // The person confirms after the first answer "pending".
        if (waits.length === 2) await approve();
      },
    },
    show(prompt) {
      if (prompt.kind !== 'device') throw new Error('a device prompt');
      expect(prompt.code).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
      approve = () => browse(prompt.url, { confirm: 'yes', user_code: prompt.code });
    },
  });
  expect(pair.refreshToken).toEqual(expect.any(String));
  expect(waits).toEqual([5_000, 5_000]);
});

describe('a scripted token endpoint', () => {
  type Reply =
    | { status: number; body?: string; headers?: Record<string, string> }
    | 'reset'
    | 'reset before the body'
    | 'slow'
    | 'slow body';
  let replies: Reply[] = [];
  let bodies: URLSearchParams[] = [];
  let scripted: OAuthServer;
  const http = createServer(async (request, response) => {
    bodies.push(new URLSearchParams(await text(request)));
    const reply = replies.shift() ?? { status: 500 };
    if (reply === 'reset') return request.socket.destroy();
    if (reply === 'slow') return undefined;
    if (reply === 'slow body') return response.writeHead(200, { 'content-length': 500 }).flushHeaders();
    if (reply === 'reset before the body') {
      response.writeHead(200, { 'content-length': 500 }).flushHeaders();
      return setTimeout(() => request.socket.destroy(), 20);
    }
    return response
      .writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      .end(reply.body ?? '{}');
  });
  let base = '';
  beforeAll(async () => {
    await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
    const address = http.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    base = `http://127.0.0.1:${address.port}`;
    const found = await findOAuthServer({ issuer: base, clientId: 'c', tokenEndpoint: `${base}/token` });
    scripted = { ...found, as: { ...found.as, device_authorization_endpoint: `${base}/device` } };
  });
  afterAll(() => {
    http.close();
    http.closeAllConnections();
  });
  const refresh = (...script: Reply[]) => {
    replies = script;
    bodies = [];
    return oauthGrant(scripted).refresh(new Secret('canary-refresh'));
  };

  test.each<[Reply, object]>([
    [{ status: 400, body: '{"error":"invalid_grant"}' }, { kind: 'invalid-grant' }],
    [
      { status: 400, body: '{"error":"invalid_client"}' },
      { kind: 'refused', detail: '400 invalid_client' },
    ],
    [
      { status: 400, body: '<html>canary-refresh</html>' },
      { kind: 'refused', detail: '400 unknown_error' },
    ],
    [
      { status: 403, body: '{"error":"canary-refresh is not allowed"}' },
      { kind: 'refused', detail: '403 unknown_error' },
    ],
    [
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'throttled', retryAfterMs: 7_000 },
    ],
    [{ status: 500 }, { kind: 'failing' }],
    [
      { status: 503, headers: { 'retry-after': '3' } },
      { kind: 'failing', retryAfterMs: 3_000 },
    ],
    [{ status: 302, headers: { location: 'https://portal.example.com/' } }, { kind: 'failing' }],
    ['reset', { kind: 'unanswered' }],
    ['reset before the body', { kind: 'unanswered' }],
    [
      { status: 200, body: 'not json' },
      { kind: 'unanswered', detail: '200 without a token' },
    ],
    [{ status: 200, body: '{"access_token":""}' }, { kind: 'unanswered' }],
    [
      { status: 200, body: '<h1>Sign in to the network</h1>', headers: { 'content-type': 'text/html; charset=utf-8' } },
      { kind: 'failing' },
    ],
    [
      { status: 201, body: '{"access_token":"a","refresh_token":"r","expires_in":1e300}' },
      { kind: 'granted', pair: { accessToken: 'a', refreshToken: 'r', expiresInMs: 315_360_000_000 } },
    ],
    [
      { status: 200, body: '{"access_token":"a","refresh_token":"r","expires_in":"60","refresh_expires_in":120}' },
      {
        kind: 'granted',
        pair: { accessToken: 'a', refreshToken: 'r', expiresInMs: 60_000, refreshExpiresInMs: 120_000 },
      },
    ],
    [
      { status: 200, body: '{"access_token":"a","id_token":"not.a.jwt","token_type":"whatever"}' },
      { kind: 'granted', pair: { accessToken: 'a', idToken: 'not.a.jwt', expiresInMs: 300_000 } },
    ],
    [{ status: 200, body: '{"error":"invalid_grant"}' }, { kind: 'invalid-grant' }],
    [
      { status: 200, body: '{"error":"bad_refresh_token"}' },
      { kind: 'refused', detail: '200 bad_refresh_token' },
    ],
    [{ status: 403, body: '<h1>blocked', headers: { 'content-type': 'text/html' } }, { kind: 'failing' }],
  ])('%o', async (reply, expected) => {
    expect(await refresh(reply)).toMatchObject(expected);
    expect(bodies).toHaveLength(1);
  });

  test.each(['slow', 'slow body'] as const)(
    '%s: ends at its deadline as unanswered, because the token may be spent',
    async (reply) => {
      replies = [reply];
      const started = performance.now();
      const answer = await tokenAnswer((signal) => fetch(`${base}/token`, { method: 'POST', signal }), 300);
      expect(answer).toEqual({ kind: 'unanswered', detail: 'timeout' });
      expect(performance.now() - started).toBeLessThan(patienceMs);
    },
  );

  test('nobody listening counts as unsent: the token was not spent', async () => {
    const gone = createServer();
    await new Promise<void>((listening) => gone.listen(0, '127.0.0.1', listening));
    const address = gone.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await new Promise((closed) => gone.close(closed));
    const answer = await tokenAnswer((signal) => fetch(`http://127.0.0.1:${address.port}/`, { signal }));
    expect(answer).toEqual({ kind: 'unsent', detail: 'ECONNREFUSED' });
  });

  test('device: slow_down adds five seconds for all later polls; a lost poll doubles the wait', async () => {
    const waits: number[] = [];
    replies = [
      {
        status: 200,
        body: '{"device_code":"canary-device","user_code":"AB-CD","verification_uri":"https://x.example/","expires_in":600,"interval":2}',
      },
      { status: 400, body: '{"error":"authorization_pending"}' },
      { status: 400, body: '{"error":"slow_down"}' },
      'reset',
      { status: 200, body: '{"access_token":"a","token_type":"bearer"}' },
    ];
    const clock = { ...systemClock, sleep: async (ms: number) => void waits.push(ms) };
    expect(await signInWithDevice(scripted, { clock, show: () => {} })).toMatchObject({ accessToken: 'a' });
    expect(waits).toEqual([2_000, 2_000, 7_000, 14_000]);
  });

  test.each([
    ['access_denied', /declined/],
    ['expired_token', /ran out/],
    ['invalid_client', /refused/],
  ])('device: %s ends with a sentence', async (error, sentence) => {
    replies = [
      {
        status: 200,
        body: '{"device_code":"d","user_code":"AB-CD","verification_uri":"https://x.example/","expires_in":600}',
      },
      { status: 400, body: JSON.stringify({ error, error_description: 'canary-device' }) },
    ];
    const clock = { ...systemClock, sleep: async () => undefined };
    const failure = await signInWithDevice(scripted, { clock, show: () => {} }).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'sign_in_needed', publicMessage: expect.stringMatching(sentence) });
    expect(inspect(failure, { depth: 9 })).not.toContain('canary');
  });

  const device = {
    status: 200,
    body: '{"device_code":"d","user_code":"AB-CD","verification_uri":"https://x.example/","expires_in":600,"interval":1}',
  };

  test('device: a busy server, a page in its place and a 200 that says "pending" are waited out', async () => {
    replies = [
      device,
      { status: 500, body: '{"error":"server_error"}' },
      { status: 200, body: '<h1>', headers: { 'content-type': 'text/html' } },
      { status: 200, body: '{"error":"authorization_pending"}' },
      { status: 200, body: '{"access_token":"a","token_type":"BEARER"}' },
    ];
    const clock = { ...systemClock, sleep: async () => undefined };
    expect(await signInWithDevice(scripted, { clock, show: () => {} })).toMatchObject({ accessToken: 'a' });
  });

  test('device: a grant that cannot be used ends at once, because its code is spent', async () => {
    replies = [device, { status: 200, body: '{"access_token":"a","id_token":"not.a.jwt"}' }];
    bodies = [];
    const clock = { ...systemClock, sleep: async () => undefined };
    await expect(signInWithDevice(scripted, { clock, show: () => {} })).rejects.toThrow(/did not answer as it should/);
    expect(bodies).toHaveLength(2);
  });

  test('device: a grant with nulls for what is left out, and without a token_type, is a grant', async () => {
    const body = '{"access_token":"a","refresh_token":null,"id_token":null,"scope":null,"expires_in":null}';
    replies = [device, { status: 200, body }];
    const clock = { ...systemClock, sleep: async () => undefined };
    const pair = await signInWithDevice(scripted, { clock, show: () => {} });
    expect(pair).toMatchObject({ accessToken: 'a', expiresInMs: 300_000, refreshToken: undefined, idToken: undefined });
  });

  test('browser: a grant with nulls for what is left out, and without a token_type, is a grant', async () => {
    replies = [{ status: 200, body: '{"access_token":"a","refresh_token":"r","id_token":null,"scope":null}' }];
    const asking = { ...scripted, as: { ...scripted.as, authorization_endpoint: `${base}/authorize` } };
    const pair = await signInWithBrowser(asking, {
      clock: systemClock,
      show({ url }) {
        const { searchParams } = new URL(url);
        const back = new URL(searchParams.get('redirect_uri') ?? '');
        back.search = `?code=canary-code&state=${searchParams.get('state')}`;
        void fetch(back);
      },
    });
    expect(pair).toMatchObject({ accessToken: 'a', refreshToken: 'r', idToken: undefined });
  });

  test.each([-7_200, 0, 7_200])(
    'a clock that is %i s off: the ID token is judged by the time of its server',
    async (off) => {
      const there = Date.now() + off * 1_000;
      const iat = Math.floor(there / 1_000);
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const claims = { iss: base, aud: 'c', sub: 'ana', iat, exp: iat + 300 };
      const id_token = `${part({ alg: 'RS256' })}.${part(claims)}.${'s'.repeat(86)}`;
      const body = JSON.stringify({ access_token: 'a', token_type: 'bearer', id_token });
      replies = [device, { status: 200, body, headers: { date: new Date(there).toUTCString() } }];
      const clock = { ...systemClock, sleep: async () => undefined };
      expect(await signInWithDevice(scripted, { clock, show: () => {} })).toMatchObject({ idToken: id_token });
    },
  );

  test('a pasted token is exchanged at once, by RFC 8693 or as the server wants it', async () => {
    replies = [
      { status: 200, body: '{"access_token":"a","refresh_token":"r"}' },
      { status: 200, body: '{"access_token":"b"}' },
    ];
    bodies = [];
    expect(await exchangeToken(scripted, new Secret('canary-paste'))).toMatchObject({
      refreshToken: 'r',
      expiresInMs: 300_000,
    });
    const assertion = { grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer', parameter: 'assertion' };
    await exchangeToken(scripted, new Secret('canary-paste'), assertion);
    expect(bodies.map((body) => Object.fromEntries(body))).toMatchObject([
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: 'canary-paste',
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      },
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'canary-paste' },
    ]);
  });

  test('a refused paste is not repeated anywhere', async () => {
    replies = [{ status: 400, body: '{"error":"invalid_grant","error_description":"canary-paste is spent"}' }];
    const failure = await exchangeToken(scripted, new Secret('canary-paste')).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({
      code: 'sign_in_needed',
      publicMessage: expect.stringContaining('pasted token was refused'),
    });
    expect(inspect(failure, { depth: 9 }) + JSON.stringify(failure)).not.toContain('canary');
  });
});

test.each(['http://login.example.com', 'ftp://127.0.0.1', 'nonsense'])(
  '%s is refused: tokens travel by https only',
  async (url) => {
    await expect(findOAuthServer({ issuer: url, clientId: 'c' })).rejects.toMatchObject({ code: 'invalid_request' });
    const named = { issuer: 'https://login.example.com', clientId: 'c', tokenEndpoint: url };
    await expect(findOAuthServer(named)).rejects.toMatchObject({ code: 'invalid_request' });
  },
);

test('loopback answers only the one redirect: other paths, methods and Hosts get nothing', async () => {
  const prompt = Promise.withResolvers<string>();
  const controller = new AbortController();
  const waiting = signInWithBrowser(server, {
    clock: systemClock,
    signal: controller.signal,
    show: ({ url }) => prompt.resolve(url),
  }).catch((thrown: unknown) => thrown);
  const asked = new URL(await prompt.promise).searchParams;
  const redirect = asked.get('redirect_uri') ?? '';
  const answers = await Promise.all([
    fetch(new URL('/', redirect)),
    fetch(`${redirect}?code=x`, { method: 'POST' }),
    fetch(redirect),
    // A foreign state neither spends the code nor ends the sign-in of the person who is at it.
    fetch(`${redirect}?code=canary-code&state=other`),
    fetch(`${redirect}?error=access_denied&state=other`),
    fetch(`${redirect}?code=canary-code`),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
  const mine = new URLSearchParams({ state: asked.get('state') ?? '', iss: server.as.issuer });
  await fetch(`${redirect}?error=access_denied&error_description=canary-words&${mine}`);
  const failure = await waiting;
  expect(failure).toMatchObject({ name: 'ProxyError', publicMessage: 'The sign-in was declined.' });
  expect(inspect(failure, { depth: 9 })).not.toContain('canary');
  controller.abort();
});
