import type { JsonObject } from '../../base/json.ts';
import type { EmbeddingFamily } from '../../converse/embeddings.ts';
import { invalid } from '../refuse.ts';
import type { EmbeddingsRequest } from './schema.ts';

/** One InvokeModel call: its JSON body, and how many of the inputs it answers. */
export type EmbeddingCall = { body: JsonObject; count: number };

type Dialect = {
  /** Texts in one call. */
  batch: number;
  /** Lengths of vector that the model can give. Where there is one, the body has no word for it. */
  dimensions: readonly number[];
  body(texts: string[], dimensions: number | undefined): JsonObject;
};

/** Bodies after AWS's pages "Amazon Titan Text Embeddings", "Cohere Embed" and "Amazon Nova Multimodal Embeddings". */
const dialects: Record<EmbeddingFamily, Dialect> = {
  'titan-v1': { batch: 1, dimensions: [1536], body: ([text = '']) => ({ inputText: text }) },
  'titan-v2': {
    batch: 1,
    dimensions: [1024, 512, 256],
    body: ([text = ''], dimensions) => ({ inputText: text, normalize: true, ...given('dimensions', dimensions) }),
  },
  'cohere-v3': { batch: 96, dimensions: [1024], body: (texts) => cohere(texts) },
  'cohere-v4': {
    batch: 96,
    dimensions: [1536, 1024, 512, 256],
    body: (texts, dimensions) => ({ ...cohere(texts), ...given('output_dimension', dimensions) }),
  },
  nova: {
    batch: 1,
    dimensions: [3072, 1024, 384, 256],
    body: ([text = ''], dimensions) => ({
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: {
        embeddingPurpose: 'GENERIC_INDEX',
        ...given('embeddingDimension', dimensions),
        text: { truncationMode: 'END', value: text },
      },
    }),
  },
};

const given = (name: string, value: number | undefined): JsonObject => (value === undefined ? {} : { [name]: value });

/** OpenAI's API does not say whether a text is stored or sought; stored is the common case. */
const cohere = (texts: string[]): JsonObject => ({
  texts,
  input_type: 'search_document',
  truncate: 'END',
  embedding_types: ['float'],
});

/**
 * The calls that together embed all inputs, in their order. `decode` turns lists of tokens back into text.
 * Throws `invalid_request` for a length of vector that the model cannot give.
 */
export function embeddingCalls(
  request: EmbeddingsRequest,
  family: EmbeddingFamily,
  decode: (tokens: number[]) => string,
): EmbeddingCall[] {
  const { batch, dimensions, body } = dialects[family];
  const wish = request.dimensions;
  if (wish !== undefined && !dimensions.includes(wish)) {
    const choice = `gives vectors of ${dimensions.join(', ')} numbers`;
    throw invalid('dimensions', `'dimensions' is ${wish}, but the model ${choice}.`);
  }
  const texts = request.inputs.map((input) => (typeof input === 'string' ? input : decode(input)));
  const calls: EmbeddingCall[] = [];
  for (let at = 0; at < texts.length; at += batch) {
    const part = texts.slice(at, at + batch);
    calls.push({ body: body(part, wish), count: part.length });
  }
  return calls;
}
