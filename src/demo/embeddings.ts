import { createHash } from 'node:crypto';
import { isObject } from '../base/json.ts';
import { estimateTokens } from './prompt-memory.ts';
import { invalid, type Refusal } from './refusal.ts';

/** InvokeModel of the embedding models: unit vectors made from the text's hash, equal for equal texts. */
export function embed(bareId: string, body: unknown): Record<string, unknown> | Refusal | undefined {
  if (bareId.startsWith('amazon.titan-embed-text-')) return titan(body);
  if (bareId.startsWith('amazon.nova-2-multimodal-embeddings-')) return nova(body);
  return bareId.startsWith('cohere.embed-') ? cohere(body, bareId.startsWith('cohere.embed-v4')) : undefined;
}

function titan(body: unknown): Record<string, unknown> | Refusal {
  const { inputText, dimensions = 1024 } = isObject(body) ? body : {};
  if (typeof inputText !== 'string' || inputText === '')
    return invalid(
      'Malformed input request: expected minLength: 1, actual: 0, please reformat your input and try again.',
    );
  if (dimensions !== 256 && dimensions !== 512 && dimensions !== 1024)
    return invalid(
      `Malformed input request: #/dimensions: ${String(dimensions)} is not a valid enum value, please reformat your input and try again.`,
    );
  const embedding = vectorOf(inputText, dimensions);
  return { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount: estimateTokens(inputText) };
}

function nova(body: unknown): Record<string, unknown> | Refusal {
  const { taskType, singleEmbeddingParams: params } = isObject(body) ? body : {};
  const { text, embeddingDimension = 3072 } = isObject(params) ? params : {};
  const value = isObject(text) ? text['value'] : undefined;
  if (taskType !== 'SINGLE_EMBEDDING' || typeof value !== 'string' || value === '')
    return invalid('Malformed input request: #: required key [singleEmbeddingParams] not found.');
  return { embeddings: [{ embeddingType: 'TEXT', embedding: vectorOf(value, Number(embeddingDimension)) }] };
}

function cohere(body: unknown, isNewer: boolean): Record<string, unknown> | Refusal {
  const { texts, input_type: type, embedding_types: kinds, output_dimension: wish } = isObject(body) ? body : {};
  if (!Array.isArray(texts) || texts.length === 0 || texts.length > 96)
    return invalid(
      'Malformed input request: #/texts: expected 1 to 96 texts, please reformat your input and try again.',
    );
  if (typeof type !== 'string')
    return invalid(
      'Malformed input request: #: required key [input_type] not found, please reformat your input and try again.',
    );
  const vectors = texts.map((text) => vectorOf(String(text), isNewer ? Number(wish ?? 1536) : 1024));
  return {
    id: 'demo',
    response_type: Array.isArray(kinds) ? 'embeddings_by_type' : 'embeddings_floats',
    texts,
    embeddings: Array.isArray(kinds) ? { float: vectors } : vectors,
  };
}

/** What the response header counts: Cohere and Nova tell it nowhere else. */
export function embeddedTokens(body: unknown): number {
  return estimateTokens(JSON.stringify(body ?? ''));
}

function vectorOf(text: string, length: number): number[] {
  const seed = createHash('shake256', { outputLength: length }).update(text).digest();
  const raw = [...seed].map((byte) => byte - 127.5);
  const norm = Math.hypot(...raw);
  return raw.map((value) => value / norm);
}
