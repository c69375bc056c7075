import type { ErrorCode, ProxyError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { WireError } from '../format.ts';

/** Status and `error.type` of every code; a missing code does not compile. Source: docs.anthropic.com, "Errors". */
const table: Record<ErrorCode, readonly [status: number, type: string]> = {
  invalid_request: [400, 'invalid_request_error'],
  unsupported: [400, 'invalid_request_error'],
  unauthorized: [401, 'authentication_error'],
  forbidden: [403, 'permission_error'],
  unknown_model: [404, 'not_found_error'],
  not_found: [404, 'not_found_error'],
  too_large: [413, 'request_too_large'],
  context_length: [400, 'invalid_request_error'],
  limited: [429, 'rate_limit_error'],
  upstream_limited: [429, 'rate_limit_error'],
  upstream_unavailable: [503, 'overloaded_error'],
  upstream_rejected: [502, 'api_error'],
  upstream_truncated: [502, 'api_error'],
  sign_in_needed: [401, 'authentication_error'],
  timeout: [504, 'timeout_error'],
  client_gone: [499, 'api_error'],
  internal: [500, 'api_error'],
};

/** Anthropic's error body. The upstream's words stay as they are: Claude Code decides by them whether to shorten and try again. */
export function errorBody(error: ProxyError, requestId: string | undefined): JsonObject {
  const [, type] = table[error.code];
  return {
    type: 'error',
    error: { type, message: error.messageWithFix },
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}

export function toMessagesError(error: ProxyError, context: { requestId?: string | undefined }): WireError {
  return { status: table[error.code][0], body: errorBody(error, context.requestId), headers: retryHeaders(error) };
}

/** When to come back, for clients that retry on their own; a spent quota tells them not to. */
function retryHeaders({ facts }: ProxyError): Record<string, string> {
  if (facts.exhausted) return { 'x-should-retry': 'false' };
  if (facts.retryAfterMs === undefined) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil(facts.retryAfterMs / 1000))) };
}
