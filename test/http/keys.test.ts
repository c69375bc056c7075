import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFailedKeys } from '../../src/http/failed-keys.ts';
import { keyOf } from '../../src/http/key-ring.ts';
import { anAnswer, fakeClock, scripted, singly } from '../proxy/call-fixture.ts';
import { hello, key, type ProxyUnderTest, startProxy } from './proxy-under-test.ts';

let proxy: ProxyUnderTest;
const upstream = scripted(() => singly(anAnswer()));
beforeAll(async () => {
  proxy = await startProxy({ upstream, punish: true });
});
afterAll(() => proxy.close());

const ask = (headers: Record<string, string>, path = '/v1/chat/completions') =>
  fetch(proxy.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(hello),
  });

test.each([
  ['Authorization: Bearer', { authorization: `Bearer ${key}` }],
  ['authorization: bearer', { authorization: `bearer ${key}` }],
  ['x-api-key', { 'x-api-key': key }],
  ['api-key', { 'api-key': key }],
])('the key is taken from %s', async (_, headers) => {
  expect((await ask(headers)).status).toBe(200);
});

test('promise 13: no key, a wrong one, one in the URL or a cookie give the same 401, and nothing runs', async () => {
  const before = upstream.calls.length;
  const tries = await Promise.all([
    ask({}),
    ask({ authorization: 'Bearer wrong' }),
    ask({ authorization: `Basic ${key}` }),
    ask({ 'x-api-key': 'wrong' }),
    ask({ cookie: `key=${key}` }),
    ask({}, `/v1/chat/completions?key=${key}&api_key=${key}`),
  ]);
  const bodies = new Set(await Promise.all(tries.map((response) => response.text())));
  expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401]);
  expect(bodies.size).toBe(1);
  expect(JSON.parse([...bodies][0] ?? '')).toMatchObject({ error: { code: 'invalid_api_key' } });
  expect(upstream.calls.length).toBe(before);
});

test('promise 15: a right key passes at once while a crowd of wrong ones waits', async () => {
  const crowd = Array.from({ length: 200 }, () => ask({ authorization: 'Bearer wrong' }));
  const startedAt = performance.now();
  expect((await ask({ authorization: `Bearer ${key}` })).status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  for (const response of await Promise.all(crowd)) expect(response.status).toBe(401);
}, 30_000);

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
  expect(keyOf({ authorization: 'Bearer ', 'x-api-key': 'k' })).toBe('k');
  expect(keyOf({ authorization: 'Bearer a b' })).toBeUndefined();
  expect(keyOf({ 'api-key': '' })).toBeUndefined();
});
