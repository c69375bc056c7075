import type { JsonObject } from './json.ts';

/** A small request that means the same in every dialect. `path` follows the base URL's `/v1`. */
export type CannedRequest = { path: string; body: JsonObject };

const words = 'Say hello.';
const messages = [{ role: 'user', content: words }];

const canned: Record<string, (model: string, stream: boolean) => CannedRequest> = {
  'openai-chat': (model, stream) => ({ path: '/chat/completions', body: { model, stream, messages } }),
  'openai-responses': (model, stream) => ({ path: '/responses', body: { model, stream, input: words } }),
  'openai-completions': (model, stream) => ({ path: '/completions', body: { model, stream, prompt: words } }),
  'openai-embeddings': (model) => ({ path: '/embeddings', body: { model, input: words } }),
  'anthropic-messages': (model, stream) => ({ path: '/messages', body: { model, stream, max_tokens: 256, messages } }),
};

/** The canned request of a wire format; undefined for one that has none. */
export function cannedRequest(format: string, model: string, stream: boolean): CannedRequest | undefined {
  return canned[format]?.(model, stream);
}
