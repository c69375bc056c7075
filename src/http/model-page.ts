import { ProxyError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';

/**
 * The page of Anthropic's model list that `limit`, `after_id` and `before_id` ask for. Without a `limit` it is the whole
 * list, because many clients ask once. Throws `invalid_request` for an unlawful page.
 */
export function modelPage(models: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const limit = limitOf(query.get('limit')) ?? models.length;
  const after = placeOf(models, query, 'after_id');
  const before = placeOf(models, query, 'before_id');
  const isBackward = after === undefined && before !== undefined;
  const from = isBackward ? Math.max(0, before - limit) : (after ?? -1) + 1;
  const data = models.slice(from, isBackward ? before : from + limit);
  const hasMore = isBackward ? from > 0 : from + limit < models.length;
  return { data, has_more: hasMore, first_id: data[0]?.['id'] ?? null, last_id: data.at(-1)?.['id'] ?? null };
}

function limitOf(asked: string | null): number | undefined {
  if (asked === null) return undefined;
  const limit = Number(asked);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new ProxyError('invalid_request', 'limit: it must be a whole number from 1 to 1000.', { param: 'limit' });
}

function placeOf(
  models: readonly JsonObject[],
  query: URLSearchParams,
  param: 'after_id' | 'before_id',
): number | undefined {
  const id = query.get(param);
  if (id === null || id === '') return undefined;
  const place = models.findIndex((model) => model['id'] === id);
  if (place >= 0) return place;
  throw new ProxyError('invalid_request', `${param}: no model of this list has that id.`, { param });
}
