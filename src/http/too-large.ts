import { ProxyError } from '../base/errors.ts';

/** The 413 of every bounded read: it names the limit and the setting that moves it. */
export function tooLarge(limit: number): ProxyError {
  return new ProxyError('too_large', `The request body is longer than ${inWords(limit)} (${limit} bytes).`, {
    fix: 'set limits.bodyBytes in the configuration file',
  });
}

const inWords = (bytes: number): string =>
  bytes >= 1_048_576 ? `${+(bytes / 1_048_576).toFixed(1)} MiB` : `${+(bytes / 1024).toFixed(1)} KiB`;
