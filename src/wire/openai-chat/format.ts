import type { WireFormat } from '../format.ts';
import { toChatError } from './errors.ts';
import { chatToConverse } from './request.ts';
import { toChatCompletion } from './response.ts';
import { type ChatRequest, parseChatRequest } from './schema.ts';
import { toChatStream } from './stream.ts';

/** OpenAI's Chat Completions, `POST /v1/chat/completions`. */
export const openaiChat: WireFormat<ChatRequest> = {
  name: 'openai-chat',
  parse: parseChatRequest,
  toConverse: chatToConverse,
  toResponse: toChatCompletion,
  toStream: toChatStream,
  toError: toChatError,
};
