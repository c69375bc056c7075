import { afterEach, expect, test } from 'vitest';
import { orAbort } from '../../src/base/abort.ts';
import type { Upstream } from '../../src/converse/call.ts';
import { hello, key, type ProxyUnderTest, rawPost, rawSocket, startProxy } from '../http/proxy-under-test.ts';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';

let proxy: ProxyUnderTest;
afterEach(() => proxy.close());

const upstream = scripted(() => singly(anAnswer()));
const quick = { headersMs: 300, bodyMs: 300, keepAliveMs: 300 };

test('promise 24: a head that drips is cut off at the header timeout', async () => {
  proxy = await startProxy({ upstream, server: quick });
  const raw = await rawSocket(proxy.port);
  raw.send('POST /v1/chat/completions HTTP/1.1\r\n');
  const drip = setInterval(() => raw.send('X-A: b\r\n'), 50);
  const text = await raw.closed();
  clearInterval(drip);
  expect(text).toMatch(/^HTTP\/1\.1 408/);
});

test('promise 24: an idle connection is closed after its keep-alive time', async () => {
  proxy = await startProxy({ upstream, server: quick });
  const raw = await rawSocket(proxy.port);
  raw.send(`GET /livez HTTP/1.1\r\nHost: localhost:${proxy.port}\r\n\r\n`);
  await raw.until('ok');
  await raw.closed();
});

test('a head of more than 16 KiB is refused', async () => {
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  raw.send(`GET /livez HTTP/1.1\r\nHost: localhost:${proxy.port}\r\nX-Big: ${'x'.repeat(17_000)}\r\n\r\n`);
  expect(await raw.closed()).toMatch(/^HTTP\/1\.1 431/);
});

const hostLine = () => `Host: localhost:${proxy.port}\r\n`;

const unreadable: [string, (host: string) => string, RegExp][] = [
  ['a header that is too long', (host) => `${host}X-Big: ${'x'.repeat(17_000)}\r\n\r\n`, /431.*header X-Big alone/s],
  ['a control character in a key', (host) => `${host}x-api-key: sk-s\u0001ecret\r\n\r\n`, /400.*the header x-api-key/s],
  ['two lengths', (host) => `${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, /400.*Content-Length/s],
  ['a head that ends nowhere', (host) => host, /408.*set timeouts\.headers/s],
  ['no Host at all', () => '\r\n', /400.*exactly one Host/s],
];

test.each(unreadable)('%s is refused in JSON that says what to mend, and quotes no value', async (_, rest, says) => {
  proxy = await startProxy({ upstream, server: quick });
  const raw = await rawSocket(proxy.port);
  raw.send(`GET /v1/models HTTP/1.1\r\n${rest(hostLine())}`);
  const text = await raw.closed();
  expect(text).toMatch(says);
  expect(text).not.toMatch(/xxxx|ecret/);
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  expect(text).toContain(`content-length: ${Buffer.byteLength(body)}\r\n`);
  expect(JSON.parse(body)).toMatchObject({ error: { message: expect.any(String) } });
});

test('an address that is too long is told as such', async () => {
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  raw.send(`GET /v1/models?${'x'.repeat(17_000)} HTTP/1.1\r\n${hostLine()}\r\n`);
  expect(await raw.closed()).toMatch(/431.*the address alone/s);
});

test('what breaks behind the head of an answer ends the connection, and says nothing within the answer', async () => {
  const events = singly(anAnswer());
  const endless: Upstream = async function* ({ signal }) {
    yield* events.slice(0, 3);
    await orAbort(new Promise(() => {}), signal);
  };
  proxy = await startProxy({ upstream: endless });
  const raw = await rawSocket(proxy.port);
  raw.send(rawPost(JSON.stringify({ ...hello, stream: true }), [hostLine().trim(), `x-api-key: ${key}`]));
  await raw.until('data: ');
  raw.send('\u0000\u0000\r\n\r\n');
  const text = await raw.closed();
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test('Content-Length together with chunked coding (request smuggling) is refused', async () => {
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  raw.send(
    rawPost(JSON.stringify(hello), [
      `Host: localhost:${proxy.port}`,
      `x-api-key: ${key}`,
      'Transfer-Encoding: chunked',
    ]),
  );
  expect(await raw.closed()).toMatch(/^HTTP\/1\.1 400/);
});

test('one connection serves many requests, after refusals too', async () => {
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  const host = `Host: localhost:${proxy.port}`;
  const body = JSON.stringify(hello);
  const requests: [string, RegExp][] = [
    [rawPost(body, [host, `x-api-key: ${key}`]), /^HTTP\/1\.1 200/],
    [rawPost(body, [host, 'x-api-key: wrong']), /^HTTP\/1\.1 401/],
    [rawPost('{"model":', [host, `x-api-key: ${key}`]), /^HTTP\/1\.1 400/],
    [rawPost(body, [host, `x-api-key: ${key}`]), /^HTTP\/1\.1 200/],
  ];
  let seen = 0;
  for (const [request, wanted] of requests) {
    raw.send(request);
    const text = await raw.until(new RegExp(`^[^]{${seen}}HTTP/1\\.1 [^]*\\r\\n\\r\\n\\{[^]*\\}$`));
    expect(text.slice(seen)).toMatch(wanted);
    seen = text.length;
  }
  raw.socket.destroy();
});

test('bytes that are not HTTP are answered with 400 and closed', async () => {
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  raw.send('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
  expect(await raw.closed()).toMatch(/^HTTP\/1\.1 400/);
});

test('an upgrade is not answered by one', async () => {
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  raw.send(
    `GET /v1/models HTTP/1.1\r\nHost: localhost:${proxy.port}\r\nx-api-key: ${key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  );
  expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 200/);
  raw.socket.destroy();
});

/** The head of a request that waits for `100 Continue` before it sends its body. */
const expecting = (port: number, headers: readonly string[], length: number): string =>
  [
    'POST /v1/chat/completions HTTP/1.1',
    `Host: localhost:${port}`,
    'Content-Type: application/json',
    'Expect: 100-continue',
    `Content-Length: ${length}`,
    ...headers,
    '',
    '',
  ].join('\r\n');

const refusedByHead: [string, string[], number, RegExp][] = [
  ['a stranger', [], 9_000_000, /^HTTP\/1\.1 401/],
  ['a stranger with a short body', [], 40, /^HTTP\/1\.1 401/],
  ['a web page', [`x-api-key: ${key}`, 'Origin: https://evil.example'], 40, /^HTTP\/1\.1 403/],
  ['a body that is too long', [`x-api-key: ${key}`], 9_000_000, /^HTTP\/1\.1 413/],
];

test.each(refusedByHead)('%s is refused before it uploads anything', async (_who, headers, length, wanted) => {
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  raw.send(expecting(proxy.port, headers, length));
  const text = await raw.closed();
  expect(text).toMatch(wanted);
  expect(text).not.toContain('100 Continue');
  expect(text.toLowerCase()).toContain('connection: close');
});

test('a request that may come in is told to go on, then answered, and its connection stays', async () => {
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  const body = JSON.stringify(hello);
  raw.send(expecting(proxy.port, [`x-api-key: ${key}`], body.length));
  expect(await raw.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  raw.send(body);
  expect(await raw.until(/\{.*\}$/s)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  raw.send(rawPost(body, [`Host: localhost:${proxy.port}`, `x-api-key: ${key}`]));
  await raw.until(/200 OK.*200 OK/s);
  raw.socket.destroy();
});
