import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { isObject } from '../base/json.ts';

export type SendingWatch = {
  /** True when Node's fetch made a POST since the watch began, and nothing of it was written to a connection. */
  neverLeft(): boolean;
  stop(): void;
};

/**
 * Watches whether a token request leaves this machine, by undici's own channels: a reset is reported in the same words
 * whether it hit the TLS handshake (a hotel's portal, a company's proxy that refuses) or the request itself, and only
 * the second may have spent the token. Other POSTs at the same time can only turn the answer to "it may have left".
 */
export function watchSending(): SendingWatch {
  const made = new Set<unknown>();
  let left = false;
  const onCreate = (message: unknown): void => {
    const request = requestOf(message);
    if (isObject(request) && request['method'] === 'POST') made.add(request);
  };
  const onSent = (message: unknown): void => {
    if (made.has(requestOf(message))) left = true;
  };
  const channels = [
    ['undici:request:create', onCreate],
    ['undici:client:sendHeaders', onSent],
    ['undici:request:bodySent', onSent],
  ] as const;
  for (const [name, listener] of channels) subscribe(name, listener);
  return {
    neverLeft: () => made.size > 0 && !left,
    stop() {
      for (const [name, listener] of channels) unsubscribe(name, listener);
    },
  };
}

const requestOf = (message: unknown): unknown => (isObject(message) ? message['request'] : undefined);
