import type { ErrorCode, ProxyError } from '../base/errors.ts';

/** Every 429 and 503 says when to come again; where nobody knows, a short wait is the guess. Milliseconds. */
const guesses: Partial<Record<ErrorCode, number>> = {
  limited: 5_000,
  upstream_limited: 5_000,
  upstream_unavailable: 2_000,
};

/** `retry-after` in whole seconds (RFC 9110, 10.2.3) and, for the official SDKs, in milliseconds. */
export function retryHeaders({ code, facts }: ProxyError): Record<string, string> {
  const headers: Record<string, string> = {};
  const wait = facts.retryAfterMs ?? (facts.exhausted ? undefined : guesses[code]);
  if (wait !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(wait / 1000)));
    headers['retry-after-ms'] = String(Math.max(0, Math.ceil(wait)));
  }
  if (facts.exhausted) headers['x-should-retry'] = 'false';
  return headers;
}
