import { ProxyError } from './errors.ts';

/** The reason every abort of ours carries when the client went away. */
export function clientGone(): ProxyError {
  return new ProxyError('client_gone', 'The client closed the connection.');
}

/**
 * Settles as `promise` does, or rejects with the signal's reason as soon as it aborts.
 * A generator's `return()` cannot interrupt a pending await: every wait that may outlive its caller goes through here.
 */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener('abort', onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
  });
}
