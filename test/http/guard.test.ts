import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGuard } from '../../src/http/guard.ts';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';
import { hello, key, type ProxyUnderTest, rawPost, rawSocket, startProxy } from './proxy-under-test.ts';

let proxy: ProxyUnderTest;
const upstream = scripted(() => singly(anAnswer()));

beforeAll(async () => {
  proxy = await startProxy({
    upstream,
    guard: { publicHosts: ['calm-otter.example.com'], hosts: ['proxy.local:9'], origins: ['app://obsidian.md'] },
  });
});
afterAll(() => proxy.close());

async function statusOf(request: string): Promise<{ status: number; head: string }> {
  const raw = await rawSocket(proxy.port);
  raw.send(request);
  const text = await raw.until('\r\n\r\n');
  raw.socket.destroy();
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), head: text };
}

const post = (...headers: string[]) => rawPost(JSON.stringify(hello), [...headers, `Authorization: Bearer ${key}`]);
const here = () => `Host: 127.0.0.1:${proxy.port}`;

describe('promise 14: a web page cannot call us, even with the right key', () => {
  test.each([
    ['a foreign Host (DNS rebinding)', 'Host: evil.com'],
    ['our name on another port', 'Host: 127.0.0.1:1'],
    ['0.0.0.0, which reaches loopback on some systems', 'Host: 0.0.0.0:PORT'],
    ['the address as one number', 'Host: 2130706433:PORT'],
    ['a trailing dot', 'Host: localhost.:PORT'],
    ['an empty Host', 'Host: '],
    ['localhost without the port, which only a Unix socket may say', 'Host: localhost'],
  ])('%s is misdirected', async (_, header) => {
    const before = upstream.calls.length;
    const { status, head } = await statusOf(post(header.replace('PORT', String(proxy.port))));
    expect(status).toBe(421);
    expect(head.toLowerCase()).not.toContain('access-control');
    expect(upstream.calls.length).toBe(before);
  });

  test('two Host headers are refused: node would take the first, others the last', async () => {
    expect((await statusOf(post(here(), 'Host: evil.com'))).status).not.toBe(200);
    expect((await statusOf(post('Host: evil.com', here()))).status).not.toBe(200);
  });

  test('a missing Host is told as such', async () => {
    const raw = await rawSocket(proxy.port);
    raw.send(post('Connection: close').replace('HTTP/1.1', 'HTTP/1.0'));
    expect(await raw.closed()).toContain('There must be exactly one Host header');
  });

  test('an absolute-form target is refused, whatever Host says', async () => {
    const request = post(here()).replace('/v1/chat', `http://127.0.0.1:${proxy.port}/v1/chat`);
    expect((await statusOf(request)).status).toBe(400);
  });

  test('a backslash in the path is refused: some readers take it for a slash', async () => {
    const request = post(here()).replace('/v1/chat', String.raw`/v1\chat`);
    expect((await statusOf(request)).status).toBe(400);
  });

  test.each(['https://evil.com', 'null', 'http://127.0.0.1:9999'])('Origin %s is refused', async (origin) => {
    expect((await statusOf(post(here(), `Origin: ${origin}`))).status).toBe(403);
  });

  test('an Origin that the settings list is served', async () => {
    expect((await statusOf(post(here(), 'Origin: app://obsidian.md'))).status).toBe(200);
  });

  test.each(['cross-site', 'same-site'])('Sec-Fetch-Site %s is refused', async (site) => {
    expect((await statusOf(post(here(), `Sec-Fetch-Site: ${site}`))).status).toBe(403);
  });

  test('OPTIONS is refused and promises nothing to a preflight', async () => {
    const request = `OPTIONS /v1/chat/completions HTTP/1.1\r\n${here()}\r\n\r\n`;
    const { status, head } = await statusOf(request);
    expect(status).toBe(403);
    expect(head.toLowerCase()).not.toContain('access-control');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    'a body of type "%s" is refused before it is read',
    async (type) => {
      const request = post(here()).replace('Content-Type: application/json', `Content-Type: ${type}`);
      expect((await statusOf(request)).status).toBe(415);
    },
  );

  test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset="UTF-8"'])(
    '%s is JSON',
    async (type) => {
      const request = post(here()).replace('Content-Type: application/json', `Content-Type: ${type}`);
      expect((await statusOf(request)).status).toBe(200);
    },
  );

  test.each([
    '/v1/../metrics',
    '/v1/%2e%2e/metrics',
    '/v1/.%2E/metrics',
    '/v1/./chat/completions',
    '/v1/models/..',
    '/v1/..\\metrics',
  ])('a dot segment is refused, because what stands before us may read the path otherwise: %s', async (path) => {
    expect((await statusOf(`GET ${path} HTTP/1.1\r\n${here()}\r\nAuthorization: Bearer ${key}\r\n\r\n`)).status).toBe(
      400,
    );
  });

  test('dots that are no segment of their own are served', async () => {
    const get = (path: string) => `GET ${path} HTTP/1.1\r\n${here()}\r\nAuthorization: Bearer ${key}\r\n\r\n`;
    expect((await statusOf(get('/v1/models/anthropic.claude..x'))).status).toBe(200);
    expect((await statusOf(get('/v1/models?after=/../x'))).status).toBe(200);
  });

  test('more than 100 headers are refused, where node would drop the surplus', async () => {
    const crowd = Array.from({ length: 101 }, (_, at) => `X-${at}: 1`);
    expect((await statusOf(post(here(), ...crowd))).status).toBe(431);
  });
});

test.each(['Host: evil.com', 'Origin: https://evil.com'])('who speaks Anthropic reads its errors: %s', async (bad) => {
  const raw = await rawSocket(proxy.port);
  const headers = bad.startsWith('Host') ? [bad] : [here(), bad];
  raw.send(post(...headers, 'anthropic-version: 2023-06-01', 'Connection: close'));
  const answer = await raw.closed();
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
    type: 'error',
    error: { type: 'permission_error' },
  });
});

test.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST'])('Host %s on our port is us', async (name) => {
  expect((await statusOf(post(`Host: ${name}:${proxy.port}`))).status).toBe(200);
});

test.each([
  ['192.0.2.7', 'Host: 192.0.2.7:PORT', 200],
  ['2001:db8::7', 'Host: [2001:db8::7]:PORT', 200],
  ['0.0.0.0', 'Host: 0.0.0.0:PORT', 421],
  ['::', 'Host: [::]:PORT', 421],
  ['evil.com', 'Host: evil.com:PORT', 421],
])('listening at %s it answers to %s with %d: an address of its own is no name that can be rebound', async (...row) => {
  const [address, host, status] = row;
  const other = await startProxy({ upstream, guard: { address } });
  const raw = await rawSocket(other.port);
  raw.send(`GET /livez HTTP/1.1\r\n${host.replace('PORT', String(other.port))}\r\n\r\n`);
  expect(await raw.until('\r\n\r\n')).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
  raw.socket.destroy();
  await other.close();
});

test('at a scheme’s own port clients leave it out', async () => {
  for (const port of [80, 443]) {
    const guard = createGuard({ port, hosts: [], publicHosts: [], origins: [] });
    const asks = (host: string) =>
      guard({ rawHeaders: ['Host', host], headers: { host }, url: '/livez', method: 'GET' } as IncomingMessage);
    expect(asks('localhost').refusal).toBeUndefined();
    expect(asks(`127.0.0.1:${port}`).refusal).toBeUndefined();
    expect(asks('evil.com').refusal?.status).toBe(421);
  }
});

test('a Host that the settings list is served', async () => {
  expect((await statusOf(post('Host: proxy.local:9'))).status).toBe(200);
});

describe('promise 25: through a tunnel only the model routes answer', () => {
  const get = (path: string, ...headers: string[]) =>
    `GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\nAuthorization: Bearer ${key}\r\n\r\n`;

  test('the public host name reaches chat and models with the key', async () => {
    expect((await statusOf(post('Host: calm-otter.example.com'))).status).toBe(200);
    expect((await statusOf(get('/cursor/v1/models', 'Host: calm-otter.example.com'))).status).toBe(200);
  });

  test.each(['/livez', '/readyz', '/%6civez'])('the public host name does not reach %s', async (path) => {
    expect((await statusOf(get(path, 'Host: calm-otter.example.com'))).status).toBe(404);
  });

  test.each([
    'X-Forwarded-For: 203.0.113.9',
    'X-Forwarded-Host: calm-otter.example.com',
    'X-Forwarded-Proto: https',
    'X-Real-IP: 203.0.113.9',
    'Forwarded: for=203.0.113.9',
    'Via: 1.1 edge',
    'CF-Ray: 1-FRA',
    'CDN-Loop: cloudflare',
  ])('a tunnel that rewrites Host is known by what it adds: %s', async (header) => {
    expect((await statusOf(get('/livez', here(), header))).status).toBe(404);
    expect((await statusOf(get('/livez', here()))).status).toBe(200);
  });

  test.each([
    ['HEAD', '/'],
    ['POST', '/livez'],
    ['DELETE', '/readyz'],
    ['POST', '/metrics'],
    ['PUT', '/admin/cache'],
    ['PUT', '/ui'],
  ])('no method tells that there is something: %s %s', async (method, path) => {
    const request = get(path, 'Host: calm-otter.example.com', 'Content-Type: application/json', 'Content-Length: 0');
    expect((await statusOf(request.replace('GET', method))).status).toBe(404);
  });
});
