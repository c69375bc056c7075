import type { Clock } from '../base/clock.ts';
import { type ErrorCode, toProxyError } from '../base/errors.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { Event, EventStream } from '../converse/events.ts';
import { decideRetry, type RetryBudget } from '../policy/retry.ts';
import type { Layer } from './layer.ts';

/** One retry as others see it: for the log and the counters. */
export type RetryNotice = {
  callId: string;
  /** The attempt that failed, from 1. */
  attempt: number;
  code: ErrorCode;
  afterMs: number;
  upstreamRequestId?: string | undefined;
};

export type RetryOptions = {
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  budget: RetryBudget;
  /** Reads the credentials anew before the one attempt that an expired identity gets. */
  renew?: () => Promise<void>;
  onRetry?: (notice: RetryNotice) => void;
};

type Batch = readonly Event[];
type Source = AsyncIterator<Batch>;
/** An attempt that we are bound to: its first batch, and a read that is still under way. */
type Opened = { source: Source; first: IteratorResult<Batch>; then?: Promise<IteratorResult<Batch>> };

/** A little under the time that response headers are held for: until then a failure still gets its real status (case 91). */
const startHoldMs = 4_000;

/**
 * Repeats a call that failed before its first content, within the budget; each attempt is a new call of `next`, so it is
 * signed anew. Nothing is repeated once content went out, or after the client left.
 */
export function withRetry(options: RetryOptions): Layer {
  return (next) => (call) => opensLater(() => attempts(next, call, options));
}

/** The stream that `begin` opens at the first read; from the second batch on it costs nothing over its source. */
function opensLater(begin: () => Promise<Opened>): EventStream {
  let source: Source | undefined;
  let then: Promise<IteratorResult<Batch>> | undefined;
  const iterator: Source = {
    next() {
      if (source === undefined) return opened();
      if (then === undefined) return source.next();
      const read = then;
      then = undefined;
      return read;
    },
    async return() {
      await source?.return?.();
      return { done: true, value: undefined };
    },
  };
  const opened = async () => {
    const opening = await begin();
    ({ source, then } = opening);
    return opening.first;
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

async function attempts(next: Upstream, call: Call, options: RetryOptions): Promise<Opened> {
  const { clock, budget } = options;
  budget.deposit();
  let resigned = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(next(call)[Symbol.asyncIterator](), clock);
    } catch (thrown) {
      const error = toProxyError(thrown);
      if (call.signal.aborted) throw error;
      const decision = decideRetry({ error, attempts: attempt, resigned, random: options.random() });
      if (!decision.retry || !budget.withdraw()) throw error;
      const { upstreamRequestId } = error.facts;
      options.onRetry?.({ callId: call.id, attempt, code: error.code, afterMs: decision.afterMs, upstreamRequestId });
      resigned ||= decision.resign;
      if (decision.resign) await options.renew?.();
      if (decision.afterMs > 0) await clock.sleep(decision.afterMs, call.signal);
      call.signal.throwIfAborted();
    }
  }
}

/** The first batch; when it holds no more than `start`, it is kept back for a while to see whether content follows. */
async function open(source: Source, clock: Clock): Promise<Opened> {
  const first = await source.next();
  if (first.done || first.value.length > 1 || first.value[0]?.type !== 'start') return { source, first };
  const then = source.next();
  const waiting = new AbortController();
  const over = clock.sleep(startHoldMs, waiting.signal).catch(() => undefined);
  try {
    await Promise.race([then, over]);
  } finally {
    waiting.abort();
  }
  // Time was up first: a later failure of this read is met when its batch is asked for, not as an unhandled rejection.
  then.catch(() => undefined);
  return { source, first, then };
}
