import { ProxyError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import { jsonValue } from '../json-value.ts';
import { unsupported } from '../refuse.ts';
import type { StoredResponse } from './previous.ts';
import type { InputItem } from './schema.ts';

/** OpenAI's default and greatest number of items on a page. */
const pageSize = { usual: 20, most: 100 } as const;

/** GET /v1/responses/{id}/input_items, with `limit`, `order` (newest first without it) and `after`. */
export function toInputItemList({ id, input }: StoredResponse, query: URLSearchParams): JsonObject {
  const items = input.map((item, at) => inputItem(item, `msg_${id.replace(/^resp_/, '')}_in${at}`));
  if (query.get('order') !== 'asc') items.reverse();
  const after = query.get('after');
  const rest = after === null ? items : items.slice(items.findIndex((item) => item['id'] === after) + 1);
  const data = rest.slice(0, limitOf(query.get('limit')));
  return {
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: data.length < rest.length,
  };
}

function limitOf(wish: string | null): number {
  const limit = Number(wish ?? pageSize.usual);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, pageSize.most) : pageSize.usual;
}

/** An item in full form: with an id, and a message with its parts. */
function inputItem(item: InputItem, id: string): JsonObject {
  if (item.type !== 'message') return { id, ...jsonObject(item) };
  const kind = item.role === 'assistant' ? 'output_text' : 'input_text';
  const content = typeof item.content === 'string' ? [{ type: kind, text: item.content }] : (item.content ?? []);
  return { id, type: 'message', status: 'completed', ...jsonObject({ role: item.role, content }) };
}

const jsonObject = (value: object): JsonObject =>
  Object.fromEntries(Object.entries(value).map(([key, part]) => [key, jsonValue(part)]));

/** DELETE /v1/responses/{id} */
export function toDeleted(id: string): JsonObject {
  return { id, object: 'response', deleted: true };
}

/** GET, DELETE and the rest for an id that is not kept. */
export function responseNotFound(id: string): ProxyError {
  return new ProxyError('not_found', `Response with id '${id}' not found. Responses are kept for a while only.`, {
    param: 'response_id',
  });
}

/** POST /v1/responses/{id}/cancel: only background responses can be cancelled, and there are none. */
export function notCancellable(): ProxyError {
  return unsupported(
    'response_id',
    'Only background responses can be cancelled. Close the connection to stop this one.',
  );
}
