import { invalid } from '../refuse.ts';
import type { EmbeddingsRequest } from './schema.ts';

/**
 * Turns lists of tokens back into text: LangChain cuts its input into `cl100k_base` tokens, the encoding of OpenAI's
 * embedding models, and sends those. The tables are loaded only for a request that holds such lists. What it gives
 * throws `invalid_request` for a number that is no token.
 */
export async function tokenDecoder({ inputs }: EmbeddingsRequest): Promise<(tokens: number[]) => string> {
  if (inputs.every((input) => typeof input === 'string')) return () => '';
  const { decode } = await import('gpt-tokenizer/encoding/cl100k_base');
  return (tokens) => {
    try {
      return decode(tokens);
    } catch {
      throw invalid('input', "'input' holds a number that is no token of cl100k_base. Send the text itself.");
    }
  };
}
