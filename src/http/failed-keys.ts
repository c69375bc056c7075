import type { Clock } from '../base/clock.ts';

const firstDelay = 100;
const longestDelay = 5_000;
const forgetAfter = 60_000;
const mostSources = 1_024;
const mostWaiting = 10;

/** Slows down guessing: 100 ms for the first wrong key of a source, doubling to 5 s, forgotten after a quiet minute. */
export type FailedKeys = {
  /** Resolves when the refusal may be sent; at once while ten others already wait, so that guesses cannot pile up. */
  wait(source: string): Promise<void>;
};

export function createFailedKeys(clock: Clock): FailedKeys {
  const failures = new Map<string, { delay: number; at: number }>();
  let waiting = 0;

  const nextDelay = (source: string): number => {
    const now = clock.monotonic();
    const last = failures.get(source);
    const delay = last && now - last.at < forgetAfter ? Math.min(last.delay * 2, longestDelay) : firstDelay;
    failures.delete(source);
    failures.set(source, { delay, at: now });
    const oldest = failures.keys().next().value;
    if (failures.size > mostSources && oldest !== undefined) failures.delete(oldest);
    return delay;
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
