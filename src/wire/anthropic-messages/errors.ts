import type { ErrorCode, ProxyError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { WireError } from '../format.ts';
import { retryHeaders } from '../retry-headers.ts';

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

/** Claude Code tries these again for minutes before it shows the command that would mend them, unless it is told not to. */
const final: ReadonlySet<ErrorCode> = new Set(['unauthorized', 'sign_in_needed']);

/**
 * Anthropic's error body. The upstream's words stay as they are, because Claude Code decides by them what to do; where
 * they lack the ones that make it shorten the conversation, these stand before them (case 96).
 */
export function errorBody(error: ProxyError, requestId: string | undefined): JsonObject {
  const [, type] = table[error.code];
  const text = error.messageWithFix;
  const lacksWords = error.code === 'context_length' && !/prompt is too long/i.test(text);
  return {
    type: 'error',
    error: { type, message: lacksWords ? `Prompt is too long. ${text}` : text },
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}

/** Status, body and headers of a failed call. */
export function toMessagesError(error: ProxyError, context: { requestId?: string | undefined }): WireError {
  const headers = retryHeaders(error);
  if (final.has(error.code)) headers['x-should-retry'] = 'false';
  return { status: table[error.code][0], body: errorBody(error, context.requestId), headers };
}
