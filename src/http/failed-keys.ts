import type { Clock } from '../base/clock.ts';

const firstDelay = 100;
const longestDelay = 5_000;
const forgetAfter = 15 * 60_000;
const freeTries = 5;
const mostSources = 1_024;
const mostWaiting = 10;

/**
 * Slows down guessing, per source: the first five wrong keys wait 100 ms to 1.6 s, every further one 5 s, until the
 * source was quiet for 15 minutes. A right key is never asked to wait.
 */
export type FailedKeys = {
  /** Resolves when the refusal may be sent; at once while ten others already wait, so that guesses cannot pile up sockets. */
  wait(source: string): Promise<void>;
};

/** A record of failures with nobody in it yet. */
export function createFailedKeys(clock: Clock): FailedKeys {
  const failures = new Map<string, { count: number; at: number }>();
  let waiting = 0;

  const nextDelay = (source: string): number => {
    const now = clock.monotonic();
    const last = failures.get(source);
    const count = last && now - last.at < forgetAfter ? last.count + 1 : 1;
    failures.delete(source);
    failures.set(source, { count, at: now });
    const oldest = failures.keys().next().value;
    if (failures.size > mostSources && oldest !== undefined) failures.delete(oldest);
    return count > freeTries ? longestDelay : firstDelay * 2 ** (count - 1);
  };

  return {
    async wait(source) {
      const delay = nextDelay(source);
      if (waiting >= mostWaiting) return;
      waiting++;
      try {
        await clock.sleep(delay);
      } finally {
        waiting--;
      }
    },
  };
}
