import { openaiResponses } from '../wire/openai-responses/format.ts';
import { toInputTokens } from '../wire/openai-responses/input-tokens.ts';
import type { Serve } from './serve.ts';
import { serveInputCount } from './serve-count.ts';
import { withEarlier } from './serve-responses.ts';

/** POST /v1/responses/input_tokens: how many tokens a Responses body would send, earlier responses included. */
export const serveInputTokens: Serve = (job) => {
  const { context, principal, services } = job;
  return serveInputCount(job, {
    translate: (body) => {
      const request = withEarlier(openaiResponses.parse(body, context), services.responses, principal);
      return openaiResponses.toConverse(request, context);
    },
    show: toInputTokens,
  });
};
