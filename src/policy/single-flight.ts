import { clientGone } from '../base/abort.ts';
import type { Event, EventStream } from '../converse/events.ts';

type Batch = readonly Event[];

/** One upstream call that any number of identical calls read, each from the start. */
export type Flight = {
  /**
   * Everything from the first batch on. Ends with `signal`'s reason when that aborts; the last reader to leave, whoever
   * it is, takes the upstream call with it.
   */
  read(signal: AbortSignal): EventStream;
};

export type FlightPlan = {
  /** Starts the upstream call; its signal aborts when no reader is left. */
  open(signal: AbortSignal): EventStream;
  /** The most that is kept for late readers; beyond it the flight takes no more and forgets what all have read. */
  maxBytes: number;
  /** Called once, with all batches, when the `end` was seen. */
  onWhole(batches: readonly Batch[]): void;
  /** Called once, when nobody may join any more. */
  onClosed(): void;
};

type Reader = { at: number };

/**
 * Starts a flight. It is driven by its readers: the foremost one's read pulls the next batch, so that back-pressure
 * reaches the upstream as if there were one reader only.
 */
export function startFlight({ open, maxBytes, onWhole, onClosed }: FlightPlan): Flight {
  const control = new AbortController();
  const source = open(control.signal)[Symbol.asyncIterator]();
  const readers = new Set<Reader>();
  const waiting = new Set<() => void>();
  let batches: Batch[] = [];
  let dropped = 0;
  let bytes = 0;
  let joinable = true;
  let whole = false;
  let pulling = false;
  let over: { error?: unknown } | undefined;

  const close = () => {
    if (joinable) onClosed();
    joinable = false;
  };
  const keep = (batch: Batch) => {
    batches.push(batch);
    bytes += batchBytes(batch);
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
    batches = batches.slice(behind - dropped);
    dropped = behind;
  };
  const pull = async () => {
    pulling = true;
    try {
      const step = await source.next();
      if (step.done) over = {};
      else keep(step.value);
    } catch (error) {
      over = { error };
    }
    pulling = false;
    if (over) close();
    for (const wake of waiting) wake();
    waiting.clear();
  };
  const leave = (reader: Reader) => {
    readers.delete(reader);
    if (readers.size > 0 || over) return;
    close();
    over = {};
    // Behind its end a stream holds nothing: the connection below may be kept for the next call.
    if (!whole) control.abort(clientGone());
    void source.return?.().catch(() => undefined);
  };

  const read = (signal: AbortSignal): EventStream => {
    const reader: Reader = { at: dropped };
    readers.add(reader);
    let wake = () => {};
    const onAbort = () => {
      leave(reader);
      wake();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const done = () => {
      signal.removeEventListener('abort', onAbort);
      leave(reader);
    };
    const next = async (): Promise<IteratorResult<Batch>> => {
      for (;;) {
        if (signal.aborted) {
          done();
          throw signal.reason;
        }
        const batch = batches[reader.at - dropped];
        if (batch) {
          reader.at++;
          return { done: false, value: batch };
        }
        if (over) {
          done();
          if ('error' in over) throw over.error;
          return { done: true, value: undefined };
        }
        if (!pulling) void pull();
        await new Promise<void>((resolve) => {
          wake = resolve;
          waiting.add(resolve);
        });
      }
    };
    const iterator: AsyncIterator<Batch> = {
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

/** What a batch takes in memory, about. */
function batchBytes(batch: Batch): number {
  let bytes = 0;
  for (const event of batch) bytes += event.type === 'delta' ? 100 + 2 * event.text.length : 200;
  return bytes;
}
