import { ProxyError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Answer } from '../../converse/events.ts';
import type { AnswerContext } from '../format.ts';
import { responseId, responseOfItem } from './ids.ts';
import { itemNotFound } from './items.ts';
import { outputItems } from './output.ts';
import { toResponse } from './response.ts';
import { type InputItem, inputItems, itemParam, type ResponsesRequest, readItem } from './schema.ts';

/** A response as it is kept for `previous_response_id`, item references and GET /v1/responses/{id}. */
export type StoredResponse = {
  id: string;
  /** Everything that was said before the answer, earlier responses included. */
  input: InputItem[];
  /** The answer's items, each with its signed thinking, whether or not the client asked for it. */
  output: { id: string; item: InputItem }[];
  /** What the client was shown. */
  response: JsonObject;
};

/** Where responses are kept; bounded, and apart for each principal. */
export type ResponseStore = {
  get(principal: string, id: string): StoredResponse | undefined;
  put(principal: string, response: StoredResponse): void;
  /** Whether there was one. */
  delete(principal: string, id: string): boolean;
  /** Forgets everybody's. */
  clear(): void;
};

/** The ids of all stored responses that a request speaks of. */
export function neededResponses(request: ResponsesRequest): string[] {
  const ids = inputItems(request).flatMap((item) =>
    item.type === 'item_reference' ? (responseOfItem(item.id) ?? []) : [],
  );
  if (request.previous_response_id) ids.push(request.previous_response_id);
  return [...new Set(ids)];
}

/** Puts the items of the previous response before the request's own. Instructions are not carried over, as OpenAI does it. */
export function expandPrevious(request: ResponsesRequest, previous: StoredResponse): ResponsesRequest {
  const earlier = [...previous.input, ...previous.output.map(({ item }) => item)];
  return { ...request, input: [...earlier, ...inputItems(request)], earlierItems: earlier.length };
}

/** Puts stored items in the place of references to them. Throws `not_found` for an item that none of `stored` has. */
export function resolveReferences(request: ResponsesRequest, stored: readonly StoredResponse[]): ResponsesRequest {
  const items = inputItems(request);
  if (!items.some(({ type }) => type === 'item_reference')) return request;
  const byId = new Map(stored.flatMap(({ output }) => output.map(({ id, item }) => [id, item])));
  const input = items.map((item, index) => {
    if (item.type !== 'item_reference') return item;
    const found = byId.get(item.id);
    if (!found) throw itemNotFound(item.id, itemParam(request, index));
    return found;
  });
  return { ...request, input };
}

/** What is to be kept of an answer. `context.request` is the expanded request. */
export function toStored(answer: Answer, context: AnswerContext<ResponsesRequest>): StoredResponse {
  const output = outputItems(answer, context, { sealed: true }).map((item) => ({
    id: String(item['id']),
    item: readItem(item),
  }));
  return {
    id: responseId(context.requestId),
    input: inputItems(context.request),
    output,
    response: toResponse(answer, context),
  };
}

/** Whether the answer is to be kept: with `store: false` nothing is. */
export function isStored(request: ResponsesRequest): boolean {
  return request.store !== false;
}

/** The error for a response that is not kept, or is somebody else's. */
export function previousNotFound(id: string): ProxyError {
  return new ProxyError(
    'not_found',
    `Previous response with id '${id}' not found. Responses are kept for a while only, and not with store: false; send the whole conversation in 'input'.`,
    { param: 'previous_response_id' },
  );
}
