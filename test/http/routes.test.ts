import { afterAll, beforeAll, expect, test } from 'vitest';
import { anAnswer, modelInfo, scripted, singly } from '../proxy/call-fixture.ts';
import { hello, key, type ProxyUnderTest, startProxy } from './proxy-under-test.ts';

let proxy: ProxyUnderTest;
const upstream = scripted(() => singly(anAnswer()));
beforeAll(async () => {
  proxy = await startProxy({ upstream });
});
afterAll(() => proxy.close());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(proxy.url + path, { method, headers: { authorization: `Bearer ${key}`, ...headers } });

test.each(['/v1', '', '/cursor/v1', '/cursor', '/openai/deployments/bedrock-sonnet', '/openai/deployments/a%2Fb'])(
  'chat is served under "%s"',
  async (base) => {
    const response = await proxy.chat(hello, { path: `${base}/chat/completions?api-version=2026-01-01` });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ object: 'chat.completion' });
  },
);

test('the deployment in Azure’s path is the model', async () => {
  await proxy.chat({ messages: hello.messages }, { path: '/openai/deployments/bedrock-opus/chat/completions' });
  expect(upstream.calls.at(-1)?.model).toBe('bedrock-opus');
});

test.each(['/v1/models', '/models', '/cursor/v1/models', '/cursor/models'])('%s lists both spellings', async (path) => {
  const body = (await (await get(path)).json()) as { object: string; data: { id: string }[] };
  expect(body.object).toBe('list');
  const ids = body.data.map(({ id }) => id);
  expect(ids.slice(0, 3)).toEqual(['bedrock-sonnet', 'claude-sonnet-5', 'anthropic.claude-sonnet-5']);
  expect(body.data[0]).toMatchObject({
    object: 'model',
    created: 1767312000,
    owned_by: 'Anthropic',
    context_length: 200000,
  });
});

test('embedding models stand behind the others, and a field says what they are', async () => {
  type Listed = { id: string; capabilities: Record<string, boolean> };
  const { data } = (await (await get('/v1/models')).json()) as { data: Listed[] };
  expect(data[0]?.capabilities).toMatchObject({ streaming: true, embeddings: false });
  const vectors = data.slice(3);
  expect(vectors.map(({ id }) => id)).toEqual(expect.arrayContaining(['bedrock-embed', 'cohere.embed-v4:0']));
  for (const { capabilities } of vectors) {
    expect(capabilities).toMatchObject({ streaming: false, tools: false, embeddings: true });
  }
  expect(await (await get('/v1/models/bedrock-embed')).json()).toMatchObject({
    id: 'bedrock-embed',
    context_length: 8192,
    capabilities: { embeddings: true },
  });
});

test('a client of the Anthropic API gets that API’s list', async () => {
  const body = await (await get('/v1/models', { 'anthropic-version': '2023-06-01' })).json();
  expect(body).toMatchObject({
    data: [
      { type: 'model', id: 'bedrock-sonnet', display_name: modelInfo.name, created_at: '2026-01-02T00:00:00.000Z' },
      {},
      {},
    ],
    has_more: false,
    first_id: 'bedrock-sonnet',
    last_id: 'anthropic.claude-sonnet-5',
  });
  expect(body).toMatchObject({ data: [{ max_input_tokens: 200_000 }, {}, {}] });
  const second = await get('/v1/models?limit=1&after_id=bedrock-sonnet', { 'anthropic-version': '2023-06-01' });
  expect(await second.json()).toMatchObject({ data: [{ id: 'claude-sonnet-5' }], has_more: true });
});

test.each([
  'bedrock-sonnet',
  'anthropic.claude-v2:1',
  'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc',
  'arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Ainference-profile%2Feu.x',
])('models/%s is found, slashes and colons encoded or not', async (id) => {
  const response = await get(`/v1/models/${id}`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ id: decodeURIComponent(id), object: 'model' });
});

test('a key that may use some models sees no others', async () => {
  const other = await startProxy({ upstream, models: ['bedrock-haiku'] });
  const same = await startProxy({ upstream, models: ['claude-sonnet-5'] });
  const ask = (url: string, path: string) => fetch(url + path, { headers: { authorization: `Bearer ${key}` } });
  expect(await (await ask(other.url, '/v1/models')).json()).toMatchObject({ data: [] });
  expect((await ask(other.url, '/v1/models/bedrock-sonnet')).status).toBe(404);
  expect(((await (await ask(same.url, '/v1/models')).json()) as { data: [] }).data).toHaveLength(3);
  expect((await ask(same.url, '/v1/models/claude-sonnet-5')).status).toBe(200);
  await Promise.all([other.close(), same.close()]);
});

test('an unknown model is a 404 that says so, whether the catalogue stands in for it or refuses it', async () => {
  for (const id of ['gpt-4o', 'broken']) {
    const response = await get(`/v1/models/${id}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'model_not_found' } });
  }
});

test('models and readyz need the key, livez does not and says nothing', async () => {
  for (const path of ['/v1/models', '/v1/models/x', '/readyz'])
    expect((await fetch(proxy.url + path)).status).toBe(401);
  const response = await fetch(`${proxy.url}/livez`);
  expect([response.status, await response.text()]).toEqual([200, 'ok']);
  expect((await fetch(`${proxy.url}/livez`, { method: 'HEAD' })).status).toBe(200);
});

test('readyz tells what is missing and the command that mends it', async () => {
  expect(await (await get('/readyz')).json()).toEqual({ ready: true });
  const lacks = [{ what: 'The AWS sign-in has expired.', fix: 'aws sso login' }];
  const other = await startProxy({ upstream, lacks });
  const response = await fetch(`${other.url}/readyz`, { headers: { 'x-api-key': key } });
  expect([response.status, await response.json()]).toEqual([503, { ready: false, missing: lacks }]);
  await other.close();
});

test.each(['/', '/v1', '/v2/chat/completions', '/v1/chat/completions/x', '/metrics2', '/%00'])(
  'nothing is at %s, and the format says so',
  async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.any(String) },
    });
  },
);

test.each([
  ['POST', '/v1/batches', 'send each request by itself'],
  ['POST', '/v1/messages/batches', 'send each request by itself'],
  ['GET', '/cursor/v1/files/file-1', 'as base64'],
  ['POST', '/conversations', 'previous_response_id'],
  ['POST', '/v1/responses/compact', 'summary'],
  ['GET', '/v1/chat/completions/chatcmpl-1', '/v1/responses'],
  ['POST', '/v1/images/generations', 'another service'],
  ['POST', '/v1/moderations', 'chat/completions'],
  ['GET', '/api/chat', 'the base URL that ends in /v1'],
])('%s %s is not here, and the refusal says what to do instead: %s', async (method, path, fix) => {
  const response = await get(path, { 'content-type': 'application/json' }, method);
  expect(response.status).toBe(404);
  const { error } = (await response.json()) as { error: { message: string } };
  expect(error.message).toContain(`There is nothing at ${method} ${path}.`);
  expect(error.message).toContain(fix);
});

test('what nobody serves stands in the log as it was answered', async () => {
  const before = proxy.log.length;
  await get('/v1/nothing');
  expect(proxy.log.slice(before)).toMatchObject([{ type: 'refused', code: 'not_found', status: 404, route: 'none' }]);
});

test.each([
  ['GET', '/v1/chat/completions', 'POST'],
  ['DELETE', '/v1/models/x', 'GET, HEAD'],
  ['PUT', '/livez', 'GET, HEAD'],
])('%s %s is a 405 that names %s', async (method, path, allow) => {
  const response = await get(path, {}, method);
  expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
});

test('every response has an id and may not be kept or guessed at', async () => {
  for (const response of [
    await get('/livez'),
    await get('/nowhere'),
    await get('/v1/models'),
    await fetch(`${proxy.url}/readyz`),
  ]) {
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(
      [...response.headers.keys()].filter((name) => /^(server|x-powered-by|access-control-.*)$/.test(name)),
    ).toEqual([]);
  }
});

test.each(['//chat/completions', '/v1/v1/chat/completions', '/v1/chat/completions/'])(
  '%s, as programs make it of an oddly typed base URL, answers too',
  async (path) => {
    expect((await proxy.chat(hello, { path })).status).toBe(200);
  },
);

test('Anthropic’s errors carry the request’s id, which its SDKs read from `request-id` too', async () => {
  const headers = { 'anthropic-version': '2023-06-01', 'x-request-id': 'mine-1' };
  const response = await proxy.chat({ model: 'm' }, { path: '/v1/messages', headers });
  expect(response.status).toBe(400);
  expect(response.headers.get('request-id')).toBe('mine-1');
  expect(await response.json()).toMatchObject({ type: 'error', request_id: 'mine-1' });
});
