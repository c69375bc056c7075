import type { ErrorCode, ProxyError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { FormatContext, WireError } from '../format.ts';
import { retryHeaders } from '../retry-headers.ts';

type Row = { status: number; type: string; code: string | null };

/**
 * How each failure looks in OpenAI's error shape. The SDKs retry 408, 409, 429 and 5xx by themselves, so the statuses are
 * chosen such that retries do not multiply; `context_length_exceeded` is what clients compact upon (case 96).
 */
const table = {
  invalid_request: { status: 400, type: 'invalid_request_error', code: null },
  unsupported: { status: 400, type: 'invalid_request_error', code: 'unsupported_parameter' },
  unauthorized: { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' },
  sign_in_needed: { status: 401, type: 'authentication_error', code: 'sign_in_needed' },
  forbidden: { status: 403, type: 'permission_error', code: 'access_denied' },
  unknown_model: { status: 404, type: 'invalid_request_error', code: 'model_not_found' },
  not_found: { status: 404, type: 'invalid_request_error', code: 'unknown_url' },
  too_large: { status: 413, type: 'invalid_request_error', code: 'request_too_large' },
  context_length: { status: 400, type: 'invalid_request_error', code: 'context_length_exceeded' },
  limited: { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  upstream_limited: { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  upstream_unavailable: { status: 503, type: 'server_error', code: 'service_unavailable' },
  upstream_rejected: { status: 502, type: 'server_error', code: 'upstream_rejected' },
  upstream_truncated: { status: 502, type: 'server_error', code: 'upstream_truncated' },
  timeout: { status: 504, type: 'server_error', code: 'timeout' },
  client_gone: { status: 499, type: 'server_error', code: 'client_gone' },
  internal: { status: 500, type: 'server_error', code: 'internal_error' },
} satisfies Record<ErrorCode, Row>;

/** The `error` object alone, as it stands in an answer's body and in a stream. */
export function errorBody(error: ProxyError): JsonObject {
  const { type, code } = table[error.code];
  const outOfQuota = error.facts.exhausted === true && code === 'rate_limit_exceeded';
  return {
    error: {
      message: error.messageWithFix,
      type,
      param: error.facts.param ?? null,
      code: outOfQuota ? 'insufficient_quota' : code,
    },
  };
}

/** Status, body and headers of a failed call. Cursor hides the text of a 401 behind "invalid key", so it gets a 400. */
export function toChatError(error: ProxyError, { flavour }: Pick<FormatContext, 'flavour'>): WireError {
  const hidesText = flavour === 'cursor' && error.code === 'sign_in_needed';
  return {
    status: hidesText ? 400 : table[error.code].status,
    body: errorBody(error),
    headers: retryHeaders(error),
  };
}
