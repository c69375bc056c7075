import { isObject } from '../base/json.ts';

/* What our own checks read of an answer. It need not be the proxy's: another program may hold the port. */

/** The members of an error in any of the dialects; empty where the body tells of none. */
export const errorIn = (body: unknown): Record<string, unknown> =>
  isObject(body) && isObject(body['error']) ? body['error'] : {};

/** The text of a Chat Completion in one line; empty where there is none. */
export function textIn(body: unknown): string {
  const [choice] = isObject(body) && Array.isArray(body['choices']) ? body['choices'] : [];
  const message = isObject(choice) && isObject(choice['message']) ? choice['message'] : {};
  return typeof message['content'] === 'string' ? message['content'].replaceAll(/\s+/g, ' ').trim() : '';
}

/** Why a request had no answer: `fetch failed` says nothing, its cause does. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}
