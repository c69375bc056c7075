import type { WireFormat } from '../format.ts';
import { toChatError } from '../openai-chat/errors.ts';
import { completionsToConverse } from './request.ts';
import { toTextCompletion } from './response.ts';
import { type CompletionsRequest, parseCompletionsRequest } from './schema.ts';
import { completionsStream } from './stream.ts';

/** OpenAI's legacy Completions, `POST /v1/completions`. */
export const openaiCompletions: WireFormat<CompletionsRequest> = {
  name: 'openai-completions',
  parse: parseCompletionsRequest,
  toConverse: completionsToConverse,
  toResponse: toTextCompletion,
  toStream: completionsStream,
  toError: toChatError,
};
