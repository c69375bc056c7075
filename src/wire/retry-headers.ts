import type { ProxyError } from '../base/errors.ts';

/** `retry-after` in whole seconds (RFC 9110, 10.2.3) and, for the official SDKs, in milliseconds. */
export function retryHeaders({ facts }: ProxyError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (facts.retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(facts.retryAfterMs / 1000)));
    headers['retry-after-ms'] = String(Math.max(0, Math.ceil(facts.retryAfterMs)));
  }
  if (facts.exhausted) headers['x-should-retry'] = 'false';
  return headers;
}
