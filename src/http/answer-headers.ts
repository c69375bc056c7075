import type { Change } from '../converse/changes.ts';
import type { Served } from '../converse/events.ts';

/** Every response carries them: nothing here may be kept by a browser or guessed at by its content. Anthropic's SDKs read the id as `request-id`. */
export function commonHeaders(requestId: string): Record<string, string> {
  return {
    'x-request-id': requestId,
    'request-id': requestId,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
}

/** The headers that tell how an answer came about: its id, what was changed in the request, the cache's word. */
export function answerHeaders(requestId: string, served: Served | undefined): Record<string, string> {
  const headers = commonHeaders(requestId);
  if (!served) return headers;
  if (served.changes.length > 0) headers['x-claude-bedrock-changes'] = changesHeader(served.changes);
  if (served.cache) {
    headers['cache-status'] = cacheStatus(served.cache);
    if (served.cache.status === 'hit') headers['age'] = String(served.cache.age);
  }
  if (served.budget) headers['x-claude-bedrock-budget'] = budgetHeader(served.budget);
  if (served.limits) addRateLimits(headers, served.limits);
  return headers;
}

const longestHeader = 1_000;

/** Short ASCII items joined by `; `, at most about 1,000 characters: what does not fit is counted. */
export function changesHeader(changes: readonly Change[]): string {
  const items = [...new Set(changes.map((change) => change.what.replaceAll(/[^\x20-\x7e]/g, '?')))];
  let text = '';
  for (const [at, item] of items.entries()) {
    const next = text === '' ? item : `${text}; ${item}`;
    if (next.length > longestHeader) return `${text}; and ${items.length - at} more`;
    text = next;
  }
  return text;
}

/** RFC 9211. `collapsed`: an identical call was already on its way and was shared. */
function cacheStatus(cache: NonNullable<Served['cache']>): string {
  switch (cache.status) {
    case 'hit':
      return `claude-bedrock; hit; ttl=${cache.ttl}`;
    case 'miss':
      return `claude-bedrock; fwd=miss${cache.stored ? '; stored' : ''}`;
    case 'shared':
      return 'claude-bedrock; fwd=miss; collapsed';
    default:
      return cache satisfies never;
  }
}

/** `82% of daily $1.00`. */
function budgetHeader({ percent, period, limitUsd }: NonNullable<Served['budget']>): string {
  return `${percent}% of ${period === 'day' ? 'daily' : 'monthly'} $${limitUsd.toFixed(2)}`;
}

/** In the spelling of OpenAI's API, which the SDKs of both families read. Names put together anew for each answer would cost more than all the rest. */
function addRateLimits(headers: Record<string, string>, { requests, tokens }: NonNullable<Served['limits']>): void {
  if (requests) {
    headers['x-ratelimit-limit-requests'] = String(requests.limit);
    headers['x-ratelimit-remaining-requests'] = String(requests.remaining);
    headers['x-ratelimit-reset-requests'] = seconds(requests.resetMs);
  }
  if (tokens) {
    headers['x-ratelimit-limit-tokens'] = String(tokens.limit);
    headers['x-ratelimit-remaining-tokens'] = String(tokens.remaining);
    headers['x-ratelimit-reset-tokens'] = seconds(tokens.resetMs);
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)}s`;
