import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { EmbeddingFamily } from '../../../src/converse/embeddings.ts';
import { embeddingCalls } from '../../../src/wire/openai-embeddings/request.ts';
import { readEmbeddings, toEmbeddingList } from '../../../src/wire/openai-embeddings/response.ts';
import { parseEmbeddingsRequest } from '../../../src/wire/openai-embeddings/schema.ts';
import { tokenDecoder } from '../../../src/wire/openai-embeddings/token-decoder.ts';
import { expectPublished } from '../openai-responses/published.ts';
import { fetchStub, plainContext } from '../sample-answers.ts';

const parse = (body: object) => parseEmbeddingsRequest({ model: 'm', ...body }, plainContext);
const decode = (tokens: number[]) => `decoded ${tokens.join(' ')}`;
const calls = (body: object, family: EmbeddingFamily) => embeddingCalls(parse(body), family, decode);

describe('requests', () => {
  test('Titan and Nova take one text a call, Cohere up to 96', () => {
    expect(calls({ input: ['a', 'b'] }, 'titan-v1')).toEqual([
      { body: { inputText: 'a' }, count: 1 },
      { body: { inputText: 'b' }, count: 1 },
    ]);
    expect(calls({ input: 'a', dimensions: 256 }, 'titan-v2')).toEqual([
      { body: { inputText: 'a', normalize: true, dimensions: 256 }, count: 1 },
    ]);
    expect(calls({ input: 'a', dimensions: 384 }, 'nova')[0]?.body).toEqual({
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: {
        embeddingPurpose: 'GENERIC_INDEX',
        embeddingDimension: 384,
        text: { truncationMode: 'END', value: 'a' },
      },
    });
    const many = calls({ input: Array.from({ length: 100 }, (_, at) => `t${at}`), dimensions: 512 }, 'cohere-v4');
    expect(many.map(({ count }) => count)).toEqual([96, 4]);
    expect(many[1]?.body).toMatchObject({ texts: ['t96', 't97', 't98', 't99'], output_dimension: 512 });
    // The model's own length is no wish: the body has no word for it.
    expect(calls({ input: 'a', dimensions: 1024 }, 'cohere-v3')).toEqual(calls({ input: 'a' }, 'cohere-v3'));
    expect(calls({ input: 'a', dimensions: 1536 }, 'titan-v1')).toEqual([{ body: { inputText: 'a' }, count: 1 }]);
    expect(() => calls({ input: 'a', dimensions: 512 }, 'cohere-v3')).toThrow(/1024/);
  });

  test('lists of tokens become text again, one input or many', () => {
    expect(calls({ input: [1, 2] }, 'titan-v1')).toEqual([{ body: { inputText: 'decoded 1 2' }, count: 1 }]);
    expect(calls({ input: [[1], [2]] }, 'cohere-v3')[0]?.body).toMatchObject({ texts: ['decoded 1', 'decoded 2'] });
  });

  test('a number that is no token is the client’s mistake, not a fault of ours', async () => {
    const decoded = await tokenDecoder(parse({ input: [9906] }));
    expect(decoded([9906])).toBe('Hello');
    expect(() => decoded([Number.MAX_SAFE_INTEGER])).toThrow(
      expect.objectContaining({ code: 'invalid_request', facts: expect.objectContaining({ param: 'input' }) }),
    );
  });

  test.each([
    [{ input: 'a', dimensions: 100 }, 'dimensions'],
    [{ input: ['a', ' '] }, 'input[1]'],
    [{ input: [] }, 'input'],
    [{}, 'input'],
  ])('%j is refused with the field', (body, param) => {
    expect(() => calls(body, 'titan-v2')).toThrow(
      expect.objectContaining({ code: 'invalid_request', facts: expect.objectContaining({ param }) }),
    );
  });
});

describe('answers', () => {
  test.each([
    ['Titan', { embedding: [1, 2], inputTextTokenCount: 5 }, 5],
    ['Cohere by type', { embeddings: { float: [[1, 2]] } }, 7],
    ['Cohere v3', { embeddings: [[1, 2]] }, 7],
    ['Nova', { embeddings: [{ embeddingType: 'TEXT', embedding: [1, 2] }] }, 7],
  ])('%s', (_, body, tokens) => {
    expect(readEmbeddings(body, 1, 7)).toEqual({ vectors: [[1, 2]], tokens });
  });

  test('a missing vector is a failure, not a shorter list', () => {
    expect(() => readEmbeddings({ embeddings: [[1]] }, 2, 0)).toThrow(
      expect.objectContaining({ code: 'upstream_rejected' }),
    );
    expect(() => readEmbeddings('no', 1, 0)).toThrow(expect.objectContaining({ code: 'upstream_rejected' }));
  });

  test('the official SDK, which asks for base64 by default, reads the same numbers as a plain client', async () => {
    const parts = [
      { vectors: [[0.5, -1]], tokens: 3 },
      { vectors: [[2, 4]], tokens: 4 },
    ];
    const plain = toEmbeddingList(parts, parse({ input: ['a', 'b'] }));
    expectPublished('CreateEmbeddingResponse', plain);
    expect(plain).toMatchObject({
      data: [
        { index: 0, embedding: [0.5, -1] },
        { index: 1, embedding: [2, 4] },
      ],
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
    const encoded = toEmbeddingList(parts, parse({ input: ['a', 'b'], encoding_format: 'base64' }));
    const client = new OpenAI({ apiKey: 'k', fetch: fetchStub(JSON.stringify(encoded), 'application/json') });
    const read = await client.embeddings.create({ model: 'm', input: ['a', 'b'] });
    expect(read.data.map(({ embedding }) => [...embedding])).toEqual([
      [0.5, -1],
      [2, 4],
    ]);
  });
});
