/** Sees whether something stays silent for too long. */
export type Watch = {
  /** Something came. Cheap enough to be called for every read. */
  alive(): void;
  /** From now on `ms` of silence are too much; 0 waits for ever. Begins anew. */
  allow(ms: number): void;
  /** The silence is ours while nobody reads: it does not count. */
  hold(held: boolean): void;
  stop(): void;
};

/** One timer that looks after many waits; `ms` of silence call `onSilent`. */
export type Watchdog = { watch(ms: number, onSilent: () => void): Watch };

/**
 * One timer for all streams, which counts ticks: a stream only writes down the last tick at which it was alive, where a
 * timer of its own would be set anew for every read. Silence is found at most two ticks late, and a laptop that slept has not
 * been silent. The timer runs only while something is watched and does not keep the process alive.
 */
export function createWatchdog(tickMs = 250): Watchdog {
  type Entry = { since: number; ticks: number; held: boolean; onSilent: (() => void) | undefined };
  const entries = new Set<Entry>();
  let now = 0;
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    now++;
    for (const entry of entries) {
      if (entry.held || entry.ticks === 0 || now - entry.since <= entry.ticks) continue;
      const { onSilent } = entry;
      remove(entry);
      onSilent?.();
    }
  }

  function remove(entry: Entry): void {
    entries.delete(entry);
    // What a Set once held, its discarded tables keep alive until the next full collection: of a whole answer, all of it.
    entry.onSilent = undefined;
    if (entries.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    watch(ms, onSilent) {
      const entry: Entry = { since: now, ticks: Math.ceil(ms / tickMs), held: false, onSilent };
      entries.add(entry);
      timer ??= setInterval(tick, tickMs).unref();
      return {
        alive() {
          entry.since = now;
        },
        allow(allowed) {
          entry.ticks = Math.ceil(allowed / tickMs);
          entry.since = now;
        },
        hold(held) {
          entry.held = held;
          entry.since = now;
        },
        stop: () => remove(entry),
      };
    },
  };
}
