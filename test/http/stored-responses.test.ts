import { afterAll, beforeAll, expect, test } from 'vitest';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';
import { key, type ProxyUnderTest, startProxy } from './proxy-under-test.ts';

let proxy: ProxyUnderTest;
beforeAll(async () => {
  proxy = await startProxy({ upstream: scripted(() => singly(anAnswer('Hi'))) });
});
afterAll(() => proxy.close());

async function ask(method: string, path: string, body?: object) {
  const response = await fetch(`http://127.0.0.1:${proxy.port}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const create = async (more: object = {}): Promise<string> =>
  String((await ask('POST', '/v1/responses', { model: 'bedrock-sonnet', input: 'Hello', ...more })).json['id']);

test('a response is shown, listed, deleted, and then it is gone', async () => {
  const at = `/v1/responses/${await create()}`;
  expect(await ask('GET', at)).toMatchObject({ status: 200, json: { status: 'completed' } });
  expect(await ask('GET', `${at}/input_items?limit=1&order=asc`)).toMatchObject({
    status: 200,
    json: { data: [{ content: [{ text: 'Hello' }] }], has_more: false },
  });
  expect(await ask('GET', `${at}/input_items?limit=0`)).toMatchObject({
    status: 400,
    json: { error: { param: 'limit' } },
  });
  expect(await ask('DELETE', at)).toMatchObject({ status: 200, json: { deleted: true } });
  expect(await ask('GET', at)).toMatchObject({ status: 404 });
});

test('nothing runs in the background: no replay of a stream, no cancelling', async () => {
  const at = `/v1/responses/${await create()}`;
  expect(await ask('GET', `${at}?stream=true`)).toMatchObject({ status: 400, json: { error: { param: 'stream' } } });
  expect(await ask('POST', `${at}/cancel`, {})).toMatchObject({
    status: 400,
    json: { error: { message: expect.stringContaining('only background responses can be cancelled') } },
  });
});

test('a response that was not to be stored is not there, and an unknown id is shown in plain characters', async () => {
  expect(await ask('GET', `/v1/responses/${await create({ store: false })}`)).toMatchObject({ status: 404 });
  expect(await ask('GET', '/v1/responses/resp_%C3%BC')).toMatchObject({
    status: 404,
    json: { error: { message: expect.stringContaining("'resp_?'") } },
  });
});
