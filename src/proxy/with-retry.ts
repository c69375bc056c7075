import type { Clock } from '../base/clock.ts';
import { type ErrorCode, toProxyError } from '../base/errors.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { Event, Usage } from '../converse/events.ts';
import { type Opened, opensLater } from '../converse/opens-later.ts';
import { type Spent, withEarlierUsage, withSpent } from '../converse/usage.ts';
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
  onRetry?: (notice: RetryNotice) => void;
};

type Batch = readonly Event[];
type Source = AsyncIterator<Batch>;

/** A little under the time that response headers are held for: until then a failure still gets its real status (case 91). */
const startHoldMs = 4_000;

/**
 * Repeats a call that failed before its first content, within the budget; each attempt is a new call of `next`, so it is
 * signed anew, after a refusal of the credentials with fresh ones (`bedrock/ask`). Nothing is repeated once content went
 * out, or after the client left.
 */
export function withRetry(options: RetryOptions): Layer {
  return (next) => (call) => opensLater(() => attempts(next, call, options));
}

async function attempts(next: Upstream, call: Call, options: RetryOptions): Promise<Opened> {
  const { clock, budget } = options;
  budget.deposit();
  let resigned = false;
  let waitedMs = 0;
  let spent: Spent | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      const opened = await open(next(call)[Symbol.asyncIterator](), clock);
      return spent?.end.usage ? withEarlier(opened, spent, spent.end.usage) : opened;
    } catch (thrown) {
      const error = withSpent(toProxyError(thrown), spent);
      spent = error.facts.spent;
      if (call.signal.aborted) throw error;
      const decision = decideRetry({
        error,
        attempts: attempt,
        resigned,
        waitedMs,
        stream: call.stream,
        random: options.random(),
      });
      if (!decision.retry || !budget.withdraw()) throw error;
      const { upstreamRequestId } = error.facts;
      options.onRetry?.({ callId: call.id, attempt, code: error.code, afterMs: decision.afterMs, upstreamRequestId });
      resigned ||= decision.resign;
      waitedMs += decision.afterMs;
      if (decision.afterMs > 0) await clock.sleep(decision.afterMs, call.signal);
      call.signal.throwIfAborted();
    }
  }
}

/** What failed attempts used counts in the answer that came in the end, and in its failure: all of it is on the bill. */
function withEarlier({ source, first, then }: Opened, spent: Spent, usage: Usage): Opened {
  const told = (step: IteratorResult<Batch>): IteratorResult<Batch> =>
    step.done ? step : { done: false, value: withEarlierUsage(step.value, usage) };
  let underWay = then;
  const counting: Source = {
    next() {
      const read = underWay ?? source.next();
      underWay = undefined;
      return read.then(told, (thrown: unknown) => {
        throw withSpent(toProxyError(thrown), spent);
      });
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
  return { source: counting, first: told(first) };
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
