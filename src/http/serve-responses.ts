import type { Principal } from '../converse/call.ts';
import { collector } from '../converse/collect.ts';
import type { Answer } from '../converse/events.ts';
import type { AnswerContext, StreamEncoder, WireFormat } from '../wire/format.ts';
import { openaiResponses } from '../wire/openai-responses/format.ts';
import {
  expandPrevious,
  isStored,
  neededResponses,
  previousNotFound,
  type ResponseStore,
  resolveReferences,
  toStored,
} from '../wire/openai-responses/previous.ts';
import type { ResponsesRequest } from '../wire/openai-responses/schema.ts';
import type { Serve } from './serve.ts';
import { serveFormat } from './serve-format.ts';

/** POST /v1/responses: as every format, with earlier responses put back in front and the answer kept for later ones. */
export const serveResponses: Serve = ({ exchange, principal, format, context, services }) =>
  serveFormat({
    exchange,
    principal,
    format: rememberingFormat(format, services.responses, principal),
    context,
    services,
  });

/**
 * The Responses format with a memory: `parse` resolves what the request refers to, finished answers are stored. Errors are
 * told as the route's own format tells them.
 */
function rememberingFormat(
  route: Pick<WireFormat<unknown>, 'toError' | 'toStream'>,
  store: ResponseStore,
  principal: Principal,
): WireFormat<ResponsesRequest> {
  const keep = (answer: Answer, context: AnswerContext<ResponsesRequest>): void => {
    if (isStored(context.request)) store.put(principal.id, toStored(answer, context));
  };
  return {
    ...openaiResponses,
    toError: route.toError,
    parse: (body, context) => withEarlier(openaiResponses.parse(body, context), store, principal),
    toResponse(answers, context) {
      const response = openaiResponses.toResponse(answers, context);
      for (const answer of answers) keep(answer, context);
      return response;
    },
    toStream: (context) => keepingStream(route.toStream(context), (answer) => keep(answer, context)),
  };
}

/** The request with what it refers to of earlier responses put back. Throws `not_found` for what is not kept. */
export function withEarlier(request: ResponsesRequest, store: ResponseStore, { id }: Principal): ResponsesRequest {
  const stored = neededResponses(request).flatMap((wanted) => store.get(id, wanted) ?? []);
  const resolved = resolveReferences(request, stored);
  const wanted = request.previous_response_id;
  if (!wanted) return resolved;
  const previous = stored.find((response) => response.id === wanted);
  if (!previous) throw previousNotFound(wanted);
  return expandPrevious(resolved, previous);
}

/** Keeps the answer before its last words go out, so that a client that goes on at once finds it. */
function keepingStream(encoder: StreamEncoder, keep: (answer: Answer) => void): StreamEncoder {
  const fold = collector();
  return {
    ...encoder,
    push(events, choice) {
      fold.add(events);
      const text = encoder.push(events, choice);
      if (events.at(-1)?.type === 'end') {
        const answer = fold.answer();
        if (answer) keep(answer);
      }
      return text;
    },
  };
}
