import { OpenAIEmbeddings } from '@langchain/openai';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKey, headers, startDemo } from './running-demo.ts';

let demo: Awaited<ReturnType<typeof startDemo>>;
let client: OpenAI;
beforeAll(async () => {
  demo = await startDemo();
  client = new OpenAI({ apiKey, baseURL: demo.baseUrl, maxRetries: 0 });
});
afterAll(() => demo.close());

const norm = (vector: readonly number[]): number => Math.hypot(...vector);

test.each([
  ['bedrock-embed', 1024],
  ['amazon.titan-embed-text-v2:0', 1024],
  ['cohere.embed-multilingual-v3', 1024],
  ['cohere.embed-v4:0', 1536],
  ['amazon.nova-2-multimodal-embeddings-v1:0', 3072],
])('%s gives one unit vector of %i numbers for each text, as base64 and as numbers', async (model, length) => {
  const input = ['one', 'two', 'three'];
  const packed = await client.embeddings.create({ model, input }); // the SDK asks for base64 by itself
  const plain = await client.embeddings.create({ model, input, encoding_format: 'float' });
  expect(packed.data.map(({ embedding }) => embedding.length)).toEqual([length, length, length]);
  expect(norm(plain.data[1]?.embedding ?? [])).toBeCloseTo(1, 5);
  const [a, b] = [packed.data[2]?.embedding ?? [], plain.data[2]?.embedding ?? []];
  expect(a.every((value, at) => Math.abs(value - (b[at] ?? 9)) < 1e-6)).toBe(true);
  expect(packed.usage.prompt_tokens).toBeGreaterThan(2);
});

test('dimensions go to the model, and an impossible wish names the possible ones', async () => {
  const { data } = await client.embeddings.create({ model: 'bedrock-embed', input: 'x', dimensions: 256 });
  expect(data[0]?.embedding).toHaveLength(256);
  await expect(client.embeddings.create({ model: 'bedrock-embed', input: 'x', dimensions: 999 })).rejects.toMatchObject(
    {
      status: 400,
      param: 'dimensions',
      message: expect.stringContaining('1024, 512, 256'),
    },
  );
});

test('a batch of 200 texts keeps its order, whether the model takes one text a call or 96', async () => {
  const input = Array.from({ length: 200 }, (_, at) => `text ${at}`);
  for (const model of ['bedrock-embed', 'cohere.embed-multilingual-v3']) {
    const { data } = await client.embeddings.create({ model, input });
    const [last] = (await client.embeddings.create({ model, input: 'text 199' })).data;
    expect(data.map(({ index }) => index)).toEqual(input.map((_, at) => at));
    expect(data[199]?.embedding).toEqual(last?.embedding);
  }
});

test('LangChain’s own form is understood, and lists of tokens are decoded', async () => {
  const embeddings = new OpenAIEmbeddings({ model: 'bedrock-embed', apiKey, configuration: { baseURL: demo.baseUrl } });
  expect(await embeddings.embedDocuments(['a', 'b'])).toHaveLength(2);
  // "hello world" in cl100k_base, as LangChain for Python sends it.
  const tokens = await client.embeddings.create({ model: 'bedrock-embed', input: [[15339, 1917]] });
  const text = await client.embeddings.create({ model: 'bedrock-embed', input: 'hello world' });
  expect(tokens.data[0]?.embedding).toEqual(text.data[0]?.embedding);
});

test('OpenAI’s own model names are answered by the default model, and it is said', async () => {
  const answer = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'x' }).withResponse();
  expect(answer.response.headers.get('x-claude-bedrock-changes')).toContain(
    'model answered by amazon.titan-embed-text-v2:0',
  );
});

test('every embedding model of the list embeds', async () => {
  const { data } = await client.models.list();
  const embeds = (model: object) => 'capabilities' in model && JSON.stringify(model).includes('"embeddings":true');
  const models = data.filter(embeds).map(({ id }) => id);
  expect(models).toContain('bedrock-embed');
  for (const model of models) {
    const { data: vectors } = await client.embeddings.create({ model, input: 'x' });
    expect(vectors[0]?.embedding.length).toBeGreaterThan(100);
  }
});

test('the Azure path names the model', async () => {
  const response = await fetch(`${demo.url}/openai/deployments/bedrock-embed/embeddings?api-version=2024-10-21`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ input: 'x' }),
  });
  expect(response.status).toBe(200);
});
