import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';
import { hello, key, type ProxyUnderTest, rawSocket, startProxy } from './proxy-under-test.ts';

let proxy: ProxyUnderTest;
const upstream = scripted(() => singly(anAnswer()));
beforeAll(async () => {
  proxy = await startProxy({ upstream, limits: { bodyBytes: 20_000, jsonDepth: 20 } });
});
afterAll(() => proxy.close());

async function messageOf(response: Response): Promise<string> {
  const body = JSON.parse(await response.text()) as { error: { message: string } };
  return body.error.message;
}

const long = { ...hello, messages: [{ role: 'user', content: 'x'.repeat(30_000) }] };

test('a body over the limit is refused by its Content-Length, with the limit and the setting that moves it', async () => {
  const response = await proxy.chat(long);
  expect(response.status).toBe(413);
  expect(await messageOf(response)).toMatch(/20000 bytes.*limits\.bodyBytes/);
});

test('a body of unknown length is counted while it streams, and the refusal reaches the sender', async () => {
  const raw = await rawSocket(proxy.port);
  raw.send(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:${proxy.port}\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  for (let at = 0; at < 6; at++) raw.send(`1000\r\n${'x'.repeat(4096)}\r\n`);
  const head = await raw.until('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 413/);
  expect(head.toLowerCase()).toContain('connection: close');
  for (let at = 0; at < 200 && !raw.socket.destroyed; at++) raw.send(`1000\r\n${'x'.repeat(4096)}\r\n`);
  raw.send('0\r\n\r\n');
  expect(await raw.closed()).toContain('limits.bodyBytes');
});

test('a 413 does not take the next request of the same client with it', async () => {
  expect((await proxy.chat(long)).status).toBe(413);
  expect((await proxy.chat(hello)).status).toBe(200);
});

test('a body that stops half way is a 408, not a hung socket', async () => {
  const hasty = await startProxy({ upstream, limits: { bodyMs: 300 } });
  const raw = await rawSocket(hasty.port);
  raw.send(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:${hasty.port}\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"mod`,
  );
  const text = await raw.until('timeouts.body');
  expect(text).toMatch(/^HTTP\/1\.1 408/);
  await raw.closed();
  await hasty.close();
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
])('a %s body is unpacked', async (encoding, pack) => {
  const response = await proxy.chat(pack(JSON.stringify(hello)), { headers: { 'content-encoding': encoding } });
  expect(response.status).toBe(200);
});

test('a small body that unpacks into a large one is refused at the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
  expect(bomb.length).toBeGreaterThan(20_000);
  const small = gzipSync(Buffer.alloc(5_000_000, ' '));
  expect(small.length).toBeLessThan(20_000);
  expect((await proxy.chat(small, { headers: { 'content-encoding': 'gzip' } })).status).toBe(413);
});

test('an encoding nobody knows, or bytes that are not what they claim, are said so', async () => {
  const odd = await proxy.chat(JSON.stringify(hello), { headers: { 'content-encoding': 'compress' } });
  expect([odd.status, await messageOf(odd)]).toEqual([400, expect.stringContaining('gzip')]);
  const lie = await proxy.chat(JSON.stringify(hello), { headers: { 'content-encoding': 'gzip' } });
  expect([lie.status, await messageOf(lie)]).toEqual([400, 'The body is not valid gzip.']);
});

test('JSON errors tell the place in words and never quote the content', async () => {
  const cases: [string, RegExp][] = [
    ['{"a": 1,\n  "secret-word" oops}', /^The body is not valid JSON at line 2, column \d+\.$/],
    ['{"secret-word": "unfinished', /^The body is not valid JSON: it ends too early\.$/],
    ['', /empty/],
    ['{"a": secret-word}', /^The body is not valid JSON/],
  ];
  for (const [body, wanted] of cases) {
    const response = await proxy.chat(body);
    const message = await messageOf(response);
    expect(response.status).toBe(400);
    expect(message).toMatch(wanted);
    expect(message).not.toContain('secret-word');
  }
});

test('brackets that nest too deep are refused before anything is built', async () => {
  const response = await proxy.chat(`${'['.repeat(21)}${']'.repeat(21)}`);
  expect([response.status, await messageOf(response)]).toEqual([400, expect.stringContaining('limits.jsonDepth')]);
});

test('invalid UTF-8 is refused, a byte order mark is not', async () => {
  const bad = await proxy.chat(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]));
  expect([bad.status, await messageOf(bad)]).toEqual([400, 'The body is not valid UTF-8.']);
  const bom = await proxy.chat(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(JSON.stringify(hello))]));
  expect(bom.status).toBe(200);
});

test('a charset other than UTF-8 is refused', async () => {
  const response = await proxy.chat(hello, { headers: { 'content-type': 'application/json; charset=utf-16' } });
  expect(response.status).toBe(400);
});

test.each(['constructor', '__proto__', 'toString', 'gzip, gzip'])(
  'a Content-Encoding that is none is refused at once: %s',
  async (encoding) => {
    const response = await proxy.chat(hello, { headers: { 'content-encoding': encoding } });
    expect(response.status).toBe(400);
    expect(await messageOf(response)).toContain('Content-Encoding');
  },
);

test('text cut through an emoji is mended before anything sees it, and said', async () => {
  const before = upstream.calls.length;
  const response = await proxy.chat(
    '{"model":"bedrock-sonnet","messages":[{"role":"user","content":"cut \\ud83d"}],"stop":["\\ud83d\\ude00"]}',
  );
  expect(response.status).toBe(200);
  expect(upstream.calls.slice(before).map(({ request }) => request.messages)).toEqual([
    [{ role: 'user', content: [{ text: 'cut \ufffd' }] }],
  ]);
  expect(upstream.calls.at(-1)?.request.inferenceConfig?.stopSequences).toEqual(['😀']);
  expect(upstream.calls.at(-1)?.changes.map(({ what }) => what)).toEqual(['halved characters replaced']);
});
