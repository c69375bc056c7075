import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import type { Call, Upstream } from '../../src/converse/call.ts';
import type { Event } from '../../src/converse/events.ts';
import { replay } from '../../src/converse/replay.ts';
import { cachePolicyOf } from '../../src/http/calls.ts';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';
import { hello, type ProxyUnderTest, startProxy } from './proxy-under-test.ts';

let proxy: ProxyUnderTest;
afterEach(() => proxy.close());

const streaming = { ...hello, stream: true };
const throttled = new ProxyError('upstream_limited', 'Bedrock is throttling.', { retryAfterMs: 2_500, fix: 'wait' });
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('a whole answer has its length, its ids and what was changed', async () => {
  const served = {
    model: 'm',
    region: 'r',
    changes: [
      { what: 'temperature dropped', why: 'x' },
      { what: 'top_p dropped', why: 'y' },
      { what: 'temperature dropped', why: 'x' },
    ],
    cache: { status: 'hit' as const, ttl: 120, age: 30 },
  };
  proxy = await startProxy({ upstream: scripted(() => singly(anAnswer('Hi', { served }))) });
  const response = await proxy.chat(hello, { headers: { 'x-request-id': 'mine-1' } });
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'x-request-id': 'mine-1',
    'x-claude-bedrock-changes': 'temperature dropped; top_p dropped',
    'cache-status': 'claude-bedrock; hit; ttl=120',
    age: '30',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-type': 'application/json',
  });
  const text = await response.text();
  expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
  expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { content: 'Hi' } }] });
  expect(response.headers.get('server')).toBeNull();
});

test.each(['two words', 'x'.repeat(129), 'ü'])('an x-request-id that is not plain is replaced: %s', async (given) => {
  const upstream = scripted(() => singly(anAnswer()));
  proxy = await startProxy({ upstream });
  const response = await proxy.chat(hello, { headers: { 'x-request-id': given } });
  expect(response.headers.get('x-request-id')).toMatch(/^req_\w{24}$/);
  expect(upstream.calls[0]?.id).toBe(response.headers.get('x-request-id'));
});

test('a stream ends with the format’s own closing words', async () => {
  proxy = await startProxy({ upstream: scripted(() => singly(anAnswer('Hello'))) });
  const response = await proxy.chat(streaming);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  const text = await response.text();
  expect(text).toContain('"content":"Hello"');
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
});

test('case 91: what fails before the first batch keeps its status and its headers, streamed or not', async () => {
  proxy = await startProxy({ upstream: scripted(() => [throttled]) });
  for (const body of [hello, streaming]) {
    const response = await proxy.chat(body);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('3');
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining('Fix: wait') } });
  }
});

test('case 90: what fails later is the format’s error event, and then nothing: no polite end', async () => {
  const [start, open, delta] = replay(anAnswer('half'));
  proxy = await startProxy({
    upstream: scripted(() => [[start, open, delta].flatMap((event) => event ?? []), throttled]),
  });
  const response = await proxy.chat(streaming);
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text).toContain('"content":"half"');
  expect(text).toMatch(/data: \{"error":\{.*throttling.*\}\}\n\n$/);
  expect(text).not.toContain('[DONE]');
});

test('case 92: a stream that stops before its end is an error, not an answer', async () => {
  const events = replay(anAnswer('half')).slice(0, -1);
  proxy = await startProxy({ upstream: scripted(() => [events]) });
  const response = await proxy.chat(streaming);
  const text = await response.text();
  expect(text).toMatch(/data: \{"error":\{.*\}\}\n\n$/);
  expect(text).not.toContain('[DONE]');
  expect((await proxy.chat(hello)).status).toBe(502);
});

test('a slow first token: the head goes out after the hold with a comment, and comments fill the silence', async () => {
  const told = Promise.withResolvers<void>();
  const upstream: Upstream = async function* () {
    await told.promise;
    yield replay(anAnswer('late'));
  };
  proxy = await startProxy({ upstream, settings: { holdMs: 80, heartbeatMs: 60 } });
  const response = await proxy.chat(streaming);
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.split(': still here\n').length > 2) told.resolve();
  }
  expect(text.startsWith(': ')).toBe(true);
  expect(text).toContain('"content":"late"');
});

test('a failure after the hold is an error event, because the status is spent', async () => {
  const held = Promise.withResolvers<void>();
  const upstream: Upstream = async function* () {
    await held.promise;
    yield* [] as never[];
    throw throttled;
  };
  proxy = await startProxy({ upstream, settings: { holdMs: 40 } });
  const response = await proxy.chat(streaming);
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  const next = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
  expect(await next()).toMatch(/^: /);
  held.resolve();
  expect(await next()).toMatch(/^data: \{"error":\{.*throttling/);
});

test('a stream that talks gets no comments, however long it is', async () => {
  const [start, open, delta, close, end] = singly(anAnswer('x')) as [Event[], Event[], Event[], Event[], Event[]];
  const upstream: Upstream = async function* () {
    yield start;
    yield open;
    for (let word = 0; word < 20; word++) {
      await wait(30);
      yield delta;
    }
    yield close;
    yield end;
  };
  // The pauses are timers of this process too and end before the heartbeat's, however busy the machine is.
  proxy = await startProxy({ upstream, settings: { heartbeatMs: 300 } });
  const text = await (await proxy.chat(streaming)).text();
  expect(text).not.toContain('still here');
  expect(text.match(/"content":"x"/g)).toHaveLength(20);
});

test('case 48: as many calls as n, ids of their own, the cache for the first only, one body', async () => {
  const upstream = scripted((_, nth) => singly(anAnswer(`answer ${nth}`)));
  proxy = await startProxy({ upstream });
  const whole = (await (await proxy.chat({ ...hello, n: 3 })).json()) as { choices: unknown[] };
  expect(whole.choices).toHaveLength(3);
  const [first, second, third] = upstream.calls as [Call, Call, Call];
  expect([second.id, third.id]).toEqual([`${first.id}-1`, `${first.id}-2`]);
  const kept = { read: true, write: true };
  const apart = { read: false, write: false };
  expect([first, second, third].map(({ cache }) => cache)).toEqual([kept, apart, apart]);
  const text = await (await proxy.chat({ ...streaming, n: 2 })).text();
  expect(text).toContain('"choices":[{"index":1');
  expect(text.match(/\[DONE\]/g)).toHaveLength(1);
});

test('n > 1: one failed choice fails the call and stops the others', async () => {
  let aborted = 0;
  const upstream: Upstream = async function* (call) {
    if (call.id.endsWith('-1')) throw throttled;
    await once(call.signal, 'abort');
    aborted++;
    yield* [] as never[];
    throw call.signal.reason;
  };
  proxy = await startProxy({ upstream });
  expect((await proxy.chat({ ...streaming, n: 3 })).status).toBe(429);
  await expect.poll(() => aborted).toBe(2);
});

test('Cache-Control reaches the call', async () => {
  const upstream = scripted(() => singly(anAnswer()));
  proxy = await startProxy({ upstream });
  await proxy.chat(hello, { headers: { 'cache-control': 'no-cache' } });
  expect(upstream.calls[0]?.cache).toEqual({ read: false, write: true });
  expect(cachePolicyOf('No-Store')).toEqual({ read: false, write: false });
  expect(cachePolicyOf('max-age=0, no-cache')).toEqual({ read: false, write: true });
  // What fetch(url, { cache: 'no-cache' }) sends.
  expect(cachePolicyOf('max-age=0')).toEqual({ read: false, write: true });
  expect(cachePolicyOf('max-age=60')).toEqual({ read: true, write: true });
  expect(cachePolicyOf(undefined)).toEqual({ read: true, write: true });
});

test('a fault of our own is logged with its place and told without it', async () => {
  const upstream: Upstream = () => {
    throw new TypeError('secret internals');
  };
  proxy = await startProxy({ upstream });
  const response = await proxy.chat(hello);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret internals');
  expect(proxy.log).toContainEqual(
    expect.objectContaining({ type: 'failure', detail: expect.stringContaining('secret internals') }),
  );
});

test.each([
  ['/v1/chat/completions', {}],
  ['/v1/responses', { input: 'Hi' }],
  ['/v1/messages', { max_tokens: 9 }],
])('another model that answers for an unknown name is told by %s', async (path, more) => {
  const upstream = scripted(() => singly(anAnswer()));
  proxy = await startProxy({ upstream });
  for (const model of ['gpt-4o', 'bedrock-sonnet']) await proxy.chat({ ...hello, ...more, model }, { path });
  const told = upstream.calls.map(({ changes }) => changes.filter(({ what }) => what.startsWith('model answered by ')));
  expect(told.map(({ length }) => length)).toEqual([1, 0]);
});
