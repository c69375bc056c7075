import type { Clock } from '../base/clock.ts';

/** A queue whose items reach the disk soon, many at a time. */
export type WriteBehind<Item> = {
  /** Takes an item; it is written within a second, or once the disk takes it again. Never throws. */
  add(item: Item): void;
  /** Writes what is queued. Throws what `write` throws. */
  flush(): void;
  /** Flushes, the first time; later items are dropped. */
  close(): void;
};

export type WriteBehindOptions<Item> = {
  clock: Pick<Clock, 'sleep'>;
  /** Takes out of the queue what it has written; what it leaves, by a throw too, is there the next time. */
  write: (queue: Item[]) => void;
  /** A write that nobody waited for failed; told once until one succeeds. */
  onError?: ((error: unknown) => void) | undefined;
};

const flushAfterMs = 500;
/** What a full disk refuses is tried again ever more seldom. */
const longestWaitMs = 60_000;
/** Beyond this the disk does not keep up; the oldest items go rather than the process's memory. */
const mostQueued = 10_000;

/** Gathers items and hands them to `write` half a second after the first of them came. */
export function writeBehind<Item>({ clock, write, onError }: WriteBehindOptions<Item>): WriteBehind<Item> {
  const closing = new AbortController();
  const queue: Item[] = [];
  let waiting = false;

  const flush = () => {
    if (queue.length > 0) write(queue);
  };
  const flushSoon = async () => {
    waiting = true;
    let told = false;
    for (let waitMs = flushAfterMs; waiting; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      try {
        await clock.sleep(waitMs, closing.signal);
        flush();
        waiting = false;
      } catch (error) {
        if (closing.signal.aborted) return;
        if (!told) onError?.(error);
        told = true;
      }
    }
  };
  return {
    add(item) {
      if (closing.signal.aborted) return;
      queue.push(item);
      if (queue.length > mostQueued) queue.shift();
      if (!waiting) void flushSoon();
    },
    flush,
    close() {
      if (closing.signal.aborted) return;
      closing.abort();
      flush();
    },
  };
}
