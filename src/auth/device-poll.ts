import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { signInRefused } from './login-failed.ts';
import { networkCode } from './token-answer.ts';
import type { TokenPair } from './token-record.ts';

/** How the token of a device sign-in is asked for until the person has agreed (RFC 8628, section 3.4). */
export type DevicePoll = {
  clock: Clock;
  signal?: AbortSignal | undefined;
  intervalMs: number;
  expiresInMs: number;
  /** One poll: the pair, or the server's error code. Throws when there was no answer. */
  ask: () => Promise<TokenPair | string>;
};

/** The code of a poll that came to nothing, in OAuth's own words (RFC 6749, section 4.1.2.1). */
export const temporarilyUnavailable = 'temporarily_unavailable';

/** Polls faster than this would be an attack, whatever the server says. */
const shortestMs = 1_000;

/** Polls until the person has signed in (RFC 8628, section 3.5). A poll without an answer doubles the wait. */
export async function pollForDevice({ clock, signal, intervalMs, expiresInMs, ask }: DevicePoll): Promise<TokenPair> {
  const endsAt = clock.monotonic() + expiresInMs;
  let waitMs = Math.max(shortestMs, intervalMs);
  while (clock.monotonic() < endsAt) {
    await clock.sleep(waitMs, signal);
    const answer = await ask().catch((error: unknown) => {
      // No error of the network: another poll would not mend it.
      if (error instanceof ProxyError || networkCode(error) === 'no answer') throw error;
      return temporarilyUnavailable;
    });
    if (typeof answer !== 'string') return answer;
    if (answer === 'slow_down') waitMs += 5_000;
    else if (answer === temporarilyUnavailable) waitMs = Math.min(waitMs * 2, 60_000);
    else if (answer !== 'authorization_pending') throw signInRefused(answer);
  }
  throw signInRefused('expired_token');
}
