import { ProxyError } from '../../base/errors.ts';
import { isObject, type JsonObject } from '../../base/json.ts';
import type { EmbeddingsRequest } from './schema.ts';

/** What one call gave: its vectors in the order of its texts, and its input tokens where they are told. */
export type Embedded = { vectors: number[][]; tokens: number };

/**
 * Reads the body of any family's answer. `headerTokens` is `x-amzn-bedrock-input-token-count`, the only count that
 * Cohere and Nova have. Throws `upstream_rejected` when it does not hold `count` vectors.
 */
export function readEmbeddings(body: unknown, count: number, headerTokens: number | undefined): Embedded {
  const vectors = isObject(body) ? vectorsIn(body) : [];
  if (vectors.length !== count) {
    throw new ProxyError('upstream_rejected', 'The embedding model gave no vector for some of the texts.', {
      detail: `${vectors.length} of ${count} vectors`,
    });
  }
  const counted = isObject(body) ? body['inputTextTokenCount'] : undefined;
  return { vectors, tokens: typeof counted === 'number' ? counted : (headerTokens ?? 0) };
}

function vectorsIn(body: Record<string, unknown>): number[][] {
  const { embedding, embeddings } = body;
  if (isVector(embedding)) return [embedding]; // Titan
  if (isObject(embeddings)) return vectorsOf(embeddings['float']); // Cohere, by type
  return vectorsOf(embeddings); // Cohere v3 without types, Nova
}

function vectorsOf(list: unknown): number[][] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const vector = isObject(item) ? item['embedding'] : item;
    return isVector(vector) ? [vector] : [];
  });
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === 'number');
}

/** All calls' vectors as OpenAI lists them, as numbers or as base64 of little-endian 32-bit floats. */
export function toEmbeddingList(parts: readonly Embedded[], request: EmbeddingsRequest): JsonObject {
  const tokens = parts.reduce((total, part) => total + part.tokens, 0);
  return {
    object: 'list',
    data: parts
      .flatMap(({ vectors }) => vectors)
      .map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: request.encoding === 'base64' ? float32Base64(vector) : vector,
      })),
    model: request.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function float32Base64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [at, number] of vector.entries()) bytes.writeFloatLE(number, at * 4);
  return bytes.toString('base64');
}
