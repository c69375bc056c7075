import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFailedKeys } from '../../src/http/failed-keys.ts';
import { holderOf } from '../../src/http/key-ring.ts';
import { anAnswer, fakeClock, scripted, singly } from '../proxy/call-fixture.ts';
import { hello, key, type ProxyUnderTest, startProxy } from './proxy-under-test.ts';

let proxy: ProxyUnderTest;
const upstream = scripted(() => singly(anAnswer()));
beforeEach(async () => {
  proxy = await startProxy({ upstream });
});
afterEach(() => proxy.close());

const ask = (headers: Record<string, string>, path = '/v1/chat/completions') =>
  fetch(proxy.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(hello),
  });

const refusals = () => proxy.log.filter((event) => event.type === 'refused' && event.code === 'unauthorized').length;

test.each([
  ['Authorization: Bearer', { authorization: `Bearer ${key}` }],
  ['authorization: bearer', { authorization: `bearer ${key}` }],
  ['x-api-key', { 'x-api-key': key }],
  ['api-key', { 'api-key': key }],
])('the key is taken from %s', async (_, headers) => {
  expect((await ask(headers)).status).toBe(200);
});

test.each([
  ['x-api-key', { authorization: 'Bearer sk-stale', 'x-api-key': key }],
  ['api-key', { authorization: 'Bearer sk-stale', 'api-key': key }],
  ['Bearer', { authorization: `Bearer ${key}`, 'x-api-key': 'sk-ant-stale', 'api-key': 'stale' }],
])(
  'a right key in %s counts whatever stale keys stand beside it, and nothing is held against its source',
  async (_, headers) => {
    expect((await ask(headers)).status).toBe(200);
    expect(refusals()).toBe(0);
  },
);

test('promise 13: no key, a wrong one, one in the URL or a cookie give the same 401, and nothing runs', async () => {
  const before = upstream.calls.length;
  const tries = await Promise.all([
    ask({}),
    ask({ authorization: 'Bearer wrong' }),
    ask({ authorization: `Basic ${key}` }),
    ask({ authorization: 'Bearer wrong', 'x-api-key': 'wrong', 'api-key': 'wrong' }),
    ask({ cookie: `key=${key}` }),
    ask({}, `/v1/chat/completions?key=${key}&api_key=${key}`),
  ]);
  const bodies = new Set(await Promise.all(tries.map((response) => response.text())));
  expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401]);
  expect(bodies.size).toBe(1);
  expect(JSON.parse([...bodies][0] ?? '')).toMatchObject({ error: { code: 'invalid_api_key' } });
  expect(upstream.calls.length).toBe(before);
});

test('promise 15: a right key passes at once while 10,000 wrong ones are tried, 400 in parallel', async () => {
  await proxy.close();
  proxy = await startProxy({ upstream, punish: true });
  // Loads what the first request loads.
  await (await ask({ authorization: `Bearer ${key}` })).arrayBuffer();
  const before = refusals();
  const program = join(import.meta.dirname, 'children/wrong-keys.ts');
  const crowd = spawn(process.execPath, [program, `${proxy.url}/v1/models`, '10000', '400']);
  const counted = text(crowd.stdout);
  const exited = once(crowd, 'close');
  let running = true;
  void exited.then(() => (running = false));
  const waits: number[] = [];
  while (running) {
    const startedAt = performance.now();
    const response = await ask({ authorization: `Bearer ${key}` });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    if (refusals() - before > 100 && refusals() - before < 9_900) waits.push(performance.now() - startedAt);
    await sleep(20);
  }
  expect(JSON.parse((await counted).replace('started', ''))).toEqual({ 401: 10_000 });
  expect(refusals() - before).toBe(10_000);
  expect(waits.length).toBeGreaterThan(3);
  // It shares one core with the crowd and no more: a source that must wait would wait 5 s.
  expect(Math.max(...waits)).toBeLessThan(4_000);
}, 120_000);

test('every failed authentication is an event of its own, for the audit and the counters', async () => {
  const before = refusals();
  await Promise.all([ask({}), ask({ 'x-api-key': 'wrong' })]);
  expect(refusals() - before).toBe(2);
  expect(proxy.log.at(-1)).toMatchObject({ type: 'refused', status: 401, ip: expect.stringContaining('127.0.0.1') });
});

test('five wrong keys of a source wait twice as long each, every further one 5 s; 15 quiet minutes forgive', async () => {
  const clock = fakeClock();
  const failed = createFailedKeys(clock);
  const waits = async (source: string) => {
    let done = false;
    void failed.wait(source).then(() => {
      done = true;
    });
    let ms = 0;
    for (; !done; ms += 50) await clock.advance(50);
    return ms;
  };
  expect(await waits('a')).toBe(100);
  expect(await waits('a')).toBe(200);
  expect(await waits('b')).toBe(100);
  expect([await waits('a'), await waits('a'), await waits('a')]).toEqual([400, 800, 1_600]);
  expect([await waits('a'), await waits('a')]).toEqual([5_000, 5_000]);
  await clock.advance(14 * 60_000);
  expect(await waits('a')).toBe(5_000);
  await clock.advance(15 * 60_000);
  expect(await waits('a')).toBe(100);
});

test('no more than ten refusals wait at once, and what is remembered is bounded', async () => {
  const clock = fakeClock();
  const failed = createFailedKeys(clock);
  for (let at = 0; at < 5_000; at++) void failed.wait(`10.0.${at >> 8}.${at & 255}`);
  await clock.advance(0);
  expect(clock.sleeping()).toBe(10);
});

test('a Bearer header with nothing in it does not hide the key in another header', () => {
  const tried: string[] = [];
  const keys = { verify: (given: string) => void tried.push(given) };
  expect(holderOf({ authorization: 'Bearer ', 'x-api-key': 'k' }, keys)).toBeUndefined();
  holderOf({ authorization: 'Bearer a b' }, keys);
  holderOf({ 'api-key': '' }, keys);
  expect(tried).toEqual(['k']);
});

test('every key that is offered is verified, whichever is right: the time tells nothing', () => {
  const tried: string[] = [];
  const holder = { id: 'p', name: 'p', scope: 'inference' } as const;
  const keys = {
    verify(given: string) {
      tried.push(given);
      return given === 'a' ? holder : undefined;
    },
  };
  expect(holderOf({ authorization: 'Bearer a', 'x-api-key': 'b', 'api-key': 'c' }, keys)).toBe(holder);
  expect(tried).toEqual(['a', 'b', 'c']);
});
