import { ProxyError } from '../base/errors.ts';

/** A 400 for a field of the client's body; `sentence` says what is wrong and what would be right. */
export function invalid(param: string, sentence: string, fix?: string): ProxyError {
  return new ProxyError('invalid_request', sentence, { param, fix });
}

/** A 400 for a well-formed wish that neither Converse nor this proxy can fulfil. */
export function unsupported(param: string, sentence: string, fix?: string): ProxyError {
  return new ProxyError('unsupported', sentence, { param, fix });
}
