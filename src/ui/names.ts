import type { ErrorCode } from '../base/errors.ts';
import type { CallOutcome } from '../observe/call-record.ts';

/** A model id without what every id has in common: `eu.anthropic.claude-sonnet-5-v1:0` → `claude-sonnet-5`. */
export function shortModel(id: string): string {
  const last = id.slice(id.lastIndexOf('/') + 1);
  return last.replace(/^(?:[a-z-]{2,8}\.)?[a-z0-9]+\./, '').replace(/(?:-\d{8})?(?:-v\d+)?(?::\d+)?$/, '') || id;
}

/** A client's name without its version: `claude-cli/2.1.14` → `claude-cli`. */
export const shortClient = (name: string): string => name.split('/', 1)[0] || name;

const shapes: Record<string, string> = {
  'openai-chat': 'chat',
  'openai-responses': 'responses',
  'openai-completions': 'completions',
  'openai-embeddings': 'embeddings',
  'anthropic-messages': 'messages',
};

/** A wire format in one word. */
export const shapeOf = (format: string): string => shapes[format] ?? format;

export const outcomeWords: Record<CallOutcome, string> = {
  served: 'served',
  cached: 'from cache',
  shared: 'shared',
  refused: 'refused',
  aborted: 'client left',
  failed: 'failed',
};

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
