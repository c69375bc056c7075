import type { Clock } from '../base/clock.ts';

/**
 * Our clock as lru-cache takes one. It reads 0 as "no start time", where ours may well begin; and it would keep a time for
 * a millisecond by a timer of its own, which costs more than to ask.
 */
export const lruClock = (clock: Pick<Clock, 'monotonic'>) => ({
  perf: { now: () => clock.monotonic() + 1 },
  ttlResolution: 0,
});
