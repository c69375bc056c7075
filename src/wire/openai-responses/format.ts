import { ProxyError } from '../../base/errors.ts';
import type { WireFormat } from '../format.ts';
import { toResponsesError } from './errors.ts';
import { responsesToConverse } from './request.ts';
import { toResponse } from './response.ts';
import { parseResponsesRequest, type ResponsesRequest } from './schema.ts';
import { responseStream } from './stream.ts';

/** OpenAI's Responses API: POST /v1/responses. */
export const openaiResponses: WireFormat<ResponsesRequest> = {
  name: 'openai-responses',
  parse: parseResponsesRequest,
  toConverse: responsesToConverse,
  toResponse: (answers, context) => {
    const [answer] = answers;
    if (!answer) throw new ProxyError('internal', 'There is no answer to show.');
    return toResponse(answer, context);
  },
  toStream: responseStream,
  toError: toResponsesError,
};
