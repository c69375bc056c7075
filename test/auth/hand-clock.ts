import type { Clock } from '../../src/base/clock.ts';

/** A clock that moves only by hand; `jump` sets the wall clock alone, as a person or NTP does. */
export function handClock(start = Date.UTC(2026, 10, 22)) {
  let wall = start;
  let mono = 1_000;
  let sleepers: { at: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => wall,
    monotonic: () => mono,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        sleepers.push({ at: mono + ms, wake: resolve });
      }),
  };
  return {
    ...clock,
    pass(ms: number) {
      wall += ms;
      mono += ms;
      const due = sleepers.filter(({ at }) => at <= mono);
      sleepers = sleepers.filter(({ at }) => at > mono);
      for (const { wake } of due) wake();
    },
    /** The machine slept: wall time went on, the monotonic clock did not. */
    suspend(ms: number) {
      wall += ms;
    },
    jump(ms: number) {
      wall += ms;
    },
    sleeping: () => sleepers.length,
  };
}
