import { isObject, type JsonObject } from '../../base/json.ts';
import { jsonValue } from '../json-value.ts';
import { invalid } from '../refuse.ts';
import type { StoredResponse } from './previous.ts';
import type { InputItem } from './schema.ts';

/** The page that GET /v1/responses/{id}/input_items asks for, as its query says it. */
export type ItemsPage = { after?: string | undefined; limit?: string | undefined; order?: string | undefined };

const mostItems = 100;

/** One page of what a stored response was asked, the newest first unless `order` is `asc`. Throws `invalid_request` for an unlawful page. */
export function toItemList({ id, input }: StoredResponse, page: ItemsPage): JsonObject {
  const limit = limitOf(page.limit);
  if (page.order && !['asc', 'desc'].includes(page.order)) throw invalid('order', "'order' must be asc or desc.");
  const items = input.map((item, at) => listed(item, id, at));
  if (page.order !== 'asc') items.reverse();
  const from = page.after === undefined ? 0 : items.findIndex((item) => item['id'] === page.after) + 1;
  if (page.after !== undefined && from === 0) throw invalid('after', `'after' names no item of this response.`);
  const data = items.slice(from, from + limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: from + limit < items.length,
  };
}

/** The answer to `DELETE /v1/responses/{id}`. */
export function toDeleted(id: string): JsonObject {
  return { id, object: 'response', deleted: true };
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? 20 : Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostItems) {
    throw invalid('limit', `'limit' must be a whole number from 1 to ${mostItems}.`);
  }
  return limit;
}

/** Kinds of items that OpenAI never lists without a status. */
const withStatus = new Set(['function_call', 'function_call_output', 'custom_tool_call', 'custom_tool_call_output']);

/** Items have ids and a status in a list, and a message's text is a part. */
function listed(item: InputItem, responseId: string, at: number): JsonObject {
  const own = 'id' in item && typeof item.id === 'string' ? item.id : undefined;
  const id = own ?? `item_${responseId.replace(/^resp_/, '')}_in${at}`;
  const value = item.type === 'message' ? { ...item, content: parts(item) } : item;
  const json = jsonValue(value);
  if (!isObject(json)) return { id };
  return { ...json, id, ...(withStatus.has(item.type) && !json['status'] && { status: 'completed' }) };
}

function parts({ role, content }: Extract<InputItem, { type: 'message' }>): unknown {
  if (typeof content !== 'string') return (content ?? []).map(detailed);
  return role === 'assistant'
    ? [{ type: 'output_text', text: content, annotations: [] }]
    : [{ type: 'input_text', text: content }];
}

/** A picture's `detail` is what the API says where the client said nothing. */
function detailed(part: { type?: unknown; detail?: unknown }): unknown {
  return part.type === 'input_image' && !part.detail ? { ...part, detail: 'auto' } : part;
}
