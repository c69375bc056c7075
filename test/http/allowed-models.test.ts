import { afterAll, beforeAll, expect, test } from 'vitest';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';
import { key, type ProxyUnderTest, startProxy } from './proxy-under-test.ts';

let proxy: ProxyUnderTest;
const upstream = scripted(() => singly(anAnswer()));
beforeAll(async () => {
  proxy = await startProxy({ upstream, models: ['bedrock-haiku'], counted: 7 });
});
afterAll(() => proxy.close());

const messages = [{ role: 'user', content: 'Hi' }];

test.each<[string, object]>([
  ['/v1/chat/completions', { model: 'bedrock-sonnet', messages }],
  ['/cursor/v1/chat/completions', { model: 'bedrock-sonnet', messages, stream: true }],
  ['/v1/responses', { model: 'bedrock-sonnet', input: 'Hi' }],
  ['/v1/responses/input_tokens', { model: 'bedrock-sonnet', input: 'Hi' }],
  ['/v1/messages', { model: 'bedrock-sonnet', max_tokens: 9, messages }],
  ['/v1/messages/count_tokens', { model: 'bedrock-sonnet', messages }],
  ['/v1/completions', { model: 'bedrock-sonnet', prompt: 'Hi' }],
  ['/v1/embeddings', { model: 'amazon.titan-embed-text-v2:0', input: 'Hi' }],
  ['/openai/deployments/bedrock-sonnet/chat/completions', { messages }],
  ['/openai/deployments/bedrock-sonnet/chat/completions', { model: 'bedrock-haiku', messages }],
  ['/openai/deployments/text-embedding-3-small/embeddings', { input: 'Hi' }],
])('a key for some models reaches no other by %s', async (path, body) => {
  const before = upstream.calls.length;
  const response = await fetch(proxy.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(await response.text()).toContain('This key may not use this model');
  expect(response.status).toBe(403);
  expect(upstream.calls.length).toBe(before);
});

test('what it may use, it uses', async () => {
  expect((await proxy.chat({ model: 'bedrock-haiku', messages })).status).toBe(200);
});
