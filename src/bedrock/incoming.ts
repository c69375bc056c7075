import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../base/errors.ts';
import type { Watch } from './watchdog.ts';

/** How much may wait for a slow reader before the socket is paused. */
const mostWaiting = 64 * 1024;

/** The body of a reply, read in batches. */
export type Incoming = {
  /** All bytes that came since the last call, as soon as there are any; undefined at the end. Throws ProxyError, or the signal's reason. */
  next(): Promise<readonly Buffer[] | undefined>;
  /** Ends all waiting with `error`. */
  fail(error: Error): void;
};

/** Reads `response` as it comes, pausing its socket while the reader lags. `broken` makes the error of a body that breaks off. */
export function readIncoming(
  response: IncomingMessage,
  watch: Watch,
  broken: (cause: unknown) => ProxyError,
): Incoming {
  let waiting: Buffer[] = [];
  let size = 0;
  let over = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;

  function settle(): void {
    wake?.();
    wake = undefined;
  }

  function fail(error: Error): void {
    failure ??= error;
    settle();
  }

  response.on('data', (chunk: Buffer) => {
    watch.alive();
    waiting.push(chunk);
    size += chunk.length;
    if (size >= mostWaiting) {
      response.pause();
      watch.hold(true);
    }
    settle();
  });
  response.on('end', () => {
    over = true;
    watch.stop();
    settle();
  });
  response.on('error', (error) => fail(broken(error)));
  response.on('close', () => {
    watch.stop();
    if (!response.complete) fail(broken('closed'));
  });

  async function next(): Promise<readonly Buffer[] | undefined> {
    // What came before a break is whole frames as often as not: it is given out first.
    if (size === 0 && !over && !failure) await new Promise<void>((resolve) => (wake = resolve));
    if (failure && (size === 0 || !isBreak(failure))) throw failure;
    if (size === 0) return undefined;
    const batch = waiting;
    waiting = [];
    size = 0;
    if (response.isPaused()) {
      watch.hold(false);
      response.resume();
    }
    return batch;
  }

  return { next, fail };
}

const isBreak = (error: Error): boolean => error instanceof ProxyError && error.code === 'upstream_truncated';
