import { clientGone } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import type { Event, EventStream } from '../converse/events.ts';

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
  /** Its next batch, counted from the flight's first. */
  at: number;
  /** The bytes of all batches before that one. */
  taken: number;
  tookAt: number;
  cut?: ProxyError;
  /** Tries again to answer the `next()` that waits. */
  wake?: (() => void) | undefined;
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
  let batches: Batch[] = [];
  /** The bytes up to the end of each of them. */
  let ends: number[] = [];
  let dropped = 0;
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
    for (const reader of readers) reader.wake?.();
  };
  const close = () => {
    if (joinable) onClosed();
    joinable = false;
  };
  const keep = (batch: Batch) => {
    batches.push(batch);
    bytes += batchBytes(batch);
    ends.push(bytes);
    if (joinable && bytes > maxBytes) close();
    if (batch[batch.length - 1]?.type === 'end') {
      whole = true;
      if (joinable) onWhole(batches);
      close();
    }
    if (!joinable) forgetRead();
  };
  const forgetRead = () => {
    let behind = dropped + batches.length;
    for (const { at } of readers) behind = Math.min(behind, at);
    if (behind === dropped) return;
    batches = batches.slice(behind - dropped);
    ends = ends.slice(behind - dropped);
    dropped = behind;
  };
  const pull = () => {
    if (readers.size > 1) watch();
    held = !joinable && !whole && laggards().length > 0;
    if (pulling || held) return;
    pulling = true;
    source.next().then(pulled, (error: unknown) => finish({ error }));
  };
  const pulled = ({ done, value }: IteratorResult<Batch>) => {
    if (done) return finish({});
    pulling = false;
    keep(value);
    wakeAll();
  };
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
    if (readers.size > 0) {
      if (!joinable) forgetRead();
      watch();
      if (held) wakeAll(); // they waited for this one
      return;
    }
    watching?.abort();
    batches = [];
    if (over) return;
    close();
    over = {};
    // Behind its end a stream holds nothing: the connection below may be kept for the next call.
    if (!whole) control.abort(clientGone());
    void source.return?.().catch(() => undefined);
  };

  /** The reader's next step; undefined while it is not there. Throws what ends it. */
  const stepOf = (reader: Reader): Step | undefined => {
    if (reader.cut) throw reader.cut;
    if (!readers.has(reader)) return { done: true, value: undefined };
    const batch = batches[reader.at - dropped];
    if (batch) {
      reader.taken = ends[reader.at - dropped] ?? bytes;
      reader.at++;
      reader.tookAt = clock.monotonic();
      if (held && !isFarBehind(reader)) wakeAll();
      return { done: false, value: batch };
    }
    if (over && 'error' in over) throw over.error;
    return over && { done: true, value: undefined };
  };

  const read = (signal: AbortSignal): EventStream => {
    const reader: Reader = { at: dropped, taken: 0, tookAt: clock.monotonic() };
    readers.add(reader);
    const onAbort = () => {
      leave(reader);
      reader.wake?.();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const done = () => {
      signal.removeEventListener('abort', onAbort);
      leave(reader);
    };
    const next = () =>
      new Promise<Step>((resolve, reject) => {
        const attempt = () => {
          reader.wake = undefined;
          try {
            if (signal.aborted) throw signal.reason;
            const step = stepOf(reader);
            if (!step) {
              reader.wake = attempt;
              return pull();
            }
            if (step.done) done();
            resolve(step);
          } catch (error) {
            done();
            reject(error);
          }
        };
        attempt();
      });
    const iterator: AsyncIterator<Batch, undefined> = {
      next,
      async return() {
        done();
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
