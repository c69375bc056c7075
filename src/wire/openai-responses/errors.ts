import type { ErrorCode, ProxyError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { FormatContext, WireError } from '../format.ts';
import { toChatError } from '../openai-chat/errors.ts';

/**
 * `response.error.code` of a stream that failed. Codex acts on these words: it shortens the conversation on
 * `context_length_exceeded`, gives up on `insufficient_quota` and `invalid_prompt`, waits as a `rate_limit_exceeded`
 * tells, and tries again on any other (openai/codex codex-rs/codex-api/src/sse/responses.rs).
 */
const streamCodes: Record<ErrorCode, string> = {
  invalid_request: 'invalid_prompt',
  unsupported: 'invalid_prompt',
  unauthorized: 'invalid_prompt',
  forbidden: 'invalid_prompt',
  unknown_model: 'invalid_prompt',
  not_found: 'invalid_prompt',
  too_large: 'invalid_prompt',
  sign_in_needed: 'invalid_prompt',
  context_length: 'context_length_exceeded',
  limited: 'rate_limit_exceeded',
  upstream_limited: 'rate_limit_exceeded',
  upstream_unavailable: 'server_error',
  upstream_rejected: 'server_error',
  upstream_truncated: 'server_error',
  timeout: 'server_error',
  client_gone: 'server_error',
  internal: 'server_error',
};

/** The `error` member of a failed response. The wait stands in the message, where Codex looks for it. */
export function responseError(error: ProxyError): JsonObject {
  const { exhausted, retryAfterMs } = error.facts;
  const known = streamCodes[error.code];
  const code = known === 'rate_limit_exceeded' && exhausted ? 'insufficient_quota' : known;
  const wait =
    code === 'rate_limit_exceeded' && retryAfterMs !== undefined
      ? ` Please try again in ${Math.max(1, Math.ceil(retryAfterMs / 1000))}s.`
      : '';
  const { messageWithFix: message } = error;
  return { code, message: wait === '' || /[.!?]$/.test(message) ? message + wait : `${message}.${wait}` };
}

/**
 * As in Chat Completions, but for a response or an item that is not kept: the id of an earlier response has a status and a
 * code of its own, and the rest is not the path's fault.
 */
export function toResponsesError(error: ProxyError, context: Pick<FormatContext, 'flavour'>): WireError {
  const wire = toChatError(error, context);
  if (error.code !== 'not_found') return wire;
  const { param = null } = error.facts;
  const isPrevious = param === 'previous_response_id';
  const code = isPrevious ? 'previous_response_not_found' : null;
  const body = { error: { message: error.messageWithFix, type: 'invalid_request_error', param, code } };
  return { ...wire, status: isPrevious ? 400 : wire.status, body };
}
