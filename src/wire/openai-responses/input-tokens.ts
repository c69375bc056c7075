import type { JsonObject } from '../../base/json.ts';

/** The answer to `POST /v1/responses/input_tokens`. */
export function toInputTokens(inputTokens: number): JsonObject {
  return { object: 'response.input_tokens', input_tokens: inputTokens };
}
