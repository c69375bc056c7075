import { clientGone } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import type { Event, EventStream } from '../converse/events.ts';
import { createGoneBy } from '../converse/gone-by.ts';

type Batch = readonly Event[];
type Step = IteratorResult<Batch, undefined>;

/** One upstream call that any number of identical calls read, each from the start. */
export type Flight = {
  /**
   * Everything from the first batch on. Ends with `signal`'s reason when that aborts; the last reader to leave, whoever
   * it is, takes the upstream call with it. A reader that stands still far behind the newest batch fails with `timeout`.
   */
  read(signal: AbortSignal): EventStream;
};

/** What a shared call is made of. */
export type FlightPlan = {
  /** Starts the upstream call; its signal aborts when no reader is left. */
  open(signal: AbortSignal): EventStream;
  /** The most that is kept for late readers; beyond it the flight takes no more and forgets what all have read. */
  maxBytes: number;
  clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** Called once, with all batches, when the `end` was seen. */
  onWhole(batches: readonly Batch[]): void;
  /** Called once, when nobody may join any more. */
  onClosed(): void;
};

/** Where memory is held for the slowest reader alone, the others wait while it is so far behind. */
const mostBehindBytes = 256 * 1024;
/** Whoever is so far behind and takes nothing for so long is let go: its client has stopped reading. */
const standstillMs = 30_000;

type Reader = {
  /** What had gone by when it came: its first batch. */
  goneBy: Batch | undefined;
  /** Its next batch, counted from the flight's first. */
  at: number;
  /** The bytes of all batches before that one. */
  taken: number;
  /** When it last took one; looked after while there are others. */
  tookAt: number;
  signal: AbortSignal;
  cut?: ProxyError;
  onAbort(): void;
  /** The `next()` that waits. */
  waiting?: { resolve(step: Step): void; reject(error: unknown): void } | undefined;
};

/**
 * Starts a flight. It is driven by its readers: the foremost one's read pulls the next batch, so that back-pressure
 * reaches the upstream as if there were one reader only. Nobody waits for a slower one while the answer so far is kept
 * anyway, for whoever joins; once it is too long for that, the foremost wait for the last.
 */
export function startFlight({ open, maxBytes, clock, onWhole, onClosed }: FlightPlan): Flight {
  const control = new AbortController();
  const source = open(control.signal)[Symbol.asyncIterator]();
  const readers = new Set<Reader>();
  /** What all have read, for whoever joins. */
  let goneBy = createGoneBy();
  /** What somebody has yet to read, and the bytes up to the end of each. */
  const batches: Batch[] = [];
  const ends: number[] = [];
  /** How many have gone by, and their bytes. */
  let gone = 0;
  let goneBytes = 0;
  let bytes = 0;
  let joinable = true;
  let whole = false;
  let pulling = false;
  let held = false;
  let watching: AbortController | undefined;
  let over: { error?: unknown } | undefined;

  const isFarBehind = ({ taken }: Reader) => bytes - taken > mostBehindBytes;
  const laggards = () => [...readers].filter(isFarBehind);
  const wakeAll = () => {
    for (const reader of readers) if (reader.waiting) wake(reader);
  };
  const close = () => {
    if (!joinable) return;
    onClosed();
    joinable = false;
    goneBy = createGoneBy();
  };
  const keep = (batch: Batch) => {
    batches.push(batch);
    bytes += batchBytes(batch);
    ends.push(bytes);
    if (joinable && bytes > maxBytes) close();
    if (batch[batch.length - 1]?.type === 'end') {
      whole = true;
      if (joinable) onWhole([goneBy.events(), ...batches]);
      close();
    }
  };
  const letGo = () => {
    let read = gone + batches.length;
    for (const { at } of readers) read = Math.min(read, at);
    for (; gone < read; gone++) {
      const batch = batches.shift();
      if (batch && joinable) goneBy.add(batch);
      goneBytes = ends.shift() ?? goneBytes;
    }
  };
  const pull = () => {
    if (readers.size > 1) watch();
    held = !joinable && !whole && laggards().length > 0;
    if (pulling || held) return;
    pulling = true;
    source.next().then(pulled, failed);
  };
  const pulled = ({ done, value }: IteratorResult<Batch>) => {
    if (done) return finish({});
    pulling = false;
    keep(value);
    wakeAll();
  };
  const failed = (error: unknown) => finish({ error });
  const finish = (how: { error?: unknown }) => {
    pulling = false;
    over ??= how;
    close();
    wakeAll();
  };
  /** Looks after those far behind for as long as there are any. */
  const watch = () => {
    const late = watching ? [] : laggards();
    if (late.length === 0) return;
    watching = new AbortController();
    const dueAt = Math.min(...late.map(({ tookAt }) => tookAt)) + standstillMs;
    clock.sleep(Math.max(0, dueAt - clock.monotonic()), watching.signal).then(cutOff, () => undefined);
  };
  const cutOff = () => {
    watching = undefined;
    for (const reader of laggards()) {
      if (clock.monotonic() - reader.tookAt < standstillMs) continue;
      reader.cut = standstill();
      leave(reader);
    }
    watch();
  };
  const leave = (reader: Reader) => {
    if (!readers.delete(reader)) return;
    reader.signal.removeEventListener('abort', reader.onAbort);
    if (readers.size > 0) {
      letGo();
      watch();
      if (held) wakeAll(); // they waited for this one
      return;
    }
    watching?.abort();
    if (over) return;
    close();
    over = {};
    // Behind its end a stream holds nothing: the connection below may be kept for the next call.
    if (!whole) control.abort(clientGone());
    void source.return?.().catch(() => undefined);
  };

  /** The reader's next step; undefined while it is not there. Throws what ends it. */
  const stepOf = (reader: Reader): Step | undefined => {
    if (reader.signal.aborted) throw reader.signal.reason;
    if (reader.cut) throw reader.cut;
    if (!readers.has(reader)) return { done: true, value: undefined };
    const early = reader.goneBy;
    if (early) {
      reader.goneBy = undefined;
      return { done: false, value: early };
    }
    const batch = batches[reader.at - gone];
    if (batch) {
      reader.taken = ends[reader.at - gone] ?? bytes;
      reader.at++;
      letGo();
      if (readers.size > 1 || watching) reader.tookAt = clock.monotonic();
      if (held && !isFarBehind(reader)) wakeAll();
      return { done: false, value: batch };
    }
    if (over && 'error' in over) throw over.error;
    return over && { done: true, value: undefined };
  };
  /** Gives the reader that waits its next step, or sees to it that there will be one. */
  const wake = (reader: Reader) => {
    const { waiting } = reader;
    try {
      const step = stepOf(reader);
      if (!step) return pull();
      reader.waiting = undefined;
      if (step.done) leave(reader);
      waiting?.resolve(step);
    } catch (error) {
      reader.waiting = undefined;
      leave(reader);
      waiting?.reject(error);
    }
  };

  const read = (signal: AbortSignal): EventStream => {
    const now = clock.monotonic();
    for (const other of readers) other.tookAt = now;
    const early = gone > 0 ? goneBy.events() : undefined;
    const reader: Reader = {
      goneBy: early,
      at: gone,
      taken: goneBytes,
      tookAt: now,
      signal,
      onAbort: () => {
        leave(reader);
        if (reader.waiting) wake(reader);
      },
    };
    readers.add(reader);
    signal.addEventListener('abort', reader.onAbort, { once: true });
    const iterator: AsyncIterator<Batch, undefined> = {
      next: () =>
        new Promise<Step>((resolve, reject) => {
          reader.waiting = { resolve, reject };
          wake(reader);
        }),
      async return() {
        leave(reader);
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  };
  return { read };
}

function standstill(): ProxyError {
  return new ProxyError(
    'timeout',
    `Nothing of this answer was read for ${standstillMs / 1000} s while it went on, so the rest was let go. Send the request again.`,
  );
}

/** What a batch takes in memory, about. */
function batchBytes(batch: Batch): number {
  let bytes = 0;
  for (const event of batch) bytes += event.type === 'delta' ? 100 + 2 * event.text.length : 200;
  return bytes;
}
