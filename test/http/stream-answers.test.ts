import { afterEach, expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { replay } from '../../src/converse/replay.ts';
import { patienceMs } from '../deadline.ts';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';
import { hello, key, type ProxyUnderTest, rawSocket, startProxy } from './proxy-under-test.ts';

let proxy: ProxyUnderTest;
afterEach(() => proxy.close());

const words = 'Grüße 🌍\u2028 and \u0000 the rest';

function ask(version: '1.0' | '1.1', body: object = { ...hello, stream: true }, more = ''): string {
  const text = JSON.stringify(body);
  const head = `POST /v1/chat/completions HTTP/${version}\r\nhost: 127.0.0.1:${proxy.port}\r\nauthorization: Bearer ${key}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n${more}\r\n${text}`;
}

async function answered(request: string, end: string): Promise<string> {
  const socket = await rawSocket(proxy.port);
  socket.send(request);
  const text = await socket.until(end);
  socket.socket.destroy();
  return text;
}

/** The first response of a connection, its chunks put together, and what follows it. Throws where the framing is wrong. */
function unchunked(text: string): { head: string; body: string; rest: string } {
  const end = text.indexOf('\r\n\r\n');
  let bytes = Buffer.from(text.slice(end + 4));
  let body = '';
  for (;;) {
    const [, digits = ''] = /^([0-9a-f]+)\r\n/.exec(bytes.toString('latin1', 0, 20)) ?? [];
    if (digits === '') throw new Error(`no chunk size at ${JSON.stringify(bytes.toString().slice(0, 40))}`);
    const from = digits.length + 2;
    const to = from + Number.parseInt(digits, 16);
    if (bytes.toString('latin1', to, to + 2) !== '\r\n') throw new Error('a chunk is not as long as it says');
    body += bytes.toString('utf8', from, to);
    bytes = bytes.subarray(to + 2);
    if (to === from) return { head: text.slice(0, end), body, rest: bytes.toString() };
  }
}

/** Lines end at `\\n` alone: U+2028 is a character like any other to Server-Sent Events. */
const contentOf = (body: string): string =>
  body
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)).choices[0]?.delta.content ?? '')
    .join('');

test('pieces are chunks of their length in bytes, whatever is in them, and two requests sent at once get two answers', async () => {
  proxy = await startProxy({ upstream: scripted(() => singly(anAnswer(words))) });
  const both = ask('1.1') + ask('1.1', hello);
  const text = await answered(both, '"object":"chat.completion"');
  const { head, body, rest } = unchunked(text);
  expect(head.match(/transfer-encoding: chunked/gi)).toHaveLength(1);
  expect(contentOf(body)).toBe(words);
  expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
  expect(rest).toMatch(/^HTTP\/1\.1 200 /);
});

test.each(['', 'connection: keep-alive\r\n'])(
  'an HTTP/1.0 client gets the body as it is, ended by the connection (%j)',
  async (more) => {
    proxy = await startProxy({ upstream: scripted(() => singly(anAnswer(words))) });
    const socket = await rawSocket(proxy.port);
    socket.send(ask('1.0', { ...hello, stream: true }, more));
    const text = await socket.closed();
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(body).toMatch(/^data: /);
    expect(contentOf(body)).toBe(words);
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
  },
);

test('an answer of nothing is a lawful body too', async () => {
  proxy = await startProxy({ upstream: scripted(() => singly(anAnswer('', { blocks: [] }))) });
  const { body, rest } = unchunked(await answered(ask('1.1'), '\r\n0\r\n\r\n'));
  expect(body).toContain('"finish_reason":"stop"');
  expect(rest).toBe('');
});

const endings = [
  { path: '/v1/chat/completions', body: {}, last: /^data: \{"error":.*throttling.*\n\n$/ },
  { path: '/v1/completions', body: { prompt: 'Hi' }, last: /^data: \{"error":.*throttling.*\n\n$/ },
  { path: '/v1/responses', body: { input: 'Hi' }, last: /^event: response\.failed\ndata: .*throttling/ },
  {
    path: '/v1/messages',
    body: { max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
    last: /^event: error\ndata: .*throttling/,
  },
];

test.each(endings)(
  'what fails later ends with the dialect’s error event, and never politely ($path)',
  async ({ path, body, last }) => {
    const failure = new ProxyError('upstream_limited', 'Bedrock is throttling.');
    proxy = await startProxy({ upstream: scripted(() => [replay(anAnswer('half')).slice(0, 3), failure]) });
    const request = ask('1.1', { ...hello, stream: true, ...body }).replace('/v1/chat/completions', path);
    const { body: read } = unchunked(await answered(request, '\r\n0\r\n\r\n'));
    const events = read.split(/(?<=\n\n)/);
    expect(events.at(-1)).toMatch(last);
    expect(read).not.toMatch(/\[DONE\]|"finish_reason":"|response\.completed|message_stop/);
  },
  patienceMs,
);

test('to HTTP/1.0 the error event is the last word, and the connection’s end is the body’s', async () => {
  const failure = new ProxyError('upstream_limited', 'Bedrock is throttling.');
  proxy = await startProxy({ upstream: scripted(() => [replay(anAnswer('half')).slice(0, 3), failure]) });
  const socket = await rawSocket(proxy.port);
  socket.send(ask('1.0'));
  expect(await socket.closed()).toMatch(/data: \{"error":.*\n\n$/);
});

test('a failure behind the end of an answer harms neither the answer nor the process', async () => {
  proxy = await startProxy({ upstream: scripted(() => [...singly(anAnswer()), new ProxyError('internal', 'Late.')]) });
  for (let nth = 0; nth < 2; nth++) {
    const response = await proxy.chat({ ...hello, stream: true });
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/);
  }
});
