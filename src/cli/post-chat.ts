import { bearer } from '../base/bearer.ts';
import type { LocalProxy } from './local-proxy.ts';

/** Posts a Chat Completions request to a proxy of this person. Rejects with fetch's errors, the signal's among them. */
export function postChat(
  { url, key }: Pick<LocalProxy, 'url' | 'key'>,
  body: object,
  { headers, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      ...bearer(key),
      'content-type': 'application/json',
      'user-agent': 'claude-bedrock',
      ...headers,
    },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
}
