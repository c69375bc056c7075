import type { ProxyError } from '../base/errors.ts';
import type { EventStream } from '../converse/events.ts';

/** A stream that fails at its first read, as an upstream's failures come. */
export function failed(error: ProxyError): EventStream {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}
