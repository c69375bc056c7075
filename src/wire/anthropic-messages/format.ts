import { ProxyError } from '../../base/errors.ts';
import type { WireFormat } from '../format.ts';
import { toMessagesError } from './errors.ts';
import { messagesToNative } from './native.ts';
import { parseAnthropic } from './parse.ts';
import { messagesToConverse } from './request.ts';
import { toMessage } from './response.ts';
import { type MessagesRequest, messagesSchema } from './schema.ts';
import { messageStream } from './stream.ts';

/** Anthropic's Messages API: POST /v1/messages. */
export const anthropicMessages: WireFormat<MessagesRequest> = {
  name: 'anthropic-messages',
  parse: (body) => parseAnthropic(messagesSchema, body, ['model', 'messages', 'max_tokens']),
  toConverse: messagesToConverse,
  toNative: messagesToNative,
  toResponse: (answers, context) => {
    const [answer] = answers;
    if (!answer) throw new ProxyError('internal', 'There is no answer to show.');
    return toMessage(answer, context);
  },
  toStream: messageStream,
  toError: toMessagesError,
};
