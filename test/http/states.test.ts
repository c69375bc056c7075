import { expect, test } from 'vitest';
import type { Operations } from '../../src/http/operations.ts';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';
import { key, startProxy } from './proxy-under-test.ts';

const authorization = `Bearer ${key}`;
const limits = {
  requests: { limit: 10, remaining: 9, resetMs: 6_000 },
  tokens: { limit: 1_000, remaining: 880, resetMs: 7_200 },
};
const upstream = scripted(() => singly(anAnswer('Hi', { served: { ...anAnswer().served, limits } })));

function operations(): Operations & { cleared: number } {
  const state = {
    cleared: 0,
    metrics: () => '# TYPE x counter\nx 1\n',
    cacheStats: async () => ({ entries: state.cleared === 0 ? 2 : 0 }),
    clearCache: async () => {
      state.cleared++;
    },
  };
  return state;
}

test('what is left of the limits is told as OpenAI tells it, streamed and not', async () => {
  const proxy = await startProxy({ upstream });
  for (const stream of [true, false]) {
    const reply = await proxy.chat({ model: 'bedrock-sonnet', stream, messages: [{ role: 'user', content: 'Hi' }] });
    await reply.text();
    expect(Object.fromEntries([...reply.headers].filter(([name]) => name.startsWith('x-ratelimit-')))).toEqual({
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-remaining-requests': '9',
      'x-ratelimit-reset-requests': '6.000s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '880',
      'x-ratelimit-reset-tokens': '7.200s',
    });
  }
  await proxy.close();
});

test('GET /metrics needs the key and answers in Prometheus’ text format', async () => {
  const proxy = await startProxy({ upstream, operations: operations() });
  expect((await fetch(`${proxy.url}/metrics`)).status).toBe(401);
  const reply = await fetch(`${proxy.url}/metrics`, { headers: { authorization } });
  expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await reply.text()).toContain('x 1\n');
  await proxy.close();
});

test('the cache can be looked at and cleared by an admin key only', async () => {
  const state = operations();
  const inference = await startProxy({ upstream, operations: state });
  const ask = (url: string, method: string) => fetch(`${url}/admin/cache`, { method, headers: { authorization } });
  expect((await ask(inference.url, 'DELETE')).status).toBe(403);
  expect(state.cleared).toBe(0);
  await inference.close();
  const admin = await startProxy({ upstream, operations: state, scope: 'admin' });
  expect(await (await ask(admin.url, 'GET')).json()).toEqual({ entries: 2 });
  expect(await (await ask(admin.url, 'DELETE')).json()).toEqual({ entries: 0 });
  expect((await ask(admin.url, 'PUT')).status).toBe(405);
  await admin.close();
});
