import type { ErrorCode } from './errors.ts';

/** What an error code means, for the person who looks. */
export const errorWords: Record<ErrorCode, string> = {
  invalid_request: 'The request was not well-formed.',
  unsupported: 'The model or the proxy cannot do what was asked.',
  unauthorized: 'The key is missing or wrong.',
  forbidden: 'The key, or the AWS identity, may not do this.',
  unknown_model: 'No model has this name.',
  not_found: 'There is nothing of this name.',
  too_large: 'The request is larger than allowed.',
  context_length: 'The conversation is longer than the model can read.',
  limited: 'A limit or budget of this proxy was reached.',
  upstream_limited: 'Bedrock throttled the model: a quota was reached.',
  upstream_unavailable: 'Bedrock could not be reached, or was not ready.',
  upstream_rejected: 'Bedrock refused the request.',
  upstream_truncated: 'Bedrock’s answer broke off.',
  sign_in_needed: 'The AWS sign-in is over.',
  timeout: 'Somebody took too long.',
  client_gone: 'The client closed the connection.',
  internal: 'Something went wrong inside the proxy.',
};
